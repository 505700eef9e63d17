from dataclasses import fields, replace
from pathlib import Path
from typing import Any
from zoneinfo import available_timezones

import numpy as np
import pygeohash
import pytest

from contracts.reading import COMMODITIES
from simulators.errors import FileError, OptionError
from simulators.fleet import geohash
from simulators.fleet.london_grid import homes
from simulators.fleet.plan import FleetPlan, make_registry
from simulators.fleet.registry import Registry, load, save
from simulators.fleet.us_states import STATES, TIME_ZONES
from simulators.hashing import text_hash

MIXED = FleetPlan(3_000, seed=3, commodity="mixed", cadence="mixed", solar=0.2, ev=0.2)


def same(one: Registry, two: Registry) -> bool:
    return all(
        np.array_equal(getattr(one, each.name), getattr(two, each.name))
        for each in fields(Registry)
    )


def test_geohashes_are_those_of_pygeohash() -> None:
    random = np.random.default_rng(1)
    edges = np.array([[0, 0], [45, 90], [-45, -90], [90, 180], [-90, -180], [51.464418, -0.063017]])
    points = np.concatenate(
        [np.column_stack([random.uniform(-90, 90, 5_000), random.uniform(-180, 180, 5_000)]), edges]
    )
    expected = [pygeohash.encode(*point, precision=12) for point in points.tolist()]
    assert geohash.encode(*points.T).astype(str).tolist() == expected


def test_a_saved_registry_is_the_same_again(tmp_path: Path) -> None:
    misplaced = replace(MIXED, misplaced_share=0.2)
    supplied = replace(misplaced, supply_share=0.7, gain_error=0.01)
    for plan in (MIXED, misplaced, supplied, FleetPlan(300, profile="legacy-d")):
        registry = make_registry(plan)
        save(registry, tmp_path / "fleet.parquet")
        assert same(load(tmp_path / "fleet.parquet"), registry)


def test_what_is_no_registry_is_named(tmp_path: Path) -> None:
    (tmp_path / "x.parquet").write_text("no")
    for name in ("x.parquet", "y.parquet"):
        with pytest.raises(FileError, match=name):
            load(tmp_path / name)


def test_a_meter_does_not_depend_on_the_size_of_its_fleet() -> None:
    small, large = make_registry(FleetPlan(500, solar=0)), make_registry(FleetPlan(20_000, solar=0))
    assert same(large.take(slice(0, 500)), small)


@pytest.mark.parametrize("place", ["london", "us", "47.0,8.0,47.5,9.0"])
def test_a_supply_meter_stands_where_the_first_home_of_its_feeder_does(place: str) -> None:
    plan = FleetPlan(3_000, seed=3, place=place, commodity="mixed", supply_share=0.6)
    registry, homes = make_registry(plan), make_registry(replace(plan, supply_share=0))
    own = registry.is_commodity("supply")
    assert same(registry.take(~own), homes) and not own[: len(homes)].any()
    supply = registry.take(own)
    feeders = set(homes.feeder[homes.commodity == 0].tolist())
    assert len(set(supply.feeder.tolist())) == len(supply) and len(supply) == pytest.approx(
        0.6 * len(feeders), rel=0.4
    )
    for row, feeder in enumerate(supply.feeder.tolist()):
        first = np.flatnonzero((homes.feeder == feeder) & (homes.commodity == 0))[0]
        for name in ("geohash", "region", "region_code", "time_zone", "latitude", "longitude"):
            assert getattr(supply, name)[row] == getattr(homes, name)[first]
    assert supply.meter_id.tolist() == [feeder + b":supply" for feeder in supply.feeder.tolist()]
    assert set(supply.home.tolist()) == {-1} and (supply.capacity_w >= 50_000).all()
    more = make_registry(replace(plan, supply_share=0.8))
    assert set(supply.meter_id.tolist()) < set(more.meter_id[more.is_commodity("supply")].tolist())


def test_meters_are_known_by_their_ids() -> None:
    registry = make_registry(MIXED)
    ids = registry.meter_id.astype(str).tolist()
    assert ids[0] == "sim-0000001" and len(set(ids)) == len(ids)
    assert registry.meter_hash[5] == text_hash(ids[5])


def test_homes_of_london_stand_on_the_grids_about_fifty_to_a_feeder() -> None:
    registry = make_registry(FleetPlan(9_862, solar=0))
    assert set(registry.geohash.astype(str).tolist()) == set(homes())
    _, number = np.unique(registry.feeder, return_counts=True)
    assert len(number) == 3 * 64 and number.min() >= 49 and number.max() <= 64
    again = make_registry(FleetPlan(30_000, solar=0))
    assert np.unique(again.feeder, return_counts=True)[1].max() <= 64


def test_a_feeder_is_a_place() -> None:
    for plan in (FleetPlan(9_862, solar=0), FleetPlan(9_000, place="us", solar=0)):
        registry = make_registry(plan)
        _, feeder = np.unique(registry.feeder, return_inverse=True)
        for axis in (registry.latitude, registry.longitude):
            lowest, highest = np.full(feeder.max() + 1, 999.0), np.full(feeder.max() + 1, -999.0)
            np.minimum.at(lowest, feeder, axis)
            np.maximum.at(highest, feeder, axis)
            assert (highest - lowest).max() < 0.009


def test_the_states_are_all_there_and_in_the_meters_ids() -> None:
    registry = make_registry(FleetPlan(5_100, place="us", solar=0))
    assert len(STATES) == 51
    assert set(registry.region.astype(str).tolist()) == set(STATES)
    for row in range(0, len(registry), 17):
        state = registry.meter_id[row].decode().split("-")[0]
        south, west, north, east = STATES[state]
        assert south <= registry.latitude[row] <= north
        assert west <= registry.longitude[row] <= east


def test_each_state_has_its_code_and_a_time_zone_that_there_is() -> None:
    registry = make_registry(FleetPlan(51, place="us", solar=0))
    states, codes = registry.region.astype(str), registry.region_code.astype(str)
    assert codes.tolist() == [f"US-{state}" for state in states]
    assert set(TIME_ZONES) == set(STATES) and set(TIME_ZONES.values()) <= available_timezones()
    assert registry.time_zone.astype(str).tolist() == [TIME_ZONES[state] for state in states]


@pytest.mark.parametrize("plan", [FleetPlan(30), FleetPlan(30, profile="legacy-a")])
def test_london_has_one_region_and_a_box_has_none(plan: FleetPlan) -> None:
    registry = make_registry(plan)
    assert set(registry.region_code.tolist()) == {b"GB-LND"}
    assert set(registry.time_zone.tolist()) == {b"Europe/London"}
    nowhere = make_registry(FleetPlan(30, place="47.0,8.0,47.5,9.0"))
    assert set(nowhere.region_code.tolist()) == set(nowhere.time_zone.tolist()) == {b""}


def test_a_box_holds_its_fleet() -> None:
    registry = make_registry(FleetPlan(2_000, place="47.0,8.0,47.5,9.0"))
    assert registry.latitude.min() >= 47 and registry.latitude.max() <= 47.5
    assert registry.longitude.min() >= 8 and registry.longitude.max() <= 9
    assert len(np.unique(registry.feeder)) == 40


def test_shares_are_near_what_was_asked_for() -> None:
    registry = make_registry(MIXED)
    own = registry.take(~registry.is_export)
    assert len(own) == 3_000 and own.business.sum() == 180
    assert own.is_commodity("electricity").mean() == pytest.approx(0.7, abs=0.03)
    assert own.is_commodity("gas").mean() == pytest.approx(0.15, abs=0.03)
    assert (own.cadence_ms == 1_800_000).mean() == pytest.approx(0.4, abs=0.04)
    assert set(own.phase_ms[own.cadence_ms == 1_800_000].tolist()) == {0}
    assert len(np.unique(own.phase_ms[own.cadence_ms == 60_000])) == 60
    electric_homes = own.is_commodity("electricity") & ~own.business
    assert (own.solar_w[electric_homes] > 0).mean() == pytest.approx(0.2, abs=0.03)
    assert not own.solar_w[~electric_homes].any()


def test_each_solar_home_has_a_second_meter_for_its_export() -> None:
    registry = make_registry(MIXED)
    solar = np.flatnonzero((registry.solar_w > 0) & ~registry.is_export)
    export = np.flatnonzero(registry.is_export)
    assert registry.home[solar].tolist() == registry.home[export].tolist()
    ids = registry.meter_id.astype(str)
    assert [f"{meter_id}:export" for meter_id in ids[solar]] == ids[export].tolist()


def test_a_misplaced_home_is_announced_behind_a_neighbouring_feeder() -> None:
    plan = FleetPlan(3_000, seed=3, place="51.38,-0.25,51.60,0.10", solar=0.2, misplaced_share=0.2)
    registry, right = make_registry(plan), make_registry(replace(plan, misplaced_share=0))
    wrong = registry.announced_feeder != registry.feeder
    assert same(replace(registry, announced_feeder=right.announced_feeder), right)
    assert np.array_equal(right.announced_feeder, right.feeder)
    assert wrong.mean() == pytest.approx(0.2, abs=0.03)
    homes = registry.home[wrong]
    assert np.array_equal(np.isin(registry.home, homes), wrong)
    names, first = np.unique(registry.feeder, return_index=True)
    order = names[np.argsort(registry.geohash[first])].tolist()
    steps = [
        order.index(announced) - order.index(feeder)
        for feeder, announced in zip(
            registry.feeder[wrong].tolist(), registry.announced_feeder[wrong].tolist(), strict=True
        )
    ]
    assert set(steps) == {-1, 1} and 0.4 < np.mean(np.array(steps) > 0) < 0.6
    more = make_registry(replace(plan, misplaced_share=0.4))
    assert (more.announced_feeder != more.feeder)[wrong].all()


def test_gas_and_water_and_a_fleet_of_one_feeder_are_never_misplaced() -> None:
    registry = make_registry(replace(MIXED, misplaced_share=1))
    electric = registry.is_commodity("electricity")
    assert np.array_equal(registry.announced_feeder != registry.feeder, electric)
    alone = make_registry(FleetPlan(40, place="47.0,8.0,47.5,9.0", misplaced_share=1))
    assert np.array_equal(alone.announced_feeder, alone.feeder)


def test_legacy_a_has_the_homes_of_its_grids_in_their_order() -> None:
    registry = make_registry(FleetPlan(9_862, profile="legacy-a"))
    assert registry.geohash.astype(str).tolist() == list(homes())
    assert set(registry.cadence_ms.tolist()) == {1_000}
    assert registry.is_commodity("electricity").all()


def test_legacy_d_has_three_meters_a_home_and_six_percent_businesses() -> None:
    registry = make_registry(FleetPlan(1_500, profile="legacy-d"))
    assert len(np.unique(registry.home)) == 500
    assert len(np.unique(registry.home[registry.business])) == 30
    assert registry.commodity[:6].tolist() == [0, 1, 2, 0, 1, 2]
    assert [COMMODITIES[code] for code in registry.commodity[:3]] == ["electricity", "gas", "water"]
    assert registry.meter_id[:3].tolist() == [b"AK-0000001:e", b"AK-0000001:g", b"AK-0000001:w"]
    assert set(registry.cadence_ms.tolist()) == {5_000}
    assert set(registry.region.astype(str).tolist()) == set(STATES)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"meters": 0}, "--meters is 0: give 1 to 9999999"),
        ({"meters": 9_863, "profile": "legacy-a"}, "--meters is 9863: give 1 to 9862"),
        ({"meters": 100, "profile": "legacy-d"}, "--meters is 100: .* multiple of 3"),
        ({"profile": "b"}, "--profile is 'b': give one of london, legacy-a, legacy-d"),
        ({"commodity": "steam"}, "--commodity is 'steam': give one of electricity"),
        ({"cadence": "2s"}, "--cadence is '2s': give one of 1s"),
        ({"cadence": "1m", "profile": "legacy-a"}, "--cadence is 1m: the profile legacy-a"),
        ({"solar": 1.5}, "--solar is 1.5: give a share"),
        ({"ev": -1.0}, "--ev is -1.0: give a share"),
        ({"misplaced_share": 2.0}, "--misplaced_share is 2.0: give a share"),
        ({"supply_share": 1.5}, "--supply_share is 1.5: give a share"),
        ({"supply_share": 1, "profile": "legacy-a"}, "--supply_share is 1: only the profile"),
        ({"gasp_share": -0.1}, "--gasp_share is -0.1: give a share"),
        ({"gain_error": 0.2}, "--gain_error is 0.2: give a share between 0 and 0.1"),
        ({"supply_wander": -1}, "--supply_wander is -1: give a share between 0 and 0.1"),
        ({"commodity": "supply"}, "--commodity is 'supply': give one of electricity"),
        ({"kind": "pulse"}, "--kind is 'pulse': give one of register, interval"),
        ({"seq_bits": 8}, "--seq_bits is 8: give one of 16, 32"),
        ({"kind": "interval", "revised_share": 2.0}, "--revised_share is 2.0: give a share"),
        ({"estimated_share": 0.1}, "--estimated_share is 0.1: only interval meters"),
        ({"place": "mars"}, "--place is 'mars': give `london`"),
        ({"place": "10,0,5,1"}, "--place is '10,0,5,1': south must be below north"),
    ],
)
def test_a_wrong_option_is_refused_by_name(options: dict[str, Any], message: str) -> None:
    with pytest.raises(OptionError, match=message):
        FleetPlan(**options)
