"""Geohashes: what a cell covers, in degrees."""

from functools import cache
from typing import NamedTuple

ALPHABET = "0123456789bcdefghjkmnpqrstuvwxyz"


class Box(NamedTuple):
    """What lies between two parallels and two meridians, in degrees. Where `west` is above `east`,
    it crosses the date line."""

    south: float
    west: float
    north: float
    east: float

    def overlaps(self, other: "Box") -> bool:
        """Whether they have more than an edge in common."""
        if self.south >= other.north or other.south >= self.north:
            return False
        return any(
            west < other_east and other_west < east
            for west, east in _spans(self)
            for other_west, other_east in _spans(other)
        )


WORLD = Box(-90.0, -180.0, 90.0, 180.0)


def box_of(geohash: str) -> Box:
    """The cell of a geohash, exactly; all of the world of an empty one.

    Raises:
        ValueError: a character is none of a geohash.
    """
    south, west, north, east = WORLD
    splits_longitude = True
    for character in geohash:
        number = ALPHABET.find(character)
        if number < 0:
            raise ValueError(f"{geohash!r} is no geohash: {character!r} is none of {ALPHABET}")
        for bit in (16, 8, 4, 2, 1):
            if splits_longitude:
                middle = (west + east) / 2
                west, east = (middle, east) if number & bit else (west, middle)
            else:
                middle = (south + north) / 2
                south, north = (middle, north) if number & bit else (south, middle)
            splits_longitude = not splits_longitude
    return Box(south, west, north, east)


def cell_at(latitude: float, longitude: float, length: int) -> str:
    """The geohash of so many characters of the cell that a place, in degrees, is in."""
    south, west, north, east = WORLD
    characters = []
    splits_longitude = True
    for _ in range(length):
        number = 0
        for bit in (16, 8, 4, 2, 1):
            if splits_longitude:
                middle = (west + east) / 2
                is_beyond = longitude >= middle
                west, east = (middle, east) if is_beyond else (west, middle)
            else:
                middle = (south + north) / 2
                is_beyond = latitude >= middle
                south, north = (middle, north) if is_beyond else (south, middle)
            number |= bit if is_beyond else 0
            splits_longitude = not splits_longitude
        characters.append(ALPHABET[number])
    return "".join(characters)


@cache
def around(geohash: str) -> frozenset[str]:
    """A cell and those that touch it, if only at a corner: nine, and six beside a pole; of the
    whole world itself.

    Raises:
        ValueError: a character is none of a geohash.
    """
    south, west, north, east = box_of(geohash)
    height, width = north - south, east - west
    return frozenset(
        cell_at(latitude, (longitude + 180) % 360 - 180, len(geohash))
        for latitude in (south - height / 2, south + height / 2, north + height / 2)
        if WORLD.south < latitude < WORLD.north
        for longitude in (west - width / 2, west + width / 2, east + width / 2)
    )


def _spans(box: Box) -> tuple[tuple[float, float], ...]:
    """From west to east, without crossing the date line."""
    if box.west <= box.east:
        return ((box.west, box.east),)
    return ((box.west, WORLD.east), (WORLD.west, box.east))
