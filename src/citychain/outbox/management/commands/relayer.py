"""citychain relayer run: carries requests to the chain."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from citychain.chain import worker
from citychain.chain.addressbook import AddressBook
from citychain.chain.deployed import Checked
from citychain.chain.rpc import connect
from citychain.errors import CityError
from citychain.outbox.accounts import relayer_keys
from citychain.outbox.relayer import Relayer


class Command(BaseCommand):
    requires_system_checks = []  # they are about pages
    help = "Carry received requests to the chain and follow them until they are final."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("action", choices=["run"])

    def handle(self, *args: Any, **options: Any) -> None:
        keys = relayer_keys()
        try:
            book = AddressBook.load()
        except CityError as problem:
            raise CommandError(str(problem)) from problem
        worker.run(Checked(Relayer(connect(), book, keys), connect()), "relayer")
