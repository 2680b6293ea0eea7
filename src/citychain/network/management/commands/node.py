"""``citychain node run``: the embedded node in the foreground, until SIGTERM or Ctrl-C."""

from __future__ import annotations

import signal
import sys
import threading
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser

from citychain.errors import CityError
from citychain.network.embedded import EmbeddedNode


class Command(BaseCommand):
    help = "The embedded node: makes blocks and keeps the journal."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True)
        actions.add_parser("run", help="run in the foreground until Ctrl-C")

    def handle(self, *_args: Any, **_options: Any) -> None:
        stopping = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stopping.set())
        node = EmbeddedNode(settings.CITYCHAIN_HOME)
        try:
            node.start()
            self.stdout.write(f"Block {node.head.number} is final.")
            node.run(stopping)
        except (CityError, OSError) as error:
            self.stderr.write(str(error))
            sys.exit(1)
        finally:
            node.stop()
