"""The tables against an oracle that shares nothing with them, and by hand where that is easier."""

from datetime import UTC, date, datetime, timedelta
from typing import Literal

import numpy as np
import pytest
from numpy.typing import NDArray

from contracts.time import DAY_MS
from detection.errors import DataError
from detection.unusual.calendar import Calendar
from detection.unusual.hours import Hours
from detection.unusual.scoring import Scorer
from detection.unusual.spans import used
from detection.unusual.tables import EVERYONE, Tables, fit, joined
from tests.unit.detection.unusual import by_sorting

MIDNIGHT = datetime(2013, 12, 1, tzinfo=UTC)
MIDNIGHT_MS = int(MIDNIGHT.timestamp() * 1_000)
HOLIDAYS = frozenset({date(2013, 12, 25), date(2014, 1, 1)})
FREE = [day.isoformat() for day in HOLIDAYS]
SPREADS = {"working": 0, "free": 1}


def made(
    energy_mwh: NDArray[np.int64],
    complete: NDArray[np.bool_] | None = None,
    first: int = MIDNIGHT_MS,
) -> Hours:
    if complete is None:
        complete = np.ones(energy_mwh.shape, dtype=np.bool_)
    names = tuple(f"m{n:02}" for n in range(len(energy_mwh)))
    return Hours(names, first, np.where(complete, energy_mwh, 0), complete)


KEYS: tuple[int | Literal["base"], ...] = (1, 6, 24, "base")


def middle(numbers: list[float | None]) -> float:
    known = [each for each in numbers if each is not None]
    assert len(known) == len(numbers)
    return float(np.median(known))


@pytest.fixture(scope="module")
def hours() -> Hours:
    """Of 60 days: seven homes of three groups, with gaps, one that says nothing on free days;
    one of 20 days, and one of 5."""
    random = np.random.default_rng(1)
    energy_mwh = random.exponential(400_000, (9, 60 * 24)).astype(np.int64)
    energy_mwh[1] //= 20
    complete = random.random(energy_mwh.shape) < 0.997
    day = np.arange(60 * 24) // 24
    weekend = np.isin(day % 7, [0, 6])  # the first is a Sunday
    complete[6, weekend | np.isin(day, [24, 31])] = False  # and holidays
    complete[7, day < 40] = False
    complete[8, day < 55] = False
    return made(energy_mwh, complete)


GROUPS = {f"m{n:02}": "household" for n in (0, 1, 2, 3, 4, 6, 7, 8)} | {"m05": "business"}


@pytest.fixture(scope="module")
def tables(hours: Hours) -> Tables:
    return fit(hours, Calendar(holidays=HOLIDAYS), GROUPS)


@pytest.fixture(scope="module")
def homes(hours: Hours) -> list[by_sorting.Home]:
    known = [
        [wh / 1_000 if done else None for wh, done in zip(row, whole, strict=True)]
        for row, whole in zip(hours.energy_mwh.tolist(), hours.complete.tolist(), strict=True)
    ]
    return [by_sorting.home(each, MIDNIGHT, FREE) for each in known]


def test_homes_with_days_enough_have_their_own_numbers(
    tables: Tables, homes: list[by_sorting.Home]
) -> None:
    assert tables.ids.tolist() == [f"m{n:02}".encode() for n in range(8)]
    assert tables.rows_of(["m03", "m", "z", "m030", "m07"]).tolist() == [3, -1, -1, -1, 7]
    assert tables.own.tolist() == [True] * 7 + [False]
    same(tables, homes, 6)


def test_fewer_days_are_enough(hours: Hours) -> None:
    few = hours.of_days(0, 31).of_meters(slice(0, 4))
    known = [
        [wh / 1_000 if done else None for wh, done in zip(row, whole, strict=True)]
        for row, whole in zip(few.energy_mwh.tolist(), few.complete.tolist(), strict=True)
    ]

    tables = fit(few, Calendar(holidays=HOLIDAYS))

    assert tables.own.tolist() == [True] * 4
    same(tables, [by_sorting.home(each, MIDNIGHT, FREE) for each in known], 4)


def same(tables: Tables, homes: list[by_sorting.Home], rows: int) -> None:
    """The first so many rows are those of the homes."""
    for row in range(rows):
        for n, width in enumerate(by_sorting.SPANS):
            for kind, place in SPREADS.items():
                for hour in range(24):
                    cell = width, kind, hour
                    found = tables.loc[row, n, place, hour], tables.hi[row, n, place, hour]
                    assert found == pytest.approx((homes[row].loc[cell], homes[row].hi[cell])), cell
        home = homes[row]
        assert tables.records[row].tolist() == pytest.approx(
            [home.records[1], home.records[6], home.records[24], home.records["base"]]
        )
        assert tables.record_wh[row] == pytest.approx(home.record)
        assert tables.base_wh[row] == pytest.approx(home.base)
        assert tables.base_spread_wh[row] == pytest.approx(home.base_spread)


def test_a_group_has_the_median_of_its_homes(tables: Tables, homes: list[by_sorting.Home]) -> None:
    household = [homes[n] for n in (0, 1, 2, 3, 4, 6)]

    assert tables.groups["household"].homes == 6
    largest = [[home.records[key] for home in household] for key in KEYS]
    assert tables.groups["household"].records == pytest.approx([middle(each) for each in largest])
    # A short record has its group's numbers, and its group's record.
    cell = 6, "working", 17
    of_homes = [home.loc[cell] for home in household]
    assert tables.loc[7, 1, 0, 17] == pytest.approx(middle(of_homes))
    assert tables.records[7].tolist() == list(tables.groups["household"].records)
    assert tables.scales()[7].tolist() == pytest.approx(tables.groups["household"].records)


def test_a_cell_without_a_sample_has_its_groups_number(
    tables: Tables, homes: list[by_sorting.Home]
) -> None:
    cell = 1, "free", 4
    of_others = [homes[n].loc[cell] for n in (0, 1, 2, 3, 4)]

    assert homes[6].loc[cell] is None
    assert tables.loc[6, 0, 1, 4] == pytest.approx(middle(of_others))
    assert tables.loc[6, 0, 0, 4] == pytest.approx(homes[6].loc[1, "working", 4])


def test_a_small_group_has_the_records_of_all(tables: Tables, homes: list[by_sorting.Home]) -> None:
    assert tables.groups["business"].homes == 1
    largest = [home.records[6] for home in homes[:7]]
    assert tables.groups["business"].records[1] == pytest.approx(middle(largest))


def test_scales_shrink_towards_the_group(tables: Tables, homes: list[by_sorting.Home]) -> None:
    of_group = tables.groups["household"].records
    for n, key in enumerate(KEYS):
        own = homes[2].records[key]
        assert own is not None
        assert tables.scales()[2, n] == pytest.approx(by_sorting.shrunk(own, of_group[n]))


def test_channels_are_those_of_the_definition(
    hours: Hours, tables: Tables, homes: list[by_sorting.Home]
) -> None:
    scorer = Scorer.of(tables)
    places = Calendar(holidays=HOLIDAYS).places(hours.starts_ms)
    seen = used(hours)
    for row, hour in ((0, 1_439), (1, 700), (3, 600), (5, 1_200)):
        known = [
            wh / 1_000 if done else None
            for wh, done in zip(
                hours.energy_mwh[row].tolist(), hours.complete[row].tolist(), strict=True
            )
        ]
        time = MIDNIGHT + timedelta(hours=hour)
        kind = by_sorting.day_type(time, FREE)
        home = homes[row]
        of_group = list(tables.groups.values())[tables.group[row]].records
        expected = []
        for n, width in enumerate(by_sorting.SPANS):
            own, value = home.records[width], by_sorting.energy(known, hour, width)
            loc, hi = home.loc[width, kind, time.hour], home.hi[width, kind, time.hour]
            assert own and value and loc and hi
            expected.append((value - loc) / hi / by_sorting.shrunk(own, of_group[n]))
        value, loc, own = known[hour], home.loc[1, kind, time.hour], home.records["base"]
        base = by_sorting.base(known, hour)
        assert value and loc and own and base and home.record and home.base and home.base_spread
        expected.append((value - loc) / home.record)
        scale = by_sorting.shrunk(own, of_group[3])
        expected.append((base - home.base) / home.base_spread / scale)

        found = scorer.channels(
            np.array(row),
            places.day_type[hour],
            places.hour[hour],
            seen.spans_wh[row, hour],
            seen.base_wh[row, hour],
        )

        assert found.tolist() == pytest.approx(expected, rel=1e-5, abs=1e-5)


def test_a_home_that_always_uses_the_same_has_floors_and_no_record() -> None:
    tables = fit(made(np.full((5, 57 * 24), 200_000)), Calendar())

    assert tables.loc[0, :, 0, 0].tolist() == [200, 1_200, 4_800]
    assert tables.hi[0, :, 0, 0].tolist() == [100, 250, 500]
    assert (tables.record_wh[0], tables.base_wh[0], tables.base_spread_wh[0]) == (100, 200, 30)
    assert tables.records[0].tolist() == [0, 0, 0, 0]
    assert tables.groups[EVERYONE].records == (1, 1, 1, 1)
    # Half the group's stands for a record of nothing.
    assert tables.scales()[0].tolist() == pytest.approx([0.5**0.5] * 4)


def test_only_the_last_56_days_count() -> None:
    energy_mwh = np.random.default_rng(2).integers(0, 10**6, (5, 70 * 24))
    changed = energy_mwh.copy()
    changed[:, : 13 * 24] *= 7

    one, other = (fit(made(each), Calendar()) for each in (energy_mwh, changed))

    np.testing.assert_array_equal(one.loc, other.loc)
    np.testing.assert_array_equal(one.records, other.records)


def test_days_and_hours_are_those_of_the_zone() -> None:
    """3 kWh each Saturday from 0 to 1 in Los Angeles, 8 h behind: 8:00 UTC in winter."""
    energy_mwh = np.full((5, 57 * 24), 100_000)
    energy_mwh[:, 8 + 6 * 24 :: 7 * 24] = 3_000_000  # the first day is a Sunday

    tables = fit(made(energy_mwh), Calendar("America/Los_Angeles"))
    high = np.argwhere(tables.hi[0, 0] > 100).tolist()

    # One in six samples of the three cells that pool the hour: two free days a week.
    assert high == [[1, 0], [1, 1], [1, 23]]


def test_too_little_data() -> None:
    with pytest.raises(DataError, match="the data has 27 days: a model needs 28"):
        fit(made(np.zeros((3, 27 * 24), dtype=np.int64)), Calendar())
    gaps = np.zeros((3, 56 * 24), dtype=np.bool_)
    gaps[:, : 27 * 24] = True
    with pytest.raises(DataError, match="no meter has 28 days of complete hours"):
        fit(made(np.zeros(gaps.shape, dtype=np.int64), gaps), Calendar())


def test_tables_one_below_the_other(tables: Tables) -> None:
    both = joined([tables, tables])

    assert both.ids.tolist() == 2 * tables.ids.tolist()
    np.testing.assert_array_equal(both.scales()[8:], tables.scales())
    with pytest.raises(ValueError, match="different meters"):
        other = made(np.full((2, 56 * 24), 1, dtype=np.int64), first=MIDNIGHT_MS + DAY_MS)
        joined([tables, fit(other, Calendar())])
