"""What is done to the city. Each fault is drawn with the episode's dice; what it breaks is mended some steps later."""

import contextlib
import random
import sqlite3
from collections import Counter
from collections.abc import Callable

from .disk import SmallDisk
from .jobs import FINALITY_LAG
from .processes import WORKERS, Processes
from .proxy import FAULTS, FaultProxy
from .stepping import Clock

#: Steps after which a paused worker goes on and a lock is given back, and seconds before a killed one is started.
LONGEST_STEPS, LONGEST_DOWN = 12, 1.0
#: Replies spoiled at once.
MOST_REPLIES = 8


class Faults:
    """Call inject() for one fault, pass_() once a step, heal() at the end. `counts` are those that took effect."""

    def __init__(
        self,
        chance: random.Random,
        processes: Processes,
        proxy: FaultProxy,
        clock: Clock,
        disk: SmallDisk,
        counts: Counter[str],
    ) -> None:
        self._chance, self._processes, self._proxy, self._clock, self._counts = chance, processes, proxy, clock, counts
        self._disk = disk
        self._step = 0
        self._mending: list[tuple[int, Callable[[], None]]] = []

    def inject(self) -> str:
        """Its words, for the log of the episode."""
        kinds = [
            (36, self._kill),
            (12, self._pause),
            (30, self._spoil),
            (36, self._reorganise),
            (6, self._drop),
            (5, self._step_clock),
            (5, self._lock),
            (3, self._restart),
            (3, self._fill_disk),
        ]
        return self._chance.choices([kind for _weight, kind in kinds], [weight for weight, _kind in kinds])[0]()

    def pass_(self) -> None:
        """One step is over: mends what is due."""
        self._step += 1
        due = [mend for step, mend in self._mending if step <= self._step]
        self._mending = [(step, mend) for step, mend in self._mending if step > self._step]
        for mend in due:
            mend()

    def heal(self) -> None:
        for _step, mend in self._mending:
            mend()
        self._mending = []
        self._proxy.heal()

    def _later(self, mend: Callable[[], None]) -> int:
        steps = self._chance.randrange(1, LONGEST_STEPS)
        self._mending.append((self._step + steps, mend))
        return steps

    # --- faults -----------------------------------------------------------------------------------------------------

    def _kill(self) -> str:
        name, seconds = self._chance.choice(WORKERS), self._chance.choice((0, 0, self._chance.random() * LONGEST_DOWN))
        self._processes.kill(name, seconds)
        return f"kill -9 of the {name}, down for {seconds:.2f} s"

    def _restart(self) -> str:
        """Several at once, back in any order."""
        names = self._chance.sample(WORKERS, self._chance.randrange(2, len(WORKERS) + 1))
        for name in names:
            self._processes.kill(name, self._chance.random() * LONGEST_DOWN)
        return f"kill -9 of {', '.join(names)}"

    def _pause(self) -> str:
        name = self._chance.choice(WORKERS)
        steps = self._later(lambda: self._processes.resume(name))
        if self._processes.pause(name):
            self._counts["pause"] += 1
        return f"SIGSTOP of the {name} for {steps} steps"

    def _spoil(self) -> str:
        faults = self._chance.choices(list(FAULTS), k=self._chance.randrange(1, MOST_REPLIES + 1))
        self._proxy.arm(faults)
        return f"spoiled replies: {', '.join(faults)}"

    def _reorganise(self) -> str:
        depth = self._chance.choice((1, 1, 2, 3, self._chance.randrange(1, FINALITY_LAG + 1)))
        answer = self._processes.ask_node(rewind=depth)
        if answer and answer["dropped"]:
            self._counts["reorg"] += 1
            self._counts["blocks undone"] += answer["dropped"]
        return f"reorg of {depth} blocks"

    def _drop(self) -> str:
        if self._processes.ask_node(drop=None):
            self._counts["transactions dropped"] += 1
        return "transactions that wait are dropped"

    def _step_clock(self) -> str:
        seconds = self._chance.choice((-30, -4, 4, 30, 120, 900))
        self._clock.step(seconds)
        self._counts["clock step"] += 1
        return f"the clock steps by {seconds} s"

    def _lock(self) -> str:
        """Somebody else writes a database for a while."""
        files = sorted(self._processes.home.glob("*.sqlite3"))
        path = self._chance.choice(files)
        connection = sqlite3.connect(path, isolation_level=None, timeout=0.2)
        with contextlib.suppress(sqlite3.OperationalError):
            connection.execute("BEGIN IMMEDIATE")
            self._counts["locked database"] += 1
        steps = self._later(connection.close)
        return f"{path.name} is locked for {steps} steps"

    def _fill_disk(self) -> str:
        steps = self._later(self._disk.make_room)
        if not self._disk.there:
            return "a full disk is left out: that takes root and Linux"
        self._disk.fill()
        self._counts["full disk"] += 1
        return f"the disk is full for {steps} steps"
