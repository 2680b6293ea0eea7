"""citychain sandbox load: the demonstration city, with a progress bar."""

import json
import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from citychain.city.sandbox import loader
from citychain.errors import CityError


class Command(BaseCommand):
    help = "Load the demonstration city (simulated) into an empty state folder."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("action", choices=["load"])
        parser.add_argument("--json", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        columns = (TextColumn("Seeding the demonstration city"), BarColumn(), TextColumn("{task.percentage:>3.0f} %"))
        console = Console(stderr=True)
        try:
            with Progress(*columns, TextColumn("{task.description}"), TimeElapsedColumn(), console=console) as bar:
                task = bar.add_task("", total=100)
                made = loader.load(lambda percent, words: bar.update(task, completed=percent, description=words))
        except CityError as problem:
            raise CommandError(str(problem)) from problem
        if options["json"]:
            json.dump(made, sys.stdout)
            print()
        else:
            print(", ".join(f"{count} {what}" for what, count in made.items()) + ". Everything is simulated.")
