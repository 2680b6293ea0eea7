"""citychain database move: from SQLite into PostgreSQL, with a progress bar."""

import sys
from typing import Any

import msgspec
from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DatabaseError
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from citychain.city import moving
from citychain.errors import CityError


class Command(BaseCommand):
    help = "Move this folder's city into PostgreSQL while it is stopped; all or nothing (docs/operations.md)."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("action", choices=["move"])
        parser.add_argument(
            "--to", required=True, metavar="URL", help="postgresql://user@host:5432/database, an empty one"
        )
        parser.add_argument("--json", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        columns = (TextColumn("Moving the city"), BarColumn(), TextColumn("{task.percentage:>3.0f} %"))
        with Progress(
            *columns, TextColumn("{task.description}"), TimeElapsedColumn(), console=Console(stderr=True)
        ) as bar:
            task = bar.add_task("", total=100)
            try:
                moved = moving.move(
                    options["to"], lambda percent, words: bar.update(task, completed=percent, description=words)
                )
            except (CityError, ImproperlyConfigured, DatabaseError) as problem:
                raise CommandError(str(problem).strip(), returncode=2) from problem
        if options["json"]:
            sys.stdout.write(msgspec.json.encode(moved).decode() + "\n")
            return
        self.stdout.write(
            f"{sum(moved.rows.values())} rows were copied; the read model is true up to block {moved.head}.\n"
            "From now on set DATABASE_URL to this address, then start the city."
        )
