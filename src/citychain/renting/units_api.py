"""Units over HTTP: what can be let, what its registrar says of it, and which days are taken."""

from typing import Annotated, Literal

from django.http import HttpRequest
from ninja import Router

from citychain.indexer.api import by_head
from citychain.indexer.choosing import choice, chosen
from citychain.indexer.paging import page
from citychain.indexer.schemas import Limit, Number, moment, step

from . import units_queries as queries
from .units_models import Unit
from .units_schemas import OccupationRow, UnitAnswer, UnitList, UnitRow

router = Router(tags=["units"])

#: Unit.State; the OpenAPI document has a schema named State already, of titles.
State = Literal["declared", "confirmed", "withdrawn"]


def _row(row: Unit) -> UnitRow:
    return UnitRow(
        id=row.id,
        title=row.title,
        parent=row.parent,
        head_lease=row.head_lease,
        kind=row.kind,
        state=row.state,
        occupants=row.occupants,
        commitment=row.commitment,
        declared_by=row.declared_by,
        declared=moment(row.declared_at),
        registrar=row.registrar,
        confirmed=moment(row.confirmed_at) if row.confirmed_at else None,
    )


@router.get("", response=UnitList, summary="What can be let, the newest first")
@by_head
def units(
    request: HttpRequest,
    title: Number | None = None,
    kind: Unit.Kind | None = None,
    state: State | None = None,
    limit: Limit = 50,
    before: Number | None = None,
    fields: Annotated[str, choice(UnitRow)] = "",
) -> UnitList:
    found = queries.units(title=title, kind=kind or "", state=state or "")
    rows, last = page(found, limit, last=before, field="before")
    return UnitList(units=chosen(UnitRow, [_row(row) for row in rows], fields), next=last)


@router.get("/{unit_id}", response=UnitAnswer, summary="One unit: who confirmed it, its days, its history")
@by_head
def unit(request: HttpRequest, unit_id: Number) -> UnitAnswer:
    row = queries.unit(unit_id)
    taken = [
        OccupationRow(lease=one.lease, head_lease=one.head_lease, from_day=one.from_day, to_day=one.to_day)
        for one in queries.occupations(row.id)
    ]
    return UnitAnswer(unit=_row(row), occupations=taken, history=[step(line) for line in queries.history(row.id)])
