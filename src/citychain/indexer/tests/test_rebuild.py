"""`citychain rebuild`, `rebuild --check` and `indexer run` as an operator uses them: processes on a state folder."""

import contextlib
import json
import os
import random
import shutil
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from django.db import connections
from django.utils import translation

from citychain.indexer.engine import Indexer
from citychain.indexer.errors import IndexerRunning
from citychain.indexer.lock import writing

from .chain import Chain
from .engines import database
from .test_engine import ALICE, BOB, NOBODY, balances, live, progress, read, rows


@pytest.fixture
def home(chain: Chain, tmp_path: Path, migrated: Path) -> Path:
    """A state folder with an address book and an empty read model."""
    home = tmp_path / "home"
    home.mkdir()
    chain.book.save(home / "addresses.json")
    shutil.copy(migrated, home / "readmodel.sqlite3")
    return home


@pytest.fixture
def alias(home: Path, django_db_blocker: Any) -> Iterator[str]:
    """The folder's read model, as seen from this process."""
    with django_db_blocker.unblock(), database(home / "readmodel.sqlite3") as alias:
        yield alias


def citychain(chain: Chain, home: Path, *arguments: str) -> subprocess.Popen[str]:
    environment = {**os.environ, "CITYCHAIN_HOME": str(home), "CITYCHAIN_RPC_URL": chain.rpc.url}
    command = [sys.executable, "-m", "citychain", *arguments]
    return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def outcome(process: subprocess.Popen[str]) -> tuple[int, str, str]:
    output, errors = process.communicate(timeout=60)
    return process.returncode, output, errors


def tamper(home: Path, statement: str) -> None:
    with contextlib.closing(sqlite3.connect(home / "readmodel.sqlite3")) as connection, connection:
        connection.execute(statement)


def test_check_of_a_true_read_model_finds_every_row_equal(chain: Chain, home: Path, alias: str) -> None:
    live(chain, alias)
    status, output, errors = outcome(citychain(chain, home, "rebuild", "--check", "--json"))
    assert (status, errors) == (0, "")
    report = json.loads(output)
    assert (report["head"], report["same"]) == (chain.rpc.head().number, True)
    assert report["tables"]["money.Payment"] == {"rows": 41, "differing": 0, "examples": []}
    assert sorted(path.name for path in home.glob("*rebuild*")) == []


def test_check_names_each_kind_of_differing_row(chain: Chain, home: Path, alias: str) -> None:
    live(chain, alias)
    tamper(home, f"UPDATE money_account SET balance = balance + 1 WHERE holder = '{ALICE}'")
    tamper(home, "DELETE FROM indexer_block WHERE number = 5")
    tamper(home, "INSERT INTO indexer_block SELECT 99999, hash, parent, time, transactions FROM indexer_block LIMIT 1")
    status, output, _errors = outcome(citychain(chain, home, "rebuild", "--check", "--json"))
    report = json.loads(output)
    assert (status, report["same"]) == (1, False)
    assert {label: t["differing"] for label, t in report["tables"].items() if t["differing"]} == {
        "indexer.Block": 2,
        "money.Account": 1,
    }
    [account] = report["tables"]["money.Account"]["examples"]
    assert account["live"]["balance"] == account["chain"]["balance"] + 1
    blocks = report["tables"]["indexer.Block"]["examples"]
    assert [(b["key"], b["live"] is None, b["chain"] is None) for b in blocks] == [
        (5, True, False),
        (99999, False, True),
    ]


def test_check_without_a_read_model_is_bad_use(chain: Chain, home: Path) -> None:
    status, _output, errors = outcome(citychain(chain, home, "rebuild", "--check"))
    assert (status, "holds nothing yet" in errors) == (2, True)


def test_rebuild_puts_a_true_read_model_in_place_under_open_readers(chain: Chain, home: Path, alias: str) -> None:
    live(chain, alias)
    true = rows(alias)
    tamper(home, "DELETE FROM money_payment")
    reader = sqlite3.connect(home / "readmodel.sqlite3", isolation_level=None)
    reader.execute("BEGIN")
    assert reader.execute("SELECT count(*) FROM money_payment").fetchone() == (0,)
    status, output, _errors = outcome(citychain(chain, home, "rebuild"))
    assert (status, output) == (
        0,
        f"The read model was made anew from the chain, up to block {chain.rpc.head().number}.\n",
    )
    assert reader.execute("SELECT count(*) FROM money_payment").fetchone() == (0,)
    reader.execute("COMMIT")
    assert reader.execute("SELECT count(*) FROM money_payment").fetchone() == (41,)
    reader.close()
    assert rows(alias) == true
    assert not Indexer(chain.rpc, chain.book, alias).step()


def test_rebuild_is_refused_while_the_indexer_runs(chain: Chain, home: Path, alias: str) -> None:
    live(chain, alias)
    with writing(alias):
        status, _output, errors = outcome(citychain(chain, home, "rebuild"))
        with translation.override("en"):  # commands speak English unless the terminal's language is Chinese
            assert (status, str(IndexerRunning()) in errors) == (2, True)
        assert outcome(citychain(chain, home, "indexer", "run"))[0] == 1


def test_indexer_killed_again_and_again_goes_on_where_it_was(
    chain: Chain, home: Path, alias: str, tmp_path: Path, migrated: Path
) -> None:
    chain.open_bank(ALICE, BOB)
    chain.transfer(NOBODY, ALICE, 10**9)
    chain.mine()
    seed = random.randrange(10**6)
    print("seed", seed)
    chance = random.Random(seed)
    for turn in range(4):
        process = citychain(chain, home, "indexer", "run")
        reached = progress(alias).head if turn else -1
        deadline = time.monotonic() + 30
        more = chance.randrange(10, 60)
        while more and time.monotonic() < deadline:
            chain.transfer(ALICE, BOB, chance.randrange(100))
            chain.mine()
            with contextlib.suppress(Exception):
                more -= progress(alias).head > reached
        process.kill()
        outcome(process)
        copy = tmp_path / f"until{turn}.sqlite3"
        shutil.copy(migrated, copy)
        with database(copy) as fresh:
            indexer = Indexer(chain.rpc, chain.book, fresh, until=progress(alias).head)
            while indexer.step():
                pass
            assert rows(alias) == rows(fresh)
    read(chain, alias)
    assert balances(alias)[ALICE] + balances(alias)[BOB] == 10**9
    assert progress(alias).head == chain.rpc.head().number


def test_indexer_makes_the_read_model_anew_for_a_contract_that_joined_late(
    chain: Chain, home: Path, alias: str, new_database: Callable[[], str]
) -> None:
    empty = msgspec.structs.replace(chain.book.entries[0], key="Deposits:2", address="0x" + "22" * 20)
    late, chain.book = chain.book, msgspec.structs.replace(chain.book, entries=[empty])
    live(chain, alias)
    assert balances(alias) == {}
    chain.book = msgspec.structs.replace(late, entries=[empty, *late.entries])
    chain.book.save(home / "addresses.json")
    process = citychain(chain, home, "indexer", "run")
    deadline = time.monotonic() + 30
    while not balances(alias) and time.monotonic() < deadline:
        time.sleep(0.05)
    chain.mine()
    while progress(alias).head < chain.rpc.head().number and time.monotonic() < deadline:
        time.sleep(0.05)
    process.terminate()
    assert outcome(process)[0] == 0
    fresh = new_database()
    read(chain, fresh)
    assert (rows(alias), progress(alias).stale_since) == (rows(fresh), None)


def test_indexer_that_must_not_go_on_exits_with_status_3(chain: Chain, home: Path, alias: str) -> None:
    live(chain, alias)
    chain.emit("Transfer", **{"from": "0x" + "cc" * 20, "to": ALICE, "value": 5})
    chain.mine()
    status, _output, errors = outcome(citychain(chain, home, "indexer", "run"))
    assert (status, "citychain.money.projection.on_transfer" in errors) == (3, True)
    connections[alias].close()
    assert progress(alias).stale_since == chain.rpc.head().number
