"""Pages of homes to let: search with map and list, one offer with what the record attests, up to four side by side."""

from collections import Counter
from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from citychain.chain.addressbook import AddressBook
from citychain.components import Proof, Step
from citychain.identity import acting
from citychain.identity import queries as identity
from citychain.identity.acting import Actor
from citychain.portal import places

from .. import queries as titles
from .. import units_queries
from ..models import Encumbrance
from ..units_models import Unit
from ..wording import ENCUMBRANCES, UNITS
from . import board, queries, wording
from .forms import offered
from .models import Listing, ListingStep
from .queries import Home
from .search_forms import SearchForm

PAGE, MOST = 15, 4


def homes(request: HttpRequest) -> HttpResponse:
    """Map of towns and the list beside it; filters, order and page are in the address."""
    form = SearchForm(request.GET)
    found = board.search(form.wanted(), request.GET.get("sort", "new"))
    page = Paginator(found, PAGE).get_page(request.GET.get("page"))
    actor = acting.current(request)
    counts = Counter(str(one.town) for one in found)
    towns = [(town, counts[town.code]) for town in places.towns() if town.code in counts]
    context = {
        "form": form,
        "page": page,
        "rows": [_line(home) for home in queries.shown([one.id for one in page])],
        "counties": [
            (county, [(town, count) for town, count in towns if town.county == county.code])
            for county in places.counties()
            if any(town.county == county.code for town, _count in towns)
        ],
        "map": places.map_data(_points(towns)),
        "chosen": any(value not in (None, "") for value in form.cleaned_data.values()),
        **(_own(actor) if actor else {}),
    }
    return render(request, "listings/homes.html", context)


def _points(towns: list[tuple[places.Town, int]]) -> list[places.Point]:
    return [
        places.Point(
            places.town_point(town.code),
            town.name,
            count=count,
            note=ngettext("%(count)s home to let", "%(count)s homes to let", count) % {"count": count},
            url=f"{reverse('homes')}?town={town.code}",
        )
        for town, count in towns
    ]


def _line(home: Home) -> dict[str, Any]:
    return {
        "home": home,
        "kind": UNITS[home.unit.kind],
        "town": places.town_name(str(home.row.town)),
        "from": wording.first_day(home.row.earliest_day),
        "months": wording.months(home.row.shortest_months, home.row.longest_months),
    }


def _own(actor: Actor) -> dict[str, Any]:
    """The reader's open offers, and their places that they could offer now."""
    accounts = acting.addresses(actor)
    rows = list(queries.by_accounts(accounts))
    over = queries.faults(rows)
    mine = [
        {"home": home, "kind": UNITS[home.unit.kind], "state": wording.state_of(over.get(home.row.id, ""))}
        for home in queries.with_units(rows)
    ]
    active = {row.unit for row in rows if row.id not in over}
    owned = [row.id for row in titles.of_accounts(accounts)]
    units = Unit.objects.filter(title__in=owned, state=Unit.State.CONFIRMED).exclude(id__in=active).order_by("id")
    free = [unit for unit in units if queries.offering_account(unit, accounts)]
    return {"mine": mine, "free": [{"unit": unit, "kind": UNITS[unit.kind]} for unit in free]}


def listing(request: HttpRequest, listing_id: int) -> HttpResponse:
    """One offer: what its lister says, and what the record attests of it. Raises NoSuchListing."""
    row = queries.listing(listing_id)
    [home] = queries.with_units([row])
    accounts = acting.addresses(acting.current(request))
    history = queries.history(row.id)
    fault = queries.fault(row)
    tone, words = wording.state_of(row.reason or fault)
    context = {
        **_line(home),
        "row": row,
        "name": wording.name(row, home.unit),
        "tone": tone,
        "words": words,
        "active": not fault,
        "acts": offered(row, accounts),
        "prices": list(reversed(queries.prices(row.id))),
        "attested": _attested(home),
        "steps": [_step(step) for step in history] + ([] if fault else [_ahead(row)]),
        "proof": _proof(row, history),
    }
    return render(request, "listings/listing.html", context)


def _attested(home: Home) -> dict[str, Any]:
    """Who says what of the home since when, in the record's own words; nothing of it is the lister's."""
    title = titles.title(home.unit.title)
    names = {found.id: identity.localized(found.name) for found in identity.institutions()}
    owners = list(titles.owners(title))
    return {
        "title": title,
        "registrar": names.get(title.registrar, ""),
        "confirmed_by": names.get(home.unit.registrar, ""),
        "owners": len(owners),
        "in_person": any(owner.account == home.row.lister for owner in owners),
        "burdens": [
            {
                "row": burden,
                "kind": ENCUMBRANCES[burden.kind],
                "seizure": burden.kind == Encumbrance.Kind.SEIZURE,
                "by": names.get(burden.institution, ""),
            }
            for burden in titles.encumbrances(title.id)
        ],
        "leases": [
            {"lease": one.lease, "from": wording.day(one.from_day), "to": wording.day(one.to_day - 1)}
            for one in units_queries.occupations(home.unit.id)
        ],
    }


def _step(step: ListingStep) -> Step:
    return Step(
        wording.STEPS[step.event],
        step.time,
        address=str(step.told.get("lister") or step.told.get("by") or ""),
        tx=step.tx,
        detail=wording.detail(step),
    )


def _ahead(row: Listing) -> Step:
    return Step(_("Ends unless it is prolonged"), row.valid_until, state="pending")


def _proof(row: Listing, history: list[ListingStep]) -> Proof | None:
    if not history:
        return None
    last = history[-1]
    return Proof(
        _("Offer %(number)s") % {"number": row.id},
        last.time,
        last.block,
        last.tx,
        contract=AddressBook.load().address("Listings"),
        check=(
            _("Ask any node of the city for the contract's offerOf and faultOf of this number."),
            _("Compare the description's commitment with keccak256 of its salt and its text."),
        ),
    )


def compare(request: HttpRequest) -> HttpResponse:
    """`?id=1&id=2`; what is no offer's number is left out, and what comes after four."""
    asked = dict.fromkeys(text for text in request.GET.getlist("id") if text.isascii() and text.isdigit())
    numbers = [int(text) for text in asked if len(text) <= 18][:MOST]
    found = Listing.objects.in_bulk(numbers)
    rows = [found[number] for number in numbers if number in found]
    over = queries.faults(rows)
    columns = [
        {**_line(home), "state": wording.state_of(over.get(home.row.id, "")), "attested": _attested(home)}
        for home in queries.with_units(rows)
    ]
    fields = [*numbers, *[""] * (MOST - len(numbers))]
    return render(request, "listings/compare.html", {"columns": columns, "fields": list(enumerate(fields, 1))})
