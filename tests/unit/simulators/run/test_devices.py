"""How old the devices of a fleet are, and so what their registers have counted."""

from datetime import UTC, datetime

import numpy as np
import pytest

from contracts.time import DAY_MS, HOUR_MS, MINUTE_MS
from simulators.demand.values import make_fleet, values
from simulators.fleet.plan import FleetPlan, make_registry
from simulators.run.devices import AGE_MS, LIFE_MS, with_devices
from simulators.supply.supplied import with_supply

PLAN = FleetPlan(2_000, seed=7, commodity="mixed", cadence="30m", solar=0.3, ev=0.5)
BEGINS_MS = [
    int(datetime(year, 1, 5, 18, tzinfo=UTC).timestamp() * 1_000) for year in (2013, 2026, 2099)
]


@pytest.mark.parametrize("begin_ms", BEGINS_MS)
def test_a_household_has_used_less_than_a_hundred_thousand_kilowatt_hours(begin_ms: int) -> None:
    fleet = make_fleet(with_devices(make_registry(PLAN), begin_ms))
    everyone = np.arange(len(fleet.registry), dtype=np.int32)

    used_m = values(fleet, everyone, np.full(len(everyone), begin_ms)).register_m

    own = fleet.registry.is_commodity("electricity") & ~fleet.registry.business
    kwh = used_m[own & ~fleet.registry.is_export] / 1e6
    assert used_m.min() >= 0
    assert kwh.max() < 100_000
    # Some are new, and some are not.
    assert np.percentile(kwh, 5) < 1_500
    assert np.percentile(kwh, 95) > 15_000


def test_a_device_was_there_before_the_run_and_not_for_long() -> None:
    for begin_ms in BEGINS_MS:
        installed_ms = with_devices(make_registry(PLAN), begin_ms).installed_ms
        age_ms = begin_ms - installed_ms
        assert AGE_MS <= age_ms.min() < 30 * DAY_MS
        assert LIFE_MS - 30 * DAY_MS < age_ms.max() < LIFE_MS + AGE_MS
        assert not (installed_ms % MINUTE_MS).any()


def test_panels_have_no_meter_of_their_own() -> None:
    registry = with_devices(make_registry(PLAN), BEGINS_MS[0])
    for row in np.flatnonzero(registry.is_export):
        home = registry.home == registry.home[row]
        own = home & (registry.commodity == registry.commodity[row])
        assert len(set(registry.installed_ms[own].tolist())) == 1


def test_a_register_gains_what_it_would_without_a_beginning() -> None:
    times_ms = (BEGINS_MS[0], BEGINS_MS[0] + DAY_MS)
    for profile in ("london", "legacy-a", "legacy-d"):
        plan = PLAN if profile == "london" else FleetPlan(300, seed=7, profile=profile)
        since_1970 = make_registry(plan)
        everyone = np.arange(len(since_1970), dtype=np.int32)
        (a, b), (c, d) = (
            [values(make_fleet(each), everyone, np.full(len(everyone), at)) for at in times_ms]
            for each in (since_1970, with_devices(since_1970, times_ms[0]))
        )
        assert np.array_equal(b.register_m - a.register_m, d.register_m - c.register_m)
        assert np.array_equal(b.demand_m, d.demand_m)
        assert (d.register_m < b.register_m).all()


def test_registers_of_a_run_go_on_in_the_next() -> None:
    begin_ms = BEGINS_MS[1]
    one, two = (
        make_fleet(with_devices(make_registry(PLAN), at_ms))
        for at_ms in (begin_ms, begin_ms + DAY_MS)
    )
    everyone = np.arange(len(one.registry), dtype=np.int32)
    before, after = (
        values(each, everyone, np.full(len(everyone), begin_ms + DAY_MS)).register_m
        for each in (one, two)
    )
    new = two.registry.installed_ms > one.registry.installed_ms
    assert 0 < new.sum() < len(everyone) / 200
    assert np.array_equal(before[~new], after[~new])
    # What is between both runs is what the registry says.
    assert (begin_ms - AGE_MS < two.registry.installed_ms[new]).all()


def test_devices_of_before_1970_count_from_then() -> None:
    registry = with_devices(make_registry(PLAN), HOUR_MS)
    assert not registry.installed_ms.any()


def test_a_supply_meter_counts_from_when_it_was_installed() -> None:
    plan = FleetPlan(300, seed=7, cadence="30m", supply_share=1.0)
    begin_ms = BEGINS_MS[0]
    fleet = with_supply(make_fleet(with_devices(make_registry(plan), begin_ms)), plan, (), begin_ms)
    supply = np.flatnonzero(fleet.registry.is_commodity("supply")).astype(np.int32)

    at_ms = fleet.registry.installed_ms[supply]

    assert len(supply) > 2
    assert set(at_ms.tolist()) == {begin_ms - 3 * HOUR_MS // 2}
    later = values(fleet, supply, at_ms + HOUR_MS)
    assert (later.register_m > 0).all()
    assert (later.register_m < 2 * later.demand_m).all()
