"""Titles over HTTP: what the chain shows to everybody, never a deed."""

from collections.abc import Iterable
from typing import Annotated

from django.http import HttpRequest
from ninja import Query, Router

from citychain.indexer.api import by_head
from citychain.indexer.paging import page
from citychain.indexer.schemas import Limit, Number, moment, step

from . import queries
from .models import Encumbrance, Title, TitleOwner, TitleStep, Transfer
from .schemas import EncumbranceRow, OwnerRow, TitleAnswer, TitleList, TitleRow, TransferRow

router = Router(tags=["titles"])

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
) -> TitleList:
    found = queries.titles(town=town, county=county, state=state or "")
    rows, last = page(found, limit, last=before, field="before")
    return TitleList(titles=[_row(row) for row in rows], next=last)


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
