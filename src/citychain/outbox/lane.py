"""One account of the relayer: its transactions in the order of their nonces, until the node has them.

A transaction is stored before it is sent. Sending and sending again are one act: whatever waits and the node lacks.
What blocks pass by gets a higher fee: the same nonce and call in new bytes, stored before they are sent as well.
"""

import logging
import time
from collections.abc import Sequence

from django.db.models import F, Max, QuerySet

from citychain.chain import clock
from citychain.chain.addressbook import AddressBook
from citychain.chain.bindings import Forwarder
from citychain.chain.keys import Key
from citychain.chain.rpc import Rpc, RpcError
from citychain.chain.transactions import read_tip, sign_1559, sign_again
from citychain.errors import CityError

from .batches import BASE_GAS, Batch
from .errors import OutOfEther, TransactionRefused
from .lease import Holder
from .models import RelayTransaction, Request, RequestEvent
from .returns import give_up
from .story import move_all

State, Code, Tx = Request.State, RequestEvent.Code, RelayTransaction.State

#: Transactions that wait for their block at most.
MOST_IN_FLIGHT = 64
#: Bytes sent to the node in one round trip.
MOST_SENT_BYTES = 500_000
#: Seconds between looks at whether the node still has what waits, and in which a lane in trouble gets nothing new.
LOOK_EVERY, PAUSE = 1.0, 10.0
#: Refusals of one transaction, a look apart each, until its requests go another way.
MOST_REFUSALS = 5
#: Wei for a unit of gas: the first priority fee, and what is never gone beyond.
TIP, MOST_FEE = 1_000_000, 10**12

log = logging.getLogger(__name__)


class Lane:
    """What `key` sends to the Forwarder, and requests get there by this lane."""

    def __init__(self, rpc: Rpc, book: AddressBook, key: Key, lease: Holder) -> None:
        self.rpc = rpc
        self.book = book
        self.key = key
        self.lease = lease
        self._looked = self._closed_until = 0.0
        self._trouble: CityError | None = None
        #: The nonce that the node refuses, and how often it did.
        self._refusals = (-1, 0)

    def room(self) -> int:
        """How many more transactions may wait; none while the lane is in trouble."""
        return 0 if self.trouble() else MOST_IN_FLIGHT - self.in_flight().count()

    def trouble(self) -> CityError | None:
        """Why it takes nothing new at present: OutOfEther or TransactionRefused."""
        return self._trouble if time.monotonic() < self._closed_until else None

    def _in_trouble(self, problem: CityError) -> CityError:
        if self._trouble is None or self._trouble.code != problem.code:
            log.warning("%s", problem)
        self._trouble, self._closed_until = problem, time.monotonic() + PAUSE
        return problem

    def _well(self) -> None:
        self._trouble, self._closed_until = None, 0.0

    # --- signing -----------------------------------------------------------------------------------------------------

    def sign(self, batches: Sequence[Batch]) -> list[RelayTransaction]:
        """Transactions with the next nonces, not saved. Raises OutOfEther."""
        stored = self._mine().aggregate(last=Max("nonce"))["last"]
        nonce = max(self.rpc.nonce(self.key.address, "latest"), -1 if stored is None else stored + 1)
        base_fee = self.rpc.head().base_fee
        needed = sum(batch.gas for batch in batches) * _max_fee(base_fee)
        balance = int(self.rpc.call("eth_getBalance", self.key.address, "latest"), 16)
        if balance < needed:
            raise self._in_trouble(OutOfEther(account=self.key.address, balance=balance, needed=needed))
        self._well()
        return [self._sign(nonce + i, batch.data(), batch.gas, base_fee) for i, batch in enumerate(batches)]

    def _sign(self, nonce: int, data: bytes, gas: int, base_fee: int) -> RelayTransaction:
        max_fee = _max_fee(base_fee)
        signed = sign_1559(
            self.key,
            chain_id=self.book.chain_id,
            nonce=nonce,
            to=self.book.address("Forwarder"),
            data=data,
            gas=gas,
            max_fee=max_fee,
            tip=TIP,
        )
        made = {"raw": signed.raw, "hash": signed.hash, "max_fee": max_fee, "created": clock.now()}
        return RelayTransaction(relayer=self.key.address, nonce=nonce, **made)

    # --- sending -----------------------------------------------------------------------------------------------------

    def send(self) -> bool:
        """Sends what the node does not have: new transactions, and those that it lost. The same bytes, in order."""
        waiting = list(self.in_flight().defer("raw").order_by("nonce"))
        new = [made for made in waiting if made.state == Tx.STORED]
        young = time.monotonic() - self._looked < LOOK_EVERY
        if not waiting or (young and (not new or self.trouble())):
            return False
        self._looked = time.monotonic()
        known = self.rpc.nonce(self.key.address, "pending")
        missing = [made for made in waiting if made.nonce >= known]
        # Of one with a raised fee the node has earlier bytes, which the count does not tell.
        raised = [made for made in new if made.nonce < known and made.earlier]
        self._note_sent([made for made in new if made.nonce < known and not made.earlier])
        if missing and missing[0].nonce > known:
            missing = [*self._fill(known, missing[0].nonce), *missing]
        unsent = list(self._mine().filter(pk__in=[made.pk for made in raised + missing]).order_by("nonce"))
        while unsent:
            some = _first_bytes(unsent)
            taken = self._deliver(some)
            self._note_sent(some[:taken])
            unsent = unsent[taken:]
        self._well()
        return bool(new)

    def _deliver(self, some: Sequence[RelayTransaction]) -> int:
        """How many of the first the node has now. Raises TransactionRefused when it takes none."""
        for i, answer in enumerate(self.rpc.send_raw([bytes(made.raw) for made in some])):
            if isinstance(answer, RpcError) and "already" not in answer.reason and "nonce too low" not in answer.reason:
                if i == 0:
                    raise self._refused(some[0], answer.reason)
                return i
        return len(some)

    def _refused(self, made: RelayTransaction, reason: str) -> CityError:
        """A fee that is too low is raised. What the node refuses for other reasons is tried some times more; then its
        requests, and those behind it, go another way, each alone: one of them may be the reason."""
        base_fee = self.rpc.head().base_fee
        if made.max_fee < base_fee or "underpriced" in reason or "base fee" in reason:
            self.raise_fee(made, base_fee)
        else:
            nonce, times = self._refusals
            self._refusals = made.nonce, times + 1 if nonce == made.nonce else 1
            if self._refusals[1] >= MOST_REFUSALS:
                self._refusals = -1, 0
                for unsent in self.in_flight().filter(state=Tx.STORED, nonce__gte=made.nonce, earlier=[]):
                    log.error("The node refuses transaction %d of %s: %s", unsent.nonce, unsent.relayer, reason)
                    give_up(unsent, self.lease)
        return self._in_trouble(TransactionRefused(nonce=made.nonce, account=made.relayer, reason=reason))

    def _note_sent(self, sent: Sequence[RelayTransaction]) -> None:
        new = [made for made in sent if made.state == Tx.STORED]
        again = [made.pk for made in sent if made.state == Tx.SENT]
        if not sent:
            return
        with self.lease.writing():
            RelayTransaction.objects.filter(pk__in=again).update(resent=F("resent") + 1)
            for made in new:
                RelayTransaction.objects.filter(pk=made.pk).update(state=Tx.SENT, sent_at=clock.now())
                carried = Request.objects.filter(carrier=made, state=State.RECEIVED)
                move_all(carried, State.SENT, Code.SENT, {"tx": made.hash})

    def _fill(self, first: int, end: int) -> list[RelayTransaction]:
        """Transactions for nonces that the node expects and that none of the waiting has: the bytes stored once, or an
        empty batch. Without them the node would hold back all that follow."""
        stored = {made.nonce: made for made in self._mine().filter(nonce__gte=first, nonce__lt=end)}
        base_fee = self.rpc.head().base_fee
        filled = []
        with self.lease.writing():
            for nonce in range(first, end):
                made = stored.get(nonce)
                if made is None or made.state == Tx.LOST:
                    self._mine().filter(nonce=nonce).delete()
                    made = self._sign(nonce, Forwarder.executeBatch(requests=[]).data(), BASE_GAS, base_fee)
                    made.save()
                else:
                    made.state = Tx.SENT
                    made.save(update_fields=["state"])
                log.warning("Transaction %d of %s was missing on the chain; sending it.", nonce, self.key.address)
                filled.append(made)
        return filled

    # --- fees ---------------------------------------------------------------------------------------------------------

    def raise_fee(self, made: RelayTransaction, base_fee: int) -> bool:
        """Stores the same call with a fee an eighth higher at least (nodes ask for a tenth); False at the limit."""
        tip = read_tip(bytes(made.raw)) * 9 // 8 + 1
        max_fee = max(made.max_fee * 9 // 8 + 1, 2 * base_fee + tip)
        if max_fee > MOST_FEE:
            log.error("Transaction %d of %s would have to pay over the limit.", made.nonce, made.relayer)
            return False
        signed = sign_again(self.key, bytes(made.raw), max_fee=max_fee, tip=tip)
        made.earlier = [*made.earlier, made.hash]
        made.raw, made.hash, made.max_fee, made.state = signed.raw, signed.hash, max_fee, Tx.STORED
        with self.lease.writing():
            made.save(update_fields=["raw", "hash", "max_fee", "earlier", "state"])
            carried = Request.objects.filter(carrier=made, state=State.SENT)
            move_all(carried, State.SENT, Code.RAISED, {"tx": made.hash})
        log.warning("Raising the fee of transaction %d of %s to %d wei.", made.nonce, made.relayer, max_fee)
        return True

    def _mine(self) -> QuerySet[RelayTransaction]:
        return RelayTransaction.objects.filter(relayer=self.key.address)

    def in_flight(self) -> QuerySet[RelayTransaction]:
        """Its transactions that wait for their block."""
        return self._mine().filter(state__in=RelayTransaction.IN_FLIGHT)


def _max_fee(base_fee: int) -> int:
    """Wei a unit of gas: enough for six full blocks to come (EIP-1559: an eighth more each)."""
    return 2 * base_fee + TIP


def _first_bytes(waiting: Sequence[RelayTransaction]) -> list[RelayTransaction]:
    """The first ones that fit into one round trip; at least one."""
    some: list[RelayTransaction] = []
    size = 0
    for made in waiting:
        size += len(made.raw)
        if some and size > MOST_SENT_BYTES:
            break
        some.append(made)
    return some
