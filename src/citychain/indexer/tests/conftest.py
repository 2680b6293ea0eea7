"""Real nodes, and read databases in files of their own."""

import contextlib
import itertools
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connections

from citychain.indexer.router import READ_ALIAS

from .chain import Chain, running

_numbers = itertools.count(1)


@pytest.fixture
def chain() -> Iterator[Chain]:
    with running() as chain:
        yield chain


@contextlib.contextmanager
def database(path: Path) -> Iterator[str]:
    alias = f"read{next(_numbers)}"
    connections.settings[alias] = {**connections[READ_ALIAS].settings_dict, "NAME": str(path)}
    try:
        yield alias
    finally:
        connections[alias].close()
        del connections[alias]
        del connections.settings[alias]


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory, django_db_blocker: Any) -> Path:
    """An empty read database, to be copied."""
    path = tmp_path_factory.mktemp("migrated") / "read.sqlite3"
    with django_db_blocker.unblock(), database(path) as alias:
        call_command("migrate", database=alias, verbosity=0, interactive=False, skip_checks=True)
        connections[alias].cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return path


@pytest.fixture
def new_database(migrated: Path, tmp_path: Path, django_db_blocker: Any) -> Iterator[Callable[[], str]]:
    """Makes empty read databases, each under an alias of its own."""
    with django_db_blocker.unblock(), contextlib.ExitStack() as stack:

        def make() -> str:
            path = tmp_path / f"read{next(_numbers)}.sqlite3"
            shutil.copy(migrated, path)
            return stack.enter_context(database(path))

        yield make


@pytest.fixture
def alias(new_database: Callable[[], str]) -> str:
    return new_database()
