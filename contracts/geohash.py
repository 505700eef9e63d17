"""Geohashes: what a cell covers, in degrees."""

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


def _spans(box: Box) -> tuple[tuple[float, float], ...]:
    """From west to east, without crossing the date line."""
    if box.west <= box.east:
        return ((box.west, box.east),)
    return ((box.west, WORLD.east), (WORLD.west, box.east))
