"""Proof that the journal makes the chain: every record is checked, every block mined again in a fresh engine."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import msgspec

from citychain.bars import Tell
from citychain.network import published
from citychain.network.anvil import Anvil
from citychain.network.errors import JournalDamaged
from citychain.network.genesis import load_genesis
from citychain.network.journal import GenesisRecord, Record, read
from citychain.network.replay import check_genesis, replay


class Verdict(msgspec.Struct):
    """`head` is the last block that could be made again; `error` says, in words, why `good` is false."""

    good: bool
    error: str | None = None
    chain_id: int = 0
    genesis: str = ""
    blocks: int = 0
    transactions: int = 0
    head: int = 0
    head_hash: str = ""
    seconds: float = 0.0


def verify(home: Path, tell: Tell | None = None) -> Verdict:
    """Never from a snapshot; the node may run meanwhile; `tell` hears of the blocks that were made again.

    Raises FileNotFoundError when there is no journal.
    """
    started = time.monotonic()
    known = published.read_final(home)
    records = read(home / "node" / "journal", known.number if known else 0)
    genesis = load_genesis(home)
    verdict = Verdict(True)
    try:
        first = next(records, None)
        if not isinstance(first, GenesisRecord):
            raise JournalDamaged(block=0, reason="it does not begin with a genesis record")
        verdict.chain_id, verdict.genesis, verdict.head_hash = first.chain_id, first.hash, first.hash
        node = Anvil(genesis)
        try:
            check_genesis(node.rpc, genesis, first)
            _replay(node, records, verdict, known, tell)
        finally:
            node.stop()
    except JournalDamaged as error:
        verdict.good, verdict.error = False, str(error)
    verdict.seconds = round(time.monotonic() - started, 3)
    return verdict


def _replay(
    node: Anvil, records: Iterator[Record], verdict: Verdict, known: published.Final | None, tell: Tell | None
) -> None:
    for record in records:
        done = replay(node, [record], 0)
        if done.head:
            verdict.head, verdict.head_hash = done.head.number, done.head.hash
            verdict.blocks += 1
            verdict.transactions += done.transactions
            if tell:
                tell(verdict.head, max(verdict.head, known.number if known else 0))
        if done.head and known and done.head.number == known.number and done.head.hash != known.hash:
            raise JournalDamaged(block=known.number, reason=f"the block called final was {known.hash}")
