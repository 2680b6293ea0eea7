"""The durable record of the embedded chain: an append-only file from which every block can be made again, bit for bit.

    file    = "citychain journal 1\n" record*        first record: genesis; then blocks, 1 upwards, and snapshots
    record  = size u32 | kind u8 | guard 4 bytes | body of `size` bytes | link 32 bytes        (big-endian)
    guard   = first 4 bytes of SHA-256(previous link | size | kind)
    link    = SHA-256(previous link | size | kind | body)                the first previous link is 32 zero bytes

A hash chain rather than a CRC: it also finds records swapped, repeated or taken from another journal, and hashlib's
SHA-256 costs about a millisecond for a megabyte. The guard says whether a size can be believed, and so tells a torn
last record (its size is right, its bytes end early) from damage to a size in the middle of the file.

A record is one write and one fsync. So only the last record can be torn; it was never called final, and it is cut.
Whoever reads gives the last block that was called final: an end before that one is damage, never a torn record.
"""

from __future__ import annotations

import errno
import hashlib
import logging
import os
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import msgspec

from citychain.network.errors import JournalDamaged, StorageFull
from citychain.network.genesis import write_durably

MAGIC = b"citychain journal 1\n"
START = bytes(32)
_HEAD = struct.Struct(">IB4s")
_GENESIS = struct.Struct(">Q32s32s")
_BLOCK = struct.Struct(">QQ32sI")
_SNAPSHOT = struct.Struct(">Q32s32s")
_LENGTH = struct.Struct(">I")
log = logging.getLogger(__name__)


class GenesisRecord(msgspec.Struct, frozen=True):
    """The network that this journal belongs to. `hash` is block 0's; anvil's does not commit to the opening balances,
    so the SHA-256 of genesis.json stands beside it."""

    chain_id: int
    hash: str
    sha256: str


class BlockRecord(msgspec.Struct, frozen=True):
    """All that is needed to make the block again: its time (UTC seconds) and raw transactions, in block order."""

    number: int
    time: int
    hash: str
    transactions: list[bytes]


class SnapshotRecord(msgspec.Struct, frozen=True):
    """The state after `block` (with hash `hash`) was dumped to a file with this SHA-256."""

    block: int
    hash: str
    sha256: str


Record = GenesisRecord | BlockRecord | SnapshotRecord


class Journal:
    """The one writer. Opening reads and checks every record and cuts a torn last one; memory holds no transactions."""

    def __init__(self, path: Path, final: int) -> None:
        """`final` is the last block number that was ever called final. Raises JournalDamaged, FileNotFoundError."""
        self.path = path
        self._open(final)

    def _open(self, final: int) -> None:
        path = self.path
        self.genesis, self.head, self.snapshot, end, self._link = _survey(path, final)
        if end < path.stat().st_size:
            log.warning(
                "The journal's last record was torn by a crash: %d bytes after block %d are cut. "
                "Nothing final is lost; what was sent in them will be sent again.",
                path.stat().st_size - end,
                self.head.number if self.head else 0,
            )
            os.truncate(path, end)
        self._end, self._broken = end, ""
        self._file = os.open(path, os.O_WRONLY | os.O_APPEND)
        os.fsync(self._file)

    @classmethod
    def create(cls, path: Path, genesis: GenesisRecord) -> Journal:
        """A new journal with its first record, durable. Raises FileExistsError."""
        if path.exists():
            raise FileExistsError(path)
        digests = (bytes.fromhex(genesis.hash[2:]), bytes.fromhex(genesis.sha256))
        record, _ = _pack(START, b"G", _GENESIS.pack(genesis.chain_id, *digests))
        write_durably(path, MAGIC + record)
        return cls(path, 0)

    def append(self, block: BlockRecord) -> None:
        """Durable when this returns. Raises StorageFull, after which the file ends as before.

        After a failed fsync nothing more is written: the kernel may have dropped the pages and call the next one good.
        """
        parts = [_BLOCK.pack(block.number, block.time, bytes.fromhex(block.hash[2:]), len(block.transactions))]
        for raw in block.transactions:
            parts += [_LENGTH.pack(len(raw)), raw]
        self._write(b"B", b"".join(parts))
        self.head = BlockRecord(block.number, block.time, block.hash, [])

    def confirm(self, snapshot: SnapshotRecord) -> None:
        """Record that a state file is the state after a block. Durable when this returns. Raises StorageFull."""
        digests = (bytes.fromhex(snapshot.hash[2:]), bytes.fromhex(snapshot.sha256))
        self._write(b"S", _SNAPSHOT.pack(snapshot.block, *digests))
        self.snapshot = snapshot

    def cut(self, block: int) -> None:
        """Forget every record after that of `block`. Only for blocks above final, under a finality lag (tests)."""
        end = next(
            e for record, e, _ in _scan(self.path, 0) if isinstance(record, BlockRecord) and record.number == block
        )
        self.close()
        os.truncate(self.path, end)
        self._open(0)

    def close(self) -> None:
        os.close(self._file)

    def _write(self, kind: bytes, body: bytes) -> None:
        if self._broken:
            raise StorageFull(reason=self._broken)
        record, link = _pack(self._link, kind, body)
        try:
            rest = memoryview(record)
            while rest:
                rest = rest[os.write(self._file, rest) :]
            self._sync()
        except OSError as error:
            self._undo()
            raise StorageFull(reason=error.strerror) from error
        self._end += len(record)
        self._link = link

    def _undo(self) -> None:
        try:
            os.truncate(self.path, self._end)
        except OSError as error:  # the next record would stand behind half a one
            self._broken = self._broken or os.strerror(error.errno or errno.EIO)

    def _sync(self) -> None:
        try:
            os.fsync(self._file)
        except OSError as error:
            self._broken = os.strerror(error.errno or errno.EIO)
            raise


def read(path: Path, final: int) -> Iterator[Record]:
    """Every whole record, checked, one at a time. Stops quietly at a torn last one. Raises JournalDamaged."""
    for record, _end, _link in _scan(path, final):
        yield record


def _survey(path: Path, final: int) -> tuple[GenesisRecord, BlockRecord | None, SnapshotRecord | None, int, bytes]:
    genesis, head, snapshot, end, link = None, None, None, 0, START
    for record, end, link in _scan(path, final):  # noqa: B007 - the last ones are the result
        if isinstance(record, GenesisRecord):
            genesis = record
        elif isinstance(record, BlockRecord):
            head = BlockRecord(record.number, record.time, record.hash, [])
        else:
            snapshot = record
    if genesis is None:
        raise JournalDamaged(block=0, reason="it does not begin with a genesis record")
    return genesis, head, snapshot, end, link


def _scan(path: Path, final: int) -> Iterator[tuple[Record, int, bytes]]:
    """Each record with the offset of its end and its link. A torn end is legal only above block `final`."""
    with path.open("rb") as file:
        size = os.fstat(file.fileno()).st_size
        if file.read(len(MAGIC)) != MAGIC:
            raise JournalDamaged(block=0, reason="it does not begin as a journal of version 1")
        link, block, time, end = START, 0, 0, len(MAGIC)
        while end < size:
            first = end == len(MAGIC)
            raw = _record(file, size - end, link, 0 if first else block + 1)
            if raw is None:
                break
            kind, body, link = raw
            record = _unpack(kind, body, block, first)
            if isinstance(record, BlockRecord):
                if record.time <= time:
                    raise JournalDamaged(block=record.number, reason="its time is not after its parent's")
                block, time = record.number, record.time
            end += _HEAD.size + len(body) + 32
            yield record, end, link
        if block < final:
            raise JournalDamaged(block=block + 1, reason=f"it ends here, but block {final} was final already")


def _record(file: BinaryIO, left: int, link: bytes, block: int) -> tuple[bytes, bytes, bytes] | None:
    """(kind, body, link) of the next record, or None where the file ends in a torn one."""
    head = file.read(_HEAD.size)
    if len(head) < _HEAD.size:
        return None
    size, number, guard = _HEAD.unpack(head)
    kind = bytes([number])
    if guard != hashlib.sha256(link + head[:5]).digest()[:4]:
        if _only_zeros(head, file):
            return None
        raise JournalDamaged(block=block, reason="the head of its record is not what was written")
    if left < _HEAD.size + size + 32:
        return None
    body = file.read(size)
    stored = file.read(32)
    expected = hashlib.sha256(link + head[:5] + body).digest()
    if stored != expected:
        if left == _HEAD.size + size + 32:
            return None
        raise JournalDamaged(block=block, reason="its record does not match its checksum")
    return kind, body, expected


def _only_zeros(head: bytes, file: BinaryIO) -> bool:
    """Whether the rest of the file was allotted by a crashed write but never filled."""
    if any(head):
        return False
    while chunk := file.read(1 << 20):
        if any(chunk):
            return False
    return True


def _unpack(kind: bytes, body: bytes, parent: int, first: bool) -> Record:
    try:
        if first != (kind == b"G"):
            raise ValueError("a genesis record is the first, and only the first")
        if kind == b"G":
            chain_id, digest, sha256 = _GENESIS.unpack(body)
            return GenesisRecord(chain_id, "0x" + digest.hex(), sha256.hex())
        if kind == b"S":
            block, digest, sha256 = _SNAPSHOT.unpack(body)
            return SnapshotRecord(block, "0x" + digest.hex(), sha256.hex())
        if kind != b"B":
            raise ValueError(f"unknown kind {kind!r}")
        number, time, digest, count = _BLOCK.unpack_from(body)
        if number != parent + 1:
            raise ValueError(f"block {number} follows block {parent}")
        offset, transactions = _BLOCK.size, []
        for _index in range(count):
            (size,) = _LENGTH.unpack_from(body, offset)
            offset += _LENGTH.size + size
            transactions.append(body[offset - size : offset])
        if offset != len(body):
            raise ValueError("its transactions do not fill the record")
    except (struct.error, ValueError) as error:
        raise JournalDamaged(block=parent + 1, reason=str(error)) from error
    return BlockRecord(number, time, "0x" + digest.hex(), transactions)


def _pack(link: bytes, kind: bytes, body: bytes) -> tuple[bytes, bytes]:
    head = len(body).to_bytes(4, "big") + kind
    guard = hashlib.sha256(link + head).digest()[:4]
    after = hashlib.sha256(link + head + body).digest()
    return head + guard + body + after, after
