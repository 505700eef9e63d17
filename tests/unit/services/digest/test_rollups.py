"""Areas added up, against a sum that is made from the areas each time."""

from collections.abc import Iterator

import pygeohash
from hypothesis import given
from hypothesis import strategies as st

from contracts.digest import PRECISIONS, RollUp, within
from contracts.geohash import WORLD, Box, box_of
from contracts.live import LiveGroup
from services.digest.rollups import DECIMALS, fleet, roll_up

Areas = dict[str, LiveGroup]

# Few letters, so that areas have cells in common.
names = st.text("0bcgz", min_size=5, max_size=5)
thousandths = st.integers(-(10**12), 10**12).map(lambda each: each / 1000)
counts = st.integers(0, 3)
groups = st.builds(
    LiveGroup,
    slice_end_ms=st.integers(1, 10).map(lambda each: each * 5_000),
    demand=thousandths,
    reporting=counts,
    holding=counts,
    silent=counts,
    energy_today=thousandths,
)
areas = st.dictionaries(names, groups, max_size=12)


def number(group: LiveGroup) -> int:
    return group.reporting + group.holding + group.silent


def by_hand(areas: Areas, cell: str) -> RollUp | None:
    """One cell from all areas, with boxes of another library."""
    there = {name: each for name, each in areas.items() if name.startswith(cell) and number(each)}
    if not there:
        return None
    boxes = [pygeohash.get_bounding_box(name) for name in there]
    return RollUp(
        slice_end_ms=max(each.slice_end_ms for each in there.values()),
        demand=sum(round(each.demand * 1000) for each in there.values()) / 1000,
        reporting=sum(each.reporting for each in there.values()),
        holding=sum(each.holding for each in there.values()),
        silent=sum(each.silent for each in there.values()),
        energy_today=sum(round(each.energy_today * 1000) for each in there.values()) / 1000,
        areas=len(there),
        children="".join(sorted({name[len(cell)] for name in there})),
        box=Box(
            round(min(each.min_lat for each in boxes), DECIMALS),
            round(min(each.min_lon for each in boxes), DECIMALS),
            round(max(each.max_lat for each in boxes), DECIMALS),
            round(max(each.max_lon for each in boxes), DECIMALS),
        ),
    )


@given(areas)
def test_a_cell_has_what_its_areas_have(areas: Areas) -> None:
    rolled = roll_up(areas)
    for precision in PRECISIONS:
        cells = {name[:precision] for name, each in areas.items() if number(each)}
        assert rolled.cells[precision] == {cell: by_hand(areas, cell) for cell in cells}
    assert rolled.whole == by_hand(areas, "")


@given(areas, st.integers(0, 100))
def test_the_fleet_is_all_of_its_areas(areas: Areas, known: int) -> None:
    whole = by_hand(areas, "")
    total = fleet(roll_up(areas).whole, known)
    if whole is None:
        assert total.slice_end_ms is None and total.box is None and total.known == known
    else:
        assert (total.slice_end_ms, total.box) == (whole.slice_end_ms, whole.box)
        assert total.known == max(known, whole.reporting + whole.holding + whole.silent)
    for name in ("demand", "reporting", "holding", "silent", "energy_today", "areas"):
        assert getattr(total, name) == (0 if whole is None else getattr(whole, name))


def test_the_order_of_areas_changes_no_sum() -> None:
    areas = {
        f"gcpu{letter}": LiveGroup(5_000, demand, 1, 0, 0, 0.1)
        for letter, demand in zip("bcdef", (1e9, 0.1, 0.2, -1e9, 0.3), strict=True)
    }
    assert roll_up(areas).cells[4]["gcpu"].demand == 0.6
    backwards = dict(reversed(areas.items()))
    assert roll_up(backwards) == roll_up(areas)


boxes = st.tuples(st.floats(-90, 90), st.floats(-180, 180), st.floats(-90, 90)).flatmap(
    lambda edges: st.floats(-180, 180).map(
        lambda east: Box(min(edges[0], edges[2]), edges[1], max(edges[0], edges[2]), east)
    )
)


def walked(areas: Areas, box: Box) -> Iterator[str]:
    """The areas in a box, from cell to cell as a reader finds them."""
    cells = roll_up(areas).cells
    found = {name: each for name, each in cells[2].items() if box_of(name).overlaps(box)}
    for precision in PRECISIONS[1:]:
        found = {name: cells[precision][name] for name in within(found, box)}
    yield from within(found, box)


@given(areas, st.one_of(boxes, names.map(box_of), st.just(WORLD)))
def test_a_box_is_found_from_cell_to_cell(areas: Areas, box: Box) -> None:
    there = {name for name, each in areas.items() if number(each) and box_of(name).overlaps(box)}
    assert sorted(walked(areas, box)) == sorted(there)
