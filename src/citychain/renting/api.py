"""Titles over HTTP: what the chain shows to everybody, never a deed; and deeds that their registrar hands in.

A deed is private, so no operation tells one: who prepares a request brings the deed, and nothing is kept of it before
the registrar's signatures of deed and request are there.
"""

from collections.abc import Iterable
from typing import Annotated, Any

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from ninja import Query, Router

from citychain.chain.abi import Function, bytes32
from citychain.chain.addressbook import AddressBook
from citychain.errors import InvalidInput
from citychain.indexer.api import by_head
from citychain.indexer.choosing import choice, chosen
from citychain.indexer.paging import page
from citychain.indexer.schemas import Limit, Number, moment, step
from citychain.outbox import services as outbox
from citychain.outbox.api import IdempotencyKey, answer
from citychain.outbox.schemas import RequestAnswer
from citychain.portal import places

from . import queries, services
from .bindings import Titles
from .models import Deed, Encumbrance, Title, TitleOwner, TitleStep, Transfer
from .schemas import (
    DeedRow,
    EncumbranceRow,
    NewOwner,
    OwnerRow,
    PrepareCorrection,
    PreparedDeeds,
    PrepareOrder,
    PrepareRegistration,
    PrepareTransfer,
    SaltedDeed,
    SubmitDeeds,
    TitleAnswer,
    TitleList,
    TitleRow,
    TransferRow,
)
from .services import DeedBody, Share

router = Router(tags=["titles"])
deeds = Router(tags=["deeds"])

Town = Annotated[int | None, Query(ge=0, lt=10**9, description="Nine figures: 130629101 is a town of Rongcheng.")]
County = Annotated[int | None, Query(ge=0, lt=10**6, description="Six figures: 130629 is Rongcheng.")]


def _row(row: Title) -> TitleRow:
    return TitleRow(
        id=row.id,
        town=row.town,
        state=row.state,
        registrar=row.registrar,
        commitment=row.commitment,
        version=row.version,
        holder=row.holder,
        registered=moment(row.registered_at),
    )


@router.get("", response=TitleList, summary="Titles, the newest first")
@by_head
def titles(
    request: HttpRequest,
    town: Town = None,
    county: County = None,
    state: Title.State | None = None,
    limit: Limit = 50,
    before: Number | None = None,
    fields: Annotated[str, choice(TitleRow)] = "",
) -> TitleList:
    found = queries.titles(town=town, county=county, state=state or "")
    rows, last = page(found, limit, last=before, field="before")
    return TitleList(titles=chosen(TitleRow, [_row(row) for row in rows], fields), next=last)


@router.get("/{title_id}", response=TitleAnswer, summary="One title: owners, mortgages, seizures, history")
@by_head
def title(request: HttpRequest, title_id: Number) -> TitleAnswer:
    row = queries.title(title_id)
    burdens, transfer = queries.encumbrances(row.id), queries.open_transfer(row.id)
    return title_answer(row, queries.owners(row), burdens, transfer, queries.history(row.id))


def title_answer(
    row: Title,
    owners: Iterable[TitleOwner],
    burdens: Iterable[Encumbrance],
    transfer: Transfer | None,
    history: Iterable[TitleStep],
) -> TitleAnswer:
    return TitleAnswer(
        title=_row(row),
        owners=[
            OwnerRow(account=owner.account, share=owner.share, must_consent=owner.must_consent) for owner in owners
        ],
        encumbrances=[
            EncumbranceRow(
                id=burden.id,
                kind=burden.kind,
                institution=burden.institution,
                ref=burden.ref,
                valid_from=moment(burden.valid_from),
                valid_until=moment(burden.valid_until),
            )
            for burden in burdens
        ],
        transfer=None
        if transfer is None
        else TransferRow(id=transfer.id, commitment=transfer.commitment, deadline=moment(transfer.deadline)),
        history=[step(line) for line in history],
    )


@deeds.post("/registrations/prepare", response=PreparedDeeds, by_alias=True, summary="Deeds of new titles, to sign")
def prepare_registration(request: HttpRequest, body: PrepareRegistration) -> dict[str, Any]:
    written = [_deed(home.deed, f"homes.{place}.deed") for place, home in enumerate(body.homes)]
    homes = [
        Titles.Registration(queries.body_of(deed)["town"], deed.commitment, _owners(home.owners))
        for deed, home in zip(written, body.homes, strict=True)
    ]
    one = homes[0]
    call: Function[Any] = Titles.registerMany(homes)
    if len(homes) == 1:
        call = Titles.register(one.townCode, one.commitment, one.owners)
    return _prepared(body.signer, call, written, body.seconds)


@deeds.post("/transfers/prepare", response=PreparedDeeds, by_alias=True, summary="The deed of a transfer, to sign")
def prepare_transfer(request: HttpRequest, body: PrepareTransfer) -> dict[str, Any]:
    written = _deed(body.deed, "deed")
    call = Titles.openTransfer(body.title, _owners(body.owners), written.commitment, body.deadline)
    return _prepared(body.signer, call, [written], body.seconds)


@deeds.post("/corrections/prepare", response=PreparedDeeds, by_alias=True, summary="A title's right deed, to sign")
def prepare_correction(request: HttpRequest, body: PrepareCorrection) -> dict[str, Any]:
    written = _deed(body.deed, "deed")
    town = queries.body_of(written)["town"]
    call = Titles.correct(body.title, written.commitment, town, bytes32(body.reason))
    return _prepared(body.signer, call, [written], body.seconds)


@deeds.post("/orders/prepare", response=PreparedDeeds, by_alias=True, summary="The deed of a court's order, to sign")
def prepare_order(request: HttpRequest, body: PrepareOrder) -> dict[str, Any]:
    written = _deed(body.deed, "deed")
    call = Titles.orderOwnership(body.title, bytes32(body.case_number), _owners(body.owners), written.commitment)
    return _prepared(body.signer, call, [written], body.seconds)


@deeds.post("", response={202: RequestAnswer}, summary="Hand in signed deeds and the request that commits to them")
def submit_deeds(
    request: HttpRequest, response: HttpResponse, body: SubmitDeeds, key: IdempotencyKey = None
) -> RequestAnswer:
    """Both are kept or none. Durable when it answers; from then on the request is one like any other: header Location
    is where to follow it."""
    written = [_deed(deed, f"deeds.{place}", bytes.fromhex(deed.salt[2:])) for place, deed in enumerate(body.deeds)]
    of_request, of_document = (bytes.fromhex(text[2:]) for text in (body.signature, body.document_signature))
    row = services.submit_with_deeds(body.request.as_signed(), of_request, written, of_document, key=key)
    response["Location"] = f"/api/requests/{row.id}"
    return answer(row, AddressBook.load())


def _deed(row: DeedRow, field: str, salt: bytes | None = None) -> Deed:
    """Raises InvalidInput for a village that is not one of the city's."""
    village = places.village(row.village)
    if village is None:
        raise InvalidInput(field=f"{field}.village", reason=_("it is not the code of a village or community"))
    return services.write_deed(
        DeedBody(int(village.town), village.code, row.use, row.area, row.address, row.number), salt
    )


def _owners(rows: list[NewOwner]) -> list[Titles.Owner]:
    return services.owners_of([Share(row.account, row.share, row.must_consent) for row in rows])


def _prepared(signer: str, call: Function[Any], written: list[Deed], seconds: int) -> dict[str, Any]:
    prepared = outbox.prepare(signer, AddressBook.load().address("Titles"), call, seconds=seconds)
    told = [{**queries.body_of(deed), "salt": "0x" + bytes(deed.salt).hex()} for deed in written]
    return {
        "deeds": [{name: deed[name] for name in SaltedDeed.model_fields} for deed in told],
        "document": Deed.document_of(written).typed_data,
        "request": prepared.typed_data["message"],
        "typed_data": prepared.typed_data,
    }
