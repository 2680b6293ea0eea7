"""From the events of every part to how much happened on each day."""

from collections.abc import Iterator

from citychain.chain.bindings import Forwarder
from citychain.indexer.rows import Add, Log, RowChange
from citychain.money.bindings import Clearing, Deposits
from citychain.renting.bindings import Titles

from .models import Activity

DAY = 86_400
#: Beijing is 8 hours before UTC, without summer time since 1992.
BEIJING = 8 * 3_600
NOBODY = "0x" + "00" * 20


def on_executed(event: Forwarder.RequestExecuted, log: Log) -> Iterator[RowChange]:
    if event.success:
        yield _one(Activity.Kind.REQUESTS, log)


def on_minted(event: Deposits.Minted, log: Log) -> Iterator[RowChange]:
    yield _one(Activity.Kind.ISSUED, log, event.amount)


def on_transfer(event: Deposits.Transfer, log: Log) -> Iterator[RowChange]:
    """Minted and burned money has events of its own."""
    if NOBODY not in (event.from_, event.to):
        yield _one(Activity.Kind.MOVED, log, event.value)


def on_paid(event: Clearing.Paid, log: Log) -> Iterator[RowChange]:
    yield _one(Activity.Kind.MOVED, log, event.amount)


def on_registered(event: Titles.TitleRegistered, log: Log) -> Iterator[RowChange]:
    yield _one(Activity.Kind.TITLES, log)


def _one(kind: Activity.Kind, log: Log, amount: int = 0) -> Add:
    day = (log.time + BEIJING) // DAY
    row = {"id": f"{kind.value}:{day}", "kind": kind.value, "day": day}
    return Add(Activity, row, {"count": 1, "amount": amount})


SUBSCRIPTIONS = {
    "Forwarder.RequestExecuted": on_executed,
    "Deposits.Minted": on_minted,
    "Deposits.Transfer": on_transfer,
    "Clearing.Paid": on_paid,
    "Titles.TitleRegistered": on_registered,
}
