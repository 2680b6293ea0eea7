"""Money as the API tells it: what the chain shows to everybody. Amounts are integers in fen, below 2^63."""

from typing import Any

from pydantic import BaseModel

from citychain.indexer.schemas import Answer, Time


class BankRow(BaseModel):
    """`address` is the contract of the bank's deposits; `supply_fen` what the bank owes its customers through it."""

    address: str
    institution: int
    name: str
    symbol: str
    supply_fen: int
    accounts: int
    retired: bool


class BankList(Answer):
    """`circulation_fen` is of all banks. `next`: hand it back as `after` for the next page; null at the end."""

    circulation_fen: int
    banks: list[BankRow] | list[dict[str, Any]]
    next: str | None


class AccountRow(BaseModel):
    """`locked_fen` waits to be paid out, `held_fen` is held by courts, `available_fen` may be spent."""

    bank: str
    balance_fen: int
    locked_fen: int
    held_fen: int
    available_fen: int


class Accounts(Answer):
    """Open accounts of one holder, one for each bank."""

    holder: str
    accounts: list[AccountRow]


class PaymentRow(BaseModel):
    """`change_fen` is signed, `balance_fen` what the account at this bank held after it.

    `other` is the other party's account, empty for the bank itself; `ref` the 32-byte reference in hex, or empty.
    """

    id: int
    bank: str
    kind: str
    change_fen: int
    balance_fen: int
    other: str
    ref: str
    time: Time
    block: int
    tx: str


class Payments(Answer):
    """The newest first. `next`: hand it back as `before` for the older page; null at the end."""

    payments: list[PaymentRow] | list[dict[str, Any]]
    next: int | None
