"""citychain deploy: the city's contracts, by a plan; or a check that what runs is what was deployed."""

import json
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from citychain.chain import plan
from citychain.chain.addressbook import AddressBook
from citychain.chain.deploy import deploy
from citychain.chain.deployed import check_deployment
from citychain.chain.keystore import load_or_create
from citychain.chain.rpc import connect
from citychain.errors import CityError, InvalidInput


class Command(BaseCommand):
    requires_system_checks = []  # they are about pages
    help = "Deploy the city's contracts. Safe to repeat, and to go on with after an interruption. Exit 1: it failed."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("plan", nargs="?", type=Path, help="the plan (TOML; format: chain/plan.py)")
        parser.add_argument("--check", action="store_true", help="only compare the chain with the address book")
        parser.add_argument("--json", action="store_true", help="print the address book as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        if (options["plan"] is None) != options["check"]:
            raise CommandError("Give a plan, or --check.", returncode=2)
        try:
            rpc = connect()
            if options["check"]:
                book = AddressBook.load()
            else:
                key = load_or_create(Path(settings.CITYCHAIN_HOME) / "keys", "deployer")
                self.stderr.write(f"deployer {key.address}")
                book = deploy(plan.load(options["plan"]), rpc, key, say=self._say)
            check_deployment(book, rpc)
        except InvalidInput as problem:
            raise CommandError(str(problem), returncode=2) from problem
        except CityError as problem:
            raise CommandError(str(problem)) from problem
        if options["json"]:
            print(json.dumps({entry.key: entry.address for entry in book.entries}, indent=1))
        else:
            for entry in book.entries:
                print(f"{entry.key:>28}  {entry.address}  block {entry.block}")

    def _say(self, done: int, of: int, name: str) -> None:
        self.stderr.write(f"{done} of {of} steps done; next: {name}")
