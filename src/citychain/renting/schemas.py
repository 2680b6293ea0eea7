"""Titles as the API tells them: what the chain shows to everybody."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from citychain.indexer.schemas import Address, Answer, Number, Step, Time
from citychain.outbox.schemas import Bytes, Count, Message

Bytes32 = Annotated[str, StringConstraints(to_lower=True, pattern=r"^0x[0-9a-fA-F]{64}$"), Field(description="Hex.")]
#: One line of text: no control characters.
LINE = r"^[^\x00-\x1f\x7f]*$"


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

    titles: list[TitleRow] | list[dict[str, Any]]
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


class DeedRow(BaseModel):
    """What a deed says. `village` is the 12-digit code, `area` in 0.01 m²; of `use`, 住宅 is a home, 公寓 an
    apartment, 商业 a shop or an office."""

    village: str = Field(pattern=r"^[0-9]{12}$", examples=["130638100001"])
    use: Literal["住宅", "公寓", "商业"]
    area: int = Field(ge=100, le=100_000_000, examples=[89_50])
    address: str = Field(min_length=1, max_length=200, pattern=LINE, examples=["1号楼2单元301室"])
    number: str = Field(min_length=1, max_length=60, pattern=LINE, examples=["冀（2026）雄安不动产权第000001号"])

    model_config = ConfigDict(extra="forbid")


class SaltedDeed(DeedRow):
    """A deed with the 32 random bytes under which the record commits to it. Keep both: they prove the commitment."""

    salt: Bytes32


class NewOwner(BaseModel):
    """`share` in basis points; all shares of a title sum to 10,000. The first owner represents the others."""

    account: Address
    share: int = Field(ge=1, le=10_000, examples=[10_000])
    must_consent: bool = True

    model_config = ConfigDict(extra="forbid")


Owners = Annotated[list[NewOwner], Field(min_length=1, max_length=16)]
Seconds = Annotated[int, Field(ge=60, le=3_500, description="How long the request is good.")]


class Home(BaseModel):
    deed: DeedRow
    owners: Owners

    model_config = ConfigDict(extra="forbid")


class PrepareRegistration(BaseModel):
    """One home, or up to twenty that are registered together or not at all."""

    signer: Address
    homes: list[Home] = Field(min_length=1, max_length=20)
    seconds: Seconds = 900

    model_config = ConfigDict(extra="forbid")


class PrepareTransfer(BaseModel):
    """`deed` is the new deed as a whole; `deadline` is UTC seconds, until when everybody concerned must agree."""

    signer: Address
    title: Number
    deed: DeedRow
    owners: Owners
    deadline: Count
    seconds: Seconds = 900

    model_config = ConfigDict(extra="forbid")


class PrepareCorrection(BaseModel):
    """`deed` is the right deed as a whole; everybody can read `reason`, for ever: nothing about a person."""

    signer: Address
    title: Number
    deed: DeedRow
    reason: str = Field(min_length=1, max_length=31, pattern=r"^[\x20-\x7e]+$", examples=["area misread"])
    seconds: Seconds = 900

    model_config = ConfigDict(extra="forbid")


class PrepareOrder(BaseModel):
    """By a court. `deed` is the new deed as a whole, of a home in the title's town; everybody can read `case_number`,
    for ever."""

    signer: Address
    title: Number
    deed: DeedRow
    owners: Owners
    case_number: str = Field(min_length=1, max_length=31, pattern=r"^[\x20-\x7e]+$", examples=["(2026) Ji 0638 No. 17"])
    seconds: Seconds = 900

    model_config = ConfigDict(extra="forbid")


class PreparedDeeds(Answer):
    """Sign `document`, then `typed_data`, each as it is (eth_signTypedData_v4); then hand in `deeds` and `request` with
    both signatures. Nothing is kept before."""

    deeds: list[SaltedDeed]
    document: dict[str, Any]
    request: Message
    typed_data: dict[str, Any]


class SubmitDeeds(BaseModel):
    """What was prepared; `document_signature` is of the document, `signature` of the request, both by its signer."""

    deeds: list[SaltedDeed] = Field(min_length=1, max_length=20)
    document_signature: Bytes
    request: Message
    signature: Bytes

    model_config = ConfigDict(extra="forbid")
