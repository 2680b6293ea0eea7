"""The embedded engine: one anvil and the one writer of its journal. A block is final when it is in the journal.

Each block: its time is set to max(parent + 1, now), it is mined, appended with its raw transactions, synced, and only
then published as final. Nothing is mined before the block below it is durable. So a kill loses at most one block that
nobody called final, and the transactions that waited; the outbox sends those again.
"""

from __future__ import annotations

import fcntl
import hashlib
import logging
import os
import time
from pathlib import Path
from typing import Any

import msgspec

from citychain.chain.worker import Waiting
from citychain.network import published
from citychain.network.anvil import Anvil, remove_folder
from citychain.network.errors import BlockTimeRefused, GenesisRefused, NodeRunning, NodeUnavailable, ReorgRefused
from citychain.network.genesis import folder, load_genesis, write_durably
from citychain.network.journal import BlockRecord, GenesisRecord, Journal, SnapshotRecord, read
from citychain.network.replay import dump, header, replay, restore, snapshot_path

log = logging.getLogger(__name__)
#: Seconds between blocks while transactions wait, and between blocks while none do.
BLOCK_INTERVAL, HEARTBEAT = 1.0, 60.0
#: Seconds that the host's clock may be behind the head before mining stops to wait for it.
CLOCK_TOLERANCE = 5
#: Seconds between looks at the pool.
POLL = 0.1
#: Transactions since the last snapshot that are worth a new one when the node stops. Never while it runs: anvil answers
#: nothing while it dumps (seconds for each 10,000 transactions of the whole chain), and no block waits for a cache.
SNAPSHOT_STOP = 2_000


class Block(msgspec.Struct, frozen=True):
    """A durable block. `time` is UTC seconds, `transactions` their number."""

    number: int
    hash: str
    time: int
    transactions: int


def take_lock(home: Path) -> int:
    """The one who may write the journal, until the descriptor returned is closed. Raises NodeRunning."""
    lock = os.open(folder(home) / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        os.close(lock)
        raise NodeRunning(home=home) from error
    return lock


class EmbeddedNode:
    """One engine on one state folder. Not for several threads. Start it in the main thread (see Anvil)."""

    def __init__(self, home: Path, *, finality_lag: int = 0) -> None:
        """`finality_lag` (tests) keeps the last blocks changeable: final is the head minus the lag."""
        self.home = home
        self.finality_lag = finality_lag
        self._lock: int | None = None
        self._unsaved = 0

    def start(self) -> None:
        """Restore the chain and publish where the node answers.

        Raises NodeRunning, JournalDamaged, GenesisRefused (no or another genesis), NodeUnavailable, StorageFull.
        """
        self._lock = take_lock(self.home)
        try:
            self._start()
        except BaseException:
            self.stop()
            raise

    def _start(self) -> None:
        killed = published.read_running(self.home)
        if killed:
            remove_folder(Path(killed.socket))
        published.withdraw(self.home)
        try:
            genesis = load_genesis(self.home)
        except FileNotFoundError as error:
            raise GenesisRefused(field="genesis.json", reason="is not there; make it first") from error
        path = self.home / "node" / "journal"
        known = published.read_final(self.home)
        final = known.number if known else 0
        if path.exists() or final:
            self._restore(path, final)
        else:
            self._anvil = Anvil(genesis)
            first = header(self._anvil.rpc, "0x0")
            self._journal = Journal.create(path, GenesisRecord(genesis.chain_id, first["hash"], genesis.sha256))
        first = header(self._anvil.rpc, "0x0")
        self._genesis = Block(0, first["hash"], int(first["timestamp"], 16), 0)
        self._publish_final()
        self._publish_running()

    def _restore(self, path: Path, final: int) -> None:
        genesis = load_genesis(self.home)
        if not path.exists():
            raise GenesisRefused(field="journal", reason=f"is gone, but block {final} was final; restore it")
        self._journal = Journal(path, final)
        started = time.monotonic()
        self._anvil, at = restore(self.home, genesis, self._journal.genesis, self._journal.snapshot)
        done = replay(self._anvil, read(path, final), at)
        self._unsaved = done.transactions
        log.info(
            "Restored block %d: state of block %d, then %d blocks with %d transactions, in %.1f s.",
            *(self.head.number if done.head else 0, at, done.blocks, done.transactions, time.monotonic() - started),
        )

    @property
    def head(self) -> Block:
        """The last durable block."""
        head = self._journal.head
        return Block(head.number, head.hash, head.time, 0) if head else self._genesis

    @property
    def socket(self) -> Path:
        """The engine's Unix socket, cheat methods and all: for the gate and for tests, never for users."""
        return self._anvil.socket

    def call(self, method: str, *params: Any) -> Any:
        """Ask the engine directly, with no gate between. Raises NodeRefused, NodeUnavailable."""
        return self._anvil.rpc.call(method, *params)

    def mine(self, timestamp: int | None = None) -> Block:
        """Make one block of what waits, durable and final when this returns.

        Its time is `timestamp`, which must be later than the head's, else max(head + 1, now). Raises BlockTimeRefused,
        StorageFull, NodeUnavailable; after the last two, stop the node: it holds a block that the journal doesn't.
        """
        parent = self.head
        if timestamp is not None and timestamp <= parent.time:
            raise BlockTimeRefused(parent=parent.time, time=timestamp)
        rpc = self._anvil.rpc
        rpc.call("evm_mine", {"timestamp": timestamp or max(parent.time + 1, int(time.time()))})
        made = header(rpc, "latest")
        number = int(made["number"], 16)
        if number != parent.number + 1 or made["parentHash"] != parent.hash:
            raise NodeUnavailable(reason=f"it mined block {number} on {made['parentHash']}, not on {parent.number}")
        raws = rpc.batch([("eth_getRawTransactionByHash", [digest]) for digest in made["transactions"]])
        block = Block(number, made["hash"], int(made["timestamp"], 16), len(raws))
        self._journal.append(BlockRecord(number, block.time, block.hash, [bytes.fromhex(raw[2:]) for raw in raws]))
        self._unsaved += len(raws)
        self._publish_final()
        return block

    def pending(self) -> int:
        """Transactions that the next block can take."""
        return int(self._anvil.rpc.call("txpool_status")["pending"], 16)

    def snapshot(self) -> None:
        """Dump the state and confirm it in the journal; the start after this one needs no replay up to here.

        The engine goes on from the dumped state (see Anvil); transactions that waited are forgotten. About 50 MB and
        5 s for 25,000 transactions. Raises StorageFull, OSError; then the older snapshot stays valid.
        """
        snapshot = self._dump()
        if snapshot:
            self._anvil.reload(snapshot_path(self.home, snapshot))
            self._publish_running()

    def _dump(self) -> SnapshotRecord | None:
        """None when there is nothing to dump. Nothing may be mined on this engine after another answer."""
        head, older = self.head, self._journal.snapshot
        if head.number == 0:
            return None
        if header(self._anvil.rpc, "latest")["hash"] != head.hash:
            raise NodeUnavailable(reason="its head is not in the journal")
        state = dump(self._anvil.rpc)
        snapshot = SnapshotRecord(head.number, head.hash, hashlib.sha256(state).hexdigest())
        write_durably(snapshot_path(self.home, snapshot), state)
        self._journal.confirm(snapshot)
        self._unsaved = 0
        if older and older.block != snapshot.block:
            snapshot_path(self.home, older).unlink(missing_ok=True)
        return snapshot

    def rewind(self, blocks: int) -> None:
        """Drop the last blocks, so that others can take their place: a reorg, for tests under a finality lag.

        Their transactions are dropped, and those that waited. The engine starts again from the journal, because what
        anvil itself rolls back to is a loaded state (see Anvil). Raises ReorgRefused when a final block would go.
        """
        known, to = published.read_final(self.home), self.head.number - blocks
        if known is None or not 0 < to >= known.number:
            raise ReorgRefused(block=to)
        self._journal.cut(to)
        self._journal.close()
        self._anvil.stop()
        self._restore(self._journal.path, known.number)
        self._publish_final()
        self._publish_running()

    def run(self, stopping: Waiting) -> None:
        """Make blocks until `stopping` is set: each second while transactions wait, each minute while none do.

        Times on the chain always increase. When the host's clock is more than CLOCK_TOLERANCE behind the head, no block
        is made until it has caught up, and the log says so. Raises what mine() raises.
        """
        last, said = time.monotonic() - BLOCK_INTERVAL, False
        while not stopping.wait(POLL):
            waited = time.monotonic() - last
            if waited < BLOCK_INTERVAL:
                continue
            behind = self.head.time - int(time.time())
            if behind > CLOCK_TOLERANCE:
                if not said:
                    log.warning(
                        "The clock is %d s behind the last block. No block is made until it has caught up.", behind
                    )
                said = True
                continue
            if said:
                log.warning("The clock has caught up with the last block; blocks are made again.")
            said = False
            if self.pending() or waited >= HEARTBEAT:
                last = time.monotonic()  # from a block's begin to the next one's: to make one takes its time, too
                self.mine()

    def stop(self) -> None:
        """Withdraw, snapshot if it is worth it, end the engine, release the lock. Safe to call twice."""
        if self._lock is None:
            return
        published.withdraw(self.home)
        if hasattr(self, "_journal"):
            if hasattr(self, "_anvil") and self._unsaved >= SNAPSHOT_STOP:
                self._snapshot_or_warn()
            self._journal.close()
            del self._journal
        if hasattr(self, "_anvil"):
            self._anvil.stop()
            del self._anvil
        os.close(self._lock)
        self._lock = None

    def _snapshot_or_warn(self) -> None:
        try:
            self._dump()
        except Exception:  # a cache: the journal is whole without it
            log.warning("No snapshot was made; the next start replays the journal.", exc_info=True)

    def _publish_running(self) -> None:
        chain_id = self._journal.genesis.chain_id
        running = published.Running(os.getpid(), str(self._anvil.socket), chain_id, self._genesis.hash)
        published.publish(self.home, running)

    def _publish_final(self) -> None:
        head = self.head
        final = head
        if self.finality_lag:
            known = published.read_final(self.home)
            number = max(known.number if known else 0, head.number - self.finality_lag)
            found = header(self._anvil.rpc, hex(number))
            final = Block(number, found["hash"], int(found["timestamp"], 16), 0)
        published.publish(self.home, published.Final(final.number, final.hash, final.time, head.number))
