"""From received to final, rejected or expired, on a real node."""

import time
from collections.abc import Iterator

import pytest
from django.utils import translation

from citychain.chain import clock
from citychain.chain.bindings import Authority, Safe
from citychain.chain.council import signatures as officers_sign
from citychain.chain.council import transaction_digest
from citychain.chain.forwarding import CancelRequest
from citychain.indexer.tests.engines import both_engines
from citychain.outbox import queries, services
from citychain.outbox.models import Executed, RelayTransaction, Request
from citychain.outbox.relayer import Relayer

from .city import CUSTOMERS, DEPLOYER, FIRST_BALANCE, OFFICERS, RELAYER, STRANGER, City, key
from .conftest import Workers

pytestmark = pytest.mark.django_db(databases=["default", "readmodel"])
ALICE, BOB, CAROL = CUSTOMERS[:3]
HOUR = 3_600


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    with translation.override("en"):
        yield
    clock.simulate(None)


def states(*requests: Request) -> list[str]:
    for request in requests:
        request.refresh_from_db()
    return [request.state for request in requests]


def story(request: Request) -> list[str]:
    return [event.code for event in request.events.order_by("id")]


@both_engines
def test_request_goes_from_received_to_final(city: City, workers: Workers) -> None:
    request = services.submit(*city.signed(ALICE, city.transfer(7, BOB)))
    workers.relay()
    assert states(request) == ["sent"]
    workers.block()
    assert states(request) == ["included"]
    workers.finalise()
    assert states(request) == ["final"]
    assert story(request) == ["accepted", "sent", "included", "final"]
    assert city.balance(BOB.address) == FIRST_BALANCE + 7
    assert queries.backlog() == queries.Backlog(
        {"received": 0, "sent": 0, "included": 0, "final": 1, "rejected": 0, "expired": 0}, None
    )


@both_engines
def test_requests_of_one_signer_run_in_order_in_few_transactions(city: City, workers: Workers) -> None:
    signed = [city.signed(customer, city.transfer(n + 1), nonce=n) for n in range(10) for customer in CUSTOMERS[:10]]
    requests = [request for request in services.submit_many(signed) if isinstance(request, Request)]
    workers.block()
    workers.finalise()
    assert states(*requests) == ["final"] * 100
    assert RelayTransaction.objects.count() == 2
    rows = list(Executed.objects.order_by("block", "log_index"))
    for customer in CUSTOMERS[:10]:
        assert [row.nonce for row in rows if row.signer == customer.address] == list(range(10))


@both_engines
def test_wallets_requests_travel_apart_from_others(city: City, workers: Workers) -> None:
    requests = [
        services.submit(*city.signed(ALICE)),
        services.submit(*city.signed_by_wallet()),
        services.submit(*city.signed(BOB)),
        services.submit(*city.signed_by_wallet(city.transfer(2))),
    ]
    workers.block()
    workers.finalise()
    assert states(*requests) == ["final"] * 4
    carried = [sorted(r.signer for r in made.requests.all()) for made in RelayTransaction.objects.order_by("nonce")]
    assert carried == [sorted([ALICE.address, BOB.address]), [city.wallet] * 2]


# --- outcomes --------------------------------------------------------------------------------------------------------


@both_engines
def test_refused_request_is_rejected_with_the_contracts_reason_once_final(city: City, workers: Workers) -> None:
    services.submit(*city.signed(ALICE, city.transfer(FIRST_BALANCE)))
    refused = services.submit(*city.signed(ALICE, city.transfer(5)))
    workers.block()
    assert states(refused) == ["included"]
    reason = "Not enough money is available: 0 fen are, 5 fen are needed."
    assert (refused.reason, refused.reason_code) == (reason, "insufficient-available")
    workers.finalise()
    assert states(refused) == ["rejected"]
    assert refused.reason == reason
    assert story(refused) == ["accepted", "warned", "sent", "failed", "rejected"]
    assert refused.events.latest("id").detail == f"Rejected: {reason}"


def test_strangers_submission_counts(city: City, workers: Workers) -> None:
    signed = city.signed(ALICE)
    request = services.submit(*signed)
    city.execute(STRANGER, signed)
    workers.read()
    workers.relay()
    workers.finalise()
    assert states(request) == ["final"]
    assert (story(request), RelayTransaction.objects.count()) == (["accepted", "included", "final"], 0)


def test_submission_that_a_stranger_overtook_is_carried_out_once(city: City, workers: Workers) -> None:
    signed = city.signed(ALICE, city.transfer(7, BOB))
    request = services.submit(*signed)
    workers.relay()
    city.rpc.call("anvil_dropAllTransactions")
    city.execute(STRANGER, signed)
    time.sleep(1.1)
    workers.block()
    workers.finalise()
    assert states(request) == ["final"]
    assert city.balance(BOB.address) == FIRST_BALANCE + 7


def test_request_whose_nonce_another_took_is_rejected_as_replaced(city: City, workers: Workers) -> None:
    request = services.submit(*city.signed(ALICE, city.transfer(1)))
    city.execute(STRANGER, city.signed(ALICE, city.transfer(2), nonce=0))
    workers.block()
    workers.finalise()
    assert states(request) == ["rejected"]
    assert (request.reason_code, request.reason) == ("replaced", "Another request of the same signer took its nonce.")


@both_engines
def test_cancelled_request_never_runs_and_later_ones_do(city: City, workers: Workers) -> None:
    signed = city.signed(ALICE, city.transfer(1, BOB))
    first = services.submit(*signed)
    second = services.submit(*city.signed(ALICE, city.transfer(2, BOB)))
    services.cancel(first.id, ALICE.sign(CancelRequest(ALICE.address, 0).digest(city.book.domain)))
    workers.block()
    workers.finalise()
    assert states(first, second) == ["rejected", "final"]
    assert first.reason == "Its signer cancelled it."
    city.execute(STRANGER, signed)
    assert city.balance(BOB.address) == FIRST_BALANCE + 2


# --- deadlines -------------------------------------------------------------------------------------------------------


def test_request_expires_only_when_a_final_block_is_past_its_deadline(city: City, workers: Workers) -> None:
    deadline = int(time.time()) + 60
    request = services.submit(*city.signed(ALICE, deadline=deadline))
    city.mine(time=deadline)
    city.finalise()
    workers.read()
    workers.relayer._settlement.step()
    assert states(request) == ["received"]
    city.mine(time=deadline + 10)
    workers.read()
    workers.relayer._settlement.step()
    assert states(request) == ["received"]
    city.finalise()
    workers.read()
    workers.relayer._settlement.step()
    assert states(request) == ["expired"]
    assert request.reason == "Its deadline passed before it was carried out. Nothing was done."


def test_request_whose_block_is_past_its_deadline_expires(city: City, workers: Workers) -> None:
    deadline = int(time.time()) + 60
    request = services.submit(*city.signed(ALICE, city.transfer(7, BOB), deadline=deadline))
    workers.relay()
    workers.block(time=deadline + 1)
    assert states(request) == ["included"]
    workers.finalise()
    assert (states(request), city.balance(BOB.address)) == (["expired"], FIRST_BALANCE)


def test_expired_request_does_not_block_later_ones(city: City, workers: Workers) -> None:
    deadline = int(time.time()) + 60
    first = services.submit(*city.signed(ALICE, deadline=deadline))
    second = services.submit(*city.signed(ALICE, city.transfer(7, BOB), deadline=deadline + HOUR - 100))
    city.mine(time=deadline + 10)
    city.finalise()
    workers.read()
    workers.relayer._settlement.step()
    assert states(first, second) == ["expired", "received"]
    workers.block()
    workers.finalise()
    assert (states(first, second), city.balance(BOB.address)) == (["expired", "final"], FIRST_BALANCE + 7)
    assert city.spent(ALICE.address) == 2


# --- what a transaction could not carry ------------------------------------------------------------------------------


def test_request_skipped_while_its_target_is_switched_off_is_tried_again_alone(city: City, workers: Workers) -> None:
    clock.simulate(int(time.time()))  # no second passes meanwhile: it would be tried again
    request = services.submit(*city.signed(ALICE))
    city.act(DEPLOYER, city.authority, Authority.setTarget(target=city.deposits, registered=False))
    workers.block()
    assert (states(request), story(request)) == (["received"], ["accepted", "sent", "skipped"])
    city.act(DEPLOYER, city.authority, Authority.setTarget(target=city.deposits, registered=True))
    clock.simulate(clock.now() + 2)
    other = services.submit(*city.signed(BOB, deadline=clock.now() + 900))
    workers.block()
    workers.finalise()
    assert states(request, other) == ["final", "final"]
    assert [made.requests.count() for made in RelayTransaction.objects.order_by("nonce")] == [0, 1, 1]


def test_request_that_its_wallet_no_longer_accepts_expires(city: City, workers: Workers) -> None:
    deadline = int(time.time()) + 60
    request = services.submit(*city.signed_by_wallet(deadline=deadline))
    swap = Safe.swapOwner(prevOwner="0x" + "00" * 19 + "01", oldOwner=OFFICERS[0].address, newOwner=key("new").address)
    digest = transaction_digest(city.book.chain_id, city.wallet, city.wallet, swap.data(), 0)
    zero = "0x" + "00" * 20
    approved = officers_sign(digest, OFFICERS)
    city.act(DEPLOYER, city.wallet, Safe.execTransaction(city.wallet, 0, swap.data(), 0, 0, 0, 0, zero, zero, approved))
    workers.block()
    assert states(request) == ["received"]
    city.mine(time=deadline + 1)
    workers.finalise()
    assert states(request) == ["expired"]


# --- reorganisations and lost transactions ---------------------------------------------------------------------------


def test_reorg_sends_an_included_request_back_and_the_same_bytes_again(city: City, workers: Workers) -> None:
    request = services.submit(*city.signed(ALICE, city.transfer(7, BOB)))
    workers.block()
    made = RelayTransaction.objects.get()
    city.rpc.call("anvil_reorg", 1, [])
    workers.read()
    workers.relay()
    assert states(request) == ["sent"]
    time.sleep(1.1)
    workers.block()
    workers.finalise()
    assert (states(request), city.balance(BOB.address)) == (["final"], FIRST_BALANCE + 7)
    assert story(request) == ["accepted", "sent", "included", "undone", "included", "final"]
    again = RelayTransaction.objects.get()
    assert (again.hash, again.resent, again.state) == (made.hash, 1, "final")


def test_transactions_that_the_node_lost_are_sent_again(city: City, workers: Workers) -> None:
    requests = [services.submit(*city.signed(customer)) for customer in (ALICE, BOB)]
    workers.relay()
    city.rpc.call("anvil_dropAllTransactions")
    time.sleep(1.1)
    workers.block()
    workers.finalise()
    assert states(*requests) == ["final", "final"]
    assert [made.resent for made in RelayTransaction.objects.all()] == [1]


def test_requests_go_with_another_transaction_when_theirs_lost_its_nonce(city: City, workers: Workers) -> None:
    clock.simulate(int(time.time()))  # no second passes meanwhile: it would be tried again
    request = services.submit(*city.signed(ALICE))
    workers.relay()
    city.rpc.call("anvil_dropAllTransactions")
    city.execute(RELAYER)
    city.finalise()
    for expected in (["sent"], ["sent"], ["received"]):  # it is believed when it is still so two blocks later
        workers.read()
        workers.relay()
        assert states(request) == expected
        city.mine()
    assert story(request)[-1] == "skipped"
    clock.simulate(clock.now() + 2)
    workers.block()
    workers.finalise()
    assert states(request) == ["final"]
    assert [made.state for made in RelayTransaction.objects.order_by("nonce")] == ["lost", "final"]


def test_missing_nonce_is_filled(city: City, workers: Workers) -> None:
    """As after a backup that lacks the first of two transactions."""
    first = services.submit(*city.signed(ALICE))
    workers.relay()
    second = services.submit(*city.signed(BOB))
    workers.relay()
    city.rpc.call("anvil_dropAllTransactions")
    lost = RelayTransaction.objects.order_by("nonce").first()
    assert lost is not None
    Request.objects.filter(id=first.id).update(state="received", carrier=None)
    lost.delete()
    time.sleep(1.1)
    workers.block()
    workers.finalise()
    assert states(first, second) == ["final", "final"]


@both_engines
def test_restart_follows_what_was_included(city: City, workers: Workers) -> None:
    request = services.submit(*city.signed(ALICE))
    workers.block()
    city.rpc.call("anvil_reorg", 1, [])
    workers.read()
    workers.relayer = Relayer(city.rpc, city.book, [RELAYER], age=0)
    workers.relay()
    assert states(request) == ["sent"]


def test_batch_waits_for_company_until_its_age(city: City, workers: Workers) -> None:
    workers.relayer = Relayer(city.rpc, city.book, [RELAYER], age=0.3)
    request = services.submit(*city.signed(ALICE))
    workers.relay()
    assert states(request) == ["received"]
    time.sleep(0.35)
    workers.relay()
    assert states(request) == ["sent"]
