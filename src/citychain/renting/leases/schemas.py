"""Leases as the API tells them: what the chain shows to everybody; and offers, for who knows their hash."""

from typing import Any

from pydantic import BaseModel, Field

from citychain.indexer.schemas import Answer, Step, Time


class LeaseRow(BaseModel):
    """A lease. Days are numbers since 1970-01-01 in Asia/Shanghai, `to_day` not among them; amounts in fen. `covered`
    is what covers its rent so far, `arrears` what is due today and not covered, `held` what the escrow holds."""

    id: int
    unit: int
    head_lease: int
    state: str
    terms_hash: str
    from_day: int
    to_day: int
    rent: int
    due_day: int
    deposit: int
    late_fee: int
    grace_days: int
    notice_days: int
    occupants: int
    sublettable: bool
    deposits: str
    track: str
    decider: int
    payee: str
    refundee: str
    covered: int
    arrears: int
    held: int
    signed: Time


class LeaseList(Answer):
    """The newest first. `next`: hand it back as `before` for the older page; null at the end."""

    leases: list[LeaseRow] | list[dict[str, Any]]
    next: int | None


class MonthRow(BaseModel):
    """The rent of a calendar month of the lease, and how much of it is covered; fen and days as in a lease."""

    number: int
    from_day: int
    to_day: int
    due_day: int
    amount: int
    covered: int


class PaymentRow(BaseModel):
    """A payment of rent; `state` is made, settled (final, says the bank) or returned."""

    id: int
    payer: str
    payee: str
    amount: int
    state: str
    paid: Time
    tx: str


class CreditRow(BaseModel):
    """What the escrow owes an account, in fen; anyone has it paid out (Escrow.payOut)."""

    account: str
    amount: int


class ItemRow(BaseModel):
    """An item that the payee claims from the deposit, in fen."""

    kind: str
    claimed: int
    accepted: int
    withdrawn: int
    granted: int


class PartRow(BaseModel):
    """A part of the settlement of the deposit: claims or bills; `deadline` in UTC seconds ends the present step."""

    part: str
    step: str
    open: int
    deadline: int
    decider: int
    items: list[ItemRow]


class FilingRow(BaseModel):
    """How a lease stands before the housing bureau: due, submitted, returned, filed or cancelled. `document` commits to
    what was submitted last, `certificate` to the one in force, both "" while there is none. Unless a party objects, a
    lease outside of the record ends this one at `outside_from`, UTC seconds; 0 while none is reported."""

    state: str
    by_tenant: bool
    document: str
    certificate: str
    institution: int
    filed_tx: str
    outside_from: int
    contested: bool


class LeaseAnswer(Answer):
    """One lease with its sides, rent, deposit, filing and history, the oldest first."""

    lease: LeaseRow
    landlords: list[str]
    tenants: list[str]
    months: list[MonthRow]
    payments: list[PaymentRow]
    credits: list[CreditRow]
    settlement: list[PartRow]
    filing: FilingRow | None
    history: list[Step]


class TermsIn(BaseModel):
    """LeaseOffers.Terms without commitments and salt, as the contract names its fields."""

    unitId: int = Field(ge=1, lt=2**63)
    headLeaseId: int = Field(0, ge=0, lt=2**63)
    landlords: list[str] = Field(min_length=1, max_length=16)
    tenants: list[str] = Field(min_length=1, max_length=16)
    payee: str
    refundee: str
    occupants: int = Field(ge=1, lt=2**16)
    fromDay: int = Field(ge=0, lt=2**32)
    toDay: int = Field(ge=0, lt=2**32)
    rent: int = Field(ge=1, lt=2**63)
    dueDay: int = Field(ge=1, le=31)
    deposit: int = Field(ge=0, lt=2**63)
    graceDays: int = Field(0, ge=0, le=366)
    lateFee: int = Field(0, ge=0, lt=2**63)
    noticeDays: int = Field(0, ge=0, lt=2**16)
    sublettable: bool = False
    deposits: str
    track: int = Field(ge=0, le=2)
    decider: int = Field(ge=1, lt=2**32)
    offerDeadline: int = Field(ge=0, lt=2**48)


class TextsIn(BaseModel):
    """What the commitments of an offer stand for; it stays with the parties."""

    houseRules: str = Field("", max_length=4000)
    inventory: str = Field("", max_length=4000)
    other: str = Field("", max_length=4000)


class PrepareOffer(BaseModel):
    """Terms to be signed by all; `author` is the party that writes them."""

    terms: TermsIn
    texts: TextsIn
    author: str


class SaltedText(BaseModel):
    """A text with the salt (64 hex digits) of its commitment, keccak256(salt || text)."""

    salt: str = Field(pattern="^[0-9a-f]{64}$")
    text: str = Field(max_length=20_000)


class OfferIn(BaseModel):
    """An offer as it was prepared."""

    terms: dict[str, Any]
    texts: dict[str, SaltedText]
    author: str


class PreparedOffer(Answer):
    """`terms` in full; `digest` is what each party signs, `typed_data` the same for eth_signTypedData_v4."""

    terms: dict[str, Any]
    texts: dict[str, SaltedText]
    author: str
    digest: str
    typed_data: dict[str, Any]


class KeepOffer(BaseModel):
    """An offer and its author's signature (hex), ECDSA or ERC-1271."""

    offer: OfferIn
    signature: str


class SignOffer(BaseModel):
    """One party's signature (hex) of the terms, ECDSA or ERC-1271."""

    account: str
    signature: str


class OfferAnswer(Answer):
    """An offer: its terms, texts, who has signed. `conclude` is the call that concludes it once all have: prepare it as
    every request (POST /api/requests/prepare); null before."""

    digest: str
    terms: dict[str, Any]
    texts: dict[str, SaltedText]
    author: str
    signed: list[str]
    missing: list[str]
    lease: int | None
    conclude: dict[str, Any] | None
