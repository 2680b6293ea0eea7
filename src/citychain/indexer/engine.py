"""The indexer: blocks, the rows made from their logs, and how far it has come, in one database transaction.

Final blocks are read in ranges. Blocks above final are read one by one, each keeping the rows that it changes as they
were, so that a reorg is undone exactly (docs/adr/0003). A block that was final is never undone: when the chain
contradicts it, the indexer stops and says so, and pages show since when data is stale.
"""

import contextlib
import gc
import json
import logging
import time
from collections.abc import Collection, Iterator

import msgspec
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from citychain.chain.addressbook import AddressBook
from citychain.chain.rpc import Header, Rpc
from citychain.errors import CityError, Unavailable

from . import subscriptions, writer
from .errors import RebuildNeeded, ReorgBelowFinal, ReprojectionNeeded
from .models import Block, Progress, Source
from .reading import Blocks, Reader, Reading, failed
from .router import READ_ALIAS
from .witness import Witness

#: Seconds of writing after which a transaction commits, so that pages see new rows while many more are read.
LONGEST_WRITE = 0.2
NOTHING_READ = -1

log = logging.getLogger(__name__)


@contextlib.contextmanager
def _no_collection() -> Iterator[None]:
    """Without Python's search for cycles of garbage. Events, changes and rows are many and in no cycle; looking for one
    again and again takes more time than all the rest."""
    before = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if before:
            gc.enable()


class NodeBehind(Unavailable):
    """The node knows fewer blocks than were final already, on the same chain: it is still starting."""

    code = "node-behind"
    message = _("The node is at block {head}; block {final} was read and final already. Waiting for the node")


class Indexer:
    """Follows the chain into the read database `using`. The only writer of read models.

    `book` may be replaced by a newer one between steps. With `until` it stops at that block. With `parts` it
    makes the rows of these apps alone. With `witness` it writes what a second member tells too.
    """

    def __init__(
        self,
        rpc: Rpc,
        book: AddressBook,
        alias: str = READ_ALIAS,
        *,
        until: int | None = None,
        parts: Collection[str] | None = None,
        witness: Rpc | None = None,
    ) -> None:
        self.rpc = rpc
        self._witness = Witness(witness, rpc) if witness else None
        self.book = book
        self.alias = alias
        self.until = until
        self._subscriptions = subscriptions.collect(parts)
        self._digests = subscriptions.digests(self._subscriptions)
        self._reader = Reader(rpc, self._subscriptions)
        self._adopted: AddressBook | None = None
        self._most_changes = 500

    def step(self) -> bool:
        """Reads the next blocks, or undoes replaced ones; False when there was nothing to do.

        Raises ProjectionFailed, ReorgBelowFinal, MembersDisagree, RebuildNeeded or UndoImpossible after noting it in
        Progress; NodeUnavailable and NodeBehind, which pass.
        """
        progress = self._progress()
        try:
            with _no_collection():
                return self._adopt(progress) and self._step(progress)
        except CityError as problem:
            if not problem.retry:
                self._note(problem)
            raise

    def _step(self, progress: Progress) -> bool:
        head, final = self.rpc.head(), self.rpc.final().number
        last = head.number if self.until is None else min(head.number, self.until)
        if progress.head == last and (last < head.number or progress.head_hash == head.hash):
            if min(final, progress.head) <= progress.final:
                return False
            with transaction.atomic(using=self.alias):
                self._finalise(progress, final)
            return True
        if progress.head >= last:
            return self._go_back(progress, head)
        first = progress.head + 1
        fetched = self._reader.fetch(first, min(final, last) if first <= final else first)
        if fetched is None:
            return True
        if progress.head > NOTHING_READ and fetched[0][0].parent != progress.head_hash:
            return self._go_back(progress, head)
        if self._witness is not None and not self._witness.confirms(fetched, self._reader.sources):
            progress.unwitnessed = fetched[-1][0].number
        self._read(progress, fetched, final)
        return True

    # --- forward -----------------------------------------------------------------------------------------------------

    def _read(self, progress: Progress, fetched: Blocks, final: int) -> None:
        """Projects and commits block by block, as many in a transaction as LONGEST_WRITE allows."""
        pending: list[Reading] = []
        waiting = 0
        for header, logs in fetched:
            try:
                reading = self._reader.project(header, logs)
            except CityError:
                self._commit(progress, pending, final)
                raise
            if pending and waiting + len(reading.changes) > self._most_changes:
                self._commit(progress, pending, final)
                pending, waiting = [], 0
            pending.append(reading)
            waiting += len(reading.changes)
        self._commit(progress, pending, final)

    def _commit(self, progress: Progress, readings: list[Reading], final: int) -> None:
        if not readings:
            return
        changes = [change for reading in readings for change in reading.changes]
        undo_block = readings[0].header.number if readings[-1].header.number > final else None
        started = time.perf_counter()
        try:
            with transaction.atomic(using=self.alias):
                writer.apply(changes, self.alias, undo_block)
                self._advance(progress, readings[-1].header, final)
        except writer.ChangeRefused as problem:
            if len(readings) > 1:  # commit what is good, so that the read model ends right before the block that fails
                for reading in readings:
                    self._commit(progress, [reading], final)
                return
            origin = readings[0].origins[problem.position]
            if origin is None:
                raise
            raise failed(origin, problem.cause) from problem
        self._pace(len(changes), time.perf_counter() - started)

    def _pace(self, changes: int, seconds: float) -> None:
        wanted = int(changes * LONGEST_WRITE / max(seconds, 0.001))
        if seconds > LONGEST_WRITE or changes * 2 > self._most_changes:
            self._most_changes = max(50, min(wanted, self._most_changes * 2))

    def _advance(self, progress: Progress, header: Header, final: int) -> None:
        progress.head, progress.head_hash = header.number, header.hash
        progress.stale_since, progress.stale_reason = None, ""
        self._finalise(progress, final)

    def _finalise(self, progress: Progress, final: int) -> None:
        """Saves progress; blocks up to `final` can't be undone any more."""
        progress.final = max(progress.final, min(final, progress.head))
        writer.forget_until(progress.final, self.alias)
        progress.save(using=self.alias)

    # --- back --------------------------------------------------------------------------------------------------------

    def _go_back(self, progress: Progress, head: Header) -> bool:
        """Undoes blocks that the chain has replaced, down to the newest that both have."""
        number = min(progress.head, head.number)
        while not self._agrees(number):
            if number <= max(0, progress.final):  # genesis is final before any other block is
                raise ReorgBelowFinal(block=number, final=progress.final)
            number -= 1
        if number < progress.final:
            raise NodeBehind(what="node", head=head.number, final=progress.final)
        log.warning("Reorg: undoing blocks %d to %d", number + 1, progress.head)
        with transaction.atomic(using=self.alias):
            writer.undo_after(number, self.alias)
            progress.head = number
            progress.head_hash = Block.objects.using(self.alias).get(number=number).hash
            progress.save(using=self.alias)
        return True

    def _agrees(self, number: int) -> bool:
        found = self.rpc.header(number)
        return found is not None and Block.objects.using(self.alias).get(number=number).hash == found.hash

    # --- state -------------------------------------------------------------------------------------------------------

    def _progress(self) -> Progress:
        return Progress.objects.using(self.alias).filter(id=1).first() or Progress(
            id=1,
            head=NOTHING_READ,
            head_hash="",
            final=NOTHING_READ,
            stale_reason="",
            subscriptions=json.dumps(self._digests, sort_keys=True),
        )

    def _note(self, problem: CityError) -> None:
        progress = self._progress()
        progress.stale_since, progress.stale_reason = progress.head + 1, str(problem)
        progress.save(using=self.alias)

    def _compare(self, progress: Progress) -> None:
        """Raises ReprojectionNeeded where parts were made by other projections, RebuildNeeded where none tells."""
        try:
            made = msgspec.json.decode(progress.subscriptions, type=dict[str, str])
        except msgspec.DecodeError:
            raise RebuildNeeded(reason=_("an older program made it")) from None
        changed = sorted(
            part for part in made.keys() | self._digests.keys() if made.get(part) != self._digests.get(part)
        )
        if changed:
            reason = _("{parts} were made by other projections than today's").format(parts=", ".join(changed))
            raise ReprojectionNeeded(parts=changed, reason=reason)

    def _adopt(self, progress: Progress) -> bool:
        """Takes up the address book's contracts; False while it has none. Raises RebuildNeeded for a contract whose
        blocks were read without it."""
        if self._adopted is self.book:
            return True
        contracts = dict.fromkeys(contract for contract, _topic in self._subscriptions)
        entries = {entry.address: entry for contract in contracts for entry in self.book.all(contract)}
        known = set(Source.objects.using(self.alias).values_list("address", flat=True))
        self._compare(progress)
        if gone := known - entries.keys():
            raise RebuildNeeded(reason=f"{', '.join(sorted(gone))} is no longer in the address book")
        new = [entry for address, entry in entries.items() if address not in known]
        for entry in new:
            if entry.block <= progress.head:
                raise RebuildNeeded(reason=f"block {entry.block} deployed {entry.key} and was read without it")
        Source.objects.using(self.alias).bulk_create(
            Source(address=entry.address, contract=entry.contract, key=entry.key, block=entry.block) for entry in new
        )
        if entries:
            self._reader.listen(entries)
            self._adopted = self.book
        return bool(entries)
