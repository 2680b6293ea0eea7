"""What all answers of the API share: times, addresses and the word "simulated" look the same everywhere."""

import json
from typing import Annotated, Any

from django.conf import settings
from pydantic import BaseModel, Field, StringConstraints

from citychain.chain.clock import local_time

#: Years that RFC 3339 can't write begin here (10000-01-01, UTC seconds).
BEYOND = 253_402_214_400

Address = Annotated[
    str,
    StringConstraints(to_lower=True, pattern=r"^0x[0-9a-fA-F]{40}$"),
    Field(description="An account or a contract; answers write it in lower case.", examples=["0x" + "ab" * 20]),
]
Number = Annotated[int, Field(ge=0, lt=2**63)]
Limit = Annotated[int, Field(ge=1, le=200, description="The most rows of one page.")]


class Problem(BaseModel):
    """RFC 9457. `code` is stable; `detail` is in the language of Accept-Language; `field` is given where one is wrong.

    `retry`: whether the same call may succeed later without a change; then the header Retry-After says when.
    """

    type: str
    title: str
    status: int
    detail: str
    code: str
    retry: bool
    field: str | None = None


class Answer(BaseModel):
    """The top of every answer; `simulated` is true in a demonstration city, where nobody and nothing is real."""

    simulated: bool = Field(default_factory=lambda: settings.CITYCHAIN_SANDBOX)


class Time(BaseModel):
    """A time twice: UTC seconds, and RFC 3339 in the city's zone (null beyond the year 9999)."""

    seconds: int
    text: str | None


def moment(seconds: int) -> Time:
    return Time(seconds=seconds, text=local_time(seconds).isoformat() if seconds < BEYOND else None)


class Step(BaseModel):
    """A line of a record's history: the contract's event by its Solidity name, its arguments, where it is recorded."""

    event: str
    detail: dict[str, Any]
    time: Time
    block: int
    tx: str


def step(row: Any) -> Step:
    """From a row of history with the columns event, detail (JSON text), time, block and tx."""
    return Step(event=row.event, detail=json.loads(row.detail), time=moment(row.time), block=row.block, tx=row.tx)


class Status(Answer):
    """`final` can't be undone, `head` is the newest block read, `stale_since` the first that could not be read."""

    head: int
    final: int
    time: Time
    stale_since: int | None
    stale_reason: str


class BlockAnswer(Answer):
    number: int
    hash: str
    parent: str
    time: Time
    transactions: int
    final: bool
