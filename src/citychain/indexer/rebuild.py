"""Builds the read model a second time from the chain, to compare it with the live one or to take its place.

The copy is a database file beside the live one (a schema, in PostgreSQL), filled by the same indexer. For a check the
live one is read in one snapshot taken first, so the indexer may go on; the copy is built to that snapshot's block.
"""

import contextlib
import itertools
import json
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, Protocol

import msgspec
from django.apps import apps
from django.core.management import call_command
from django.db import connections, transaction

from citychain.bars import Tell
from citychain.chain.addressbook import AddressBook
from citychain.chain.rpc import Rpc, second

from . import postgresql, writer
from .engine import Indexer
from .errors import NotRebuilt, UndoImpossible
from .lock import writing
from .models import Block, Progress, ReadModel, Source
from .router import READ_ALIAS
from .subscriptions import collect, digests
from .tables import Row, Table, table

COPY_ALIAS = "rebuild"
#: Differing rows told in full, for each table; all are counted.
MOST_TOLD = 20
#: Rows of a table that are moved at once.
ROWS_AT_ONCE = 2_000
#: A reorg while the copy is built spoils the comparison; so often it is begun again.
ATTEMPTS = 3


class Difference(msgspec.Struct, frozen=True):
    """A row that the live read model and the chain do not share; None where it is missing."""

    key: Any
    live: dict[str, Any] | None
    chain: dict[str, Any] | None


class Comparison(msgspec.Struct):
    """One table: how many rows the chain gives, and those that differ."""

    rows: int = 0
    differing: int = 0
    examples: list[Difference] = []

    def add(self, found: Table, key: Any, live: Row | None, chain: Row | None) -> None:
        self.differing += 1
        if len(self.examples) < MOST_TOLD:
            self.examples.append(Difference(key, _named(found, live), _named(found, chain)))


class Report(msgspec.Struct):
    """Both read models at block `head`, table by table."""

    head: int
    tables: dict[str, Comparison]

    @property
    def differing(self) -> int:
        return sum(comparison.differing for comparison in self.tables.values())


def read_models() -> list[type[ReadModel]]:
    """Every model that is made from events, by label."""
    return sorted((m for m in apps.get_models() if issubclass(m, ReadModel)), key=lambda m: m._meta.label)


def check(rpc: Rpc, book: AddressBook, live: str = READ_ALIAS, tell: Tell | None = None) -> Report:
    """Compares the live read model with a fresh one, row by row; `tell` hears of the blocks that were read.

    Raises NotRebuilt, and what the indexer raises.
    """
    for _attempt in range(ATTEMPTS):
        with _copy(live), _snapshot(live) as snapshot:
            head, head_hash = _head(snapshot)
            build(rpc, book, COPY_ALIAS, until=head, tell=tell)
            if Progress.objects.using(COPY_ALIAS).get(id=1).head_hash == head_hash:
                with _snapshot(COPY_ALIAS) as fresh:
                    models = {m._meta.label: table(m, connections[live]) for m in read_models()}
                    return Report(head, {label: compare(found, snapshot, fresh) for label, found in models.items()})
    raise NotRebuilt(reason="the chain's newest blocks kept changing; try again")


def replace(rpc: Rpc, book: AddressBook, live: str = READ_ALIAS, tell: Tell | None = None) -> int:
    """Builds a fresh read model up to the chain's head and puts it in the live one's place; returns the head.

    Readers see the old rows or the new ones, never a mixture: SQLite copies the file in one transaction, which, unlike
    a renamed file, also holds for whoever has the database open; PostgreSQL renames the schema. Raises IndexerRunning.
    """
    with writing(live):
        return replace_held(rpc, book, live, tell)


def replace_held(rpc: Rpc, book: AddressBook, live: str = READ_ALIAS, tell: Tell | None = None) -> int:
    """The same for a process that holds the lock already."""
    with _copy(live):
        build(rpc, book, COPY_ALIAS, tell=tell)
        head = Progress.objects.using(COPY_ALIAS).get(id=1).head
        if connections[live].vendor == "postgresql":
            postgresql.switch(live)
            return head
        connections[live].close()
        with (
            contextlib.closing(sqlite3.connect(_path(COPY_ALIAS))) as fresh,
            contextlib.closing(sqlite3.connect(_path(live), timeout=30)) as target,
        ):
            target.execute("PRAGMA journal_mode=WAL")
            fresh.backup(target)
        return head


def reproject_held(rpc: Rpc, book: AddressBook, parts: Sequence[str], live: str = READ_ALIAS) -> int:
    """Makes the rows of some parts anew and leaves the others; returns the block up to which all are then read.

    The copy holds these parts up to the last final block. In one transaction the live read model goes back to that
    block, their tables get the copy's rows, and contracts that only they listen to are sources from then on; what
    follows is read again for all. Nobody sees a mixture. For the process that holds the lock. Where rows can't be taken
    back to that block, because tables changed meanwhile, all is made anew.
    """
    try:
        return _reproject(rpc, book, parts, live)
    except UndoImpossible:
        return replace_held(rpc, book, live)


def _reproject(rpc: Rpc, book: AddressBook, parts: Sequence[str], live: str) -> int:
    final = Progress.objects.using(live).get(id=1).final
    own = [model for model in read_models() if model._meta.app_label in parts]
    with _copy(live):
        digests = build(rpc, book, COPY_ALIAS, until=final, parts=parts)
        with transaction.atomic(using=live), connections[live].cursor() as cursor:
            writer.undo_after(final, live)
            for model in own:
                found = table(model, connections[live])
                cursor.execute(f"DELETE FROM {connections[live].ops.quote_name(model._meta.db_table)}")
                rows = model._default_manager.using(COPY_ALIAS).values_list(*found.positions).iterator(ROWS_AT_ONCE)
                for some in _batched(rows):
                    found.store(cursor, some)
            _add_sources(parts, live)
            progress = Progress.objects.using(live).get(id=1)
            made = msgspec.json.decode(progress.subscriptions, type=dict[str, str])
            kept = {part: digest for part, digest in made.items() if part not in parts}
            progress.subscriptions = json.dumps({**kept, **digests}, sort_keys=True)
            progress.head, progress.head_hash = final, Block.objects.using(live).get(number=final).hash
            progress.stale_since, progress.stale_reason = None, ""
            progress.save(using=live)
    return final


def _add_sources(parts: Sequence[str], live: str) -> None:
    """Contracts that were read for these parts, and that no other part listens to."""
    others = {contract for (contract, _), several in collect().items() for s in several if s.part not in parts}
    known = set(Source.objects.using(live).values_list("address", flat=True))
    new = Source.objects.using(COPY_ALIAS).exclude(address__in=known).exclude(contract__in=others)
    Source.objects.using(live).bulk_create(list(new))


def build(
    rpc: Rpc,
    book: AddressBook,
    alias: str,
    until: int | None = None,
    parts: Sequence[str] | None = None,
    tell: Tell | None = None,
) -> dict[str, str]:
    """Migrates the database, reads the chain into it, and returns what made the rows of each part (digests).

    Raises NotRebuilt when that gives nothing, unless it is all of `parts` that are gone.
    """
    call_command("migrate", database=alias, verbosity=0, interactive=False, skip_checks=True)
    listeners = digests(collect(parts))
    if parts is not None and not listeners:
        return listeners
    indexer = Indexer(rpc, book, alias, until=until, parts=parts, witness=second())
    progress = Progress.objects.using(alias).filter(id=1)
    while indexer.step():
        if tell and (read := progress.first()):
            tell(read.head, rpc.head().number if until is None else until)
    if not progress.exists():
        raise NotRebuilt(reason="the address book names no contract that the city listens to")
    return listeners


class Snapshot(Protocol):
    """One state of a read model, whatever is committed meanwhile."""

    def rows(self, sql: str) -> Iterator[Row]:
        """The answer, read as it is asked for. Raises LookupError when a table or column is missing."""


def compare(found: Table, live: Snapshot, chain: Snapshot) -> Comparison:
    """Walks both tables in the order of their keys, holding one row of each."""
    comparison = Comparison()
    at = found.key_position
    old, new = live.rows(found.select_all), chain.rows(found.select_all)
    try:
        left, right = next(old, None), next(new, None)
    except LookupError as problem:
        raise NotRebuilt(reason=f"the live read model has an older form ({problem})") from problem
    while left is not None or right is not None:
        if right is None or (left is not None and left[at] < right[at]):
            assert left is not None
            comparison.add(found, left[at], left, None)
            left = next(old, None)
            continue
        comparison.rows += 1
        if left is None or right[at] < left[at]:
            comparison.add(found, right[at], None, right)
        else:
            if left != right:
                comparison.add(found, right[at], left, right)
            left = next(old, None)
        right = next(new, None)
    return comparison


def _batched(rows: Iterable[Row]) -> Iterator[list[Row]]:
    rows = iter(rows)
    while some := list(itertools.islice(rows, ROWS_AT_ONCE)):
        yield some


def _named(found: Table, row: Row | None) -> dict[str, Any] | None:
    return None if row is None else dict(zip(found.columns, row, strict=True))


def _path(alias: str) -> Path:
    return Path(connections[alias].settings_dict["NAME"])


class _FileSnapshot:
    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def rows(self, sql: str) -> Iterator[Row]:
        try:
            yield from self._connection.execute(sql)
        except sqlite3.OperationalError as problem:
            raise LookupError(str(problem)) from problem


@contextlib.contextmanager
def _snapshot(alias: str) -> Iterator[Snapshot]:
    if connections[alias].vendor == "postgresql":
        with postgresql.snapshot(alias) as snapshot:
            yield snapshot
        return
    path = _path(alias)
    if not path.exists():
        raise NotRebuilt(reason=f"there is no read model at {path}")
    with contextlib.closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True, isolation_level=None)) as connection:
        connection.execute("BEGIN")
        yield _FileSnapshot(connection)


def _head(snapshot: Snapshot) -> tuple[int, str]:
    try:
        found = next(snapshot.rows("SELECT head, head_hash FROM indexer_progress WHERE head >= 0"), None)
    except LookupError:
        found = None
    if found is None:
        raise NotRebuilt(reason="the live read model holds nothing yet")
    return int(found[0]), str(found[1])


@contextlib.contextmanager
def _copy(live: str) -> Iterator[None]:
    """A second database beside the live one, under COPY_ALIAS; it goes at the end."""
    if connections[live].vendor == "postgresql":
        with postgresql.copy(live, COPY_ALIAS):
            yield
        return
    path = _path(live)
    copy = path.with_name(f"{path.name}.rebuild")
    files = [copy, Path(f"{copy}-wal"), Path(f"{copy}-shm")]
    like = connections[live].settings_dict
    quick = {**like["OPTIONS"], "init_command": "PRAGMA journal_mode=WAL;PRAGMA synchronous=OFF;"}
    for file in files:
        file.unlink(missing_ok=True)
    connections.settings[COPY_ALIAS] = {**like, "NAME": str(copy), "OPTIONS": quick}
    try:
        yield
    finally:
        connections[COPY_ALIAS].close()
        del connections[COPY_ALIAS]
        del connections.settings[COPY_ALIAS]
        for file in files:
            file.unlink(missing_ok=True)
