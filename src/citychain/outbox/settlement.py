"""Outcomes of requests, read from the read model: by digest and by nonce, whoever submitted them.

A request whose nonce is spent in a block is included; when that block is final it is final, rejected or expired, for
ever. A block that is undone by a reorganisation sends it back to where it was: sent, or received when somebody else had
submitted it.
"""

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from django.db.models import Q, QuerySet

from citychain.chain import clock
from citychain.chain.bindings import Forwarder
from citychain.chain.errors import from_revert
from citychain.indexer.models import Block, Progress

from . import story
from .errors import Cancelled, Expired, Replaced
from .lease import Holder
from .models import Executed, RelayTransaction, Request, RequestEvent

State, Code = Request.State, RequestEvent.Code


class Outcome(NamedTuple):
    """Where a spent nonce leads a request once its block is final, and why."""

    state: Request.State
    reason_code: str
    reason_data: str
    tx: str
    block: int


class Position(NamedTuple):
    """How far the read model is. `final_time` is the final block's, UTC seconds."""

    head: int
    head_hash: str
    final: int
    final_hash: str
    final_time: int


def position() -> Position | None:
    """None while nothing was read."""
    progress = Progress.objects.filter(id=1).first()
    block = Block.objects.filter(number=progress.final).first() if progress else None
    if progress is None or block is None:
        return None
    return Position(progress.head, progress.head_hash, progress.final, block.hash, block.time)


class Settlement:
    """Follows requests that the chain may have heard of. Reads little while the chain stands still."""

    def __init__(self, lease: Holder) -> None:
        self._lease = lease
        self._seen: Position | None = None

    def step(self) -> bool:
        """Moves what the chain has decided since the last step; False when nothing was to be moved.

        The position is read before the rows: a row seen in a final block is final, a row not seen may only be late.
        """
        now = position()
        if now is None:
            return False
        # A reorganisation, or a start: what was included may not be any more.
        if self._seen is None or not Block.objects.filter(hash=self._seen.head_hash, number=self._seen.head).exists():
            mined = RelayTransaction.objects.filter(state=RelayTransaction.State.MINED)
            with self._lease.writing():
                mined.update(state=RelayTransaction.State.SENT, block=None, block_hash="", gas_used=0, paid=0)
            moved = self.settle(_followed(state=State.INCLUDED), now)
        else:
            moved = self.settle(_followed(state=State.INCLUDED, block__lte=now.final), now)
        if now != self._seen:
            # What was carried once may yet be included, though it waits to be tried again.
            moved |= self.settle(_followed(Q(state=State.SENT) | Q(state=State.RECEIVED, attempts__gt=0)), now)
            moved |= self._expire(now)
        self._seen = now
        return moved

    def settle(self, requests: Iterable[Request], now: Position) -> bool:
        """Moves those whose nonce is spent, and those that were included and are not any more."""
        groups: dict[Outcome, list[Request]] = {}
        undone: dict[tuple[int | None, Request.State], list[Request]] = {}
        for request, outcome in outcomes(list(requests)):
            if outcome is not None:
                groups.setdefault(outcome, []).append(request)
            elif request.state == State.INCLUDED:
                before = State.SENT if request.carrier_id else State.RECEIVED
                undone.setdefault((request.block, before), []).append(request)
        for (block, before), some in undone.items():
            self._move(some, before, Code.UNDONE, {"block": block}, tx="", block=None, **_reason("", ""))
        moved = bool(undone)
        waiting = list(groups.items())
        while waiting:
            written = 0
            with self._lease.writing():
                while waiting and written < story.AT_ONCE:
                    outcome, some = waiting.pop(0)
                    moved |= self._apply(outcome, some, now)
                    written += len(some)
        return moved

    def _apply(self, outcome: Outcome, requests: list[Request], now: Position) -> bool:
        reason = _reason(outcome.reason_code, outcome.reason_data)
        facts: dict[str, Any] = {"tx": outcome.tx, "block": outcome.block, **reason}
        fresh = [request for request in requests if request.tx != outcome.tx or request.block != outcome.block]
        included = Code.FAILED if outcome.reason_code else Code.INCLUDED
        if outcome.block > now.final:
            story.move(fresh, State.INCLUDED, included, facts, **facts)
            return bool(fresh)
        # Final at once, as of the embedded node: both lines, but one change.
        if fresh:
            story.tell_all(story.live(fresh), State.INCLUDED, included, clock.now(), facts)
        code = {State.FINAL: Code.FINAL, State.REJECTED: Code.REJECTED, State.EXPIRED: Code.EXPIRED}[outcome.state]
        story.move(requests, outcome.state, code, facts, **facts)
        return True

    def _expire(self, now: Position) -> bool:
        """Those whose deadline a final block has passed with the nonce unspent: the Forwarder will never run them."""
        late = _followed(state__in=(State.RECEIVED, State.SENT), deadline__lt=now.final_time)
        unspent = [request for request, outcome in outcomes(list(late)) if outcome is None]
        facts: dict[str, object] = {"block": now.final}
        self._move(unspent, State.EXPIRED, Code.EXPIRED, facts, **_reason(Expired.code, ""))
        return bool(unspent)

    def _move(self, requests: Sequence[Request], *told: Any, **fields: Any) -> None:
        """As story.move, in short transactions."""
        for start in range(0, len(requests), story.AT_ONCE):
            with self._lease.writing():
                story.move(requests[start : start + story.AT_ONCE], *told, **fields)


def _followed(*conditions: Q, **fields: object) -> QuerySet[Request]:
    """Without what was signed: to follow a request takes little of it."""
    found = Request.objects.filter(*conditions, **fields)
    return found.only("id", "signer", "nonce", "digest", "state", "tx", "block", "carrier")


def outcomes(requests: Sequence[Request]) -> list[tuple[Request, Outcome | None]]:
    """What spent each request's nonce; None while it is unspent."""
    spent: dict[str, Executed] = {}
    for start in range(0, len(requests), story.AT_ONCE):
        slots = [request.slot for request in requests[start : start + story.AT_ONCE]]
        spent |= {row.id: row for row in Executed.objects.filter(id__in=slots)}
    return [(request, _outcome(request, spent.get(request.slot))) for request in requests]


def _outcome(request: Request, row: Executed | None) -> Outcome | None:
    if row is None:
        return None
    if row.cancelled:
        return Outcome(State.REJECTED, Cancelled.code, "", row.tx, row.block)
    if row.digest != request.digest:
        return Outcome(State.REJECTED, Replaced.code, "", row.tx, row.block)
    if row.success:
        return Outcome(State.FINAL, "", "", row.tx, row.block)
    data = bytes.fromhex(row.reason[2:])
    if data[:4] == Forwarder.RequestExpired.selector:
        return Outcome(State.EXPIRED, Expired.code, "", row.tx, row.block)
    return Outcome(State.REJECTED, from_revert(data).code, row.reason, row.tx, row.block)


def _reason(code: str, data: str) -> dict[str, object]:
    return {"reason_code": code, "reason_data": data}
