"""What pages and the API ask about offers to let."""

import json
from collections.abc import Iterable, Mapping, Sequence
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

#: Descriptions that are read with one query.
AT_ONCE = 5_000


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


def with_units(rows: Iterable[Listing]) -> list[Home]:
    """These offers with their units and descriptions, in their order."""
    rows = list(rows)
    units = Unit.objects.in_bulk([row.unit for row in rows])
    about = ListingDescription.objects.in_bulk([row.description for row in rows])
    return [Home(row, units[row.unit], about.get(row.description)) for row in rows]


def shown(ids: Sequence[int]) -> list[Home]:
    """Of these offers those that count now, in this order."""
    found = Listing.objects.in_bulk(list(ids))
    rows = [found[number] for number in ids if number in found]
    over = faults(rows)
    return with_units(row for row in rows if row.id not in over)


def areas(commitments: Sequence[str]) -> dict[str, int]:
    """Areas that descriptions say, in 0.01 m²; those without one, or that aren't kept here, are absent."""
    found: dict[str, int] = {}
    for first in range(0, len(commitments), AT_ONCE):
        rows = ListingDescription.objects.filter(commitment__in=commitments[first : first + AT_ONCE])
        told = ((commitment, json.loads(body)) for commitment, body in rows.values_list("commitment", "body"))
        found |= {commitment: int(one["area"]) for commitment, one in told if one.get("area")}
    return found


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
        self.related = _related(self.units)
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
        for other in self.related[unit]:
            for lease in self.leases.get(other, []):
                if lease.lease != head_lease and lease.from_day <= day < lease.to_day:
                    return "let"
        return ""

    def may_offer(self, title: int, unit: int, head_lease: int, account: str) -> bool:
        if head_lease:
            here = [lease for above in _above(self.units, unit) for lease in self.leases.get(above, [])]
            return any(
                one.lease == head_lease and one.operator == account and one.from_day <= self.today for one in here
            )
        owners = self.owners.get(title, [])
        return bool(owners) and all(owner == account or (title, owner, account) in self.mandates for owner in owners)


def _above(units: Mapping[int, Unit], unit: int) -> list[int]:
    """The unit itself and what it is a part of."""
    found = [unit]
    while parent := units[found[-1]].parent:
        found.append(parent)
    return found


def _related(units: Mapping[int, Unit]) -> dict[int, set[int]]:
    """For each unit itself, what it is a part of, and its parts."""
    found: dict[int, set[int]] = {number: set() for number in units}
    for number in units:
        for above in _above(units, number):
            found[number].add(above)
            found[above].add(number)
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
