"""Where simulated homes are: London's grids, the US states, or a bounding box."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from simulators.errors import OptionError
from simulators.fleet.london_grid import blocks, points
from simulators.fleet.us_states import STATES, TIME_ZONES
from simulators.hashing import uniform

FEEDER_HOMES = 50
"""Homes on a transformer."""
FEEDER_SPREAD = 0.004
"""Degrees from a transformer to its farthest home, in latitude and in longitude."""

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Sites:
    """One element per home; `region` indexes the place's `regions`."""

    latitude: Floats
    longitude: Floats
    region: Ints
    feeder: Ints


@dataclass(frozen=True, slots=True)
class Jurisdiction:
    """What a utility calls a region; empty where nobody says."""

    code: str = ""
    """ISO 3166-2, as `US-CA`."""
    time_zone: str = ""
    """IANA, as `America/Los_Angeles`."""


class Place(Protocol):
    """A rule that puts homes on the map: home n is always at the same spot, for one seed."""

    @property
    def regions(self) -> tuple[str, ...]:
        """Names of the regions, all as short as a meter's id wants them."""

    @property
    def jurisdictions(self) -> tuple[Jurisdiction, ...]:
        """Of each region."""

    def sites(self, homes: Ints, seed: int) -> Sites:
        """Where these homes (numbers from 0) are."""


@dataclass(frozen=True, slots=True)
class Box:
    """A bounding box, degrees."""

    south: float
    west: float
    north: float
    east: float


@dataclass(frozen=True, slots=True)
class London:
    """The three grids of south-east London, 9,862 points.

    Blocks of about 50 points, each with its transformer, fill one after the other in an order given
    by the seed, unless the grids' own order of points is wanted. Beyond 9,862 homes the points are
    used again, with transformers of their own.
    """

    in_order: bool = False

    @property
    def regions(self) -> tuple[str, ...]:
        """See `Place`."""
        return ("sim",)

    @property
    def jurisdictions(self) -> tuple[Jurisdiction, ...]:
        """See `Place`."""
        return (Jurisdiction("GB-LND", "Europe/London"),)

    def sites(self, homes: Ints, seed: int) -> Sites:
        """See `Place`."""
        latitude, longitude = points()
        block = blocks()
        order = np.arange(len(block))
        if not self.in_order:
            order = np.argsort(uniform(seed, "block", block.astype(np.uint64)), kind="stable")
        layer, place = np.divmod(homes, len(block))
        point = order[place]
        return Sites(
            latitude[point],
            longitude[point],
            np.zeros_like(homes),
            layer * (block.max() + 1) + block[point],
        )


@dataclass(frozen=True, slots=True)
class Boxes:
    """Feeders spread evenly at random over bounding boxes, home after home in another box."""

    boxes: dict[str, Box]
    known: Mapping[str, Jurisdiction] = field(default_factory=dict)
    """Jurisdictions by the name of the box."""

    @property
    def regions(self) -> tuple[str, ...]:
        """See `Place`."""
        return tuple(self.boxes)

    @property
    def jurisdictions(self) -> tuple[Jurisdiction, ...]:
        """See `Place`."""
        return tuple(self.known.get(name, Jurisdiction()) for name in self.boxes)

    def sites(self, homes: Ints, seed: int) -> Sites:
        """See `Place`."""
        number, region = np.divmod(homes, len(self.boxes))
        feeder = number // FEEDER_HOMES * len(self.boxes) + region
        corners = np.array([(b.south, b.west, b.north, b.east) for b in self.boxes.values()])
        south, west, north, east = corners[region].T

        def between(axis: str, low: Floats, high: Floats) -> Floats:
            centre = low + (high - low) * uniform(seed, f"feeder {axis}", feeder.astype(np.uint64))
            away = 2 * uniform(seed, f"home {axis}", homes.astype(np.uint64)) - 1
            degrees: Floats = np.clip(centre + FEEDER_SPREAD * away, low, high)
            return degrees

        return Sites(
            between("latitude", south, north), between("longitude", west, east), region, feeder
        )


def parse_place(text: str) -> Place:
    """`london`, `us`, or a box as `south,west,north,east` in degrees.

    Raises:
        OptionError: none of these, or an empty box.
    """
    if text == "london":
        return London()
    if text == "us":
        return Boxes(
            {state: Box(*corners) for state, corners in STATES.items()},
            {state: Jurisdiction(f"US-{state}", zone) for state, zone in TIME_ZONES.items()},
        )
    number = r"(-?\d+(?:\.\d+)?)"
    match = re.fullmatch(",".join([number] * 4), text.replace(" ", ""))
    if match is None:
        raise OptionError(
            f"--place is {text!r}: give `london`, `us`, or south,west,north,east in degrees"
        )
    box = Box(*(float(degrees) for degrees in match.groups()))
    if not (-90 <= box.south < box.north <= 90 and -180 <= box.west < box.east <= 180):
        raise OptionError(
            f"--place is {text!r}: south must be below north within -90 to 90, and west below east "
            "within -180 to 180"
        )
    return Boxes({"box": box})
