"""Starting: one clear sentence for each thing that is in the way, and orphans of a killed supervisor are ended."""

import os
import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import psutil
import pytest

from citychain.city import supervision


@pytest.fixture
def home(tmp_path: Path, settings: Any) -> Path:
    settings.CITYCHAIN_HOME = tmp_path
    return tmp_path


def test_taken_port_is_named(home: Path, settings: Any) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        settings.CITYCHAIN_RPC_PORT = other.getsockname()[1]
        with pytest.raises(supervision.PortTaken) as caught:
            supervision.check_ports()
    assert caught.value.details["port"] == settings.CITYCHAIN_RPC_PORT
    assert "CITYCHAIN_RPC_PORT" in str(caught.value)


def test_full_disk_is_said_before_anything_starts(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = shutil.disk_usage(home)._replace(free=7 * 2**20)
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage)
    with pytest.raises(supervision.DiskFull) as caught:
        supervision.check_home()
    assert caught.value.details["free"] == 7


def test_state_folder_that_is_a_file_is_said(tmp_path: Path, settings: Any) -> None:
    settings.CITYCHAIN_HOME = tmp_path / "file"
    settings.CITYCHAIN_HOME.write_text("")
    with pytest.raises(supervision.HomeUnusable):
        supervision.check_home()


def test_nothing_runs_in_an_empty_home(home: Path) -> None:
    assert supervision.running() is None
    assert supervision.stop() is False
    assert set(supervision.workers().values()) == {None}


def test_process_id_of_another_program_is_not_a_running_city(home: Path) -> None:
    (home / "run").mkdir()
    (home / "run" / "supervisord.pid").write_text(str(os.getpid()))
    assert supervision.running() is None


def test_orphans_of_this_city_are_ended(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    command = [sys.executable, "-c", "import time; time.sleep(60)"]
    monkeypatch.setattr(supervision, "processes", lambda: {"node": command})
    ours = subprocess.Popen(command, env={**os.environ, "CITYCHAIN_HOME": str(home)})
    other = subprocess.Popen(command, env={**os.environ, "CITYCHAIN_HOME": str(home / "other")})
    try:
        time.sleep(0.2)
        assert supervision.end_orphans() == 1
        assert not psutil.pid_exists(ours.pid)
        assert other.poll() is None
    finally:
        other.kill()
        other.wait()
        if ours.poll() is None:
            ours.kill()


def test_configuration_escapes_percent_signs(home: Path, settings: Any) -> None:
    settings.CITYCHAIN_HOME = home / "100%"
    (home / "100%" / "run").mkdir(parents=True)
    written = supervision.write_configuration().read_text()
    assert f"pidfile={home}/100%%/run/supervisord.pid" in written
