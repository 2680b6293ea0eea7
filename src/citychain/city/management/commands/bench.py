"""citychain bench: speed beside the peers, in one run; a table, and bench.json in the state folder."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser
from rich.console import Console
from rich.table import Table

from citychain.city import bench


class Command(BaseCommand):
    help = "Measure speed beside the peers on this machine; writes bench.json into the state folder."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="print the figures as JSON instead of a table")
        parser.add_argument("--inside", action="store_true", help="run in this process, on this state folder")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["inside"]:
            json.dump(bench.run(lambda words: print(words, file=sys.stderr, flush=True)), sys.stdout)
            return
        with bench.scratch_home() as home:
            command = [sys.executable, "-m", "citychain", "bench", "--inside"]
            ports = {"CITYCHAIN_HOME": home, "CITYCHAIN_RPC_PORT": str(bench.free_port()), "CITYCHAIN_LOG": "ERROR"}
            done = subprocess.run(command, env={**os.environ, **ports}, stdout=subprocess.PIPE, check=True)
        figures = json.loads(done.stdout.splitlines()[-1])
        path = Path(settings.CITYCHAIN_HOME) / "bench.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(figures, indent=1) + "\n")
        if options["json"]:
            print(json.dumps(figures, indent=1))
            return
        table = Table(title=f"{bench.machine()}, medians of {bench.RUNS}")
        for column in ("what", "unit", "ours", "peers", "limit", "ratio", "goal", "met"):
            table.add_column(column)
        for row in figures:
            peers = "\n".join(f"{name}: {figure}" for name, figure in row["peers"].items())
            cells = (row["name"], row["unit"], row["ours"], peers, row["limit"], row["ratio"], row["goal"], row["met"])
            table.add_row(*map(str, cells))
        Console().print(table)
