"""Institutions over HTTP."""

from typing import Annotated

from django.http import HttpRequest
from ninja import Router

from citychain.chain import clock
from citychain.indexer.api import by_head
from citychain.indexer.choosing import choice, chosen
from citychain.indexer.paging import page
from citychain.indexer.schemas import Limit, Number, moment, step

from . import queries
from .models import Institution
from .schemas import InstitutionAnswer, InstitutionList, InstitutionRow, KeyRow

router = Router(tags=["institutions"])


def _row(row: Institution, rows: dict[int, Institution]) -> InstitutionRow:
    return InstitutionRow(
        id=row.id,
        kind=row.kind,
        name=row.name,
        web_page=row.web_page,
        state=row.state,
        may_act=queries.may_act(row, rows, clock.now()),
        accredited_by=row.accredited_by,
        successor=row.successor,
        valid_from=moment(row.valid_from),
        valid_until=moment(row.valid_until),
    )


@router.get("", response=InstitutionList, summary="All institutions")
@by_head
def institutions(
    request: HttpRequest,
    limit: Limit = 100,
    after: Number | None = None,
    fields: Annotated[str, choice(InstitutionRow)] = "",
) -> InstitutionList:
    rows = {row.id: row for row in queries.institutions()}
    found, last = page(queries.institutions(), limit, last=after, field="after")
    told = [_row(row, rows) for row in found]
    return InstitutionList(institutions=chosen(InstitutionRow, told, fields), next=last)


@router.get("/{institution_id}", response=InstitutionAnswer, summary="One institution, its keys and history")
@by_head
def institution(request: HttpRequest, institution_id: Number) -> InstitutionAnswer:
    row = queries.institution(institution_id)
    chain = queries.chain(row)
    rows = {other.id: other for other in queries.institutions()}
    return InstitutionAnswer(
        institution=_row(row, rows),
        chain=[link.id for link in chain],
        keys=[
            KeyRow(
                account=key.address,
                scopes=key.scopes.split(",") if key.scopes else [],
                current=key.current,
                since=moment(key.since),
                valid_from=moment(max(key.since, key.valid_from)),
            )
            for key in queries.keys(row.id)
        ],
        history=[step(line) for line in queries.history(row.id)],
    )
