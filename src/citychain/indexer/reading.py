"""From the node to row changes: blocks and logs are fetched in ranges, logs become typed events, projections answer."""

import itertools
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import NamedTuple

from citychain.chain.addressbook import Entry
from citychain.chain.rpc import Header, RawLog, Rpc, RpcError

from .errors import ProjectionFailed
from .models import Block
from .rows import Log, Put, RowChange
from .subscriptions import Subscriptions

#: Blocks asked for in one eth_getLogs, and the span of logs after which fewer or more are asked for.
MOST_BLOCKS = 2_000
FEW_LOGS, MANY_LOGS = 2_500, 10_000
#: Headers in one JSON-RPC batch.
HEADERS = 100


class Origin(NamedTuple):
    """Which listener to which log asked for a change; None for the indexer's own rows."""

    log: Log
    subscription: str


#: Blocks with their logs, in order.
Blocks = list[tuple[Header, list[RawLog]]]


class Reading(NamedTuple):
    """One block and what it changes."""

    header: Header
    changes: list[RowChange]
    origins: list[Origin | None]


class Reader:
    """Fetches blocks. The range adapts to how many logs blocks hold and to what the node allows."""

    #: Final blocks are fetched while the ones before them are written: the node and the disk take turns no longer.
    _ahead = ThreadPoolExecutor(1, "fetch")

    def __init__(self, rpc: Rpc, subscriptions: Subscriptions) -> None:
        self.rpc = rpc
        self.sources: dict[str, Entry] = {}
        self._subscriptions = subscriptions
        self._span = 100
        self._next: tuple[int, Future[Blocks | None]] | None = None

    def listen(self, sources: dict[str, Entry]) -> None:
        """To the logs of these contracts from here on."""
        self.sources, self._next = sources, None

    def fetch(self, first: int, last: int) -> Blocks | None:
        """Blocks from `first`, at most up to `last`, each with its logs; at least one.

        None when the chain changed between two answers of the node, or when the node refused the range: ask again.
        """
        ahead, self._next = self._next, None
        found = ahead[1].result() if ahead is not None and ahead[0] == first else self._fetch(first, last)
        if found is not None and found[-1][0].number < last:
            following = found[-1][0].number + 1
            self._next = following, self._ahead.submit(self._fetch, following, last)
        return found

    def _fetch(self, first: int, last: int) -> Blocks | None:
        last = min(last, first + self._span - 1)
        headers = headers_of(self.rpc, first, last)
        try:
            logs = self.rpc.logs(first, last, list(self.sources))
        except RpcError:
            if last == first:
                raise
            self._span = (last - first + 1) // 2
            return None
        if len(logs) > MANY_LOGS:
            self._span = max(1, self._span // 2)
        elif len(logs) < FEW_LOGS:
            self._span = min(MOST_BLOCKS, self._span * 2)
        newest = self.rpc.header(last)
        linked = all(child.parent == parent.hash for parent, child in itertools.pairwise(headers))
        if not linked or newest is None or newest.hash != headers[-1].hash:
            return None
        return joined(headers, logs)

    def project(self, header: Header, logs: Sequence[RawLog]) -> Reading:
        """What one block changes. Raises ProjectionFailed."""
        block = {
            "number": header.number,
            "hash": header.hash,
            "parent": header.parent,
            "time": header.time,
            "transactions": len(header.transactions),
        }
        changes: list[RowChange] = [Put(Block, block)]
        origins: list[Origin | None] = [None]
        for raw in logs:
            entry = self.sources[raw.address]
            listeners = self._subscriptions.get((entry.contract, raw.topics[0] if raw.topics else ""))
            if not listeners:
                continue
            log = Log(raw.block, header.time, raw.tx, raw.log_index, raw.address, entry.contract, entry.key)
            for event, projection, name, _part in listeners:
                origin = Origin(log, name)
                try:
                    changes += projection(event.decode(raw.topics, raw.data), log)
                except Exception as problem:  # whatever a projection raises stops the indexer, with its place
                    raise failed(origin, f"{type(problem).__name__}: {problem}") from problem
                origins += [origin] * (len(changes) - len(origins))
        return Reading(header, changes, origins)


def failed(origin: Origin, cause: str) -> ProjectionFailed:
    """The error that names the place."""
    log = origin.log
    return ProjectionFailed(
        block=log.block, log_index=log.log_index, tx=log.tx, subscription=origin.subscription, cause=cause
    )


def headers_of(rpc: Rpc, first: int, last: int) -> list[Header]:
    """Blocks first to last, both included, in batches that every node answers. Raises NodeUnavailable."""
    starts = range(first, last + 1, HEADERS)
    return [header for start in starts for header in rpc.headers(start, min(last, start + HEADERS - 1))]


def joined(headers: list[Header], logs: list[RawLog]) -> Blocks | None:
    """Each block with its logs; None when a log is of another block than the one with its number."""
    blocks: dict[int, tuple[Header, list[RawLog]]] = {header.number: (header, []) for header in headers}
    for log in logs:
        header, of_block = blocks[log.block]
        if log.block_hash != header.hash:
            return None
        of_block.append(log)
    return list(blocks.values())
