"""Estimates on homes made of London's days, by bars that they have to meet."""

from pathlib import Path

import numpy as np
import polars as pl
import pytest

from benchmarks.estimates import Homes, Outcome, lacks_of, prices_of, run
from simulators.demand.london_profile import DATA, HALF_HOURS, UNIT, london_profile
from simulators.errors import FileError
from simulators.london.lcl import read_london

DAYS = 66
MONDAY_MS = 1_357_516_800_000
"""2013-01-07, UTC."""


def homes() -> Homes:
    """A home of each archetype, whose days are drawn from its winter."""
    rng = np.random.default_rng(3)
    london = london_profile()
    weekend = (np.arange(DAYS) % 7 >= 5).astype(int)
    rows = []
    for archetype, mean_w in enumerate(london.mean_w):
        first, number = london.first[archetype, 0, weekend], london.number[archetype, 0, weekend]
        drawn = first + (rng.random(DAYS) * number).astype(int)
        rows.append((london.days[drawn] / UNIT * mean_w * 500).ravel())
    return Homes(MONDAY_MS, np.stack(rows).astype(np.int64))


@pytest.fixture(scope="module")
def outcomes() -> dict[tuple[str, str, int], Outcome]:
    made = homes()
    hour = np.arange(made.energy_mwh.shape[1]) % HALF_HOURS // 2
    prices = np.where((hour >= 16) & (hour < 19), 67.2, 11.76)
    found = run(made, lengths={2: 60, 48: 60}, time_zone="UTC", prices=prices)
    return {(each.kind, each.method, each.half_hours): each for each in found}


def test_a_known_total_costs_less_error_the_better_it_is_shaped(
    outcomes: dict[tuple[str, str, int], Outcome],
) -> None:
    own, even, reconnect = (
        outcomes["total known", method, 48] for method in ("own days", "even", "at reconnect")
    )
    assert own.energy == even.energy == reconnect.energy == 0
    assert own.cost is not None and even.cost is not None and reconnect.cost is not None
    assert own.cost < even.cost < reconnect.cost
    assert own.shape < even.shape < reconnect.shape


def test_a_day_that_is_unknown_is_estimated_without_much_bias(
    outcomes: dict[tuple[str, str, int], Outcome],
) -> None:
    both, before = (outcomes[kind, "own days", 48] for kind in ("total unknown", "open end"))
    for each in (both, before):
        assert each.energy < 35
        assert abs(each.bias) < 15
        assert each.shape > each.energy
    hour = outcomes["total unknown", "own days", 2]
    assert 0 < hour.energy < 60


def test_a_price_is_wanted_of_each_half_hour(tmp_path: Path) -> None:
    made = Homes(MONDAY_MS, np.zeros((1, 4), dtype=np.int64))
    starts = [f"2013-01-07 0{half_hour // 2}:{half_hour % 2 * 3}0:00" for half_hour in range(4)]
    table = pl.DataFrame({"TariffDateTime": starts, "Tariff": ["High", "Low", "Normal", "Low"]})
    path = tmp_path / "tariff.csv"
    table.write_csv(path)
    assert prices_of(path, made).tolist() == [67.20, 3.99, 11.76, 3.99]
    table.head(3).write_csv(path)
    with pytest.raises(FileError, match="no price from 2013-01-07 01:30 on"):
        prices_of(path, made)
    table.with_columns(Tariff=pl.lit("Peak")).write_csv(path)
    with pytest.raises(FileError, match=r"cannot be read as a tariff: .*High, Normal, Low"):
        prices_of(path, made)


def test_what_a_file_lacks_is_what_its_readme_says() -> None:
    """simulators/data/README.md: ten homes, two lack a half-hour, one stops on 16 January, which
    is no reason to hold a bill yet."""
    lacks = lacks_of(DATA / "lcl_extract.csv.gz")
    energy_mwh = read_london(DATA / "lcl_extract.csv.gz").readings["demand_mw"] // 2
    assert (lacks.homes, lacks.stopped) == (10, 0)
    assert lacks.measured_kwh == int(energy_mwh.sum()) / 1e6
    # The open end is missing, too, from its last reading to the month's end.
    assert lacks.gaps == 3
    assert lacks.half_hours == 10 * 31 * 48 - 14_111
    assert 0 < lacks.estimated_kwh < 2
