"""What pages hand to the components that show it (templatetags/city.py)."""

from dataclasses import dataclass
from typing import Literal

from django.utils.functional import Promise

Words = str | Promise
Tone = Literal["good", "wait", "bad", "plain"]


@dataclass(frozen=True)
class Step:
    """One line of a timeline. `time` in UTC seconds; a pending step gives the expected time, or None.

    `who` is a name, `address` the account that acted, `tx` the transaction that recorded it.
    """

    what: Words
    time: int | None = None
    who: Words = ""
    address: str = ""
    tx: str = ""
    detail: Words = ""
    state: Literal["done", "pending", "bad"] = "done"


@dataclass(frozen=True)
class Proof:
    """The proof card of a record: what is recorded, since when, by whom, and where to check it.

    `contract` is the address that holds the record; `check` are the steps to verify it without this portal.
    """

    what: Words
    time: int
    block: int
    tx: str
    by: Words = ""
    contract: str = ""
    export_url: str = ""
    check: tuple[Words, ...] = ()


@dataclass(frozen=True)
class Dot:
    """One of the four dots that a request passes: signed, sent, included, final."""

    label: Words
    state: Literal["done", "now", "todo", "bad"]
    time: int | None = None
    note: Words = ""
