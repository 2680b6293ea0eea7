"""Who is alone: one writer of the read model at a time, and what SQLite's single writer gives for nothing.

On PostgreSQL these are advisory locks, which the server frees with the connection that took them, however its process
ended.
"""

import contextlib
import enum
import fcntl
from collections.abc import Iterator
from pathlib import Path

from django.db import DEFAULT_DB_ALIAS, connections
from django.db.backends.base.base import BaseDatabaseWrapper

from .errors import IndexerRunning

#: The first half of the number of each advisory lock, so that other programs' locks in the database are others.
SPACE = int.from_bytes(b"city")


class Lock(enum.IntEnum):
    """What is locked; numbers stay."""

    READ_MODEL = 1
    COPY = 2
    PERSONA_ACCOUNTS = 3


@contextlib.contextmanager
def writing(alias: str) -> Iterator[None]:
    """Held while this process writes the read database; freed also by kill -9. Raises IndexerRunning.

    On PostgreSQL the lock is the connection's through which the read model is written: whoever has lost it can't write.
    """
    connection = connections[alias]
    with _by_server(connection) if connection.vendor == "postgresql" else _by_file(connection):
        yield


@contextlib.contextmanager
def _by_server(connection: BaseDatabaseWrapper) -> Iterator[None]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s, %s)", [SPACE, int(Lock.READ_MODEL)])
        if cursor.fetchone() != (True,):
            raise IndexerRunning
    try:
        yield
    finally:
        connection.close()


@contextlib.contextmanager
def _by_file(connection: BaseDatabaseWrapper) -> Iterator[None]:
    path = Path(f"{connection.settings_dict['NAME']}.lock")
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise IndexerRunning from None
        yield


def alone(lock: Lock, alias: str = DEFAULT_DB_ALIAS) -> None:
    """From here to the end of the transaction that is open, nobody else is in one that asked for the same.

    On SQLite nobody is anyway: every transaction takes the only write lock when it begins (IMMEDIATE).
    """
    connection = connections[alias]
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [SPACE, int(lock)])
