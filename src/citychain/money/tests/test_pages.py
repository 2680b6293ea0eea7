"""Money's pages on real rows of both databases: what everybody sees, what a holder sees, and what a form refuses."""

import re
from typing import Any

import pytest
from django.test import Client

from citychain.identity.models import PersonaAccount
from citychain.money import services, statements
from citychain.money.models import Account, ClearingPayment, Hold, Payment, PaymentNote, Position
from citychain.outbox.models import Request

from .pages import FOREST, LAKE, LI, NOW, OWN, SUN, TX, WANG, act_as, form, main, text

pytestmark = [
    pytest.mark.django_db(databases=["default", "readmodel"]),
    pytest.mark.filterwarnings("ignore:No directory at"),
    pytest.mark.usefixtures("head"),
]
STATEMENT = f"/money/accounts/{LAKE}/{WANG}/"


def _pay(number: int, sender: str, recipient: str, amount: int, **changes: Any) -> None:
    values = {"bank": LAKE, "kind": Payment.Kind.PAYMENT, "ref": "", "time": NOW, "block": 18, "tx": TX}
    Payment.objects.create(id=number, sender=sender, recipient=recipient, amount=amount, **{**values, **changes})


def _note(text: str, payer: str, payee: str) -> str:
    """A note that was confirmed; its reference."""
    note = services.write_note(text, payer, payee)
    note.save()
    return note.ref


def test_overview_of_an_empty_city_says_what_will_be_there(reader: Client) -> None:
    answer = reader.get("/money/")
    assert answer.status_code == 200
    assert "No bank yet" in text(answer)


def test_overview_shows_everybody_what_banks_owe(reader: Client, city: None) -> None:
    page = text(reader.get("/money/"))
    assert "¥2,000.00 in circulation" in page
    assert "Lake Bank 2 1,000.00 Forest Bank 2 1,000.00" in page
    assert "Your accounts" not in page


@pytest.mark.parametrize(("net", "line"), [(8_140, "Lake Bank Forest Bank 81.40"), (-5, "Forest Bank Lake Bank 0.05")])
def test_overview_names_the_bank_that_owes_first(reader: Client, city: None, net: int, line: str) -> None:
    Position.objects.create(id="3:4", debtor=3, creditor=4, net=net)
    assert line in text(reader.get("/money/"))


def test_overview_shows_ones_own_accounts(reader: Client, city: None) -> None:
    Hold.objects.create(id=f"{LAKE}:1", bank=LAKE, account=WANG, court=8, case_number="0x", amount=30_000, expiry=2**40)
    page = text(act_as(reader, "wang").get("/money/"))
    assert "Lake Bank ¥1,000.00 ¥700.00 available" in page
    assert "Send money" in page


def test_overview_without_an_account_says_who_opens_one(reader: Client, city: None) -> None:
    Account.objects.all().delete()
    page = text(act_as(reader, "wang").get("/money/"))
    assert "No account yet A bank opens accounts" in page
    assert "Send money" not in page


def test_statement_shows_movements_parties_and_balances(reader: Client, city: None) -> None:
    _pay(1, "", WANG, 120_000, kind=Payment.Kind.DEPOSIT)
    _pay(2, WANG, LI, 20_000, ref=_note("for the tea", WANG, LI))
    page = text(act_as(reader, "wang").get(STATEMENT))
    assert "Balance ¥1,000.00 ; ¥1,000.00 available" in page
    assert re.search(r"Payment for the tea .* Li 0xa2a2…a2a2 −¥200.00 1,000.00 Paid in at the bank", page)
    assert re.search(r"Paid in at the bank .* Lake Bank \+¥1,200.00 1,200.00", page)


def test_statement_names_the_other_party_across_banks(reader: Client, city: None) -> None:
    ClearingPayment.objects.create(id=10, payer=WANG, payee=SUN, from_bank=LAKE, to_bank=FOREST, amount=5, ref="")
    _pay(11, WANG, "", 5, kind=Payment.Kind.CLEARING_OUT)
    assert "Sun 0xa3a3…a3a3" in text(act_as(reader, "wang").get(STATEMENT))


def test_statement_without_movements_says_so(reader: Client, city: None) -> None:
    assert "Nothing has moved yet" in text(act_as(reader, "wang").get(STATEMENT))


def test_statement_pages_back_with_exact_balances(reader: Client, city: None) -> None:
    for number in range(1, 61):
        _pay(number, "", WANG, 100, kind=Payment.Kind.DEPOSIT)
    first = act_as(reader, "wang").get(STATEMENT)
    assert main(first).partition('id="lines"')[2].count("<tr>") == 51
    assert 'href="?before=11"' in main(first)
    older = reader.get(STATEMENT + "?before=11")
    assert main(older).count("<tr>") == 11
    assert "+¥1.00 950.00" in text(older)


@pytest.mark.parametrize("before", ["²", "-1", "x", "9" * 18, "9" * 30])
def test_statement_survives_any_place(reader: Client, city: None, before: str) -> None:
    _pay(1, "", WANG, 100_000, kind=Payment.Kind.DEPOSIT)
    answer = act_as(reader, "wang").get(STATEMENT, {"before": before})
    assert answer.status_code == 200
    assert "+¥1,000.00" in text(answer)


@pytest.mark.parametrize("query", ["", "?format=csv"])
@pytest.mark.parametrize(("persona", "status"), [("", 401), ("li", 403)])
def test_statement_is_for_its_holder_alone(
    reader: Client, city: None, persona: str, status: int, query: str
) -> None:  # fmt: skip
    _pay(1, WANG, SUN, 20_000, ref=_note("for the doctor", WANG, SUN))
    if persona:
        act_as(reader, persona)
    answer = reader.get(STATEMENT + query)
    assert answer.status_code == status
    assert ("for the doctor" in answer.content.decode(), "200.00" in answer.content.decode()) == (False, False)


def test_statement_of_an_account_that_was_never_opened_is_not_found(reader: Client, city: None) -> None:
    assert act_as(reader, "wang").get(f"/money/accounts/{FOREST}/{WANG}/").status_code == 404


def test_statement_leaves_as_csv_that_says_simulated_and_runs_nothing(reader: Client, city: None) -> None:
    _pay(1, "", WANG, 120_000, kind=Payment.Kind.DEPOSIT)
    _pay(2, WANG, LI, 20_000, ref=_note("=1+1, tea", WANG, LI))
    answer = act_as(reader, "wang").get(STATEMENT + "?format=csv")
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    assert answer.getvalue().decode("utf-8-sig").splitlines() == [
        "simulated data: demonstration city / 演示城市，数据均为模拟",
        "time,kind,other_account,amount_cny,balance_cny,note,transaction",
        f'2026-11-22T11:03:21+08:00,payment,{LI},-200.00,1000.00,"\'=1+1, tea",{TX}',
        f"2026-11-22T11:03:21+08:00,deposit,,1200.00,1200.00,,{TX}",
    ]


def test_statement_leaves_whole_and_in_parts(reader: Client, city: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(statements, "AT_ONCE", 2)
    for number in range(1, 6):
        _pay(number, "", WANG, 20_000, kind=Payment.Kind.DEPOSIT)
    answer = act_as(reader, "wang").get(STATEMENT + "?format=csv")
    balances = [line.split(",")[4] for line in answer.getvalue().decode().splitlines()[2:]]
    assert (answer.streaming, balances) == (True, ["1000.00", "800.00", "600.00", "400.00", "200.00"])


def test_sending_needs_somebody(reader: Client, city: None) -> None:
    assert reader.get("/money/send/").status_code == 401


def test_sending_needs_an_account(reader: Client, city: None) -> None:
    Account.objects.all().delete()
    assert act_as(reader, "wang").get("/money/send/")["Location"] == "/money/"


def test_send_form_offers_others_told_apart_by_their_accounts(reader: Client, city: None) -> None:
    page = main(act_as(reader, "wang").get("/money/send/"))
    assert re.findall(r'<option value="(li|sun|wang)"[^>]*>([^<]+)<', page) == [
        ("li", "Li · …a2a2"),
        ("sun", "Sun · …a3a3"),
    ]


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"amount": "3000x"}, "write an amount like 3000 or 3000.50"),
        ({"amount": "-5"}, "the amount must be more than nothing"),
        ({"amount": "1.001"}, "the smallest amount is one fen (0.01)"),
        ({"amount": "1000.01"}, "Only ¥1,000.00 are available."),
        ({"person": ""}, "Say who gets the money."),
        ({"person": "wang"}, "Select a valid choice. wang is not one of the available choices."),
        ({"address": SUN}, "Give a name or an account, not both."),
        (
            {"person": "", "address": "0x12"},
            "Not one of your contacts, and no account: that is 0x and 40 figures or letters.",
        ),
        ({"person": "", "address": "0x" + "99" * 20}, "This account is not open at any bank."),
        ({"person": "", "address": WANG}, "The money would stay where it is: this is the account it comes from."),
        ({"account": f"{LAKE}:{LI}"}, f"Select a valid choice. {LAKE}:{LI} is not one of the available choices."),
        ({"note": "x" * 141}, "Ensure this value has at most 140 characters (it has 141)."),
    ],
)
def test_send_refuses_bad_input_and_keeps_what_was_typed(
    reader: Client, city: None, changes: dict[str, str], error: str
) -> None:
    typed = form(**{"note": "for <tea>", **changes})
    answer = act_as(reader, "wang").post("/money/send/", typed)
    assert answer.status_code == 422
    assert text(answer).count(error) == 2
    assert f'value="{typed["amount"]}"' in main(answer)
    assert typed["note"].replace("<", "&lt;").replace(">", "&gt;") in main(answer)
    assert (PaymentNote.objects.count(), Request.objects.count()) == (0, 0)


def test_send_shows_a_summary_and_signs_nothing(reader: Client, city: None) -> None:
    answer = act_as(reader, "wang").post("/money/send/", form(note="for the tea"))
    page = text(answer)
    assert answer.status_code == 200
    assert "You pay ¥12.34 to Li, whose account ends in a2a2." in page
    assert "Your words to the recipient: for the tea" in page
    assert "A payment can&#x27;t be taken back by you." in page
    assert "transferWithReference(address,uint256,bytes32)" in page
    assert "In words" not in page
    assert (PaymentNote.objects.count(), Request.objects.count()) == (0, 0)


@pytest.mark.parametrize(
    ("changes", "shown"),
    [({"person": "li"}, True), ({"person": "", "address": LI}, False), ({"person": "", "address": OWN}, True)],
)
def test_summary_shows_no_stranger_whose_a_typed_account_is(
    reader: Client, city: None, changes: dict[str, str], shown: bool
) -> None:
    PersonaAccount.objects.create(address=OWN, persona_id="wang", purpose="office", index=9)
    Account.objects.create(id=f"{LAKE}:{OWN}", bank=LAKE, holder=OWN, open=True)
    page = main(act_as(reader, "wang").post("/money/send/", form(**changes)))
    summary = page.partition("<h1>")[2].partition("</ul>")[0]
    assert ("Li" in summary or "Wang" in summary) == shown


def test_send_to_another_bank_says_how_it_arrives(reader: Client, city: None) -> None:
    page = text(act_as(reader, "wang").post("/money/send/", form(person="", address=SUN.upper().replace("X", "x"))))
    assert "It arrives at Forest Bank; the two banks settle between themselves." in page
    assert "pay(address,address,address,uint256,bytes32)" in page


def test_summary_in_chinese_says_the_amount_in_capitals(city: None) -> None:
    reader = act_as(Client(HTTP_ACCEPT_LANGUAGE="zh-CN"), "wang")
    assert "壹拾贰元叁角肆分" in text(reader.post("/money/send/", form()))


def test_changing_the_summary_keeps_what_was_typed(reader: Client, city: None) -> None:
    summary = main(act_as(reader, "wang").post("/money/send/", form()))
    hidden = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', summary.partition("</form>")[2]))
    assert hidden.pop("csrfmiddlewaretoken")
    assert hidden == form()
    answer = reader.post("/money/send/", {**hidden, "change": "1"})
    assert answer.status_code == 200
    assert 'value="12.34"' in main(answer)
    assert '<option value="li" selected>' in main(answer)
