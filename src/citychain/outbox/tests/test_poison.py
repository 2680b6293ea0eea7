"""Requests and events that nobody wishes for: each is its signer's trouble alone."""

import time
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from citychain.chain import clock
from citychain.chain.bindings import Authority, Safe
from citychain.chain.council import signatures as officers_sign
from citychain.chain.council import transaction_digest
from citychain.chain.errors import from_revert
from citychain.errors import ContractError
from citychain.outbox import batches, services, turns
from citychain.outbox.models import RelayTransaction, Request

from .city import CUSTOMERS, DEPLOYER, FIRST_BALANCE, NOBODY, OFFICERS, STRANGER, City, key
from .conftest import Workers

pytestmark = pytest.mark.django_db(databases=["default", "readmodel"])
ALICE, BOB, CAROL = CUSTOMERS[:3]


@pytest.fixture(autouse=True)
def real_time() -> Iterator[None]:
    clock.simulate(int(time.time()))
    yield
    clock.simulate(None)


def states(*requests: Request) -> list[str]:
    for request in requests:
        request.refresh_from_db()
    return [request.state for request in requests]


def change_officers(city: City) -> None:
    """The wallet accepts no more what its first officer signed."""
    swap = Safe.swapOwner(prevOwner="0x" + "00" * 19 + "01", oldOwner=OFFICERS[0].address, newOwner=key("new").address)
    digest = transaction_digest(city.book.chain_id, city.wallet, city.wallet, swap.data(), 0)
    approved = officers_sign(digest, OFFICERS)
    call = Safe.execTransaction(city.wallet, 0, swap.data(), 0, 0, 0, 0, NOBODY, NOBODY, approved)
    city.act(DEPLOYER, city.wallet, call)


def test_request_that_can_not_be_carried_holds_up_its_signer_alone(city: City, workers: Workers) -> None:
    poisoned = [services.submit(*city.signed_by_wallet(city.transfer(n + 1))) for n in range(2)]
    change_officers(city)
    for _ in range(3):
        other = services.submit(*city.signed(ALICE, city.transfer(1, BOB)))
        workers.block()
        workers.finalise()
        assert (states(other), states(*poisoned)) == (["final"], ["received", "received"])
        clock.simulate(clock.now() + 61)
    carried = RelayTransaction.objects.filter(requests__signer=ALICE.address).distinct()
    assert [made.requests.count() for made in carried] == [1, 1, 1]


def test_signers_who_wait_to_be_tried_again_take_no_place_in_the_queue(
    city: City, workers: Workers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(turns, "MOST_LOOKED_AT", 2)
    waiting = [services.submit(*city.signed(ALICE, city.transfer(n + 1))) for n in range(3)]
    Request.objects.filter(id=waiting[0].id).update(retry_at=clock.now() + 60, attempts=5)
    other = services.submit(*city.signed(BOB))
    workers.relay()
    assert states(*waiting, other) == ["received", "received", "received", "sent"]


def test_signers_bound_to_a_full_lane_take_no_place_in_the_queue(
    city: City, workers: Workers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(turns, "MOST_LOOKED_AT", 2)
    bound = [services.submit(*city.signed(ALICE, city.transfer(1)))]
    workers.relay()
    bound += [services.submit(*city.signed(ALICE, city.transfer(n + 2))) for n in range(3)]
    other = services.submit(*city.signed(BOB))
    assert [request.id for request in turns.waiting([RelayTransaction.objects.get().relayer])] == [other.id]


def test_returned_request_is_settled_when_somebody_else_carried_it(city: City, workers: Workers) -> None:
    """Also before it is its turn again."""
    signed = city.signed(ALICE, city.transfer(7, BOB))
    request = services.submit(*signed)
    city.act(DEPLOYER, city.authority, Authority.setTarget(target=city.deposits, registered=False))
    workers.block()
    assert (states(request), request.attempts) == (["received"], 1)
    Request.objects.update(retry_at=clock.now() + 3_600)
    city.act(DEPLOYER, city.authority, Authority.setTarget(target=city.deposits, registered=True))
    city.execute(STRANGER, signed)
    workers.read()
    workers.relay()
    workers.finalise()
    assert (states(request), city.balance(BOB.address)) == (["final"], FIRST_BALANCE + 7)


def test_request_that_a_stranger_submitted_goes_on_when_his_block_is_undone(city: City, workers: Workers) -> None:
    signed = city.signed(ALICE, city.transfer(7, BOB))
    request = services.submit(*signed)
    city.execute(STRANGER, signed)
    workers.read()
    workers.relayer.step()
    assert states(request) == ["included"]
    city.rpc.call("anvil_reorg", 1, [])
    city.rpc.call("anvil_dropAllTransactions")
    workers.read()
    workers.block()
    workers.finalise()
    assert (states(request), city.balance(BOB.address)) == (["final"], FIRST_BALANCE + 7)
    assert "undone" in [event.code for event in request.events.all()]


@settings(deadline=None, max_examples=300, derandomize=True)
@given(
    st.binary(max_size=512)
    | st.tuples(st.sampled_from([b"\x08\xc3\x79\xa0", b"\x4e\x48\x7b\x71"]), st.binary()).map(b"".join)
)
def test_any_bytes_of_a_failed_call_can_be_told(data: bytes) -> None:
    """A reason is cut at 512 bytes and comes from any contract; settling must not stumble over it."""
    assert isinstance(from_revert(data), ContractError)
    assert str(from_revert(data)) != ""


def test_batches_keep_their_bounds_whatever_is_packed(city: City) -> None:
    requests = [
        Request(signer=f"0x{n % 7:040x}", nonce=n, gas=(n * 397_771) % 3_000_000, data=bytes((n * 811) % 8_192),
                signature=bytes(65 if n % 5 else 2_048), wallet=n % 5 == 0, attempts=n % 11 == 0)
        for n in range(400)
    ]  # fmt: skip
    packed = batches.pack(requests, 1_000)
    assert sorted(r.nonce for batch in packed for r in batch.requests) == list(range(400))
    for batch in packed:
        assert (batch.gas <= batches.MOST_GAS, batch.size <= batches.MOST_BYTES) == (True, True)
        assert {request.wallet for request in batch.requests} == {batch.wallet}
        assert len(batch.requests) == 1 or not any(request.attempts for request in batch.requests)
    order = [(r.signer, r.nonce) for batch in packed for r in batch.requests]
    for n in range(7):
        nonces = [nonce for signer, nonce in order if signer == f"0x{n:040x}"]
        assert nonces == sorted(nonces)
