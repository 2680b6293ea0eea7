"""A whole city as a person starts it: `citychain up` as a process, in a folder and on ports of its own."""

import json
import os
import re
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import psutil

#: The one primary action of a page's form.
ACT = "main form.form button.button:not(.button--quiet)"


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

    def up(self, seconds: float = 480) -> float:
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


def become(page: Any, city: City, persona: str) -> None:
    """From now on the browser acts as a persona; the page stays where it is. Danger: pages that are open don't know."""
    answer = page.context.request.get(city.url + "/")
    token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', answer.text())
    assert token is not None
    form = {"persona": persona, "next": "/", "csrfmiddlewaretoken": token[1]}
    assert page.context.request.post(city.url + "/act-as/", form=form, headers={"Origin": city.url}).ok
