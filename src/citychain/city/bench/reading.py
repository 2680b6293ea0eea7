"""Lookups and pages over HTTP: the seeded demonstration city, served by two workers of granian as in `citychain up`.

Nothing writes meanwhile. The peers are a view that returns "ok" through the same middleware, and a bare WSGI function.
"""

import contextlib
import os
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
from .small_city import free_port, scratch_home

CONNECTIONS = 32
SECONDS = 3.0
#: Titles that the requests go round; the demonstration city has them all.
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
        self.shares: list[tuple[float, float]] = []


def run(say: Callable[[str], None], runs: int) -> list[Row]:
    """The rows of lookups and pages."""
    with scratch_home() as home:
        say("seeding a demonstration city to read from")
        _load(home)
        with _serving(home, _portal()) as portal, _serving(home, _bare()) as bare:
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
        row("page of one title that the reader has (304)", "answers/s", found["page 304"].rates, peers={OK: ok},
            goal=5_000),
        row("title by number, p99 at 30 % of the greatest rate", "ms", _ms(found["title"].late), goal=10),
        row("page of one title, p99 at 30 % of the greatest rate", "ms", _ms(found["page"].late), goal=10),
    ]  # fmt: skip
    for name, label in (("title", "title by number"), ("page", "page of one title")):
        server, client = zip(*found[name].shares, strict=True)
        rows.append(row(f"{label}: processor of the portal", "cores", server, peers={"load generator": client}))
    return rows


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

    def etag(self, path: str) -> tuple[str, str]:
        """The ETag of a page, and the cookies that it came with; a browser sends both."""
        first = httpx.get(f"http://127.0.0.1:{self.address[1]}{path}", headers={"Host": self.host})
        cookies = "; ".join(f"{name}={value}" for name, value in first.cookies.items())
        headers = {"Host": self.host, "Cookie": cookies}
        return httpx.get(f"http://127.0.0.1:{self.address[1]}{path}", headers=headers).headers["ETag"], cookies


def _load(home: str) -> None:
    command = [sys.executable, "-m", "citychain", "sandbox", "load"]
    ports = {"CITYCHAIN_HOME": home, "CITYCHAIN_RPC_PORT": str(free_port()), "CITYCHAIN_LOG": "CRITICAL"}
    subprocess.run(command, env={**os.environ, **ports}, stdout=subprocess.DEVNULL, check=True)


def _portal() -> list[str]:
    return supervision.processes()["portal"]


def _bare() -> list[str]:
    return [*_portal()[:-1], "citychain.city.bench.bare:application"]


@contextlib.contextmanager
def _serving(home: str, command: list[str]) -> Iterator[Server]:
    port = free_port()
    command = list(command)
    command[command.index("--port") + 1] = str(port)
    environment = {
        **os.environ,
        "CITYCHAIN_HOME": home,
        "CITYCHAIN_ORIGIN": f"http://localhost:{port}",
        "CITYCHAIN_LOG": "ERROR",
    }
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
    etag, cookies = portal.etag("/titles/1/")
    contestants: dict[str, tuple[Server, list[bytes], int]] = {
        "ok": (portal, [portal.get("/healthz")], 200),
        "bare": (bare, [bare.get(path) for path in blocks], 200),
        "block": (portal, [portal.get(path) for path in blocks], 200),
        "title": (portal, [portal.get(path) for path in titles], 200),
        # A parameter that the API ignores: our handler leaves whatever is unusual to Django.
        "api block": (portal, [portal.get(f"{path}?django") for path in blocks], 200),
        "api title": (portal, [portal.get(f"{path}?django") for path in titles], 200),
        "page": (portal, [portal.get(f"/titles/{number}/") for number in TITLES], 200),
        "page 304": (portal, [portal.get("/titles/1/", If_None_Match=etag, Cookie=cookies)], 304),
    }
    found = {name: Measured() for name in contestants}
    for number in range(1, runs + 1):
        say(f"reading, run {number} of {runs}")
        for name, (server, requests, status) in contestants.items():
            before = server.cpu()
            loaded = load.closed(server.address, requests, status=status, connections=CONNECTIONS, seconds=SECONDS)
            found[name].rates.append(loaded.rate)
            found[name].p99.append(loaded.p99)
            found[name].shares.append(((server.cpu() - before) / SECONDS, loaded.cpu))
        for name in ("title", "page"):
            server, requests, status = contestants[name]
            late = load.opened(server.address, requests, rate=OPEN_SHARE * found[name].rates[-1], status=status)
            found[name].late.append(late.p99)
    return found
