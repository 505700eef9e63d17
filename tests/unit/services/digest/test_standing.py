"""How meters stand, against a sort of all of them."""

from collections import defaultdict

from hypothesis import given
from hypothesis import strategies as st

from contracts.digest import WHOLE
from contracts.live import MOST_LARGEST, LargeMeter
from contracts.time import DAY_MS
from services.digest.standing import Placed, Value, place, standing, totals

MIDNIGHT_MS = 20_000 * DAY_MS
NOON_MS = MIDNIGHT_MS + DAY_MS // 2

Meters = dict[str, Placed]


def value(
    register: float = 1.0,
    demand: float | None = 1.0,
    energy_today: float = 1.0,
    region: str | None = "GB-LND",
    last_ms: int = NOON_MS,
    holds_until_ms: int = NOON_MS,
    slice_end_ms: int = NOON_MS,
) -> Value:
    return Value(slice_end_ms, last_ms, holds_until_ms, register, demand, energy_today, region)


# Few values, so that some are equal.
amounts = st.integers(-3, 20).map(lambda each: each * 1.001)
values = st.builds(
    value,
    register=st.integers(0, 20).map(lambda each: each * 0.333),
    demand=st.none() | amounts,
    energy_today=amounts,
    region=st.sampled_from(["US-CA", "US:X", None]),
    last_ms=st.sampled_from([MIDNIGHT_MS, MIDNIGHT_MS + 1, NOON_MS, MIDNIGHT_MS + DAY_MS]),
    holds_until_ms=st.sampled_from([NOON_MS - 1, NOON_MS, NOON_MS + 1]),
)
placed = st.builds(Placed, area=st.sampled_from(["gcpuy", "gcpuz"]), value=values)
meters = st.dictionaries(st.text("abc", min_size=1, max_size=4), placed, max_size=40)


def sorted_all(meters: Meters, slice_end_ms: int) -> dict[str, list[LargeMeter]]:
    found: defaultdict[str, list[tuple[float, str, str]]] = defaultdict(list)
    for meter_id, (area, each) in meters.items():
        found["register"].append((each.register, meter_id, area))
        if each.region is not None:
            found[f"register:{each.region}"].append((each.register, meter_id, area))
            if each.demand is not None and each.holds_until_ms >= slice_end_ms:
                found[f"power:{each.region}"].append((each.demand, meter_id, area))
            if MIDNIGHT_MS < each.last_ms <= MIDNIGHT_MS + DAY_MS:
                found[f"energy:{each.region}"].append((each.energy_today, meter_id, area))
    top = {}
    for name, all_of_it in found.items():
        largest = sorted(
            (each for each in all_of_it if each[0] > 0), key=lambda each: (-each[0], each[1])
        )
        if largest:
            top[name] = [
                LargeMeter(meter_id, area, amount)
                for amount, meter_id, area in largest[:MOST_LARGEST]
            ]
    return top


@given(meters)
def test_the_largest_are_the_first_of_all(meters: Meters) -> None:
    top = standing(meters, NOON_MS).top
    assert {name: each.meters for name, each in top.items()} == sorted_all(meters, NOON_MS)
    assert {each.slice_end_ms for each in top.values()} <= {NOON_MS}


@given(meters)
def test_registers_add_up_by_region_and_in_all(meters: Meters) -> None:
    registers_m = standing(meters, NOON_MS).registers_m
    regions = {each.value.region for each in meters.values()} - {None}
    assert set(registers_m) == (regions | {WHOLE} if meters else set())
    for region, register_m in registers_m.items():
        assert register_m == sum(
            round(each.value.register * 1000)
            for each in meters.values()
            if region in (WHOLE, each.value.region)
        )


def test_a_day_ends_with_its_midnight() -> None:
    at_midnight = {"m1": Placed("gcpuy", value(last_ms=MIDNIGHT_MS))}
    assert "energy:GB-LND" in standing(at_midnight, MIDNIGHT_MS).top
    assert "energy:GB-LND" not in standing(at_midnight, MIDNIGHT_MS + 5_000).top


def test_a_meter_that_moves_is_where_it_was_read_last() -> None:
    old = Placed("gcpuy", value(last_ms=NOON_MS - 1, demand=9.0))
    new = Placed("gcpuz", value(last_ms=NOON_MS, demand=1.0))
    for order in ([old, new], [new, old]):
        meters: Meters = {}
        for each in order:
            place(meters, "m1", each)
        assert meters == {"m1": new}
        (largest,) = standing(meters, NOON_MS).top["power:GB-LND"].meters
        assert largest == LargeMeter("m1", "gcpuz", 1.0)


def test_a_region_of_which_nothing_is_heard_is_known() -> None:
    found = totals({WHOLE: 1_500}, {WHOLE: 3, "US-CA": 2}, None)
    assert {name: (each.known, each.register) for name, each in found.items()} == {
        WHOLE: (3, 1.5),
        "US-CA": (2, 0.0),
    }
