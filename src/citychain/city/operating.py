"""The operator's page: what runs, how far it is, what waits, what went wrong lately. It only looks.

Who may look: whoever acts as somebody in the sandbox, where nobody is real; elsewhere the accounts that the setting
CITYCHAIN_OPERATORS names, signed in with their wallets or passkeys.
"""

import datetime
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import psutil
from django.conf import settings
from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _

from citychain.chain import clock
from citychain.errors import NotAllowed, NotFound
from citychain.identity import acting
from citychain.outbox import queries as outbox

from . import doctor, supervision

#: Of each log the last so many bytes are looked through; the newest so many troubles are shown.
LOOKED_AT, TROUBLES = 200_000, 20
LINE = re.compile(r"(?P<time>\d{4}-\d\d-\d\d \d\d:\d\d:\d\d),\d+ (?P<level>WARNING|ERROR|CRITICAL) (?P<words>.*)")


class Trouble(NamedTuple):
    """A warning or an error in a log; `time` as the log has it, in the machine's time zone."""

    time: str
    worker: str
    level: str
    words: str


class Worker(NamedTuple):
    """A process of the city; without `pid` it does not run. `memory` in MB."""

    name: str
    pid: int | None
    since: datetime.datetime | None
    memory: float


def overview(request: HttpRequest) -> HttpResponse:
    """Raises NotSignedIn, NotAllowed."""
    _admit(request)
    waiting = outbox.backlog()
    context = {
        "findings": doctor.examine(),
        "workers": list(_workers()),
        "states": waiting.states,
        "age": None if waiting.oldest is None else max(0, clock.now() - waiting.oldest),
        "files": list(_files()),
        "troubles": _troubles(),
    }
    return render(request, "city/operator.html", context)


def log(request: HttpRequest, worker: str) -> HttpResponseBase:
    """A worker's log as a file. Raises NotSignedIn, NotAllowed, NotFound."""
    _admit(request)
    path = _log(worker)
    if worker not in supervision.processes() or not path.exists():
        raise NotFound(what=worker)
    return FileResponse(path.open("rb"), as_attachment=True, filename=f"{worker}.log", content_type="text/plain")


def _admit(request: HttpRequest) -> None:
    actor = acting.require(request)
    if not (settings.CITYCHAIN_SANDBOX and actor.persona) and not set(actor.accounts) & settings.CITYCHAIN_OPERATORS:
        raise NotAllowed(reason=_("only the city's operators see this page"))


def _log(worker: str) -> Path:
    return Path(settings.CITYCHAIN_HOME) / "logs" / f"{worker}.log"


def _workers() -> Iterator[Worker]:
    for name, pid in supervision.workers().items():
        try:
            process = psutil.Process(pid) if pid else None
            if process is None:
                yield Worker(name, None, None, 0)
                continue
            since = datetime.datetime.fromtimestamp(process.create_time(), datetime.UTC)
            family = (process, *process.children(recursive=True))
            yield Worker(name, pid, since, sum(member.memory_info().rss for member in family) / 2**20)
        except psutil.Error:
            yield Worker(name, None, None, 0)


def _files() -> Iterator[tuple[str, float]]:
    """The state folder's parts that grow, in MB."""
    home = Path(settings.CITYCHAIN_HOME)
    for pattern in ("node/journal*", "node/snapshot-*", "city.sqlite3*", "readmodel.sqlite3*", "logs/*"):
        size = sum(path.stat().st_size for path in home.glob(pattern))
        if size:
            yield pattern.rstrip("*-"), size / 2**20


def _troubles() -> list[Trouble]:
    """The newest first."""
    found = []
    for worker in supervision.processes():
        path = _log(worker)
        if path.exists():
            with path.open("rb") as file:
                file.seek(max(0, path.stat().st_size - LOOKED_AT))
                lines = file.read().decode(errors="replace").splitlines()
            found += [
                Trouble(match["time"], worker, match["level"], match["words"])
                for match in map(LINE.match, lines)
                if match
            ]
    return sorted(found, reverse=True)[:TROUBLES]
