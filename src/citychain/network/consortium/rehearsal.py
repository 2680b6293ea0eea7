"""A trial network to which things happen: its processes, a load, and a record of what any member called final.

Nothing runs beside the caller: each `tick` sends, asks every living member, and waits until a second has passed.
"""

import subprocess
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any

from citychain.chain.keystore import load_or_create
from citychain.chain.transactions import sign_1559
from citychain.errors import CityError
from citychain.network.ipc import Ipc

from . import running, trial
from .clients import Clients
from .creating import Agreement
from .errors import TrialStuck
from .following import socket_of

#: Transfers a second, and those that may be on their way at once.
RATE, UNDERWAY = 5, 400
#: Seconds that a member may take for an answer before it counts as silent, and that one step of a trial may take.
PATIENCE, STEP = 3.0, 600.0
PAYER, GAS, MAX_FEE = "relayer", 21_000, 10**10


class Rehearsal:
    """The members of the trial network below `home`, none of which runs at first. To be closed.

    `final` maps numbers to hashes of blocks that a member called final, `advances` says when there were more than at
    the first look (seconds of the monotonic clock), `head` is the highest block seen, `sent` counts transfers and
    `sure` those in final blocks. `lost` are numbers of blocks that were final and are not.
    """

    def __init__(self, home: Path, agreement: Agreement, clients: Clients) -> None:
        self.names = [member.name for member in agreement.members]
        self.slot, self.epoch = agreement.choices.slot, agreement.choices.slot * agreement.choices.slots_per_epoch
        self.final: dict[int, str] = {}
        self.advances: list[float] = []
        self.head = self.sent = self.sure = 0
        self._newest: int | None = None
        self.lost: list[int] = []
        self._network, self._chain_id = home / "network", agreement.choices.chain_id
        self._commands = trial.processes(home, agreement, clients)
        for name in self.names:
            running.refuse_doubles(self._network / name, next(m for m in agreement.members if m.name == name))
        self._processes: dict[str, list[subprocess.Popen[bytes]]] = {}
        self._payer = load_or_create(home / "keys", PAYER)
        self._raws: list[bytes] = []

    def start(self, names: Iterable[str]) -> None:
        for name in names:
            logs = self._network / "logs"
            logs.mkdir(exist_ok=True)
            for process, command in self._commands.items():
                if process.startswith(name + "-"):
                    with (logs / f"{process}.log").open("ab") as log:
                        started = subprocess.Popen(command, stdout=log, stderr=log, start_new_session=True)
                    self._processes.setdefault(name, []).append(started)

    def kill(self, names: Iterable[str]) -> None:
        """kill -9 of every process of these members."""
        for name in names:
            for process in self._processes.pop(name, []):
                process.kill()
                process.wait()

    def close(self) -> None:
        """Ends every member, by SIGTERM first."""
        for process in [process for member in self._processes.values() for process in reversed(member)]:
            process.terminate()
        for member in self._processes.values():
            for process in member:
                try:
                    process.wait(40)
                except subprocess.TimeoutExpired:
                    process.kill()
                    process.wait()
        self._processes.clear()

    @property
    def living(self) -> list[str]:
        return [name for name in self.names if name in self._processes]

    def tick(self) -> None:
        """One second: five more transfers, what is under way again, and a look at every living member."""
        until = time.monotonic() + 1
        for number, name in enumerate(self.living):
            with suppress(CityError):
                self._look(name, sends=number == 0)
        time.sleep(max(0.0, until - time.monotonic()))

    def tick_until(self, what: str, done: Callable[[], bool]) -> float:
        """Ticks until `done`, and returns how many seconds that took. Raises TrialStuck after ten minutes."""
        started = time.monotonic()
        while not done():
            if time.monotonic() - started > STEP:
                raise TrialStuck(what=what, seconds=int(STEP))
            self.tick()
        return time.monotonic() - started

    def follows(self, name: str) -> bool:
        """Whether the member has the newest block but two."""
        with suppress(CityError):
            block = self._ask(name, [("eth_blockNumber", [])])[0]
            return int(block, 16) >= self.head - 2
        return False

    def disagreeing(self) -> list[str]:
        """Living members that are silent, or have another block where one was final, or fewer final transfers."""
        found = []
        for name in self.living:
            try:
                asked = [("eth_getBlockByNumber", [hex(number), False]) for number in self.final]
                blocks = self._ask(name, [*asked, ("eth_getTransactionCount", [self._payer.address, "latest"])])
                same = [block and block["hash"] for block in blocks[:-1]] == list(self.final.values())
                good = same and int(blocks[-1], 16) >= self.sure
            except CityError:
                good = False
            if not good:
                found.append(name)
        return found

    def _look(self, name: str, sends: bool) -> None:
        account = self._payer.address
        calls = [("eth_getBlockByNumber", [tag, False]) for tag in ("latest", "finalized")]
        head, final = self._ask(name, calls[:1])[0], self._final(name, calls[1])
        self.head = max(self.head, int(head["number"], 16))
        number = int(final["number"], 16) if final else 0
        if final and self.final.setdefault(number, final["hash"]) != final["hash"]:
            self.lost.append(number)
        if self._newest is not None and number > self._newest:
            self.advances.append(time.monotonic())
            self.sure = int(self._ask(name, [("eth_getTransactionCount", [account, hex(number)])])[0], 16)
        self._newest = max(self._newest or 0, number)
        if sends:
            self._send(name, int(self._ask(name, [("eth_getTransactionCount", [account, "latest"])])[0], 16))

    def _final(self, name: str, call: tuple[str, list[Any]]) -> Any:
        """None before anything is final: the client refuses then."""
        with suppress(CityError):
            return self._ask(name, [call])[0]
        return None

    def _send(self, name: str, included: int) -> None:
        """More transfers, and again all that are in no block yet: whoever took them may be dead."""
        while len(self._raws) < included:  # an earlier trial's
            self._raws.append(b"")
        for _ in range(RATE if len(self._raws) - included < UNDERWAY else 0):
            to, nonce = self._payer.address, len(self._raws)
            fees = {"gas": GAS, "max_fee": MAX_FEE, "tip": running.LEAST_TIP}
            self._raws.append(sign_1559(self._payer, chain_id=self._chain_id, nonce=nonce, to=to, data=b"", **fees).raw)
            self.sent += 1
        for raw in self._raws[included:]:
            with suppress(CityError):  # known there already
                self._ask(name, [("eth_sendRawTransaction", ["0x" + raw.hex()])])

    def _ask(self, name: str, calls: list[tuple[str, list[Any]]]) -> list[Any]:
        connection = Ipc(socket_of(self._network / name), timeout=PATIENCE)
        try:
            return connection.batch(calls)
        finally:
            connection.close()
