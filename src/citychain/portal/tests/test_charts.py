"""What a chart draws, in figures: the same numbers must stand in the drawing, in the table and on the clipboard."""

import pytest
from django.template import Context, Template
from django.utils import translation

from ..charts import Chart, Point


def _chart(*values: float, kind: str = "bars", **more: str) -> Chart:
    points = [Point(f"d{place}", value, url=f"/d{place}/") for place, value in enumerate(values)]
    return Chart(kind, "Titles", "titles", "Day", points, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("values", "grid"),
    [
        ((1, 4), ["0", "1", "2", "3", "4"]),
        ((0, 0), ["0", "1"]),
        ((61, 12), ["0", "20", "40", "60", "80"]),
        ((0.3, 0.1), ["0", "0.1", "0.2", "0.3"]),
        ((-340, 12_800), ["−5,000", "0", "5,000", "10,000", "15,000"]),
        ((-3, -1), ["−3", "−2", "−1", "0"]),
        ((25_000_000,), ["0", "10,000,000", "20,000,000", "30,000,000"]),
    ],
)
def test_grid_has_round_values_that_hold_all_points(values: tuple[float, ...], grid: list[str]) -> None:
    assert [line.text for line in _chart(*values).grid] == grid


def test_bars_stand_on_zero_and_are_as_high_as_their_value() -> None:
    up, down = _chart(10, -10).marks
    assert (up.bar_top, up.bar_height) == ("5.00%", "41.50%")
    assert (down.bar_top, down.bar_height) == ("46.50%", "41.50%")
    assert (up.left, down.left, down.width) == ("0.00%", "50.00%", "50.00%")


def test_line_goes_through_every_point_and_area_closes_on_zero() -> None:
    chart = _chart(0, 4, kind="area")
    assert chart.line == "M25.00 88.00L75.00 5.00"
    assert chart.area == "M25.00 88.00L75.00 5.00L75.00 88.00L25.00 88.00Z"


@pytest.mark.parametrize(("points", "shown"), [(1, 1), (7, 7), (8, 7), (30, 7), (365, 7)])
def test_labels_are_few_and_stay_inside(points: int, shown: int) -> None:
    labels = _chart(*range(points)).labels
    assert len(labels) == shown
    first = ("0.00%", "start") if points > 6 else ("50.00%", "middle")
    assert (labels[0].at, labels[0].anchor) == first
    assert [label.only_wide for label in labels] == [bool(place % 2) for place in range(shown)]


@pytest.mark.parametrize(("label", "shown"), [("2026-11-23", 5), ("2026年11月", 5), ("Nov 2026", 7), ("x" * 60, 3)])
def test_long_labels_are_fewer_so_that_none_runs_into_another(label: str, shown: int) -> None:
    chart = Chart("line", "Titles", "titles", "Day", [Point(label, value) for value in range(53)])
    labels = chart.labels
    assert (len(labels), labels[0].at, labels[-1].at) == (shown, "0.00%", "100.00%")


def test_figures_are_copied_as_a_spreadsheet_takes_them() -> None:
    assert _chart(1_200, 0.25).copied == "Day\ttitles\nd0\t1200\nd1\t0.25"


def test_chart_gives_its_figures_below_with_links_and_file() -> None:
    with translation.override("en"):
        page = Template("{% chart c %}").render(Context({"c": _chart(1_200, csv="/figures.csv", note="As of block 7")}))
    assert '<a href="/d0/">d0</a></th><td class="number">1,200</td>' in page
    assert "<title>d0: 1,200</title>" in page
    assert '<a href="/figures.csv">Figures as CSV</a>' in page
    assert "As of block 7" in page
    assert 'aria-label="Copy Titles"' in page


def test_chart_without_points_says_so() -> None:
    with translation.override("en"):
        page = Template("{% chart c %}").render(Context({"c": _chart()}))
    assert "Nothing has happened yet." in page
    assert "<svg" not in page
