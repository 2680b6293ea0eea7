"""How much happened: charts by month and by day, and their figures as files."""

import datetime
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Min
from django.http import HttpRequest, StreamingHttpResponse
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from citychain.components import Words
from citychain.errors import NotFound
from citychain.exports import csv_file
from citychain.indexer import queries as index
from citychain.portal.charts import Chart, Point
from citychain.portal.wording import yuan

from .models import Activity
from .projection import BEIJING, DAY

#: How far the charts of the home page go back: to the first record, not less than the fewest and not more than these.
FEWEST, DAYS, MONTHS = 6, 30, 36
EPOCH = datetime.date(1970, 1, 1)
Kind = Activity.Kind


@dataclass(frozen=True)
class Series:
    """How one kind is shown; `money` adds fen instead of counting records, `accounts` are shown with each record."""

    title: Words
    unit: Words
    money: bool = False
    accounts: bool = True


SERIES = {
    Kind.REQUESTS: Series(gettext_lazy("Requests carried out"), gettext_lazy("requests")),
    Kind.MOVED: Series(gettext_lazy("Money moved"), gettext_lazy("yuan"), money=True),
    Kind.ISSUED: Series(gettext_lazy("Money issued"), gettext_lazy("yuan"), money=True),
    Kind.TITLES: Series(gettext_lazy("Titles registered"), gettext_lazy("titles"), accounts=False),
}


class UnknownActivity(NotFound):
    code = "unknown-activity"
    message = gettext_lazy("There is no such figure: {what}.")


def series(kind: str) -> tuple[Kind, Series]:
    """Raises UnknownActivity."""
    if kind not in Kind.values:
        raise UnknownActivity(what=kind)
    return Kind(kind), SERIES[Kind(kind)]


def by_day(request: HttpRequest) -> bool:
    """Whether ?by=day asks for days; else figures are by month."""
    return request.GET.get("by") == "day"


def charts(*, daily: bool) -> list[Chart]:
    """One of each kind over the same time, from the first record to the newest block; none while nothing has been
    read."""
    now = index.head().time
    if not now:
        return []
    today = (now + BEIJING) // DAY
    begun = Activity.objects.aggregate(first=Min("day"))["first"]
    first = today if begun is None else begun
    if daily:
        count = min(max(today - first + 1, FEWEST), DAYS)
        periods = [(EPOCH + datetime.timedelta(day)).isoformat() for day in range(today - count + 1, today + 1)]
    else:
        oldest, newest = (_month(EPOCH + datetime.timedelta(day)) for day in (first, today))
        count = min(max(newest - oldest + 1, FEWEST), MONTHS)
        periods = [f"{month // 12:04}-{month % 12 + 1:02}" for month in range(newest - count + 1, newest + 1)]
    return [chart(kind, periods) for kind in SERIES]


def _month(day: datetime.date) -> int:
    """Months since the year 0."""
    return day.year * 12 + day.month - 1


def chart(kind: Kind, periods: Iterable[str]) -> Chart:
    """Bars of these days (2026-11-22) or months (2026-11), each leading to its records; where nothing happened in them
    words instead, which say when it did last."""
    shown, found, points, daily = SERIES[kind], totals(kind), [], False
    for period in periods:
        daily = len(period) == len("2026-11-22")
        count, fen = found[period]
        url = reverse("activity", args=[kind.value, period]) if count else ""
        value = fen / 100 if shown.money else count
        points.append(Point(label(period), value, yuan(fen) if shown.money else "", url))
    csv = reverse("activity-figures", args=[kind.value]) + ("?by=day" if daily else "")
    note = _("Source: the record, as of block %(block)s.") % {"block": index.head().block}
    first = _("Day") if daily else _("Month")
    if not any(point.url for point in points):
        return Chart("bars", shown.title, shown.unit, first, [], empty=_last(kind, found))
    return Chart("bars", shown.title, shown.unit, first, points, csv=csv, note=note)


def _last(kind: Kind, found: dict[str, tuple[int, int]]) -> Words:
    """That nothing happened in the time shown, and in which month it did last; "" where it never did."""
    months = [period for period in found if len(period) == len("2026-11")]
    if not months:
        return ""
    count, fen = found[months[-1]]
    url = reverse("activity", args=[kind.value, months[-1]])
    link = format_html('<a href="{}">{}</a>', url, label(months[-1]))
    last = yuan(fen) if SERIES[kind].money else count
    return format_html(_("Nothing in the time shown. The last was in {month} ({figure})."), month=link, figure=last)


def totals(kind: Kind) -> defaultdict[str, tuple[int, int]]:
    """Count and fen of each day and each month in which anything happened, by their names."""
    found: defaultdict[str, tuple[int, int]] = defaultdict(lambda: (0, 0))
    for day, count, fen in Activity.objects.filter(kind=kind).order_by("day").values_list("day", "count", "amount"):
        name = (EPOCH + datetime.timedelta(day)).isoformat()
        for period in (name, name[:7]):
            found[period] = (found[period][0] + count, found[period][1] + fen)
    return found


def label(period: str) -> str:
    """A day as 22 Nov, 11月22日; a month as Nov 2026, 2026年11月."""
    chinese, monthly = (get_language() or "").startswith("zh"), len(period) == len("2026-11")
    date = datetime.date.fromisoformat(period + "-01" if monthly else period)
    if monthly:
        return date_format(date, "Y年n月" if chinese else "M Y")
    return date_format(date, "n月j日" if chinese else "j M")


def figures(request: HttpRequest, kind: str) -> StreamingHttpResponse:
    """All months, with ?by=day all days, in which anything happened, as CSV. Raises UnknownActivity."""
    found, _shown = series(kind)
    column = "day" if by_day(request) else "month"
    length = len("2026-11-22" if by_day(request) else "2026-11")
    rows = [(period, *sums) for period, sums in totals(found).items() if len(period) == length]
    return csv_file(f"{kind}-by-{column}", (column, "count", "fen"), rows)
