"""The engine's own doors. It opens a TCP port that we can't switch off; nobody may find it."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from citychain.network import launch, published
from citychain.network.anvil import Anvil, program
from citychain.network.embedded import EmbeddedNode
from citychain.network.errors import NodeUnavailable
from citychain.network.genesis import Genesis

LINUX = pytest.mark.skipif(sys.platform != "linux", reason="network namespaces are Linux")


def listening(pid: int) -> list[tuple[str, int]]:
    """Addresses that a process listens on, read in its own network namespace."""
    rows = [line.split() for line in Path(f"/proc/{pid}/net/tcp").read_text().splitlines()[1:]]
    inodes = {str(link.readlink()) for link in Path(f"/proc/{pid}/fd").iterdir() if link.is_symlink()}
    found = []
    for row in rows:
        if row[3] == "0A" and f"socket:[{row[9]}]" in inodes:
            address, port = row[1].split(":")
            found.append((socket.inet_ntoa(bytes.fromhex(address)[::-1]), int(port, 16)))
    return found


@LINUX
def test_anvil_is_out_of_reach_of_every_tcp_client(node: EmbeddedNode) -> None:
    pid = node._anvil.pid
    ((address, port),) = listening(pid)
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port), timeout=2)
    if Path(f"/proc/{pid}/ns/net").readlink() == Path("/proc/self/ns/net").readlink():
        assert re.fullmatch(r"127\.\d+\.\d+\.\d+", address) and address != "127.0.0.1"
    else:
        assert address == "0.0.0.0"
        assert [line.split(":")[0].strip() for line in Path(f"/proc/{pid}/net/dev").read_text().splitlines()[2:]] == [
            "lo"
        ]
        assert "LOCAL" not in Path(f"/proc/{pid}/net/fib_trie").read_text()


@LINUX
def test_anvil_without_namespaces_hides_behind_a_random_address(monkeypatch: pytest.MonkeyPatch) -> None:
    class Libc:
        def unshare(self, _flags: int) -> int:
            return -1

        def prctl(self, *_arguments: int) -> int:
            return 0

    started: list[list[str]] = []
    monkeypatch.setattr("citychain.network.launch.ctypes.CDLL", lambda *_a, **_k: Libc())
    monkeypatch.setattr("citychain.network.launch.os.execv", lambda _program, arguments: started.append(arguments))
    monkeypatch.setattr("citychain.network.launch.sys.argv", ["launch.py", str(os.getppid()), "anvil", "--quiet"])
    for _ in range(50):
        launch.main()
    hosts = {arguments[2] for arguments in started}
    assert len(hosts) >= 49
    assert all(re.fullmatch(r"127(\.\d{1,3}){3}", host) for host in hosts)
    assert all(arguments[3:] == ["--port", "0", "--quiet"] for arguments in started)


def test_anvil_socket_is_readable_by_its_owner_alone(node: EmbeddedNode) -> None:
    assert node.socket.parent.stat().st_mode & 0o777 == 0o700


def test_anvil_leaves_nothing_behind(node: EmbeddedNode) -> None:
    folder, pid = node.socket.parent, node._anvil.pid
    node.stop()
    assert not folder.exists()
    assert not psutil.pid_exists(pid)


def test_anvil_that_does_not_start_says_why(tmp_path: Path) -> None:
    (tmp_path / "genesis.json").write_text("{")
    with pytest.raises(NodeUnavailable) as failed:
        Anvil(Genesis(tmp_path / "genesis.json", 1, 1, ""))
    assert "genesis" in str(failed.value.details["reason"])


def test_anvil_not_installed_is_named(tmp_path: Path, settings: object) -> None:
    settings.CITYCHAIN_NODE_MODULES = tmp_path  # type: ignore[attr-defined]
    with pytest.raises(NodeUnavailable) as missing:
        program()
    assert "is not installed" in missing.value.details["reason"]


@LINUX
def test_anvil_dies_with_a_parent_that_is_killed(home: Path, open_node: Callable[..., EmbeddedNode]) -> None:
    code = (
        "import django, sys, time, pathlib; django.setup();"
        "from citychain.network.embedded import EmbeddedNode;"
        "node = EmbeddedNode(pathlib.Path(sys.argv[1])); node.start();"
        "print(node._anvil.pid, flush=True); time.sleep(60)"
    )
    parent = subprocess.Popen([sys.executable, "-c", code, str(home)], stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    pid = int(parent.stdout.readline())
    assert psutil.pid_exists(pid)
    parent.send_signal(signal.SIGKILL)
    parent.wait()
    parent.stdout.close()
    limit = time.monotonic() + 5
    while psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE and time.monotonic() < limit:
        time.sleep(0.02)
    assert not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    left = published.read_running(home)
    assert left is not None and Path(left.socket).parent.exists()
    open_node()
    assert not Path(left.socket).parent.exists()
