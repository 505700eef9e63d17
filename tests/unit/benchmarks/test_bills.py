"""The benchmark's fleet is billed for what it used, and for nothing else."""

from pathlib import Path

import numpy as np
import pytest

from benchmarks import bills, bills_fleet
from benchmarks.bills_fleet import BEGIN_MS, DAYS, HALF_HOUR_MS, SLOTS, complete_homes, fleet, write
from contracts.settings import PROJECT
from simulators.london.tariffs import dynamic_prices

FILE = PROJECT / "simulators" / "data" / "lcl_home_2013.csv.gz"
HOMES = 300


def test_a_fleet_without_losses_costs_what_its_half_hours_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bills_fleet, "LOST", 0.0)
    monkeypatch.setattr(bills_fleet, "UNKNOWN", 0.5)
    london = complete_homes(FILE)
    rng = np.random.default_rng(bills.SEED)
    its = fleet(HOMES, len(london), rng)
    readings, last_mwh = write(tmp_path, its, london, rng)

    found, _ = bills._billed_month(tmp_path, HOMES, len(london))

    prices = np.zeros(DAYS * SLOTS, dtype=np.int64)
    for price in dynamic_prices():
        first, last = (
            min(max((ms - BEGIN_MS) // HALF_HOUR_MS, 0), len(prices))
            for ms in (price.begin_ms, price.end_ms)
        )
        prices[first:last] = int(price.price.scaleb(6))
    cost = used = unknown = 0
    for home in range(HOMES):
        energy = np.roll(london[its.source[home]], -int(its.shift_days[home]) * SLOTS)
        energy = energy * its.scale[home] // 1_000
        cost += int((energy * prices).sum())
        used += int(energy.sum())
        if its.is_unknown[home]:
            unknown += int(energy[(its.moves_ms[home] - BEGIN_MS) // HALF_HOUR_MS :].sum())
    assert readings == HOMES * DAYS * SLOTS
    assert int((last_mwh - its.opening_mwh).sum()) == used
    assert (found.billed_mwh, found.unassigned_mwh) == (used - unknown, unknown)
    assert unknown > 0
    assert found.dynamic_pico == cost
