"""A city on the network of institutions: tells the gate where its member's execution client answers, and what is final.

Takes the embedded node's place. The gate and everybody above it see the same two small files (network/published.py), so
nothing above this package knows which engine runs.
"""

import json
import socket
from pathlib import Path
from typing import Any

from citychain.chain.worker import Waiting
from citychain.network import published
from citychain.network.published import Final, Running

from .errors import FinalityBroken, MemberRefused

#: Seconds between two looks, and that an answer may take.
PAUSE, PATIENCE = 0.5, 10.0
#: Longest path of a Unix socket, in bytes (unix(7)).
LONGEST_PATH = 107


def socket_of(folder: Path) -> Path:
    """Where the execution client of the member in `folder` answers: a file that only its owner can open."""
    path = folder / "execution.ipc"
    if len(str(path).encode()) > LONGEST_PATH:
        raise MemberRefused(member=folder.name, field=str(path), reason=f"is over {LONGEST_PATH} bytes for a socket")
    return path


class Follower:
    """Follows the execution client at `path` for the state folder `home`."""

    def __init__(self, home: Path, path: Path) -> None:
        self._home, self._path = home, path
        (home / "node").mkdir(parents=True, exist_ok=True, mode=0o700)
        self._running: Running | None = None

    def step(self) -> bool:
        """Looks once; whether the client answered. Raises FinalityBroken when what was final is not any more."""
        try:
            final, head = self._block("finalized"), self._block("latest")
            genesis = self._block("0x0")
            chain_id = int(self._ask("eth_chainId"), 16)
            before = published.read_final(self._home)
            kept = self._block(hex(before.number)) if before else None
        except (OSError, ValueError):
            self._withdraw()
            return False
        if before is not None and kept is not None and kept["hash"] != before.hash:
            raise FinalityBroken(block=before.number, was=before.hash, found=kept["hash"])
        if head is None or genesis is None:
            self._withdraw()
            return False
        final = final or genesis
        number = int(final["number"], 16)
        if before is None or number >= before.number:
            told = Final(number, final["hash"], int(final["timestamp"], 16), int(head["number"], 16))
            if told != before:
                published.publish(self._home, told)
        running = Running(0, str(self._path), chain_id, genesis["hash"])
        if running != self._running:
            published.publish(self._home, running)
            self._running = running
        return True

    def run(self, stopping: Waiting) -> None:
        """Until `stopping` is set. Raises FinalityBroken."""
        try:
            while not stopping.wait(PAUSE):
                self.step()
        finally:
            self._withdraw()

    def _withdraw(self) -> None:
        published.withdraw(self._home)
        self._running = None

    def _block(self, tag: str) -> dict[str, Any] | None:
        found: dict[str, Any] | None = self._ask("eth_getBlockByNumber", tag, False)
        return found

    def _ask(self, method: str, *params: Any) -> Any:
        """Raises OSError when the client does not answer, ValueError when it answers with an error."""
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(PATIENCE)
            connection.connect(str(self._path))
            asked = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}
            connection.sendall(json.dumps(asked).encode() + b"\n")
            with connection.makefile("rb") as answers:
                answer = json.loads(answers.readline())
        if "error" in answer:
            if "not found" in str(answer["error"].get("message", "")):
                return None
            raise ValueError(answer["error"])
        return answer["result"]
