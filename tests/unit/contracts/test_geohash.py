"""Cells of geohashes, against a library that shares nothing with ours."""

import pygeohash
import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.geohash import ALPHABET, WORLD, Box, around, box_of, cell_at

LONDON = Box(51.2, -0.6, 51.8, 0.4)

geohashes = st.text(ALPHABET, min_size=1, max_size=8)


@given(geohashes)
def test_a_cell_is_where_the_library_has_it(geohash: str) -> None:
    known = pygeohash.get_bounding_box(geohash)
    assert box_of(geohash) == Box(known.min_lat, known.min_lon, known.max_lat, known.max_lon)


def test_the_cells_in_one_are_all_of_it_and_nothing_else() -> None:
    for cell in ("", "gc", "gcp"):
        children = [box_of(cell + character) for character in ALPHABET]
        whole = box_of(cell)
        size = sum((each.north - each.south) * (each.east - each.west) for each in children)
        assert size == (whole.north - whole.south) * (whole.east - whole.west)
        assert all(each.overlaps(whole) for each in children)
        assert not any(
            one.overlaps(other) for one in children for other in children if one is not other
        )


@given(geohashes)
def test_a_cell_is_at_its_own_middle(geohash: str) -> None:
    south, west, north, east = box_of(geohash)
    assert cell_at((south + north) / 2, (west + east) / 2, len(geohash)) == geohash


@given(geohashes)
def test_the_cells_around_one_are_those_of_the_library(geohash: str) -> None:
    found = around(geohash)
    sides = {pygeohash.get_adjacent(geohash, side) for side in ("left", "right")}
    assert {geohash, *sides} <= found
    box = box_of(geohash)
    for side, edge in (("top", box.north), ("bottom", box.south)):
        if abs(edge) < 90:
            beside = pygeohash.get_adjacent(geohash, side)
            row = {beside, *(pygeohash.get_adjacent(beside, each) for each in ("left", "right"))}
            assert row <= found
            found -= row
    assert found == {geohash, *sides}


@pytest.mark.parametrize(
    ("box", "overlaps"),
    [
        (Box(51.5, -0.1, 51.6, 0.0), True),
        (Box(50.0, -1.0, 53.0, 1.0), True),
        (Box(51.8, -0.6, 52.0, 0.4), False),
        (Box(51.2, 0.4, 51.8, 0.5), False),
        # From Greenland over the date line to New Zealand, and the other way.
        (Box(-50.0, 170.0, 80.0, -20.0), False),
        (Box(-50.0, -20.0, 80.0, 170.0), True),
        (Box(51.5, 0.3, 51.6, -170.0), True),
        (WORLD, True),
    ],
)
def test_boxes_that_overlap(box: Box, overlaps: bool) -> None:
    assert LONDON.overlaps(box) is overlaps
    assert box.overlaps(LONDON) is overlaps


def test_what_is_no_geohash_is_named() -> None:
    with pytest.raises(ValueError, match="'gcpa' is no geohash: 'a'"):
        box_of("gcpa")
