import io
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from citychain.city import supervision


@pytest.fixture
def home(settings: Any, tmp_path: Path) -> Path:
    home = tmp_path / "home"
    settings.CITYCHAIN_HOME = home
    (home / "node").mkdir(parents=True)
    (home / "node" / "journal").write_bytes(b"records")
    (home / "chain.json").write_text("{}")
    return home


def test_reset_keeps_everything_in_a_dated_backup(home: Path) -> None:
    call_command("reset", yes=True)
    (backup,) = (home / "backups").iterdir()
    assert [entry.name for entry in home.iterdir()] == ["backups"]
    assert (backup / "node" / "journal").read_bytes() == b"records"
    assert sorted(entry.name for entry in backup.iterdir()) == ["chain.json", "node"]


@pytest.mark.parametrize("words", ["", "y\n", "no\n"])
def test_reset_changes_nothing_without_a_yes(home: Path, monkeypatch: pytest.MonkeyPatch, words: str) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(words))
    with pytest.raises(CommandError) as refused:
        call_command("reset")
    assert refused.value.returncode == 2
    assert sorted(entry.name for entry in home.iterdir()) == ["chain.json", "node"]


def test_reset_goes_on_after_a_yes(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("yes\n"))
    call_command("reset")
    assert [entry.name for entry in home.iterdir()] == ["backups"]


def test_reset_refuses_while_the_city_runs(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supervision, "running", lambda: 4321)
    with pytest.raises(CommandError, match="4321"):
        call_command("reset", yes=True)
    assert sorted(entry.name for entry in home.iterdir()) == ["chain.json", "node"]
