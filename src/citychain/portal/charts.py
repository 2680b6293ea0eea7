"""Charts that the server draws as SVG: pages show them without JavaScript, print them, and give the same figures below.

Everything is placed in per cent of the drawing, so that it fills any width while its letters keep their size. The tag
`{% chart c %}` shows a Chart; the drawing is hidden from screen readers, which read title and table of figures instead.
"""

import math
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

from citychain.components import Words

#: Where the plot begins and ends, in per cent of the drawing's height; below it stand the labels.
TOP, BOTTOM = 5.0, 88.0
#: The most labels below the plot. A phone shows every second of them, and has room for so many letters.
LABELS, LETTERS = 7, 44
#: Beyond so many points a line has no dots.
DOTS = 40
#: A label nearer than this to a side, in per cent, begins or ends there instead of standing centred.
EDGE = 8.0


@dataclass(frozen=True)
class Point:
    """One figure. `shown` is the value for people where a plain number is not enough (¥3,000.00); `url` leads to what
    was counted."""

    label: Words
    value: float
    shown: Words = ""
    url: str = ""

    @property
    def text(self) -> Words:
        return self.shown or _figure(self.value)


class Mark(NamedTuple):
    """A point as it is drawn, in per cent: its strip of the plot, its bar, its dot."""

    point: Point
    left: str
    width: str
    bar_left: str
    bar_width: str
    bar_top: str
    bar_height: str
    x: str
    y: str


class Label(NamedTuple):
    """Words at the bottom axis or at a line of the grid. `anchor` is SVG's text-anchor."""

    at: str
    text: Words
    anchor: str = "start"
    only_wide: bool = False


@dataclass(frozen=True)
class Chart:
    """One series over time or over names. `title` says what is shown, `unit` in what; `first` heads the labels' column.

    `csv` is the address of the same figures as a file, `note` says since when and where they are from, `empty` what is
    said where there are no points.
    """

    kind: Literal["bars", "line", "area"]
    title: Words
    unit: Words
    first: Words
    points: Sequence[Point]
    csv: str = ""
    note: Words = ""
    empty: Words = ""

    @property
    def marks(self) -> list[Mark]:
        strip, zero = self._strip, self._y(0)
        made = []
        for place, point in enumerate(self.points):
            y, left = self._y(point.value), strip * place
            shares = (left, strip, left + strip * 0.14, strip * 0.72, min(y, zero), abs(zero - y), left + strip / 2, y)
            made.append(Mark(point, *map(_share, shares)))
        return made

    @property
    def grid(self) -> list[Label]:
        """Lines of round values from the lowest to the highest, zero among them."""
        low, high, step = self._scale
        values = [low + step * place for place in range(round((high - low) / step) + 1)]
        return [Label(_share(self._y(value)), _figure(value)) for value in values]

    @property
    def gutter(self) -> str:
        """The width of the grid's labels, in SVG's em."""
        return f"{0.62 * max(len(str(line.text)) for line in self.grid) + 0.6:.1f}em"

    @property
    def labels(self) -> list[Label]:
        """As many of the points' labels as find room side by side, the first and the last among them."""
        last = len(self.points) - 1
        widest = max((_letters(str(point.label)) for point in self.points), default=1)
        room = min(LABELS, max(3, int(2 * LETTERS / (widest + 1.5)) - 1))
        count = min(last + 1, room - 1 + room % 2)
        made = []
        for number, place in enumerate(round(number * last / max(1, count - 1)) for number in range(count)):
            x, only_wide = self._strip * (place + 0.5), bool(number % 2)
            anchor = "start" if x < EDGE else "end" if x > 100 - EDGE else "middle"
            at = {"start": 0.0, "middle": x, "end": 100.0}[anchor]
            made.append(Label(_share(at), self.points[place].label, anchor, only_wide))
        return made

    @property
    def line(self) -> str:
        """The path through all points, in a square of 100 by 100 over the whole drawing."""
        steps = [
            f"{self._strip * (place + 0.5):.2f} {self._y(point.value):.2f}" for place, point in enumerate(self.points)
        ]
        return "M" + "L".join(steps)

    @property
    def area(self) -> str:
        """The line's path, closed along zero."""
        half, zero = self._strip / 2, self._y(0)
        return f"{self.line}L{100 - half:.2f} {zero:.2f}L{half:.2f} {zero:.2f}Z"

    @property
    def dotted(self) -> bool:
        return self.kind != "bars" and len(self.points) <= DOTS

    @property
    def copied(self) -> str:
        """The figures as a spreadsheet takes them from the clipboard: columns by tabs, plain numbers."""
        rows = [f"{point.label}\t{point.value:.15g}" for point in self.points]
        return "\n".join([f"{self.first}\t{self.unit}", *rows])

    @property
    def _strip(self) -> float:
        return 100 / max(1, len(self.points))

    def _y(self, value: float) -> float:
        low, high, _step = self._scale
        return BOTTOM - (BOTTOM - TOP) * (value - low) / (high - low)

    @property
    def _scale(self) -> tuple[float, float, float]:
        """The lowest and highest line of the grid and what lies between two: 1, 2 or 5 times a power of ten."""
        values = [point.value for point in self.points]
        low, high = min([0.0, *values]), max([0.0, *values])
        rough = (high - low or 1.0) / 4
        power = 10.0 ** math.floor(math.log10(rough))
        step = next(power * times for times in (1, 2, 5, 10) if power * times >= rough * 0.999)
        if all(value == int(value) for value in values):
            step = max(1.0, step)
        return step * math.floor(low / step), step * (math.ceil(high / step) or (1 if low == 0 else 0)), step


def _letters(text: str) -> int:
    """The width in letters: a Chinese character is two."""
    return sum(2 if unicodedata.east_asian_width(sign) in "WF" else 1 for sign in text)


def _share(value: float) -> str:
    return f"{value:.2f}%"


def _figure(value: float) -> str:
    """1,234 or 0.25; a minus as wide as a digit."""
    return f"{value:,.10g}".replace("-", "\u2212") if abs(value) < 1e10 else f"{value:,.0f}".replace("-", "\u2212")
