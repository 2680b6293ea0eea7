"""A city's backup: one archive of everything that can't be read from the chain again, and of the chain itself.

It may be taken while the city runs. The outbox is copied first, then the journal: so the copy of the chain is never
behind what the copied outbox knows, and a request that was accepted in between is missing from both or carried out in
the chain alone. Read models, snapshots and logs are left out; the next start makes them anew.
"""

import contextlib
import hashlib
import io
import os
import shutil
import sqlite3
import tarfile
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import msgspec
from django.conf import settings
from django.db import connections
from django.utils.translation import gettext_lazy as _

from citychain import __version__
from citychain.chain import clock
from citychain.errors import Conflict, Damaged, NotFound

DATABASE = "city.sqlite3"
#: In this order; what a city does not have is left out. The journal comes last.
PARTS = ("secret", "vault", "metrics-token", "sandbox.json", "addresses.json", "deployment.json", "keys", "node")
OF_NODE = ("genesis.json", "final", "journal")
MANIFEST = "manifest.json"
#: What a folder may have that a backup is restored into: what commands make by themselves, and other engines.
MAY_BE_THERE = {"secret", "vault", "engines", "backups", "logs", "run", "restoring"}


class NothingToBackUp(NotFound):
    code = "nothing-to-back-up"
    message = _("There is no city at {home}.")


class BackupExists(Conflict):
    code = "backup-exists"
    message = _("{path} exists already. Nothing was changed.")


class BackupDamaged(Damaged):
    code = "backup-damaged"
    message = _("{path} is no whole backup: {reason}. Nothing was restored.")


class HomeNotEmpty(Conflict):
    code = "home-not-empty"
    message = _("There is a city at {home} already ({entry}). Restore into another folder, or reset it first.")


class Manifest(msgspec.Struct, frozen=True):
    """What an archive holds: SHA-256 of each file, by its name. `database` says whether the outbox is among them."""

    version: str
    time: int
    database: bool
    files: dict[str, str]


class _Hashing(io.RawIOBase):
    """Reads a file for the archive and hashes what was read."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self.digest = hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        data = self._file.read(size)
        self.digest.update(data)
        return data


def back_up(path: Path) -> Manifest:
    """Writes the archive (tar, gzip, readable by its owner alone), whole or not at all.

    A database elsewhere (PostgreSQL) is not in it: dump that first. Raises NothingToBackUp, BackupExists.
    """
    home: Path = settings.CITYCHAIN_HOME
    if not (home / "node" / "journal").exists():
        raise NothingToBackUp(home=home)
    if path.exists():
        raise BackupExists(path=path)
    draft = path.with_name(f"{path.name}.{os.getpid()}.partial")
    hashes: dict[str, str] = {}
    try:
        with tarfile.open(draft, "x:gz", compresslevel=6) as archive:
            with _database() as copy:
                if copy is not None:
                    hashes[DATABASE] = _add(archive, copy, DATABASE)
            for file in _files(home):
                name = str(file.relative_to(home))
                hashes[name] = _add(archive, file, name)
            manifest = Manifest(__version__, clock.now(), DATABASE in hashes, hashes)
            text = msgspec.json.encode(manifest)
            entry = tarfile.TarInfo(MANIFEST)
            entry.size, entry.mode = len(text), 0o600
            archive.addfile(entry, io.BytesIO(text))
        draft.rename(path)
    finally:
        draft.unlink(missing_ok=True)
    return manifest


def _files(home: Path) -> Iterator[Path]:
    for name in PARTS:
        part = home / name
        if name == "node":
            yield from (part / file for file in OF_NODE if (part / file).exists())
        elif part.is_dir():
            yield from sorted(file for file in part.rglob("*") if file.is_file())
        elif part.exists():
            yield part


@contextlib.contextmanager
def _database() -> Iterator[Path | None]:
    """A copy of the outbox as it is at one moment."""
    connection = connections["default"]
    if connection.vendor != "sqlite":
        yield None
        return
    with tempfile.TemporaryDirectory(dir=settings.CITYCHAIN_HOME) as folder:
        copy = Path(folder) / DATABASE
        source = Path(connection.settings_dict["NAME"]).as_uri()
        with (
            contextlib.closing(sqlite3.connect(f"{source}?mode=ro", uri=True, timeout=30)) as live,
            contextlib.closing(sqlite3.connect(copy)) as target,
        ):
            live.backup(target)
        yield copy


def _add(archive: tarfile.TarFile, file: Path, name: str) -> str:
    """Adds as much of the file as there is now, and returns its hash: the journal may grow meanwhile."""
    with file.open("rb") as content:
        entry = tarfile.TarInfo(name)
        stat = os.fstat(content.fileno())
        entry.size, entry.mode, entry.mtime = stat.st_size, 0o600, int(stat.st_mtime)
        hashing = _Hashing(content)
        archive.addfile(entry, hashing)
    return hashing.digest.hexdigest()


def _unpack(archive: tarfile.TarFile, folder: Path) -> set[str]:
    """Files alone, with names that stay in the folder: tarfile's own filters came with Python 3.11.4. Returns them."""
    names = set()
    for member in archive:
        target = (folder / member.name).resolve()
        content = archive.extractfile(member) if member.isfile() and target.is_relative_to(folder.resolve()) else None
        if content is None:
            raise tarfile.ExtractError(f"{member.name} has no place in a backup")
        target.parent.mkdir(parents=True, exist_ok=True)
        with content, target.open("xb") as file:
            shutil.copyfileobj(content, file)
        names.add(member.name)
    return names


def restore(path: Path) -> Manifest:
    """Unpacks an archive into the state folder, which must have no city, and checks every file.

    Until all is checked nothing is in its place; killed after that, the same call goes on. Raises NotFound,
    HomeNotEmpty, BackupDamaged.
    """
    home: Path = settings.CITYCHAIN_HOME
    if not path.exists():
        raise NotFound(what=path)
    draft = home / "restoring"
    for entry in sorted(home.iterdir()) if home.exists() and not (draft / MANIFEST).exists() else ():
        if entry.name not in MAY_BE_THERE:
            raise HomeNotEmpty(home=home, entry=entry.name)
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(parents=True)
    try:
        with tarfile.open(path, "r:gz") as archive:
            names = _unpack(archive, draft)
        manifest = msgspec.json.decode((draft / MANIFEST).read_bytes(), type=Manifest)
        for name, digest in manifest.files.items():
            if name not in names or ".." in Path(name).parts:
                raise BackupDamaged(path=path, reason=_("{name} is not what was saved").format(name=name))
            with (draft / name).open("rb") as file:
                if hashlib.file_digest(file, "sha256").hexdigest() != digest:
                    raise BackupDamaged(path=path, reason=_("{name} is not what was saved").format(name=name))
    except (OSError, EOFError, tarfile.TarError, msgspec.DecodeError) as problem:
        shutil.rmtree(draft)
        raise BackupDamaged(path=path, reason=problem) from problem
    except BackupDamaged:
        shutil.rmtree(draft)
        raise
    for name in manifest.files:
        target = home / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(draft / name, target)
    shutil.rmtree(draft)
    return manifest
