"""citychain up: the whole city under one supervisor."""

import subprocess
import sys
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

from citychain.city import supervision
from citychain.city.sandbox import loader
from citychain.errors import CityError
from citychain.network.install import ensure_engine


class Command(BaseCommand):
    help = "Run node, workers and portal; seeds the demonstration city on the first run."

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            self._start()
        except CityError as problem:
            raise CommandError(str(problem)) from problem

    def _start(self) -> None:
        pid = supervision.running()
        if pid is not None:
            raise supervision.AlreadyRunning(pid=pid)
        supervision.check_home()
        supervision.end_orphans()
        supervision.check_ports()
        ensure_engine(self._say)
        if settings.CITYCHAIN_SANDBOX and not loader.loaded():
            done = subprocess.run([sys.executable, "-m", "citychain", "sandbox", "load"], check=False)
            if done.returncode:
                raise CommandError("The demonstration city could not be seeded.", returncode=done.returncode)
        for database in ("default", "readmodel"):
            call_command("migrate", database=database, verbosity=0, interactive=False)
        print("Starting the city …", flush=True)
        sys.exit(supervision.run(self._say, self._welcome))

    def _say(self, words: str) -> None:
        print(words, flush=True)

    def _welcome(self) -> None:
        self._say(f"\n  citychain is up: {settings.CITYCHAIN_ORIGIN}\n")
        if settings.CITYCHAIN_SANDBOX:
            self._say("  Sign in: open the page and choose somebody under “Act as” (请选择身份) at the top.")
            self._say("  Everything and everybody in it is simulated.")
        node, *_others = settings.CITYCHAIN_RPC_URL.split()
        self._say(f"  Wallets and tools: {node}    Logs: {settings.CITYCHAIN_HOME / 'logs'}")
        self._say(f"  Stop with Ctrl-C or `{'make' if settings.CHECKOUT else 'citychain'} down`.\n")
