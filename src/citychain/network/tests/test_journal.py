import errno
import io
import os
from pathlib import Path
from typing import Any

import pytest

from citychain.network.errors import JournalDamaged, StorageFull
from citychain.network.journal import MAGIC, BlockRecord, GenesisRecord, Journal, Record, SnapshotRecord, read

GENESIS = GenesisRecord(7, "0x" + "01" * 32, "02" * 32)
BLOCKS = [
    BlockRecord(1, 100, "0x" + "11" * 32, [b"first", b""]),
    BlockRecord(2, 101, "0x" + "22" * 32, []),
    BlockRecord(3, 160, "0x" + "33" * 32, [b"last" * 5]),
]
SNAPSHOT = SnapshotRecord(2, BLOCKS[1].hash, "ab" * 32)
RECORDS: list[Record] = [GENESIS, BLOCKS[0], BLOCKS[1], SNAPSHOT, BLOCKS[2]]


#: Bytes before a record's body.
HEAD = 9
#: Where the magic line and each record end.
ENDS: list[int] = []


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "journal"
    journal = Journal.create(path, GENESIS)
    ENDS[:] = [len(MAGIC), path.stat().st_size]
    for record in RECORDS[1:]:
        if isinstance(record, SnapshotRecord):
            journal.confirm(record)
        elif isinstance(record, BlockRecord):
            journal.append(record)
        ENDS.append(path.stat().st_size)
    journal.close()
    return path


def test_journal_gives_back_what_was_written(path: Path) -> None:
    assert list(read(path, 3)) == RECORDS
    journal = Journal(path, 3)
    assert (journal.genesis, journal.head, journal.snapshot) == (
        GENESIS,
        BlockRecord(3, 160, BLOCKS[2].hash, []),
        SNAPSHOT,
    )
    journal.append(BlockRecord(4, 161, "0x" + "44" * 32, [b"next"]))
    journal.close()
    assert [type(record) for record in read(path, 4)] == [type(record) for record in [*RECORDS, BLOCKS[0]]]


def test_journal_is_never_made_over_another(path: Path) -> None:
    with pytest.raises(FileExistsError):
        Journal.create(path, GENESIS)


def test_journal_cuts_a_last_record_torn_at_any_byte(path: Path, caplog: pytest.LogCaptureFixture) -> None:
    whole, start = path.read_bytes(), ENDS[-2]
    for end in range(start + 1, len(whole)):
        path.write_bytes(whole[:end])
        caplog.clear()
        journal = Journal(path, 2)
        assert journal.head is not None and journal.head.number == 2
        assert [record.levelname for record in caplog.records] == ["WARNING"]
        assert path.read_bytes() == whole[:start]
        journal.append(BLOCKS[2])
        journal.close()
        assert path.read_bytes() == whole


def test_journal_cuts_a_last_record_that_was_allotted_but_never_filled(path: Path) -> None:
    whole, start = path.read_bytes(), ENDS[-2]
    path.write_bytes(whole[:start] + bytes(len(whole) - start))
    Journal(path, 2).close()
    assert path.read_bytes() == whole[:start]


def test_journal_never_cuts_a_block_that_was_final(path: Path) -> None:
    whole, start = path.read_bytes(), ENDS[-2]
    for end in range(start, len(whole)):
        path.write_bytes(whole[:end])
        with pytest.raises(JournalDamaged) as damaged:
            Journal(path, 3)
        assert damaged.value.details["block"] == 3
        assert path.stat().st_size == end


def test_journal_finds_every_flipped_bit_and_names_the_block(path: Path) -> None:
    whole = path.read_bytes()
    named = [0, 0, 1, 2, 3, 3]
    for position in range(len(whole)):
        for bit in range(8):
            flipped = bytearray(whole)
            flipped[position] ^= 1 << bit
            path.write_bytes(flipped)
            with pytest.raises(JournalDamaged) as damaged:
                Journal(path, 3)
            record = next(index for index, end in enumerate(ENDS) if position < end)
            assert damaged.value.details["block"] == named[record]
            assert path.read_bytes() == flipped


def test_journal_finds_records_swapped_repeated_or_left_out(path: Path) -> None:
    whole, start = path.read_bytes(), ENDS[-2]
    second = ENDS[2]
    for changed in (
        whole + whole[start:],
        whole[:second] + whole[start:],
        whole[: len(MAGIC)] + whole[second:],
        whole[:second] + whole[start:] + whole[second:start],
    ):
        path.write_bytes(changed)
        with pytest.raises(JournalDamaged):
            list(read(path, 3))


def test_journal_refuses_what_is_not_a_journal(path: Path) -> None:
    for content in (b"", b"citychain journal 2\n", MAGIC):
        path.write_bytes(content)
        with pytest.raises(JournalDamaged) as damaged:
            Journal(path, 0)
        assert damaged.value.details["block"] == 0


def test_journal_on_a_full_disk_ends_as_before(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    journal, whole = Journal(path, 3), path.read_bytes()

    def half(descriptor: int, content: bytes) -> int:
        if len(content) < 10:
            raise OSError(errno.ENOSPC, "No space left on device")
        return os.pwrite(descriptor, content[: len(content) // 2], len(whole))

    monkeypatch.setattr("citychain.network.journal.os.write", half)
    with pytest.raises(StorageFull):
        journal.append(BlockRecord(4, 161, "0x" + "44" * 32, []))
    monkeypatch.undo()
    assert path.read_bytes() == whole
    journal.append(BlockRecord(4, 161, "0x" + "44" * 32, []))
    journal.close()
    assert len(list(read(path, 4))) == 6


def test_journal_writes_nothing_more_after_a_failed_fsync(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    journal, whole = Journal(path, 3), path.read_bytes()

    def fail(descriptor: int) -> None:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    monkeypatch.setattr("citychain.network.journal.os.fsync", fail)
    with pytest.raises(StorageFull):
        journal.confirm(SNAPSHOT)
    monkeypatch.undo()
    with pytest.raises(StorageFull):
        journal.append(BlockRecord(4, 161, "0x" + "44" * 32, []))
    assert path.read_bytes() == whole
    journal.close()
    again = Journal(path, 3)
    assert again.head == BlockRecord(3, 160, BLOCKS[2].hash, [])
    again.close()


@pytest.mark.parametrize("trouble", [errno.ENOSPC, errno.EIO])
def test_journal_killed_at_any_byte_of_a_write_serves_the_head_before(
    path: Path, monkeypatch: pytest.MonkeyPatch, trouble: int
) -> None:
    """The disk takes some bytes, piece by piece, then fails; neither going on nor starting anew finds a part of it."""
    whole, write, next_ = path.read_bytes(), os.write, BlockRecord(4, 161, "0x" + "44" * 32, [b"next"])
    monkeypatch.setattr("citychain.network.journal.os.fsync", lambda _: None)  # for speed
    for taken in range(HEAD + 52 + 4 + len(b"next") + 32):
        journal, left = Journal(path, 3), taken

        def some(descriptor: int, content: bytes) -> int:
            nonlocal left
            if not left:
                raise OSError(trouble, os.strerror(trouble))
            written = write(descriptor, content[: min(left, 7)])
            left -= written
            return written

        with monkeypatch.context() as disk:
            disk.setattr("citychain.network.journal.os.write", some)
            if taken % 2:  # the process is killed before it can take back what was written
                disk.setattr("citychain.network.journal.os.truncate", lambda *_: None)
            with pytest.raises(StorageFull) as full:
                journal.append(next_)
        assert full.value.details == {"reason": os.strerror(trouble)}
        assert journal.head == BlockRecord(3, 160, BLOCKS[2].hash, [])
        journal.close()
        assert path.stat().st_size == len(whole) + taken * (taken % 2)
        again = Journal(path, 3)
        assert (again.head, path.read_bytes()) == (BlockRecord(3, 160, BLOCKS[2].hash, []), whole)
        again.close()


def test_journal_that_cannot_take_back_half_a_record_writes_no_other(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    journal, whole, write = Journal(path, 3), path.read_bytes(), os.write

    def half(descriptor: int, content: bytes) -> int:
        if len(content) < 100:
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        return write(descriptor, content[:60])

    def fail(*_: object) -> None:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    next_ = BlockRecord(4, 161, "0x" + "44" * 32, [b"next" * 20])
    with monkeypatch.context() as disk:
        disk.setattr("citychain.network.journal.os.write", half)
        disk.setattr("citychain.network.journal.os.truncate", fail)
        with pytest.raises(StorageFull):
            journal.append(next_)
    with pytest.raises(StorageFull):
        journal.append(next_)
    journal.close()
    again = Journal(path, 3)
    assert path.read_bytes() == whole
    again.append(next_)
    again.close()
    assert len(list(read(path, 4))) == 6


def test_journal_is_read_whole_where_reads_are_short(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Short(io.FileIO):
        def readinto(self, buffer: Any) -> int | None:
            return super().readinto(memoryview(buffer)[:3])

    monkeypatch.setattr(Path, "open", lambda self, mode: io.BufferedReader(Short(str(self)), 16))
    assert list(read(path, 3)) == RECORDS
