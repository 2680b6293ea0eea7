"""Titles as the API tells them: what the chain shows to everybody."""

from pydantic import BaseModel

from citychain.indexer.schemas import Answer, Step, Time


class TitleRow(BaseModel):
    """`town` is the 9-digit statistics code; `commitment` commits to the present deed, of `version`."""

    id: int
    town: int
    state: str
    registrar: int
    commitment: str
    version: int
    holder: str
    registered: Time


class TitleList(Answer):
    """The newest first. `next`: hand it back as `before` for the older page; null at the end."""

    titles: list[TitleRow]
    next: int | None


class OwnerRow(BaseModel):
    """`share` in basis points; all shares of a title sum to 10,000."""

    account: str
    share: int
    must_consent: bool


class EncumbranceRow(BaseModel):
    """A mortgage or a seizure in force. `ref` is its 32-byte reference in hex; `institution` the bank or the court."""

    id: int
    kind: str
    institution: int
    ref: str
    valid_from: Time
    valid_until: Time


class TransferRow(BaseModel):
    """A transfer under way, until its deadline."""

    id: int
    commitment: str
    deadline: Time


class TitleAnswer(Answer):
    """One title; the first of `owners` represents the others; `history` the oldest first."""

    title: TitleRow
    owners: list[OwnerRow]
    encumbrances: list[EncumbranceRow]
    transfer: TransferRow | None
    history: list[Step]
