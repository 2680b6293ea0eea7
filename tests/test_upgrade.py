"""An upgrade is rehearsed on a copy of a running city: each app goes back by one migration and forward."""

import contextlib
import shutil
import sqlite3
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.operations import CreateModel

from .city import City

DATABASES = ("city.sqlite3", "readmodel.sqlite3")


@pytest.fixture
def copied(city: City, tmp_path: Path) -> City:
    """The same state in another folder, before the same node. Both files are copied while the city runs."""
    copy = City(tmp_path)
    copy.environment["CITYCHAIN_RPC_URL"] = f"http://127.0.0.1:{city.environment['CITYCHAIN_RPC_PORT']}"
    for name in DATABASES:
        with (
            contextlib.closing(sqlite3.connect(city.home / name)) as live,
            contextlib.closing(sqlite3.connect(tmp_path / name)) as target,
        ):
            live.backup(target)
    for name in ("addresses.json", "sandbox.json", "secret"):
        shutil.copy(city.home / name, tmp_path / name)
    shutil.copytree(city.home / "keys", tmp_path / "keys")
    return copy


def _done(finished: subprocess.CompletedProcess[str]) -> str:
    assert finished.returncode == 0, finished.stdout + finished.stderr
    return finished.stdout


def _rows(path: Path) -> dict[str, list[Any]]:
    """Every table's rows, but of what Django keeps about migrations itself."""
    with contextlib.closing(sqlite3.connect(path)) as connection:
        names = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        kept = [name for name in names if not name.startswith(("django_", "sqlite_", "auth_"))]
        return {name: sorted(connection.execute(f'SELECT * FROM "{name}"'), key=repr) for name in kept}


#: Runs in the copy, in one process: every app of ours one migration back in both databases, then all forward.
REHEARSAL = """
import django
django.setup()
from django.apps import apps
from django.core.management import call_command
from django.db.migrations.loader import MigrationLoader

known = sorted(MigrationLoader(None).disk_migrations)
ours = {config.label for config in apps.get_app_configs() if config.name.startswith("citychain.")}
steps = {app: [name for label, name in known if label == app] for app in sorted(ours)}
for database in ("default", "readmodel"):
    for app, names in steps.items():
        if len(names) > 1:
            call_command("migrate", app, names[-2], database=database, verbosity=0, skip_checks=True)
            print(app, names[-2])
    call_command("migrate", database=database, verbosity=0, skip_checks=True)
"""


def _made_last() -> set[str]:
    """Tables that the last migration of an app makes: what is in them has nowhere to be before it."""
    found = MigrationLoader(None).disk_migrations
    last = {app: max(name for label, name in found if label == app) for app, _name in found}
    counts = Counter(app for app, _name in found)
    return {
        f"{app}_{operation.name_lower}"
        for app, name in last.items()
        if counts[app] > 1
        for operation in found[app, name].operations
        if isinstance(operation, CreateModel)
    }


def test_databases_go_back_by_a_migration_and_forward_again(copied: City) -> None:
    before = _rows(copied.home / DATABASES[0])
    environment = {**copied.environment, "DJANGO_SETTINGS_MODULE": "citychain.settings"}
    command = [sys.executable, "-c", REHEARSAL]
    rehearsed = _done(subprocess.run(command, env=environment, capture_output=True, text=True, check=False))
    assert len(rehearsed.splitlines()) > 4
    after, made = _rows(copied.home / DATABASES[0]), _made_last()
    assert {name: len(rows) for name, rows in after.items() if name not in made} == {
        name: len(rows) for name, rows in before.items() if name not in made
    }
    _done(copied.command("rebuild"))
    _done(copied.command("rebuild", "--check"))
