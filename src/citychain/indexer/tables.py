"""SQL and value checks of one read model, made once from its Django fields.

The set of field types is closed. SQLite stores whatever it is given into whatever column, so types, lengths and
ranges are checked here, strictly; what passes is stored as it is, in SQLite and in PostgreSQL alike, and a row read
back by plain SQL equals the row written. DecimalField (SQLite keeps it as a float), dates (they need a zone) and JSON
(stored in two ways) would break that.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper

Row = tuple[Any, ...]
#: Most keys in one SELECT or DELETE; SQLite's limit of parameters was 999 for long.
MOST_KEYS = 500
MISSING = object()


class BadValue(ValueError):
    """A projection gave a value that its column can't hold exactly."""


def _integer(field: models.Field[Any, Any], bits: int) -> Callable[[Any], int]:
    least, greatest = -(1 << (bits - 1)), (1 << (bits - 1)) - 1

    def check(value: Any) -> int:
        if type(value) is int and least <= value <= greatest:
            return value
        raise BadValue(f"{field}: {value!r} is not an integer of {bits} bits")

    return check


def _text(field: models.Field[Any, Any]) -> Callable[[Any], str]:
    """A zero character, which anybody's text on the chain may hold and PostgreSQL can't, becomes U+FFFD."""
    longest = field.max_length or 1 << 30

    def check(value: Any) -> str:
        if isinstance(value, str) and len(value) <= longest:
            return str(value).replace("\0", "\ufffd")
        raise BadValue(f"{field}: {value!r} is not a text of at most {longest} characters")

    return check


def _exactly(field: models.Field[Any, Any], kind: type) -> Callable[[Any], Any]:
    def check(value: Any) -> Any:
        if type(value) is kind:
            return value
        raise BadValue(f"{field}: {value!r} is not {kind.__name__}")

    return check


def check_of(field: models.Field[Any, Any]) -> Callable[[Any], Any]:
    """The check of a field's values: returns the value to store, raises BadValue. TypeError for a banned field."""
    check: Callable[[Any], Any]
    match field.get_internal_type():
        case "CharField" | "TextField" | "SlugField":
            check = _text(field)
        case "BigIntegerField":
            check = _integer(field, 64)
        case "IntegerField":
            check = _integer(field, 32)
        case "BooleanField":
            check = _exactly(field, bool)
        case "BinaryField":
            check = _exactly(field, bytes)
        case banned:
            raise TypeError(f"{field}: a read model can't have a {banned}")
    return (lambda value: None if value is None else check(value)) if field.null else check


def _default(field: models.Field[Any, Any]) -> Any:
    if field.has_default():
        return check_of(field)(field.get_default())
    return None if field.null else MISSING


class Table:
    """One read model on one connection. Rows are tuples in the order of `columns`."""

    def __init__(self, model: type[models.Model], connection: BaseDatabaseWrapper) -> None:
        quote = connection.ops.quote_name
        fields = model._meta.concrete_fields
        self.label = model._meta.label
        self.columns = [str(field.column) for field in fields]
        self.fields = {field.name: (position, check_of(field)) for position, field in enumerate(fields)}
        self.key_name = model._meta.pk.name
        self.key_position, self.check_key = self.fields[self.key_name]
        self._defaults = [_default(field) for field in fields]
        names = [quote(column) for column in self.columns]
        key, name = names[self.key_position], quote(model._meta.db_table)
        updates = ", ".join(f"{column} = excluded.{column}" for column in names if column != key)
        self._insert = (
            f"INSERT INTO {name} ({', '.join(names)}) VALUES ({', '.join(['%s'] * len(names))})"
            f" ON CONFLICT ({key}) DO " + (f"UPDATE SET {updates}" if updates else "NOTHING")
        )
        self._delete = f"DELETE FROM {name} WHERE {key} = %s"
        self._select = f"SELECT {', '.join(names)} FROM {name} WHERE {key} IN "
        self.select_all = f"SELECT {', '.join(names)} FROM {name} ORDER BY {key}"

    def new(self, values: dict[str, Any]) -> Row:
        """A whole row from field values and defaults; raises BadValue for an unknown or a missing field."""
        row = list(self._defaults)
        for name, value in values.items():
            position, check = self._field(name)
            row[position] = check(value)
        if MISSING in row:
            raise BadValue(f"{self.label}: no value for {self.columns[row.index(MISSING)]}")
        return tuple(row)

    def changed(self, row: Row, values: dict[str, Any]) -> Row:
        """The row with some values replaced; the key can't be."""
        new = list(row)
        for name, value in values.items():
            position, check = self._field(name)
            new[position] = check(value)
        if new[self.key_position] != row[self.key_position]:
            raise BadValue(f"{self.label}: a primary key can't change")
        return tuple(new)

    def added(self, row: Row, amounts: dict[str, int]) -> Row:
        """The row with integers added; raises BadValue when a sum leaves the column's range."""
        return self.changed(row, {name: row[self._field(name)[0]] + amount for name, amount in amounts.items()})

    def _field(self, name: str) -> tuple[int, Callable[[Any], Any]]:
        try:
            return self.fields[name]
        except KeyError:
            raise BadValue(f"{self.label} has no field {name}") from None

    def read(self, cursor: Any, keys: Iterable[Any]) -> Iterator[Row]:
        """The rows with these keys, in no order."""
        ordered = list(keys)
        for start in range(0, len(ordered), MOST_KEYS):
            some = ordered[start : start + MOST_KEYS]
            cursor.execute(f"{self._select}({', '.join(['%s'] * len(some))})", some)
            yield from cursor.fetchall()

    def store(self, cursor: Any, rows: Iterable[Row]) -> None:
        """Writes whole rows by primary key."""
        cursor.executemany(self._insert, list(rows))

    def remove(self, cursor: Any, keys: Iterable[Any]) -> None:
        cursor.executemany(self._delete, [(key,) for key in keys])


_tables: dict[tuple[type[models.Model], str], Table] = {}


def table(model: type[models.Model], connection: BaseDatabaseWrapper) -> Table:
    """The model's table, made once for each kind of database."""
    wanted = (model, connection.vendor)
    if wanted not in _tables:
        _tables[wanted] = Table(model, connection)
    return _tables[wanted]
