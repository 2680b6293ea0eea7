"""citychain bench: speed beside the peers, in one run; a table, bench.json in the state folder, and a page if asked."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser
from rich.console import Console
from rich.table import Table

from citychain.city.bench import indexing, reading, renting, rows, small_city, starting, writing

PARTS = ("writing", "indexing", "reading", "renting", "starting")
#: Begins what stands below the table of a page by hand, and stays when the page is written again.
NOTES = "\n## "


class Command(BaseCommand):
    help = "Measure speed beside the peers on this machine; writes bench.json into the state folder."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="print the figures as JSON instead of a table")
        parser.add_argument("--runs", type=int, default=5, help="medians of so many runs (5)")
        parser.add_argument("--part", action="append", choices=PARTS, help="only this part; may be given again")
        parser.add_argument("--page", type=Path, help="write the table into this page too (docs/benchmarks.md)")
        parser.add_argument("--postgresql", default="", metavar="URL", help="an empty database, to index into it too")
        parser.add_argument("--inside", action="store_true", help="measure in this process, on this state folder")

    def handle(self, *args: Any, **options: Any) -> None:
        runs, parts = max(1, options["runs"]), options["part"] or PARTS
        if options["inside"]:
            [part] = options["part"]
            sys.stdout.buffer.write(msgspec.json.encode(_measure(part, runs, options["postgresql"])))
            return
        machine = rows.machine()
        found = [row for part in parts for row in _in_a_scratch_city(part, runs, options["postgresql"])]
        path = Path(settings.CITYCHAIN_HOME) / "bench.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(msgspec.json.format(msgspec.json.encode(found)) + b"\n")
        if options["page"]:
            _write(options["page"], found, runs, machine)
        if options["json"]:
            print(path.read_text(), end="")
            return
        table = Table(title=f"{machine}; medians of {runs}")
        for column in rows.COLUMNS:
            table.add_column(column)
        for row in found:
            table.add_row(*rows.cells(row))
        Console().print(table)


def _measure(part: str, runs: int, url: str) -> list[rows.Row]:
    def say(words: str) -> None:
        print(words, file=sys.stderr, flush=True)

    measured: dict[str, Callable[[], list[rows.Row]]] = {
        "writing": lambda: writing.run(say, runs),
        "indexing": lambda: indexing.run(say, runs, url=url),
        "reading": lambda: reading.run(say, runs),
        "renting": lambda: renting.run(say, runs),
        "starting": lambda: starting.run(say),
    }
    return measured[part]()


def _in_a_scratch_city(part: str, runs: int, url: str) -> list[rows.Row]:
    """Measures in a process of its own, whose settings name an empty folder and ports of its own."""
    with small_city.scratch_home() as home:
        command = [sys.executable, "-m", "citychain", "bench", "--inside", "--runs", str(runs), "--postgresql", url]
        command += ["--part", part]
        environment = small_city.scratch_environment(home)
        done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, check=True)
    return msgspec.json.decode(done.stdout.splitlines()[-1], type=list[rows.Row])


def _write(page: Path, found: list[rows.Row], runs: int, machine: str) -> None:
    before = page.read_text() if page.exists() else ""
    _table, begins, notes = before.partition(NOTES)
    page.write_text(rows.page(found, runs=runs, machine=machine, notes=begins + notes))
