"""What partitions get of fleets that do more than send readings: by the log alone, as a reader has
it."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, NamedTuple

import numpy as np
import orjson
import pytest

from contracts.settings import Settings
from contracts.time import DAY_MS, HOUR_MS, MINUTE_MS
from contracts.topics import partition_of
from simulators.demand.values import Fleet, make_fleet, values
from simulators.faults.choice import resolve
from simulators.faults.effects import Fault
from simulators.faults.kinds import FaultOptions, MeterExchange, MeterMove, MeterRestart
from simulators.faults.kinds import RegisterReset as Reset
from simulators.fleet.plan import FleetPlan, make_registry
from simulators.network.conditions import Network
from simulators.network.schedule import Kind
from simulators.run.devices import with_devices
from simulators.run.messages import messages_of
from simulators.run.traffic import Traffic, partitions_of, traffic
from simulators.supply.supplied import with_supply

BEGIN_MS = 1_359_676_800_000
"""Midnight."""
PARTITIONS = 4


class Record(NamedTuple):
    arrival_ms: int
    partition: int
    key: str
    said: dict[str, Any]
    kind: Kind


def log(
    plan: FleetPlan,
    *,
    faults: Sequence[FaultOptions] = (),
    network: Network | None = None,
    hours: float = 24,
    own: Sequence[int] = range(PARTITIONS),
    begin_ms: int = BEGIN_MS,
    alter: Callable[[Fleet], Fleet] = lambda fleet: fleet,
) -> list[Record]:
    """All records of a run, in the order of arrival."""
    registry = with_devices(make_registry(plan), begin_ms)
    fleet = alter(with_supply(make_fleet(registry), plan, faults, begin_ms))
    resolved: tuple[Fault, ...] = resolve(
        faults, fleet.registry, partial(values, fleet), seed=plan.seed, begin_ms=begin_ms
    )
    flow = traffic(
        fleet,
        network or Network(seed=plan.seed, begin_ms=begin_ms),
        resolved,
        Settings(),
        partitions_of(fleet.registry, PARTITIONS),
        own,
        begin_ms,
        begin_ms + hours * HOUR_MS,
        MINUTE_MS,
        plan,
    )
    return [*_records(flow)]


def _records(flow: Traffic) -> Sequence[Record]:
    messages = messages_of(flow.registry)
    records: list[Record] = []
    while flow.meters_read() or flow.last_arrival_ms() is not None:
        if not (reading := flow.meters_read()):
            flow.skip()
        arrivals = flow.next(measure=reading)
        for arrival_ms, partition, kind, key, text in zip(
            arrivals.plan.arrival_ms.tolist(),
            arrivals.plan.partition.tolist(),
            arrivals.plan.kind.tolist(),
            messages.keys(arrivals),
            messages.values(arrivals),
            strict=True,
        ):
            assert text is not None
            said = orjson.loads(text)
            records.append(Record(arrival_ms, partition, key.decode(), said, Kind(kind)))
    return records


def by_meter(records: Sequence[Record], kind: str) -> dict[str, list[Record]]:
    """Records that are announcements (`meter`), or readings (`ts`), of each meter."""
    found = defaultdict(list)
    for record in records:
        if kind in record.said:
            found[record.key].append(record)
    return found


HALF_HOURLY = FleetPlan(60, seed=3, cadence="30m", solar=0.3)


def test_every_meter_is_announced_before_its_first_reading_and_once_a_day() -> None:
    plan = FleetPlan(200, seed=3, cadence="mixed", commodity="mixed", solar=0.3)
    at_once = Network(seed=3, begin_ms=BEGIN_MS, delay_min_ms=0, delay_max_ms=1)
    records = log(plan, network=at_once, hours=0.5)
    announced, read = by_meter(records, "meter"), by_meter(records, "ts")
    assert len(announced) > 200 and set(announced) == set(read)
    place = {(record.key, id(record)): row for row, record in enumerate(records)}
    for meter, own in announced.items():
        first = read[meter][0]
        assert place[meter, id(own[0])] < place[meter, id(first)]
        assert own[0].arrival_ms <= first.arrival_ms <= own[0].arrival_ms + 1
        assert all(each.kind == Kind.ANNOUNCEMENT for each in own)
        assert {each.partition for each in own} == {partition_of(meter, PARTITIONS)}

    days = by_meter(log(HALF_HOURLY, hours=72), "meter")
    times = []
    for own in days.values():
        arrivals_ms = [each.arrival_ms for each in own]
        assert arrivals_ms[0] == BEGIN_MS and len(arrivals_ms) == 4
        assert np.diff(arrivals_ms[1:]).tolist() == [DAY_MS, DAY_MS]
        times.append(arrivals_ms[1] - BEGIN_MS)
    assert min(times) < 3 * HOUR_MS and max(times) > 21 * HOUR_MS
    assert len(set(times)) > len(times) / 2


def test_an_announcement_says_what_the_registry_does() -> None:
    plan = FleetPlan(60, seed=3, place="us", commodity="mixed", cadence="1m", solar=0.5)
    registry = with_devices(make_registry(plan), BEGIN_MS)
    announced = by_meter(log(plan, hours=0.02), "meter")
    for row, meter in enumerate(registry.meter_id.astype(str).tolist()):
        (record,) = announced[meter]
        state = registry.region[row].decode()
        assert record.said["meter"] == {
            "meter_id": meter,
            "geohash": registry.geohash[row].decode(),
            "feeder": registry.feeder[row].decode(),
            "commodity": ("electricity", "gas", "water")[registry.commodity[row]],
            "premises": "business" if registry.business[row] else "household",
            "tariff": ("flat", "dynamic")[registry.tariff[row]],
            "cadence_ms": MINUTE_MS,
            "solar_w": registry.solar_w[row],
            "export": meter.endswith(":export"),
            "kind": "register",
            "region": f"US-{state}",
            "time_zone": registry.time_zone[row].decode(),
            "supply": "on",
            "installed_ms": registry.installed_ms[row],
            "removed": False,
        }
    london = next(iter(by_meter(log(HALF_HOURLY, hours=0.02), "meter").values()))[0]
    assert london.said["meter"]["region"] == "GB-LND"
    assert london.said["meter"]["time_zone"] == "Europe/London"
    box = FleetPlan(1, place="47.0,8.0,47.5,9.0", cadence="1m")
    (nowhere,) = next(iter(by_meter(log(box, hours=0.02), "meter").values()))
    assert not {"region", "time_zone"} & set(nowhere.said["meter"])


def test_a_meter_that_does_not_read_in_the_run_is_announced_at_its_beginning() -> None:
    records = log(HALF_HOURLY, hours=0.1, begin_ms=BEGIN_MS + 5 * MINUTE_MS)
    assert not by_meter(records, "ts")
    announced = by_meter(records, "meter")
    assert len(announced) == len(make_registry(HALF_HOURLY))
    assert {own[0].arrival_ms for own in announced.values()} == {BEGIN_MS + 5 * MINUTE_MS}


def test_a_fleet_that_announces_nothing_sends_the_same_readings() -> None:
    quiet = log(FleetPlan(60, seed=3, cadence="30m", solar=0.3, announce=False))
    assert quiet == [each for each in log(HALF_HOURLY) if each.kind != Kind.ANNOUNCEMENT]


def test_a_part_of_the_partitions_has_its_own_meters_alone() -> None:
    faults = (MeterMove(kind="meter_move", count=9, spread_minutes=600),)
    whole = log(HALF_HOURLY, faults=faults)
    part = log(HALF_HOURLY, faults=faults, own=(1, 3))
    assert part == [each for each in whole if each.partition in (1, 3)]


INTERVALS = FleetPlan(
    60,
    seed=3,
    cadence="30m",
    commodity="mixed",
    solar=0.3,
    kind="interval",
    estimated_share=0.1,
    revised_share=0.1,
)


def test_interval_meters_say_the_energy_between_their_registers() -> None:
    records = log(INTERVALS, hours=48)
    announced, read = by_meter(records, "meter"), by_meter(records, "ts")
    assert {each.said["meter"]["kind"] for own in announced.values() for each in own} == {
        "interval"
    }
    qualities: defaultdict[str, int] = defaultdict(int)
    for own in read.values():
        firsts = sorted(
            (each.said for each in own if "revision" not in each.said), key=lambda said: said["ts"]
        )
        revisions = {each.said["ts"]: each for each in own if "revision" in each.said}
        assert len(firsts) == 96 and len({said["ts"] for said in firsts}) == 96
        register_m = round(1_000 * firsts[0]["register"])
        for said in firsts[1:]:
            assert said["interval_ms"] == 30 * MINUTE_MS and "demand" not in said
            assert said.get("quality") in (None, "estimated")
            energy_m = round(1_000 * said["energy"])
            revised = revisions.get(said["ts"])
            if revised is not None:
                assert said["quality"] == "estimated" and "quality" not in revised.said
                assert revised.said["revision"] == 1
                assert revised.said["seq"] == said["seq"]
                assert revised.said["register"] == said["register"]
                energy_m += round(1_000 * revised.said["energy"])
                qualities["revised"] += 1
                qualities["wrong"] += revised.said["energy"] != 0
                qualities["signs"] += revised.said["energy"] < 0
            elif "quality" in said:
                qualities["estimated"] += 1
            assert energy_m == round(1_000 * said["register"]) - register_m
            register_m = round(1_000 * said["register"])
    readings = 95 * len(read)
    assert qualities["revised"] == pytest.approx(0.1 * readings, rel=0.2)
    assert qualities["estimated"] == pytest.approx(0.09 * readings, rel=0.2)
    assert 0.3 < qualities["signs"] / qualities["wrong"] < 0.7


def test_a_revision_comes_after_what_it_revises_and_only_then() -> None:
    network = Network(seed=3, begin_ms=BEGIN_MS, late_share=0.2, lost_share=0.1, late_max_s=200_000)
    read = by_meter(log(INTERVALS, network=network, hours=48), "ts")
    seen = 0
    for own in read.values():
        said_at = {each.said["ts"]: each.arrival_ms for each in own if "revision" not in each.said}
        for each in own:
            if "revision" in each.said:
                assert 0 < each.arrival_ms - said_at[each.said["ts"]] <= DAY_MS
                seen += 1
    assert seen > 100


def test_the_interval_in_which_a_register_began_again_has_its_energy() -> None:
    plan = FleetPlan(60, seed=3, cadence="30m", solar=0, kind="interval")
    clean = by_meter(log(plan), "ts")
    faults = (
        Reset(kind="register_reset", count=20, after_minutes=300),
        MeterExchange(kind="meter_exchange", count=20, after_minutes=300, minutes=60),
    )
    came = by_meter(log(plan, faults=faults), "ts")
    begun_again = 0
    for meter, own in came.items():
        used = {each.said["ts"]: each.said["energy"] for each in clean[meter]}
        assert {each.said["ts"]: each.said["energy"] for each in own}.items() <= used.items()
        registers = [each.said["register"] for each in own]
        begun_again += int((np.diff(registers) < 0).sum())
    assert begun_again == 40


@pytest.mark.parametrize("bits", [16, 32])
def test_numbers_of_few_bits_begin_again_once_in_the_first_day(bits: int) -> None:
    plan = FleetPlan(60, seed=3, cadence="30m", solar=0.3, seq_bits=bits)
    wraps = []
    for own in by_meter(log(plan, hours=48), "ts").values():
        seq = [said["seq"] for said in sorted((each.said for each in own), key=_ts)]
        steps = np.diff(seq)
        assert set(steps.tolist()) <= {1, 1 - 2**bits}
        assert min(seq) >= 0 and max(seq) < 2**bits
        wraps += np.flatnonzero(steps != 1).tolist()
    assert len(wraps) > 50 and max(wraps) < 48 and len(set(wraps)) > 20


def test_a_meter_that_restarts_counts_from_0() -> None:
    fault = MeterRestart(kind="meter_restart", share=0.5, after_minutes=120, spread_minutes=300)
    plan = FleetPlan(60, seed=3, cadence="30m", solar=0, seq_bits=16)
    before, after = log(plan), log(plan, faults=(fault,))
    without_seq = [
        [(each.arrival_ms, each.key, {**each.said, "seq": 0}) for each in records]
        for records in (before, after)
    ]
    assert without_seq[0] == without_seq[1]
    restarted = 0
    for meter, own in by_meter(after, "ts").items():
        seq = [said["seq"] for said in sorted((each.said for each in own), key=_ts)]
        counted = [
            said["seq"]
            for said in sorted((each.said for each in by_meter(before, "ts")[meter]), key=_ts)
        ]
        if seq != counted:
            begin = next(row for row in range(48) if seq[row] != counted[row])
            assert 4 < begin <= 15
            assert seq[begin:] == list(range(48 - begin))
            restarted += 1
    assert 20 < restarted < 40


def test_a_new_device_is_announced_when_it_begins_to_count() -> None:
    fault = MeterExchange(
        kind="meter_exchange", count=20, after_minutes=60, spread_minutes=600, minutes=60
    )
    plan = FleetPlan(60, seed=3, cadence="30m", solar=0)
    records = log(plan, faults=(fault,), hours=48)
    told = by_meter(records, "meter")
    exchanged = 0
    for meter, own in by_meter(records, "ts").items():
        known = [(each.arrival_ms, each.said["meter"]["installed_ms"]) for each in told[meter]]
        inorder = sorted((each.said for each in own), key=_ts)
        fall = np.flatnonzero(np.diff([said["register"] for said in inorder]) < 0).tolist()
        if not fall:
            assert len(known) == 3 and {installed_ms for _, installed_ms in known} == {known[0][1]}
            continue
        exchanged += 1
        first = inorder[fall[0] + 1]
        new = [(at_ms, installed_ms) for at_ms, installed_ms in known if installed_ms > BEGIN_MS]
        assert len(known) == 4
        # From the very instant, and again each day.
        assert new[0] == (first["ts"] - 30 * MINUTE_MS,) * 2
        assert new == [each for each in known if each[0] >= new[0][0]]
        assert {installed_ms for _, installed_ms in new} == {new[0][1]}
        assert first["register"] == pytest.approx(first["demand"] / 2, abs=0.002)
    assert exchanged == 20


@pytest.mark.parametrize("announced", [True, False])
def test_a_meter_that_moves_says_another_place_from_then_on(announced: bool) -> None:
    fault = MeterMove(
        kind="meter_move", count=20, after_minutes=60, spread_minutes=600, announced=announced
    )
    plan = FleetPlan(60, seed=3, cadence="30m", place="us", solar=0)
    registry = make_registry(plan)
    homes = dict(zip(registry.geohash.astype(str), registry.feeder.astype(str), strict=True))
    zones = dict(zip(registry.geohash.astype(str), registry.region_code.astype(str), strict=True))
    records = log(plan, faults=(fault,), hours=48)
    told = by_meter(records, "meter")
    moved = 0
    for meter, own in by_meter(records, "ts").items():
        places = {each.said["ts"]: each.said["geohash"] for each in own}
        assert {each.partition for each in own} == {partition_of(meter, PARTITIONS)}
        if len(set(places.values())) == 1:
            assert len(told[meter]) == 3
            continue
        moved += 1
        inorder = [places[ts] for ts in sorted(places)]
        at = next(row for row in range(96) if inorder[row] != inorder[0])
        assert set(inorder[at:]) == {inorder[at]} and inorder[at] in homes
        assert sorted(places)[at] - BEGIN_MS <= 12 * HOUR_MS
        known = [each.said["meter"] for each in told[meter]]
        assert len(known) == 3 + announced
        expected = inorder[at] if announced else inorder[0]
        assert (known[-1]["geohash"], known[-1]["feeder"]) == (expected, homes[expected])
        assert known[-1]["region"] == zones[expected] and known[0]["geohash"] == inorder[0]
        if announced:
            first = next(each for each in told[meter] if each.said["meter"] == known[-1])
            assert first.arrival_ms == sorted(places)[at] - 30 * MINUTE_MS
    assert moved == 20


def test_repeats_come_up_to_days_later_byte_by_byte() -> None:
    network = Network(seed=3, begin_ms=BEGIN_MS, repeat_share=0.5, repeat_after_s=3 * 86_400)
    records = log(HALF_HOURLY, network=network)
    first: dict[tuple[str, int], Record] = {}
    delays_ms = []
    for record in (each for each in records if "ts" in each.said):
        key = record.key, record.said["ts"]
        if record.kind == Kind.REPEAT:
            assert record.said == first[key].said
            delays_ms.append(record.arrival_ms - first[key].arrival_ms)
        else:
            first[key] = record
    assert min(delays_ms) >= 0 and max(delays_ms) > 2.9 * DAY_MS
    assert np.median(delays_ms) == pytest.approx(1.5 * DAY_MS, rel=0.1)


def _ts(said: dict[str, Any]) -> int:
    ts: int = said["ts"]
    return ts
