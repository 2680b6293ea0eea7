"""Proposals of shared accounts over HTTP: what officers sign, their signatures, handing in. docs/shared-accounts.md

A proposal's id is drawn at random and known to the officers: whoever has it may read the proposal and hand it in.
"""

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from ninja import Router
from pydantic import BaseModel, ConfigDict, Field

from citychain.chain.addressbook import AddressBook
from citychain.chain.forwarding import ForwardRequest
from citychain.identity import shared
from citychain.identity.models import Proposal
from citychain.indexer.schemas import Address, Answer, Time, moment
from citychain.outbox import arguments
from citychain.outbox.schemas import Bytes, Message

router = Router(tags=["proposals"])


class SharedAccountAnswer(Answer):
    """`threshold` of the `officers` sign together, as the contract says now."""

    account: str
    officers: list[str]
    threshold: int


class PrepareProposal(BaseModel):
    """What the account shall do: as in /requests/prepare, for the shared `account`."""

    account: Address
    contract: str = Field(max_length=80, examples=["Institutions"])
    function: str = Field(max_length=80, examples=["suspend"])
    arguments: dict[str, Any] = Field({}, examples=[{"institution": 5, "reason": "reserve-report-late"}])

    model_config = ConfigDict(extra="forbid")


class PreparedProposal(Answer):
    """Each officer signs `typed_data` as it is (eth_signTypedData_v4); `digest` is what the account signs with them."""

    request: Message
    digest: str
    typed_data: dict[str, Any]


class OfficersSignature(BaseModel):
    """65 bytes of the officer's key, of the typed data of the proposal."""

    officer: Address
    signature: Bytes

    model_config = ConfigDict(extra="forbid")


class NewProposal(OfficersSignature):
    """The prepared request with its first officer's signature."""

    request: Message


class ProposalAnswer(Answer):
    """`state`: collecting, submitted, withdrawn or refused. `request` is its id under /requests, once handed in."""

    id: UUID
    account: str
    state: str
    digest: str
    nonce: int
    deadline: Time
    target: str
    data: str
    officers: list[str]
    signed: list[str]
    declined: list[str]
    threshold: int
    typed_data: dict[str, Any]
    request: UUID | None
    refusal: str


def _answer(found: Proposal) -> ProposalAnswer:
    account = shared.known(found.account) or shared.ask(found.account)
    return ProposalAnswer(
        id=found.id,
        account=found.account,
        state=found.state,
        digest=found.digest,
        nonce=found.nonce,
        deadline=moment(found.deadline),
        target=found.target,
        data="0x" + bytes(found.data).hex(),
        officers=account.officers,
        signed=shared.signed_by(found, account),
        declined=[answer.officer for answer in found.approvals.all() if not answer.signature],
        threshold=account.threshold,
        typed_data=shared.typed_data(found.account, shared.digest_of(found)),
        request=found.request,
        refusal=found.refusal,
    )


@router.get("/shared-accounts/{account}", response=SharedAccountAnswer, summary="The officers of a shared account")
def shared_account(request: HttpRequest, account: Address) -> SharedAccountAnswer:
    found = shared.look(account)
    return SharedAccountAnswer(account=found.address, officers=found.officers, threshold=found.threshold)


@router.post("/proposals/prepare", response=PreparedProposal, by_alias=True, summary="What officers would sign")
def prepare_proposal(request: HttpRequest, body: PrepareProposal) -> dict[str, Any]:
    book = AddressBook.load()
    entry = book.by_address(body.contract.lower()) or book.entry(body.contract)
    shared.look(body.account)
    asked = shared.prepare(body.account, entry.address, arguments.call(entry.contract, body.function, body.arguments))
    digest = asked.digest(book.domain)
    return {
        "request": asked.typed_data(book.domain)["message"],
        "digest": "0x" + digest.hex(),
        "typed_data": shared.typed_data(asked.sender, digest),
    }


@router.post("/proposals", response={201: ProposalAnswer}, summary="Propose, with the first officer's signature")
def propose(request: HttpRequest, response: HttpResponse, body: NewProposal) -> ProposalAnswer:
    """The same request again gives the proposal stored before."""
    asked = body.request
    signed = ForwardRequest(
        asked.from_, asked.to, asked.gas, asked.nonce, asked.deadline, bytes.fromhex(asked.data[2:])
    )
    key = "0x" + signed.digest(AddressBook.load().domain).hex()[:62]
    found = shared.propose(signed, body.officer, bytes.fromhex(body.signature[2:]), key=key)
    response["Location"] = f"{request.path}/{found.id}"
    return _answer(found)


@router.get("/proposals/{proposal_id}", response=ProposalAnswer, summary="One proposal, who signed and who is missing")
def proposal(request: HttpRequest, proposal_id: str) -> ProposalAnswer:
    return _answer(shared.by_id(proposal_id))


@router.post("/proposals/{proposal_id}/signatures", response=ProposalAnswer, summary="One more officer's signature")
def sign_proposal(request: HttpRequest, proposal_id: str, body: OfficersSignature) -> ProposalAnswer:
    """With the last that is needed the request is handed in."""
    return _answer(shared.sign(shared.by_id(proposal_id), body.officer, bytes.fromhex(body.signature[2:])))


@router.post("/proposals/{proposal_id}/submit", response=ProposalAnswer, summary="Hand in what has its signatures")
def submit_proposal(request: HttpRequest, proposal_id: str) -> ProposalAnswer:
    """By anyone. Safe to repeat; changes nothing while signatures are missing."""
    found = shared.by_id(proposal_id)
    shared.require_open(found)
    shared.go_on(found.account)
    return _answer(shared.by_id(proposal_id))
