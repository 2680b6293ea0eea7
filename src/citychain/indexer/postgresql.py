"""The read model in PostgreSQL: its schema, a copy beside it, the switch from one to the other, and a snapshot.

SQL names no schema: the connection's search_path does, so that the same statements mean the live read model or a copy.
"""

import contextlib
import itertools
from collections.abc import Iterator
from typing import Any

import psycopg
from django.db import DEFAULT_DB_ALIAS, connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper

from .lock import SPACE, Lock
from .tables import Row

COPY, OLD = "readmodel_rebuild", "readmodel_old"
#: Rows that travel at once when a table is walked.
AT_ONCE = 2_000


def schema(alias: str) -> str:
    """The schema that the connection's statements mean."""
    with connections[alias].cursor() as cursor:
        cursor.execute("SELECT current_setting('search_path')")
        return str(cursor.fetchone()[0])


def make_schema(alias: str) -> None:
    """Makes it where it is missing."""
    with connections[alias].cursor() as cursor:
        cursor.execute("SELECT to_regnamespace(%s) IS NULL", [schema(alias)])
        if cursor.fetchone() == (True,):
            cursor.execute(f"CREATE SCHEMA IF NOT EXISTS {schema(alias)}")


def empty(alias: str) -> bool:
    """Whether the schema holds no table, or is not there."""
    with connections[alias].cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_tables WHERE schemaname = %s", [schema(alias)])
        return bool(cursor.fetchone() == (0,))


def set_aside(suffix: str, *aliases: str) -> list[str]:
    """Renames their schemas, together; returns the new names. What is not there is left out."""
    found = [alias for alias in aliases if not empty(alias)]
    renamed = []
    with transaction.atomic():
        for alias in found:
            renamed.append(f"{schema(alias)}_{suffix}")
            with connections[DEFAULT_DB_ALIAS].cursor() as cursor:
                cursor.execute(f"ALTER SCHEMA {schema(alias)} RENAME TO {renamed[-1]}")
    return renamed


class Snapshot:
    """The schema as it was at the first question, whatever is committed meanwhile."""

    def __init__(self, connection: "psycopg.Connection[Row]") -> None:
        self._connection = connection
        self._numbers = itertools.count()

    def rows(self, sql: str) -> Iterator[Row]:
        """The answer, some thousand rows at a time. Raises LookupError when a table or column is missing."""
        with self._connection.cursor(name=f"walk{next(self._numbers)}") as cursor:
            cursor.itersize = AT_ONCE
            try:
                cursor.execute(sql.encode())
            except psycopg.ProgrammingError as problem:
                raise LookupError(str(problem).split("\n")[0]) from problem
            yield from cursor


@contextlib.contextmanager
def snapshot(alias: str) -> Iterator[Snapshot]:
    """A connection of its own in one read-only transaction."""
    with _another(connections[alias]) as connection:
        connection.autocommit = False
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        connection.read_only = True
        yield Snapshot(connection)


@contextlib.contextmanager
def copy(live: str, alias: str) -> Iterator[None]:
    """An empty schema beside the live one's, under `alias`; it goes at the end, unless it was switched. One at a time:
    a second caller waits."""
    like = connections[live].settings_dict
    options = {**like["OPTIONS"], "options": f"-c search_path={COPY} -c synchronous_commit=off"}
    with _another(connections[live]) as holder:
        holder.execute("SELECT pg_advisory_lock(%s, %s)", [SPACE, int(Lock.COPY)])
        _drop(holder)
        connections.settings[alias] = {**like, "OPTIONS": options}
        try:
            make_schema(alias)
            yield
        finally:
            connections[alias].close()
            del connections[alias]
            del connections.settings[alias]
            _drop(holder)


def switch(live: str) -> None:
    """The copy is the live read model from here on, in one transaction; whoever reads has the old rows or the new ones
    in each statement. The old ones go when `copy` ends, or with the next copy after a kill."""
    with transaction.atomic(using=live), connections[live].cursor() as cursor:
        name = schema(live)
        cursor.execute(f"ALTER SCHEMA {name} RENAME TO {OLD}")
        cursor.execute(f"ALTER SCHEMA {COPY} RENAME TO {name}")


def _drop(connection: "psycopg.Connection[Row]") -> None:
    for name in (COPY, OLD):
        connection.execute(f"DROP SCHEMA IF EXISTS {name} CASCADE")


@contextlib.contextmanager
def _another(like: BaseDatabaseWrapper) -> Iterator[Any]:
    """psycopg's own connection, with the same settings as Django's; its locks go with it."""
    wrapper = like.copy()
    try:
        wrapper.ensure_connection()
        yield wrapper.connection
    finally:
        wrapper.close()
