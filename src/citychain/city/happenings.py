"""The records behind a figure of activity.py: what happened of one kind on one day or in one month."""

import datetime
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from django.core.paginator import Paginator
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from citychain.components import Words
from citychain.identity import queries as identity
from citychain.indexer.models import Block
from citychain.money import queries as money
from citychain.money.models import ClearingPayment, Payment
from citychain.outbox.models import Executed, Request
from citychain.portal import acts, places
from citychain.portal.records import LOGS_A_BLOCK
from citychain.renting.models import Title

from .activity import EPOCH, Kind, UnknownActivity, chart, label, series, totals
from .projection import BEIJING, DAY

PAGE = 30
PERIOD = re.compile(r"\d{4}-\d{2}(-\d{2})?")


@dataclass(frozen=True)
class Line:
    """One record. `accounts`: of who acted or paid, then of who was paid; `fen` is None where no money moved."""

    time: int
    what: Words
    url: str
    accounts: tuple[str, ...]
    fen: int | None = None


def records(request: HttpRequest, kind: str, period: str) -> HttpResponse:
    """The records of a kind on a day (2026-11-22) or in a month (2026-11), newest first. Raises UnknownActivity."""
    found, shown = series(kind)
    begin, end = _span(period)
    rows, read = _SOURCES[found]
    page = Paginator(rows(_first_block(begin), _first_block(end)), PAGE).get_page(request.GET.get("page"))
    lines = list(read(list(page)))
    names = identity.public_names({account for line in lines for account in line.accounts})
    count, fen = totals(found)[period]
    context = {
        "shown": shown,
        "period": label(period),
        "count": count,
        "fen": fen,
        "page": page,
        "days": chart(found, _days(begin, end)) if len(period) == len("2026-11") else None,
        "lines": [
            (line, [(account, names.get(account, "")) for account in line.accounts if account]) for line in lines
        ],
    }
    return render(request, "city/activity.html", context)


def _days(begin: int, end: int) -> list[str]:
    days = range((begin + BEIJING) // DAY, (end + BEIJING) // DAY)
    return [(EPOCH + datetime.timedelta(day)).isoformat() for day in days]


def _span(period: str) -> tuple[int, int]:
    """The first second of the period and the first after it. Raises UnknownActivity."""
    try:
        if not PERIOD.fullmatch(period):
            raise ValueError
        begin = datetime.date.fromisoformat(period if len(period) == 10 else period + "-01")
        end = begin + datetime.timedelta(1 if len(period) == 10 else 31)
        end = end if len(period) == 10 else end.replace(day=1)
    except (ValueError, OverflowError):
        raise UnknownActivity(what=period) from None
    return (begin - EPOCH).days * DAY - BEIJING, (end - EPOCH).days * DAY - BEIJING


def _first_block(time: int) -> int:
    """The first block that is not before `time`, found by halving; one past the newest if there is none."""
    blocks = Block.objects.order_by("number").values_list("number", "time")
    newest = blocks.last()
    low, high = 0, newest[0] + 1 if newest else 0
    while low < high:
        middle = (low + high) // 2
        number, found = blocks.filter(number__gte=middle).first() or (high, time)
        if found < time:
            low = number + 1
        else:
            high = middle
    return low


def _requests(first: int, end: int) -> QuerySet[Executed]:
    return Executed.objects.filter(block__gte=first, block__lt=end, success=True).order_by("-block", "-log_index")


def _request_lines(rows: list[Executed]) -> Iterator[Line]:
    asked = {request.digest: request for request in Request.objects.filter(digest__in=[row.digest for row in rows])}
    for row in rows:
        what = acts.act_of(asked[row.digest]) if row.digest in asked else _("A signed request")
        yield Line(row.time, what, reverse("transaction", args=[row.tx]), (row.signer,))


def _payments(first: int, end: int) -> QuerySet[Payment]:
    return Payment.objects.filter(id__gte=first * LOGS_A_BLOCK, id__lt=end * LOGS_A_BLOCK).order_by("-id")


def _issued(first: int, end: int) -> QuerySet[Payment]:
    return _payments(first, end).filter(kind=Payment.Kind.DEPOSIT)


def _moved(first: int, end: int) -> QuerySet[Payment]:
    """Within a bank; between banks the part at the payer's."""
    within = ~Q(sender="") & ~Q(recipient="")
    return _payments(first, end).filter(within | Q(kind=Payment.Kind.CLEARING_OUT))


def _payment_lines(rows: list[Payment]) -> Iterator[Line]:
    between = {row.id + 1: row.payee for row in ClearingPayment.objects.filter(id__in=[row.id - 1 for row in rows])}
    banks = {bank.address: money.bank_name(bank) for bank in money.banks()}
    for row in rows:
        accounts = (row.sender, row.recipient or between.get(row.id, ""))
        yield Line(row.time, banks[row.bank], reverse("transaction", args=[row.tx]), accounts, row.amount)


def _titles(first: int, end: int) -> QuerySet[Title]:
    return Title.objects.filter(registered_block__gte=first, registered_block__lt=end).order_by("-id")


def _title_lines(rows: list[Title]) -> Iterator[Line]:
    names = {int(town.code): town.name for town in places.towns()}
    for row in rows:
        what = _("No. %(number)s, %(town)s") % {"number": row.id, "town": names.get(row.town, row.town)}
        yield Line(row.registered_at, what, reverse("title", args=[row.id]), ())


_Source = tuple[Callable[[int, int], QuerySet[Any]], Callable[[list[Any]], Iterator[Line]]]
_SOURCES: dict[Kind, _Source] = {
    Kind.REQUESTS: (_requests, _request_lines),
    Kind.MOVED: (_moved, _payment_lines),
    Kind.ISSUED: (_issued, _payment_lines),
    Kind.TITLES: (_titles, _title_lines),
}
