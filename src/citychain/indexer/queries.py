"""What pages say about the read model itself."""

from dataclasses import dataclass

from .models import Block, Progress


@dataclass(frozen=True)
class Head:
    """How far the read model goes. `time` is the block's, UTC seconds; all 0 while nothing has been read.

    `stale_since` is the first block that could not be read, with `stale_reason`; None while all is well.
    """

    block: int
    final: int
    time: int
    stale_since: int | None
    stale_reason: str


def head() -> Head:
    progress = Progress.objects.filter(id=1).first()
    if progress is None:
        return Head(0, 0, 0, None, "")
    block = Block.objects.filter(number=progress.head).first()
    return Head(
        max(0, progress.head),
        max(0, progress.final),
        block.time if block else 0,
        progress.stale_since,
        progress.stale_reason,
    )


def lag(newest: int) -> int:
    """How many blocks the read model is behind the chain's newest block."""
    progress = Progress.objects.filter(id=1).first()
    return max(0, newest - (progress.head if progress else -1))
