"""All active offers at once, as the search needs them: kept in memory, made anew when the record changed.

A search of ten thousand offers then filters and sorts tuples, and reads from the databases only the page that it shows.
What the page says of each offer is judged anew by `queries.faults`, so an offer that ended a moment ago is never shown
as one that counts.
"""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

from django.db.models import Count, Sum

from citychain.chain import clock

from .. import units_queries
from ..models import TitleStep
from ..units_models import Mandate, Unit, UnitStep
from . import queries
from .models import Listing, ListingDescription, ListingStep

#: Seconds after which a board is made anew although nothing happened: mandates and seizures end by themselves.
OLDEST = 60
#: A board that took long to make is kept so many times as long, whatever happens meanwhile.
PATIENCE = 10
#: The same for one that took less than this: none of the time, so nothing that happened is ever missing.
QUICK = 0.1


@dataclass(frozen=True)
class Wanted:
    """What somebody looks for; None and "" mean anything. Rents in fen a month, `area_min` in 0.01 m², `day` the day on
    which they would move in (days since 1970-01-01 in Asia/Shanghai), `months` for how long."""

    town: int | None = None
    county: int | None = None
    kind: str = ""
    rent_min: int | None = None
    rent_max: int | None = None
    area_min: int | None = None
    months: int | None = None
    day: int | None = None

    def fits(self, one: "Entry") -> bool:
        return (
            (self.town is None or one.town == self.town)
            and (self.county is None or one.town // 1000 == self.county)
            and self.kind in ("", one.kind)
            and (self.rent_min is None or one.rent >= self.rent_min)
            and (self.rent_max is None or one.rent <= self.rent_max)
            and one.area >= (self.area_min or 0)
            and (self.months is None or one.shortest <= self.months <= one.longest)
            and (self.day is None or one.day <= self.day)
        )


class Entry(NamedTuple):
    """An active offer. Rent in fen a month, area in 0.01 m² (0: unknown), days as in Listing, times in UTC seconds."""

    id: int
    unit: int
    town: int
    kind: str
    rent: int
    area: int
    shortest: int
    longest: int
    day: int
    offered: int
    until: int

    @property
    def per_metre(self) -> int:
        return self.rent * 100 // self.area if self.area else 0


#: How a list may be sorted; what has no area comes last in either order.
SORTS: dict[str, Callable[[Entry], tuple[int, ...]]] = {
    "new": lambda one: (-one.offered, -one.id),
    "rent": lambda one: (one.rent, one.id),
    "-rent": lambda one: (-one.rent, one.id),
    "area": lambda one: (not one.area, one.area, one.id),
    "-area": lambda one: (not one.area, -one.area, one.id),
    "per_metre": lambda one: (not one.area, one.per_metre, one.id),
    "-per_metre": lambda one: (not one.area, -one.per_metre, one.id),
    "day": lambda one: (one.day, one.id),
    "-day": lambda one: (-one.day, one.id),
}


@dataclass(frozen=True)
class Board:
    """Entries in the order of their ids, as of a state of the record; `took` is in seconds."""

    entries: list[Entry]
    state: tuple[Any, ...]
    made: float
    took: float

    def is_good(self, state: tuple[Any, ...]) -> bool:
        age = time.monotonic() - self.made
        if self.took >= QUICK and age < PATIENCE * self.took:
            return True
        return self.state == state and age < OLDEST


_board: Board | None = None
_making = threading.Lock()


def forget() -> None:
    """The next search makes the board anew."""
    global _board
    _board = None


def search(wanted: Wanted = Wanted(), sort: str = "new") -> list[Entry]:
    """Active offers that fit, in this order; an unknown one is the newest first."""
    now = clock.now()
    found = [one for one in _current() if one.until > now and wanted.fits(one)]
    return sorted(found, key=SORTS.get(sort, SORTS["new"]))


def _current() -> list[Entry]:
    global _board
    known, state = _board, _state()
    if known is not None and known.is_good(state):
        return known.entries
    if known is not None and known.took >= QUICK and not _making.acquire(blocking=False):
        return known.entries  # somebody makes a new one already
    if known is None or known.took < QUICK:
        _making.acquire()
    try:
        known = _board
        if known is None or not known.is_good(state):
            _board = known = _made(state)
        return known.entries
    finally:
        _making.release()


def _state() -> tuple[Any, ...]:
    """What changes whenever an offer may begin or end to count, but for time: the newest line of each history."""
    steps: tuple[Any, ...] = (ListingStep, UnitStep, TitleStep)
    newest = [model.objects.order_by("-pk").values_list("pk", "tx").first() for model in steps]
    mandates = Mandate.objects.aggregate(count=Count("pk"), until=Sum("valid_until"))
    return (*newest, *mandates.values(), ListingDescription.objects.count(), units_queries.today())


def _made(state: tuple[Any, ...]) -> Board:
    began = time.monotonic()
    rows = list(Listing.objects.filter(state=Listing.State.OPEN, valid_until__gt=clock.now()).order_by("id"))
    over = queries.faults(rows)
    rows = [row for row in rows if row.id not in over]
    kinds = dict(Unit.objects.values_list("id", "kind"))
    areas = queries.areas([row.description for row in rows])
    entries = [
        Entry(
            row.id,
            row.unit,
            row.town,
            kinds[row.unit],
            row.rent,
            areas.get(row.description, 0),
            row.shortest_months,
            row.longest_months,
            row.earliest_day,
            row.offered_at,
            row.valid_until,
        )
        for row in rows
    ]
    made = time.monotonic()
    return Board(entries, state, made, made - began)
