"""What a payer writes stays between payer and payee, and what a form takes can't break it. Real rows of both stores."""

import pytest

from citychain.money import services, statements
from citychain.money.errors import AmountInvalid
from citychain.money.models import Account, Payment
from citychain.money.statement_pages import _number

pytestmark = pytest.mark.django_db(databases=["default", "readmodel"])
BANK, PAYER, PAYEE, STRANGER = ("0x" + byte * 20 for byte in ("b0", "a1", "a2", "a3"))


def _account(holder: str) -> Account:
    return Account.objects.create(id=f"{BANK}:{holder}", bank=BANK, holder=holder, balance=100, open=True)


def _pay(number: int, sender: str, recipient: str, ref: str) -> None:
    Payment.objects.create(
        id=number, bank=BANK, sender=sender, recipient=recipient, amount=1, kind=Payment.Kind.PAYMENT, ref=ref,
        time=1_795_316_601, block=1, tx="0x" + "ab" * 32,
    )  # fmt: skip


def _write(text: str, payer: str, payee: str) -> str:
    """A note that was confirmed; its reference."""
    note = services.write_note(text, payer, payee)
    note.save()
    return note.ref


def _notes(holder: str) -> list[str]:
    return [line.note for line in statements.statement(_account(holder), with_notes=True)]


def test_note_is_read_by_payer_and_payee() -> None:
    _pay(1, PAYER, PAYEE, _write("for the doctor", PAYER, PAYEE))
    assert (_notes(PAYER), _notes(PAYEE)) == (["for the doctor"], ["for the doctor"])


def test_note_stays_hidden_from_a_stranger_who_pays_under_its_reference() -> None:
    ref = _write("for the doctor", PAYER, PAYEE)
    _pay(1, STRANGER, PAYEE, ref)
    _pay(2, PAYER, STRANGER, ref)
    assert (_notes(STRANGER), _notes(PAYER), _notes(PAYEE)) == (["", ""], [""], [""])


@pytest.mark.parametrize("text", ["1e999999", "1e400", "92233720368547758.08", "NaN", "-1", "1.001", "²"])
def test_amount_that_the_record_cannot_hold_is_refused(text: str) -> None:
    with pytest.raises(AmountInvalid):
        services.parse_amount(text)


def test_largest_amount_fits() -> None:
    assert services.parse_amount("92,233,720,368,547,758.07") == 2**63 - 1


@pytest.mark.parametrize(("text", "number"), [("17", 17), ("", None), ("²", None), ("-1", None), ("9" * 5000, None)])
def test_place_in_a_statement_is_a_number_or_nothing(text: str, number: int | None) -> None:
    assert _number(text) == number
