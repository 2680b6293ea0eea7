"""``citychain journal verify``: checks every record, and mines every block again. ``serve``: its chain, to be read."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import msgspec
from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser

from citychain.bars import bar
from citychain.chain.worker import Stopping
from citychain.errors import CityError
from citychain.network.gate import LocalGate
from citychain.network.history import past
from citychain.network.rules import READING
from citychain.network.verify import verify


class Command(BaseCommand):
    help = "Check the embedded node's journal. Exit status 0: whole; 1: not; 2: there is no journal."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True)
        action = actions.add_parser("verify", help="replay from genesis and compare every block")
        action.add_argument("--json", action="store_true")
        serve = actions.add_parser("serve", help="the journal's chain by JSON-RPC, to be read and not continued")
        serve.add_argument("--home", type=Path, help="the state folder with the journal (this city's)")
        serve.add_argument("--port", type=int, default=settings.CITYCHAIN_RPC_PORT)

    def handle(self, *_args: Any, **options: Any) -> None:
        if options["action"] == "serve":
            self._serve(options["home"] or settings.CITYCHAIN_HOME, options["port"])
            return
        try:
            with bar("Mining every block again", "blocks") as tell:
                verdict = verify(settings.CITYCHAIN_HOME, tell)
        except FileNotFoundError as error:
            self.stderr.write(f"There is no journal: {error.filename} is missing.")
            sys.exit(2)
        if options["json"]:
            self.stdout.write(msgspec.json.encode(verdict).decode())
        elif verdict.good:
            self.stdout.write(
                f"Good: {verdict.blocks} blocks with {verdict.transactions} transactions, mined again from genesis, "
                f"end in block {verdict.head} {verdict.head_hash}."
            )
        else:
            self.stderr.write(verdict.error or "")
        sys.exit(0 if verdict.good else 1)

    def _serve(self, home: Path, port: int) -> None:
        stopping = Stopping()
        try:
            with past(home) as place, LocalGate(place, settings.CITYCHAIN_ORIGIN, port, READING) as url:
                self.stdout.write(f"JSON-RPC, to read: {url}")
                self.stdout.flush()
                stopping.wait()
        except (CityError, OSError) as problem:
            self.stderr.write(str(problem))
            sys.exit(2)
