"""``citychain journal verify``: checks every record, and mines every block again from genesis."""

from __future__ import annotations

import sys
from typing import Any

import msgspec
from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser

from citychain.network.verify import verify


class Command(BaseCommand):
    help = "Check the embedded node's journal. Exit status 0: whole; 1: not; 2: there is no journal."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True)
        action = actions.add_parser("verify", help="replay from genesis and compare every block")
        action.add_argument("--json", action="store_true")

    def handle(self, *_args: Any, **options: Any) -> None:
        try:
            verdict = verify(settings.CITYCHAIN_HOME)
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
