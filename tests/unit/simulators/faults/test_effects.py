"""Faults against hand computation, on a fleet whose meters all use 3,600 W: 1 Wh each second."""

import math
from dataclasses import fields
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import pyarrow.parquet as pq
import pytest
from numpy.typing import NDArray
from pydantic import TypeAdapter

from contracts.labels import FAULT_KINDS, SCHEMA
from contracts.time import HOUR_MS, MINUTE_MS
from simulators.batch import Batch, concatenate
from simulators.errors import OptionError
from simulators.faults.choice import resolve
from simulators.faults.effects import Fault, apply
from simulators.faults.kinds import AnyFault
from simulators.faults.labels import fault_labels
from simulators.fleet.plan import FleetPlan, make_registry
from simulators.fleet.registry import Registry
from simulators.hashing import text_hashes
from simulators.run.labels import write_labels
from simulators.validation import Options, checked

METERS, AREAS, FEEDERS = 202, 4, 20
CADENCE_MS, BEGIN_MS = 10_000, 1_358_208_000_000
SPAN_MS = 2 * HOUR_MS


class _Faults(Options):
    faults: tuple[AnyFault, ...]


def registry() -> Registry:
    """200 meters in 4 areas and 20 feeders; 10 with solar, each with an export register; and two
    supply meters, of feeders that are rated for 60 kW."""
    number = np.arange(METERS)
    meter_id = np.array([f"m{n:03d}" for n in number], dtype=np.bytes_)
    is_export = (number >= 10) & (number < 20)
    return Registry(
        seed=1,
        profile="london",
        kind="register",
        meter_id=meter_id,
        geohash=np.array([f"gcpu{'wxyz'[n % AREAS]}0000000" for n in number], dtype=np.bytes_),
        latitude=np.zeros(METERS),
        longitude=np.zeros(METERS),
        region=np.full(METERS, b"sim"),
        region_code=np.full(METERS, b"GB-LND"),
        time_zone=np.full(METERS, b"Europe/London"),
        feeder=np.array([f"f{n % FEEDERS:02d}" for n in number], dtype=np.bytes_),
        announced_feeder=np.array([f"f{n % FEEDERS:02d}" for n in number], dtype=np.bytes_),
        home=number.astype(np.int32),
        commodity=np.where(number >= 200, 3, np.where(number >= 180, 1, 0)).astype(np.int8),
        business=np.zeros(METERS, dtype=np.bool_),
        tariff=np.zeros(METERS, dtype=np.int8),
        cadence_ms=np.full(METERS, CADENCE_MS),
        phase_ms=(number % 10 * 1_000).astype(np.int64),
        solar_w=np.where(number < 20, 4_000, 0).astype(np.int32),
        is_export=is_export,
        ev=np.zeros(METERS, dtype=np.bool_),
        gain_ppm=np.zeros(METERS, dtype=np.int32),
        capacity_w=np.where(number >= 200, 60_000, 0).astype(np.int32),
        installed_ms=np.zeros(METERS, dtype=np.int64),
        meter_hash=text_hashes(meter_id),
    )


REGISTRY = registry()


def values(meter: NDArray[np.int32], ts_ms: NDArray[np.int64]) -> Batch:
    """1,000 thousandths of a Wh each second since the beginning, from 5 kWh plus a Wh a meter."""
    return Batch(
        meter=meter,
        ts_ms=ts_ms,
        seq=ts_ms // CADENCE_MS,
        register_m=5_000_000 + 1_000 * meter.astype(np.int64) + ts_ms - BEGIN_MS,
        demand_m=np.full(len(meter), 3_600_000),
        voltage_v=np.full(len(meter), 230.0),
    )


def readings(meters: NDArray[np.int32] | None = None, from_ms: int = 0) -> Batch:
    """All readings of two hours (or from `from_ms` on), in the order of time."""
    chosen = np.arange(METERS, dtype=np.int32) if meters is None else meters
    at_ms = BEGIN_MS + np.arange(from_ms, SPAN_MS, 1_000)
    due = at_ms[:, None] % CADENCE_MS == REGISTRY.phase_ms[chosen]
    time, place = np.nonzero(due)
    return values(chosen[place], at_ms[time])


def faults(*options: dict[str, Any], seed: int = 1) -> tuple[Fault, ...]:
    parsed = checked(_Faults, {"faults": options})
    return resolve(parsed.faults, REGISTRY, values, seed=seed, begin_ms=BEGIN_MS)


def one(**option: Any) -> tuple[Fault, Batch, Batch]:  # noqa: ANN401
    """A fault of a single meter that begins after 30 minutes, and its readings without and with."""
    (fault,) = faults({"count": 1, "after_minutes": 30, **option})
    clean = readings(fault.meter)
    return fault, clean, apply((fault,), clean)


def same(left: Batch, right: Batch) -> bool:
    return all(
        np.array_equal(getattr(left, each.name), getattr(right, each.name))
        for each in fields(Batch)
    )


def phases(fault: Fault, batch: Batch) -> tuple[Batch, Batch, Batch]:
    """Readings before, during and after the fault of the only meter."""
    start_ms, end_ms = fault.start_ms[0], fault.end_ms[0]
    return (
        batch.take(batch.ts_ms <= start_ms),
        batch.take((batch.ts_ms > start_ms) & (batch.ts_ms <= end_ms)),
        batch.take(batch.ts_ms > end_ms),
    )


def gained(fault: Fault, batch: Batch) -> NDArray[np.int64]:
    """What the register shows above that at the beginning of the fault."""
    gain: NDArray[np.int64] = batch.register_m - fault.register_at_start_m[0]
    return gain


def test_the_span_of_a_meters_fault_begins_and_ends_with_a_reading() -> None:
    fault, clean, _ = one(kind="meter_silent", minutes=10)
    phase_ms = REGISTRY.phase_ms[fault.meter[0]]
    assert fault.start_ms[0] == BEGIN_MS + 30 * MINUTE_MS + phase_ms
    assert fault.end_ms[0] == fault.start_ms[0] + 10 * MINUTE_MS
    assert {fault.start_ms[0], fault.end_ms[0]} <= set(clean.ts_ms.tolist())


def test_a_silent_meter_says_nothing_and_counts_on() -> None:
    fault, clean, came = one(kind="meter_silent", minutes=10)
    before, during, after = phases(fault, clean)
    assert len(during) == 60
    assert same(came, concatenate(before, after))


def test_an_exchanged_meter_begins_at_0_after_the_fitter() -> None:
    fault, clean, came = one(kind="meter_exchange", minutes=10)
    before, during, after = phases(fault, came)
    assert len(during) == 0
    assert same(before, phases(fault, clean)[0])
    assert np.array_equal(after.register_m, after.ts_ms - fault.end_ms[0])
    assert after.register_m[0] == CADENCE_MS


def test_a_bypass_hides_energy_that_never_comes_back() -> None:
    fault, clean, came = one(kind="theft_bypass", minutes=10, share_read=0.3)
    before, during, after = phases(fault, came)
    assert same(before, phases(fault, clean)[0])
    assert set(during.demand_m.tolist()) == {1_080_000}
    assert np.array_equal(gained(fault, during), (during.ts_ms - fault.start_ms[0]) * 3 // 10)
    assert set(after.demand_m.tolist()) == {3_600_000}
    assert np.array_equal(gained(fault, after), after.ts_ms - fault.start_ms[0] - 420_000)


def test_a_tampered_register_stands_still_and_goes_on_from_there() -> None:
    fault, clean, came = one(kind="theft_tamper", minutes=10)
    _, during, after = phases(fault, came)
    assert set(gained(fault, during).tolist()) == {0}
    assert np.array_equal(came.demand_m, clean.demand_m)
    assert np.array_equal(gained(fault, after), after.ts_ms - fault.end_ms[0])


def test_high_use_is_seen_by_the_meter() -> None:
    fault, _, came = one(kind="high_use", minutes=10, factor=1.5)
    _, during, after = phases(fault, came)
    assert set(during.demand_m.tolist()) == {5_400_000}
    assert np.array_equal(gained(fault, during), (during.ts_ms - fault.start_ms[0]) * 3 // 2)
    assert np.array_equal(gained(fault, after), after.ts_ms - fault.start_ms[0] + 300_000)


def test_a_spike_is_in_single_readings_and_not_in_the_register() -> None:
    fault, clean, came = one(kind="spike", readings=2, extra_demand=50_000)
    _, during, after = phases(fault, came)
    assert during.demand_m.tolist() == [53_600_000, 53_600_000]
    assert set(after.demand_m.tolist()) == {3_600_000}
    assert np.array_equal(came.register_m, clean.register_m)


def test_a_reset_register_counts_from_0() -> None:
    fault, clean, came = one(kind="register_reset")
    before, during, after = phases(fault, came)
    assert fault.start_ms[0] == fault.end_ms[0] and len(during) == 0
    assert same(before, phases(fault, clean)[0])
    assert np.array_equal(after.register_m, after.ts_ms - fault.start_ms[0])
    assert np.array_equal(came.demand_m, clean.demand_m)


def test_unusual_use_begins_at_its_hour_and_is_counted() -> None:
    fault, _, came = one(
        kind="unusual_use", hour=1, after_minutes=20, minutes=30, extra_demand=1_800
    )
    _, during, after = phases(fault, came)
    assert fault.start_ms[0] == BEGIN_MS + HOUR_MS + REGISTRY.phase_ms[fault.meter[0]]
    assert set(during.demand_m.tolist()) == {5_400_000}
    assert np.array_equal(gained(fault, during), (during.ts_ms - fault.start_ms[0]) * 3 // 2)
    assert np.array_equal(gained(fault, after), after.ts_ms - fault.start_ms[0] + 900_000)
    (tomorrow,) = faults({"kind": "unusual_use", "hour": 0, "count": 1, "after_minutes": 1})
    assert tomorrow.start_ms[0] // MINUTE_MS == (BEGIN_MS + 24 * HOUR_MS) // MINUTE_MS


@pytest.mark.parametrize(
    ("kind", "place", "meters"), [("feeder_outage", "feeder", 9), ("area_outage", "area", 45)]
)
def test_without_power_all_meters_behind_a_place_say_and_count_nothing(
    kind: str, place: str, meters: int
) -> None:
    (fault,) = faults({"kind": kind, "count": 1, "after_minutes": 30, "minutes": 10})
    behind = REGISTRY.feeder if place == "feeder" else REGISTRY.area
    (name,) = set(fault.place.tolist())
    electric = REGISTRY.is_commodity("electricity")
    assert np.array_equal(fault.meter, np.flatnonzero((behind == name) & electric))
    assert len(fault.meter) == meters
    assert set(fault.start_ms.tolist()) == {BEGIN_MS + 30 * MINUTE_MS}
    clean, came = readings(), apply((fault,), readings())
    hit = np.isin(clean.meter, fault.meter)
    off = hit & (clean.ts_ms > fault.start_ms[0]) & (clean.ts_ms <= fault.end_ms[0])
    kept = clean.take(~off)
    assert np.array_equal(came.seq, kept.seq) and np.array_equal(came.meter, kept.meter)
    missed_m = np.where(hit & (clean.ts_ms > fault.end_ms[0]), 600_000, 0)[~off]
    assert np.array_equal(came.register_m, kept.register_m - missed_m)


@pytest.mark.parametrize("kind", ["feeder_outage", "area_outage"])
def test_power_comes_back_later_to_so_many_homes_of_each_place(kind: str) -> None:
    option = {"kind": kind, "count": 3, "after_minutes": 30, "minutes": 10}
    (fault,) = faults({**option, "later_homes": 4, "later_minutes": 7.5})
    (plain,) = faults(option)
    assert np.array_equal(fault.meter, plain.meter)
    assert np.array_equal(fault.start_ms, plain.start_ms)
    later_ms = fault.end_ms - plain.end_ms
    assert set(later_ms.tolist()) == {0, 450_000}
    for place in set(fault.place.tolist()):
        assert (later_ms[fault.place == place] > 0).sum() == 4
    clean, came = readings(), apply((fault,), readings())
    times = {meter: came.ts_ms[came.meter == meter] for meter in fault.meter.tolist()}
    rows = fault_labels((fault,), REGISTRY).to_pylist()
    for meter, row in zip(fault.meter.tolist(), rows, strict=True):
        due = clean.ts_ms[clean.meter == meter]
        missing = np.setdiff1d(due, times[meter])
        expected = due[(due > row["start_ms"]) & (due <= row["end_ms"])]
        assert np.array_equal(missing, expected) and len(missing) in (60, 105)
    (again,) = faults({**option, "later_homes": 4, "later_minutes": 7.5}, seed=2)
    assert not np.array_equal(
        again.meter[again.end_ms > again.end_ms.min()], fault.meter[later_ms > 0]
    )
    (all_of_them,) = faults({**option, "later_homes": 1_000, "later_minutes": 7.5})
    assert np.array_equal(all_of_them.end_ms, plain.end_ms + 450_000)


def test_all_meters_of_a_home_get_their_power_later() -> None:
    """A home with panels has a register for what it exports."""
    registry = make_registry(FleetPlan(300, seed=4, solar=0.5))
    options = checked(
        _Faults,
        {
            "faults": [
                {
                    "kind": "feeder_outage",
                    "share": 1,
                    "minutes": 10,
                    "later_homes": 6,
                    "later_minutes": 5,
                }
            ]
        },
    )
    (fault,) = resolve(options.faults, registry, values, seed=1, begin_ms=BEGIN_MS)
    later = fault.end_ms > fault.end_ms.min()
    feeders, homes = registry.feeder[fault.meter], registry.home[fault.meter]
    for feeder in set(feeders.tolist()):
        assert len(set(homes[later & (feeders == feeder)].tolist())) == 6
    assert not set(homes[later].tolist()) & set(homes[~later].tolist())
    assert registry.is_export[fault.meter[later]].any()


def test_the_voltage_of_a_feeder_sags() -> None:
    (fault,) = faults({"kind": "voltage_sag", "count": 2, "minutes": 10, "depth": 0.2})
    clean, came = readings(), apply((fault,), readings())
    assert len(set(fault.place.tolist())) == 2
    low = np.isin(clean.meter, fault.meter) & (clean.ts_ms > BEGIN_MS)
    low &= clean.ts_ms <= BEGIN_MS + 10 * MINUTE_MS
    assert np.array_equal(came.voltage_v, np.where(low, 184.0, 230.0))
    assert np.array_equal(came.register_m, clean.register_m)


@pytest.mark.parametrize(("utilisation", "more_mw"), [(1.2, 4_950_000), (0.5, 0)])
def test_an_overloaded_feeder_carries_so_much_of_its_rating(
    utilisation: float, more_mw: int
) -> None:
    """Nine homes of 3.6 kW and one export register, or none, behind 60 kW; homes with panels draw
    what they do anyway."""
    option = {"kind": "overload", "after_minutes": 30, "minutes": 10, "utilisation": utilisation}
    (fault,) = faults({**option, "share": 1})
    assert fault.meter.tolist() == [n for n in range(20, 180) if n % FEEDERS in (0, 1)]
    clean, came = readings(), apply((fault,), readings())
    start_ms, hit = BEGIN_MS + 30 * MINUTE_MS, np.isin(clean.meter, fault.meter)
    elapsed_ms = (clean.ts_ms - start_ms).clip(0, 10 * MINUTE_MS)
    during = hit & (elapsed_ms > 0) & (clean.ts_ms <= start_ms + 10 * MINUTE_MS)
    assert np.array_equal(came.demand_m, clean.demand_m + np.where(during, more_mw, 0))
    more_m = np.where(hit, more_mw * elapsed_ms // HOUR_MS, 0)
    assert np.array_equal(came.register_m, clean.register_m + more_m)
    if more_mw:
        of_feeder = during & (clean.meter % FEEDERS == 0)
        assert came.demand_m[of_feeder].mean() * 8 + 3_600_000 == utilisation * 60_000_000


def test_only_a_feeder_with_a_rating_is_overloaded() -> None:
    with pytest.raises(OptionError, match="has 2 feeders with electricity and a rating"):
        faults({"kind": "overload", "count": 3, "minutes": 5})


EVERY_KIND: tuple[dict[str, Any], ...] = (
    {"kind": "theft_bypass", "count": 5, "after_minutes": 10, "spread_minutes": 40, "minutes": 30},
    {"kind": "theft_tamper", "count": 5, "after_minutes": 10, "spread_minutes": 40, "minutes": 30},
    {"kind": "high_use", "count": 5, "after_minutes": 10, "minutes": 30},
    {"kind": "meter_silent", "count": 5, "after_minutes": 10, "minutes": 30},
    {"kind": "spike", "count": 5, "after_minutes": 10, "spread_minutes": 40},
    {"kind": "register_reset", "count": 5, "after_minutes": 50, "spread_minutes": 40},
    {"kind": "meter_exchange", "count": 5, "after_minutes": 50, "minutes": 15},
    {"kind": "meter_restart", "count": 5, "after_minutes": 50, "spread_minutes": 40},
    {"kind": "meter_move", "count": 5, "after_minutes": 50, "spread_minutes": 40},
    {"kind": "unusual_use", "count": 5, "hour": 1, "minutes": 20},
    {"kind": "feeder_outage", "count": 2, "after_minutes": 70, "minutes": 10},
    {
        "kind": "area_outage",
        "count": 1,
        "after_minutes": 40,
        "minutes": 15,
        "later_homes": 4,
        "later_minutes": 5,
    },
    {"kind": "voltage_sag", "count": 2, "after_minutes": 20, "minutes": 10},
    {"kind": "overload", "count": 1, "after_minutes": 100, "minutes": 12},
)


def test_every_kind_has_an_example_here() -> None:
    assert sorted(option["kind"] for option in EVERY_KIND) == sorted(FAULT_KINDS)


def test_any_split_of_meters_and_time_gives_the_same_readings() -> None:
    everything, batch = faults(*EVERY_KIND), readings()
    whole = apply(everything, batch)
    times = BEGIN_MS + np.array([0, 33, 34, 75, 200]) * MINUTE_MS
    parts = [
        apply(everything, batch.take((batch.ts_ms >= begin) & (batch.ts_ms < end)))
        for begin, end in pairwise(times)
    ]
    assert same(concatenate(*parts), whole)
    odd = apply(everything, batch.take(batch.meter % 2 == 1))
    assert same(odd, whole.take(whole.meter % 2 == 1))
    assert same(apply(faults(*EVERY_KIND), batch), whole)
    assert not same(apply(faults(*EVERY_KIND, seed=2), batch), whole)


def test_registers_never_go_back_except_where_they_begin_again() -> None:
    came = apply(faults(*EVERY_KIND), readings())
    order = np.lexsort((came.ts_ms, came.meter))
    meter, register_m = came.meter[order], came.register_m[order]
    assert register_m.min() >= 0
    back = (np.diff(register_m) < 0) & (np.diff(meter) == 0)
    rows = fault_labels(faults(*EVERY_KIND), REGISTRY).to_pylist()
    begun_again = {row["meter_id"] for row in rows if row["kind"] in BEGIN_AGAIN}
    assert set(REGISTRY.meter_id[meter[1:][back]].astype(str).tolist()) == begun_again
    assert back.sum() == 10


BEGIN_AGAIN = ("register_reset", "meter_exchange")
WHO_SPEAKS = ("meter_restart", "meter_move")
"""What is wrong with number and place of a reading, and with nothing that was measured."""
OF_POWER = ("feeder_outage", "area_outage", "voltage_sag", "overload")


def test_exactly_what_is_labelled_differs(tmp_path: Path) -> None:
    """A reading is altered if it is missing, or its demand, voltage or counted energy differs."""
    everything, clean = faults(*EVERY_KIND), readings()
    table = fault_labels(everything, REGISTRY)
    write_labels(table, math.inf, tmp_path / "run-labels.parquet")
    table = pq.read_table(tmp_path / "run-labels.parquet")
    assert table.schema == SCHEMA
    rows = table.to_pylist()
    assert {row["kind"] for row in rows} == set(FAULT_KINDS)
    assert len({row["meter_id"] for row in rows if row["kind"] not in OF_POWER}) == 50

    def per_reading(batch: Batch) -> dict[tuple[int, int], tuple[int, float, int]]:
        """Demand, voltage and energy since the reading before, by meter and time."""
        order = np.lexsort((batch.ts_ms, batch.meter))
        batch = batch.take(order)
        energy_m = np.diff(batch.register_m, prepend=0)
        energy_m[np.diff(batch.meter, prepend=-1) != 0] = 0
        return dict(
            zip(
                zip(batch.meter.tolist(), batch.ts_ms.tolist(), strict=True),
                zip(
                    batch.demand_m.tolist(),
                    batch.voltage_v.tolist(),
                    energy_m.tolist(),
                    strict=True,
                ),
                strict=True,
            )
        )

    expected = per_reading(clean)
    came = per_reading(apply(everything, clean))
    differing = {key for key, content in expected.items() if came.get(key) != content}
    row_of = {meter: row for row, meter in enumerate(REGISTRY.meter_id.astype(str).tolist())}
    labelled = set()
    rows = [row for row in rows if row["kind"] not in WHO_SPEAKS]
    for row in rows:
        meter = row_of[row["meter_id"]]
        # energy that was missed, or a register that began again, shows in the next reading
        until_ms = row["end_ms"] + (0 if row["kind"] in ENDS_AT_ONCE else CADENCE_MS)
        own = BEGIN_MS + np.arange(0, SPAN_MS, 1_000)
        own = own[own % CADENCE_MS == REGISTRY.phase_ms[meter]]
        own = own[(own > row["start_ms"]) & (own <= until_ms)]
        labelled |= {(meter, ts) for ts in own.tolist()}
    assert differing <= labelled
    for row in rows:
        meter = row_of[row["meter_id"]]
        during = {
            (m, ts) for m, ts in expected if m == meter and row["start_ms"] < ts <= row["end_ms"]
        }
        assert during <= differing


ENDS_AT_ONCE = ("theft_bypass", "theft_tamper", "high_use", "spike", "unusual_use", "voltage_sag")


def test_a_fault_can_keep_to_some_feeders() -> None:
    (fault,) = faults({"kind": "spike", "share": 1, "feeders_share": 0.3})
    feeders = {meter % FEEDERS for meter in fault.meter.tolist()}
    assert 2 <= len(feeders) <= 11
    assert fault.meter.tolist() == [n for n in range(20, 180) if n % FEEDERS in feeders]
    (again,) = faults({"kind": "spike", "share": 1, "feeders_share": 0.3}, seed=2)
    assert {meter % FEEDERS for meter in again.meter.tolist()} != feeders


def test_unusual_use_is_at_its_hour_on_one_of_some_days() -> None:
    option = {"kind": "unusual_use", "share": 1, "hour": 3, "minutes": 30, "spread_minutes": 20}
    (fault,) = faults({**option, "days": 5})
    # the run begins at midnight; faults of meters begin with a reading
    day, later_ms = np.divmod(fault.start_ms - BEGIN_MS - 3 * HOUR_MS, 24 * HOUR_MS)
    assert set(day.tolist()) == set(range(5)) and np.bincount(day).min() > 20
    assert later_ms.max() <= 20 * MINUTE_MS + CADENCE_MS
    assert np.ptp(later_ms) > 18 * MINUTE_MS
    for one in range(5):
        assert np.ptp(later_ms[day == one]) > 15 * MINUTE_MS
    assert orjson.loads(fault_labels((fault,), REGISTRY)["parameters"][0].as_py()) == {
        "hour": 3,
        "minutes": 30.0,
        "extra_demand": 3_000.0,
    }


def test_labels_say_the_numbers_and_the_place() -> None:
    rows = fault_labels(faults(*EVERY_KIND), REGISTRY).to_pylist()
    by_kind = {row["kind"]: orjson.loads(row["parameters"]) for row in rows}
    assert by_kind["theft_bypass"] == {"minutes": 30.0, "share_read": 0.3}
    assert by_kind["register_reset"] == {}
    assert by_kind["area_outage"]["area"] in {"gcpuw", "gcpux", "gcpuy", "gcpuz"}
    assert by_kind["voltage_sag"].keys() == {"minutes", "depth", "feeder"}
    assert fault_labels((), REGISTRY).num_rows == 0


def test_a_meter_has_one_fault_of_its_own_and_solar_homes_have_none() -> None:
    everything = faults(*EVERY_KIND)
    single = np.concatenate([fault.meter for fault in everything if not fault.place[0]])
    assert len(set(single.tolist())) == len(single) == 50
    assert single.min() >= 20 and single.max() < 180
    gas = faults({"kind": "high_use", "commodity": "gas", "share": 1, "minutes": 5})[0]
    assert gas.meter.tolist() == list(range(180, 200))


def test_a_share_of_the_meters_each_at_its_own_time() -> None:
    (fault,) = faults({"kind": "spike", "share": 0.25, "spread_minutes": 60})
    assert 25 <= len(fault.meter) <= 55
    assert len(set(fault.start_ms.tolist())) > 20
    assert fault.start_ms.max() - fault.start_ms.min() <= 60 * MINUTE_MS
    assert faults({"kind": "spike", "share": 0})[0].meter.tolist() == []


def test_more_than_the_fleet_has_is_refused_by_name() -> None:
    with pytest.raises(OptionError, match=r"faults\[2\]\.count is 5: the fleet has 4 areas"):
        faults({"kind": "spike", "count": 1}, {"kind": "area_outage", "count": 5, "minutes": 1})
    with pytest.raises(OptionError, match=r"faults\[1\]\.count is 161: the fleet has 160 electric"):
        faults({"kind": "spike", "count": 161})


@pytest.mark.parametrize(
    ("option", "message"),
    [
        ({"count": 1}, "faults[1].kind is missing"),
        ({"kind": "flood", "count": 1}, "faults[1].kind is 'flood': give one of 'area_outage'"),
        ({"kind": "spike"}, "faults[1].spike.count or share: give one of them"),
        ({"kind": "spike", "count": 1, "share": 0.5}, "count or share: give one of them"),
        ({"kind": "spike", "share": 2}, "faults[1].spike.share is 2: give 0 to 1"),
        ({"kind": "meter_silent", "count": 1}, "faults[1].meter_silent.minutes is missing"),
        (
            {"kind": "theft_bypass", "count": 1, "minutes": 5, "share_read": 3},
            "faults[1].theft_bypass.share_read is 3: give 0 to 1",
        ),
        (
            {"kind": "unusual_use", "count": 1, "hour": 24},
            "faults[1].unusual_use.hour is 24: give 0 to 23",
        ),
        (
            {"kind": "feeder_outage", "count": 1, "minutes": 5, "later_homes": 3},
            "faults[1].feeder_outage.later_homes, later_minutes: give both, above 0, or none",
        ),
        (
            {"kind": "area_outage", "count": 1, "minutes": 5, "later_minutes": 3},
            "faults[1].area_outage.later_homes, later_minutes: give both, above 0, or none",
        ),
        (
            {"kind": "area_outage", "count": 1, "minutes": 5, "commodity": "gas"},
            "faults[1].area_outage.commodity is not an option",
        ),
    ],
)
def test_a_wrong_fault_is_refused_by_name(option: dict[str, Any], message: str) -> None:
    with pytest.raises(OptionError) as error:
        faults(option)
    assert message in str(error.value)


def test_every_kind_can_be_written() -> None:
    schema = TypeAdapter(AnyFault).json_schema()
    assert set(schema["discriminator"]["mapping"]) == set(FAULT_KINDS)


def test_a_run_that_ends_early_has_no_labels_of_what_came_after(tmp_path: Path) -> None:
    everything = faults(*EVERY_KIND)
    table = fault_labels(everything, REGISTRY)
    whole = table.to_pylist()
    starts = sorted(row["start_ms"] for row in whole)
    until_ms = starts[len(starts) // 2] + 1

    write_labels(table, until_ms, tmp_path / "run-labels.parquet")

    kept = pq.read_table(tmp_path / "run-labels.parquet").to_pylist()
    assert kept == [
        row | {"end_ms": min(row["end_ms"], until_ms)}
        for row in whole
        if row["start_ms"] < until_ms
    ]
    assert 0 < len(kept) < len(whole)
