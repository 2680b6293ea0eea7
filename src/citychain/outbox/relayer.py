"""The relayer: carries received requests to the chain and follows them until they are final, rejected or expired.

Whatever moment a kill comes at, the next start goes on without losing a request or running one twice. The moments:

before_storing    its requests are received still, and are packed again;
stored            but not sent: the same bytes are sent, because the node's count of the relayer's transactions is below
                  the batch's nonce;
half_sent         of several batches the node has some: the others are sent, the same way;
sent              but not noted: the node's count has passed its nonce, and it is noted as sent;
mined             and outcomes not read: they are read from the read model, which forgets nothing;
half_settled      outcomes are written some hundred in a transaction; the rest is written at the next start;
in_a_transaction  nothing of it was written;
included          but not final: all that were included are compared with the read model at the start.

A request runs at most once because its nonce does. It is carried again only when a block had its transaction without
spending the nonce (SKIPPED), or when another transaction took the place of that one (LOST).
"""

import logging
import time
from collections.abc import Sequence

from django.db import transaction
from django.db.models import Min

from citychain.chain import clock
from citychain.chain.addressbook import AddressBook
from citychain.chain.keys import Key
from citychain.chain.rpc import Rpc

from .batches import Batch, pack
from .lane import Lane
from .lease import Holder
from .models import Request
from .settlement import Settlement, outcomes, position

State = Request.State
#: Transactions made in one step, and requests looked at for them.
MOST_A_STEP, MOST_LOOKED_AT = 16, 2_000

log = logging.getLogger(__name__)


class Relayer:
    """One relayer process. `keys` are its accounts; the first one sends. A batch that is not full waits for `age`
    seconds, so that more requests share a transaction."""

    def __init__(self, rpc: Rpc, book: AddressBook, keys: Sequence[Key], *, age: float = 0.1) -> None:
        self.age = age
        self._lane = Lane(rpc, book, keys[0])
        self._lease = Holder("relayer")
        self._settlement = Settlement()
        self._waiting_since: float | None = None

    def step(self) -> bool:
        """Settles, then packs, then sends. Raises RelayerHeld, LeaseLost, TransactionRefused, NodeUnavailable."""
        self._lease.hold()
        settled = self._settlement.step()
        tracked = self._lane.track()
        packed = self._pack()
        return self._lane.send() or packed or tracked or settled

    def close(self) -> None:
        """Ends this relayer's turn: another process may take over."""
        self._lease.release()

    # --- packing -----------------------------------------------------------------------------------------------------

    def _pack(self) -> bool:
        """Stores signed transactions for received requests, before any of them is sent."""
        room = self._lane.room()
        waiting = list(
            Request.objects.filter(state=State.RECEIVED, carrier=None, retry_at__lte=clock.now()).order_by(
                "created", "nonce"
            )[:MOST_LOOKED_AT]
        )
        if room <= 0 or not waiting:
            self._waiting_since = None
            return False
        now = time.monotonic()
        self._waiting_since = self._waiting_since or now
        batches = pack(self._in_turn(waiting), min(room, MOST_A_STEP))
        if len(batches) == 1 and now - self._waiting_since < self.age:
            return False
        self._waiting_since = None
        if not batches:
            return False
        self._store(batches)
        return True

    def _in_turn(self, waiting: list[Request]) -> list[Request]:
        """Those whose nonce is unspent, each signer's in the order of nonces, behind expired ones that block its way.

        The others are settled where they stand: somebody else submitted them, or another request with their nonce.
        """
        pairs = outcomes(waiting)
        now = position()
        if now is not None:
            self._settlement.settle([request for request, outcome in pairs if outcome is not None], now)
        by_signer: dict[str, list[Request]] = {}
        for request, outcome in pairs:
            if outcome is None:
                by_signer.setdefault(request.signer, []).append(request)
        # The Forwarder spends the nonce of an expired request without a call; nothing else of it can happen any more.
        expired = Request.objects.filter(state=State.EXPIRED, signer__in=list(by_signer)).order_by("nonce")
        for request, outcome in outcomes(list(expired)):
            if outcome is None and request.nonce < by_signer[request.signer][0].nonce:
                by_signer[request.signer].append(request)
        # Later ones wait while an earlier one of the signer waits to be tried again.
        paused = Request.objects.filter(state=State.RECEIVED, signer__in=list(by_signer), retry_at__gt=clock.now())
        first_paused = dict(paused.values_list("signer").annotate(Min("nonce")).order_by())
        turns = []
        for signer, requests in by_signer.items():
            requests.sort(key=lambda request: request.nonce)
            turns += [request for request in requests if request.nonce < first_paused.get(signer, request.nonce + 1)]
        return turns

    def _store(self, batches: Sequence[Batch]) -> None:
        made = self._lane.sign(batches)
        with transaction.atomic():
            for made_transaction, batch in zip(made, batches, strict=True):
                ids = [request.id for request in batch.requests if request.state == State.RECEIVED]
                fresh = Request.objects.select_for_update().filter(id__in=ids).values_list("cancellation", flat=True)
                if any(bytes(cancellation) != batch.cancellation for cancellation in fresh):
                    log.info("A request was cancelled while it was packed; packing again.")
                    return
                made_transaction.save()
                Request.objects.filter(id__in=ids).update(carrier=made_transaction)
