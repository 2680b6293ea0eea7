"""Choosing movements of a statement: which are found, that balances stay true, and that files hold the same."""

from typing import Any

import pytest
from django.db import connections
from django.test import Client

from citychain.chain.abi import bytes32
from citychain.money import services, statements
from citychain.money.models import Account, ClearingPayment, Contact, Payment

from .pages import FOREST, LAKE, LI, NOW, SUN, TX, WANG, act_as, main, text

pytestmark = [
    pytest.mark.django_db(databases=["default", "readmodel"]),
    pytest.mark.filterwarnings("ignore:No directory at"),
]
STATEMENT = f"/money/accounts/{LAKE}/{WANG}/"
DAY = 86_400


@pytest.fixture
def history(city: None) -> Account:
    """Wang: ¥1,000 in at the bank, ¥200 to Li, ¥0.05 to Sun across banks, ¥30 from Li; a day between each and today."""
    note = services.write_note("for the Tea", WANG, LI)
    note.save()
    moved: tuple[tuple[int, str, str, int, str, str], ...] = (
        (1, "", WANG, 100_000, Payment.Kind.DEPOSIT, bytes32("REF-2026-7")),
        (2, WANG, LI, 20_000, Payment.Kind.PAYMENT, note.ref),
        (11, WANG, "", 5, Payment.Kind.CLEARING_OUT, ""),
        (12, LI, WANG, 3_000, Payment.Kind.PAYMENT, ""),
    )
    for place, (number, sender, recipient, amount, kind, ref) in enumerate(moved):
        Payment.objects.create(
            id=number, bank=LAKE, sender=sender, recipient=recipient, amount=amount, kind=kind, ref=ref,
            time=NOW - (3 - place) * DAY, block=18, tx=TX,
        )  # fmt: skip
    ClearingPayment.objects.create(id=10, payer=WANG, payee=SUN, from_bank=LAKE, to_bank=FOREST, amount=5, ref="")
    Account.objects.filter(holder=WANG).update(balance=82_995)
    return Account.objects.get(holder=WANG)


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({}, [82_995, 79_995, 80_000, 100_000]),
        ({"direction": "in"}, [82_995, 100_000]),
        ({"direction": "out"}, [79_995, 80_000]),
        ({"since": "2026-11-21", "until": "2026-11-21"}, [79_995]),
        ({"other": "li"}, [82_995, 80_000]),
        ({"other": "tea shop"}, [79_995]),
        ({"other": SUN}, [79_995]),
        ({"other": "Lake"}, [100_000]),
        ({"other": "nobody"}, []),
        ({"words": "tea"}, [80_000]),
        ({"words": "2026-7"}, [100_000]),
        ({"words": "0x5245462d"}, [100_000]),
        ({"least": "30", "most": "200"}, [82_995, 80_000]),
        ({"direction": "in", "most": "30"}, [82_995]),
    ],
)
def test_choice_finds_movements_with_their_true_balances(
    reader: Client, history: Account, query: dict[str, str], found: list[int]
) -> None:
    Contact.objects.create(owner="persona:wang", account=SUN, name="Tea shop")
    answer = act_as(reader, "wang").get(STATEMENT, query)
    assert [line.balance for line, _name, _kind in answer.context["lines"]] == found
    lines = act_as(reader, "wang").get(STATEMENT, {**query, "format": "csv"}).getvalue().decode().splitlines()[2:]
    assert [line.split(",")[4] for line in lines] == [f"{balance / 100:.2f}" for balance in found]


def test_choice_is_summed_and_kept_in_the_links(reader: Client, history: Account) -> None:
    answer = act_as(reader, "wang").get(STATEMENT, {"direction": "out", "other": "", "before": "12"})
    assert "Movements chosen: 2. In: ¥0.00 . Out: ¥200.05 ." in text(answer)
    assert '<a href="?direction=out&amp;format=pdf">PDF</a>' in main(answer)


def test_choice_that_finds_nothing_says_so(reader: Client, history: Account) -> None:
    assert "No such movement" in text(act_as(reader, "wang").get(STATEMENT, {"least": "9999"}))


@pytest.mark.parametrize(
    ("query", "error"),
    [
        ({"since": "2026-11-22", "until": "2026-11-20"}, "This is less than where it begins."),
        ({"least": "2", "most": "1"}, "This is less than where it begins."),
        ({"most": "x"}, "write an amount like 3000 or 3000.50"),
        ({"direction": "up", "format": "csv"}, "Select a valid choice."),
    ],
)
def test_choice_that_cannot_be_shows_no_movement(
    reader: Client, history: Account, query: dict[str, str], error: str
) -> None:
    answer = act_as(reader, "wang").get(STATEMENT, query)
    assert (answer.status_code, error in text(answer), "Paid in at the bank" in text(answer)) == (422, True, False)


def test_pages_of_a_choice_go_on_with_exact_balances(
    reader: Client, history: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(statements, "AT_ONCE", 1)
    choice = statements.Choice(most=20_000)
    whole = [(line.payment.id, line.balance) for line in statements.whole_statement(history, choice)]
    paged = [line.payment.id for line in statements.statement(history, 5, 12, choice=choice)]
    assert (whole, paged) == ([(12, 82_995), (11, 79_995), (2, 80_000)], [11, 2])


def test_balances_over_time_are_those_of_the_movements(history: Account) -> None:
    assert statements.balances(history, NOW - 4 * DAY, DAY, 5) == [0, 100_000, 80_000, 79_995, 82_995]
    assert statements.balances(history, NOW - 2 * DAY, DAY, 2) == [80_000, 82_995]


def test_statement_draws_the_balance_of_a_year(reader: Client, history: Account) -> None:
    page = act_as(reader, "wang").get(STATEMENT)
    assert len(page.context["weeks"]) == 53
    assert 'class="chart__line"' in main(page)
    assert 'class="chart__line"' not in main(reader.get(STATEMENT, {"direction": "in"}))


def test_statement_leaves_as_pdf(reader: Client, history: Account) -> None:
    answer = act_as(reader, "wang").get(STATEMENT, {"format": "pdf"})
    assert (answer["Content-Type"], answer.content[:5]) == ("application/pdf", b"%PDF-")
    assert answer["Content-Disposition"] == 'attachment; filename="statement.pdf"'


def test_statement_too_long_for_paper_says_so(
    reader: Client, history: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("citychain.money.statement_pages.MOST_ON_PAPER", 3)
    answer = act_as(reader, "wang").get(STATEMENT, {"format": "pdf"})
    assert (answer.status_code, "more than 3 movements" in text(answer)) == (400, True)


@pytest.mark.parametrize("form", ["csv", "pdf"])
def test_files_are_for_the_holder_alone(reader: Client, history: Account, form: Any) -> None:
    assert act_as(reader, "li").get(STATEMENT, {"format": form}).status_code == 403


@pytest.mark.usefixtures("history")
@pytest.mark.parametrize(
    ("sought", "found"),
    [("REF-2026", [1]), ("2026-7", [1]), ("0x5245462D", [1]), (WANG, [12, 11, 2, 1]), (LI, [12, 2]), ("zzz", [])],
)
def test_bank_finds_movements_by_the_beginning_of_a_reference_or_what_it_holds(sought: str, found: list[int]) -> None:
    assert list(statements.movements(LAKE, sought).values_list("id", flat=True)) == found


@pytest.mark.usefixtures("history")
@pytest.mark.parametrize("sought", ["REF-2026", "0x5245462d", WANG])
def test_reference_is_found_by_its_index(sought: str) -> None:
    plan = statements.movements(LAKE, sought).explain()
    if connections["readmodel"].vendor == "sqlite":  # PostgreSQL reads small tables as a whole
        assert (plan.count("SCAN"), plan.count("money_payment_ref") > 0) == (0, True)
