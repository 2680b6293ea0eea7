"""citychain down: stops the running city cleanly."""

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from citychain.city import supervision


class Command(BaseCommand):
    help = "Stop the running city cleanly."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        stopped = supervision.stop()
        if options["json"]:
            print(json.dumps({"stopped": stopped}))
        else:
            print("The city is down." if stopped else "The city was not running.")
