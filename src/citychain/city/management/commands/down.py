"""citychain down: stops the running city cleanly."""

from typing import Any

from django.core.management.base import BaseCommand

from citychain.city import supervision


class Command(BaseCommand):
    help = "Stop the running city cleanly."

    def handle(self, *args: Any, **options: Any) -> None:
        print("The city is down." if supervision.stop() else "The city was not running.")
