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
    """The rows of one table that a batch touches: as they were, and as they become."""

    def __init__(self, table: Table) -> None:
        self.table = table
        self.wanted: set[Any] = set()
        self.before: dict[Any, Row | None] = {}
        self.after: dict[Any, list[Any] | None] = {}

    def existing(self, key: Any) -> list[Any]:
        row = self.after[key]
        if row is None:
            raise BadValue(f"there is no {self.table.label} {key!r}")
        return row

    def changed(self) -> dict[Any, Row | None]:
        """The rows that differ from what they were, as they are to be stored. Raises BadValue."""
        touched = [(key, row) for key, row in self.after.items() if row is not None]
        checked = self.table.checked([row for _key, row in touched]) if touched else []
        new: dict[Any, Row | None] = {key: None for key, row in self.after.items() if row is None}
        new |= {key: row for (key, _row), row in zip(touched, checked, strict=True)}
        return {key: row for key, row in new.items() if row != self.before[key]}


def _key(change: RowChange, found: Table) -> Any:
    kind = type(change)
    if kind is Change or kind is Delete:
        return change.key  # type: ignore[union-attr]
    values = change.values if kind is Put else change.row  # type: ignore[union-attr]
    try:
        return values[found.key_name]
    except KeyError:
        raise BadValue(f"{found.label}: no value for {found.key_name}") from None


def _fold(change: RowChange, key: Any, rows: _Rows) -> None:
    kind = type(change)
    found = rows.table
    if kind is Put:
        rows.after[key] = found.new(change.values)  # type: ignore[union-attr]
    elif kind is Add:
        row = rows.after[key]
        if row is None:
            row = rows.after[key] = found.new(change.row)  # type: ignore[union-attr]
        for name, amount in change.amounts.items():  # type: ignore[union-attr]
            row[found.position(name)] += amount
    elif kind is Change:
        row = rows.existing(key)
        for name, value in change.values.items():  # type: ignore[union-attr]
            row[found.position(name)] = value
        if row[found.key_position] != key:
            raise BadValue(f"{found.label}: a primary key can't change")
    else:
        rows.existing(key)
        rows.after[key] = None


def apply(changes: Sequence[RowChange], using: str, undo_block: int | None = None) -> None:
    """Applies `changes` in order, inside the caller's transaction.

    With `undo_block` the rows as they were are kept under that block, so that `undo_after` brings them back; all
    changes must then be that block's. Raises ChangeRefused for a change that can't be done, and for one that leaves a
    row that can't be stored, before anything is written.
    """
    connection = connections[using]
    touched: dict[type[ReadModel], _Rows] = {}
    keyed: list[tuple[_Rows, Any]] = []
    for position, change in enumerate(changes):
        try:
            if (rows := touched.get(change.model)) is None:
                rows = touched[change.model] = _Rows(table(change.model, connection))
            key = _key(change, rows.table)
            if key not in rows.before:
                replaced = undo_block is None and type(change) is Put
                rows.before[key] = _UNREAD if replaced else None
                if not replaced:
                    rows.wanted.add(key)
        except (BadValue, TypeError) as problem:
            raise ChangeRefused(position, str(problem)) from problem
        keyed.append((rows, key))
    with connection.cursor() as cursor:
        for rows in touched.values():
            for row in rows.table.read(cursor, rows.wanted):
                rows.before[row[rows.table.key_position]] = row
            rows.after = {key: None if row is _UNREAD or row is None else list(row) for key, row in rows.before.items()}
        for position, (change, (rows, key)) in enumerate(zip(changes, keyed, strict=True)):
            try:
                _fold(change, key, rows)
            except (BadValue, TypeError) as problem:
                raise ChangeRefused(position, str(problem)) from problem
        changed = [(rows, _checked(rows, changes, keyed)) for rows in touched.values()]
        if undo_block is not None:
            _remember(cursor, undo_block, changed, using)
        for rows, new in changed:
            _write(cursor, rows.table, new)


def _checked(rows: _Rows, changes: Sequence[RowChange], keyed: Sequence[tuple[_Rows, Any]]) -> dict[Any, Row | None]:
    """The rows to store. Raises ChangeRefused, naming the first change after which its row can't be stored."""
    try:
        return rows.changed()
    except (BadValue, TypeError):
        again = {key: None if row is _UNREAD or row is None else list(row) for key, row in rows.before.items()}
        rows.after = again
        for position, (change, (of, key)) in enumerate(zip(changes, keyed, strict=True)):
            if of is rows:
                _fold(change, key, rows)
                try:
                    if (row := again[key]) is not None:
                        rows.table.checked([row])
                except (BadValue, TypeError) as problem:
                    raise ChangeRefused(position, str(problem)) from problem
        raise


def _write(cursor: Any, found: Table, changed: dict[Any, Row | None]) -> None:
    found.remove(cursor, [key for key, row in changed.items() if row is None])
    found.store(cursor, [row for row in changed.values() if row is not None])


def _remember(cursor: Any, block: int, changed: Iterable[tuple[_Rows, dict[Any, Row | None]]], using: str) -> None:
    images = [
        (rows.table.label, _pack(key), _image(rows.table, rows.before[key])) for rows, new in changed for key in new
    ]
    undo = table(Undo, connections[using])
    undo.store(cursor, [((block << 20) + position, *image) for position, image in enumerate(images)])


def _image(found: Table, row: Row | None) -> bytes:
    return _pack(None if row is None else dict(zip(found.columns, row, strict=True)))


def undo_after(block: int, using: str) -> None:
    """Brings every row back to what it was after `block`, inside the caller's transaction. Exact for blocks whose
    changes were applied with `undo_block` and not forgotten. Raises UndoImpossible when tables have changed since."""
    connection = connections[using]
    touched: dict[str, tuple[Table, dict[Any, Row | None]]] = {}
    steps = Undo.objects.using(using).filter(id__gte=(block + 1) << 20)
    for step in steps.order_by("-id").iterator():
        if step.table not in touched:
            touched[step.table] = table(apps.get_model(step.table), connection), {}
        found, rows = touched[step.table]
        image: dict[str, Any] | None = _unpack(step.before)
        if image is not None and list(image) != found.columns:
            raise UndoImpossible(table=step.table)
        rows[_unpack(step.key)] = None if image is None else tuple(image.values())
    with connection.cursor() as cursor:
        for found, rows in touched.values():
            _write(cursor, found, rows)
    steps.delete()


def forget_until(block: int, using: str) -> None:
    """Drops the undo log of final blocks."""
    Undo.objects.using(using).filter(id__lt=(block + 1) << 20).delete()
