"""Requests over HTTP: what may be asked, the typed data to sign, handing it in, following it.

Signatures say who asks, never cookies: the API answers the same for everybody.
"""

from typing import Annotated, Any

from django.http import HttpRequest, HttpResponse
from ninja import Header, Router

from citychain.chain.addressbook import AddressBook
from citychain.chain.artifacts import bindings
from citychain.chain.forwarding import NAME, VERSION, Domain
from citychain.chain.forwarding import CancelRequest as Cancellation
from citychain.indexer.choosing import choice, chosen
from citychain.indexer.paging import page
from citychain.indexer.schemas import Address, Limit, moment

from . import arguments, published, queries, services
from .errors import NotPublished
from .models import Request
from .schemas import (
    CancelAnswer,
    CancelRequest,
    ContractAnswer,
    Contracts,
    DomainAnswer,
    FunctionAnswer,
    Parameter,
    PreparedAnswer,
    PrepareRequest,
    RequestAnswer,
    RequestList,
    StoryLine,
    SubmitRequest,
)

router = Router(tags=["requests"])


IdempotencyKey = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        description="1 to 128 printable characters, best drawn at random: the same key and request again give the "
        "request stored before, another request under it is refused (409).",
    ),
]


def answer(row: Request, book: AddressBook) -> RequestAnswer:
    """A request as the API tells it."""
    problem = row.problem
    return RequestAnswer(
        id=row.id,
        state=row.state,
        signer=row.signer,
        target=row.target,
        function=_name(row, book),
        data="0x" + bytes(row.data).hex(),
        nonce=row.nonce,
        gas=row.gas,
        deadline=moment(row.deadline),
        digest=row.digest,
        created=moment(row.created),
        tx=row.tx,
        block=row.block,
        reason_code="" if problem is None else problem.code,
        reason="" if problem is None else str(problem),
        history=[
            StoryLine(state=event.state, code=event.code, time=moment(event.at), detail=event.detail)
            for event in sorted(row.events.all(), key=lambda event: event.id)
        ],
    )


def _name(row: Request, book: AddressBook) -> str:
    """ "Contract.function", or the selector where it is not published any more."""
    try:
        return published.lookup(book, row.target, bytes(row.data)).name
    except NotPublished:
        return row.selector


def _domain(domain: Domain) -> DomainAnswer:
    return DomainAnswer(name=NAME, version=VERSION, chainId=domain.chain_id, verifyingContract=domain.forwarder)


def _functions(contract: str) -> list[FunctionAnswer]:
    found = []
    for (owner, selector), entry in published.catalogue().items():
        if owner == contract:
            name = entry.name.partition(".")[2]
            found.append(
                FunctionAnswer(
                    name=name,
                    signature=getattr(bindings(contract), name).signature,
                    selector="0x" + selector.hex(),
                    gas=entry.gas,
                    arguments=[Parameter.model_validate(item) for item in arguments.parameters(contract, name)],
                )
            )
    return found


@router.get("/contracts", response=Contracts, exclude_none=True, summary="Contracts, and what may be requested of them")
def contracts(request: HttpRequest) -> dict[str, Any]:
    book = AddressBook.load()
    return {
        "chain_id": book.chain_id,
        "domain": _domain(book.domain),
        "contracts": [
            ContractAnswer(
                key=entry.key,
                contract=entry.contract,
                address=entry.address,
                block=entry.block,
                code_hash=entry.code_hash,
                functions=_functions(entry.contract),
            )
            for entry in book.entries
        ],
    }


@router.post("/requests/prepare", response=PreparedAnswer, by_alias=True, summary="The typed data to sign")
def prepare(request: HttpRequest, body: PrepareRequest) -> dict[str, Any]:
    book = AddressBook.load()
    entry = book.by_address(body.contract.lower()) or book.entry(body.contract)
    function = arguments.call(entry.contract, body.function, body.arguments)
    typed_data = services.prepare(body.signer, entry.address, function, seconds=body.seconds).typed_data
    return {"request": typed_data["message"], "domain": _domain(book.domain), "typed_data": typed_data}


@router.post("/requests", response={202: RequestAnswer}, summary="Hand in a signed request")
def submit(
    request: HttpRequest,
    response: HttpResponse,
    body: SubmitRequest,
    key: IdempotencyKey = None,
) -> RequestAnswer:
    """Durable when it answers: it ends final, rejected or expired, and is never carried out twice.

    It is refused, and nothing kept, when it would fail now: then `code` is the contract's own reason. Header Location
    is where to follow it.
    """
    row = services.submit(body.request.as_signed(), bytes.fromhex(body.signature[2:]), key=key)
    response["Location"] = f"{request.path}/{row.id}"
    return answer(row, AddressBook.load())


@router.get("/requests", response=RequestList, summary="A signer's requests, the newest first")
def requests(
    request: HttpRequest,
    signer: Address,
    limit: Limit = 20,
    before: str | None = None,
    fields: Annotated[str, choice(RequestAnswer)] = "",
) -> RequestList:
    rows, last = page(queries.of_signers([signer]), limit, last=before, field="before")
    book = AddressBook.load()
    told = [answer(row, book) for row in rows]
    return RequestList(requests=chosen(RequestAnswer, told, fields), next=last)


@router.get("/requests/{request_id}", response=RequestAnswer, summary="One request, its whole story")
def request_by_id(request: HttpRequest, request_id: str) -> RequestAnswer:
    return answer(queries.by_id(request_id), AddressBook.load())


@router.post("/requests/{request_id}/cancel/prepare", response=CancelAnswer, summary="The typed data that cancels it")
def prepare_cancel(request: HttpRequest, request_id: str) -> dict[str, Any]:
    row = queries.by_id(request_id)
    domain = AddressBook.load().domain
    return {"domain": _domain(domain), "typed_data": Cancellation(row.signer, row.nonce).typed_data(domain)}


@router.post("/requests/{request_id}/cancel", response={202: RequestAnswer}, summary="Cancel a request not sent yet")
def cancel(request: HttpRequest, request_id: str, body: CancelRequest) -> RequestAnswer:
    """The relayer then spends its nonce without a call; it ends rejected, with the code "cancelled"."""
    return answer(services.cancel(request_id, bytes.fromhex(body.signature[2:])), AddressBook.load())
