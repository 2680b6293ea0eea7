"""Moves a city from the files of SQLite into PostgreSQL: `citychain database move`.

The read model is made anew from the chain; requests, private documents, accounts and sessions are copied in one
transaction, while nobody can write the old file, and read back; then the read model is compared with the chain. Last,
the old file gets another name. Until then it counts, and a move that was broken off is begun again; from then on no
command runs on this folder without DATABASE_URL.
"""

import contextlib
import itertools
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
from django.apps import apps
from django.conf import settings
from django.core.management import call_command
from django.core.management.color import no_style
from django.db import DEFAULT_DB_ALIAS, connections, transaction
from django.db.migrations.executor import MigrationExecutor
from django.db.models import Model
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from citychain.chain.addressbook import AddressBook
from citychain.chain.rpc import NodeUnavailable, Rpc, RpcError, connect
from citychain.errors import Conflict, Damaged, NotFound
from citychain.indexer import rebuild
from citychain.indexer.location import MOVED, databases
from citychain.indexer.lock import writing
from citychain.indexer.models import OnReadDatabase
from citychain.indexer.router import READ_ALIAS
from citychain.outbox.lease import Holder

from . import supervision

OLD, OLD_READ = "moved", "moved-readmodel"
#: Rows that are copied, or compared, at once.
AT_ONCE = 1_000
#: What each database has of its own: made by migrations, and who relays.
NOT_COPIED = {"contenttypes.contenttype", "outbox.lease"}
PATIENCE_SECONDS = 120
Say = Callable[[int, str], None]


class AlreadyMoved(Conflict):
    code = "already-moved"
    message = gettext_lazy("This city is in PostgreSQL already.")


class NothingToMove(NotFound):
    code = "nothing-to-move"
    message = gettext_lazy("There is no city at {home}.")


class OlderForm(Conflict):
    code = "database-of-older-form"
    message = gettext_lazy(
        "An older version wrote this city. Start it once with this version and stop it, then move it."
    )


class TargetTaken(Conflict):
    code = "database-not-empty"
    message = gettext_lazy(
        "The database holds other rows already (table {table}). Nothing was moved; name an empty one."
    )


class MovedAmiss(Damaged):
    code = "moved-amiss"
    message = gettext_lazy("{count} rows of the new read model differ from the chain. The city stays where it was.")


class Moved(msgspec.Struct):
    """Rows copied, by table, and the block up to which the read model was made anew and found equal."""

    rows: dict[str, int]
    head: int


def move(url: str, say: Say) -> Moved:
    """`say` takes percent and words. Raises what is above, AlreadyRunning, IndexerRunning, RelayerHeld, NotRebuilt,
    NodeUnavailable, ImproperlyConfigured for an address that is none, and the database's own errors.

    Danger: for the rest of the process the aliases "default" and "readmodel" mean the new database.
    """
    home: Path = settings.CITYCHAIN_HOME
    if settings.DATABASE_URL:
        raise AlreadyMoved
    if not (home / "city.sqlite3").exists():
        raise NothingToMove(home=home)
    if (pid := supervision.running()) is not None:
        raise supervision.AlreadyRunning(pid=pid)
    Holder("relayer").hold()
    _swap(url, home)
    executor = MigrationExecutor(connections[OLD])
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        raise OlderForm
    with writing(OLD_READ), transaction.atomic(using=OLD), _node(say) as rpc:
        say(5, _("making tables"))
        for alias in (DEFAULT_DB_ALIAS, READ_ALIAS):
            call_command("migrate", database=alias, verbosity=0, interactive=False)
        say(10, _("reading the chain"))
        book = AddressBook.load()
        rebuild.replace(rpc, book)
        copied = _copy(say)
        say(70, _("comparing the read model with the chain"))
        report = rebuild.check(rpc, book)
        if report.differing:
            raise MovedAmiss(count=report.differing)
    _put_aside(home)
    say(100, _("done"))
    return Moved(copied, report.head)


def _put_aside(home: Path) -> None:
    with connections[OLD].cursor() as cursor:
        cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")  # the log beside the file would not follow it
    connections[OLD].close()
    (home / "city.sqlite3").rename(home / MOVED)


def _swap(url: str, home: Path) -> None:
    server = connections.configure_settings(databases(url, home))
    for alias, old in ((DEFAULT_DB_ALIAS, OLD), (READ_ALIAS, OLD_READ)):
        connections[alias].close()
        connections.settings[old], connections.settings[alias] = connections.settings[alias], server[alias]
        del connections[alias]


@contextlib.contextmanager
def _node(say: Say) -> Iterator[Rpc]:
    """The chain: the node that runs, or else the city's own for so long."""
    rpc = connect()
    with contextlib.ExitStack() as stack:
        try:
            rpc.chain_id()
        except NodeUnavailable:
            if "CITYCHAIN_RPC_URL" in os.environ:
                raise
            say(1, _("starting the node"))
            for name in ("node", "gate"):
                process = subprocess.Popen([sys.executable, "-m", "citychain", name, "run"], stderr=subprocess.DEVNULL)
                stack.callback(process.wait)
                stack.callback(process.terminate)
            _wait_for(rpc)
        yield rpc


def _wait_for(rpc: Rpc) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            rpc.head()
            return
        except (NodeUnavailable, RpcError):
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)


def _copy(say: Say) -> dict[str, int]:
    """Every row of the outbox and of the parts' private tables, in one transaction; none where all are there."""
    models = [model for model in apps.get_models(include_auto_created=True) if _is_copied(model)]
    counts = {model: model._base_manager.using(OLD).count() for model in models}
    total, done = sum(counts.values()), 0
    with transaction.atomic():
        for model in models:
            fresh = not model._base_manager.exists()
            name = str(model._meta.verbose_name_plural)
            for rows in _rows(model):
                if fresh:
                    model._base_manager.bulk_create([model(**row) for row in rows])
                _compare(model, rows)
                done += len(rows)
                say(40 + 30 * done // total, name)
            if model._base_manager.count() != counts[model]:
                raise TargetTaken(table=model._meta.db_table)
        with connections[DEFAULT_DB_ALIAS].cursor() as cursor:
            for statement in connections[DEFAULT_DB_ALIAS].ops.sequence_reset_sql(no_style(), models):
                cursor.execute(statement)
    return {model._meta.label: count for model, count in counts.items()}


def _is_copied(model: type[Model]) -> bool:
    return not issubclass(model, OnReadDatabase) and model._meta.label_lower not in NOT_COPIED


def _rows(model: type[Model]) -> Iterator[list[dict[str, Any]]]:
    rows = model._base_manager.using(OLD).order_by("pk").values(*_columns(model)).iterator(AT_ONCE)
    while some := list(itertools.islice(rows, AT_ONCE)):
        yield some


def _columns(model: type[Model]) -> list[str]:
    return [field.attname for field in model._meta.concrete_fields]


def _compare(model: type[Model], rows: list[dict[str, Any]]) -> None:
    """Raises TargetTaken unless the new table has these rows."""
    key = model._meta.pk.attname
    found = model._base_manager.filter(pk__in=[row[key] for row in rows]).values(*_columns(model))
    stored = {row[key]: _plain(row) for row in found}
    if any(stored.get(row[key]) != _plain(row) for row in rows):
        raise TargetTaken(table=model._meta.db_table)


def _plain(row: dict[str, Any]) -> dict[str, Any]:
    return {name: bytes(value) if isinstance(value, memoryview) else value for name, value in row.items()}
