"""citychain reset: moves the whole state into a dated backup, so that the next start makes a new city."""

import datetime
import sys
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connections

from citychain.city import supervision
from citychain.indexer import postgresql


class Command(BaseCommand):
    help = "Begin again with an empty city; the present state is kept as a dated backup."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--yes", action="store_true", help="do not ask")

    def handle(self, *args: Any, **options: Any) -> None:
        home = settings.CITYCHAIN_HOME
        pid = supervision.running()
        if pid is not None:
            raise CommandError(str(supervision.AlreadyRunning(pid=pid)))
        supervision.end_orphans()
        if not home.exists():
            print("There is nothing to reset.")
            return
        backup = home / "backups" / datetime.datetime.now().strftime("%Y-%m-%d-%H%M%S")
        if not options["yes"]:
            print(f"Every record, key and setting of this city moves to {backup}.")
            print("Signatures of this city will not be valid in the next one. Type yes to go on: ", end="", flush=True)
            if sys.stdin.readline().strip() != "yes":
                raise CommandError("Nothing was changed.", returncode=2)
        if connections["default"].vendor == "postgresql":
            aside = postgresql.set_aside(backup.name.replace("-", "_"), "default", "readmodel")
            print(f"In the database it is kept as {' and '.join(aside) or 'nothing'}.")
        backup.mkdir(parents=True)
        for entry in list(home.iterdir()):
            if entry.name not in ("backups", "engines"):
                entry.rename(backup / entry.name)
        print(f"The city is empty. The backup is {backup}")
