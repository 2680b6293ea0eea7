"""A whole city as a person starts it: `citychain up` as a process, in a folder and on ports of its own."""

import json
import os
import re
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome") or shutil.which("chromium-browser")
FLAGS = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-sync"]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """All journeys share one city, so they run in one of pytest-xdist's processes; others name their own."""
    for item in items:
        if Path(__file__).parent in item.path.parents and item.get_closest_marker("xdist_group") is None:
            item.add_marker(pytest.mark.xdist_group("city"))


class City:
    """Start, kill and ask a city; everything through commands and HTTP, as its operator would.

    `program` is the citychain to run, the checkout's unless another is named.
    """

    def __init__(self, home: Path, program: tuple[str, ...] = (sys.executable, "-m", "citychain")) -> None:
        self.home = home
        self.program = program
        ports = [_free_port() for _ in range(3)]
        self.url = f"http://localhost:{ports[0]}"
        self.environment = {
            **os.environ,
            "CITYCHAIN_HOME": str(home),
            "CITYCHAIN_ORIGIN": self.url,
            "CITYCHAIN_RPC_PORT": str(ports[1]),
            "CITYCHAIN_EVENTS_PORT": str(ports[2]),
            "LC_ALL": "C.UTF-8",
        }
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def log(self) -> Path:
        """What `citychain up` says."""
        return self.home / "up.log"

    def up(self, seconds: float = 240) -> float:
        """Starts the city and returns the seconds until it said that it is up."""
        started = time.monotonic()
        command = [*self.program, "up"]
        with self.log.open("wb") as output:
            self.process = subprocess.Popen(command, env=self.environment, stdout=output, stderr=output)
        while time.monotonic() - started < seconds and self.process.poll() is None:
            if f"citychain is up: {self.url}" in self.log.read_text():
                return time.monotonic() - started
            time.sleep(0.1)
        raise AssertionError(self.log.read_text()[-4000:])

    def kill(self) -> None:
        """kill -9 of everything, at once."""
        assert self.process is not None
        family = [psutil.Process(self.process.pid), *psutil.Process(self.process.pid).children(recursive=True)]
        for member in family:
            try:
                member.kill()
            except psutil.NoSuchProcess:
                continue
        psutil.wait_procs(family, timeout=10)
        self.process.wait(10)

    def down(self) -> None:
        self.command("down")
        if self.process is not None:
            self.process.wait(60)

    def command(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        command = [*self.program, *arguments]
        return subprocess.run(command, env=self.environment, capture_output=True, text=True, check=False, timeout=120)

    def json(self, *arguments: str) -> Any:
        """A command's --json answer; fails when its exit status is not 0."""
        done = self.command(*arguments, "--json")
        assert done.returncode == 0, done.stdout + done.stderr
        return json.loads(done.stdout)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@pytest.fixture(scope="session")
def city(tmp_path_factory: pytest.TempPathFactory) -> Iterator[City]:
    """A seeded city that runs; shared by all journeys."""
    running = City(tmp_path_factory.mktemp("city"))
    running.up()
    yield running
    running.down()


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """A real chromium; without one the journeys are skipped, unless CITYCHAIN_REQUIRE_ALL is set."""
    if CHROMIUM is None:
        message = "no chromium on this machine: install the package chromium to run the journeys"
        if os.environ.get("CITYCHAIN_REQUIRE_ALL") == "1":
            pytest.fail(message)
        pytest.skip(message)
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield launched
        launched.close()


@pytest.fixture(params=["zh-hans", "en"])
def visitor(request: pytest.FixtureRequest, browser: Any, city: City) -> Any:
    """A page in one language that fails the test on a script error, a CSP violation or a third-party request."""
    context = browser.new_context(viewport={"width": 390 if request.param == "en" else 1440, "height": 900})
    context.add_cookies([{"name": "django_language", "value": request.param, "url": city.url}])
    page = context.new_page()
    page.language = request.param
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on("console", lambda message: problems.append(message.text) if message.type == "error" else None)
    page.on("request", lambda made: problems.append(made.url) if _foreign(made.url) else None)
    yield page
    context.close()
    assert problems == []


def _foreign(url: str) -> bool:
    return not re.match(r"(http://localhost:\d+/|data:|blob:)", url)
