"""What a backup holds, and that a damaged one is never half restored. A whole city's: tests/test_installation.py."""

import gzip
import hashlib
import io
import json
import sqlite3
import tarfile
from pathlib import Path
from typing import Any

import pytest

from citychain.city.backup import BackupDamaged, BackupExists, HomeNotEmpty, NothingToBackUp, back_up, restore
from citychain.errors import NotFound

FILES = {
    "secret": b"s",
    "keys/relayer.json": b"{}",
    "node/genesis.json": b"{}",
    "node/final": b"7",
    "node/journal": b"records" * 1_000,
    "node/snapshot-5.json": b"a cache",
    "logs/node.log": b"",
    "readmodel.sqlite3": b"",
}
SAVED = ["city.sqlite3", "keys/relayer.json", "node/final", "node/genesis.json", "node/journal", "secret"]


@pytest.fixture
def home(settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A state folder with a database in which somebody writes just now."""
    home = tmp_path / "home"
    for name, content in FILES.items():
        (home / name).parent.mkdir(parents=True, exist_ok=True)
        (home / name).write_bytes(content)
    with sqlite3.connect(home / "city.sqlite3") as database:
        database.execute("CREATE TABLE request (id INTEGER)")
        database.execute("INSERT INTO request VALUES (7)")
    settings.CITYCHAIN_HOME = home
    from django.db import connections

    monkeypatch.setitem(connections["default"].settings_dict, "NAME", str(home / "city.sqlite3"))
    return home


@pytest.fixture
def elsewhere(settings: Any, tmp_path: Path) -> Path:
    """Where it is restored: a folder in which a command has run already."""
    other = tmp_path / "elsewhere"
    other.mkdir()
    (other / "secret").write_bytes(b"another")
    return other


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_backup_is_restored_file_by_file(home: Path, elsewhere: Path, settings: Any, tmp_path: Path) -> None:
    saved = back_up(tmp_path / "city.tar.gz")
    assert (sorted(saved.files), saved.database) == (SAVED, True)
    assert (tmp_path / "city.tar.gz").stat().st_mode & 0o777 == 0o600
    settings.CITYCHAIN_HOME = elsewhere
    assert restore(tmp_path / "city.tar.gz") == saved
    found = contents(elsewhere)
    assert sorted(found) == SAVED
    assert {name: found[name] for name in SAVED[1:]} == {name: FILES[name] for name in SAVED[1:]}
    with sqlite3.connect(elsewhere / "city.sqlite3") as database:
        assert database.execute("SELECT id FROM request").fetchall() == [(7,)]


def test_backup_takes_the_place_of_no_other(home: Path, tmp_path: Path) -> None:
    (tmp_path / "city.tar.gz").write_bytes(b"last week's")
    with pytest.raises(BackupExists):
        back_up(tmp_path / "city.tar.gz")
    assert (tmp_path / "city.tar.gz").read_bytes() == b"last week's"


def test_empty_folder_has_nothing_to_back_up(elsewhere: Path, settings: Any, tmp_path: Path) -> None:
    settings.CITYCHAIN_HOME = elsewhere
    with pytest.raises(NothingToBackUp):
        back_up(tmp_path / "city.tar.gz")


def test_city_is_never_restored_over_another(home: Path, tmp_path: Path) -> None:
    back_up(tmp_path / "city.tar.gz")
    before = contents(home)
    with pytest.raises(HomeNotEmpty):
        restore(tmp_path / "city.tar.gz")
    assert contents(home) == before


@pytest.mark.parametrize("kept", [0, 100, 0.5])
def test_cut_backup_restores_nothing(
    home: Path, elsewhere: Path, settings: Any, tmp_path: Path, kept: int | float
) -> None:
    back_up(tmp_path / "city.tar.gz")
    whole = (tmp_path / "city.tar.gz").read_bytes()
    (tmp_path / "cut").write_bytes(whole[: int(len(whole) * kept)] if isinstance(kept, float) else whole[:kept])
    _refused(elsewhere, settings, tmp_path / "cut")


def test_altered_backup_restores_nothing(home: Path, elsewhere: Path, settings: Any, tmp_path: Path) -> None:
    back_up(tmp_path / "city.tar.gz")
    plain = gzip.decompress((tmp_path / "city.tar.gz").read_bytes())
    (tmp_path / "altered").write_bytes(gzip.compress(plain.replace(b"recordsrecords", b"recordsRecords", 1)))
    _refused(elsewhere, settings, tmp_path / "altered")


def _refused(elsewhere: Path, settings: Any, file: Path) -> None:
    settings.CITYCHAIN_HOME = elsewhere
    before = contents(elsewhere)
    with pytest.raises(BackupDamaged):
        restore(file)
    assert contents(elsewhere) == before


@pytest.mark.parametrize("name", ["../outside", "/tmp/outside", "keys/../../outside"])
def test_archive_that_reaches_out_restores_nothing(elsewhere: Path, settings: Any, tmp_path: Path, name: str) -> None:
    with tarfile.open(tmp_path / "evil", "w:gz") as archive:
        entry = tarfile.TarInfo(name)
        entry.size = 1
        archive.addfile(entry, io.BytesIO(b"x"))
    _refused(elsewhere, settings, tmp_path / "evil")
    assert not (tmp_path / "outside").exists()


@pytest.mark.parametrize("name", ["../restoring/key", "{home}/restoring/key", "node/../key", "lost"])
def test_manifest_that_names_what_is_not_in_the_archive_restores_nothing(
    elsewhere: Path, settings: Any, tmp_path: Path, name: str
) -> None:
    """A name can lead out of the state folder although it leads to an unpacked file."""
    name = name.format(home=elsewhere)
    told = {"version": "0", "time": 0, "database": False, "files": {name: hashlib.sha256(b"x").hexdigest()}}
    with tarfile.open(tmp_path / "evil", "w:gz") as archive:
        for file, content in {"key": b"x", "manifest.json": json.dumps(told).encode()}.items():
            entry = tarfile.TarInfo(file)
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    _refused(elsewhere, settings, tmp_path / "evil")
    assert not (elsewhere.parent / "restoring").exists()


def test_missing_backup_is_named(elsewhere: Path, settings: Any, tmp_path: Path) -> None:
    settings.CITYCHAIN_HOME = elsewhere
    with pytest.raises(NotFound):
        restore(tmp_path / "no.tar.gz")


def test_restore_that_was_killed_goes_on(home: Path, elsewhere: Path, settings: Any, tmp_path: Path) -> None:
    back_up(tmp_path / "city.tar.gz")
    settings.CITYCHAIN_HOME = elsewhere
    (elsewhere / "restoring").mkdir()
    (elsewhere / "restoring" / "manifest.json").write_bytes(b"{}")
    (elsewhere / "keys").mkdir()
    restore(tmp_path / "city.tar.gz")
    assert sorted(contents(elsewhere)) == SAVED
