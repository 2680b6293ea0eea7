"""`citychain doctor` names what is wrong and what to do, and changes nothing."""

import json
import socket
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from citychain.city import doctor, supervision
from citychain.network import anvil

pytestmark = pytest.mark.django_db(databases=["default", "readmodel"])


@pytest.fixture(autouse=True)
def installation(settings: Any, tmp_path: Path) -> None:
    """A state folder without a city, and ports that are free."""
    settings.CITYCHAIN_HOME = tmp_path
    with socket.socket() as one, socket.socket() as two, socket.socket() as three:
        for name, probe in (("CITYCHAIN_PORT", one), ("CITYCHAIN_RPC_PORT", two), ("CITYCHAIN_EVENTS_PORT", three)):
            probe.bind(("127.0.0.1", 0))
            setattr(settings, name, probe.getsockname()[1])


def found() -> dict[str, doctor.Finding]:
    return {finding.name: finding for finding in doctor.examine()}


def test_machine_that_is_ready_has_nothing_to_mend() -> None:
    assert {name: finding.state for name, finding in found().items()} == {
        "python": "good",
        "node program": "good",
        "portal files": "good",
        "state folder": "good",
        "ports": "good",
        "databases": "wait",
        "workers": "wait",
    }


def test_key_that_others_may_read_is_named_with_its_remedy(tmp_path: Path) -> None:
    keys = tmp_path / "keys"
    keys.mkdir(mode=0o700)
    (keys / "relayer.json").touch(mode=0o600)
    assert "keys" not in found()
    (keys / "relayer.json").chmod(0o644)
    assert (found()["keys"].state, found()["keys"].remedy) == ("bad", f"chmod go= {keys / 'relayer.json'}")


def test_taken_port_is_named(settings: Any) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", settings.CITYCHAIN_RPC_PORT))
        other.listen()
        finding = found()["ports"]
    assert finding.state == "bad"
    assert str(settings.CITYCHAIN_RPC_PORT) in str(finding.words)


def test_missing_program_and_full_disk_are_told_as_they_would_be_met(
    settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.CITYCHAIN_NODE_MODULES = tmp_path / "nowhere"
    monkeypatch.setattr(supervision, "LEAST_FREE_BYTES", 2**60)
    assert found()["programs"].state == "bad"
    assert "make install" in str(found()["programs"].words)
    assert found()["folder"].state == "bad"


def test_program_for_another_python_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "NEWEST", (3, 10))
    assert found()["python"].state == "bad"


def test_looking_changes_nothing(tmp_path: Path) -> None:
    doctor.examine()
    before = sorted(tmp_path.rglob("*"))
    doctor.examine()
    assert sorted(tmp_path.rglob("*")) == before


@pytest.mark.parametrize("broken", [False, True])
def test_command_tells_people_and_programs(
    broken: bool, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    if broken:
        monkeypatch.setattr(doctor, "NEWEST", (3, 10))
    for arguments in ([], ["--json"]):
        with pytest.raises(SystemExit) as ended:
            call_command("doctor", *arguments)
        assert ended.value.code == int(broken)
        said = capsys.readouterr().out
    states = {row["name"]: row["state"] for row in json.loads(said)}
    assert states["python"] == ("bad" if broken else "good")
    assert anvil.program().exists()
