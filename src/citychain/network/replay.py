"""Makes the chain again from what is durable: from a confirmed snapshot and the blocks after it, or from genesis."""

from __future__ import annotations

import gzip
import hashlib
import logging
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import msgspec

from citychain.network.anvil import Anvil
from citychain.network.errors import JournalDamaged, NodeRefused, NodeUnavailable
from citychain.network.genesis import Genesis
from citychain.network.ipc import Ipc
from citychain.network.journal import BlockRecord, GenesisRecord, Record, SnapshotRecord

log = logging.getLogger(__name__)


class Replayed(msgspec.Struct):
    """What a replay made. `head` is the last block, None when there is only genesis."""

    head: BlockRecord | None = None
    blocks: int = 0
    transactions: int = 0


def snapshot_path(home: Path, snapshot: SnapshotRecord) -> Path:
    return home / "node" / f"snapshot-{snapshot.block}.json"


def restore(
    home: Path, genesis: Genesis, expected: GenesisRecord, snapshot: SnapshotRecord | None
) -> tuple[Anvil, int]:
    """A node at the snapshot's block, or at 0 when the snapshot is not exactly what the journal confirms.

    A state file can be changed (a balance, a slot, code) without changing the head's hash, so its own SHA-256 counts.
    Raises JournalDamaged when the genesis file is not the one that the journal began with.
    """
    if snapshot is not None and (path := _confirmed(home, snapshot)) is not None:
        try:
            node = Anvil(genesis, state=path)
        except NodeUnavailable as error:
            log.warning("The snapshot of block %d does not load; replaying from genesis. %s", snapshot.block, error)
        else:
            head = header(node.rpc, "latest")
            if (head["number"], head["hash"]) == (hex(snapshot.block), snapshot.hash):
                check_genesis(node.rpc, genesis, expected)
                return node, snapshot.block
            node.stop()
            log.warning("The snapshot of block %d holds another chain; replaying from genesis.", snapshot.block)
    node = Anvil(genesis)
    try:
        check_genesis(node.rpc, genesis, expected)
    except JournalDamaged:
        node.stop()
        raise
    return node, 0


def check_genesis(rpc: Ipc, genesis: Genesis, expected: GenesisRecord) -> None:
    """Raises JournalDamaged."""
    found = (int(rpc.call("eth_chainId"), 16), header(rpc, "0x0")["hash"], genesis.sha256)
    if found != (expected.chain_id, expected.hash, expected.sha256):
        raise JournalDamaged(block=0, reason="genesis.json is not the genesis that the journal began with")


def replay(node: Anvil, records: Iterable[Record], after: int) -> Replayed:
    """Mine each block above `after` again; each must have the hash that was recorded. Raises JournalDamaged.

    Where the journal says that the state was dumped, it is dumped and loaded again, as it was then: see Anvil.
    """
    done = Replayed()
    for record in records:
        if isinstance(record, SnapshotRecord) and record.block > after:
            with tempfile.NamedTemporaryFile(prefix="citychain-state-") as file:
                file.write(dump(node.rpc))
                file.flush()
                node.reload(Path(file.name))
        if not isinstance(record, BlockRecord):
            continue
        if record.number > after:
            _mine_again(node.rpc, record)
            done.blocks += 1
            done.transactions += len(record.transactions)
        done.head = BlockRecord(record.number, record.time, record.hash, [])
    return done


def dump(rpc: Ipc) -> bytes:
    """The state with all blocks, as a state file has it."""
    return gzip.decompress(bytes.fromhex(rpc.call("anvil_dumpState")[2:]))


def header(rpc: Ipc, block: str) -> dict[str, Any]:
    found: dict[str, Any] = rpc.call("eth_getBlockByNumber", block, False)
    return found


def _mine_again(rpc: Ipc, record: BlockRecord) -> None:
    try:
        # One by one: anvil runs the calls of a batch side by side, and the pool's order is the block's order.
        for raw in record.transactions:
            rpc.call("eth_sendRawTransaction", "0x" + raw.hex())
        rpc.call("evm_mine", {"timestamp": record.time})
    except NodeRefused as error:
        raise JournalDamaged(block=record.number, reason=str(error)) from error
    made = header(rpc, "latest")
    if (made["number"], made["hash"]) != (hex(record.number), record.hash):
        raise JournalDamaged(
            block=record.number,
            reason=f"mined again it is block {int(made['number'], 16)} {made['hash']}, recorded was {record.hash}",
        )


def _confirmed(home: Path, snapshot: SnapshotRecord) -> Path | None:
    path = snapshot_path(home, snapshot)
    try:
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        log.warning("The snapshot of block %d can't be read (%s); replaying from genesis.", snapshot.block, error)
        return None
    if digest != snapshot.sha256:
        log.warning("The snapshot of block %d is not what was written; replaying from genesis.", snapshot.block)
        return None
    return path
