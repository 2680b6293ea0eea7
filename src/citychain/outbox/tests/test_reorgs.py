"""A chain that contradicts what it called final: every worker stops, and a person must look."""

import signal
from collections.abc import Iterator

import pytest

from citychain.chain import worker
from citychain.indexer.errors import ReorgBelowFinal
from citychain.indexer.queries import head
from citychain.outbox import services
from citychain.outbox.models import RelayTransaction, Request
from citychain.outbox.relayer import Relayer

from .city import CUSTOMERS, RELAYER, City
from .conftest import Workers

pytestmark = pytest.mark.django_db(databases=["default", "readmodel"])
ALICE, BOB = CUSTOMERS[:2]


@pytest.fixture(autouse=True)
def handlers() -> Iterator[None]:
    """As they were: a worker's loop takes signals for itself."""
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


def test_relayer_stops_when_a_final_block_is_replaced(city: City, workers: Workers) -> None:
    before = city.rpc.call("evm_snapshot")
    services.submit(*city.signed(ALICE))
    workers.block()
    workers.finalise()
    waiting = services.submit(*city.signed(BOB))
    city.rpc.call("evm_revert", before)
    city.mine(5, time=city.rpc.head().time + 1_000)
    workers.relayer.close()
    relayer = Relayer(city.rpc, city.book, [RELAYER], age=0)
    with pytest.raises(ReorgBelowFinal):
        relayer.step()
    with pytest.raises(SystemExit) as ended:
        worker.run(relayer, "relayer")
    assert ended.value.code == worker.STOPPED_ON_PURPOSE
    assert Request.objects.get(id=waiting.id).state == Request.State.RECEIVED
    assert RelayTransaction.objects.count() == 1
    with pytest.raises(ReorgBelowFinal):
        workers.read()
    told = head()
    assert told is not None and told.stale_since == told.block + 1  # which every page shows


def test_relayer_waits_for_a_node_that_is_behind(city: City, workers: Workers) -> None:
    """A node that starts knows fewer blocks, and contradicts nothing."""
    before = city.rpc.call("evm_snapshot")
    services.submit(*city.signed(ALICE))
    workers.block()
    workers.finalise()
    city.rpc.call("evm_revert", before)
    workers.relayer.close()
    Relayer(city.rpc, city.book, [RELAYER], age=0).step()
    assert set(Request.objects.values_list("state", flat=True)) == {Request.State.FINAL}
