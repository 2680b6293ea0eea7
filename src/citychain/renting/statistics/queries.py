"""Renting in figures, by town, county and for the city. docs/renting.md

Leases and homes are counted as of the last day of the month before, so that two looks on two days don't show one new
lease; rent that is overdue as of now. Everything goes through suppression.publish() before anybody sees it.
"""

import datetime
import json
import statistics
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from citychain.portal import places

from ..leases import queries as leases
from ..leases import schedule
from ..leases.models import Lease, LeaseStep
from ..listings.models import Listing, ListingDescription
from ..models import Deed, Title
from ..units_models import Occupation, Unit
from .suppression import CITY, LEAST, Published, publish

MONTHS = 12
DAY, BEIJING = 86_400, 8 * 3_600


@dataclass(frozen=True)
class Figures:
    """A town, a county or the city (code ""). None is hidden: fewer than five, or it would give such a group away.
    `rent` is the median in fen a month for a square metre, of leases whose area is known; shares in per
    cent, rounded."""

    code: str
    leases: int | None
    homes: int | None
    rent: int | None
    vacant: int | None
    overdue: int | None


@dataclass(frozen=True)
class Month:
    """Leases that were signed in a month and not annulled, and the median of their rents in fen; None where fewer than
    five were."""

    first: datetime.date
    leases: int | None
    rent: int | None


@dataclass(frozen=True)
class Disputes:
    """Claims from deposits that were contested so far, decided ones among them, and the median of days that a decision
    took; None where there were fewer than five."""

    contested: int | None
    decided: int | None
    days: int | None


def closed_day() -> int:
    """The last day of the month before this one (days since 1970-01-01 in Asia/Shanghai)."""
    return schedule.to_day(schedule.to_date(leases.today()).replace(day=1)) - 1


def figures() -> list[Figures]:
    """The city first, then each county with its towns, of places where there is anything to let."""
    day = closed_day()
    units, towns = _homes()
    county_of = {town: town[:6] for town in set(towns.values())}
    running = list(Lease.objects.filter(handed_over_at__gt=0, from_day__lte=day, to_day__gt=day))
    by_town = {row.id: towns[row.unit] for row in running if row.unit in towns}
    occupied = set(Occupation.objects.filter(from_day__lte=day, to_day__gt=day).values_list("unit", flat=True))
    let = {unit for unit in units if _is_let(unit, units, occupied)}
    late = {row.id for row in running if row.id in by_town and _is_late(row)}
    rents = _rents(running, units, towns)

    def table(counted: Iterable[str]) -> Published:
        found = Counter(counted)
        return publish({town: found[town] for town in county_of}, county_of)

    leaves = _leaves(units)
    tables = {
        "leases": table(by_town.values()),
        "homes": table(towns[unit] for unit in leaves),
        "let": table(towns[unit] for unit in leaves if unit in let),
        "vacant": table(towns[unit] for unit in leaves if unit not in let),
        "late": table(by_town[lease] for lease in late),
        "punctual": table(town for lease, town in by_town.items() if lease not in late),
        "measured": table(town for town, found in rents.items() for _ in found),
    }
    codes = [CITY, *(code for county in sorted(set(county_of.values())) for code in _inside(county, county_of))]
    return [_of(code, tables, rents) for code in codes]


def _inside(county: str, county_of: Mapping[str, str]) -> Iterator[str]:
    yield county
    yield from sorted(town for town, whose in county_of.items() if whose == county)


def _of(code: str, tables: Mapping[str, Published], rents: Mapping[str, list[int]]) -> Figures:
    counts = {name: table.of(code) for name, table in tables.items()}
    inside = [rent for town, found in rents.items() if town.startswith(code) for rent in found]
    measured = counts["measured"]
    return Figures(
        code,
        counts["leases"],
        counts["homes"],
        round(statistics.median(inside)) if measured and measured >= LEAST else None,
        _share(counts["vacant"], counts["let"]),
        _share(counts["late"], counts["punctual"]),
    )


def _share(part: int | None, rest: int | None) -> int | None:
    """Per cent of both together; None where either is hidden, for each tells the other."""
    if part is None or rest is None or not part + rest:
        return None
    return round(100 * part / (part + rest))


def _homes() -> tuple[dict[int, Unit], dict[int, str]]:
    """Confirmed units, and the town of each."""
    units = {row.id: row for row in Unit.objects.filter(state=Unit.State.CONFIRMED)}
    titles = dict(Title.objects.values_list("id", "town"))
    known = {town.code for town in places.towns()}
    towns = {unit: str(titles[row.title]) for unit, row in units.items() if str(titles.get(row.title)) in known}
    return {unit: row for unit, row in units.items() if unit in towns}, towns


def _leaves(units: Mapping[int, Unit]) -> list[int]:
    """What isn't divided any further: each place is counted once."""
    divided = {row.parent for row in units.values()}
    return [unit for unit in units if unit not in divided]


def _is_let(unit: int, units: Mapping[int, Unit], occupied: set[int]) -> bool:
    """Whether a lease has it, or what it is a part of."""
    while unit:
        if unit in occupied:
            return True
        unit = units[unit].parent if unit in units else 0
    return False


def _rents(running: Iterable[Lease], units: Mapping[int, Unit], towns: Mapping[int, str]) -> dict[str, list[int]]:
    """Rents for a square metre by town: a whole home has the area of its deed, others what their lister published."""
    offered = dict(Listing.objects.order_by("id").values_list("unit", "description"))
    about = {row.commitment: row.told["area"] for row in ListingDescription.objects.all()}
    rows = [row for row in running if row.unit in towns]
    commitments = dict(
        Title.objects.filter(id__in=[units[row.unit].title for row in rows]).values_list("id", "commitment")
    )
    deeds = Deed.objects.filter(commitment__in=commitments.values()).values_list("commitment", "body")
    deeded = {commitment: json.loads(body)["area"] for commitment, body in deeds}
    found: dict[str, list[int]] = defaultdict(list)
    for row in rows:
        unit = units[row.unit]
        whole = deeded.get(commitments[unit.title], 0) if unit.kind == Unit.Kind.WHOLE else 0
        area = whole or about.get(offered.get(row.unit, ""), 0)
        if area:
            found[towns[row.unit]].append(row.rent * 100 // area)
    return found


def _is_late(row: Lease) -> bool:
    """Whether rent is open whose days of grace are over."""
    day = leases.today() - row.grace_days
    return sum(month.amount for month in leases.months(row) if month.due_day < day) > row.covered


def months() -> list[Month]:
    """The last MONTHS whole months, the oldest first."""
    first = schedule.to_date(closed_day()).replace(day=1)
    starts = [_before(first, MONTHS - 1 - number) for number in range(MONTHS)]
    rents: dict[datetime.date, list[int]] = defaultdict(list)
    since = schedule.to_day(starts[0]) * DAY - BEIJING
    signed = Lease.objects.filter(signed_at__gte=since).exclude(state=Lease.State.LAPSED)
    for at, rent in signed.values_list("signed_at", "rent"):
        rents[schedule.to_date((at + BEIJING) // DAY).replace(day=1)].append(rent)
    return [_month(start, rents[start]) for start in starts]


def _before(month: datetime.date, count: int) -> datetime.date:
    number = month.year * 12 + month.month - 1 - count
    return datetime.date(number // 12, number % 12 + 1, 1)


def _month(first: datetime.date, rents: list[int]) -> Month:
    enough = len(rents) >= LEAST
    return Month(
        first, len(rents) if enough or not rents else None, round(statistics.median(rents)) if enough else None
    )


def disputes() -> Disputes:
    """Of the whole city and since the beginning."""
    asked = LeaseStep.objects.filter(event__in=("ClaimsContested", "ClaimsDecided")).order_by("id")
    contested: dict[int, int] = {}
    days: list[int] = []
    for step in asked:
        if step.event == "ClaimsContested":
            contested[step.lease] = step.time
        elif step.lease in contested:
            days.append((step.time - contested[step.lease]) // DAY)
    counts = [count if count >= LEAST or not count else None for count in (len(contested), len(days))]
    return Disputes(counts[0], counts[1], round(statistics.median(days)) if len(days) >= LEAST else None)
