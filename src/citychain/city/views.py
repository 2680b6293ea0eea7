"""What spans the use cases: the city's home, my requests, and the search."""

import uuid
from collections import defaultdict
from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import ngettext

from citychain.chain.addressbook import AddressBook
from citychain.identity import acting
from citychain.identity import queries as identity
from citychain.identity.acting import Actor
from citychain.money import queries as money
from citychain.outbox import queries as outbox
from citychain.portal import acts, places
from citychain.renting import queries as renting
from citychain.renting import waiting
from citychain.renting.leases import moves
from citychain.renting.leases import queries as leases

from . import activity, clear_signing, finding, progress, proposals

PAGE = 30
#: Requests on the home page of somebody signed in, and what waits for them in leases.
NEWEST, MOVES = 5, 3


def home(request: HttpRequest) -> HttpResponse:
    """Titles by county, money in circulation, institutions, how much happens; each figure leads to its records."""
    counts = defaultdict(int, {str(town): count for town, count in renting.by_town().items()})
    banks = list(money.banks())
    context = {
        "counties": _counties(counts),
        "map": places.map_data(_points(counts)),
        "titles": sum(counts.values()),
        "banks": [{"bank": bank, "name": money.bank_name(bank)} for bank in banks],
        "circulation": money.circulation(),
        "institutions": identity.institutions().count(),
        "charts": activity.charts(daily=activity.by_day(request)),
        "daily": activity.by_day(request),
        "mine": _mine(acting.current(request)),
    }
    return render(request, "city/home.html", context)


def _mine(actor: Actor | None) -> dict[str, Any] | None:
    """What somebody signed in wants first: their money, their homes, what is under way; None for visitors."""
    if actor is None:
        return None
    accounts = acting.addresses(actor)
    newest = list(outbox.of_signers(accounts)[:NEWEST])
    return {
        "balances": [
            {"row": row, "bank": money.bank_name(money.bank(row.bank)), "available": money.available(row)}
            for row in money.accounts(accounts)
        ],
        "homes": renting.of_accounts(accounts),
        "transfers": waiting.waiting_for(accounts),
        "proposals": proposals.waiting_for(actor),
        "offers": leases.offers_to_sign(accounts),
        "moves": moves.moves(accounts)[:MOVES],
        "requests": [{"request": row, "act": acts.act_of(row)} for row in newest],
        "waiting": sum(row.state in row.LIVE for row in newest),
    }


def _titles(count: int) -> str:
    return ngettext("%(count)s title", "%(count)s titles", count) % {"count": count}


def _points(counts: dict[str, int]) -> list[places.Point]:
    return [
        places.Point(
            places.town_point(town.code),
            town.name,
            count=counts[town.code],
            note=_titles(counts[town.code]),
            url=f"{reverse('titles')}?town={town.code}",
        )
        for town in places.towns()
    ]


def _counties(counts: dict[str, int]) -> list[dict[str, Any]]:
    shown = []
    for county in places.counties():
        towns = [town for town in places.towns() if town.county == county.code]
        lines = [{"town": town, "titles": counts[town.code]} for town in towns]
        shown.append({"county": county, "towns": lines, "titles": sum(counts[town.code] for town in towns)})
    return shown


def requests(request: HttpRequest) -> HttpResponse:
    """The requests of everybody whom this browser acts as, newest first. Raises NotSignedIn."""
    actor = acting.require(request)
    found = outbox.of_signers(acting.addresses(actor))
    page = Paginator(found, PAGE).get_page(request.GET.get("page"))
    rows = [
        {
            "request": row,
            "act": acts.act_of(row),
            "dots": progress.dots(row, sorted(row.events.all(), key=lambda event: event.id)),
        }
        for row in page
    ]
    return render(request, "city/requests.html", {"page": page, "rows": rows})


def request_detail(request: HttpRequest, request_id: uuid.UUID) -> HttpResponse:
    """One request and its whole history; whoever has its address may follow it. Raises UnknownRequest."""
    found = outbox.by_id(request_id)
    events = list(found.events.order_by("id"))
    context = {
        "asked": found,
        "act": acts.act_of(found),
        "contract": acts.contract_of(found),
        "dots": progress.dots(found, events),
        "steps": progress.steps(found, events),
        "facts": acts.facts_of(found),
        "signer": identity.public_name(found.signer, acting.addresses(acting.current(request))),
        "live": found.state in found.LIVE,
    }
    return render(request, "city/request.html", context)


def search(request: HttpRequest) -> HttpResponse:
    """Names of institutions and towns, accounts, blocks, transactions, titles, requests."""
    text = request.GET.get("q", "")[:100]
    return render(request, "city/search.html", {"text": text.strip(), "hits": finding.find(text)})


def descriptor(request: HttpRequest, key: str) -> JsonResponse:
    """What a wallet shows before it signs (ERC-7730), of a contract or of "requests". Raises UnknownContractKey."""
    book = AddressBook.load()
    if key == "requests":
        return JsonResponse(clear_signing.of_requests(book))
    if key == "deeds":
        return JsonResponse(clear_signing.of_deeds(book))
    return JsonResponse(clear_signing.of_contract(book, book.entry(key)))
