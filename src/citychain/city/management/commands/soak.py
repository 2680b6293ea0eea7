"""citychain soak: episodes of the simulation (docs/simulation.md); exit status 1 when something is not true."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

import msgspec
from django.core.management.base import BaseCommand, CommandParser

from citychain.city.simulation.episode import Counts, Episode, Failed, free_port

#: One episode in so many ends with a reorg below final.
BETRAYALS = 5


class Command(BaseCommand):
    requires_system_checks = []  # they are about pages
    help = "Break a small city at random, episode after episode, and check that nothing is lost, doubled or wrong."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--seed", type=int, default=1, help="of the first episode; the next has the next number")
        parser.add_argument("--episodes", type=int, default=10)
        parser.add_argument("--steps", type=int, default=60, help="in each episode (60)")
        parser.add_argument("--keep", action="store_true", help="keep the folder of an episode that fails")
        parser.add_argument("--tally", type=Path, help="add what happened in each episode to this file, a line each")
        parser.add_argument("--report", type=Path, help="only sum up such a file")
        parser.add_argument("--json", action="store_true", help="one line for each episode, one at the end")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["report"]:
            self._sum_up(options["report"], options["json"])
            return
        signal.signal(signal.SIGTERM, signal.default_int_handler)  # so that disks are unmounted and folders removed
        counts, failed = Counts(), 0
        with tempfile.TemporaryDirectory(prefix="citychain-soak-") as folder:
            founded = Path(folder) / "founded"
            found(founded)
            for seed in range(options["seed"], options["seed"] + options["episodes"]):
                failed += not self._episode(founded, Path(folder) / str(seed), seed, counts, options)
        self._report(counts, options["json"])
        sys.exit(1 if failed else 0)

    def _episode(self, founded: Path, folder: Path, seed: int, counts: Counts, options: dict[str, Any]) -> bool:
        folder.mkdir()
        lines: list[str] = []
        started = time.monotonic()
        episode = Episode(founded, folder, seed, lines.append)
        try:
            episode.run(options["steps"], betrayal=seed % BETRAYALS == 0)
        except Failed as problem:
            again = f"citychain soak --seed {seed} --episodes 1 --steps {options['steps']}"
            kept = str(shutil.move(folder, tempfile.mkdtemp(prefix="citychain-failed-"))) if options["keep"] else ""
            if options["json"]:
                self._line({"seed": seed, "failed": str(problem), "again": again, "kept": kept, "story": lines})
            else:
                self.stdout.write(
                    "\n".join([*lines, f"FAILED: {again}", str(problem), f"Kept in {kept}" if kept else ""])
                )
            return False
        finally:
            counts.add(episode.counts)
            if options["tally"]:
                with options["tally"].open("ab") as file:
                    file.write(msgspec.json.encode({"seed": seed, **vars(episode.counts)}) + b"\n")
            shutil.rmtree(folder, ignore_errors=True)
        states, seconds = dict(episode.counts.states), round(time.monotonic() - started, 1)
        if options["json"]:
            self._line({"seed": seed, "states": states, "seconds": seconds})
        else:
            self.stdout.write(f"seed {seed}: {states} in {seconds} s")
        return True

    def _sum_up(self, tally: Path, as_json: bool) -> None:
        counts = Counts()
        for line in tally.read_bytes().splitlines():
            found = msgspec.json.decode(line)
            counts.add(Counts(**{name: Counter(found[name]) for name in vars(counts)}))
        self._report(counts, as_json)

    def _report(self, counts: Counts, as_json: bool) -> None:
        if as_json:
            return self._line(
                {name: {str(key): many for key, many in found.items()} for name, found in vars(counts).items()}
            )
        for name, counted in vars(counts).items():
            self.stdout.write(f"{name:10} {counted.total():7}  {dict(sorted(counted.items(), key=str))}")

    def _line(self, document: dict[str, Any]) -> None:
        self.stdout.write(msgspec.json.encode(document).decode())


def found(home: Path) -> None:
    """Writes the founded city into a new folder, in a process of its own."""
    home.mkdir()
    environment = {**os.environ, "CITYCHAIN_HOME": str(home), "CITYCHAIN_RPC_PORT": str(free_port())}
    program = "from citychain.city.simulation.founding import found; import pathlib; found(pathlib.Path({!r}))"
    subprocess.run(
        [sys.executable, "-c", "import django; django.setup(); " + program.format(str(home))],
        env={**environment, "DJANGO_SETTINGS_MODULE": "citychain.settings", "CITYCHAIN_LOG": "WARNING"},
        stdout=subprocess.DEVNULL,
        check=True,
    )
