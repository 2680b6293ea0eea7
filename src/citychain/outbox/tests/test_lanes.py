"""Several accounts of the relayer side by side; transactions that a node refuses, or that blocks pass by."""

import random
import time
from collections.abc import Iterator

import pytest
from django.db.models import Count
from eth_account import Account
from eth_account.typed_transactions.typed_transaction import TypedTransaction
from hexbytes import HexBytes

from citychain.chain import clock
from citychain.chain.transactions import read_tip
from citychain.outbox import batches, lane, services
from citychain.outbox.errors import OutOfEther, TransactionRefused
from citychain.outbox.following import STUCK_BLOCKS
from citychain.outbox.models import Executed, RelayTransaction, Request
from citychain.outbox.relayer import Relayer

from .city import CUSTOMERS, FIRST_BALANCE, RELAYER, RELAYER_2, City, key
from .conftest import Workers

pytestmark = pytest.mark.django_db(databases=["default", "readmodel"])
ALICE, BOB, CAROL = CUSTOMERS[:3]
FIRST, SECOND = RELAYER.address, RELAYER_2.address
GWEI = 10**9


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """No waiting between looks, and none for the clock; three transfers fill a transaction."""
    clock.simulate(int(time.time()))
    monkeypatch.setattr(lane, "LOOK_EVERY", 0.0)
    monkeypatch.setattr(batches, "MOST_GAS", 900_000)
    yield
    clock.simulate(None)


@pytest.fixture
def workers(city: City) -> Workers:
    workers = Workers(city)
    workers.relayer = Relayer(city.rpc, city.book, [RELAYER, RELAYER_2], age=0)
    return workers


def submit(city: City, *signers: int) -> list[Request]:
    """A transfer by each customer, in this order; `services.submit_many` takes nonces as they come."""
    nonces = {number: services.prepare(CUSTOMERS[number].address, city.deposits, city.transfer()).request.nonce
              for number in set(signers)}  # fmt: skip
    signed = []
    for number in signers:
        signed.append(city.signed(CUSTOMERS[number], city.transfer(1), nonce=nonces[number]))
        nonces[number] += 1
    results = services.submit_many(signed)
    requests = [result for result in results if isinstance(result, Request)]
    assert len(requests) == len(signers)
    return requests


def states(*requests: Request) -> list[str]:
    for request in requests:
        request.refresh_from_db()
    return [request.state for request in requests]


def lanes_of(*requests: Request) -> list[str | None]:
    found = Request.objects.in_bulk([request.id for request in requests])
    return [carrier.relayer if (carrier := found[request.id].carrier) else None for request in requests]


# --- sharing ---------------------------------------------------------------------------------------------------------


def test_lanes_share_the_work_and_keep_each_signer_together(city: City, workers: Workers) -> None:
    requests = submit(city, *(number for _ in range(3) for number in range(8)))
    workers.relay()
    bound = {(request.signer, at) for request, at in zip(requests, lanes_of(*requests), strict=True)}
    assert (len(bound), {at for _, at in bound}) == (8, {FIRST, SECOND})
    workers.block()
    workers.finalise()
    assert states(*requests) == ["final"] * 24
    rows = list(Executed.objects.order_by("block", "log_index"))
    for customer in CUSTOMERS[:8]:
        assert [row.nonce for row in rows if row.signer == customer.address] == [0, 1, 2]


def test_signer_changes_lanes_only_when_nothing_of_his_is_in_flight(city: City, workers: Workers) -> None:
    first = submit(city, 0)
    workers.relay()
    others = submit(city, 1)
    workers.relay()
    assert lanes_of(*first, *others) == [FIRST, SECOND]
    # The first lane has as much in flight as the second; the second's signer stays in the second.
    later = submit(city, 1, 2)
    workers.relay()
    assert lanes_of(*later) == [SECOND, FIRST]
    workers.block()
    workers.finalise()
    again = submit(city, 1)
    workers.relay()
    assert lanes_of(*again) == [FIRST]


def test_no_two_transactions_have_one_nonce_whatever_happens(city: City, workers: Workers) -> None:
    """Random submissions, blocks, lost pools and reorganisations."""
    draw = random.Random(20170401)
    requests: list[Request] = []
    for _ in range(25):
        what = draw.choice(["submit", "submit", "relay", "block", "lose", "reorg"])
        if what == "submit":
            requests += submit(city, *(draw.randrange(6) for _ in range(draw.randrange(1, 6))))
        elif what == "relay":
            workers.relay()
        elif what == "block":
            workers.block()
        elif what == "lose":
            city.rpc.call("anvil_dropAllTransactions")
        else:
            workers.block()
            city.rpc.call("anvil_reorg", 1, [])
            workers.read()
        live = Request.objects.filter(state__in=Request.LIVE, carrier__isnull=False)
        bound = live.values("signer").annotate(lanes=Count("carrier__relayer", distinct=True))
        assert [row["lanes"] for row in bound] == [1] * len(bound)
    for _ in range(10):
        clock.simulate(clock.now() + 61)
        workers.block()
    workers.finalise()
    assert states(*requests) == ["final"] * len(requests)
    assert city.balance(CUSTOMERS[-1].address) == FIRST_BALANCE + len(requests)


# --- a lane in trouble -----------------------------------------------------------------------------------------------


def test_account_without_ether_gets_no_requests(city: City) -> None:
    workers = Workers(city)
    workers.relayer = Relayer(city.rpc, city.book, [key("poor"), RELAYER], age=0)
    requests = submit(city, 0, 1)
    workers.relay()
    assert lanes_of(*requests) == [FIRST, FIRST]
    assert states(*requests) == ["sent", "sent"]


def test_relayer_without_any_ether_says_so_and_keeps_the_requests(city: City) -> None:
    workers = Workers(city)
    workers.relayer = Relayer(city.rpc, city.book, [key("poor")], age=0)
    request = submit(city, 0)[0]
    with pytest.raises(OutOfEther) as caught:
        workers.relayer.step()
    assert (caught.value.details["account"], caught.value.details["balance"]) == (key("poor").address, 0)
    assert (states(request), RelayTransaction.objects.count()) == (["received"], 0)


def test_requests_of_a_lane_that_the_node_refuses_go_with_another(city: City, workers: Workers) -> None:
    request = submit(city, 0)[0]
    workers.relayer._pack()
    assert lanes_of(request) == [FIRST]
    city.rpc.call("anvil_setBalance", FIRST, "0x0")
    other = submit(city, 1)[0]
    workers.relay()
    assert (lanes_of(other), states(other)) == ([SECOND], ["sent"])
    for _ in range(lane.MOST_REFUSALS):
        workers.relay()
    assert (states(request), lanes_of(request)) == (["received"], [None])
    clock.simulate(clock.now() + 2)
    workers.block()
    workers.finalise()
    assert states(request, other) == ["final", "final"]
    assert [made.state for made in RelayTransaction.objects.filter(relayer=FIRST)] == ["lost"]


def test_lane_fills_the_nonce_that_the_node_refused(city: City) -> None:
    workers = Workers(city)
    request = submit(city, 0)[0]
    workers.relayer._pack()
    city.rpc.call("anvil_setBalance", FIRST, "0x0")
    for _ in range(lane.MOST_REFUSALS):
        with pytest.raises(TransactionRefused):
            workers.relayer.step()
    city.rpc.call("anvil_setBalance", FIRST, hex(10**24))
    workers.relayer = Relayer(city.rpc, city.book, [RELAYER], age=0)
    clock.simulate(clock.now() + 2)
    workers.block()
    workers.finalise()
    assert states(request) == ["final"]
    made = RelayTransaction.objects.order_by("nonce")
    assert [(one.state, one.requests.count()) for one in made] == [("final", 0), ("final", 1)]


# --- fees ------------------------------------------------------------------------------------------------------------


def pass_by(city: City, workers: Workers, blocks: int = STUCK_BLOCKS) -> None:
    for _ in range(blocks):
        city.mine()
        workers.relayer._track()


@pytest.fixture
def stuck(city: City, workers: Workers) -> Iterator[Request]:
    """A request whose transaction waits while blocks are too small for it."""
    request = submit(city, 0)[0]
    workers.relay()
    city.rpc.call("evm_setBlockGasLimit", hex(40_000))
    yield request
    city.rpc.call("evm_setBlockGasLimit", hex(60_000_000))


def test_transaction_that_blocks_pass_by_gets_a_higher_fee(city: City, workers: Workers, stuck: Request) -> None:
    before = RelayTransaction.objects.get()
    pass_by(city, workers)
    after = RelayTransaction.objects.get()
    assert (after.state, after.earlier, after.nonce) == ("stored", [before.hash], before.nonce)
    assert after.max_fee * 8 >= before.max_fee * 9
    assert read_tip(bytes(after.raw)) * 8 >= read_tip(bytes(before.raw)) * 9
    assert Account.recover_transaction(bytes(after.raw)).lower() == FIRST
    fees = {"maxFeePerGas", "maxPriorityFeePerGas", "v", "r", "s"}
    calls = [TypedTransaction.from_bytes(HexBytes(made.raw)).as_dict() for made in (before, after)]
    first, second = ({name: value for name, value in call.items() if name not in fees} for call in calls)
    assert first == second
    city.rpc.call("evm_setBlockGasLimit", hex(60_000_000))
    workers.block()
    workers.finalise()
    assert states(stuck) == ["final"]
    assert [event.code for event in stuck.events.order_by("id")] == ["accepted", "sent", "raised", "included", "final"]
    after.refresh_from_db()
    assert (after.state, stuck.tx) == ("final", after.hash)
    assert (after.gas_used > 50_000, after.paid > 0) == (True, True)


def test_transaction_is_given_some_blocks_before_its_fee_is_raised(
    city: City, workers: Workers, stuck: Request
) -> None:
    pass_by(city, workers, STUCK_BLOCKS - 1)
    assert RelayTransaction.objects.get().earlier == []


def test_fee_has_a_limit(city: City, workers: Workers, stuck: Request, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lane, "MOST_FEE", RelayTransaction.objects.get().max_fee)
    pass_by(city, workers, 2 * STUCK_BLOCKS)
    assert RelayTransaction.objects.get().earlier == []


def test_bytes_with_the_lower_fee_may_still_be_the_ones_included(city: City, workers: Workers, stuck: Request) -> None:
    pass_by(city, workers)
    city.rpc.call("evm_setBlockGasLimit", hex(60_000_000))
    city.mine()
    workers.read()
    workers.relay()
    workers.finalise()
    raised = RelayTransaction.objects.get()
    assert (states(stuck), raised.state, stuck.tx) == (["final"], "final", raised.earlier[0])
    assert city.balance(CUSTOMERS[-1].address) == FIRST_BALANCE + 1


def test_fee_below_what_blocks_ask_is_raised_when_the_node_says_so(city: City, workers: Workers) -> None:
    usual = city.rpc.head().base_fee
    request = submit(city, 0)[0]
    workers.relay()
    city.rpc.call("anvil_setNextBlockBaseFeePerGas", hex(GWEI))
    try:
        city.mine()
        workers.relay()
        assert RelayTransaction.objects.get().max_fee > GWEI
        workers.block()
        workers.finalise()
    finally:  # the end of a test brings back blocks, not this
        city.rpc.call("anvil_setNextBlockBaseFeePerGas", hex(usual))
    assert states(request) == ["final"]
