"""Requests over HTTP, as a program meets them: prepare, sign with another's library, hand in, follow, cancel."""

from typing import Any

import pytest
from django.test import Client
from eth_account import Account

from citychain.chain.abi import bytes32
from citychain.chain.keys import Key
from citychain.outbox import services
from citychain.outbox.models import Request

from .city import BANK, CUSTOMERS, FIRST_BALANCE, GAS, City
from .conftest import Workers

pytestmark = [
    pytest.mark.django_db(databases=["default", "readmodel"]),
    pytest.mark.filterwarnings("ignore:No directory at"),
]
ALICE, BOB = CUSTOMERS[:2]


@pytest.fixture
def http() -> Client:
    return Client(HTTP_ACCEPT_LANGUAGE="en")


def post(http: Client, path: str, body: Any, **headers: str) -> Any:
    return http.post(f"/api{path}", body, content_type="application/json", headers=headers)


def asked(**changes: Any) -> dict[str, Any]:
    transfer = {"to": BOB.address, "value": 300}
    return {"signer": ALICE.address, "contract": "Deposits", "function": "transfer", "arguments": transfer, **changes}


def prepared(http: Client, **changes: Any) -> dict[str, Any]:
    answer = post(http, "/requests/prepare", asked(**changes))
    assert answer.status_code == 200, answer.content
    found: dict[str, Any] = answer.json()
    return found


def signature(typed_data: dict[str, Any], by: Key = ALICE) -> str:
    return "0x" + bytes(Account.sign_typed_data(by.secret, full_message=typed_data).signature).hex()


def signed(http: Client, **changes: Any) -> dict[str, Any]:
    found = prepared(http, **changes)
    return {"request": found["request"], "signature": signature(found["typed_data"])}


def problem(answer: Any) -> tuple[int, str, str | None]:
    """Status, code and field of a refusal."""
    assert answer["Content-Type"] == "application/problem+json"
    assert answer["X-Citychain-Simulated"] == "true"
    body = answer.json()
    assert (body["type"], body["status"]) == (f"http://localhost:8000/errors/#{body['code']}", answer.status_code)
    return body["status"], body["code"], body.get("field")


# --- the whole way ---------------------------------------------------------------------------------------------------


def test_request_goes_from_signature_to_final(city: City, workers: Workers, http: Client) -> None:
    answer = post(http, "/requests", signed(http))
    assert (answer.status_code, answer["Location"]) == (202, f"/api/requests/{answer.json()['id']}")
    assert (answer.json()["state"], answer.json()["function"]) == ("received", "Deposits.transfer")
    workers.block()
    workers.finalise()
    found = http.get(answer["Location"]).json()
    assert [line["code"] for line in found["history"]] == ["accepted", "sent", "included", "final"]
    assert (found["simulated"], found["state"], found["reason"]) == (True, "final", "")
    assert city.balance(BOB.address) == FIRST_BALANCE + 300


def test_prepared_data_is_what_services_prepare(city: City, http: Client) -> None:
    found = prepared(http, seconds=600)
    own = services.prepare(ALICE.address, city.deposits, city.transfer(300, BOB), seconds=600)
    found["request"]["deadline"] = found["typed_data"]["message"]["deadline"] = own.request.deadline
    assert found["typed_data"] == own.typed_data
    assert found["request"] == own.typed_data["message"]
    assert found["domain"] == own.typed_data["domain"]


def test_contract_is_named_by_key_or_by_address_in_any_case(city: City, http: Client) -> None:
    address = "0x" + city.deposits[2:].upper()
    assert prepared(http, contract=address)["request"]["to"] == prepared(http)["request"]["to"] == city.deposits


def test_cancelled_request_ends_rejected(city: City, workers: Workers, http: Client) -> None:
    path = f"/requests/{post(http, '/requests', signed(http)).json()['id']}"
    to_sign = post(http, f"{path}/cancel/prepare", {}).json()["typed_data"]
    assert problem(post(http, f"{path}/cancel", {"signature": signature(to_sign, BOB)})) == (
        400,
        "wrong-signature",
        None,
    )
    answer = post(http, f"{path}/cancel", {"signature": signature(to_sign)})
    assert (answer.status_code, answer.json()["history"][-1]["code"]) == (202, "cancelling")
    workers.block()
    workers.finalise()
    assert http.get(f"/api{path}").json()["reason_code"] == "cancelled"
    assert problem(post(http, f"{path}/cancel", {"signature": "0x" + "11" * 65}))[1] == "wrong-signature"


def test_refused_request_tells_the_contracts_reason(city: City, workers: Workers, http: Client) -> None:
    """Accepted behind another of the signer that takes all the money."""
    post(http, "/requests", signed(http, arguments={"to": BOB.address, "value": FIRST_BALANCE}))
    answer = post(http, "/requests", signed(http))
    assert [line["code"] for line in answer.json()["history"]] == ["accepted", "warned"]
    workers.block()
    workers.finalise()
    found = http.get(answer["Location"]).json()
    assert (found["state"], found["reason_code"]) == ("rejected", "insufficient-available")
    assert found["reason"] == "Not enough money is available: 0 fen are, 300 fen are needed."


# --- repeating -------------------------------------------------------------------------------------------------------


def test_same_key_and_request_give_the_same_request(city: City, http: Client) -> None:
    body = signed(http)
    first, second = (post(http, "/requests", body, idempotency_key="rent of May") for _ in range(2))
    assert first.json() == second.json()
    assert second.status_code == 202
    assert Request.objects.get().key == "rent of May"


def test_same_key_with_another_request_is_refused(city: City, http: Client) -> None:
    post(http, "/requests", signed(http), idempotency_key="rent of May")
    other = signed(http)
    assert problem(post(http, "/requests", other, idempotency_key="rent of May")) == (409, "key-reused", None)
    assert Request.objects.count() == 1


@pytest.mark.parametrize("key", ["", "x" * 129, "tab\tin it"])
def test_key_that_is_none_is_refused(city: City, http: Client, key: str) -> None:
    assert problem(post(http, "/requests", signed(http), idempotency_key=key)) == (400, "malformed-field", "key")


# --- what is refused -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"signer": "alice"}, (400, "invalid-input", "signer")),
        ({"contract": "Treasury"}, (404, "unknown-contract", None)),
        ({"contract": "0x" + "ab" * 20}, (404, "unknown-contract", None)),
        ({"contract": "Forwarder", "function": "execute"}, (403, "not-published", None)),
        ({"function": "transferFrom"}, (403, "not-published", None)),
        ({"function": "__init__"}, (403, "not-published", None)),
        ({"seconds": 5}, (400, "invalid-input", "seconds")),
        ({"memo": "x"}, (400, "invalid-input", "memo")),
        ({"arguments": {"to": BOB.address}}, (400, "malformed-field", "arguments.value")),
        ({"arguments": {"to": BOB.address, "value": True}}, (400, "malformed-field", "arguments.value")),
        ({"arguments": {"to": BOB.address, "value": 1.5}}, (400, "malformed-field", "arguments.value")),
        ({"arguments": {"to": BOB.address, "value": -1}}, (400, "malformed-field", "arguments")),
        ({"arguments": {"to": BOB.address, "value": 2**256}}, (400, "malformed-field", "arguments")),
        ({"arguments": {"to": "bob", "value": 1}}, (400, "malformed-field", "arguments.to")),
        ({"arguments": {"to": BOB.address, "value": 1, "note": "x"}}, (400, "malformed-field", "arguments")),
        ({"arguments": [1]}, (400, "invalid-input", "arguments")),
    ],
)
def test_what_cannot_be_prepared_is_refused_by_name(
    city: City, http: Client, changes: dict[str, Any], expected: tuple[int, str, str | None]
) -> None:
    assert problem(post(http, "/requests/prepare", asked(**changes))) == expected


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"nonce": 7}, (409, "wrong-nonce", None)),
        ({"gas": GAS + 1}, (400, "gas-above-limit", None)),
        ({"deadline": 1}, (400, "deadline-out-of-range", None)),
        ({"deadline": 2**48}, (400, "invalid-input", "request.deadline")),
        ({"value": 1}, (400, "invalid-input", "request.value")),
        ({"from": BOB.address}, (400, "wrong-signature", None)),
        ({"to": BOB.address}, (403, "not-published", None)),
        ({"data": "0x123"}, (400, "invalid-input", "request.data")),
        ({"data": "0x" + "00" * 8_193}, (400, "calldata-too-long", None)),
        ({"data": "0x"}, (403, "not-published", None)),
    ],
)
def test_changed_request_is_refused_and_not_kept(
    city: City, http: Client, changes: dict[str, Any], expected: tuple[int, str, str | None]
) -> None:
    body = signed(http)
    assert problem(post(http, "/requests", {**body, "request": body["request"] | changes})) == expected
    assert Request.objects.count() == 0


def test_request_that_would_fail_is_refused_with_the_contracts_reason(city: City, http: Client) -> None:
    body = signed(http, arguments={"to": BOB.address, "value": FIRST_BALANCE + 1})
    answer = post(http, "/requests", body)
    assert problem(answer) == (422, "insufficient-available", None)
    assert answer.json()["needed"] == str(FIRST_BALANCE + 1)


def test_away_node_is_said_with_a_time_to_come_back(city: City, http: Client, settings: Any) -> None:
    settings.CITYCHAIN_RPC_URL = "http://127.0.0.1:9"
    answer = post(http, "/requests/prepare", asked())
    assert (answer.status_code, answer["Retry-After"], answer.json()["retry"]) == (503, "5", True)


def test_full_backlog_says_when_to_come_again(city: City, http: Client, settings: Any) -> None:
    settings.CITYCHAIN_BACKLOG = 0
    answer = post(http, "/requests", signed(http))
    assert (*problem(answer), answer["Retry-After"]) == (503, "backlog-full", None, "10")
    assert Request.objects.count() == 0


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"[" * 50_000, b"1" * 5_000, b'"\\ud800"', b"\xff", b"{}"])
@pytest.mark.parametrize("path", ["/requests", "/requests/prepare", "/requests/1/cancel"])
def test_unreadable_body_is_refused(city: City, http: Client, path: str, body: bytes) -> None:
    answer = http.post(f"/api{path}", body, content_type="application/json")
    assert problem(answer)[0] == 400


def test_large_body_is_refused(city: City, http: Client) -> None:
    answer = http.post("/api/requests", b" " * 3_000_000, content_type="application/json")
    assert (answer.status_code, answer["Content-Type"]) == (413, "application/problem+json")


def test_unknown_request_is_said_to_be_unknown(http: Client, db: Any) -> None:
    for path in ("/requests/no-such", f"/requests/{'0' * 32}"):
        assert problem(http.get(f"/api{path}"))[:2] == (404, "unknown-request")


# --- arguments in JSON -----------------------------------------------------------------------------------------------


def test_amount_may_be_decimal_text(city: City, http: Client) -> None:
    text = prepared(http, arguments={"to": BOB.address, "value": "300"})
    assert text["request"]["data"] == prepared(http)["request"]["data"]


def test_short_text_stands_for_its_bytes32(city: City, http: Client) -> None:
    minted = [
        prepared(http, signer=BANK.address, function="mint", arguments={"to": BOB.address, "amount": 1, "ref": ref})
        for ref in ("opening", bytes32("opening"))
    ]
    assert minted[0]["request"]["data"] == minted[1]["request"]["data"]


def test_argument_inside_a_list_is_named_by_its_place(city: City, http: Client) -> None:
    wrong = asked(function="openAccounts", arguments={"holders": [BOB.address, "bob"]})
    assert problem(post(http, "/requests/prepare", wrong)) == (400, "malformed-field", "arguments.holders.1")


# --- lists -----------------------------------------------------------------------------------------------------------


def test_contracts_tell_functions_arguments_and_domain(city: City, http: Client) -> None:
    found = http.get("/api/contracts").json()
    assert (found["chain_id"], found["domain"]["verifyingContract"]) == (city.book.chain_id, city.forwarder)
    deposits = next(row for row in found["contracts"] if row["key"] == "Deposits")
    assert next(function for function in deposits["functions"] if function["name"] == "transfer") == {
        "name": "transfer",
        "signature": "transfer(address,uint256)",
        "selector": "0xa9059cbb",
        "gas": 150_000,
        "arguments": [{"name": "to", "type": "address"}, {"name": "value", "type": "uint256"}],
    }


def test_signers_requests_are_paged_the_newest_first(city: City, http: Client) -> None:
    stored = [str(services.submit(*city.signed(ALICE, city.transfer(n + 1))).id) for n in range(5)]
    services.submit(*city.signed(BOB))
    seen: list[str] = []
    before: dict[str, str] = {}
    while True:
        query = {"signer": "0x" + ALICE.address[2:].upper(), "limit": "2", **before}
        page = http.get("/api/requests", query)
        seen += [row["id"] for row in page.json()["requests"]]
        if page.json()["next"] is None:
            break
        before = {"before": page.json()["next"]}
    assert seen == stored[::-1]


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({}, "signer"),
        ({"signer": "x"}, "signer"),
        ({"signer": ALICE.address, "limit": 0}, "limit"),
        ({"signer": ALICE.address, "limit": 201}, "limit"),
        ({"signer": ALICE.address, "before": "x"}, "before"),
    ],
)
def test_wrong_query_is_refused_by_its_field(http: Client, query: dict[str, Any], field: str) -> None:
    assert problem(http.get("/api/requests", query)) == (400, "invalid-input", field)
