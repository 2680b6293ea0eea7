"""citychain restore FILE: a backup into an empty state folder."""

import json
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from citychain.city import supervision
from citychain.city.backup import restore
from citychain.errors import CityError


class Command(BaseCommand):
    help = "Restore a backup into the state folder (CITYCHAIN_HOME), which must have no city."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--json", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            pid = supervision.running()
            if pid is not None:
                raise supervision.AlreadyRunning(pid=pid)
            manifest = restore(options["file"])
        except CityError as problem:
            raise CommandError(str(problem)) from problem
        except OSError as problem:
            raise CommandError(f"The state folder can't be written: {problem}. Run it again.") from problem
        if options["json"]:
            print(json.dumps({"files": len(manifest.files), "home": str(settings.CITYCHAIN_HOME)}))
            return
        print(f"{len(manifest.files)} files are in {settings.CITYCHAIN_HOME}, each as it was saved.")
        print("Next: citychain journal verify, then citychain up, which reads the chain anew.")
