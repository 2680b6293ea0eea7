"""Runs the city's processes under supervisord (PyPI: supervisor), which restarts what dies.

A worker that stops on purpose because a person must look (exit status 3) is left stopped; `citychain status` and the
portal say why. Starting order: node, gate, indexer, relayer, webhooks, event
stream, portal; stopped in reverse.
"""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import httpx
import psutil
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from citychain.chain.worker import STOPPED_ON_PURPOSE
from citychain.errors import CityError
from citychain.network.supervised import configuration

LEAST_FREE_BYTES = 500 * 2**20


class PortTaken(CityError):
    code = "port-taken"
    message = _("Port {port} ({what}) is taken by another program. Stop it, or set {variable} to a free port.")


class AlreadyRunning(CityError):
    code = "already-running"
    message = _("The city is already running (process {pid}). Stop it with: make down")


class DiskFull(CityError):
    code = "disk-full"
    message = _("Only {free} MB are free where {home} lies; at least {needed} MB are needed. Nothing was started.")


class HomeUnusable(CityError):
    code = "home-unusable"
    message = _("The state folder {home} can't be used: {reason}. Nothing was started.")


def processes() -> dict[str, list[str]]:
    """The city's processes in starting order, each with its command line."""
    citychain = [sys.executable, "-m", "citychain"]
    granian = [
        *[sys.executable, "-m", "granian", "--interface", "wsgi", "--host", "127.0.0.1"],
        *["--port", str(settings.CITYCHAIN_PORT), "--workers", "2", "--blocking-threads", "4"],
        *["--backlog", "1024", "--respawn-failed-workers", "--no-ws", "citychain.wsgi:application"],
    ]
    return {
        "node": [*citychain, "node", "run"],
        "gate": [*citychain, "gate", "run"],
        "indexer": [*citychain, "indexer", "run"],
        "relayer": [*citychain, "relayer", "run"],
        "webhooks": [*citychain, "webhooks", "run"],
        "events": [*citychain, "events", "run"],
        "portal": granian,
    }


def check_home() -> Path:
    """The state folder, made if missing. Raises HomeUnusable or DiskFull."""
    home: Path = settings.CITYCHAIN_HOME
    try:
        for folder in (home, home / "run", home / "logs"):
            folder.mkdir(parents=True, exist_ok=True)
        home.chmod(0o700)
        probe = home / "run" / "probe"
        probe.write_bytes(b"x" * 4096)
        probe.unlink()
        for file in home.glob("*.sqlite3"):
            file.open("rb").close()
    except OSError as problem:
        raise HomeUnusable(home=home, reason=problem.strerror or problem) from problem
    if (home / "restoring").exists():
        raise HomeUnusable(home=home, reason=_("a backup was only half restored; run citychain restore again"))
    free = shutil.disk_usage(home).free
    if free < LEAST_FREE_BYTES:
        raise DiskFull(home=home, free=free // 2**20, needed=LEAST_FREE_BYTES // 2**20)
    return home


def check_ports() -> None:
    """Raises PortTaken when a port that the city opens is in use."""
    for port, what, variable in (
        (settings.CITYCHAIN_PORT, "portal", "CITYCHAIN_ORIGIN"),
        (settings.CITYCHAIN_RPC_PORT, "RPC gate", "CITYCHAIN_RPC_PORT"),
        (settings.CITYCHAIN_EVENTS_PORT, "event stream", "CITYCHAIN_EVENTS_PORT"),
    ):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError as problem:
                raise PortTaken(port=port, what=what, variable=variable) from problem


def running() -> int | None:
    """The supervisor's process id when the city of this state folder is up."""
    try:
        pid = int((settings.CITYCHAIN_HOME / "run" / "supervisord.pid").read_text())
        process = psutil.Process(pid)
        alive = process.status() != psutil.STATUS_ZOMBIE and "supervisor.supervisord" in process.cmdline()
        return pid if alive else None
    except (OSError, ValueError, psutil.Error):
        return None


def workers() -> dict[str, int | None]:
    """Each process's id, or None while it is not running. Found by command line below the supervisor."""
    pid = running()
    found: dict[str, int | None] = dict.fromkeys(processes())
    try:
        children = psutil.Process(pid).children() if pid else []
        for child in children:
            command = child.cmdline()
            for name, expected in processes().items():
                if command[1:] == expected[1:] and child.status() != psutil.STATUS_ZOMBIE:
                    found[name] = child.pid
    except psutil.NoSuchProcess:
        pass
    return found


def end_orphans() -> int:
    """Ends processes of this city that outlived a supervisor killed with -9; returns how many.

    They are known by their command line, by having no parent but init, and by the state folder in their environment.
    """
    ended = []
    commands = [command[1:] for command in processes().values()]
    for process in psutil.process_iter(["cmdline", "ppid", "pid"]):
        try:
            if (process.info["cmdline"] or [])[1:] in commands and process.pid != os.getpid() and _orphan(process):
                process.terminate()
                ended.append(process)
        except psutil.Error:
            continue
    _gone, alive = psutil.wait_procs(ended, timeout=5)
    for process in alive:
        process.kill()
    return len(ended)


def _orphan(process: psutil.Process) -> bool:
    parent = process.parent()
    home = process.environ().get("CITYCHAIN_HOME")
    ours = home is not None and Path(home).resolve() == settings.CITYCHAIN_HOME
    return ours and (parent is None or "supervisord" not in " ".join(parent.cmdline()))


def write_configuration() -> Path:
    """supervisord's configuration, in <home>/run; returns its path."""
    home: Path = settings.CITYCHAIN_HOME
    return configuration(
        run=home / "run", logs=home / "logs", processes=processes(), stopped_on_purpose=STOPPED_ON_PURPOSE
    )


def healthy() -> bool:
    """Whether the portal answers and the event stream, which its pages listen to, takes connections."""
    try:
        socket.create_connection(("127.0.0.1", settings.CITYCHAIN_EVENTS_PORT), timeout=1).close()
        return httpx.get(f"http://127.0.0.1:{settings.CITYCHAIN_PORT}/healthz", timeout=1).status_code == 200
    except (OSError, httpx.HTTPError):
        return False


def run(say: Callable[[str], None], welcome: Callable[[], None]) -> int:
    """Starts everything, calls `welcome` when the city is healthy, stays until stopped. Returns the exit status."""
    written = write_configuration()
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "citychain.settings",
        "CITYCHAIN_HOME": str(settings.CITYCHAIN_HOME),
    }
    supervisor = subprocess.Popen(
        [sys.executable, "-m", "supervisor.supervisord", "--nodaemon", "--silent", "-c", str(written)],
        env=environment,
        start_new_session=True,
    )

    def stop(number: int, frame: object) -> None:
        say("Stopping the city …")
        supervisor.terminate()

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, stop)
    deadline = time.monotonic() + 60
    greeted = False
    while supervisor.poll() is None:
        if not greeted and healthy():
            greeted = True
            welcome()
        elif not greeted and time.monotonic() > deadline:
            deadline = float("inf")
            say(f"The portal does not answer yet; the logs are in {settings.CITYCHAIN_HOME / 'logs'}")
        time.sleep(0.2)
    return 0 if supervisor.returncode in (0, -signal.SIGTERM) else 1


def stop(timeout: float = 60) -> bool:
    """Stops the running city cleanly. False when none was running."""
    pid = running()
    if pid is None:
        return False
    os.kill(pid, signal.SIGTERM)
    deadline = time.monotonic() + timeout
    while running() is not None and time.monotonic() < deadline:
        time.sleep(0.1)
    return True
