"""The API as a developer of another city meets it: prepare, sign with eth-account, hand in, follow; and bad input."""

import json
import os
import time
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from eth_account import Account
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from .city import City

SECONDS = 30


@pytest.fixture(scope="module")
def http(city: City) -> Any:
    with httpx.Client(base_url=f"{city.url}/api", timeout=20) as client:
        yield client


def test_status_says_how_fresh_and_that_it_is_simulated(http: Any) -> None:
    answer = http.get("/status").json()
    assert answer["simulated"] is True
    assert answer["stale_since"] is None
    assert answer["final"] <= answer["head"]


def test_lists_are_paged_to_their_end(http: Any) -> None:
    seen, before = [], None
    while True:
        page = http.get("/titles", params={"limit": 150, **({"before": before} if before else {})}).json()
        seen += [title["id"] for title in page["titles"]]
        before = page["next"]
        if before is None:
            break
    assert seen == sorted(set(seen), reverse=True)
    assert len(seen) >= 300


def _prepared(http: Any, signer: str) -> dict[str, Any]:
    asked = {"signer": signer, "contract": "Institutions", "function": "describe"}
    arguments = {"institution": 1, "name": "x", "webPage": ""}
    answer: dict[str, Any] = http.post("/requests/prepare", json={**asked, "arguments": arguments}).json()
    return answer


def _signed(prepared: dict[str, Any], account: Any) -> str:
    signed = account.sign_typed_data(full_message=prepared["typed_data"])
    return "0x" + bytes(signed.signature).hex()


def test_stranger_signs_and_the_contract_says_no_in_words(http: Any) -> None:
    account = Account.create()
    prepared = _prepared(http, account.address.lower())
    body = {"request": prepared["request"], "signature": _signed(prepared, account)}
    refused = http.post("/requests", json=body, headers={"Accept-Language": "en"})
    assert refused.status_code == 422
    assert refused.headers["content-type"] == "application/problem+json"
    assert refused.json()["code"] == "unknown-key"


def test_wrong_signature_names_the_nonce(http: Any) -> None:
    account = Account.create()
    prepared = _prepared(http, account.address.lower())
    body = {"request": prepared["request"], "signature": _signed(prepared, Account.create())}
    refused = http.post("/requests", json=body)
    assert 400 <= refused.status_code < 500
    assert refused.json()["code"] == "wrong-signature"


def test_approval_goes_to_final_and_repeats_as_one(http: Any, city: City) -> None:
    account = Account.create()
    bank = http.get("/banks").json()["banks"][0]["address"]
    asked = {"signer": account.address.lower(), "contract": bank, "function": "approve"}
    prepared = http.post("/requests/prepare", json={**asked, "arguments": {"spender": bank, "value": 5}}).json()
    body = {"request": prepared["request"], "signature": _signed(prepared, account)}
    headers = {"Idempotency-Key": os.urandom(8).hex()}
    first = http.post("/requests", json=body, headers=headers)
    assert first.status_code == 202, first.text
    assert http.post("/requests", json=body, headers=headers).json()["id"] == first.json()["id"]
    again = http.post("/requests/prepare", json={**asked, "arguments": {"spender": bank, "value": 6}}).json()
    other = {"request": again["request"], "signature": _signed(again, account)}
    assert http.post("/requests", json=other, headers=headers).status_code == 409
    deadline = time.monotonic() + SECONDS
    while (answer := http.get(f"/requests/{first.json()['id']}").json())["state"] != "final":
        assert time.monotonic() < deadline, answer
        time.sleep(0.2)
    assert next(step["state"] for step in answer["history"]) == "received"
    assert http.get("/requests", params={"signer": account.address}).json()["requests"][0]["id"] == answer["id"]


def test_deeds_and_notes_never_leave(http: Any) -> None:
    text = http.get("/titles/1").text
    assert "address" not in json.loads(text)["title"]
    assert "号楼" not in text


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    path=st.sampled_from(
        [
            "/titles",
            "/titles/{x}",
            "/blocks/{x}",
            "/institutions/{x}",
            "/accounts/{x}",
            "/accounts/{x}/payments",
            "/requests/{x}",
        ]
    ),
    x=st.one_of(st.integers().map(str), st.text(max_size=30), st.just("9" * 40)),
    query=st.dictionaries(
        st.sampled_from(["limit", "before", "town", "county", "state", "offset", "signer", "bank"]),
        st.one_of(st.integers().map(str), st.text(max_size=10)),
        max_size=3,
    ),
)
def test_no_input_breaks_a_read(http: Any, path: str, x: str, query: dict[str, str]) -> None:
    answer = http.get(path.replace("{x}", quote(x, safe="") or "0"), params=query)
    assert answer.status_code < 500, answer.text


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"[" * 50_000, b'{"request": 1}', b"\xff", b'{"signer": "0x"}'])
@pytest.mark.parametrize("path", ["/requests", "/requests/prepare"])
def test_no_body_breaks_a_write(http: Any, path: str, body: bytes) -> None:
    answer = http.post(path, content=body, headers={"content-type": "application/json"})
    assert 400 <= answer.status_code < 500, answer.text
    assert answer.headers["content-type"] == "application/problem+json"


def test_reference_is_complete_and_every_operation_documents_its_problems(http: Any) -> None:
    document = http.get("/openapi.json").json()
    for path, methods in document["paths"].items():
        assert path.split("{")[0] in http.get("/docs").text
        for operation in methods.values():
            assert "400" in operation["responses"], path
