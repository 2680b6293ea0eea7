"""Databases of tests: files, or databases of a real PostgreSQL server."""

import contextlib
import itertools
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connections

from citychain.indexer import location
from citychain.indexer.router import READ_ALIAS

from .server import Server, running

#: For tests that must pass on both: pytestmark, or a decorator.
both_engines = pytest.mark.parametrize("engine", ["sqlite", "postgresql"], indirect=True)
_numbers = itertools.count(1)


def _settings(url: str) -> dict[str, dict[str, Any]]:
    """What DATABASE_URL makes of it."""
    made: dict[str, dict[str, Any]] = connections.configure_settings(location.databases(url, Path()))
    return made


@contextlib.contextmanager
def database(where: Path | str) -> Iterator[str]:
    """A read database under an alias of its own: a file, or what DATABASE_URL would be."""
    alias = f"read{next(_numbers)}"
    if isinstance(where, Path):
        connections.settings[alias] = {**connections[READ_ALIAS].settings_dict, "NAME": str(where)}
    else:
        connections.settings[alias] = _settings(where)[READ_ALIAS]
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


@pytest.fixture(scope="session")
def postgresql(django_db_setup: None, django_db_blocker: Any) -> Iterator[Server]:
    """A server with two empty, migrated databases: "empty", to be copied, and "city", which tests leave empty."""
    with running() as server:
        server.create("empty")
        with django_db_blocker.unblock(), served(server.url("empty")):
            for alias in location.SCHEMAS:
                call_command("migrate", database=alias, verbosity=0, interactive=False, skip_checks=True)
        server.create("city", "empty")
        yield server


@contextlib.contextmanager
def served(url: str) -> Iterator[None]:
    """Both databases are in PostgreSQL meanwhile, for this thread."""
    kept = {alias: (connections.settings[alias], connections[alias]) for alias in location.SCHEMAS}
    for alias, settings in _settings(url).items():
        connections.settings[alias] = settings
        del connections[alias]
    try:
        yield
    finally:
        for alias, (settings, connection) in kept.items():
            connections[alias].close()
            connections.settings[alias], connections[alias] = settings, connection


@pytest.fixture(scope="module")
def engine(request: pytest.FixtureRequest) -> Iterator[str]:
    """SQLite, unless a test is marked with `both_engines`."""
    name: str = getattr(request, "param", "sqlite")
    if name == "sqlite":
        yield name
        return
    server: Server = request.getfixturevalue("postgresql")
    with request.getfixturevalue("django_db_blocker").unblock(), served(server.url("city")):
        yield name


@contextlib.contextmanager
def _lent(server: Server) -> Iterator[str]:
    """An empty read database, which the next test gets again: to empty one takes less than to make one."""
    if not server.free:
        server.free.append(f"read{next(_numbers)}")
        server.create(server.free[-1], "empty")
    name = server.free.pop()
    with database(server.url(name)) as alias:
        yield alias
        with connections[alias].cursor() as cursor:
            tables = set(connections[alias].introspection.table_names()) - {"django_migrations"}
            cursor.execute(";".join(f"DELETE FROM {table}" for table in tables))
    server.free.append(name)


@pytest.fixture
def new_database(engine: str, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Callable[[], str]]:
    """Makes empty read databases, each under an alias of its own."""
    with request.getfixturevalue("django_db_blocker").unblock(), contextlib.ExitStack() as stack:

        def make() -> str:
            if engine == "postgresql":
                return stack.enter_context(_lent(request.getfixturevalue("postgresql")))
            path = tmp_path / f"read{next(_numbers)}.sqlite3"
            shutil.copy(request.getfixturevalue("migrated"), path)
            return stack.enter_context(database(path))

        yield make
