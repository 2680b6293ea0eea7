"""What somebody with pencil and paper can find out from figures that hide small groups."""

import itertools
from collections import defaultdict
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as some

from citychain.renting.statistics.suppression import LEAST, SAFE, Published, publish

COUNTIES = {"a1": "a", "a2": "a", "a3": "a", "b1": "b", "b2": "b", "b3": "b", "c1": "c", "c2": "c"}
COUNTS = some.fixed_dictionaries({town: some.integers(0, 12) for town in COUNTIES})


def _equations(shown: Published) -> list[tuple[list[int], int]]:
    """What is shown, as sums over the hidden towns: (which, how many)."""
    hidden = sorted(town for town, count in shown.towns.items() if count is None)

    def equation(towns: list[str], total: int) -> tuple[list[int], int]:
        known = sum(shown.towns[town] or 0 for town in towns)
        return [int(town in towns) for town in hidden], total - known

    found = [
        equation([town for town in COUNTIES if COUNTIES[town] == county], total)
        for county, total in shown.counties.items()
        if total is not None
    ]
    return found if shown.city is None else [*found, equation(list(COUNTIES), shown.city)]


def _in_span(rows: list[list[int]], wanted: list[int]) -> bool:
    """Whether a sum of towns can be computed from these sums (Gaussian elimination over fractions)."""
    basis: list[list[Fraction]] = []
    for row in [*rows, wanted]:
        left = [Fraction(value) for value in row]
        for other in basis:
            pivot = next(place for place, value in enumerate(other) if value)
            left = [value - left[pivot] / other[pivot] * old for value, old in zip(left, other, strict=True)]
        if row is wanted:
            return not any(left)
        if any(left):
            basis.append(left)
    return False


@given(COUNTS)
def test_no_hidden_town_nor_small_county_can_be_computed(counts: dict[str, int]) -> None:
    shown = publish(counts, COUNTIES)
    hidden = sorted(town for town, count in shown.towns.items() if count is None)
    rows = [row for row, _total in _equations(shown)]
    for place in range(len(hidden)):
        assert not _in_span(rows, [int(other == place) for other in range(len(hidden))])
    for county, total in shown.counties.items():
        real = sum(counts[town] for town in COUNTIES if COUNTIES[town] == county)
        towns = [int(COUNTIES[town] == county) for town in hidden]
        if total is None and real < LEAST:
            assert not _in_span(rows, towns)


@given(COUNTS)
def test_every_sum_that_can_be_computed_is_of_five_at_least(counts: dict[str, int]) -> None:
    for row, total in _equations(publish(counts, COUNTIES)):
        assert not any(row) or (sum(row) > 1 and total >= SAFE)


@given(COUNTS)
def test_what_is_shown_is_true_and_small_groups_are_not(counts: dict[str, int]) -> None:
    shown = publish(counts, COUNTIES)
    for town, count in shown.towns.items():
        assert count is None or count == counts[town]
        assert not 0 < counts[town] < LEAST or count is None
    assert shown.city in (None, sum(counts.values()))
    assert all(shown.towns[town] == 0 for town in counts if not counts[town])


@pytest.mark.parametrize(
    ("county_of", "most"),
    [
        ({"a1": "a", "a2": "a", "b1": "b", "b2": "b"}, 11),
        ({"a1": "a", "a2": "a", "a3": "a"}, 20),
        ({"a": "a", "b": "b", "c": "c"}, 20),
    ],
    ids=["two counties", "one county", "counties of one town"],
)
def test_who_knows_the_rule_itself_finds_no_small_town(county_of: dict[str, str], most: int) -> None:
    """All small tables: several real ones belong to each that is published, and they differ in each small town that is
    hidden. Left out are those at the rim, to which larger tables belong as well."""
    real: dict[tuple[object, ...], list[tuple[int, ...]]] = defaultdict(list)
    for numbers in itertools.product(range(most), repeat=len(county_of)):
        shown = publish(dict(zip(county_of, numbers, strict=True)), county_of)
        real[(*shown.towns.values(), *shown.counties.values(), shown.city)].append(numbers)
    for table, possible in real.items():
        for place in range(len(county_of)):
            values = {numbers[place] for numbers in possible}
            if table[place] is None and max(max(numbers) for numbers in possible) < most - 1 and min(values) < LEAST:
                assert len(values) > 1, (table, possible)


def test_city_with_plenty_hides_nothing() -> None:
    shown = publish(dict.fromkeys(COUNTIES, 7), COUNTIES)
    assert (shown.city, shown.of("a"), shown.of("a1"), shown.of(""), shown.of("z")) == (56, 21, 7, 56, 0)
