"""citychain indexer run: follows the chain into the read model."""

import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from citychain.chain import worker
from citychain.chain.addressbook import AddressBook
from citychain.chain.rpc import connect
from citychain.indexer.engine import Indexer
from citychain.indexer.errors import IndexerRunning
from citychain.indexer.lock import writing
from citychain.indexer.router import READ_ALIAS


class Follower:
    """The indexer with the address book as it is at each step. Waits while there is none."""

    def __init__(self) -> None:
        self._indexer: Indexer | None = None

    def step(self) -> bool:
        book = AddressBook.load()
        if self._indexer is None:
            self._indexer = Indexer(connect(), book)
        self._indexer.book = book
        return self._indexer.step()


class Command(BaseCommand):
    help = "Follows the chain into the read model until stopped. Exit status 3: it stopped because a person must look."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("action", choices=["run"])

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            with writing(READ_ALIAS):
                worker.run(Follower(), "indexer")
        except IndexerRunning as problem:
            self.stderr.write(str(problem))
            sys.exit(1)
