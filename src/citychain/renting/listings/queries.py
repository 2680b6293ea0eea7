"""What pages and the API ask about offers to let."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.db.models import QuerySet

from citychain.chain import clock

from .. import queries as titles
from .. import units_queries
from ..errors import NoSuchListing
from ..models import Encumbrance, Title, TitleOwner
from ..units_models import Mandate, Occupation, Unit
from .models import Listing, ListingDescription, ListingPrice, ListingStep


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


@dataclass(frozen=True)
class Home:
    """An offer with its unit and what its lister published about it, if this installation keeps that."""

    row: Listing
    unit: Unit
    about: ListingDescription | None

    @cached_property
    def told(self) -> dict[str, Any]:
        return self.about.told if self.about else {}

    @property
    def area(self) -> int:
        """In 0.01 m², 0 where nobody says it."""
        return int(self.told.get("area", 0))

    @property
    def per_metre(self) -> int:
        """Rent in fen a month for a square metre, rounded down; 0 where the area is unknown."""
        return int(self.row.rent) * 100 // self.area if self.area else 0


#: How a list may be sorted; what has no area comes last in either order.
SORTS: dict[str, Callable[[Home], tuple[int, ...]]] = {
    "new": lambda home: (-home.row.offered_at, -home.row.id),
    "rent": lambda home: (home.row.rent, home.row.id),
    "-rent": lambda home: (-home.row.rent, home.row.id),
    "area": lambda home: (not home.area, home.area, home.row.id),
    "-area": lambda home: (not home.area, -home.area, home.row.id),
    "per_metre": lambda home: (not home.area, home.per_metre, home.row.id),
    "-per_metre": lambda home: (not home.area, -home.per_metre, home.row.id),
    "day": lambda home: (home.row.earliest_day, home.row.id),
    "-day": lambda home: (-home.row.earliest_day, home.row.id),
}


def homes(wanted: Wanted = Wanted(), sort: str = "new") -> list[Home]:
    """Active offers that fit, in this order; an unknown one is the newest first."""
    found = Listing.objects.filter(state=Listing.State.OPEN, valid_until__gt=clock.now())
    if wanted.town is not None:
        found = found.filter(town=wanted.town)
    if wanted.county is not None:
        found = found.filter(town__gte=wanted.county * 1000, town__lt=(wanted.county + 1) * 1000)
    if wanted.rent_min is not None:
        found = found.filter(rent__gte=wanted.rent_min)
    if wanted.rent_max is not None:
        found = found.filter(rent__lte=wanted.rent_max)
    if wanted.months is not None:
        found = found.filter(shortest_months__lte=wanted.months, longest_months__gte=wanted.months)
    if wanted.day is not None:
        found = found.filter(earliest_day__lte=wanted.day)
    rows = list(found)
    over = faults(rows)
    fitting = [
        home
        for home in with_units(row for row in rows if row.id not in over)
        if wanted.kind in ("", home.unit.kind) and home.area >= (wanted.area_min or 0)
    ]
    return sorted(fitting, key=SORTS.get(sort, SORTS["new"]))


def with_units(rows: Iterable[Listing]) -> list[Home]:
    """These offers with their units and descriptions, in their order."""
    rows = list(rows)
    units = Unit.objects.in_bulk([row.unit for row in rows])
    about = ListingDescription.objects.in_bulk([row.description for row in rows])
    return [Home(row, units[row.unit], about.get(row.description)) for row in rows]


def listing(listing_id: int) -> Listing:
    """Raises NoSuchListing."""
    found = Listing.objects.filter(id=listing_id).first()
    if found is None:
        raise NoSuchListing(what=listing_id)
    return found


def of_unit(unit_id: int) -> Listing | None:
    """The newest offer of a unit, whatever its state."""
    return Listing.objects.filter(unit=unit_id).order_by("-id").first()


def by_accounts(accounts: list[str]) -> QuerySet[Listing]:
    """Open offers that one of the accounts made, the newest first."""
    return Listing.objects.filter(lister__in=accounts, state=Listing.State.OPEN).order_by("-id")


def prices(listing_id: int) -> list[ListingPrice]:
    """Oldest first."""
    return list(ListingPrice.objects.filter(listing=listing_id).order_by("id"))


def history(listing_id: int) -> list[ListingStep]:
    """Oldest first."""
    return list(ListingStep.objects.filter(listing=listing_id).order_by("id"))


# --- what makes an offer inactive ------------------------------------------------------------------------------------


def faults(rows: Iterable[Listing]) -> dict[int, str]:
    """Why offers are not active, as Listings.faultOf says it; active ones are absent. A few queries for any number."""
    rows = list(rows)
    standing = _Standing({row.title for row in rows})
    return {row.id: reason for row in rows if (reason := standing.fault(row))}


def fault(row: Listing) -> str:
    """The same of one offer; "" while it is active."""
    return faults([row]).get(row.id, "")


class _Standing:
    """What the record says of titles, their units, leases and mandates now."""

    def __init__(self, numbers: set[int]) -> None:
        self.now, self.today = clock.now(), units_queries.today()
        self.titles = Title.objects.in_bulk(numbers)
        burdens = titles.burdens_of(list(numbers))
        kind = Encumbrance.Kind.SEIZURE
        self.seized = {number for number, found in burdens.items() if any(one.kind == kind for one in found)}
        self.units = {row.id: row for row in Unit.objects.filter(title__in=numbers)}
        self.leases: dict[int, list[Occupation]] = {}
        for one in Occupation.objects.filter(unit__in=self.units, to_day__gt=self.today):
            self.leases.setdefault(one.unit, []).append(one)
        self.owners: dict[int, list[str]] = {}
        for owner in TitleOwner.objects.filter(title__in=numbers, must_consent=True):
            if owner.version == self.titles[owner.title].owners_version:
                self.owners.setdefault(owner.title, []).append(owner.account)
        mandates = Mandate.objects.filter(title__in=numbers, scope="list", valid_until__gt=self.now)
        self.mandates = set(mandates.values_list("title", "owner", "delegate"))

    def fault(self, row: Listing) -> str:
        if row.state != Listing.State.OPEN:
            return str(row.state)
        if row.valid_until <= self.now:
            return "expired"
        return self.place_fault(row.unit, row.head_lease, row.earliest_day) or (
            "" if self.may_offer(row.title, row.unit, row.head_lease, row.lister) else "lister"
        )

    def place_fault(self, unit: int, head_lease: int, earliest: int) -> str:
        found = self.units.get(unit)
        if found is None or found.state != Unit.State.CONFIRMED:
            return "unit"
        if self.titles[found.title].state != Title.State.REGISTERED:
            return "title"
        if found.title in self.seized:
            return "seized"
        day = max(earliest, self.today)
        for other in self.units.values():
            if unit in self._above(other.id) or other.id in self._above(unit):
                for lease in self.leases.get(other.id, []):
                    if lease.lease != head_lease and lease.from_day <= day < lease.to_day:
                        return "let"
        return ""

    def may_offer(self, title: int, unit: int, head_lease: int, account: str) -> bool:
        if head_lease:
            here = [lease for above in self._above(unit) for lease in self.leases.get(above, [])]
            return any(
                one.lease == head_lease and one.operator == account and one.from_day <= self.today for one in here
            )
        owners = self.owners.get(title, [])
        return bool(owners) and all(owner == account or (title, owner, account) in self.mandates for owner in owners)

    def _above(self, unit: int) -> list[int]:
        """The unit itself and what it is a part of."""
        found = [unit]
        while parent := self.units[found[-1]].parent:
            found.append(parent)
        return found


def offering_account(unit: Unit, own: Iterable[str]) -> str:
    """The first of these accounts that may offer the unit now under its title, "" when none may or nobody can."""
    standing = _Standing({unit.title})
    if standing.place_fault(unit.id, 0, 0) not in ("", "let"):
        return ""
    return next((account for account in own if standing.may_offer(unit.title, unit.id, 0, account)), "")


def owns(unit: Unit, account: str) -> bool:
    """Whether the account owns a share of the unit's title: it offers in person, and is no agent."""
    return any(owner.account == account for owner in titles.owners(titles.title(unit.title)))


def must_consent(row: Listing, account: str) -> bool:
    """Whether the unit can't be let without this owner, who may take any offer of it back."""
    owners = titles.owners(titles.title(row.title))
    return any(owner.account == account and owner.must_consent for owner in owners)
