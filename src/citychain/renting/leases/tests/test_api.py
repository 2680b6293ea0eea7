"""A lease from its terms to the record over HTTP, and what the API refuses."""

import json
from typing import Any

import pytest
from django.test import Client

from citychain.chain.addressbook import AddressBook
from citychain.identity.tests.district import District
from citychain.outbox.tests.city import STRANGER
from citychain.renting.bindings import LeaseOffers
from citychain.renting.leases import offers, queries, terms

from .world import DEPOSIT, OWNER, RENT, TENANT, Letting, settled

pytestmark = [
    pytest.mark.django_db(databases=["default", "readmodel"]),
    pytest.mark.filterwarnings("ignore:No directory at"),
]
TEXTS = {"houseRules": "夜间安静", "inventory": "床一张", "other": ""}


@pytest.fixture
def letting(district: District) -> Letting:
    return Letting(district)


@pytest.fixture
def http(letting: Letting) -> Client:
    letting.district.read()
    return Client(HTTP_ACCEPT_LANGUAGE="en")


def _post(http: Client, path: str, body: dict[str, Any]) -> Any:
    return http.post(path, json.dumps(body), content_type="application/json")


def _draft(letting: Letting, **changes: Any) -> dict[str, Any]:
    found = json.loads(terms.to_json(letting.terms(**changes)))
    return {name: value for name, value in found.items() if name not in ("houseRules", "inventory", "text", "salt")}


def _prepared(http: Client, letting: Letting) -> Any:
    body = {"terms": _draft(letting), "texts": TEXTS, "author": OWNER.address}
    return _post(http, "/api/lease-offers/prepare", body).json()


def test_lease_is_written_signed_by_all_and_concluded(http: Client, letting: Letting) -> None:
    prepared = _prepared(http, letting)
    digest = bytes.fromhex(prepared["digest"][2:])
    assert prepared["typed_data"]["message"] == prepared["terms"]
    offer = {name: prepared[name] for name in ("terms", "texts", "author")}
    kept = _post(http, "/api/lease-offers", {"offer": offer, "signature": OWNER.sign(digest).hex()}).json()
    assert (kept["signed"], kept["missing"], kept["conclude"]) == ([OWNER.address], [TENANT.address], None)
    path = f"/api/lease-offers/{prepared['digest']}"
    by_tenant = {"account": TENANT.address, "signature": TENANT.sign(digest).hex()}
    signed = _post(http, path + "/signatures", by_tenant).json()
    assert signed["missing"] == []
    call = LeaseOffers.conclude.decode(bytes.fromhex(signed["conclude"]["data"][2:]))
    letting.do(STRANGER, call)
    letting.district.read()
    answer = http.get(path).json()
    assert (answer["lease"], answer["conclude"]) == (1, None)
    assert answer["texts"]["inventory"]["text"] == TEXTS["inventory"]
    row = http.get("/api/leases/1").json()
    assert (row["lease"]["terms_hash"], row["lease"]["rent"], row["lease"]["deposit"]) == (
        prepared["digest"], RENT, DEPOSIT,
    )  # fmt: skip
    assert (row["landlords"], row["tenants"]) == ([OWNER.address], [TENANT.address])
    again = _post(http, path + "/signatures", by_tenant)
    assert (again.status_code, again.json()["code"]) == (409, "offer-closed")


def test_altered_terms_and_other_signatures_keep_nothing(http: Client, letting: Letting) -> None:
    prepared = _prepared(http, letting)
    digest = bytes.fromhex(prepared["digest"][2:])
    offer = {name: prepared[name] for name in ("terms", "texts", "author")}
    signature = OWNER.sign(digest).hex()
    for altered, code in (
        ({**offer, "terms": {**offer["terms"], "rent": RENT + 1}}, "wrong-offer-signature"),
        ({**offer, "author": STRANGER.address}, "not-allowed"),
        ({**offer, "author": TENANT.address}, "wrong-offer-signature"),
        ({**offer, "texts": {**offer["texts"], "text": {"salt": "00" * 32, "text": "x"}}}, "invalid-input"),
        ({**offer, "terms": {**offer["terms"], "rent": -1}}, "invalid-input"),
        ({**offer, "terms": {"rent": 1}}, "invalid-input"),
    ):
        answer = _post(http, "/api/lease-offers", {"offer": altered, "signature": signature})
        assert (answer.status_code >= 400, answer.json()["code"]) == (True, code)
    assert http.get(f"/api/lease-offers/{prepared['digest']}").json()["code"] == "no-such-offer"


def test_who_may_not_let_the_home_is_refused_at_once(http: Client, letting: Letting) -> None:
    body = {"terms": _draft(letting, landlords=[STRANGER.address]), "texts": TEXTS, "author": STRANGER.address}
    answer = _post(http, "/api/lease-offers/prepare", body)
    assert (answer.status_code, answer.json()["code"]) == (422, "consent-missing")


def test_list_is_filtered_by_unit_state_and_account(http: Client, letting: Letting) -> None:
    settled(letting, 1)
    letting.district.read()
    for query, ids in (
        ({}, [1]),
        ({"state": "running"}, [1]),
        ({"state": "signed"}, []),
        ({"unit": 2}, []),
        ({"account": TENANT.address}, [1]),
        ({"account": STRANGER.address}, []),
    ):
        assert [row["id"] for row in http.get("/api/leases", query).json()["leases"]] == ids
    told = http.get("/api/leases/1").json()
    assert [row["state"] for row in told["payments"]] == ["made", "settled", "made"]
    assert {part["part"]: part["step"] for part in told["settlement"]} == {"claims": "closed", "bills": "closed"}
    assert sum(row["amount"] for row in told["credits"]) == DEPOSIT + told["months"][0]["amount"]
    assert http.get("/api/leases/9").json()["code"] == "no-such-lease"


def test_offers_are_declined_withdrawn_and_purged(letting: Letting, http: Client) -> None:
    draft = offers.write(letting.terms(), {**TEXTS, "text": "租约"}, OWNER.address)
    digest = terms.digest(AddressBook.load(), offers.terms_of(draft))
    row = offers.keep(draft, OWNER.sign(digest))
    offers.decline(row, TENANT.address)
    assert [party.declined for party in queries.offer(row.terms_hash).parties.order_by("side")] == [False, True]
    assert [found.terms_hash for found in queries.offers_of([TENANT.address])] == [row.terms_hash]
    offers.withdraw(queries.offer(row.terms_hash), OWNER.address)
    assert queries.offers_of([TENANT.address]) == []
    assert offers.purge() == 0
