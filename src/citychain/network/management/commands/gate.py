"""``citychain gate run``: the RPC gate in the foreground, until SIGTERM or Ctrl-C."""

from __future__ import annotations

import asyncio
import signal
import sys
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser

from citychain.network.gate import Gate


class Command(BaseCommand):
    help = "The RPC gate: JSON-RPC for any standard client on the loopback address."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True)
        run = actions.add_parser("run", help="run in the foreground until Ctrl-C")
        run.add_argument("--port", type=int, default=settings.CITYCHAIN_RPC_PORT)

    def handle(self, *_args: Any, port: int, **_options: Any) -> None:
        try:
            asyncio.run(self._run(port))
        except OSError as error:
            self.stderr.write(f"The gate can't listen on 127.0.0.1:{port}: {error.strerror}.")
            sys.exit(1)

    async def _run(self, port: int) -> None:
        stopping = asyncio.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, stopping.set)
        gate = Gate(settings.CITYCHAIN_HOME, settings.CITYCHAIN_ORIGIN)
        self.stdout.write(f"JSON-RPC on http://127.0.0.1:{await gate.serve(port)}")
        await stopping.wait()
        await gate.close()
