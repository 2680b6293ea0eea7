"""Requests as the API takes and tells them."""

from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from citychain.chain.forwarding import ForwardRequest
from citychain.indexer.schemas import Address, Answer, Time

Bytes = Annotated[
    str, StringConstraints(pattern=r"^0x([0-9a-fA-F]{2})*$", max_length=20_000), Field(description="Hex with 0x.")
]
Count = Annotated[int, Field(ge=0, lt=2**48)]


class Parameter(BaseModel):
    """An argument of a function; a struct has `components`."""

    name: str
    type: str
    components: list["Parameter"] | None = None


class FunctionAnswer(BaseModel):
    """`gas` is the most that a request may ask for."""

    name: str
    signature: str
    selector: str
    gas: int
    arguments: list[Parameter]


class ContractAnswer(BaseModel):
    """`functions` are those that may be requested; `block` is where it was deployed, `code_hash` the keccak of its
    code then."""

    key: str
    contract: str
    address: str
    block: int
    code_hash: str
    functions: list[FunctionAnswer]


class DomainAnswer(BaseModel):
    """EIP-712's domain, in which requests are signed; its names are those of the standard."""

    name: str
    version: str
    chainId: int
    verifyingContract: str


class Contracts(Answer):
    chain_id: int
    domain: DomainAnswer
    contracts: list[ContractAnswer]


class PrepareRequest(BaseModel):
    """`contract` is a key of /contracts or an address; `arguments` have their Solidity names, amounts are in fen.

    Integers may be decimal text, bytes are hex, short text in bytes32 may be plain. The request is good for `seconds`.
    """

    signer: Address
    contract: str = Field(max_length=80, examples=["Deposits:2"])
    function: str = Field(max_length=80, examples=["approve"])
    arguments: dict[str, Any] = Field({}, examples=[{"spender": "0x" + "ab" * 20, "value": 300}])
    seconds: int = Field(900, ge=60, le=3_500)

    model_config = ConfigDict(extra="forbid")


class Message(BaseModel):
    """What is signed: the message of the typed data. `deadline` is UTC seconds; `value` is always 0."""

    from_: Address = Field(alias="from")
    to: Address
    value: int = Field(0, ge=0, le=0)
    gas: Count
    nonce: Count
    deadline: Count
    data: Bytes

    model_config = ConfigDict(extra="forbid")

    def as_signed(self) -> ForwardRequest:
        """The request whose digest was signed."""
        return ForwardRequest(self.from_, self.to, self.gas, self.nonce, self.deadline, bytes.fromhex(self.data[2:]))


class PreparedAnswer(Answer):
    """Sign `typed_data` as it is (eth_signTypedData_v4), then hand in `request` with the signature."""

    request: Message
    domain: DomainAnswer
    typed_data: dict[str, Any]


class SubmitRequest(BaseModel):
    """`signature` is 65 bytes of a key, or what the signer's wallet contract takes (ERC-1271)."""

    request: Message
    signature: Bytes

    model_config = ConfigDict(extra="forbid")


class CancelAnswer(Answer):
    """Sign `typed_data` as it is (eth_signTypedData_v4): it spends the request's nonce without a call."""

    domain: DomainAnswer
    typed_data: dict[str, Any]


class CancelRequest(BaseModel):
    """The signature of CancelRequest(address from,uint256 nonce) in the same domain."""

    signature: Bytes

    model_config = ConfigDict(extra="forbid")


class StoryLine(BaseModel):
    """`code` is stable, `detail` says the same in the language of Accept-Language."""

    state: str
    code: str
    time: Time
    detail: str


class RequestAnswer(Answer):
    """`state` is received, sent or included, and in the end final, rejected or expired, which never changes.

    `function` is "Contract.function"; `reason_code` and `reason` tell why it failed, or will once its block is final,
    and are empty otherwise; `tx` and `block` are where its nonce was spent; `history` is the oldest first.
    """

    id: UUID
    state: str
    signer: str
    target: str
    function: str
    data: str
    nonce: int
    gas: int
    deadline: Time
    digest: str
    created: Time
    tx: str
    block: int | None
    reason_code: str
    reason: str
    history: list[StoryLine]


class RequestList(Answer):
    """The newest first. `next`: hand it back as `before` for the older page; null at the end."""

    requests: list[RequestAnswer] | list[dict[str, Any]]
    next: UUID | None
