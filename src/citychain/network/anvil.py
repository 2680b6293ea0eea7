"""Runs anvil as an engine that never mines by itself and that only we can reach."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from django.conf import settings

from citychain.network.errors import NodeUnavailable
from citychain.network.genesis import GAS_LIMIT, HARDFORK, Genesis
from citychain.network.ipc import Ipc

_ARCHITECTURES = {"x86_64": "amd64", "amd64": "amd64", "aarch64": "arm64", "arm64": "arm64"}
_PREFIX = "citychain-"
_LAUNCH = Path(__file__).with_name("launch.py")
#: Seconds to become ready; loading a snapshot of 100,000 transactions takes 2 to 5.
START_TIMEOUT = 300


class Anvil:
    """A running anvil. On Linux it dies with the thread that started it (PR_SET_PDEATHSIG): start it in a main thread.

    `state` is a state file that takes the place of the genesis file; the caller has confirmed it.

    Danger: a state that was loaded is not quite the one that was dumped. Later state roots also cover slots of zero
    that a reverted call read, which anvil leaves out in accounts that it made itself. So blocks have the same hashes
    again only if the state is loaded again at the same places: see replay() and tests/test_exact.py.
    """

    def __init__(self, genesis: Genesis, state: Path | None = None) -> None:
        """Returns when anvil answers. Raises NodeUnavailable with anvil's own words when it does not start."""
        self._genesis = genesis
        self._start(state)

    def reload(self, state: Path) -> None:
        """The same chain from a state file, in a new process; what waited is forgotten. Raises NodeUnavailable."""
        self.stop()
        self._start(state)

    def _start(self, state: Path | None) -> None:
        genesis = self._genesis
        # A folder of our own: a Unix socket's path may have at most 100 characters or so, a state folder's more.
        self._folder = Path(tempfile.mkdtemp(prefix=_PREFIX))
        self.socket = self._folder / "anvil.ipc"
        log = self._folder / "anvil.log"
        source = ["--load-state", str(state)] if state else ["--init", str(genesis.path)]
        arguments = [
            *("--ipc", str(self.socket), "--no-cors", "--quiet", "--no-mining", "--accounts", "0"),
            *("--hardfork", HARDFORK, "--chain-id", str(genesis.chain_id), "--timestamp", str(genesis.time)),
            *("--gas-limit", str(GAS_LIMIT), "--order", "fifo", "--max-transactions", "100000"),
            *("--max-persisted-states", "0", "--cache-path", str(self._folder), "--no-request-size-limit", *source),
        ]
        command = [sys.executable, "-I", "-S", str(_LAUNCH), str(os.getpid()), str(program()), *arguments]
        with log.open("wb") as output:
            self._process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=output, stderr=output, cwd=self._folder
            )
        self.pid = self._process.pid
        try:
            self.rpc = self._connect(log)
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """At once: nothing in anvil needs a farewell, the journal has what counts."""
        self._process.kill()
        self._process.wait()
        if hasattr(self, "rpc"):
            self.rpc.close()
        remove_folder(self.socket)

    def _connect(self, log: Path) -> Ipc:
        limit = time.monotonic() + START_TIMEOUT
        while time.monotonic() < limit:
            if self._process.poll() is not None:
                words = log.read_text(errors="replace").strip() or f"exit status {self._process.returncode}"
                raise NodeUnavailable(reason=f"anvil did not start: {words[-500:]}")
            try:
                return Ipc(self.socket)
            except NodeUnavailable:
                time.sleep(0.01)
        raise NodeUnavailable(reason=f"anvil was not ready after {START_TIMEOUT} s")


def remove_folder(socket: Path) -> None:
    """The folder of an engine that has ended, also one that a kill left behind."""
    if socket.parent.name.startswith(_PREFIX):
        shutil.rmtree(socket.parent, ignore_errors=True)


def program() -> Path:
    """CITYCHAIN_ANVIL, or the anvil of this platform in node_modules. Raises NodeUnavailable when it isn't there."""
    if settings.CITYCHAIN_ANVIL:
        path = Path(settings.CITYCHAIN_ANVIL)
        if not os.access(path, os.X_OK):
            raise NodeUnavailable(reason=f"CITYCHAIN_ANVIL names {path}, which is no program")
        return path
    package = package_of_platform()
    path = Path(settings.CITYCHAIN_NODE_MODULES) / package / "bin" / "anvil"
    if not path.exists():
        raise NodeUnavailable(reason=f"{package} is not installed; run make install")
    return path


def package_of_platform() -> str:
    """The npm package that has anvil for this machine."""
    machine = _ARCHITECTURES.get(platform.machine().lower(), platform.machine().lower())
    return f"@foundry-rs/anvil-{platform.system().lower()}-{machine}"
