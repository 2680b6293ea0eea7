"""One account of the relayer: its transactions in the order of their nonces, from their bytes to their final block.

A transaction is stored before it is sent. Sending and sending again are one act: whatever waits and the node lacks.
"""

import logging
import time
from collections.abc import Sequence

from django.db import transaction
from django.db.models import F, Max, QuerySet

from citychain.chain import clock
from citychain.chain.addressbook import AddressBook
from citychain.chain.bindings import Forwarder
from citychain.chain.keys import Key
from citychain.chain.rpc import Rpc, RpcError
from citychain.chain.transactions import sign_1559
from citychain.indexer.models import Block

from .batches import BASE_GAS, Batch
from .errors import TransactionRefused
from .models import RelayTransaction, Request, RequestEvent
from .settlement import outcomes, position
from .story import move

State, Code, Tx = Request.State, RequestEvent.Code, RelayTransaction.State

#: Transactions that wait for their block at most.
MOST_IN_FLIGHT = 64
#: Bytes sent to the node in one round trip.
MOST_SENT_BYTES = 500_000
#: Seconds between looks at whether the node still has what waits; seconds before a skipped request is tried again.
LOOK_EVERY, FIRST_RETRY, LONGEST_RETRY = 1.0, 1, 60
#: Wei of priority fee for each unit of gas.
TIP = 1_000_000

log = logging.getLogger(__name__)


class Lane:
    """What `key` sends to the Forwarder."""

    def __init__(self, rpc: Rpc, book: AddressBook, key: Key) -> None:
        self.rpc = rpc
        self.book = book
        self.key = key
        self._looked = 0.0

    def room(self) -> int:
        """How many more transactions may wait."""
        return MOST_IN_FLIGHT - self._in_flight().count()

    # --- signing -----------------------------------------------------------------------------------------------------

    def sign(self, batches: Sequence[Batch]) -> list[RelayTransaction]:
        """Transactions with the next nonces, not saved."""
        stored = self._mine().aggregate(last=Max("nonce"))["last"]
        nonce = max(self.rpc.nonce(self.key.address, "latest"), -1 if stored is None else stored + 1)
        base_fee = self.rpc.head().base_fee
        return [self._sign(nonce + i, batch.data(), batch.gas, base_fee) for i, batch in enumerate(batches)]

    def _sign(self, nonce: int, data: bytes, gas: int, base_fee: int) -> RelayTransaction:
        signed = sign_1559(
            self.key,
            chain_id=self.book.chain_id,
            nonce=nonce,
            to=self.book.address("Forwarder"),
            data=data,
            gas=gas,
            max_fee=2 * base_fee + TIP,
            tip=TIP,
        )
        return RelayTransaction(
            relayer=self.key.address, nonce=nonce, raw=signed.raw, hash=signed.hash, created=clock.now()
        )

    # --- sending -----------------------------------------------------------------------------------------------------

    def send(self) -> bool:
        """Sends what the node does not have: new transactions, and those that it lost. The same bytes, in order."""
        waiting = list(self._in_flight().order_by("nonce"))
        new = [made for made in waiting if made.state == Tx.STORED]
        if not waiting or (not new and time.monotonic() - self._looked < LOOK_EVERY):
            return False
        self._looked = time.monotonic()
        known = self.rpc.nonce(self.key.address, "pending")
        missing = [made for made in waiting if made.nonce >= known]
        if missing and missing[0].nonce > known:
            missing = [*self._fill(known, missing[0].nonce), *missing]
        self._note_sent([made for made in new if made.nonce < known])
        while missing:
            some = _first_bytes(missing)
            missing = missing[len(some) :]
            self._note_sent(some[: self._deliver(some)])
        return bool(new)

    def _deliver(self, some: Sequence[RelayTransaction]) -> int:
        """How many of the first the node has now. Raises TransactionRefused when it takes none."""
        for i, answer in enumerate(self.rpc.send_raw([bytes(made.raw) for made in some])):
            if isinstance(answer, RpcError) and "already" not in answer.reason and "nonce too low" not in answer.reason:
                if i == 0:
                    raise TransactionRefused(nonce=some[0].nonce, reason=answer.reason)
                return i
        return len(some)

    def _note_sent(self, sent: Sequence[RelayTransaction]) -> None:
        new = [made for made in sent if made.state == Tx.STORED]
        again = [made.pk for made in sent if made.state == Tx.SENT]
        RelayTransaction.objects.filter(pk__in=again).update(resent=F("resent") + 1)
        with transaction.atomic():
            for made in new:
                RelayTransaction.objects.filter(pk=made.pk).update(state=Tx.SENT, sent_at=clock.now())
                carried = list(made.requests.filter(state=State.RECEIVED))
                move(carried, State.SENT, Code.SENT, {"tx": made.hash})

    def _fill(self, first: int, end: int) -> list[RelayTransaction]:
        """Transactions for nonces that the node expects and that none of the waiting has: the bytes stored once, or an
        empty batch. Without them the node would hold back all that follow."""
        stored = {made.nonce: made for made in self._mine().filter(nonce__gte=first, nonce__lt=end)}
        base_fee = self.rpc.head().base_fee
        filled = []
        for nonce in range(first, end):
            made = stored.get(nonce)
            if made is None:
                made = self._sign(nonce, Forwarder.executeBatch(requests=[]).data(), BASE_GAS, base_fee)
                made.save()
            elif made.state != Tx.STORED:
                made.state = Tx.SENT
                made.save(update_fields=["state"])
            log.warning("Transaction %d of the relayer was missing on the chain; sending it again.", nonce)
            filled.append(made)
        return filled

    # --- following transactions --------------------------------------------------------------------------------------

    def track(self) -> bool:
        """Which transactions have their block, and which requests those could not carry."""
        moved = self._take_over()
        waiting = list(self._in_flight().filter(state=Tx.SENT).order_by("nonce"))
        if waiting:
            # anvil counts a transaction a moment before its receipt is there: only a count that was final before the
            # receipts were asked for proves that another transaction took the nonce.
            final = self.rpc.nonce(self.key.address, "finalized")
            count = self.rpc.nonce(self.key.address, "latest")
            done = [made for made in waiting if made.nonce < count]
            receipts = self.rpc.batch([("eth_getTransactionReceipt", (made.hash,)) for made in done])
            with transaction.atomic():
                for made, receipt in zip(done, receipts, strict=True):
                    if isinstance(receipt, RpcError):
                        raise receipt
                    if receipt is not None or made.nonce < final:
                        self._landed(made, receipt)
            moved |= None not in receipts and bool(done)
        return self._take_back() or moved

    def _landed(self, made: RelayTransaction, receipt: dict[str, str] | None) -> None:
        if receipt is not None:
            made.state, made.block, made.block_hash = Tx.MINED, int(receipt["blockNumber"], 16), receipt["blockHash"]
            made.save(update_fields=["state", "block", "block_hash"])
            return
        log.error("Nonce %d of the relayer was used by a transaction that it did not make.", made.nonce)
        self._give_up(made)

    def _take_over(self) -> bool:
        """What an account that relays no more left waiting goes with this one. Should its transaction be included
        after all, the nonces of the requests see to it that nothing runs twice."""
        waiting = RelayTransaction.objects.filter(state__in=RelayTransaction.IN_FLIGHT)
        left = list(waiting.exclude(relayer=self.key.address).order_by("relayer", "nonce"))
        for made in left:
            log.warning("Taking over the requests of transaction %d of %s.", made.nonce, made.relayer)
            with transaction.atomic():
                self._give_up(made)
        return bool(left)

    def _give_up(self, made: RelayTransaction) -> None:
        made.state = Tx.LOST
        made.save(update_fields=["state"])
        self._return(list(made.requests.filter(state__in=(State.RECEIVED, State.SENT))), made)

    def _take_back(self) -> bool:
        """Requests that their transaction's block did not carry out wait again, each for its own transaction."""
        now = position()
        if now is None:
            return False
        mined = RelayTransaction.objects.filter(state=Tx.MINED)
        mined.filter(block__lte=now.final).exclude(requests__state=State.SENT).update(state=Tx.FINAL)
        moved = False
        for made in mined.filter(block__lte=now.head, requests__state=State.SENT).distinct():
            if Block.objects.filter(pk=made.block or 0, hash=made.block_hash).exists():
                pairs = outcomes(list(made.requests.filter(state=State.SENT)))
                skipped = [request for request, outcome in pairs if outcome is None]
                self._return(skipped, made)
                moved |= bool(skipped)
        return moved

    def _return(self, requests: Sequence[Request], made: RelayTransaction) -> None:
        for request in requests:
            pause = min(FIRST_RETRY << request.attempts, LONGEST_RETRY)
            move(
                [request],
                State.RECEIVED,
                Code.SKIPPED,
                {"tx": made.hash},
                carrier=None,
                attempts=request.attempts + 1,
                retry_at=clock.now() + pause,
            )

    def _mine(self) -> QuerySet[RelayTransaction]:
        return RelayTransaction.objects.filter(relayer=self.key.address)

    def _in_flight(self) -> QuerySet[RelayTransaction]:
        return self._mine().filter(state__in=RelayTransaction.IN_FLIGHT)


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
