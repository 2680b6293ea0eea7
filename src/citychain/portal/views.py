"""The portal's own pages: whom to act as, and what is new."""

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.cache import get_conditional_response
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import get_language
from django.views.decorators.http import require_GET, require_POST

from citychain.identity import personas

from . import examples
from .context import shell


@require_POST
def act_as(request: HttpRequest) -> HttpResponse:
    """Sandbox only: acts as a persona from now on, or as nobody. Raises UnknownPersona, NotASandbox."""
    chosen = request.POST.get("persona", "")
    request.session.flush()
    if chosen:
        request.session["persona"] = personas.by_id(chosen).id
    there = request.POST.get("next", "")
    safe = url_has_allowed_host_and_scheme(there, {request.get_host()}, require_https=request.is_secure())
    return HttpResponseRedirect(there if safe else reverse("home"))


@require_GET
def live(request: HttpRequest) -> HttpResponse:
    """The incident and the foot of every page; its ETag changes with them, so that pages ask cheaply for news."""
    found = shell(request)["shell"]
    head, trouble = found.head, found.incident
    parts = (head and head.block, head and head.final, trouble and trouble.kind, trouble and trouble.since)
    etag = f'"{"-".join(map(str, parts))}-{get_language()}"'
    response = get_conditional_response(request, etag=etag) or render(request, "portal/live.html")
    response["ETag"] = etag
    response["Cache-Control"] = "no-cache, private"
    return response


def accessibility(request: HttpRequest) -> HttpResponse:
    return render(request, "portal/accessibility.html")


def styleguide(request: HttpRequest) -> HttpResponse:
    """Every component with realistic content: documentation for whoever builds a page. Sandbox only."""
    if not settings.CITYCHAIN_SANDBOX:
        raise Http404
    return render(request, "portal/styleguide.html", examples.context())


def health(request: HttpRequest) -> HttpResponse:
    """For the supervisor: the portal answers. Says nothing about other parts; `citychain status` does."""
    return HttpResponse("ok", content_type="text/plain; charset=utf-8")
