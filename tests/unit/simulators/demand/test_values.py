from dataclasses import fields

import numpy as np
import pytest
from numpy.typing import NDArray

from simulators.batch import Batch
from simulators.demand.values import Fleet, make_fleet, values
from simulators.fleet.plan import FleetPlan, make_registry

DAY_S = 86_400
NOON_S = 1_781_870_400 // DAY_S * DAY_S + DAY_S // 2
"""A summer's day: solar homes export."""
PLAN = FleetPlan(300, seed=5, place="us", commodity="mixed", cadence="mixed", solar=0.4, ev=0.5)

Ints = NDArray[np.int64]


def fleet_of(plan: FleetPlan = PLAN) -> Fleet:
    return make_fleet(make_registry(plan))


def pairs(fleet: Fleet, number: int = 20_000) -> tuple[NDArray[np.int32], Ints]:
    """Any meters at any of their times over two years."""
    random = np.random.default_rng(1)
    meter = random.integers(len(fleet.registry), size=number).astype(np.int32)
    t_ms = (NOON_S + random.integers(-365 * DAY_S, 365 * DAY_S, size=number)) * 1_000
    cadence_ms = fleet.registry.cadence_ms[meter]
    return meter, t_ms - (t_ms - fleet.registry.phase_ms[meter]) % cadence_ms


def same(one: Batch, two: Batch) -> bool:
    return all(
        np.array_equal(getattr(one, each.name), getattr(two, each.name), equal_nan=True)
        for each in fields(Batch)
        if each.name != "intervals"
    )


@pytest.mark.parametrize("profile", ["london", "legacy-a", "legacy-d"])
def test_a_reading_depends_on_seed_meter_and_time_alone(profile: str) -> None:
    plan = PLAN if profile == "london" else FleetPlan(300, seed=5, profile=profile)
    meter, ts_ms = pairs(fleet_of(plan))
    whole = values(fleet_of(plan), meter, ts_ms)
    order = np.random.default_rng(2).permutation(len(meter))
    fleet = fleet_of(plan)
    for rows in np.array_split(order, 37):
        assert same(values(fleet, meter[rows], ts_ms[rows]), whole.take(rows))
    other_seed = fleet_of(FleetPlan(300, seed=6, profile=profile))
    other = values(other_seed, meter % 300, ts_ms)
    assert (other.demand_m == whole.demand_m).mean() < 0.2


def test_all_meters_at_once_say_the_same_as_one_at_a_time() -> None:
    fleet = fleet_of(FleetPlan(200, solar=0.3, ev=0.3))
    everyone = np.arange(len(fleet.registry), dtype=np.int32)
    for t_s in range(NOON_S + 55, NOON_S + 190, 1):
        together = values(fleet, everyone, np.full(len(everyone), t_s * 1_000, dtype=np.int64))
        row = t_s % len(everyone)
        alone = values(fleet, everyone[[row]], np.array([t_s * 1_000]))
        assert same(together.take(np.array([row])), alone)


def test_the_register_is_the_exact_integral_of_the_demand() -> None:
    """Adds up the demand second by second, over midnight, and compares whole thousandths."""
    fleet = fleet_of(FleetPlan(250, commodity="mixed", place="us", ev=0.5, solar=0))
    everyone = np.arange(len(fleet.registry), dtype=np.int32)
    begin_s = NOON_S + DAY_S // 2 - 3_000
    assert fleet.demand is not None
    at_begin = fleet.demand.at(everyone.astype(np.int64), np.full(len(everyone), begin_s // 60))
    used_mws = at_begin.used.copy()
    changes = 0
    before = at_begin.level
    for t_s in range(begin_s + 1, begin_s + 6_001):
        reading = values(fleet, everyone, np.full(len(everyone), t_s * 1_000, dtype=np.int64))
        used_mws += reading.demand_m
        assert np.array_equal(reading.register_m, used_mws // 3_600)
        changes += int((reading.demand_m != before).sum())
        before = reading.demand_m
    assert changes > 3 * len(everyone)


def test_solar_homes_have_two_registers_that_never_go_back_and_net_demand() -> None:
    fleet = fleet_of(FleetPlan(120, solar=1.0, ev=0.3))
    registry = fleet.registry
    main = np.flatnonzero((registry.solar_w > 0) & ~registry.is_export).astype(np.int32)
    export = np.flatnonzero(registry.is_export).astype(np.int32)
    assert len(main) == len(export) > 100
    assert fleet.demand is not None
    minutes = np.arange((NOON_S - DAY_S // 2) // 60, (NOON_S + DAY_S // 2) // 60)
    exported_any = 0
    for home, second in zip(main[:25], export[:25], strict=True):
        net = fleet.demand.at(np.full(len(minutes), home), minutes)
        out = fleet.demand.at(np.full(len(minutes), second), minutes)
        assert (net.level >= 0).all() and (out.level >= 0).all()
        assert np.array_equal(net.net_level, net.level - out.level)
        for flow in (net, out):
            assert np.array_equal(np.diff(flow.used), 60 * flow.level[:-1])
        exported_any += int((net.net_level < 0).any())
    assert exported_any > 20


def test_slow_meters_say_the_mean_of_their_interval() -> None:
    slow = fleet_of(FleetPlan(40, seed=2, cadence="30m", solar=0.5))
    fast = fleet_of(FleetPlan(40, seed=2, cadence="1s", solar=0.5))
    meter = np.arange(len(slow.registry), dtype=np.int32)
    end_s = NOON_S // 1_800 * 1_800
    reading = values(slow, meter, np.full(len(meter), end_s * 1_000, dtype=np.int64))
    seconds = [
        values(fast, meter, np.full(len(meter), t_s * 1_000, dtype=np.int64)).demand_m
        for t_s in range(end_s - 1_799, end_s + 1)
    ]
    assert np.array_equal(reading.demand_m, np.sum(seconds, axis=0) // 1_800)
    assert (reading.demand_m < 0).any()


def test_registers_never_go_back_and_seq_counts_readings() -> None:
    fleet = fleet_of()
    registry = fleet.registry
    for row in range(0, len(registry), 7):
        first_ms = NOON_S * 1_000 // registry.cadence_ms[row] * registry.cadence_ms[row]
        ts_ms = first_ms + registry.phase_ms[row] + np.arange(400) * registry.cadence_ms[row]
        batch = values(fleet, np.full(400, row, dtype=np.int32), ts_ms)
        assert (np.diff(batch.register_m) >= 0).all()
        assert (np.diff(batch.seq) == 1).all()
        assert np.isnan(batch.voltage_v).all() == (
            not registry.is_commodity("electricity")[row] or registry.is_export[row]
        )


def test_cars_charge_at_night() -> None:
    with_cars, without = fleet_of(FleetPlan(200, ev=1.0)), fleet_of(FleetPlan(200, ev=0.0))
    meter = np.arange(200, dtype=np.int32)
    one_at_night = NOON_S // DAY_S * DAY_S + 3_600 + 30

    def demand_w(fleet: Fleet, t_s: int) -> float:
        at = np.full(200, t_s * 1_000, dtype=np.int64)
        return float(values(fleet, meter, at).demand_m.mean() / 1_000)

    assert demand_w(with_cars, one_at_night) > demand_w(without, one_at_night) + 2_000
    assert demand_w(with_cars, NOON_S) == demand_w(without, NOON_S)


def test_gas_answers_the_cold_and_electricity_the_evening() -> None:
    gas = fleet_of(FleetPlan(300, commodity="gas"))
    meter = np.arange(300, dtype=np.int32)
    day = NOON_S // DAY_S * DAY_S

    def used_m(fleet: Fleet, begin_s: int, length_s: int) -> float:
        def at(t_s: int) -> Ints:
            return values(fleet, meter, np.full(300, t_s * 1_000, dtype=np.int64)).register_m

        return float((at(begin_s + length_s) - at(begin_s)).mean())

    january = day - 160 * DAY_S
    assert used_m(gas, january, 30 * DAY_S) > 4 * used_m(gas, day, 30 * DAY_S)
    power = fleet_of(FleetPlan(300, solar=0, ev=0))
    evening, night = (
        sum(used_m(power, january + each * DAY_S + hour * 3_600, 7_200) for each in range(14))
        for hour in (18, 3)
    )
    assert evening > 2 * night
