"""SQL and value checks of one read model, made once from its Django fields.

The set of field types is closed. SQLite stores whatever it is given into whatever column, so types, lengths and
ranges are checked here, strictly; what passes is stored as it is, in SQLite and in PostgreSQL alike, and a row read
back by plain SQL equals the row written. DecimalField (SQLite keeps it as a float), dates (they need a zone) and JSON
(stored in two ways) would break that.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from operator import itemgetter
from typing import Any

from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper

Row = tuple[Any, ...]
#: Most keys in one SELECT or DELETE; SQLite's limit of parameters was 999 for long.
MOST_KEYS = 500
#: Fewer rows than this are written one by one.
FEW_ROWS = 20
MISSING = object()


#: Checks a whole column at once: the values to store; raises BadValue.
Check = Callable[[Sequence[Any]], Sequence[Any]]


class BadValue(ValueError):
    """A projection gave a value that its column can't hold exactly."""


def _integers(field: models.Field[Any, Any], bits: int) -> Check:
    least, greatest = -(1 << (bits - 1)), (1 << (bits - 1)) - 1

    def check(values: Sequence[Any]) -> Sequence[Any]:
        if set(map(type, values)) <= {int} and least <= min(values) and max(values) <= greatest:
            return values
        bad = next(value for value in values if type(value) is not int or not least <= value <= greatest)
        raise BadValue(f"{field}: {bad!r} is not an integer of {bits} bits")

    return check


def _texts(field: models.Field[Any, Any]) -> Check:
    """A zero character, which anybody's text on the chain may hold and PostgreSQL can't, becomes U+FFFD."""
    longest = field.max_length or 1 << 30

    def check(values: Sequence[Any]) -> Sequence[Any]:
        if not set(map(type, values)) <= {str}:
            values = [str(value) if isinstance(value, str) else value for value in values]  # a choice's member
        bad = [value for value in values if not isinstance(value, str) or len(value) > longest]
        if bad:
            raise BadValue(f"{field}: {bad[0]!r} is not a text of at most {longest} characters")
        return [value.replace("\0", "\ufffd") for value in values] if any("\0" in value for value in values) else values

    return check


def _exactly(field: models.Field[Any, Any], kind: type) -> Check:
    def check(values: Sequence[Any]) -> Sequence[Any]:
        if set(map(type, values)) <= {kind}:
            return values
        raise BadValue(f"{field}: {next(v for v in values if type(v) is not kind)!r} is not {kind.__name__}")

    return check


def _or_none(check: Check) -> Check:
    def check_some(values: Sequence[Any]) -> Sequence[Any]:
        if None not in values:
            return check(values)
        checked = iter(
            check([value for value in values if value is not None]) if any(v is not None for v in values) else ()
        )
        return [None if value is None else next(checked) for value in values]

    return check_some


def check_of(field: models.Field[Any, Any]) -> Check:
    """The check of a field's values. Raises TypeError for a banned field."""
    match field.get_internal_type():
        case "CharField" | "TextField" | "SlugField":
            check = _texts(field)
        case "BigIntegerField":
            check = _integers(field, 64)
        case "IntegerField":
            check = _integers(field, 32)
        case "BooleanField":
            check = _exactly(field, bool)
        case "BinaryField":
            check = _exactly(field, bytes)
        case banned:
            raise TypeError(f"{field}: a read model can't have a {banned}")
    return _or_none(check) if field.null else check


def _is_text(field: models.Field[Any, Any]) -> bool:
    return field.get_internal_type() in ("CharField", "TextField", "SlugField")


def _default(field: models.Field[Any, Any]) -> Any:
    if field.has_default():
        return check_of(field)([field.get_default()])[0]
    return None if field.null else MISSING


def _by_copy(staged: str, name: str, columns: str, known: str) -> tuple[str, str, str]:
    """PostgreSQL's fastest way in, COPY, knows no conflicts: so by way of a table of this session alone. Twice as
    fast as executemany at least, for a sixth of the work in this process."""
    return (
        f"CREATE TEMP TABLE IF NOT EXISTS {staged} (LIKE {name}) ON COMMIT DELETE ROWS",
        f"COPY {staged} ({columns}) FROM STDIN",
        f"WITH staged AS (DELETE FROM {staged} RETURNING {columns})"
        f" INSERT INTO {name} ({columns}) SELECT {columns} FROM staged{known}",
    )


class Table:
    """One read model on one connection. Rows are tuples in the order of `columns`."""

    def __init__(self, model: type[models.Model], connection: BaseDatabaseWrapper) -> None:
        quote = connection.ops.quote_name
        fields = model._meta.concrete_fields
        self.label = model._meta.label
        self.columns = [str(field.column) for field in fields]
        self.positions = {field.name: position for position, field in enumerate(fields)}
        self.key_name = model._meta.pk.name
        self.key_position = self.positions[self.key_name]
        self._checks = [check_of(field) for field in fields]
        #: With a second name at least, so that it gives a tuple.
        self._whole = itemgetter(*self.positions, next(iter(self.positions)))
        self._defaults = [_default(field) for field in fields]
        names = [quote(column) for column in self.columns]
        key, name = names[self.key_position], quote(model._meta.db_table)
        updates = ", ".join(f"{column} = excluded.{column}" for column in names if column != key)
        known = f" ON CONFLICT ({key}) DO " + (f"UPDATE SET {updates}" if updates else "NOTHING")
        self.insert = f"INSERT INTO {name} ({', '.join(names)}) VALUES ({', '.join(['%s'] * len(names))}){known}"
        staged = quote(f"staged_{model._meta.db_table}")
        self._by_copy = _by_copy(staged, name, ", ".join(names), known) if connection.vendor == "postgresql" else None
        self._delete = f"DELETE FROM {name} WHERE {key} = %s"
        self._select = f"SELECT {', '.join(names)} FROM {name} WHERE {key} IN "
        # In the order of Python's comparisons, whatever language the server sorts texts in.
        plain = ' COLLATE "C"' if connection.vendor == "postgresql" and _is_text(model._meta.pk) else ""
        self.select_all = f"SELECT {', '.join(names)} FROM {name} ORDER BY {key}{plain}"

    def new(self, values: dict[str, Any]) -> list[Any]:
        """A whole row from field values and defaults, not checked; BadValue for an unknown or a missing field."""
        if len(values) == len(self.columns):
            try:
                return list(self._whole(values)[:-1])
            except KeyError:
                pass
        row = list(self._defaults)
        for name, value in values.items():
            row[self.position(name)] = value
        if MISSING in row:
            raise BadValue(f"{self.label}: no value for {self.columns[row.index(MISSING)]}")
        return row

    def position(self, name: str) -> int:
        """Of a field in a row. Raises BadValue."""
        try:
            return self.positions[name]
        except KeyError:
            raise BadValue(f"{self.label} has no field {name}") from None

    def checked(self, rows: Sequence[Sequence[Any]]) -> list[Row]:
        """The rows as they can be stored, checked column by column: a value costs a hundredth of what it costs alone.
        Raises BadValue."""
        columns = [check(column) for check, column in zip(self._checks, zip(*rows, strict=True), strict=False)]
        return list(zip(*columns, strict=True))

    def read(self, cursor: Any, keys: Iterable[Any]) -> Iterator[Row]:
        """The rows with these keys, in no order."""
        ordered = list(keys)
        for start in range(0, len(ordered), MOST_KEYS):
            some = ordered[start : start + MOST_KEYS]
            cursor.execute(f"{self._select}({', '.join(['%s'] * len(some))})", some)
            yield from cursor.fetchall()

    def store(self, cursor: Any, rows: Iterable[Row]) -> None:
        """Writes whole rows by primary key, no key twice."""
        some = list(rows)
        if self._by_copy is None or len(some) < FEW_ROWS:
            cursor.executemany(self.insert, some)
            return
        make, copy, insert = self._by_copy
        cursor.execute(make)
        with cursor.copy(copy) as copying:
            for row in some:
                copying.write_row(row)
        cursor.execute(insert)

    def remove(self, cursor: Any, keys: Iterable[Any]) -> None:
        cursor.executemany(self._delete, [(key,) for key in keys])


_tables: dict[tuple[type[models.Model], str], Table] = {}


def table(model: type[models.Model], connection: BaseDatabaseWrapper) -> Table:
    """The model's table, made once for each kind of database."""
    wanted = (model, connection.vendor)
    if wanted not in _tables:
        _tables[wanted] = Table(model, connection)
    return _tables[wanted]
