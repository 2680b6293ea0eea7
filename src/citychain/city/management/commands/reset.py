"""citychain reset: moves the whole state into a dated backup, so that the next start makes a new city."""

import datetime
import json
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
        parser.add_argument("--json", action="store_true", help="only together with --yes")

    def handle(self, *args: Any, **options: Any) -> None:
        home, as_json = settings.CITYCHAIN_HOME, options["json"]
        if as_json and not options["yes"]:
            raise CommandError("--json asks nothing, so it needs --yes.", returncode=2)
        pid = supervision.running()
        if pid is not None:
            raise CommandError(str(supervision.AlreadyRunning(pid=pid)))
        supervision.end_orphans()
        if not home.exists():
            print(json.dumps({"backup": None, "databases": []}) if as_json else "There is nothing to reset.")
            return
        backup = home / "backups" / datetime.datetime.now().strftime("%Y-%m-%d-%H%M%S")
        if not options["yes"]:
            print(f"Every record, key and setting of this city moves to {backup}.")
            print("Signatures of this city will not be valid in the next one. Type yes to go on: ", end="", flush=True)
            if sys.stdin.readline().strip() != "yes":
                raise CommandError("Nothing was changed.", returncode=2)
        aside: list[str] = []
        if connections["default"].vendor == "postgresql":
            aside = [*postgresql.set_aside(backup.name.replace("-", "_"), "default", "readmodel")]
        backup.mkdir(parents=True)
        for entry in list(home.iterdir()):
            if entry.name not in ("backups", "engines"):
                entry.rename(backup / entry.name)
        if as_json:
            print(json.dumps({"backup": str(backup), "databases": aside}))
            return
        if connections["default"].vendor == "postgresql":
            print(f"In the database it is kept as {' and '.join(aside) or 'nothing'}.")
        print(f"The city is empty. The backup is {backup}")
