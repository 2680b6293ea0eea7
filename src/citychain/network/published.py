"""What the node tells other processes, in two small files that are always replaced as a whole.

<home>/node/run.json    where the node answers; there only while it does (a killed node leaves it: try the socket)
<home>/node/final       the final block and the head; stays when the node stops
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TypeVar

import msgspec


class Running(msgspec.Struct, frozen=True):
    """`socket` speaks JSON-RPC, one line a message. `pid` is the node's."""

    pid: int
    socket: str
    chain_id: int
    genesis: str


class Final(msgspec.Struct, frozen=True):
    """The last block that will never change, and the number of the head (higher only under a finality lag)."""

    number: int
    hash: str
    time: int
    head: int


def read_running(home: Path) -> Running | None:
    return _read(home / "node" / "run.json", Running)


def read_final(home: Path) -> Final | None:
    return _read(home / "node" / "final", Final)


def publish(home: Path, value: Running | Final) -> None:
    """Not synced: it only repeats what the journal holds already."""
    path = home / "node" / ("run.json" if isinstance(value, Running) else "final")
    part = path.with_name(path.name + ".part")
    part.write_bytes(msgspec.json.encode(value))
    os.replace(part, path)  # noqa: PTH105 - half the time of Path.replace, and called for each block


def withdraw(home: Path) -> None:
    """The node no longer answers."""
    (home / "node" / "run.json").unlink(missing_ok=True)


T = TypeVar("T", Running, Final)


def _read(path: Path, kind: type[T]) -> T | None:
    try:
        return msgspec.json.decode(path.read_bytes(), type=kind)
    except (FileNotFoundError, msgspec.DecodeError):
        return None
