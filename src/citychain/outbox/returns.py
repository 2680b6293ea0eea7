"""Requests that their transaction did not carry out: they wait again, each for a transaction of its own.

Should the transaction be included after all, the nonces of the requests see to it that nothing runs twice.
"""

import logging
from collections.abc import Collection, Sequence

from citychain.chain import clock
from citychain.indexer.models import Block

from .lease import Holder
from .models import RelayTransaction, Request, RequestEvent
from .settlement import outcomes, position
from .story import move

State, Code, Tx = Request.State, RequestEvent.Code, RelayTransaction.State

#: Seconds before a request that was skipped is tried again: doubled each time, up to the longest.
FIRST_RETRY, LONGEST_RETRY = 1, 60

log = logging.getLogger(__name__)


def take_over(relayers: Collection[str], lease: Holder) -> bool:
    """What accounts that relay no more left waiting goes with one of `relayers`."""
    left = RelayTransaction.objects.filter(state__in=RelayTransaction.IN_FLIGHT).exclude(relayer__in=relayers)
    taken = list(left.order_by("relayer", "nonce"))
    for made in taken:
        log.warning("Taking over the requests of transaction %d of %s.", made.nonce, made.relayer)
        give_up(made, lease)
    return bool(taken)


def give_up(made: RelayTransaction, lease: Holder) -> None:
    """Another transaction took its nonce, or nobody sends it any more."""
    with lease.writing():
        RelayTransaction.objects.filter(pk=made.pk).update(state=Tx.LOST)
        _return(list(made.requests.filter(state__in=(State.RECEIVED, State.SENT))), made)


def take_back(lease: Holder) -> bool:
    """Requests that their transaction's block did not carry out, and transactions that are final."""
    mined = RelayTransaction.objects.filter(state=Tx.MINED)
    now = position() if mined.exists() else None
    if now is None:
        return False
    unfinished = mined.filter(block__lte=now.head, requests__state=State.SENT).defer("raw").distinct()
    moved = False
    for made in unfinished:
        if Block.objects.filter(pk=made.block or 0, hash=made.block_hash).exists():
            pairs = outcomes(list(made.requests.filter(state=State.SENT)))
            skipped = [request for request, outcome in pairs if outcome is None]
            if skipped:
                moved = True
                with lease.writing():
                    _return(skipped, made)
    final = mined.filter(block__lte=now.final).exclude(requests__state=State.SENT)
    if final.exists():
        with lease.writing():
            final.update(state=Tx.FINAL)
    return moved


def _return(requests: Sequence[Request], made: RelayTransaction) -> None:
    by_attempts: dict[int, list[Request]] = {}
    for request in requests:
        by_attempts.setdefault(request.attempts, []).append(request)
    for attempts, some in by_attempts.items():
        again = clock.now() + min(FIRST_RETRY << attempts, LONGEST_RETRY)
        facts: dict[str, object] = {"tx": made.hash}
        move(some, State.RECEIVED, Code.SKIPPED, facts, carrier=None, attempts=attempts + 1, retry_at=again)
