"""Requests over HTTP: what may be asked, the typed data to sign, handing it in, following it."""

from typing import Any
from uuid import UUID

import msgspec
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from ninja import Field, Router, Schema

from citychain.chain.addressbook import AddressBook
from citychain.chain.artifacts import bindings
from citychain.chain.forwarding import NAME, VERSION, ForwardRequest
from citychain.errors import InvalidInput
from citychain.indexer.api import PROBLEMS, Simulated, Time, moment

from . import published, queries, services
from .errors import NotPublished
from .models import Request

MOST_LISTED, MOST_KEY = 100, 128
ADDRESS = "^0x[0-9a-fA-F]{40}$"
HEX = "^0x([0-9a-fA-F]{2})*$"
#: The API answers the same for everybody: signatures say who asks, never cookies.
router = Router(tags=["requests"])


class FunctionAnswer(Schema):
    """`gas` is the most that a request may ask for."""

    name: str
    signature: str
    gas: int


class ContractAnswer(Schema):
    key: str
    contract: str
    address: str
    block: int
    functions: list[FunctionAnswer]


class Contracts(Simulated):
    """`domain` is the EIP-712 domain of every request."""

    chain_id: int
    domain: dict[str, Any]
    contracts: list[ContractAnswer]


class Prepare(Schema):
    """`contract` is a key of /contracts or an address; `arguments` by their Solidity names, amounts in fen."""

    signer: str = Field(pattern=ADDRESS)
    contract: str = Field(max_length=80)
    function: str = Field(max_length=80)
    arguments: dict[str, Any] = {}
    seconds: int = Field(900, ge=60, le=3500)


class Fields(Schema):
    """The message of the typed data."""

    from_: str = Field(alias="from", pattern=ADDRESS)
    to: str = Field(pattern=ADDRESS)
    value: int = Field(0, ge=0, le=0)
    gas: int = Field(ge=0, lt=2**63)
    nonce: int = Field(ge=0, lt=2**63)
    deadline: int = Field(ge=0, lt=2**48)
    data: str = Field(pattern=HEX, max_length=20_000)


class Prepared(Simulated):
    """Sign `typed_data` with eth_signTypedData_v4 and hand in its message."""

    request: dict[str, Any]
    typed_data: dict[str, Any]


class Submit(Schema):
    request: Fields
    signature: str = Field(pattern=HEX, max_length=20_000)


class Cancel(Schema):
    """The signature of CancelRequest(address from,uint256 nonce) in the same domain."""

    signature: str = Field(pattern=HEX, max_length=20_000)


class StepAnswer(Schema):
    state: str
    time: Time
    detail: str


class RequestAnswer(Simulated):
    """`state`: received, sent, included, final, rejected, expired; `reason` in words where it failed or will."""

    id: UUID
    state: str
    signer: str
    target: str
    nonce: int
    gas: int
    deadline: Time
    digest: str
    created: Time
    tx: str
    block: int | None
    reason_code: str
    reason: str
    history: list[StepAnswer]


class RequestList(Simulated):
    """`next` is the offset of the next page, null on the last."""

    requests: list[RequestAnswer]
    next: int | None


def _answer(row: Request) -> RequestAnswer:
    problem = row.problem
    return RequestAnswer(
        id=row.id,
        state=row.state,
        signer=row.signer,
        target=row.target,
        nonce=row.nonce,
        gas=row.gas,
        deadline=moment(row.deadline),
        digest=row.digest,
        created=moment(row.created),
        tx=row.tx,
        block=row.block,
        reason_code="" if problem is None else problem.code,
        reason=row.reason,
        history=[
            StepAnswer(state=step.state, time=moment(step.at), detail=step.detail)
            for step in sorted(row.events.all(), key=lambda step: step.id)
        ],
    )


def _idempotency_key(request: HttpRequest) -> str | None:
    key = request.headers.get("Idempotency-Key")
    if key is not None and not 1 <= len(key) <= MOST_KEY:
        raise InvalidInput(field="Idempotency-Key", reason=_("it has 1 to %(most)s characters") % {"most": MOST_KEY})
    return key


@router.get("/contracts", response={200: Contracts, **PROBLEMS}, summary="Contracts, and what may be requested of them")
def contracts(request: HttpRequest) -> Contracts:
    book = AddressBook.load()
    functions: dict[str, list[FunctionAnswer]] = {}
    for (contract, _selector), entry in published.catalogue().items():
        name = entry.name.partition(".")[2]
        signature = getattr(bindings(contract), name).signature
        functions.setdefault(contract, []).append(FunctionAnswer(name=name, signature=signature, gas=entry.gas))
    rows = [
        ContractAnswer(
            key=entry.key,
            contract=entry.contract,
            address=entry.address,
            block=entry.block,
            functions=functions.get(entry.contract, []),
        )
        for entry in book.entries
    ]
    domain = {
        "name": NAME,
        "version": VERSION,
        "chainId": book.chain_id,
        "verifyingContract": book.domain.forwarder,
    }
    return Contracts(chain_id=book.chain_id, domain=domain, contracts=rows)


@router.post("/requests/prepare", response={200: Prepared, **PROBLEMS}, summary="The typed data to sign")
def prepare(request: HttpRequest, body: Prepare) -> Prepared:
    book = AddressBook.load()
    entry = book.by_address(body.contract.lower()) or book.entry(body.contract)
    kind = getattr(bindings(entry.contract), body.function, None)
    if kind is None or (entry.contract, getattr(kind, "selector", b"")) not in published.catalogue():
        raise NotPublished(what=f"{entry.contract}.{body.function}")
    try:
        function = msgspec.convert(body.arguments, type=kind, strict=False)
        function.data()
    except (msgspec.ValidationError, ValueError, TypeError, OverflowError) as problem:
        raise InvalidInput(field="arguments", reason=str(problem)) from problem
    ready = services.prepare(body.signer.lower(), entry.address, function, seconds=body.seconds)
    return Prepared(request=ready.typed_data["message"], typed_data=ready.typed_data)


@router.post(
    "/requests", response={202: RequestAnswer, **PROBLEMS}, summary="Hand in a signed request; header Idempotency-Key"
)
def submit(
    request: HttpRequest,
    response: HttpResponse,
    body: Submit,
) -> tuple[int, RequestAnswer]:
    fields = body.request
    asked = ForwardRequest(
        fields.from_.lower(),
        fields.to.lower(),
        fields.gas,
        fields.nonce,
        fields.deadline,
        bytes.fromhex(fields.data[2:]),
    )
    row = services.submit(asked, bytes.fromhex(body.signature[2:]), key=_idempotency_key(request))
    response["Location"] = f"/api/requests/{row.id}"
    return 202, _answer(row)


@router.get("/requests/{request_id}", response={200: RequestAnswer, **PROBLEMS}, summary="One request, its whole story")
def request_by_id(request: HttpRequest, request_id: UUID) -> RequestAnswer:
    return _answer(queries.by_id(request_id))


@router.get("/requests", response={200: RequestList, **PROBLEMS}, summary="A signer's requests, the newest first")
def requests(request: HttpRequest, signer: str, limit: int = 20, offset: int = 0) -> RequestList:
    if not 1 <= limit <= MOST_LISTED:
        raise InvalidInput(field="limit", reason=_("it must lie between 1 and %(most)s") % {"most": MOST_LISTED})
    if not 0 <= offset < 10**6:
        raise InvalidInput(field="offset", reason=_("it must lie between 0 and a million"))
    rows = list(queries.of_signers([signer.lower()])[offset : offset + limit + 1])
    following = offset + limit if len(rows) > limit else None
    return RequestList(requests=[_answer(row) for row in rows[:limit]], next=following)


@router.post(
    "/requests/{request_id}/cancel", response={200: RequestAnswer, **PROBLEMS}, summary="Cancel a waiting request"
)
def cancel(request: HttpRequest, request_id: UUID, body: Cancel) -> RequestAnswer:
    return _answer(services.cancel(request_id, bytes.fromhex(body.signature[2:])))
