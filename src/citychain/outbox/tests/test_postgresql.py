"""A city in processes moves into PostgreSQL in the middle of its work, and goes on there, killed and all."""

import json
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from citychain.indexer.location import MOVED
from citychain.indexer.tests.server import Server

from .city import FIRST_BALANCE, City, environment
from .test_kills import COUNT, USUAL, empty, home, run  # noqa: F401 - fixtures


def citychain(city: City, home: Path, *arguments: str, status: int = 0) -> Any:  # noqa: F811
    """A command's --json answer, or its words when it does not end well."""
    command = [sys.executable, "-m", "citychain", *arguments]
    environ = {**environment(home, city.rpc), "LC_ALL": "C.UTF-8"}
    done = subprocess.run(command, env=environ, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == status, done.stderr
    return json.loads(done.stdout) if status == 0 else done.stderr.splitlines()[-1]


def test_city_moves_into_postgresql_and_loses_and_repeats_nothing(
    chain: City,
    home: Path,  # noqa: F811
    postgresql: Server,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    url = postgresql.url("moved")
    assert run(chain, home, "submit", str(COUNT)) == (0, "")
    assert run(chain, home, "relay", "half_sent") == (-signal.SIGKILL, "")
    postgresql.create("moved")

    moved = citychain(chain, home, "database", "move", "--to", url, "--json")
    assert (moved["rows"]["outbox.Request"], moved["rows"]["outbox.RequestEvent"]) == (COUNT, COUNT)
    assert not (home / "city.sqlite3").exists()

    monkeypatch.setenv("DATABASE_URL", url)
    assert run(chain, home, "relay", "half_settled") == (-signal.SIGKILL, "")
    status, output = run(chain, home, "finish")
    found = json.loads(output)
    assert (status, found["states"], found["stories"]) == (0, {"final": COUNT}, [[USUAL, COUNT]])
    assert (found["executed"], found["balance"]) == (COUNT, FIRST_BALANCE + COUNT * (COUNT + 1) // 2)
    assert citychain(chain, home, "rebuild", "--check", "--json")["same"]

    # What has gone on there is not written over by what was put aside.
    monkeypatch.delenv("DATABASE_URL")
    (home / MOVED).rename(home / "city.sqlite3")
    refused = citychain(chain, home, "database", "move", "--to", url, "--json", status=2)
    assert refused.startswith("CommandError: The database holds other rows already (table outbox_")
    assert (home / "city.sqlite3").exists()
