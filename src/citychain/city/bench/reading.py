"""Lookups and pages over HTTP: the seeded demonstration city, served by two workers of granian as in `citychain up`.

Nothing writes meanwhile. The peers are a view that returns "ok" through the same middleware, and a bare WSGI function.
"""

import contextlib
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import httpx
import psutil

from citychain.city import supervision

from . import load
from .rows import Row, row
from .small_city import free_port, scratch_environment, scratch_home

CONNECTIONS = 32
SECONDS = 3.0
#: Titles that requests go round, where not one page is asked for; the demonstration city has them all.
TITLES = range(1, 301)
OPEN_SHARE = 0.3
OK = "a view that returns ok"
BARE = "bare WSGI and sqlite3"


class Measured:
    """Runs of one thing."""

    def __init__(self) -> None:
        self.rates: list[float] = []
        self.p99: list[float] = []
        self.late: list[float] = []
        #: Seconds of processor for one answer: the server's, and the load generator's.
        self.server: list[float] = []
        self.client: list[float] = []


def run(say: Callable[[str], None], runs: int) -> list[Row]:
    """The rows of lookups and pages."""
    with scratch_home() as home:
        say("seeding a demonstration city to read from")
        seed(home)
        with serving(home, portal_command()) as portal, serving(home, _bare()) as bare:
            found = _measure(say, runs, portal, bare)
    ok, plain = found["ok"].rates, found["bare"].rates
    peers = {OK: ok, BARE: plain}
    rows = [
        row("block by number", "answers/s", found["block"].rates, peers=peers, goal=10_000),
        row("title by number, with owners, mortgages, history", "answers/s", found["title"].rates, peers=peers,
            goal=10_000),
        row("block by number through Django's API", "answers/s", found["api block"].rates, peers={OK: ok}, beside=OK,
            goal=0.45),
        row("title by number through Django's API", "answers/s", found["api title"].rates, peers={OK: ok}, beside=OK),
        row("page of one title", "answers/s", found["page"].rates, peers={OK: ok}, goal=1_500),
        row("page of one title, p99 at 32 connections", "ms", _ms(found["page"].p99), goal=60),
        row("page of one title, made anew each time", "answers/s", found["page anew"].rates, peers={OK: ok}),
        row("page of one title that the reader has (304)", "answers/s", found["page 304"].rates, peers={OK: ok},
            goal=5_000),
        row("title by number, p99 at 30 % of the greatest rate", "ms", _ms(found["title"].late), goal=10),
        row("page of one title, p99 at 30 % of the greatest rate", "ms", _ms(found["page"].late), goal=10),
    ]  # fmt: skip
    labels = {"block": "block by number", "title": "title by number", "page": "page", "page anew": "page made anew"}
    for name, label in labels.items():
        costs = {OK: _us(found["ok"].server), "load generator": _us(found[name].client)}
        rows.append(row(f"processor for one answer: {label}", "µs", _us(found[name].server), peers=costs))
    return rows


def _us(seconds: Sequence[float]) -> list[float]:
    return [1_000_000 * value for value in seconds]


def _ms(seconds: Sequence[float]) -> list[float]:
    return [1_000 * value for value in seconds]


class Server:
    """A portal that runs. `host` is what clients call it."""

    def __init__(self, port: int, process: subprocess.Popen[bytes]) -> None:
        self.address = ("127.0.0.1", port)
        self.host = f"localhost:{port}"
        self._process = psutil.Process(process.pid)

    def cpu(self) -> float:
        """Seconds of processor used so far, its workers' included."""
        family = [self._process, *self._process.children(recursive=True)]
        return sum(times.user + times.system for times in (member.cpu_times() for member in family))

    def get(self, path: str, **headers: str) -> bytes:
        return load.get(self.host, path, **headers)

    def head(self) -> int:
        """The newest block."""
        answer = httpx.get(f"http://127.0.0.1:{self.address[1]}/api/status").json()
        return int(answer["head"])

    def page(self, path: str) -> tuple[str, str]:
        """The ETag of a page, where it has one, and the cookies that a browser has after it."""
        with httpx.Client(base_url=f"http://127.0.0.1:{self.address[1]}", headers={"Host": self.host}) as browser:
            first = browser.get(path)
        return first.headers.get("ETag", ""), "; ".join(f"{name}={value}" for name, value in first.cookies.items())


def seed(home: str) -> None:
    command = [sys.executable, "-m", "citychain", "sandbox", "load"]
    environment = scratch_environment(home, CITYCHAIN_LOG="CRITICAL")
    subprocess.run(command, env=environment, stdout=subprocess.DEVNULL, check=True)


def portal_command() -> list[str]:
    return supervision.processes()["portal"]


def _bare() -> list[str]:
    return [*portal_command()[:-1], "citychain.city.bench.bare:application"]


@contextlib.contextmanager
def serving(home: str, command: list[str]) -> Iterator[Server]:
    port = free_port()
    command = list(command)
    command[command.index("--port") + 1] = str(port)
    environment = scratch_environment(home, CITYCHAIN_ORIGIN=f"http://localhost:{port}")
    with Path(home, "portal.log").open("wb") as log:
        process = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
        try:
            _wait(port, process)
            yield Server(port, process)
        finally:
            process.terminate()
            process.wait()


def _wait(port: int, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 30
    while True:
        try:
            httpx.get(f"http://127.0.0.1:{port}/api/blocks/1", timeout=5)
            return
        except httpx.TransportError:
            if time.monotonic() > deadline or process.poll() is not None:
                raise
            time.sleep(0.1)


def _measure(say: Callable[[str], None], runs: int, portal: Server, bare: Server) -> dict[str, Measured]:
    blocks = [f"/api/blocks/{number}" for number in range(portal.head())]
    titles = [f"/api/titles/{number}" for number in TITLES]
    pages = [f"/titles/{number}/" for number in TITLES]
    # A parameter is unusual: what is answered before Django, or kept, is then left to the API and to the view.
    contestants: dict[str, tuple[Server, list[str], int]] = {
        "ok": (portal, ["/healthz"], 200),
        "bare": (bare, blocks, 200),
        "block": (portal, blocks, 200),
        "title": (portal, titles, 200),
        "api block": (portal, [f"{path}?django" for path in blocks], 200),
        "api title": (portal, [f"{path}?django" for path in titles], 200),
        "page": (portal, pages[:1], 200),
        "page anew": (portal, [f"{path}?anew" for path in pages], 200),
        "page 304": (portal, pages[:1], 304),
    }
    found = {name: Measured() for name in contestants}
    for number in range(1, runs + 1):
        say(f"reading, run {number} of {runs}")
        for name, (server, paths, status) in contestants.items():
            requests = _requests(server, paths, status)
            before = server.cpu()
            loaded = load.closed(server.address, requests, status=status, connections=CONNECTIONS, seconds=SECONDS)
            found[name].rates.append(loaded.rate)
            found[name].p99.append(loaded.p99)
            found[name].server.append((server.cpu() - before) / (loaded.rate * SECONDS))
            found[name].client.append(loaded.cpu / loaded.rate)
        for name in ("title", "page"):
            server, paths, status = contestants[name]
            requests, rate = _requests(server, paths, status), OPEN_SHARE * found[name].rates[-1]
            found[name].late.append(load.opened(server.address, requests, rate=rate, seconds=SECONDS).p99)
    return found


def _requests(server: Server, paths: Sequence[str], status: int) -> list[bytes]:
    """Those of a browser that has been here before; for 304, one that has the page, within the minute that it holds."""
    if not paths[0].startswith("/titles/"):
        return [server.get(path) for path in paths]
    left = 60 - time.time() % 60
    time.sleep(left if left < 2 * SECONDS else 0)
    etag, cookies = server.page(paths[0])
    known = {"If_None_Match": etag} if status == 304 else {}
    return [server.get(path, Cookie=cookies, **known) for path in paths]
