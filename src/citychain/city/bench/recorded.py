"""A chain that is a list: logs that a measurement makes from the contracts' own ABI, for the real indexer to read.

For measuring how a large city is indexed and read, where making it through contracts would take an hour. Nothing else
may use it: whatever is measured about writing runs on a real node.
"""

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from citychain.chain.abi import Event
from citychain.chain.addressbook import AddressBook
from citychain.chain.answers import Header, RawLog
from citychain.chain.artifacts import artifact
from citychain.chain.codec import encode
from citychain.chain.hashing import keccak

NOTHING = "0x" + "00" * 32


class Recorded:
    """Blocks of `events`, each (seconds, events of one block); answers what the indexer asks of a node."""

    def __init__(self, book: AddressBook, blocks: Iterable[tuple[int, Sequence[Event]]]) -> None:
        self._book = book
        self._headers: list[Header] = [_header(0, NOTHING, 0)]
        self._logs: list[list[RawLog]] = [[]]
        for seconds, events in blocks:
            header = _header(len(self._headers), self._headers[-1].hash, seconds)
            self._headers.append(header)
            self._logs.append([self._log(header, place, event) for place, event in enumerate(events)])

    @property
    def logs_made(self) -> int:
        return sum(map(len, self._logs))

    def head(self) -> Header:
        return self._headers[-1]

    final = head

    def header(self, number: int) -> Header | None:
        return self._headers[number] if number < len(self._headers) else None

    def headers(self, first: int, last: int) -> list[Header]:
        return self._headers[first : last + 1]

    def logs(self, first: int, last: int, addresses: list[str]) -> list[RawLog]:
        return [log for block in self._logs[first : last + 1] for log in block]

    def _log(self, header: Header, place: int, event: Event) -> RawLog:
        tx = header.hash[:-4] + f"{place:04x}"
        address = self._book.address(event.contract)
        return RawLog(address, *_encoded(event), header.number, header.hash, tx, place, place)


def _header(number: int, parent: str, seconds: int) -> Header:
    return Header(number, "0x" + keccak(b"recorded %d" % number).hex(), parent, seconds, [], 0, 0)


def _encoded(event: Event) -> tuple[list[str], bytes]:
    """Topics and data, as the contract would have logged it."""
    inputs = _inputs(event.contract, type(event).__name__)
    values = [getattr(event, one["name"]) for one in inputs]
    indexed = [(_kind(one), value) for one, value in zip(inputs, values, strict=True) if one["indexed"]]
    rest = [(_kind(one), value) for one, value in zip(inputs, values, strict=True) if not one["indexed"]]
    topics = ["0x" + encode((kind,), (value,)).hex() for kind, value in indexed]
    return [event.topic, *topics], encode(tuple(kind for kind, _value in rest), [value for _kind, value in rest])


_known: dict[tuple[str, str], list[dict[str, Any]]] = {}


def _inputs(contract: str, name: str) -> list[dict[str, Any]]:
    if (contract, name) not in _known:
        abi: list[dict[str, Any]] = msgspec.to_builtins(artifact(contract).abi)
        [found] = [one["inputs"] for one in abi if one["type"] == "event" and one["name"] == name]
        _known[contract, name] = found
    return _known[contract, name]


def _kind(one: dict[str, Any]) -> str:
    """The canonical type, structs written out."""
    if not one["type"].startswith("tuple"):
        return str(one["type"])
    return f"({','.join(map(_kind, one['components']))}){one['type'].removeprefix('tuple')}"
