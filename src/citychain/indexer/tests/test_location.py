"""Where DATABASE_URL says that the databases are."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from citychain.indexer.location import MOVED, databases

HOME = Path("/home/of/a/city")


def test_without_an_address_there_are_two_files() -> None:
    found = databases("", HOME)
    assert {alias: (made["ENGINE"], made["NAME"]) for alias, made in found.items()} == {
        "default": ("django.db.backends.sqlite3", HOME / "city.sqlite3"),
        "readmodel": ("django.db.backends.sqlite3", HOME / "readmodel.sqlite3"),
    }


def test_address_gives_two_schemas_of_one_database() -> None:
    found = databases("postgresql://anna:p%40ss@db.example:5433/city?sslmode=verify-full", HOME)
    for schema, made, last in (
        ("city", found["default"], "idle_in_transaction_session_timeout=60s"),
        ("readmodel", found["readmodel"], "synchronous_commit=off"),
    ):
        assert [made[name] for name in ("ENGINE", "NAME", "USER", "PASSWORD", "HOST", "PORT")] == [
            *("django.db.backends.postgresql", "city", "anna", "p@ss", "db.example", "5433")
        ]
        assert made["OPTIONS"] == {"sslmode": "verify-full", "options": f"-c search_path={schema} -c {last}"}


def test_socket_and_options_of_the_address_are_kept() -> None:
    made = databases("postgres:///city?host=/run/pg&options=-c%20work_mem%3D8MB", HOME)["default"]
    assert (made["NAME"], made["HOST"]) == ("city", "/run/pg")
    assert made["OPTIONS"]["options"].startswith("-c work_mem=8MB -c search_path=city ")


@pytest.mark.parametrize(
    "url",
    [
        "nonsense",
        "mysql://a:secret@host/city",
        "postgresql://a:secret@host/city?colour=red",
        "postgresql://a:secret@host",
        "postgresql://a:secret@[host/city",
        "host=localhost dbname=city",
    ],
)
def test_address_that_is_none_is_refused_in_one_sentence_without_its_password(url: str) -> None:
    with pytest.raises(ImproperlyConfigured) as refused:
        databases(url, HOME)
    expected = "DATABASE_URL is not an address like postgresql://user:password@host:5432/database."
    assert str(refused.value) == expected


def test_folder_of_a_city_that_was_moved_needs_the_address(tmp_path: Path) -> None:
    (tmp_path / MOVED).touch()
    with pytest.raises(ImproperlyConfigured, match="moved into PostgreSQL"):
        databases("", tmp_path)
    assert databases("postgresql:///city", tmp_path)["default"]["NAME"] == "city"


def test_command_with_a_wrong_address_is_bad_use(tmp_path: Path) -> None:
    environment = {**os.environ, "CITYCHAIN_HOME": str(tmp_path), "DATABASE_URL": "nonsense"}
    command = [sys.executable, "-m", "citychain", "status"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.splitlines() == [
        "citychain: DATABASE_URL is not an address like postgresql://user:password@host:5432/database."
    ]
