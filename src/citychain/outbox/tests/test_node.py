"""With the city's own node and gate: a kill of the engine loses the transactions that waited, not the requests."""

import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from citychain.chain.rpc import NodeUnavailable, Rpc, connect
from citychain.network.embedded import EmbeddedNode
from citychain.network.gate import LocalGate
from citychain.network.genesis import make_genesis
from citychain.outbox import services
from citychain.outbox.models import RelayTransaction, Request

from .city import CUSTOMERS, SERVERS, City
from .conftest import Workers

pytestmark = pytest.mark.django_db(databases=["default", "readmodel"])


class JournalledCity(City):
    """Blocks come from the journal's writer; each is final at once."""

    def __init__(self, rpc: Rpc, node: EmbeddedNode) -> None:
        self.node = node
        super().__init__(rpc)

    def fund(self) -> None:
        """The genesis did."""

    def mine(self, blocks: int = 1, *, time: int | None = None) -> None:
        for number in range(blocks):
            self.node.mine(None if number else time)


@pytest.fixture
def journalled(tmp_path: Path, settings: Any) -> Iterator[JournalledCity]:
    accounts = {account.address: 10**24 for account in SERVERS}
    make_genesis(tmp_path, accounts=accounts, genesis_time=int(time.time()) - 86_400)
    node = EmbeddedNode(tmp_path)
    node.start()
    with LocalGate(tmp_path, settings.CITYCHAIN_ORIGIN) as url:
        city = JournalledCity(Rpc(url), node)
        settings.CITYCHAIN_RPC_URL, settings.CITYCHAIN_HOME = url, tmp_path
        city.book.save()
        yield city
        city.rpc.close()
        connect().close()
    city.node.stop()


def test_requests_survive_a_kill_of_the_engine(journalled: JournalledCity, db: Any, tmp_path: Path) -> None:
    city, workers = journalled, Workers(journalled)
    signed = [city.signed(customer, city.transfer(n + 1), nonce=n) for n in range(8) for customer in CUSTOMERS]
    assert [type(result) for result in services.submit_many(signed)] == [Request] * 160
    workers.relay()
    assert city.node.pending() == RelayTransaction.objects.count() == 4
    os.kill(city.node._anvil.pid, signal.SIGKILL)
    time.sleep(1.1)
    with pytest.raises(NodeUnavailable):
        workers.relayer.step()
    city.node.stop()
    city.node = EmbeddedNode(tmp_path)
    city.node.start()
    workers.relay()
    assert city.node.pending() == 4
    workers.block()
    assert set(Request.objects.values_list("state", flat=True)) == {"final"}
    assert set(RelayTransaction.objects.values_list("resent", "state")) == {(1, "final")}
