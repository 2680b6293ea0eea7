"""From the Forwarder's events to what spent each nonce: the same rows however often, and none of an undone block."""

import pytest

from citychain.chain.forwarding import CancelRequest
from citychain.outbox import services
from citychain.outbox.models import Executed

from .city import CUSTOMERS, FIRST_BALANCE, STRANGER, City
from .conftest import Workers

pytestmark = pytest.mark.django_db(databases=["default", "readmodel"])
ALICE, BOB = CUSTOMERS[:2]


def test_each_spent_nonce_has_its_row(city: City, workers: Workers) -> None:
    done = city.signed(ALICE, city.transfer(1), nonce=0)
    refused = city.signed(ALICE, city.transfer(FIRST_BALANCE + 1), nonce=1)
    city.execute(STRANGER, done, refused)
    cancelled = services.submit(*city.signed(BOB))
    services.cancel(cancelled.id, BOB.sign(CancelRequest(BOB.address, 0).digest(city.book.domain)))
    workers.block()
    rows = {row.id: row for row in Executed.objects.all()}
    first, second, third = (rows[slot] for slot in (f"{ALICE.address}:0", f"{ALICE.address}:1", f"{BOB.address}:0"))
    assert (first.digest, first.success, first.reason) == ("0x" + done[0].digest(city.book.domain).hex(), True, "0x")
    assert (second.success, second.cancelled) == (False, False)
    assert second.reason[:10] == "0x" + city.deposits_abi.InsufficientAvailable.selector.hex()
    assert (third.success, third.cancelled, third.digest) == (False, True, "")
    head = city.rpc.head()
    assert (third.block, third.time, third.tx) == (head.number, head.time, head.transactions[0])
    assert len(rows) == 3


def test_rows_of_an_undone_block_are_gone(city: City, workers: Workers) -> None:
    city.execute(STRANGER, city.signed(ALICE))
    workers.read()
    assert Executed.objects.count() == 1
    city.rpc.call("anvil_reorg", 1, [])
    workers.read()
    assert Executed.objects.count() == 0
    city.execute(STRANGER, city.signed(ALICE))
    workers.read()
    assert Executed.objects.values_list("id", flat=True).get() == f"{ALICE.address}:0"
