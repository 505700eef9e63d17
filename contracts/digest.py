"""Redis: the digest, what consumers ask for and no job writes, so that nobody walks through all
meters to answer a question.

A process of its own makes it (`services/digest`) of live state and of the registry. Names of keys
begin with the namespace. Demand is W (electricity, supply) or litres per hour (gas, water), energy
and registers are Wh or litres. Sums are made in whole thousandths.
"""

from collections.abc import Iterator, Mapping
from typing import Literal, get_args

from msgspec import Struct

from contracts.geohash import Box, box_of
from contracts.reading import AREA_LENGTH
from contracts.time import HOUR_MS

Precision = Literal[2, 3, 4]
PRECISIONS: tuple[Precision, ...] = get_args(Precision)
"""Lengths of the geohashes by which areas are added up; with one more character a cell is an
area."""

By = Literal["power", "energy", "register"]
"""By what meters are the largest: by the demand that holds, by the energy of the day, by all that
their registers have counted."""

WHOLE = "*"
"""Stands for a region where all meters of a commodity are meant; no region has that name."""


class Clock(Struct, frozen=True):
    """How far live state has come, by its own time and by the clock on the wall. All are epoch
    milliseconds; those of the wall are by the clock of the digest's machine."""

    slice_end_ms: int | None
    """End of the newest slice of any commodity in which something changed; None before the
    first."""
    moved_ms: int | None
    """On the wall: it became so after that, at the next look or before. None if that was never
    seen."""
    read_ms: int | None
    """On the wall: after that the hot job was last seen to have read on in the readings; None if
    that was never seen. Where meters read seldom nothing changes for many slices, and yet nothing
    stands still."""
    seen_ms: int
    """On the wall: when this was looked at."""


class RollUp(Struct, gc=False, frozen=True):
    """What the areas in a cell draw together, of those that have meters."""

    slice_end_ms: int
    """The slice in which something of one of them changed last."""
    demand: float
    reporting: int
    holding: int
    silent: int
    energy_today: float
    areas: int
    """How many they are."""
    children: str
    """The characters that make of the cell those of the next precision that have meters, in their
    order."""
    box: Box
    """Around the areas, to five decimals."""


class Fleet(Struct, gc=False, frozen=True):
    """What all meters of a commodity draw."""

    slice_end_ms: int | None
    """As of `RollUp`; None if nothing has been read of any meter."""
    demand: float
    reporting: int
    holding: int
    silent: int
    energy_today: float
    known: int
    """Meters that are in the registry, or have a live value."""
    areas: int
    box: Box | None


class FleetMinute(Struct, gc=False, frozen=True):
    """What all meters of a commodity drew in a minute: as of `Fleet`, in the last slice of it that
    was looked at."""

    slice_end_ms: int
    """The slice."""
    demand: float
    reporting: int
    holding: int
    silent: int


class Total(Struct, gc=False, frozen=True):
    """What is known of the meters of a commodity in a region, or of all of them."""

    slice_end_ms: int | None
    """The newest slice when it was added up."""
    known: int
    """As of `Fleet`."""
    register: float
    """Sum of the registers of those that have a live value: all that they have counted."""


def clock_key(namespace: str) -> str:
    """String: a `Clock` as JSON."""
    return f"{namespace}:clock"


def fleet_key(namespace: str) -> str:
    """Hash: by commodity a `Fleet` as JSON."""
    return f"{namespace}:fleet"


FLEET_MINUTES_KEPT_MS = HOUR_MS
"""For how long a minute is there, by the stream."""


def fleet_minutes_key(namespace: str, commodity: str) -> str:
    """Hash: by the begin of a minute, epoch ms, a `FleetMinute` as JSON."""
    return f"{namespace}:fleet_minutes:{commodity}"


def rollup_key(namespace: str, commodity: str, precision: int) -> str:
    """Hash: by cell a `RollUp` as JSON."""
    return f"{namespace}:rollup:{commodity}:{precision}"


def top_key(namespace: str, commodity: str) -> str:
    """Hash: by `top_field` a `contracts.live.Largest` as JSON."""
    return f"{namespace}:top:{commodity}"


def top_field(by: By, region: str) -> str:
    """Which are the largest of a region; of WHOLE there is only `register`, since jobs write the
    others."""
    return by if region == WHOLE else f"{by}:{region}"


def totals_key(namespace: str, commodity: str) -> str:
    """Hash: by region, and by WHOLE, a `Total` as JSON."""
    return f"{namespace}:totals:{commodity}"


def registry_key(namespace: str) -> str:
    """Hash: by meter its entry, as it is on the topic of meters."""
    return f"{namespace}:registry"


def customer_key(namespace: str, customer: str) -> str:
    """Set of the meters whose entries have the customer."""
    return f"{namespace}:customer:{customer}"


def meter_ids_key(namespace: str) -> str:
    """Sorted set, of score 0, of all meters that are in the registry or have a live value."""
    return f"{namespace}:meter_ids"


def places_key(namespace: str, commodity: str) -> str:
    """Hash: by meter the area in which its live value is."""
    return f"{namespace}:places:{commodity}"


def within(cells: Mapping[str, RollUp], box: Box) -> Iterator[str]:
    """The cells of the next precision that have meters and lie at least partly in a box; of
    precision 4 these are areas, which jobs write (`contracts.live.group_key`).

    Args:
        cells: Of one precision; those that do not lie in the box may be among them.
    """
    for cell, rolled in cells.items():
        assert len(cell) < AREA_LENGTH
        if box_of(cell).overlaps(box):
            for character in rolled.children:
                if box_of(cell + character).overlaps(box):
                    yield cell + character
