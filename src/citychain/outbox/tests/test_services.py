"""Taking requests in: what is stored, and what is refused, by which name and with which words."""

import time
from collections.abc import Iterator
from typing import Any

import pytest
from django.utils import translation

from citychain.chain.abi import bytes32
from citychain.chain.bindings import Authority
from citychain.chain.forwarding import CancelRequest, Domain, ForwardRequest
from citychain.chain.rpc import NodeUnavailable
from citychain.errors import CityError
from citychain.indexer.tests.engines import both_engines
from citychain.outbox import errors, queries, services
from citychain.outbox.models import Request

from .city import BANK, COUNCIL, CUSTOMERS, DEPLOYER, FIRST_BALANCE, GAS, OFFICERS, City

pytestmark = [pytest.mark.django_db(databases=["default", "readmodel"]), both_engines]
ALICE, BOB = CUSTOMERS[:2]


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    with translation.override("en"):
        yield


def story(request: Request) -> list[str]:
    return [event.code for event in request.events.order_by("id")]


def refused(signed: tuple[ForwardRequest, bytes], **options: Any) -> CityError:
    """The error with which a submission is refused; nothing is kept of it."""
    before = Request.objects.count()
    with pytest.raises(CityError) as caught:
        services.submit(*signed, **options)
    assert Request.objects.count() == before
    return caught.value


# --- what is stored --------------------------------------------------------------------------------------------------


def test_submitted_request_is_stored_as_signed(city: City) -> None:
    request, signature = city.signed(ALICE)
    stored = services.submit(request, signature)
    stored.refresh_from_db()
    assert (stored.state, stored.signer, stored.nonce) == (Request.State.RECEIVED, ALICE.address, 0)
    assert stored.digest == "0x" + request.digest(city.book.domain).hex()
    assert (bytes(stored.data), bytes(stored.signature)) == (request.data, signature)
    assert [(event.state, event.detail) for event in stored.events.all()] == [("received", "Checked and stored.")]


def test_prepared_request_has_next_nonce_and_published_gas(city: City) -> None:
    services.submit(*city.signed(ALICE))
    prepared = services.prepare(ALICE.address, city.deposits, city.transfer(3))
    assert (prepared.request.nonce, prepared.request.gas) == (1, 150_000)
    assert prepared.typed_data["message"]["nonce"] == 1
    assert services.submit(prepared.request, city.sign(prepared.request, ALICE)).nonce == 1


def test_wallets_request_needs_all_its_officers(city: City) -> None:
    request, signature = city.signed_by_wallet()
    assert services.submit(request, signature).wallet is True
    request, _ = city.signed_by_wallet()
    assert type(refused((request, city.sign(request, OFFICERS[0])))) is errors.WrongSignature


def test_request_that_fails_behind_pending_ones_is_stored_with_a_warning(city: City) -> None:
    services.submit(*city.signed(ALICE, city.transfer(FIRST_BALANCE)))
    second = services.submit(*city.signed(ALICE, city.transfer(5)))
    assert story(second) == ["accepted", "warned"]
    assert second.events.order_by("id")[1].detail == (
        "It would fail now, but earlier requests of the signer may change that: "
        "Not enough money is available: 0 fen are, 5 fen are needed."
    )


def test_request_is_simulated_behind_pending_ones(city: City) -> None:
    """Only after the first request has DEPLOYER an account that the second can credit."""
    abi = city.deposits_abi
    credit = abi.mint(DEPLOYER.address, 5, bytes32("credit"))
    assert refused(city.signed(BANK, credit)).code == "account-not-open"
    services.submit(*city.signed(BANK, abi.openAccounts([DEPLOYER.address])))
    assert story(services.submit(*city.signed(BANK, credit))) == ["accepted"]


def test_many_are_stored_in_order_and_an_error_keeps_out_only_its_own(city: City) -> None:
    first, second, third = (city.signed(ALICE, city.transfer(n + 1), nonce=n) for n in range(3))
    foreign = (second[0], city.sign(second[0], BOB))
    results = services.submit_many([first, foreign, third, city.signed(BOB)])
    assert [type(result) for result in results] == [Request, errors.WrongSignature, errors.WrongNonce, Request]
    assert isinstance(results[2], errors.WrongNonce) and results[2].details == {"expected": 1, "nonce": 2}
    assert Request.objects.count() == 2


def test_many_see_what_others_among_them_did(city: City) -> None:
    """A part of one bulk runs as one: BOB passes on what ALICE sends just before."""
    signed = [
        city.signed(ALICE, city.transfer(FIRST_BALANCE, BOB)),
        city.signed(BOB, city.transfer(2 * FIRST_BALANCE)),
    ]
    assert [type(result) for result in services.submit_many(signed)] == [Request, Request]


# --- idempotency -----------------------------------------------------------------------------------------------------


def test_same_key_and_content_give_the_same_request(city: City) -> None:
    signed = city.signed(ALICE)
    stored = services.submit(*signed, key="rent of May")
    assert services.submit(*signed, key="rent of May").id == stored.id
    assert services.submit(*signed).id == stored.id
    assert (Request.objects.count(), story(stored)) == (1, ["accepted"])


def test_same_key_with_other_content_is_refused(city: City) -> None:
    services.submit(*city.signed(ALICE), key="rent of May")
    problem = refused(city.signed(ALICE, city.transfer(2)), key="rent of May")
    assert (type(problem), problem.details) == (errors.KeyReused, {"key": "rent of May"})


def test_key_belongs_to_its_signer(city: City) -> None:
    services.submit(*city.signed(ALICE), key="1")
    assert services.submit(*city.signed(BOB), key="1").signer == BOB.address


# --- what is refused -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("nonce", [0, 3])
def test_wrong_nonce_is_refused_with_the_expected_one(city: City, nonce: int) -> None:
    for number in range(2):
        services.submit(*city.signed(ALICE, city.transfer(number + 1)))
    problem = refused(city.signed(ALICE, city.transfer(9), nonce=nonce))
    assert str(problem) == f"The nonce must be 2, not {nonce}. Sign the request again with it."


def test_foreign_signature_is_refused(city: City) -> None:
    request, _ = city.signed(ALICE)
    problem = refused((request, city.sign(request, BOB)))
    assert type(problem) is errors.WrongSignature
    assert problem.details == {"signer": ALICE.address, "expected": 0, "chain_id": city.book.chain_id}


@pytest.mark.parametrize("other", ["chain", "forwarder"])
def test_signature_of_another_deployment_is_refused(city: City, other: str) -> None:
    domain = city.book.domain
    domain = (
        Domain(domain.chain_id + 1, domain.forwarder) if other == "chain" else Domain(domain.chain_id, ALICE.address)
    )
    request, _ = city.signed(ALICE)
    assert type(refused((request, ALICE.sign(request.digest(domain))))) is errors.WrongSignature


def test_unknown_target_is_refused(city: City) -> None:
    problem = refused(city.signed(ALICE, to=BOB.address))
    assert (type(problem), problem.details) == (errors.NotPublished, {"what": BOB.address})


def test_function_not_published_is_refused(city: City) -> None:
    problem = refused(city.signed(ALICE, city.deposits_abi.transferFrom(ALICE.address, BOB.address, 1)))
    assert (type(problem), problem.details) == (errors.NotPublished, {"what": "Deposits.0x23b872dd"})


def test_gas_above_the_published_limit_is_refused(city: City) -> None:
    assert (
        str(refused(city.signed(ALICE, gas=GAS + 1)))
        == "gas: Deposits.transfer may ask for 150000 at most, not 150001."
    )


@pytest.mark.parametrize("ahead", [-1, 30, 7 * 86_400 + 100])
def test_deadline_out_of_range_is_refused(city: City, ahead: int) -> None:
    assert type(refused(city.signed(ALICE, deadline=int(time.time()) + ahead))) is errors.DeadlineOutOfRange


def test_long_calldata_is_refused(city: City) -> None:
    request = city.request(ALICE.address)
    request = ForwardRequest(
        request.sender, request.to, request.gas, 0, request.deadline, request.data + bytes(8_193 - len(request.data))
    )
    problem = refused((request, city.sign(request, ALICE)))
    assert (type(problem), problem.details) == (errors.CalldataTooLong, {"length": 8_193, "limit": 8_192})


@pytest.mark.parametrize(
    ("field", "changes"),
    [("to", {"to": "0xABC"}), ("gas", {"gas": -1}), ("nonce", {"nonce": 2**48}), ("deadline", {"deadline": 2**300})],
)
def test_malformed_field_is_refused_by_its_name(city: City, field: str, changes: dict[str, Any]) -> None:
    request = city.request(ALICE.address, **{"nonce": 0, **changes})
    problem = refused((request, bytes(65)))
    assert (type(problem), problem.details["field"]) == (errors.MalformedField, field)


def test_request_that_would_fail_is_refused_with_the_contracts_reason(city: City) -> None:
    problem = refused(city.signed(ALICE, city.transfer(FIRST_BALANCE + 1)))
    assert (problem.code, problem.status) == ("insufficient-available", 422)
    assert problem.details["available"] == FIRST_BALANCE


def test_request_with_too_little_gas_is_refused(city: City) -> None:
    assert refused(city.signed(ALICE, gas=10_000)).code == "refused-silently"


def test_nothing_is_taken_while_forwarding_is_switched_off(city: City) -> None:
    signed = city.signed(ALICE)
    city.act(DEPLOYER, city.authority, Authority.grantRole(roleId=1, account=COUNCIL.address, executionDelay=0))
    city.act(COUNCIL, city.authority, Authority.switchOffForwarder())
    assert type(refused(signed)) is errors.ForwardingSwitchedOff


def test_nothing_is_stored_while_the_node_is_away(city: City, settings: Any) -> None:
    signed = city.signed(ALICE)
    settings.CITYCHAIN_RPC_URL = "http://127.0.0.1:9"
    assert type(refused(signed)) is NodeUnavailable


# --- the backlog -----------------------------------------------------------------------------------------------------


def test_no_more_is_taken_than_may_wait_in_all(city: City, settings: Any) -> None:
    settings.CITYCHAIN_BACKLOG = 2
    known = city.signed(ALICE)
    services.submit(*known, key="1")
    services.submit(*city.signed(BOB))
    problem = refused(city.signed(BANK, city.deposits_abi.openAccounts([DEPLOYER.address])))
    assert (problem.code, problem.status, problem.retry) == ("backlog-full", 503, True)
    assert problem.details == {"waiting": 2, "seconds": 10}
    assert services.submit(*known, key="1").nonce == 0
    Request.objects.filter(signer=BOB.address).update(state="final")
    assert services.submit(*city.signed(ALICE)).nonce == 1


def test_no_more_is_taken_than_may_wait_of_one_signer(city: City, settings: Any) -> None:
    settings.CITYCHAIN_SIGNERS_BACKLOG = 2
    results = services.submit_many([city.signed(ALICE, city.transfer(n + 1), nonce=n) for n in range(3)])
    assert [type(result) for result in results] == [Request, Request, errors.SignersBacklogFull]
    problem = refused(city.signed(ALICE))
    assert (problem.code, problem.status, problem.details["waiting"]) == ("signers-backlog-full", 503, 2)
    assert services.submit(*city.signed(BOB)).state == "received"


# --- cancelling ------------------------------------------------------------------------------------------------------


def test_only_the_signer_cancels(city: City) -> None:
    request = services.submit(*city.signed(ALICE))
    digest = CancelRequest(ALICE.address, 0).digest(city.book.domain)
    with pytest.raises(errors.WrongSignature):
        services.cancel(request.id, BOB.sign(digest))
    assert story(services.cancel(request.id, ALICE.sign(digest))) == ["accepted", "cancelling"]
    assert story(services.cancel(request.id, ALICE.sign(digest))) == ["accepted", "cancelling"]


def test_unknown_request_is_said_to_be_unknown(city: City) -> None:
    with pytest.raises(errors.UnknownRequest):
        queries.by_id("no such")
