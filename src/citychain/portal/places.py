"""The places of the city: counties, towns and villages, by their statistics codes (data/SOURCES.md).

Another city is other files in data/. Codes: county 6 digits, town 9, village 12, each the prefix of the next.
Points are WGS-84 (longitude, latitude). Danger: only county borders are real; points of towns and villages are drawn
inside them with a seed, so every page that shows one says that positions are simulated.
"""

import csv
import functools
import json
import math
import random
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.utils.translation import get_language

from citychain.components import Words

DATA = Path(__file__).parent / "data"
SEED = 20170401
#: Candidates drawn for each point; the one farthest from the others is kept.
TRIES = 60
EARTH_METRES = 6_371_000

Position = tuple[float, float]
Ring = list[Position]


@dataclass(frozen=True)
class County:
    """`area` in square metres (geodesic)."""

    code: str
    name_zh: str
    name_en: str
    area: int

    @property
    def name(self) -> str:
        return self.name_en if (get_language() or "").startswith("en") else self.name_zh


@dataclass(frozen=True)
class Town:
    """A town, township or new district. Names are Chinese only in the source."""

    code: str
    name: str
    county: str


@dataclass(frozen=True)
class Village:
    """A village or a residents' community."""

    code: str
    name: str
    town: str


@dataclass(frozen=True)
class Point:
    """Something on a map: `count` sets the dot's size, `note` stands beside the name, `url` leads to the records."""

    position: Position
    name: Words
    count: int = 1
    note: Words = ""
    url: str = ""


@functools.cache
def borders() -> dict[str, Any]:
    """The counties as a GeoJSON FeatureCollection of MultiPolygons."""
    collection: dict[str, Any] = json.loads((DATA / "counties.geojson").read_text())
    return collection


@functools.cache
def counties() -> tuple[County, ...]:
    rows = (feature["properties"] for feature in borders()["features"])
    return tuple(
        sorted(
            (County(row["code"], row["name_zh"], row["name_en"], row["area_m2"]) for row in rows),
            key=lambda county: county.code,
        )
    )


def _rows(name: str) -> list[dict[str, str]]:
    with (DATA / name).open(newline="") as file:
        return list(csv.DictReader(file))


@functools.cache
def towns() -> tuple[Town, ...]:
    """In the order of their codes."""
    return tuple(Town(row["code"], row["name"], row["areaCode"]) for row in _rows("towns.csv"))


@functools.cache
def villages(town: str) -> tuple[Village, ...]:
    """Of one town, in the order of their codes; empty for an unknown code."""
    rows = _rows("villages.csv")
    return tuple(Village(row["code"], row["name"], row["streetCode"]) for row in rows if row["streetCode"] == town)


def village(code: str) -> Village | None:
    return next((found for found in villages(code[:9]) if found.code == code), None)


def town(code: str) -> Town | None:
    return next((found for found in towns() if found.code == code), None)


def county(code: str) -> County | None:
    return next((found for found in counties() if found.code == code), None)


def town_name(code: str) -> str:
    """The town's name, or the code itself where no such town is known."""
    found = town(code)
    return found.name if found else code


# --- simulated positions ----------------------------------------------------------------------------------------------


@functools.cache
def _rings(county_code: str) -> list[Ring]:
    for feature in borders()["features"]:
        if feature["properties"]["code"] == county_code:
            return [ring for polygon in feature["geometry"]["coordinates"] for ring in polygon]
    raise KeyError(county_code)


def inside(position: Position, rings: list[Ring]) -> bool:
    """Whether a point lies inside rings, holes left out (even-odd rule)."""
    x, y = position
    crossings = 0
    for ring in rings:
        for (x1, y1), (x2, y2) in zip(ring, ring[1:] + ring[:1], strict=True):
            if (y1 > y) != (y2 > y) and x < (x2 - x1) * (y - y1) / (y2 - y1) + x1:
                crossings += 1
    return crossings % 2 == 1


def _metres(a: Position, b: Position) -> float:
    east = math.radians(b[0] - a[0]) * math.cos(math.radians(a[1]))
    return EARTH_METRES * math.hypot(east, math.radians(b[1] - a[1]))


def _edge_metres(position: Position, rings: list[Ring]) -> float:
    return min(_metres(position, (corner[0], corner[1])) for ring in rings for corner in ring)


def _draw(source: random.Random, rings: list[Ring]) -> Position:
    west, east = (bound(corner[0] for ring in rings for corner in ring) for bound in (min, max))
    south, north = (bound(corner[1] for ring in rings for corner in ring) for bound in (min, max))
    while True:
        position = (round(source.uniform(west, east), 5), round(source.uniform(south, north), 5))
        if inside(position, rings):
            return position


@functools.cache
def _county_points(county_code: str) -> dict[str, Position]:
    source = random.Random(SEED + int(county_code))
    rings = _rings(county_code)
    points: dict[str, Position] = {}
    for found in (row for row in towns() if row.county == county_code):
        candidates = [_draw(source, rings) for _ in range(TRIES)]
        points[found.code] = max(
            candidates,
            key=lambda spot: min([_metres(spot, other) for other in points.values()] + [2 * _edge_metres(spot, rings)]),
        )
    return points


def town_point(code: str) -> Position:
    """The simulated position of a town, always the same; raises KeyError for an unknown code."""
    return _county_points(code[:6])[code]


def village_point(code: str) -> Position:
    """The simulated position of a village, near its town's and inside the county; raises KeyError."""
    centre = town_point(code[:9])
    rings = _rings(code[:6])
    source = random.Random(SEED + int(code))
    for _ in range(TRIES):
        angle, distance = source.uniform(0, 2 * math.pi), source.uniform(300, 2500)
        east = math.degrees(distance * math.cos(angle) / EARTH_METRES) / math.cos(math.radians(centre[1]))
        north = math.degrees(distance * math.sin(angle) / EARTH_METRES)
        position = (round(centre[0] + east, 5), round(centre[1] + north, 5))
        if inside(position, rings):
            return position
    return centre


# --- maps -------------------------------------------------------------------------------------------------------------


def _feature(position: Position, **properties: Any) -> dict[str, Any]:
    return {"type": "Feature", "geometry": {"type": "Point", "coordinates": list(position)}, "properties": properties}


def _collection(features: Iterable[dict[str, Any]]) -> dict[str, Any]:
    return {"type": "FeatureCollection", "features": list(features)}


def map_data(points: Iterable[Point], *, clusters: bool = False) -> dict[str, Any]:
    """What ``{% map %}`` draws: the counties, and these points with their names; near ones merge with `clusters`."""
    drawn = [
        _feature(point.position, name=str(point.name), count=point.count, note=str(point.note), url=point.url)
        for point in points
    ]
    return {"counties": borders(), "points": _collection(drawn), "clusters": clusters}
