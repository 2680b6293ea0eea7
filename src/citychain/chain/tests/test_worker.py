"""The loop around a worker: how it idles, waits, stops and dies."""

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Iterator

import psutil
import pytest

PROGRAM = """
import django, logging, sys
django.setup()
logging.basicConfig(level="INFO", format="%(message)s", stream=sys.stderr, force=True)
from citychain.chain.rpc import NodeUnavailable
from citychain.chain.worker import run
from citychain.errors import Damaged

class Worker:
    steps = 0
    def step(self):
        self.steps += 1
        print(self.steps, flush=True)
        return self.{behaviour}()
    def idle(self):
        return False
    def unavailable(self):
        if self.steps < 5:
            raise NodeUnavailable(reason="down")
        return False
    def damaged(self):
        raise Damaged(what="the record", reason="torn")
    def unstored(self):
        from django.db import OperationalError
        raise OperationalError("the server closed the connection\\n")
    def broken(self):
        raise RuntimeError("a bug")

run(Worker(), "tester", idle=0.01)
"""


@contextlib.contextmanager
def started(behaviour: str, through: tuple[str, ...] = ()) -> Iterator[subprocess.Popen[str]]:
    command = [*through, sys.executable, "-c", PROGRAM.format(behaviour=behaviour)]
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "citychain.settings"}
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdout=pipe, stderr=pipe, text=True, env=environment) as process:
        try:
            yield process
        finally:
            process.kill()


def wait_for_steps(process: subprocess.Popen[str], steps: int) -> None:
    assert process.stdout is not None
    for line in process.stdout:
        if int(line) >= steps:
            return
    pytest.fail("the worker ended early")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_worker_stops_on_a_signal_after_its_step(number: signal.Signals) -> None:
    with started("idle") as worker:
        wait_for_steps(worker, 3)
        worker.send_signal(number)
        _out, words = worker.communicate(timeout=10)
    assert (worker.returncode, words.splitlines()) == (0, ["tester started", "tester ended"])


def test_worker_waits_for_the_node_and_says_so_once() -> None:
    with started("unavailable") as worker:
        wait_for_steps(worker, 7)
        worker.terminate()
        _out, words = worker.communicate(timeout=10)
    lines = words.splitlines()
    assert (worker.returncode, len(lines)) == (0, 4)
    assert (lines[0], lines[2:]) == ("tester started", ["tester goes on", "tester ended"])
    assert lines[1].startswith("tester waits: ")


def test_worker_that_a_person_must_look_at_ends_with_status_3() -> None:
    with started("damaged") as worker:
        _out, words = worker.communicate(timeout=10)
    assert worker.returncode == 3
    assert words.splitlines()[1].startswith("tester stopped: ")


def test_worker_with_a_bug_ends_with_status_1() -> None:
    with started("broken") as worker:
        _out, words = worker.communicate(timeout=10)
    assert worker.returncode == 1
    assert words.splitlines()[-1] == "RuntimeError: a bug"


def test_worker_ends_when_its_parent_is_killed() -> None:
    parent = "import subprocess, sys; p = subprocess.Popen(sys.argv[1:]); print(p.pid, flush=True); p.wait()"
    with started("idle", (sys.executable, "-c", parent)) as supervisor:
        assert supervisor.stdout is not None
        worker = psutil.Process(int(supervisor.stdout.readline()))
        wait_for_steps(supervisor, 2)
        supervisor.kill()
        supervisor.wait()
        assert worker.wait(timeout=10) is None  # not our child: its status is not ours to read


def test_worker_without_its_database_says_so_in_a_line_and_ends() -> None:
    with started("unstored") as worker:
        _out, words = worker.communicate(timeout=20)
    told = "tester: the database does not answer, starting again: the server closed the connection"
    assert (worker.returncode, words.splitlines()) == (1, ["tester started", told])
