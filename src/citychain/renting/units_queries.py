"""What pages and the API ask about units: places that can be let."""

import datetime
from collections.abc import Iterable

from django.db.models import QuerySet

from citychain.chain.clock import local_time, now

from .errors import NoSuchUnit
from .units_models import Occupation, Unit, UnitDescription, UnitStep

EPOCH_ORDINAL = 719_163


def today() -> int:
    """Days since 1970-01-01 in Asia/Shanghai, as Units counts them."""
    return number_of(local_time(now()).date())


def date_of(day: int) -> datetime.date:
    """The date of a day that is counted as Units does."""
    return datetime.date.fromordinal(day + EPOCH_ORDINAL)


def number_of(day: datetime.date) -> int:
    """A date, counted as Units does."""
    return day.toordinal() - EPOCH_ORDINAL


def units(*, title: int | None = None, kind: str = "", state: str = "") -> QuerySet[Unit]:
    """Units by filters, the newest first."""
    found = Unit.objects.all()
    if title is not None:
        found = found.filter(title=title)
    if kind in Unit.Kind.values:
        found = found.filter(kind=kind)
    if state in Unit.State.values:
        found = found.filter(state=state)
    return found.order_by("-id")


def unit(unit_id: int) -> Unit:
    """Raises NoSuchUnit."""
    row = Unit.objects.filter(id=unit_id).first()
    if row is None:
        raise NoSuchUnit(what=unit_id)
    return row


def of_title(title_id: int) -> list[Unit]:
    """Units of a title that are not withdrawn, each before its parts."""
    rows = list(Unit.objects.filter(title=title_id).exclude(state=Unit.State.WITHDRAWN).order_by("id"))
    kinds = list(Unit.Kind.values)
    return sorted(rows, key=lambda row: (kinds.index(row.kind), row.id))


def occupations(unit_id: int) -> QuerySet[Occupation]:
    """Leases that have the unit today or later, the first day first."""
    return Occupation.objects.filter(unit=unit_id, to_day__gt=today()).order_by("from_day")


def taken_today(rows: list[Unit]) -> set[int]:
    """Those of a title's units that can't be let today: a lease has them, a part of them or what they are a part of."""
    day = today()
    leased = Occupation.objects.filter(unit__in=[row.id for row in rows], from_day__lte=day, to_day__gt=day)
    found = set(leased.values_list("unit", flat=True))
    above = {row.id: _above(row, rows) for row in rows}
    return {number for number, over in above.items() if found & {number, *over}}.union(
        *(over for number, over in above.items() if number in found)
    )


def _above(row: Unit, rows: list[Unit]) -> list[int]:
    """What a unit is a part of, the nearest first."""
    parents = {one.id: one.parent for one in rows}
    found: list[int] = []
    while parent := parents.get(found[-1] if found else row.id, 0):
        found.append(parent)
    return found


def vacant(rows: list[Unit]) -> list[Unit]:
    """Those of a title's units that have no parts and no lease today or later."""
    leased = Occupation.objects.filter(unit__in=[row.id for row in rows], to_day__gt=today())
    kept = {row.parent for row in rows} | set(leased.values_list("unit", flat=True))
    return [row for row in rows if row.id not in kept]


def descriptions(rows: Iterable[Unit]) -> dict[str, str]:
    """What owners say of these units, by commitment. Private: for owners and the registrar."""
    found = UnitDescription.objects.filter(commitment__in=[row.commitment for row in rows])
    return dict(found.values_list("commitment", "text"))


def history(unit_id: int) -> QuerySet[UnitStep]:
    """Oldest first."""
    return UnitStep.objects.filter(unit=unit_id).order_by("id")
