"""The loop around every worker, written once.

A worker is an object with `step() -> bool`: did it do anything? Tests and the sandbox's loader call `step` by hand.
"""

import logging
import os
import select
import signal
import sys
from types import FrameType
from typing import Protocol

from django.db import InterfaceError, OperationalError

from citychain.errors import CityError

#: Exit status of a worker that stopped on purpose, because a person must look: it is not started again.
STOPPED_ON_PURPOSE = 3
LONGEST_PAUSE = 5.0
#: Seconds between two looks of a worker that finds nothing to do again and again: what an idle city costs.
LONGEST_REST = 0.25
#: Seconds before a worker that lost its database ends: how often a lost server is asked, and says so in the log.
DATABASE_PAUSE = 2.0

log = logging.getLogger(__name__)


class Worker(Protocol):
    def step(self) -> bool: ...


class Waiting(Protocol):
    """What a loop rests on: Stopping in a process of its own, a threading.Event in a thread."""

    def wait(self, timeout: float | None = None) -> bool: ...


class Stopping:
    """Whether SIGTERM or SIGINT came, and a rest that it ends at once.

    No threading.Event: a handler that sets one waits for ever when it interrupts the wait at its lock. The interpreter
    writes each signal into a pipe instead, before any handler runs (signal.set_wakeup_fd).
    """

    def __init__(self) -> None:
        self.asked = False
        self._reader, writer = os.pipe()
        os.set_blocking(writer, False)
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._ask)
        signal.set_wakeup_fd(writer, warn_on_full_buffer=False)

    def wait(self, timeout: float | None = None) -> bool:
        """Rests for so many seconds, or until one came, and says whether it did; as threading.Event's."""
        if not self.asked:
            select.select([self._reader], [], [], timeout)
        return self.asked

    def _ask(self, number: int, frame: FrameType | None) -> None:
        self.asked = True


def run(worker: Worker, name: str, *, idle: float = 0.05) -> None:
    """Steps until SIGTERM or SIGINT, or until the parent process is gone.

    When nothing was done it rests, at first for `idle` seconds, then longer and longer up to LONGEST_REST.

    An error that retrying helps (NodeUnavailable) is said once and tried again with growing pauses; any other CityError
    is said and ends the process with status 3. A database that does not answer is said in a line and ends the process,
    after a moment: what it has in memory may be half of a step. What is none of these propagates. After both the
    supervisor starts it anew.
    """
    stopping = Stopping()
    parent = os.getppid()
    trouble = ""
    pause = rest = idle
    log.info("%s started", name)
    while not stopping.asked and os.getppid() == parent:
        try:
            busy = worker.step()
        except CityError as problem:
            if not problem.retry:
                log.error("%s stopped: %s", name, problem)
                sys.exit(STOPPED_ON_PURPOSE)
            if trouble != str(problem):
                trouble = str(problem)
                log.warning("%s waits: %s", name, trouble)
            stopping.wait(pause)
            pause = min(max(pause, 0.05) * 2, LONGEST_PAUSE)
            continue
        except (InterfaceError, OperationalError) as problem:
            log.error("%s: the database does not answer, starting again: %s", name, str(problem).strip())
            stopping.wait(DATABASE_PAUSE)
            sys.exit(1)
        if trouble:
            log.info("%s goes on", name)
            trouble, pause = "", idle
        if busy:
            rest = idle
        else:
            stopping.wait(rest)
            rest = min(rest * 1.5, LONGEST_REST)
    log.info("%s ended", name)
