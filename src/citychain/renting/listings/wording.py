"""Offers to let in words: how they stand, their history, what they ask."""

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from citychain.chain.clock import local_time
from citychain.components import Tone, Words
from citychain.portal import places
from citychain.portal.wording import calendar_day, yuan

from .. import units_queries
from ..units_models import Unit
from ..wording import UNITS
from .models import Listing, ListingStep

#: Why an offer is not active, by what Listings.faultOf says.
FAULTS: dict[str, Promise] = {
    "withdrawn": gettext_lazy("Taken back"),
    "closed": gettext_lazy("Closed"),
    "expired": gettext_lazy("Its time is over"),
    "unit": gettext_lazy("The place can’t be let any more"),
    "title": gettext_lazy("The title was undone"),
    "seized": gettext_lazy("Seized by a court"),
    "let": gettext_lazy("Let"),
    "lister": gettext_lazy("Who offered it may do so no more"),
    "retired": gettext_lazy("The register of offers was replaced"),
}
STEPS: dict[str, Promise] = {
    "UnitOffered": gettext_lazy("Offered"),
    "PriceChanged": gettext_lazy("New price"),
    "OfferProlonged": gettext_lazy("Prolonged"),
    "OfferWithdrawn": gettext_lazy("Taken back"),
    "OfferClosed": gettext_lazy("Closed"),
}


def state_of(fault: str) -> tuple[Tone, Words]:
    """The tone and the words of an offer that has this fault; "" is none."""
    if not fault:
        return "good", _("to let")
    return ("bad" if fault in ("seized", "title") else "plain"), FAULTS.get(fault, fault)


def day(number: int) -> str:
    """A day since 1970-01-01 as people write it."""
    return calendar_day(units_queries.date_of(number))


def first_day(number: int) -> str:
    """The first day of a lease: the day itself, or "now" when it isn't ahead."""
    return day(number) if number > units_queries.today() else _("now")


def months(shortest: int, longest: int) -> str:
    if shortest == longest:
        return ngettext("%(count)s month", "%(count)s months", shortest) % {"count": shortest}
    return _("%(least)s to %(most)s months") % {"least": shortest, "most": longest}


def name(row: Listing, unit: Unit) -> str:
    """What is offered and where."""
    return _("%(kind)s in %(town)s") % {"kind": UNITS[unit.kind], "town": places.town_name(str(row.town))}


def detail(step: ListingStep) -> str:
    """What a step of the history says beside its name."""
    told: Mapping[str, object] = step.told
    if step.event == "PriceChanged":
        return _("%(rent)s a month, deposit %(deposit)s") % {
            "rent": yuan(int(str(told["rent"]))),
            "deposit": yuan(int(str(told["deposit"]))),
        }
    if step.event == "OfferProlonged":
        return _("until %(day)s") % {"day": calendar_day(local_time(int(str(told["validUntil"]))))}
    return str(FAULTS.get(str(told.get("reason", "")), ""))
