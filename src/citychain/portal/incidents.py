"""What stands still in the city, as every page says it.

A worker that fails says so. One that hangs says nothing; it is known by what it no longer writes: the node's block each
minute, which the indexer reads, and the relayer's sign of life every ten seconds.
"""

from dataclasses import dataclass
from typing import Literal

from citychain.chain import clock
from citychain.indexer.queries import Head
from citychain.outbox.models import Lease, Request

#: Seconds after which it stands still: the newest block read, the relayer's sign of life, a signed request unsent.
BLOCK_SECONDS, RELAYER_SECONDS, REQUEST_SECONDS = 180, 60, 120


@dataclass(frozen=True)
class Incident:
    """The gravest of what is wrong. `since` is UTC seconds; of "behind" the first block that could not be read.

    starting: nothing has been read yet. behind: the indexer stopped. still: no new block. waiting: nothing is sent.
    """

    kind: Literal["starting", "behind", "still", "waiting"]
    since: int = 0


def incident(head: Head | None) -> Incident | None:
    """None while all is well; `head` is None while the city starts."""
    if head is None:
        return Incident("starting")
    if head.stale_since is not None:
        return Incident("behind", head.stale_since)
    now = clock.now()
    if now - head.time > BLOCK_SECONDS:
        return Incident("still", head.time)
    alive = Lease.objects.filter(name="relayer").values_list("renewed", flat=True).first()
    if alive is not None and now - alive > RELAYER_SECONDS:
        return Incident("waiting", alive)
    unsent = Request.objects.filter(state=Request.State.RECEIVED, attempts=0).order_by("created")
    oldest = unsent.values_list("created", flat=True).first()
    if oldest is not None and now - oldest > REQUEST_SECONDS:
        return Incident("waiting", oldest)
    return None
