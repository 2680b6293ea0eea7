"""What pages say about the read model itself."""

from dataclasses import dataclass

from django.db import connections

from .models import Progress
from .router import READ_ALIAS

HEAD = """
SELECT head, final, time, stale_since, stale_reason, head_hash, unwitnessed
FROM indexer_progress LEFT JOIN indexer_block ON number = head WHERE id = 1
"""


@dataclass(frozen=True)
class Head:
    """How far the read model goes. `time` is the block's, UTC seconds; all 0 while nothing has been read.

    `stale_since` is the first block that could not be read, with `stale_reason`; None while all is well. `hash` is the
    block's, empty while nothing has been read. `unwitnessed` is the newest block that no second member confirmed, None
    where none was or where the city asks none.
    """

    block: int
    final: int
    time: int
    stale_since: int | None
    stale_reason: str
    hash: str = ""
    unwitnessed: int | None = None


def head() -> Head:
    """One row by plain SQL, because every answer begins with it."""
    with connections[READ_ALIAS].cursor() as cursor:
        cursor.execute(HEAD)
        found = cursor.fetchone()
    if found is None:
        return Head(0, 0, 0, None, "")
    block, final, *others = found
    return Head(max(0, block), max(0, final), others[0] or 0, *others[1:])


def lag(newest: int) -> int:
    """How many blocks the read model is behind the chain's newest block."""
    progress = Progress.objects.filter(id=1).first()
    return max(0, newest - (progress.head if progress else -1))
