"""What a projection answers with: changes of rows, as plain immutable values.

A projection is pure: a typed event and its log in, row changes out. It reads nothing, so that one event always gives
the same changes, whatever was read before.
"""

from collections.abc import Callable, Iterable
from typing import Any

import msgspec

from .models import ReadModel


class Log(msgspec.Struct, frozen=True, gc=False):
    """Where an event comes from. `time` is the block's, UTC seconds; `log_index` counts within the block; `contract`
    and `key` are the address book's names of the emitter."""

    block: int
    time: int
    tx: str
    log_index: int
    address: str
    contract: str
    key: str

    @property
    def id(self) -> int:
        """block * 2**20 + log_index: unique on the chain and in its order, the primary key of rows made by this log."""
        return (self.block << 20) + self.log_index


class Put(msgspec.Struct, frozen=True, gc=False):
    """A whole row by its primary key, replacing any there is. Fields left out take the model's default."""

    model: type[ReadModel]
    values: dict[str, Any]


class Change(msgspec.Struct, frozen=True, gc=False):
    """New values for some fields of an existing row. The indexer stops when there is no such row."""

    model: type[ReadModel]
    key: Any
    values: dict[str, Any]


class Add(msgspec.Struct, frozen=True, gc=False):
    """Integers added (or, negative, taken away). `row` holds the primary key; where there is no such row it is made
    from `row` and the model's defaults first."""

    model: type[ReadModel]
    row: dict[str, Any]
    amounts: dict[str, int]


class Delete(msgspec.Struct, frozen=True, gc=False):
    """An existing row goes. The indexer stops when there is no such row."""

    model: type[ReadModel]
    key: Any


RowChange = Put | Change | Add | Delete
Projection = Callable[[Any, Log], Iterable[RowChange]]
