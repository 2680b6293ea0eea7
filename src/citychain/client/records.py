"""The API's answers. Amounts are int fen (0.01 CNY), accounts and hashes lower-case hex; unknown fields are ignored.

Each has the fields that programs mostly want; `City.read` gives the whole answer of any address.
"""

import datetime

import msgspec

from citychain.chain.forwarding import Domain, ForwardRequest

ENDED = ("final", "rejected", "expired")


class Time(msgspec.Struct):
    """UTC seconds, and RFC 3339 in the city's zone."""

    seconds: int
    text: str | None

    def utc(self) -> datetime.datetime:
        return datetime.datetime.fromtimestamp(self.seconds, datetime.UTC)


class Status(msgspec.Struct):
    """`final` can't be undone, `head` is the newest block read; `stale_since`: the first that could not be read."""

    head: int
    final: int
    simulated: bool
    stale_since: int | None = None
    stale_reason: str = ""


class Bank(msgspec.Struct):
    address: str
    institution: int
    name: str
    symbol: str
    supply_fen: int
    accounts: int


class Account(msgspec.Struct):
    """What a holder has at one `bank`; `available_fen` can be spent now."""

    bank: str
    balance_fen: int
    available_fen: int


class Payment(msgspec.Struct):
    """`change_fen` is what came in, negative what went out; `other` is "" for the bank itself."""

    id: int
    bank: str
    kind: str
    change_fen: int
    balance_fen: int
    other: str
    time: Time
    block: int
    tx: str


class Institution(msgspec.Struct):
    id: int
    kind: str
    name: str
    state: str
    may_act: bool


class Title(msgspec.Struct):
    id: int
    town: int
    state: str
    registrar: int
    holder: str
    registered: Time


class Function(msgspec.Struct):
    name: str
    signature: str
    selector: str
    gas: int


class Contract(msgspec.Struct):
    key: str
    contract: str
    address: str
    functions: list[Function]


class Line(msgspec.Struct):
    """One step of a request's story."""

    state: str
    code: str
    time: Time
    detail: str


class Request(msgspec.Struct):
    """`state` is received, sent or included, and in the end final, rejected or expired, which never changes."""

    id: str
    state: str
    signer: str
    target: str
    function: str
    nonce: int
    tx: str
    block: int | None
    reason_code: str
    reason: str
    history: list[Line]

    @property
    def ended(self) -> bool:
        return self.state in ENDED


class Prepared(msgspec.Struct, frozen=True):
    """What to sign: `request` in `domain`. The digest is computed here, not taken from the city."""

    request: ForwardRequest
    domain: Domain

    @property
    def digest(self) -> bytes:
        return self.request.digest(self.domain)
