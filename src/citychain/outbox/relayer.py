"""The relayer: carries received requests to the chain and follows them until they are final, rejected or expired.

It has several accounts, each a lane of its own: what stands still in one holds up no signer of another.

Whatever moment a kill comes at, the next start goes on without losing a request or running one twice. The moments:

before_storing    its requests are received still, and are packed again;
stored            but not sent: the same bytes are sent, because the node's count of the account's transactions is below
                  the batch's nonce;
half_sent         of several batches the node has some: the others are sent, the same way;
sent              but not noted: the node's count has passed its nonce, and it is noted as sent;
passed_by         blocks did not take it: its fee is raised again some blocks after the start;
raised            the bytes with a higher fee are stored but not sent: they are sent, as what is stored;
mined             and outcomes not read: they are read from the read model, which forgets nothing;
half_settled      outcomes are written some hundred in a transaction; the rest is written at the next start;
in_a_transaction  nothing of it was written;
included          but not final: all that were included are compared with the read model at the start;
skipped           its block did not carry a request out and nobody noted it: the same comparison finds it.

A request runs at most once because its nonce does. It is carried again only when a block had its transaction without
spending the nonce (SKIPPED), or when its transaction can't have a block any more (LOST). A process that sleeps through
the loss of its lease writes nothing after it wakes (lease.py), and what is not written is not sent.
"""

import logging
import time
from collections.abc import Sequence

from citychain.chain.addressbook import AddressBook
from citychain.chain.keys import Key
from citychain.chain.rpc import Rpc
from citychain.indexer.errors import ReorgBelowFinal

from . import returns, turns
from .batches import Batch, pack
from .errors import OutOfEther, TransactionRefused
from .following import Follower
from .lane import Lane
from .lease import Holder
from .models import RelayTransaction, Request
from .settlement import Settlement, position

State = Request.State
#: Transactions made for a lane in one step.
MOST_A_STEP = 16
#: Seconds between comparisons of the chain's final block with the one that was read.
COMPARE_EVERY = 1.0

log = logging.getLogger(__name__)


class Relayer:
    """One relayer process. `keys` are its accounts. A batch that is not full waits for `age` seconds, so that more
    requests share a transaction."""

    def __init__(self, rpc: Rpc, book: AddressBook, keys: Sequence[Key], *, age: float = 0.1) -> None:
        self.age = age
        self._rpc = rpc
        self._lease = Holder("relayer")
        self._lanes = {key.address: Lane(rpc, book, key, self._lease) for key in keys}
        self._followers = [Follower(lane) for lane in self._lanes.values()]
        self._settlement = Settlement(self._lease)
        self._waiting_since: float | None = None
        self._compared = 0.0

    def step(self) -> bool:
        """Settles, then packs, then sends. Raises RelayerHeld, LeaseLost, NodeUnavailable; OutOfEther or
        TransactionRefused when no lane goes on; ReorgBelowFinal when the chain is not the one that was final."""
        self._lease.hold()
        self._compare_final()
        moved = [self._settlement.step(), returns.take_over(list(self._lanes), self._lease)]
        moved += [self._track(), returns.take_back(self._lease), self._pack(), self._send()]
        problems = [lane.trouble() for lane in self._lanes.values()]
        if problems[0] is not None and None not in problems:
            raise problems[0]
        return any(moved)

    def _compare_final(self) -> None:
        """Nothing is settled or sent by a chain that contradicts what it called final: a person must look."""
        if time.monotonic() - self._compared < COMPARE_EVERY:
            return
        now = position()
        if now is not None:
            found = self._rpc.header(now.final)
            if found is not None and found.hash != now.final_hash:
                raise ReorgBelowFinal(block=now.final, final=now.final)
        self._compared = time.monotonic()

    def close(self) -> None:
        """Ends this relayer's turn: another process may take over."""
        self._lease.release()

    def _track(self) -> bool:
        if not RelayTransaction.objects.filter(state=RelayTransaction.State.SENT).exists():
            return False
        head = self._rpc.head()
        moved = [follower.track(head) for follower in self._followers]
        return any(moved)

    def _send(self) -> bool:
        moved = False
        for lane in self._lanes.values():
            try:
                moved |= lane.send()
            except TransactionRefused:
                continue  # the lane says so in trouble()
        return moved

    # --- packing -----------------------------------------------------------------------------------------------------

    def _pack(self) -> bool:
        """Stores signed transactions for received requests, before any of them is sent."""
        if not Request.objects.filter(state=State.RECEIVED, carrier=None).exists():
            self._waiting_since = None
            return False
        room = {address: lane.room() for address, lane in self._lanes.items()}
        open_ = [address for address in room if room[address] > 0]
        waiting = turns.waiting([address for address in room if room[address] <= 0]) if open_ else []
        if not waiting:
            self._waiting_since = None
            return False
        now = time.monotonic()
        self._waiting_since = self._waiting_since or now
        shared = turns.share(turns.by_signer(waiting, self._settlement), open_)
        batches = {address: pack(shared[address], min(room[address], MOST_A_STEP)) for address in open_}
        full = any(len(some) > 1 for some in batches.values())
        if not full and now - self._waiting_since < self.age:
            return False
        self._waiting_since = None
        for address, some in batches.items():
            if some:
                self._store(self._lanes[address], some)
        return any(batches.values())

    def _store(self, lane: Lane, batches: Sequence[Batch]) -> None:
        try:
            made = lane.sign(batches)
        except OutOfEther:
            return  # the lane says so in trouble(); the next step takes another one
        with self._lease.writing():
            for made_transaction, batch in zip(made, batches, strict=True):
                ids = [request.id for request in batch.requests if request.state == State.RECEIVED]
                fresh = Request.objects.select_for_update().filter(id__in=ids).values_list("cancellation", flat=True)
                if any(bytes(cancellation) != batch.cancellation for cancellation in fresh):
                    log.info("A request was cancelled while it was packed; packing again.")
                    break
                made_transaction.save()
                Request.objects.filter(id__in=ids).update(carrier=made_transaction)
