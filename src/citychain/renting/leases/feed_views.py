"""The page on which somebody makes a calendar's address, and that address."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import translation

from citychain.errors import NotFound
from citychain.identity import acting
from citychain.identity.acting import Actor

from . import feeds


def owner_of(actor: Actor) -> str:
    return actor.persona.id if actor.persona else actor.own[0]


def calendar(request: HttpRequest) -> HttpResponse:
    """Makes and revokes the reader's calendar address; ?format=ics is the calendar as it is now."""
    actor = acting.require(request)
    owner = owner_of(actor)
    if request.GET.get("format") == "ics":
        return _file(feeds.to_ical(acting.addresses(actor)))
    made = ""
    if request.method == "POST" and "revoke" in request.POST:
        feeds.revoke(owner)
        return redirect("lease-calendar")
    if request.method == "POST":
        made = settings.CITYCHAIN_ORIGIN + reverse("lease-calendar-feed", args=[feeds.make(owner)])
    return render(request, "leases/calendar.html", {"made": made, "row": feeds.of(owner)})


def feed(request: HttpRequest, secret: str) -> HttpResponse:
    """The calendar at its secret address, for the program that subscribed. Raises NotFound."""
    row = feeds.by_secret(secret)
    if row is None:
        raise NotFound(what="calendar")
    with translation.override(row.language):
        return _file(feeds.to_ical(feeds.accounts_of(row.owner)))


def _file(body: bytes) -> HttpResponse:
    response = HttpResponse(body, content_type="text/calendar; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="leases.ics"'
    response["Cache-Control"] = "private, max-age=300"
    return response
