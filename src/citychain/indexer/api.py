"""Blocks and how fresh the record is; and what every operation of the API shares."""

from typing import Any

from django.conf import settings
from ninja import Router, Schema

from citychain.chain.clock import local_time
from citychain.errors import NotFound

from . import queries
from .models import Block


class Problem(Schema):
    """RFC 9457. `code` is stable; `detail` is in the language of Accept-Language; `retry`: would it help?"""

    type: str
    title: str
    status: int
    detail: str
    code: str
    retry: bool


#: Every operation documents these answers.
PROBLEMS = {frozenset({400, 401, 403, 404, 409, 422, 500, 502, 503}): Problem}


class Simulated(Schema):
    """Every answer says whether the city is a demonstration."""

    simulated: bool = settings.CITYCHAIN_SANDBOX


class Time(Schema):
    """A time twice: UTC seconds, and RFC 3339 in the city's zone."""

    seconds: int
    text: str


def moment(seconds: int) -> Time:
    return Time(seconds=seconds, text=local_time(seconds).isoformat())


class Status(Simulated):
    """`final` can't be undone, `head` is the newest block read, `stale_since` the first that could not be read."""

    head: int
    final: int
    time: Time
    stale_since: int | None
    stale_reason: str


class BlockAnswer(Simulated):
    number: int
    hash: str
    parent: str
    time: Time
    transactions: int
    final: bool


router = Router(tags=["record"])


@router.get("/status", response={200: Status, **PROBLEMS}, summary="How fresh the record is")
def status(request: Any) -> Status:
    head = queries.head()
    return Status(
        head=head.block,
        final=head.final,
        time=moment(head.time),
        stale_since=head.stale_since,
        stale_reason=head.stale_reason,
    )


@router.get("/blocks/{number}", response={200: BlockAnswer, **PROBLEMS}, summary="One block")
def block(request: Any, number: int) -> BlockAnswer:
    found = Block.objects.filter(number=number).first() if 0 <= number < 2**63 else None
    if found is None:
        raise NotFound(what=f"block {number}")
    return BlockAnswer(
        number=found.number,
        hash=found.hash,
        parent=found.parent,
        time=moment(found.time),
        transactions=found.transactions,
        final=found.number <= queries.head().final,
    )
