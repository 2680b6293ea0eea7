"""The desks of a bank and a court, from a form to what the chain then says."""

import datetime
import re
from typing import Any

import pytest
from django.test import Client

from citychain.chain.abi import bytes32
from citychain.chain.clock import local_time
from citychain.chain.keys import Key
from citychain.identity import personas
from citychain.identity.models import Persona, PersonaAccount
from citychain.identity.tests.district import BANK_ID, COURT, OTHER_BANK, OTHER_BANK_ID, District
from citychain.money.bindings import Deposits
from citychain.money.models import Account, Bank, Hold, Limit, Payment, Position, Settlement, Withdrawal
from citychain.outbox.models import Request
from citychain.outbox.tests.city import BANK, CUSTOMERS, FIRST_BALANCE, key
from citychain.outbox.tests.conftest import Workers

pytestmark = [
    pytest.mark.django_db(databases=["default", "readmodel"]),
    pytest.mark.filterwarnings("ignore:No directory at"),
]
ALICE, BOB = CUSTOMERS[:2]
HOLD = {"case": "a", "account": ALICE.address, "amount": "1"}
CAST = {"teller": BANK, "other-teller": OTHER_BANK, "judge": COURT, "alice": ALICE}


class Desk:
    """Officers at their desks."""

    def __init__(self, district: District, workers: Workers) -> None:
        self.district, self.workers = district, workers

    def visit(self, persona: str, path: str = "/money/desk/", **typed: str) -> Any:
        client = Client(HTTP_ACCEPT_LANGUAGE="en")
        client.post("/act-as/", {"persona": persona})
        return client.post(path, typed) if typed else client.get(path)

    def path(self, name: str, bank: str = "") -> str:
        return f"/money/desk/{bank or self.district.deposits}/{name}/"

    def sign(self, persona: str, name: str, bank: str = "", **typed: str) -> str:
        """Fills a form in, signs its summary, and sees the request to its end; what the summary says."""
        client = Client(HTTP_ACCEPT_LANGUAGE="en")
        client.post("/act-as/", {"persona": persona})
        summary = client.post(self.path(name, bank), typed)
        token = re.search(r'name="token" value="([^"]+)"', summary.content.decode())
        assert token is not None, text(summary)
        assert client.post("/sign/", {"token": token[1]}).status_code == 302
        self.workers.block()
        self.workers.finalise()
        assert Request.objects.latest("created").state == "final"
        return text(summary)


def text(answer: Any) -> str:
    main = answer.content.decode().partition("<main")[2].partition("</main>")[0]
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", main))


@pytest.fixture
def desk(district: District, workers: Workers, monkeypatch: pytest.MonkeyPatch) -> Desk:
    keys: list[Key] = list(CAST.values())
    for number, (name, held) in enumerate(CAST.items()):
        Persona.objects.create(id=name, name_zh=name, name_en=name, role_zh="", role_en="")
        PersonaAccount.objects.create(address=held.address, persona_id=name, purpose="office", index=number)
    monkeypatch.setattr(personas, "derive", lambda index: keys[index])
    workers.read()
    return Desk(district, workers)


def balance(holder: Key) -> int:
    return Account.objects.get(holder=holder.address, bank=Bank.objects.get(institution=BANK_ID).address).balance


def test_bank_opens_credits_and_answers_withdrawals(desk: Desk) -> None:
    dave = key("dave")
    assert "opens an account" in desk.sign("teller", "open", holder=dave.address)
    said = desk.sign("teller", "credit", holder=dave.address, amount="500", reference="slip 1")
    assert "received ¥500.00 for" in said
    assert balance(dave) == 50_000
    for amount in (100, 200):
        desk.district.done(ALICE, desk.district.deposits, Deposits.requestWithdrawal(amount, bytes32(f"w{amount}")))
    desk.workers.read()
    first, second = Withdrawal.objects.order_by("amount")
    page = desk.visit("teller")
    assert f"pay-out/?withdrawal={first.id}" in page.content.decode()
    desk.sign("teller", "pay-out", withdrawal=first.id)
    desk.sign("teller", "refuse", withdrawal=second.id, reason="letter 9")
    assert list(Withdrawal.objects.order_by("amount").values_list("state", flat=True)) == ["settled", "refused"]
    assert balance(ALICE) == FIRST_BALANCE - 100
    page = desk.visit("teller", desk.path("movements") + "?q=slip").content.decode()
    assert (page.count("slip 1"), page.count(f"/chain/accounts/{dave.address}/")) == (1, 1)
    file = desk.visit("teller", desk.path("movements") + "?q=slip&format=csv").getvalue().decode()
    assert [line.split(",")[3:6] for line in file.splitlines()[2:]] == [[dave.address, "500.00", "slip 1"]]


def test_bank_opens_many_from_a_list_and_closes_one(desk: Desk) -> None:
    eve, frank = key("eve").address, key("frank").address
    said = desk.sign("teller", "open-many", holders=f"{eve}\tEve\n\n {frank.upper().replace('X', 'x')}; 2026\n")
    assert f"opens 2 accounts, from {eve} to {frank}." in said
    opened = Account.objects.filter(holder__in=[eve, frank])
    assert set(opened.values_list("open", flat=True)) == {True}
    assert "closes the account of" in desk.sign("teller", "close", holder=eve)
    assert dict(opened.values_list("holder", "open")) == {eve: False, frank: True}


def test_banks_limit_and_settle_with_each_other(desk: Desk) -> None:
    desk.sign("teller", "limit", other=str(OTHER_BANK_ID), amount="70")
    assert Limit.objects.get(creditor=BANK_ID).amount == 7_000
    for reference in ("wire 1", "wire 2"):
        desk.sign("teller", "propose", other=str(OTHER_BANK_ID), amount="10", reference=reference)
    assert "/confirm/?settlement=" not in desk.visit("teller").content.decode()
    answerable = desk.visit("other-teller").content.decode()
    first, second = Settlement.objects.order_by("id")
    assert f"/confirm/?settlement={first.id}" in answerable
    desk.sign("other-teller", "confirm", desk.district.other_deposits, settlement=first.id)
    desk.sign("teller", "drop", settlement=second.id)
    assert list(Settlement.objects.order_by("id").values_list("state", flat=True)) == ["confirmed", "dropped"]
    assert Position.objects.get().net == -1_000
    stopped = desk.sign("teller", "limit", other=str(OTHER_BANK_ID), amount="0")
    assert "takes no more payments from customers of" in stopped
    assert Limit.objects.get(creditor=BANK_ID).amount == 0


def test_court_holds_extends_redirects_releases_and_reverses(desk: Desk) -> None:
    last = local_time(desk.district.now + 30 * 86_400).date()
    for amount in ("7", "8"):
        said = desk.sign("judge", "hold", case="case 9", account=ALICE.address, amount=amount, expiry=last.isoformat())
        assert f"It ends by itself after {last.isoformat()}." in said
    first, second = Hold.objects.order_by("amount")
    assert f"case 9 {ALICE.address[:6]}" in text(desk.visit("judge"))
    later = last + datetime.timedelta(days=5)
    desk.sign("judge", "extend", hold=first.id, expiry=later.isoformat())
    assert local_time(Hold.objects.get(id=first.id).expiry).date() == later
    desk.sign("judge", "redirect", hold=first.id, to=BOB.address, amount="6")
    desk.sign("judge", "release", hold=second.id)
    assert list(Hold.objects.order_by("amount").values_list("amount", flat=True)) == [0, 100]
    wrong = bytes32("wrong")
    desk.sign("judge", "reverse", case="case 9", payer=BOB.address, to=ALICE.address, amount="2", reference="wrong")
    assert (balance(BOB), balance(ALICE)) == (FIRST_BALANCE + 400, FIRST_BALANCE - 400)
    assert Payment.objects.get(ref=wrong).kind == Payment.Kind.COURT


@pytest.mark.parametrize(
    ("persona", "name", "typed", "error"),
    [
        ("teller", "credit", {"holder": key("dave").address, "amount": "1", "reference": "a"}, "is not open at"),
        ("teller", "close", {"holder": key("dave").address}, "is not open at"),
        ("teller", "close", {"holder": ALICE.address}, "It still holds"),
        (
            "teller",
            "open-many",
            {"holders": f"Name\n{ALICE.address} Alice\n{key('eve').address}\n{key('eve').address}"},
            "account stands first on line 1.",
        ),
        ("teller", "credit", {"holder": ALICE.address, "amount": "1", "reference": "存款"}, "Only Latin letters"),
        ("teller", "credit", {"holder": ALICE.address, "amount": "none", "reference": "a"}, "write an amount like"),
        ("teller", "open", {"holder": "0x12"}, "An account begins with 0x"),
        ("judge", "release", {"hold": "nothing"}, "Select a valid choice"),
        ("judge", "hold", HOLD | {"account": key("dave").address, "expiry": "2026-01-01"}, "is not open at"),
        ("judge", "hold", HOLD | {"expiry": "2020-01-01"}, "at most 366 days ahead."),
        ("judge", "hold", HOLD | {"expiry": "2099-01-01"}, "at most 366 days ahead."),
        ("judge", "hold", {"case": "a", "account": ALICE.address, "amount": "1", "expiry": "soon"}, "valid date"),
    ],
)
def test_desk_refuses_bad_input(desk: Desk, persona: str, name: str, typed: dict[str, str], error: str) -> None:
    answer = desk.visit(persona, desk.path(name), **typed)
    assert (answer.status_code, text(answer).count(error)) == (422, 2)
    assert Request.objects.count() == 0


@pytest.mark.parametrize(
    ("persona", "name"),
    [
        ("alice", "movements"),
        ("other-teller", "movements"),
        ("alice", "credit"),
        ("alice", "hold"),
        ("judge", "credit"),
        ("other-teller", "credit"),
    ],
)
def test_desk_is_for_those_whose_key_may(desk: Desk, persona: str, name: str) -> None:
    assert desk.visit(persona, desk.path(name)).status_code == 403


def test_desk_shows_a_resident_nothing(desk: Desk) -> None:
    assert desk.visit("alice").status_code == 403
