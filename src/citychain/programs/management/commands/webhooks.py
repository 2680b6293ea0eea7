"""citychain webhooks run: tells the programs of signers what happens to their requests."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from citychain.chain import worker
from citychain.programs.courier import Courier


class Command(BaseCommand):
    requires_system_checks = []  # they are about pages
    help = "Carry what happens to requests to the webhooks of their signers."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("action", choices=["run"])

    def handle(self, *args: Any, **options: Any) -> None:
        worker.run(Courier(), "webhooks", idle=0.25)
