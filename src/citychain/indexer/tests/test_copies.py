"""Copies of the read model on both engines: compared with it, put in its place, and who may write it meanwhile."""

import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connections

from citychain.indexer import postgresql, rebuild
from citychain.indexer.engine import Indexer
from citychain.indexer.errors import IndexerRunning, NotRebuilt
from citychain.indexer.lock import writing

from .chain import Chain
from .engines import both_engines
from .test_engine import ALICE, live, rows


def execute(alias: str, statement: str) -> None:
    with connections[alias].cursor() as cursor:
        cursor.execute(statement)


def elsewhere(act: Callable[[], Any]) -> Any:
    """What it returns or raises in another thread, which has connections of its own."""
    outcome: list[Any] = []

    def run() -> None:
        try:
            outcome.append(act())
        except Exception as problem:
            outcome.append(problem)
        finally:
            connections.close_all()

    thread = threading.Thread(target=run)
    thread.start()
    thread.join(60)
    return outcome[0]


@both_engines
def test_check_finds_each_differing_row_in_whatever_order_texts_are_sorted(chain: Chain, alias: str) -> None:
    live(chain, alias)
    assert rebuild.check(chain.rpc, chain.book, alias).differing == 0
    execute(alias, f"UPDATE money_account SET balance = balance + 1 WHERE holder = '{ALICE}'")
    for key in ("_", "b", "A", "中"):
        execute(alias, f"INSERT INTO money_bank VALUES ('{key}', 7, 'n', 's', 0, 0, {_no(alias)})")
    execute(alias, "DELETE FROM indexer_block WHERE number = 5")
    report = rebuild.check(chain.rpc, chain.book, alias)
    assert {label: compared.differing for label, compared in report.tables.items() if compared.differing} == {
        "indexer.Block": 1,
        "money.Account": 1,
        "money.Bank": 4,
    }
    assert [row.key for row in report.tables["money.Bank"].examples] == ["A", "_", "b", "中"]


@both_engines
def test_rebuilt_read_model_takes_the_place_of_a_false_one(chain: Chain, alias: str) -> None:
    live(chain, alias)
    true = rows(alias)
    execute(alias, "DELETE FROM money_payment")
    assert rebuild.replace(chain.rpc, chain.book, alias) == chain.rpc.head().number
    assert rows(alias) == true
    assert rebuild.check(chain.rpc, chain.book, alias).differing == 0
    assert not Indexer(chain.rpc, chain.book, alias).step()


@both_engines
def test_read_model_of_an_older_form_is_not_compared(chain: Chain, new_database: Callable[[], str]) -> None:
    alias = new_database()
    live(chain, alias)
    execute(alias, "ALTER TABLE money_payment RENAME TO payments")
    try:
        with pytest.raises(NotRebuilt, match="payment"):
            rebuild.check(chain.rpc, chain.book, alias)
    finally:
        execute(alias, "ALTER TABLE payments RENAME TO money_payment")


@both_engines
def test_one_process_writes_at_a_time(alias: str) -> None:
    def write() -> str:
        with writing(alias):
            return "written"

    with writing(alias):
        assert isinstance(elsewhere(write), IndexerRunning)
    assert elsewhere(write) == "written"


@pytest.mark.parametrize("engine", ["postgresql"], indirect=True)
def test_copy_that_a_kill_left_is_in_nobodys_way(chain: Chain, alias: str) -> None:
    live(chain, alias)
    for name in (postgresql.COPY, postgresql.OLD):
        execute(alias, f"CREATE SCHEMA {name} CREATE TABLE indexer_block (left_over int)")
    true = rows(alias)
    assert rebuild.replace(chain.rpc, chain.book, alias) == chain.rpc.head().number
    assert rows(alias) == true
    with connections[alias].cursor() as cursor:
        cursor.execute("SELECT nspname::text FROM pg_namespace WHERE nspname LIKE 'readmodel%%'", [])
        assert cursor.fetchall() == [("readmodel",)]


@pytest.mark.parametrize("engine", ["postgresql"], indirect=True)
def test_reader_with_an_open_connection_sees_the_new_rows_in_its_next_statement(chain: Chain, alias: str) -> None:
    live(chain, alias)
    execute(alias, "DELETE FROM money_payment")
    reader = connections[alias].copy()
    try:
        with reader.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM money_payment")
            assert cursor.fetchone() == (0,)
            rebuild.replace(chain.rpc, chain.book, alias)
            cursor.execute("SELECT count(*) FROM money_payment")
            assert cursor.fetchone() == (41,)
    finally:
        reader.close()


def _no(alias: str) -> str:
    """False, as the engine writes it."""
    return "false" if connections[alias].vendor == "postgresql" else "0"
