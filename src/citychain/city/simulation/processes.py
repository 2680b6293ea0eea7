"""The processes of one episode: started, killed, paused and watched by the simulation, which is their supervisor."""

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

from citychain.chain.worker import STOPPED_ON_PURPOSE

#: In starting order.
WORKERS = ("node", "gate", "indexer", "relayer", "portal")
#: Seconds after which a process that ended by itself is started again, and in which the node must answer a command.
RESTART_SECONDS, NODE_SECONDS = 0.3, 20


class Processes:
    """Workers of the city in `home`, with logs in `home.parent`. Ports are those of the gate and the portal."""

    def __init__(self, home: Path, clock: Path, *, gate: int, portal: int, proxy: int) -> None:
        self.home = home
        self.logs = home.parent
        self.kills: Counter[str] = Counter()
        #: Last words of workers that ended by themselves.
        self.crashes: Counter[str] = Counter()
        #: Workers that stopped on purpose, because a person would have to look; they are not started again.
        self.stopped: set[str] = set()
        self._arguments = {"node": [str(self.logs / "node.sock")], "portal": [str(portal)]}
        self._pids: dict[str, int] = {}
        self._paused: set[str] = set()
        #: When each worker that does not run is started again (time.monotonic); missing: not before somebody says so.
        self._due: dict[str, float] = {}
        self._statuses: dict[int, int] = {}
        environment = {
            **os.environ,
            "CITYCHAIN_HOME": str(home),
            "CITYCHAIN_RPC_URL": f"http://127.0.0.1:{proxy}",
            "CITYCHAIN_RPC_PORT": str(gate),
            "CITYCHAIN_ORIGIN": f"http://localhost:{portal}",
            "DJANGO_SETTINGS_MODULE": "citychain.settings",
        }
        self._launcher = subprocess.Popen(
            [sys.executable, "-m", "citychain.city.simulation.launcher", str(clock)],
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def _ask(self, question: dict[str, Any]) -> Any:
        assert self._launcher.stdin is not None and self._launcher.stdout is not None
        print(json.dumps(question), file=self._launcher.stdin, flush=True)
        return json.loads(self._launcher.stdout.readline())

    def _fork(self, job: str, *arguments: str) -> int:
        log = str(self.logs / f"{job}.log")
        pid: int = self._ask({"start": job, "arguments": arguments, "log": log})["pid"]
        return pid

    def _reap(self) -> None:
        self._statuses |= dict(self._ask({"reap": None})["ended"])

    def _runs(self, name: str) -> bool:
        """Whether it was started and has not ended; one that has ended is left to `tend`."""
        self._reap()
        return name in self._pids and self._pids[name] not in self._statuses

    # --- workers ----------------------------------------------------------------------------------------------------

    def start(self, name: str) -> None:
        """Unless it runs."""
        if name not in self._pids:
            self._due.pop(name, None)
            self._pids[name] = self._fork(name, *self._arguments.get(name, []))

    def kill(self, name: str, seconds: float) -> bool:
        """kill -9 of a running worker, started again after `seconds`; whether it ran."""
        if not self._runs(name):
            return False
        os.kill(self._pids[name], signal.SIGKILL)
        self.kills[name] += 1
        self._wait(self._pids.pop(name))
        self._paused.discard(name)
        self._due[name] = time.monotonic() + seconds
        return True

    def pause(self, name: str) -> bool:
        """Whether it ran, and is stopped now."""
        if not self._runs(name) or name in self._paused:
            return False
        os.kill(self._pids[name], signal.SIGSTOP)
        self._paused.add(name)
        return True

    def resume(self, name: str) -> None:
        if name in self._paused and self._runs(name):
            self._paused.discard(name)
            os.kill(self._pids[name], signal.SIGCONT)

    def tend(self) -> None:
        """Starts what is due."""
        self._reap()
        for name, pid in list(self._pids.items()):
            if pid in self._statuses:
                del self._pids[name]
                self._paused.discard(name)
                if self._statuses[pid] == STOPPED_ON_PURPOSE:
                    self.stopped.add(name)
                    continue
                self.crashes[f"{name}: {self.last_words(name)}"] += 1
                self._due[name] = time.monotonic() + RESTART_SECONDS
        for name, when in list(self._due.items()):
            if time.monotonic() >= when:
                self.start(name)

    def last_words(self, name: str) -> str:
        """The last line of its log, without the time."""
        lines = (self.logs / f"{name}.log").read_text(errors="replace").split("\n")
        return next((line[-160:] for line in reversed(lines) if line.strip()), "")

    def heal(self) -> None:
        """Everything runs."""
        for name in WORKERS:
            self.resume(name)
        for name in WORKERS:
            self.start(name)

    # --- one-off jobs -----------------------------------------------------------------------------------------------

    def job(self, name: str, *arguments: str, seconds: float = 120) -> int:
        """Runs to its end; the exit status. Raises TimeoutError."""
        return self._wait(self._fork(name, *arguments), seconds)

    def _wait(self, pid: int, seconds: float = 10) -> int:
        limit = time.monotonic() + seconds
        while pid not in self._statuses:
            if time.monotonic() > limit:
                raise TimeoutError(f"process {pid} did not end in {seconds} s")
            time.sleep(0.005)
            self._reap()
        return self._statuses[pid]

    def ask_node(self, **question: Any) -> dict[str, Any] | None:
        """A command for the node (jobs.node); None when it does not answer, because it is dead or paused."""
        if "node" in self._paused:
            return None
        with contextlib.suppress(OSError, ValueError), socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(NODE_SECONDS)
            connection.connect(str(self.logs / "node.sock"))
            with connection.makefile("rw") as file:
                print(json.dumps(question), file=file, flush=True)
                answer: dict[str, Any] = json.loads(file.readline())
                return answer
        return None

    def stop(self) -> None:
        """Kills all that is left, without counting it."""
        for pid in self._pids.values():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        assert self._launcher.stdin is not None and self._launcher.stdout is not None
        self._launcher.stdin.close()
        self._launcher.wait(20)
        self._launcher.stdout.close()
