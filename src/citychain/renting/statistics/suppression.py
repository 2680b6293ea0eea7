"""Counts by town, county and city in which nobody is seen: groups under LEAST are hidden, and what gives them away.

A total and all but one of its parts tell the last part. So beside each hidden town another one of its county is hidden,
or the county itself (complementary suppression; Handbook on Statistical Disclosure Control, ESSnet, chapter 4). What
can still be computed from what is shown is always the sum of two hidden towns or more, and SAFE or more.

Who knows this rule may reason further: a town that was hidden for another's sake has LEAST or more, and which one was
chosen may tell how large it is. So the choice goes by the order of codes and never by size, and a sum is only safe from
SAFE on, where each number that a small group can be stays possible (tests/test_suppression.py tries all small tables).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

#: The smallest group that is shown. None is shown too: it says nothing about anybody.
LEAST = 5
#: The smallest sum of hidden towns that may be known: with LEAST in one, the other may be anything under LEAST.
SAFE = 2 * LEAST - 1
CITY = ""


@dataclass(frozen=True)
class Published:
    """What is shown: counts by town, by county and of the city (by its code CITY); None is hidden."""

    towns: dict[str, int | None]
    counties: dict[str, int | None]
    city: int | None

    def of(self, code: str) -> int | None:
        """The count of a town, a county or the city; 0 for a place without any."""
        return self.city if code == CITY else self.counties.get(code, self.towns.get(code, 0))


def publish(counts: Mapping[str, int], county_of: Mapping[str, str]) -> Published:
    """Counts by town, with the county of each, and their sums, hidden where they must be."""
    return _Table(counts, county_of).published()


class _Table:
    def __init__(self, counts: Mapping[str, int], county_of: Mapping[str, str]) -> None:
        self.counts = dict(counts)
        self.towns_of: dict[str, list[str]] = {}
        for town in sorted(counts):
            self.towns_of.setdefault(county_of[town], []).append(town)
        self.sums = {county: sum(counts[town] for town in towns) for county, towns in self.towns_of.items()}
        self.whole = sum(counts.values())
        self.hidden = {town for town, count in counts.items() if 0 < count < LEAST}
        self.hidden_counties = {county for county, count in self.sums.items() if 0 < count < LEAST}
        self.city_hidden = 0 < self.whole < LEAST

    def published(self) -> Published:
        while self._mend():
            pass
        return Published(
            {town: None if town in self.hidden else count for town, count in self.counts.items()},
            {county: None if county in self.hidden_counties else count for county, count in self.sums.items()},
            None if self.city_hidden else self.whole,
        )

    def _mend(self) -> bool:
        """Hides one more where what is shown tells too much; whether it did."""
        for county, towns in self.towns_of.items():
            group = [town for town in towns if town in self.hidden]
            if county not in self.hidden_counties and not self._is_safe(group):
                if not self._hide_one(towns):
                    self.hidden_counties.add(county)
                return True
            if county in self.hidden_counties and not group:
                return self._hide_one(towns)
        inside = [town for county in sorted(self.hidden_counties) for town in self.towns_of[county]]
        if self.city_hidden or self._is_safe([town for town in inside if town in self.hidden]):
            return False
        if self._hide_one(inside):
            return True
        shown = [county for county, count in self.sums.items() if count and county not in self.hidden_counties]
        if shown:
            self.hidden_counties.add(min(shown))
        else:
            self.city_hidden = True
        return True

    def _is_safe(self, group: Iterable[str]) -> bool:
        """Whether the sum of these hidden towns may be known: of none, or of two and SAFE at least."""
        found = list(group)
        return not found or (len(found) > 1 and sum(self.counts[town] for town in found) >= SAFE)

    def _hide_one(self, towns: Iterable[str]) -> bool:
        shown = [town for town in towns if self.counts[town] and town not in self.hidden]
        if shown:
            self.hidden.add(min(shown))
        return bool(shown)
