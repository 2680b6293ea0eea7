"""citychain backup FILE: everything of a city that can't be made anew, while it runs."""

import json
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from citychain.city.backup import back_up
from citychain.errors import CityError


class Command(BaseCommand):
    help = "Save the chain, requests, private documents, keys and settings in one file. The city may run meanwhile."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, help="a new file: city-2026-01-31.tar.gz")
        parser.add_argument("--json", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            manifest = back_up(options["file"])
        except CityError as problem:
            raise CommandError(str(problem)) from problem
        except OSError as problem:
            raise CommandError(f"The backup could not be written: {problem}. Nothing is left of it.") from problem
        size = options["file"].stat().st_size
        if options["json"]:
            print(json.dumps({"files": len(manifest.files), "bytes": size, "database": manifest.database}))
            return
        print(f"{len(manifest.files)} files, {size / 2**20:.1f} MB in {options['file']}. It holds keys: keep it safe.")
        if not manifest.database:
            print("The database is not in it: a dump of it must be older than this file (docs/operations.md).")
