"""Figures of the engine and its gate, for the bench command: functions that measure, no verdicts."""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlsplit

import msgspec
import psutil

from citychain.network.embedded import EmbeddedNode
from citychain.network.gate import LocalGate
from citychain.network.genesis import make_genesis
from citychain.network.ipc import Ipc
from citychain.network.verify import verify


class Restored(msgspec.Struct, frozen=True):
    """Seconds to restore `transactions` from a confirmed snapshot, to make and confirm that snapshot, and to make all
    blocks again without one, as after a kill before the first. `memory` is the engine's, in bytes."""

    transactions: int
    blocks: int
    memory: int
    snapshot_bytes: int
    snapshot_seconds: float
    restore_seconds: float
    replay_seconds: float


def restore(accounts: Sequence[str], raws: Sequence[bytes], chain_id: int, per_block: int = 500) -> Restored:
    """Mine `raws` (valid from genesis in this order; the accounts hold 10**24 wei each), then restart."""
    with tempfile.TemporaryDirectory(prefix="citychain-") as folder:
        home = Path(folder)
        now = int(time.time()) - 86_400
        make_genesis(home, accounts=dict.fromkeys(accounts, 10**24), genesis_time=now, chain_id=chain_id)
        node = EmbeddedNode(home)
        node.start()
        try:
            for start in range(0, len(raws), per_block):
                for raw in raws[start : start + per_block]:
                    node.call("eth_sendRawTransaction", "0x" + raw.hex())
                node.mine()
            blocks, snapshot_seconds = node.head.number, _seconds(node.snapshot)
        finally:
            node.stop()
        size = sum(path.stat().st_size for path in (home / "node").glob("snapshot-*"))
        again = EmbeddedNode(home)
        restore_seconds = _seconds(again.start)
        memory = sum(child.memory_info().rss for child in psutil.Process().children())
        again.stop()
        return Restored(len(raws), blocks, memory, size, snapshot_seconds, restore_seconds, verify(home).seconds)


class Passed(msgspec.Struct, frozen=True):
    """Median seconds of one batch of 100 calls at the engine's socket, and through the gate."""

    engine_seconds: float
    gate_seconds: float


def gate_batch(rounds: int = 50) -> Passed:
    """What the gate adds to a batch of 100 reads."""
    calls = [("eth_getBalance", ["0x" + "11" * 20, "latest"])] * 100
    body = [{"jsonrpc": "2.0", "id": i, "method": m, "params": p} for i, (m, p) in enumerate(calls)]
    headers = {"Content-Type": "application/json"}
    with tempfile.TemporaryDirectory(prefix="citychain-") as folder:
        home = Path(folder)
        make_genesis(home, accounts={}, genesis_time=int(time.time()) - 60)
        node = EmbeddedNode(home)
        node.start()
        engine = Ipc(node.socket)
        try:
            with LocalGate(home, "http://localhost") as url:
                client = HTTPConnection(urlsplit(url).netloc)
                text = msgspec.json.encode(body)

                def post() -> None:
                    client.request("POST", "/", text, headers)
                    msgspec.json.decode(client.getresponse().read())

                direct = [_seconds(lambda: engine.batch(calls)) for _ in range(rounds)]
                passed = [_seconds(post) for _ in range(rounds)]
                client.close()
        finally:
            engine.close()
            node.stop()
    return Passed(statistics.median(direct), statistics.median(passed))


def _seconds(action: Callable[[], object]) -> float:
    started = time.perf_counter()
    action()
    return time.perf_counter() - started
