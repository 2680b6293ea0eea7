"""citychain vault: the keys by which private documents are encrypted at rest."""

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from citychain import vault
from citychain.errors import CityError


class Command(BaseCommand):
    help = "Draw a new key for private documents and seal all of them with it (docs/privacy.md)."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("action", choices=["rotate"], help="rotate: draw a new key; may be killed and run again")
        parser.add_argument("--json", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            values = vault.rotate()
        except CityError as problem:
            raise CommandError(str(problem)) from problem
        told = {"values": values, "keys": vault.numbers()}
        words = f"Key {vault.numbers()[-1]} seals {values} values. The key before it is removed by the next rotation."
        print(json.dumps(told) if options["json"] else words)
