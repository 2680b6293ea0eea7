"""``citychain node run``: the city's node in the foreground, until SIGTERM or Ctrl-C. Where CITYCHAIN_MEMBER names a
member's folder, that member's client is the node, and is followed."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser

from citychain.chain.worker import STOPPED_ON_PURPOSE, Stopping
from citychain.errors import CityError
from citychain.network.consortium.errors import FinalityBroken
from citychain.network.consortium.following import Follower, socket_of
from citychain.network.embedded import EmbeddedNode


class Command(BaseCommand):
    help = "The embedded node: makes blocks and keeps the journal."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True)
        actions.add_parser("run", help="run in the foreground until Ctrl-C")

    def handle(self, *_args: Any, **_options: Any) -> None:
        stopping = Stopping()
        if settings.CITYCHAIN_MEMBER is not None:
            self._follow(settings.CITYCHAIN_MEMBER, stopping)
            return
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

    def _follow(self, member: Path, stopping: Stopping) -> None:
        """The member's own client is the node: this process only tells the others where it is and what is final."""
        try:
            Follower(settings.CITYCHAIN_HOME, socket_of(member)).run(stopping)
        except FinalityBroken as problem:
            self.stderr.write(str(problem))
            sys.exit(STOPPED_ON_PURPOSE)
        except (CityError, OSError) as problem:
            self.stderr.write(str(problem))
            sys.exit(1)
