"""What pages and the API ask about units: places that can be let."""

from django.db.models import QuerySet

from citychain.chain.clock import local_time, now

from .errors import NoSuchUnit
from .units_models import Occupation, Unit, UnitStep

EPOCH_ORDINAL = 719_163


def today() -> int:
    """Days since 1970-01-01 in Asia/Shanghai, as Units counts them."""
    return local_time(now()).date().toordinal() - EPOCH_ORDINAL


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


def occupied_today(unit_ids: list[int]) -> set[int]:
    """Those of these units that a lease has today."""
    day = today()
    rows = Occupation.objects.filter(unit__in=unit_ids, from_day__lte=day, to_day__gt=day)
    return set(rows.values_list("unit", flat=True))


def history(unit_id: int) -> QuerySet[UnitStep]:
    """Oldest first."""
    return UnitStep.objects.filter(unit=unit_id).order_by("id")
