"""Following a lane's transactions from the node to their block, by receipts.

What blocks pass by gets a higher fee. What another transaction took the nonce of is given up.
"""

import logging
from collections.abc import Sequence
from typing import Any

from citychain.chain.rpc import Header, RpcError

from .lane import Lane
from .models import RelayTransaction
from .returns import give_up

Tx = RelayTransaction.State

#: Blocks without any of the lane's transactions after which the first one gets a higher fee.
STUCK_BLOCKS = 3
#: Wei in a gwei, in which fees paid are kept.
GWEI = 10**9

log = logging.getLogger(__name__)


class Follower:
    """Follows one lane."""

    def __init__(self, lane: Lane) -> None:
        self._lane = lane
        #: What was tracked last: the head's hash and the transactions that waited.
        self._tracked: tuple[str, list[int]] | None = None
        #: The first transaction that waits, and the head when it was first seen to be that.
        self._first, self._since = "", 0
        #: Transactions whose nonce is counted and that have no receipt, with the head when that was first seen.
        self._missing: dict[int, int] = {}

    def track(self, head: Header) -> bool:
        """Which transactions have their block; what blocks passed by gets a higher fee."""
        waiting = list(self._lane.in_flight().filter(state=Tx.SENT).defer("raw").order_by("nonce"))
        now = head.hash, [made.pk for made in waiting]
        if not waiting or now == self._tracked:
            return False
        final = self._lane.rpc.nonce(self._lane.key.address, "finalized")
        count = self._lane.rpc.nonce(self._lane.key.address, "latest")
        done = [made for made in waiting if made.nonce < count]
        receipts = self._receipts(done)
        taken = self._taken([made for made in done if made.pk not in receipts and made.nonce < final], head.number)
        ended = [made for made in done if made.pk in receipts or made in taken]
        if ended:
            with self._lane.lease.writing():
                for made in ended:
                    self._landed(made, receipts.get(made.pk))
        if len(ended) == len(done):
            self._tracked = now
        return self._push(waiting[len(done) :], head) or bool(ended)

    def _taken(self, missing: Sequence[RelayTransaction], head: int) -> list[RelayTransaction]:
        """Those whose nonce another transaction took: a final block counts it, and no receipt comes.

        While anvil makes a block, its answers at the newest block count what the next one will hold, and receipts come
        a moment later. So it is only believed when it is still so two blocks after it was first seen.
        """
        self._missing = {made.pk: self._missing.get(made.pk, head) for made in missing}
        return [made for made in missing if head >= self._missing[made.pk] + 2]

    def _receipts(self, done: Sequence[RelayTransaction]) -> dict[int, dict[str, Any]]:
        """Of each one's present bytes, or of earlier ones with a lower fee."""
        asked = [(made.pk, tx) for made in done for tx in (made.hash, *made.earlier)]
        answers = self._lane.rpc.batch([("eth_getTransactionReceipt", (tx,)) for _, tx in asked])
        for answer in answers:
            if isinstance(answer, RpcError):
                raise answer
        return {pk: answer for (pk, _), answer in zip(asked, answers, strict=True) if answer is not None}

    def _landed(self, made: RelayTransaction, receipt: dict[str, Any] | None) -> None:
        if receipt is None:
            log.error("Nonce %d of %s was used by a transaction that it did not make.", made.nonce, made.relayer)
            give_up(made, self._lane.lease)
            return
        made.state, made.block, made.block_hash = Tx.MINED, int(receipt["blockNumber"], 16), receipt["blockHash"]
        made.gas_used = int(receipt["gasUsed"], 16)
        made.paid = -(-made.gas_used * int(receipt["effectiveGasPrice"], 16) // GWEI)
        made.save(update_fields=["state", "block", "block_hash", "gas_used", "paid"])

    def _push(self, waiting: Sequence[RelayTransaction], head: Header) -> bool:
        """Raises the fee of the first one that waits, and of those below the base fee, when blocks pass them by."""
        if not waiting:
            return False
        if waiting[0].hash != self._first:
            self._first, self._since = waiting[0].hash, head.number
        if head.number - self._since < STUCK_BLOCKS:
            return False
        low = [made for made in waiting[1:] if made.max_fee < head.base_fee]
        raised = [self._lane.raise_fee(made, head.base_fee) for made in [waiting[0], *low]]
        return any(raised)
