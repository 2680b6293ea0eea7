"""citychain events run: tells browsers when there is something new."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from citychain.indexer import events


class Command(BaseCommand):
    help = "Serves the event stream on CITYCHAIN_EVENTS_PORT until stopped."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("action", choices=["run"])

    def handle(self, *args: Any, **options: Any) -> None:
        events.run()
