"""Money over HTTP, read from a real chain."""

from typing import Any

import pytest
from django.test import Client

from citychain.chain import clock
from citychain.chain.abi import bytes32
from citychain.money.models import Account, Hold, PaymentNote
from citychain.outbox import services
from citychain.outbox.tests.city import BANK, CUSTOMERS, FIRST_BALANCE, City
from citychain.outbox.tests.conftest import Workers, chain, city, whole_city, workers  # noqa: F401 - fixtures

pytestmark = [
    pytest.mark.django_db(databases=["default", "readmodel"]),
    pytest.mark.filterwarnings("ignore:No directory at"),
]
ALICE, BOB = CUSTOMERS[:2]
REF = bytes32("invoice 7")


@pytest.fixture
def http() -> Client:
    return Client(HTTP_ACCEPT_LANGUAGE="en")


@pytest.fixture
def paid(city: City, workers: Workers) -> City:  # noqa: F811
    """ALICE paid BOB 100, then 200 with a reference; BOB paid back 50."""
    services.submit(*city.signed(ALICE, city.transfer(100, BOB)))
    services.submit(*city.signed(ALICE, city.deposits_abi.transferWithReference(BOB.address, 200, REF)))
    workers.block()
    services.submit(*city.signed(BOB, city.transfer(50, ALICE)))
    workers.block()
    return city


def test_banks_tell_what_they_owe(paid: City, http: Client) -> None:
    found = http.get("/api/banks").json()
    owed = (len(CUSTOMERS) + 1) * FIRST_BALANCE
    assert (found["simulated"], found["circulation_fen"], found["next"]) == (True, owed, None)
    assert found["banks"] == [
        {
            "address": paid.deposits,
            "institution": 2,
            "name": "Bank",
            "symbol": "B",
            "supply_fen": owed,
            "accounts": len(CUSTOMERS) + 1,
            "retired": False,
        }
    ]


def test_account_tells_what_is_held_and_available(paid: City, http: Client) -> None:
    expiry = clock.now() + 1_000
    Hold.objects.create(
        id="1", bank=paid.deposits, account=BOB.address, court=5, case_number=REF, amount=1_000, expiry=expiry
    )
    Account.objects.filter(holder=BOB.address).update(locked=10)
    found = http.get(f"/api/accounts/0x{BOB.address[2:].upper()}").json()
    balance = FIRST_BALANCE + 250
    assert found["holder"] == BOB.address
    assert found["accounts"] == [
        {
            "bank": paid.deposits,
            "balance_fen": balance,
            "locked_fen": 10,
            "held_fen": 1_000,
            "available_fen": balance - 1_010,
        }
    ]


def test_account_that_nobody_opened_is_empty(paid: City, http: Client) -> None:
    assert http.get(f"/api/accounts/{BANK.address}").json()["accounts"] == []
    assert http.get(f"/api/accounts/{BANK.address}/payments").json()["payments"] == []


def test_payments_are_paged_with_running_balances(paid: City, http: Client) -> None:
    path = f"/api/accounts/{BOB.address}/payments"
    first = http.get(path, {"limit": 2}).json()
    rest = http.get(path, {"limit": 2, "before": first["next"], "bank": paid.deposits}).json()
    rows = first["payments"] + rest["payments"]
    assert [(row["kind"], row["change_fen"], row["balance_fen"]) for row in rows] == [
        ("payment", -50, FIRST_BALANCE + 250),
        ("payment", 200, FIRST_BALANCE + 300),
        ("payment", 100, FIRST_BALANCE + 100),
        ("deposit", FIRST_BALANCE, FIRST_BALANCE),
    ]
    assert [(row["other"], row["ref"]) for row in rows[:3]] == [
        (ALICE.address, ""),
        (ALICE.address, REF),
        (ALICE.address, ""),
    ]
    assert rest["next"] is None


def test_payers_words_never_leave(paid: City, http: Client) -> None:
    PaymentNote.objects.create(
        ref=REF,
        salt=b"",
        text="for the doctor",
        payer=ALICE.address,
        payee=BOB.address,
        delete_after="2030-01-01T00:00Z",
    )
    assert "doctor" not in http.get(f"/api/accounts/{BOB.address}/payments").content.decode()


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("accounts/bob", (400, "invalid-input", "holder")),
        ("accounts/bob/payments", (400, "invalid-input", "holder")),
        (f"accounts/{BOB.address}/payments?bank=x", (400, "invalid-input", "bank")),
        (f"accounts/{BOB.address}/payments?bank={ALICE.address}", (404, "unknown-account", None)),
        (f"accounts/{BOB.address}/payments?before=-1", (400, "invalid-input", "before")),
        (f"banks?after={BOB.address}", (400, "invalid-input", "after")),
    ],
)
def test_what_is_not_there_is_refused(http: Client, path: str, expected: tuple[Any, ...]) -> None:
    answer = http.get(f"/api/{path}")
    assert (answer.status_code, answer.json()["code"], answer.json().get("field")) == expected
