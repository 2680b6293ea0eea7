"""citychain indexer run: follows the chain into the read model."""

import logging
import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from citychain.chain import worker
from citychain.chain.addressbook import AddressBook
from citychain.chain.rpc import connect, second
from citychain.indexer import rebuild
from citychain.indexer.engine import Indexer
from citychain.indexer.errors import IndexerRunning, RebuildNeeded, ReprojectionNeeded
from citychain.indexer.lock import writing
from citychain.indexer.router import READ_ALIAS

log = logging.getLogger(__name__)


class Follower:
    """The indexer with the address book as it is at each step. Waits while there is none.

    When the read model can't be continued (a contract joined late) it is made anew; when only some parts of the city
    project otherwise since an upgrade, only their tables are. Pages read the old rows until then.
    """

    def __init__(self) -> None:
        self._indexer: Indexer | None = None

    def step(self) -> bool:
        book = AddressBook.load()
        if self._indexer is None:
            self._indexer = Indexer(connect(), book, witness=second())
        self._indexer.book = book
        try:
            return self._indexer.step()
        except ReprojectionNeeded as problem:
            log.warning("%s Doing so now.", problem)
            head = rebuild.reproject_held(connect(), book, problem.details["parts"])
            log.warning("What they show was made anew, up to block %d", head)
        except RebuildNeeded as problem:
            log.warning("%s Doing so now.", problem)
            head = rebuild.replace_held(connect(), book)
            log.warning("The read model was made anew, up to block %d", head)
        self._indexer = None
        return True


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
