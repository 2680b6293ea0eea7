"""The relayer is killed (SIGKILL) at each moment that its docstring lists; the next one loses and repeats nothing."""

import json
import os
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from citychain.chain.bindings import Authority
from citychain.outbox import relayer
from citychain.outbox.lease import LONGEST_SILENCE

from .city import DEPLOYER, FIRST_BALANCE, City, environment

CHILD = Path(__file__).with_name("child.py")
POINTS = re.findall(r"^(\w+) {2,}\w", relayer.__doc__ or "", re.MULTILINE)
COUNT = 30
USUAL = ["received", "sent", "included", "final"]
#: Where a story goes otherwise: what was passed by had its fee raised, what was skipped waited again.
STORIES = {
    "raised": [[USUAL, COUNT - 4], [["received", "sent", "sent", "included", "final"], 4]],
    "skipped": [[["received", "sent", *USUAL], COUNT]],
}
MIGRATE = """
import django; django.setup()
from django.core.management import call_command
for database in ("default", "readmodel"): call_command("migrate", database=database, verbosity=0, skip_checks=True)
"""


def start(city: City, home: Path, *arguments: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, str(CHILD), *arguments],
        env=environment(home, city.rpc),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def run(city: City, home: Path, *arguments: str) -> tuple[int, str]:
    with start(city, home, *arguments) as process:
        output, _ = process.communicate(timeout=60)
    return process.returncode, output


@pytest.fixture(scope="session")
def empty(whole_city: City, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Migrated databases, to be copied."""
    home = tmp_path_factory.mktemp("empty")
    subprocess.run([sys.executable, "-c", MIGRATE], env=environment(home, whole_city.rpc), check=True)
    return home


@pytest.fixture
def home(chain: City, empty: Path, tmp_path: Path) -> Path:
    """A state folder with the city's address book and empty databases."""
    for path in empty.iterdir():
        shutil.copy(path, tmp_path)
    return tmp_path


@pytest.mark.parametrize("point", POINTS)
def test_killed_relayer_loses_and_repeats_nothing(chain: City, home: Path, point: str) -> None:
    assert run(chain, home, "submit", str(COUNT)) == (0, "")
    try:
        assert run(chain, home, "relay", point) == (-signal.SIGKILL, "")
    finally:
        chain.rpc.call("evm_setBlockGasLimit", hex(60_000_000))
    if point == "skipped":
        chain.act(DEPLOYER, chain.authority, Authority.setTarget(target=chain.deposits, registered=True))
    status, output = run(chain, home, "finish")
    found: dict[str, Any] = json.loads(output)
    assert status == 0
    assert found["states"] == {"final": COUNT}
    assert found["stories"] == STORIES.get(point, [[USUAL, COUNT]])
    assert (found["executed"], found["balance"]) == (COUNT, FIRST_BALANCE + COUNT * (COUNT + 1) // 2)


def test_every_moment_that_the_relayer_lists_is_tried() -> None:
    assert (len(POINTS), POINTS[0], POINTS[-1]) == (11, "before_storing", "skipped")


@pytest.mark.parametrize("point", ["storing", "sending", "settling"])
def test_relayer_that_wakes_after_its_lease_was_taken_doubles_nothing(chain: City, home: Path, point: str) -> None:
    assert run(chain, home, "submit", str(COUNT)) == (0, "")
    with start(chain, home, "doze", point) as sleeper:
        _, status = os.waitpid(sleeper.pid, os.WUNTRACED)
        assert os.WIFSTOPPED(status)
        with sqlite3.connect(home / "city.sqlite3") as database:
            database.execute("UPDATE outbox_lease SET renewed = renewed - ?", (LONGEST_SILENCE,))
        database.close()
        found = json.loads(run(chain, home, "finish")[1])
        sleeper.send_signal(signal.SIGCONT)
        assert sleeper.communicate(timeout=60)[0] == "lease-lost\n"
    assert json.loads(run(chain, home, "finish")[1]) == found
    assert found["states"] == {"final": COUNT}
    assert found["stories"] == [[USUAL, COUNT]]
    assert (found["executed"], found["balance"]) == (COUNT, FIRST_BALANCE + COUNT * (COUNT + 1) // 2)


def test_of_submissions_with_one_nonce_at_once_exactly_one_wins(chain: City, home: Path) -> None:
    racers = [start(chain, home, "race", str(value)) for value in range(1, 5)]
    for racer in racers:
        assert racer.stdout is not None and racer.stdout.readline() == "ready\n"
    outcomes = sorted(racer.communicate("go\n", timeout=60)[0].strip() for racer in racers)
    assert outcomes == ["received", "wrong-nonce", "wrong-nonce", "wrong-nonce"]


#: What `citychain relayer run` does once it has looked at the deployment, which a test's city has not.
RELAYING = """
import django; django.setup()
from citychain.chain import worker
from citychain.chain.addressbook import AddressBook
from citychain.chain.rpc import connect
from citychain.outbox.accounts import relayer_keys
from citychain.outbox.relayer import Relayer
worker.run(Relayer(connect(), AddressBook.load(), relayer_keys()), "relayer")
"""


def test_relayer_carries_nothing_where_something_else_was_deployed(chain: City, home: Path) -> None:
    command = [sys.executable, "-m", "citychain", "relayer", "run"]
    environ = {**environment(home, chain.rpc), "LC_ALL": "C.UTF-8"}
    done = subprocess.run(command, env=environ, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 3
    assert "relayer stopped: The code of Authority" in done.stderr


def test_relayer_with_another_account_takes_over(chain: City, home: Path) -> None:
    assert run(chain, home, "submit", "3") == (0, "")
    command = [sys.executable, "-c", RELAYING]
    # Its account holds no ether, so it says that it waits.
    with subprocess.Popen(command, env=environment(home, chain.rpc), stderr=subprocess.PIPE, text=True) as relayer:
        assert relayer.stderr is not None
        assert "relayer started" in relayer.stderr.readline()
        assert "WARNING citychain.outbox" in relayer.stderr.readline()
        relayer.send_signal(signal.SIGTERM)
        assert relayer.wait(timeout=10) == 0
    status, output = run(chain, home, "finish")
    assert (status, json.loads(output)["states"]) == (0, {"final": 3})


def test_second_relayer_refuses_and_says_who_works(chain: City, home: Path) -> None:
    hold = "import django; django.setup()\nfrom citychain.outbox.lease import Holder\nHolder('relayer').hold()\n"
    environ = environment(home, chain.rpc)
    holding = [sys.executable, "-c", hold + "print('held', flush=True)\ninput()"]
    with subprocess.Popen(
        holding, env=environ, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as first:
        assert first.stdout is not None and first.stdout.readline() == "held\n"
        second = subprocess.run([sys.executable, "-c", hold], env=environ, capture_output=True, text=True, check=False)
        assert second.returncode == 1
        said = second.stderr.splitlines()[-1]
        assert "RelayerHeld" in said and str(first.pid) in said
        first.kill()
    assert subprocess.run([sys.executable, "-c", hold], env=environ, check=False).returncode == 0
