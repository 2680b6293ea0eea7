"""Homes to let over HTTP: search, and one offer with its prices and history."""

from typing import Annotated, Literal

from django.http import HttpRequest
from django.utils.translation import gettext as _
from ninja import Router

from citychain.errors import InvalidInput
from citychain.indexer.api import by_head
from citychain.indexer.choosing import choice, chosen
from citychain.indexer.schemas import Limit, Number, moment, step

from ..units_models import Unit
from . import board, queries
from .board import Wanted
from .queries import Home
from .schemas import ListingAnswer, ListingList, ListingRow, Price

router = Router(tags=["listings"])

#: board.SORTS.
Sort = Literal["new", "rent", "-rent", "area", "-area", "per_metre", "-per_metre", "day", "-day"]


def _row(home: Home, fault: str = "") -> ListingRow:
    row = home.row
    return ListingRow(
        id=row.id,
        unit=row.unit,
        kind=home.unit.kind,
        title=row.title,
        town=row.town,
        lister=row.lister,
        state=row.state,
        fault=fault,
        reason=row.reason,
        rent=row.rent,
        deposit=row.deposit,
        rent_per_metre=home.per_metre,
        earliest_day=row.earliest_day,
        shortest_months=row.shortest_months,
        longest_months=row.longest_months,
        valid_until=moment(row.valid_until),
        agent_fee=row.agent_fee,
        licence=row.licence,
        occupants=home.unit.occupants,
        area=home.area,
        rooms=home.told.get("rooms", 0),
        floor=home.told.get("floor", ""),
        text=home.told.get("text", ""),
        description=row.description,
        offered=moment(row.offered_at),
    )


@router.get("", response=ListingList, summary="Homes to let: active offers")
@by_head
def listings(
    request: HttpRequest,
    town: Number | None = None,
    county: Number | None = None,
    kind: Unit.Kind | None = None,
    rent_min: Number | None = None,
    rent_max: Number | None = None,
    area_min: Number | None = None,
    months: Number | None = None,
    day: Number | None = None,
    sort: Sort = "new",
    limit: Limit = 50,
    before: Number | None = None,
    fields: Annotated[str, choice(ListingRow)] = "",
) -> ListingList:
    wanted = Wanted(town, county, kind or "", rent_min, rent_max, area_min, months, day)
    found = [one.id for one in board.search(wanted, sort)]
    first = 0
    if before is not None:
        places = [place for place, number in enumerate(found) if number == before]
        if not places:
            raise InvalidInput(field="before", reason=_("hand back what `next` was"))
        first = places[0] + 1
    rows = found[first : first + limit]
    last = rows[-1] if len(found) > first + limit else None
    homes = [_row(home) for home in queries.shown(rows)]
    return ListingList(listings=chosen(ListingRow, homes, fields), next=last)


@router.get("/{listing_id}", response=ListingAnswer, summary="One offer: its prices and its history")
@by_head
def listing(request: HttpRequest, listing_id: Number) -> ListingAnswer:
    row = queries.listing(listing_id)
    [home] = queries.with_units([row])
    return ListingAnswer(
        listing=_row(home, queries.fault(row)),
        prices=[Price(rent=one.rent, deposit=one.deposit, time=moment(one.time)) for one in queries.prices(row.id)],
        history=[step(line) for line in queries.history(row.id)],
    )
