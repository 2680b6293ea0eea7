"""The page of renting in figures, and the same as CSV."""

from typing import Any

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from citychain.exports import csv_file
from citychain.portal import places
from citychain.portal.charts import Chart, Point
from citychain.portal.wording import calendar_day, yuan

from ..leases import schedule
from . import queries
from .queries import Figures
from .suppression import CITY, LEAST

COLUMNS = ("place", "name", "leases", "homes", "rent_fen_per_m2", "vacant_percent", "overdue_percent")


def statistics(request: HttpRequest) -> HttpResponseBase:
    """Figures by place and month, with map and charts. ?format=csv is the table; an empty cell is hidden."""
    rows = queries.figures()
    if request.GET.get("format") == "csv":
        return csv_file("renting", COLUMNS, (_cells(row) for row in rows))
    months, disputes = queries.months(), queries.disputes()
    return render(
        request,
        "statistics/statistics.html",
        {
            "day": calendar_day(schedule.to_date(queries.closed_day())),
            "least": LEAST,
            "rows": [{"row": row, "name": _name(row.code), "level": len(row.code)} for row in rows],
            "city": rows[0],
            "disputes": disputes,
            "map": places.map_data([_point(row) for row in rows if len(row.code) == 9 and (row.leases or 0) > 0]),
            "charts": [_by_place(rows), _by_month(months)],
        },
    )


def _name(code: str) -> str:
    county = places.county(code)
    return _("The whole city") if code == CITY else str(county.name) if county else places.town_name(code)


def _cells(row: Figures) -> list[Any]:
    values = (row.leases, row.homes, row.rent, row.vacant, row.overdue)
    return [row.code, _name(row.code), *("" if value is None else value for value in values)]


def _point(row: Figures) -> places.Point:
    rent = _("%(rent)s for 1 m²") % {"rent": yuan(row.rent)} if row.rent else ""
    return places.Point(places.town_point(row.code), _name(row.code), count=row.leases or 1, note=rent)


def _by_place(rows: list[Figures]) -> Chart:
    shown = [row for row in rows if row.rent is not None]
    return Chart(
        kind="bars",
        title=_("Median rent for 1 m² a month"),
        unit=_("yuan"),
        first=_("Place"),
        points=[Point(_name(row.code), (row.rent or 0) / 100, yuan(row.rent or 0)) for row in shown],
        csv=f"{reverse('renting-statistics')}?format=csv",
        note=_("Of leases whose area is known; places with fewer than five are hidden."),
        empty=_("No place has five leases whose area is known."),
    )


def _by_month(months: list[queries.Month]) -> Chart:
    shown = [month for month in months if month.leases is not None]
    return Chart(
        kind="bars",
        title=_("Leases signed, by month"),
        unit=_("leases"),
        first=_("Month"),
        points=[Point(f"{month.first:%y-%m}", month.leases or 0) for month in shown],
        note=_("Months with one to four leases are hidden."),
        empty=_("No month has five leases."),
    )
