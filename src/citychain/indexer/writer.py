"""Applies row changes to the read database in bulk, and undoes them.

The changes of many events are folded in memory, in order, onto the rows as they are; then each table is written once,
whole rows by primary key. So two changes of one row in a batch meet each other's result, and the rows as they were are
at hand for the undo log (docs/adr/0003).
"""

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec
from django.apps import apps
from django.db import connections

from .errors import UndoImpossible
from .models import ReadModel, Undo
from .rows import Add, Change, Delete, Put, RowChange
from .tables import BadValue, Row, Table, table

#: A row that was not read because it does not matter what it was.
_UNREAD: Any = object()
_pack = msgspec.msgpack.encode
_unpack = msgspec.msgpack.decode


class ChangeRefused(Exception):
    """`position` is the change's place among those given."""

    def __init__(self, position: int, cause: str) -> None:
        super().__init__(cause)
        self.position = position
        self.cause = cause


class _Rows:
    """The rows of one table that a batch touches."""

    def __init__(self, table: Table) -> None:
        self.table = table
        self.wanted: set[Any] = set()
        self.before: dict[Any, Row | None] = {}
        self.after: dict[Any, Row | None] = {}

    def existing(self, key: Any) -> Row:
        row = self.after[key]
        if row is None:
            raise BadValue(f"there is no {self.table.label} {key!r}")
        return row


def _key(change: RowChange, found: Table) -> Any:
    match change:
        case Put(values=values) | Add(row=values):
            if found.key_name not in values:
                raise BadValue(f"{found.label}: no value for {found.key_name}")
            return found.check_key(values[found.key_name])
        case Change(key=key) | Delete(key=key):
            return found.check_key(key)


def _fold(change: RowChange, key: Any, rows: _Rows) -> None:
    match change:
        case Put(values=values):
            rows.after[key] = rows.table.new(values)
        case Change(values=values):
            rows.after[key] = rows.table.changed(rows.existing(key), values)
        case Add(row=values, amounts=amounts):
            rows.after[key] = rows.table.added(rows.after[key] or rows.table.new(values), amounts)
        case Delete():
            rows.existing(key)
            rows.after[key] = None


def apply(changes: Sequence[RowChange], using: str, undo_block: int | None = None) -> None:
    """Applies `changes` in order, inside the caller's transaction.

    With `undo_block` the rows as they were are kept under that block, so that `undo_after` brings them back; all
    changes must then be that block's. Raises ChangeRefused for a change that can't be done, before anything is written.
    """
    connection = connections[using]
    touched: dict[type[ReadModel], _Rows] = {}
    keyed: list[tuple[_Rows, Any]] = []
    for position, change in enumerate(changes):
        try:
            if (rows := touched.get(change.model)) is None:
                rows = touched[change.model] = _Rows(table(change.model, connection))
            key = _key(change, rows.table)
        except (BadValue, TypeError) as problem:
            raise ChangeRefused(position, str(problem)) from problem
        keyed.append((rows, key))
        if key not in rows.before:
            replaced = undo_block is None and isinstance(change, Put)
            rows.before[key] = _UNREAD if replaced else None
            if not replaced:
                rows.wanted.add(key)
    with connection.cursor() as cursor:
        for rows in touched.values():
            for row in rows.table.read(cursor, rows.wanted):
                rows.before[row[rows.table.key_position]] = row
            rows.after = dict(rows.before)
        for position, (change, (rows, key)) in enumerate(zip(changes, keyed, strict=True)):
            try:
                _fold(change, key, rows)
            except (BadValue, TypeError) as problem:
                raise ChangeRefused(position, str(problem)) from problem
        if undo_block is not None:
            _remember(cursor, undo_block, touched.values(), using)
        for rows in touched.values():
            _write(cursor, rows)


def _write(cursor: Any, rows: _Rows) -> None:
    changed = {key: row for key, row in rows.after.items() if row != rows.before[key]}
    rows.table.remove(cursor, [key for key, row in changed.items() if row is None])
    rows.table.store(cursor, [row for row in changed.values() if row is not None])


def _remember(cursor: Any, block: int, touched: Iterable[_Rows], using: str) -> None:
    images = [
        (rows.table.label, _pack(key), _image(rows.table, before))
        for rows in touched
        for key, before in rows.before.items()
        if rows.after[key] != before
    ]
    undo = table(Undo, connections[using])
    undo.store(cursor, [((block << 20) + position, *image) for position, image in enumerate(images)])


def _image(found: Table, row: Row | None) -> bytes:
    return _pack(None if row is None else dict(zip(found.columns, row, strict=True)))


def undo_after(block: int, using: str) -> None:
    """Brings every row back to what it was after `block`, inside the caller's transaction. Exact for blocks whose
    changes were applied with `undo_block` and not forgotten. Raises UndoImpossible when tables have changed since."""
    connection = connections[using]
    touched: dict[str, _Rows] = {}
    steps = Undo.objects.using(using).filter(id__gte=(block + 1) << 20)
    for step in steps.order_by("-id").iterator():
        if (rows := touched.get(step.table)) is None:
            rows = touched[step.table] = _Rows(table(apps.get_model(step.table), connection))
        image: dict[str, Any] | None = _unpack(step.before)
        if image is not None and list(image) != rows.table.columns:
            raise UndoImpossible(table=step.table)
        rows.after[_unpack(step.key)] = None if image is None else tuple(image.values())
    with connection.cursor() as cursor:
        for rows in touched.values():
            rows.before = dict.fromkeys(rows.after, _UNREAD)
            _write(cursor, rows)
    steps.delete()


def forget_until(block: int, using: str) -> None:
    """Drops the undo log of final blocks."""
    Undo.objects.using(using).filter(id__lt=(block + 1) << 20).delete()
