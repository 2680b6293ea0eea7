"""The portal's own pages: whom to act as, what is new, and the record itself (blocks, transactions, accounts)."""

import re

from django.conf import settings
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.cache import get_conditional_response
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import get_language
from django.views.decorators.http import require_GET, require_POST

from citychain.errors import NotFound
from citychain.identity import acting, personas
from citychain.identity import queries as identity
from citychain.identity.models import InstitutionKey
from citychain.indexer import queries as index
from citychain.indexer.models import Block
from citychain.outbox.models import Executed

from . import examples, records
from .context import shell

HASH = re.compile(r"0x[0-9a-f]{64}")
ADDRESS = re.compile(r"0x[0-9a-f]{40}")
PAGE = 50


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


def block(request: HttpRequest, number: int) -> HttpResponse:
    """Raises NotFound when the read model has no such block."""
    found = Block.objects.filter(number=number).first()
    if found is None:
        raise NotFound(what=number)
    head = index.head()
    context = {
        "found": found,
        "records": records.of_block(number),
        "final": number <= head.final,
        "next": number + 1 if number < head.block else None,
        "previous": number - 1 if number else None,
    }
    return render(request, "portal/block.html", context)


def transaction(request: HttpRequest, tx: str) -> HttpResponse:
    """What a transaction recorded. Raises NotFound for what can't be a hash or left nothing in the read model."""
    found = records.of_transaction(tx) if HASH.fullmatch(tx) else []
    requests = Executed.objects.filter(tx=tx)[: records.MOST]
    if not found and not requests:
        raise NotFound(what=tx)
    number = found[0].block if found else requests[0].block
    context = {
        "tx": tx,
        "records": found,
        "requests": requests,
        "number": number,
        "found": Block.objects.filter(number=number).first(),
        "final": number <= index.head().final,
    }
    return render(request, "portal/transaction.html", context)


def account(request: HttpRequest, address: str) -> HttpResponse:
    """What the record holds about an account. Raises NotFound for what can't be an address."""
    if not ADDRESS.fullmatch(address):
        raise NotFound(what=address)
    key = InstitutionKey.objects.filter(address=address).first()
    context = {
        "address": address,
        "name": identity.public_name(address, acting.addresses(acting.current(request))),
        "key": key,
        "page": Paginator(records.requests_of(address), PAGE).get_page(request.GET.get("page")),
    }
    return render(request, "portal/account.html", context)


def health(request: HttpRequest) -> HttpResponse:
    """For the supervisor: the portal answers. Says nothing about other parts; `citychain status` does."""
    return HttpResponse("ok", content_type="text/plain; charset=utf-8")
