"""A city whose time the loader sets: the real node, gate, outbox, relayer and indexer, driven by hand.

Nothing is faked but the clock: every record is signed by somebody's key, goes through the outbox and the forwarder, and
is read back by the indexer, as everybody's requests are.
"""

import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from django.utils.translation import gettext_lazy as _

from citychain.chain import clock
from citychain.chain.abi import Act
from citychain.chain.addressbook import AddressBook
from citychain.chain.forwarding import ForwardRequest
from citychain.chain.keys import Key
from citychain.chain.rpc import NodeUnavailable, Rpc, RpcError, connect
from citychain.errors import CityError, Unavailable
from citychain.indexer.engine import Indexer
from citychain.network.embedded import EmbeddedNode
from citychain.outbox import queries as outbox
from citychain.outbox.models import Request
from citychain.outbox.published import catalogue
from citychain.outbox.relayer import Relayer
from citychain.outbox.services import submit_many

#: Requests signed here may wait this long (the outbox allows seven days).
DEADLINE_SECONDS = 3000
PATIENCE_SECONDS = 120.0


class Stuck(Unavailable):
    """The history does not move on: a bug, or a machine far too slow."""

    code = "sandbox-stuck"
    retry = False
    message = _("The demonstration city could not be written: {reason}")


class Miner(threading.Thread):
    """Makes a block whenever transactions wait, at the time that the loader set. The node's only user while it runs."""

    def __init__(self, node: EmbeddedNode) -> None:
        super().__init__(daemon=True, name="miner")
        self.node = node
        self.time = node.head.time
        self.problem: BaseException | None = None
        self._stop_asked = threading.Event()
        self._block_asked = threading.Event()

    def run(self) -> None:
        try:
            while not self._stop_asked.wait(0.01):
                asked = self._block_asked.is_set()
                if asked or self.node.pending():
                    self.node.mine(max(self.node.head.time + 1, self.time))
                    if asked:
                        self._block_asked.clear()
        except BaseException as problem:
            self.problem = problem

    def let_pass(self, seconds: int) -> None:
        """Sets the time and makes a block at it, so that the chain knows."""
        self.time = max(seconds, self.node.head.time + 1)
        self._block_asked.set()
        while self._block_asked.is_set() and self.is_alive():
            time.sleep(0.005)

    def stop(self) -> None:
        self._stop_asked.set()
        self.join()
        if self.problem is not None:
            raise self.problem


class World:
    """Use as a context manager around a node that has its genesis but no blocks."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.rpc: Rpc = connect()
        self._signed: list[tuple[ForwardRequest, bytes]] = []
        self._nonces: dict[str, int] = {}
        self._relayer: Relayer | None = None

    def __enter__(self) -> Self:
        self.node = EmbeddedNode(self.home)
        self.node.start()
        self.miner = Miner(self.node)
        self.miner.start()
        self.gate = subprocess.Popen([sys.executable, "-m", "citychain", "gate", "run"])
        deadline = time.monotonic() + 20
        while True:
            try:
                self.rpc.chain_id()
                return self
            except (NodeUnavailable, RpcError):
                if time.monotonic() > deadline or self.gate.poll() is not None:
                    self.__exit__(None, None, None)
                    raise
                time.sleep(0.05)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        clock.simulate(None)
        if self._relayer is not None:
            self._relayer.close()
        try:
            self.miner.stop()
        finally:
            self.gate.terminate()
            self.gate.wait(10)
            self.node.stop()

    # --- time --------------------------------------------------------------------------------------------------------

    def at(self, seconds: int) -> None:
        """From now on it is this time (UTC seconds), never earlier than the head."""
        self.miner.let_pass(seconds)
        clock.simulate(self.node.head.time)

    # --- requests ----------------------------------------------------------------------------------------------------

    def use(self, relayer_keys: Sequence[Key]) -> None:
        """Takes up the deployed contracts."""
        self.book = AddressBook.load()
        self.indexer = Indexer(self.rpc, self.book)
        self._relayer = Relayer(self.rpc, self.book, list(relayer_keys))

    @property
    def relayer(self) -> Relayer:
        """There after use()."""
        assert self._relayer is not None
        return self._relayer

    def refresh(self) -> None:
        """Takes up contracts deployed since."""
        self.book = AddressBook.load()
        self.indexer.book = self.book

    def unsigned(self, signer: str, act: Act) -> ForwardRequest:
        """The request that `signer` would sign next for this act."""
        nonce = self._nonces.get(signer, 0)
        self._nonces[signer] = nonce + 1
        function = act.function
        gas = catalogue()[(function.contract, function.selector)].gas
        return ForwardRequest(signer, act.target, gas, nonce, clock.now() + DEADLINE_SECONDS, function.data())

    def sign(self, key: Key, act: Act) -> None:
        """Signs a request; flush() hands it in."""
        request = self.unsigned(key.address, act)
        self._signed.append((request, key.sign(request.digest(self.book.domain))))

    def add(self, request: ForwardRequest, signature: bytes) -> None:
        """A request signed elsewhere (by a Safe's owners)."""
        self._signed.append((request, signature))

    def flush(self) -> int:
        """Hands in what was signed, waits until all of it is final, and returns how many. Raises Stuck, CityError."""
        signed, self._signed = self._signed, []
        accepted = []
        for answer in submit_many(signed):
            if isinstance(answer, CityError):
                raise answer
            accepted.append(answer)
        deadline = time.monotonic() + PATIENCE_SECONDS
        moved = time.monotonic()
        while outbox.backlog().oldest is not None:
            if self.miner.problem is not None:
                raise self.miner.problem
            if time.monotonic() > deadline:
                raise Stuck(reason=f"{outbox.backlog().states} after {PATIENCE_SECONDS:.0f} s")
            if self.relayer.step() | self.indexer.step():
                moved = time.monotonic()
            elif time.monotonic() - moved > 1:
                self.at(self.node.head.time + 2)  # whatever waits for a later time gets it
                moved = time.monotonic()
            else:
                time.sleep(0.005)
        self._require_final([answer.id for answer in accepted])
        clock.simulate(self.node.head.time)
        return len(signed)

    def _require_final(self, ids: list[uuid.UUID]) -> None:
        other = Request.objects.filter(id__in=ids).exclude(state=Request.State.FINAL).first()
        if other is not None:
            raise Stuck(reason=f"{other.selector} of {other.signer} ended {other.state}: {other.reason}")
