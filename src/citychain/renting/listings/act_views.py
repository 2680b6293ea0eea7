"""Pages on which who lets a home offers it, and changes or ends an offer: a form, then the summary before signing."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from citychain.errors import InvalidInput, NotAllowed
from citychain.identity import acting

from .. import units_queries
from ..wording import UNITS
from . import queries
from .forms import ACTS, OfferForm


def offer(request: HttpRequest) -> HttpResponse:
    """An offer of `?unit=`; the page of its offer where it has an active one.

    Raises NotSignedIn, NoSuchUnit, NotAllowed.
    """
    actor = acting.require(request)
    number = request.GET.get("unit", "")
    if not number.isdigit() or len(number) > 18:
        raise InvalidInput(field="unit", reason=_("name the unit by its number"))
    unit = units_queries.unit(int(number))
    signer = queries.offering_account(unit, acting.addresses(actor))
    if not signer:
        raise NotAllowed(reason=_("only who may let this place offers it, and only while it can be let"))
    newest = queries.of_unit(unit.id)
    if newest is not None and not queries.fault(newest):
        return redirect("home-listing", newest.id)
    form = OfferForm(request.POST or None, unit=unit, signer=signer)
    changing = "change" in request.POST
    if request.method != "POST" or changing or not form.is_valid():
        status = 422 if form.is_bound and not changing else 200
        context = {"form": form, "unit": unit, "name": f"{UNITS[unit.kind]} · {unit.id}"}
        return render(request, "listings/offer.html", context, status=status)
    return acting.propose(
        request,
        signer=signer,
        act=form.act(),
        title=f"{form.title} · {UNITS[unit.kind]} {unit.id}",
        sentences=form.sentences(),
        warning=str(form.warning),
        papers=form.papers(),
    )


def act(request: HttpRequest, listing_id: str, name: str) -> HttpResponse:
    """The page of one act on one offer. Raises NotSignedIn, NoSuchListing, NotAllowed."""
    actor = acting.require(request)
    row = queries.listing(int(listing_id))
    kind = ACTS[name]
    signer = kind.signer_of(row, acting.addresses(actor))
    if not signer:
        raise NotAllowed(reason=_("it is not yours to do, or not as things stand now"))
    initial = {"rent": f"{row.rent / 100:g}", "deposit": f"{row.deposit / 100:g}"}
    form = kind(request.POST or None, row=row, initial=initial)
    changing = "change" in request.POST
    if request.method != "POST" or changing or not form.is_valid():
        status = 422 if form.is_bound and not changing else 200
        return render(request, "listings/act.html", {"form": form, "row": row}, status=status)
    return acting.propose(
        request,
        signer=signer,
        act=form.act(),
        title=f"{form.title} · {_('Offer %(number)s') % {'number': row.id}}",
        sentences=form.sentences(),
        warning=str(form.warning),
    )
