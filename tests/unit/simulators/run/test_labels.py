"""Labels against the messages of a run, row by row: what they say is wrong is wrong in the log, and
nothing else is."""

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import pyarrow.parquet as pq
import pytest

from contracts.labels import CIRCUMSTANCES, SCHEMA
from contracts.reading import MAX_TS_MS
from contracts.time import DAY_MS, HOUR_MS, MINUTE_MS
from contracts.topics import partition_of
from simulators.demand.values import make_fleet, values
from simulators.faults.choice import resolve
from simulators.faults.kinds import FaultOptions, MeterMove
from simulators.fleet.plan import FleetPlan, make_registry
from simulators.network.conditions import LinkLoss, Network
from simulators.network.pauses import DeadWriter
from simulators.run.labels import labels, write_labels
from simulators.supply.supplied import with_supply
from tests.unit.simulators.run.test_log import BEGIN_MS, PARTITIONS, Record, by_meter, log

Label = dict[str, Any]
PLAN = FleetPlan(
    300, seed=5, cadence="1m", commodity="mixed", solar=0.3, place="51.38,-0.25,51.60,0.10"
)


def network(**options: Any) -> Network:  # noqa: ANN401
    return Network(
        seed=5, begin_ms=BEGIN_MS, late_share=0.02, late_max_s=900, repeat_share=0.05, **options
    )


def rows(net: Network, plan: FleetPlan = PLAN, faults: Sequence[FaultOptions] = ()) -> list[Label]:
    """The labels, with their parameters as numbers."""
    fleet = with_supply(make_fleet(make_registry(plan)), plan, faults, net.begin_ms)
    resolved = resolve(
        faults, fleet.registry, partial(values, fleet), seed=plan.seed, begin_ms=net.begin_ms
    )
    table = labels(resolved, net, fleet.registry, plan.seed, PARTITIONS)
    assert table.schema == SCHEMA
    return [row | {"parameters": orjson.loads(row["parameters"])} for row in table.to_pylist()]


def by_meter_id(found: Iterable[Label], kind: str) -> Mapping[str, list[Label]]:
    own: defaultdict[str, list[Label]] = defaultdict(list)
    for row in found:
        if row["kind"] == kind:
            own[row["meter_id"]].append(row)
    return own


def arrivals(records: Sequence[Record]) -> dict[tuple[str, int], list[int]]:
    """When each reading came, again or not, by its meter and number."""
    found = defaultdict(list)
    for record in records:
        if "seq" in record.said:
            found[record.key, record.said["seq"]].append(record.arrival_ms)
    return {reading: sorted(own) for reading, own in found.items()}


def after(spans: Sequence[Label], arrival_ms: int) -> int:
    """The first instant from the arrival on that is in none of the spans."""
    for _ in spans:
        for row in spans:
            if row["start_ms"] <= arrival_ms < row["end_ms"]:
                arrival_ms = row["end_ms"]
    return arrival_ms


def test_without_a_link_nothing_arrives_and_everything_comes_at_the_labels_end() -> None:
    """Three losses that overlap, in no order of time."""
    area = make_registry(PLAN).area[0].decode()
    lost = network(
        link_losses=(
            LinkLoss(areas_share=0.5, after_minutes=40, spread_minutes=30, minutes=20),
            LinkLoss(areas_share=0.7, after_minutes=30, minutes=25),
            LinkLoss(areas=(area,), after_minutes=10, minutes=5.5),
        )
    )
    found = rows(lost)
    spans = by_meter_id(found, "link_loss")
    assert {row["kind"] for row in found} == {"link_loss"}
    plain, held = log(PLAN, network=network(), hours=2), log(PLAN, network=lost, hours=2)
    whole, came = arrivals(plain), arrivals(held)
    assert came == {
        (meter, seq): sorted(after(spans.get(meter, ()), each) for each in own)
        for (meter, seq), own in whole.items()
    }
    meters = {record.key: record.said["geohash"][:5] for record in plain if "seq" in record.said}
    assert 0 < len(spans) < len(meters)
    for meter, own in spans.items():
        for row in own:
            assert row["parameters"]["area"] == meters[meter]
            assert row["end_ms"] - row["start_ms"] == row["parameters"]["minutes"] * MINUTE_MS


def test_a_meter_that_moves_has_the_link_of_where_it_is() -> None:
    plan = FleetPlan(200, seed=3, cadence="1m", place="51.38,-0.25,51.60,0.10", solar=0)
    moving = (MeterMove(kind="meter_move", share=0.7, after_minutes=30, spread_minutes=60),)
    at_once: dict[str, Any] = {"seed": 5, "begin_ms": BEGIN_MS, "delay_min_ms": 0}
    loss = LinkLoss(areas_share=0.5, after_minutes=40, minutes=40)
    lost = Network(**at_once, delay_max_ms=0, link_losses=(loss,))
    spans = by_meter_id(rows(lost, plan, moving), "link_loss")
    came = log(plan, faults=moving, network=lost, hours=2)
    places: dict[str, set[str]] = defaultdict(set)
    partly = 0
    for meter, own in by_meter(came, "ts").items():
        for record in own:
            ts_ms, labelled = record.said["ts"], spans.get(meter, ())
            held = any(row["start_ms"] < ts_ms < row["end_ms"] for row in labelled)
            at_edge = any(ts_ms in (row["start_ms"], row["end_ms"]) for row in labelled)
            late = record.arrival_ms > ts_ms
            assert at_edge or held == late
            if late:
                places[meter].add(record.said["geohash"][:5])
        labelled = spans.get(meter, ())
        # it may be gone before it reads, or be there for the end of the loss alone
        long = [row for row in labelled if row["end_ms"] - row["start_ms"] > MINUTE_MS]
        assert places[meter] <= {row["parameters"]["area"] for row in labelled}
        assert places[meter] >= {row["parameters"]["area"] for row in long}
        partly += any(row["end_ms"] - row["start_ms"] < 40 * MINUTE_MS for row in labelled)
    assert partly > 5


def test_a_clock_is_wrong_by_what_its_label_says() -> None:
    wrong = network(
        skewed_meters_share=0.2,
        skew_max_s=40,
        drifting_meters_share=0.2,
        drift_max_s_per_day=300,
        far_future_meters_share=0.05,
    )
    plan = FleetPlan(120, seed=5, cadence="30m", commodity="mixed", solar=0.3)
    found = rows(wrong, plan)
    own = by_meter_id(found, "clock_error")
    assert len(own) == len(found) and {row["kind"] for row in found} == {"clock_error"}
    assert {(row["start_ms"], row["end_ms"]) for row in found} == {(BEGIN_MS, MAX_TS_MS)}
    right = {
        (each.key, each.said["seq"]): each.said["ts"]
        for each in log(plan, network=network())
        if "seq" in each.said
    }
    shown = set()
    for each in log(plan, network=wrong):
        if "seq" not in each.said:
            continue
        ts_ms = right[each.key, each.said["seq"]]
        expected_ms = 0
        for row in own.get(each.key, ()):
            numbers = row["parameters"]
            days = (ts_ms - row["start_ms"]) / DAY_MS
            expected_ms = numbers["ahead_ms"] + math.trunc(numbers["gains_ms_per_day"] * days)
        assert each.said["ts"] - ts_ms == expected_ms
        if expected_ms:
            shown.add(each.key)
    assert shown == set(own) and 30 < len(shown) < 100
    assert any(row["parameters"]["ahead_ms"] < 0 for row in found)


def test_nothing_is_written_to_the_partition_of_a_dead_writer_and_nothing_is_lost() -> None:
    writer = DeadWriter(partitions=(1, 2), after_minutes=20, minutes=15)
    later = DeadWriter(partitions=(2,), after_minutes=30, minutes=10.5)
    loss = LinkLoss(areas_share=0.5, after_minutes=10, minutes=15)
    before = network(link_losses=(loss,))
    dead = network(link_losses=(loss,), dead_writers=(later, writer))
    found = [row for row in rows(dead) if row["kind"] != "link_loss"]
    spans = by_meter_id(found, "writer_dead")
    assert {row["kind"] for row in found} == {"writer_dead"}
    plain, held = log(PLAN, network=before, hours=2), log(PLAN, network=dead, hours=2)
    meters = {record.key for record in plain}
    assert set(spans) == {meter for meter in meters if partition_of(meter, PARTITIONS) in (1, 2)}
    for meter, own in spans.items():
        minutes = [row["parameters"]["minutes"] for row in own]
        partition = partition_of(meter, PARTITIONS)
        assert {row["parameters"]["partition"] for row in own} == {partition}
        assert sorted(minutes) == {1: [15], 2: [10.5, 15]}[partition]

    def told(records: Sequence[Record], shift: Mapping[str, list[Label]]) -> list[tuple[Any, ...]]:
        return sorted(
            (each.key, after(shift.get(each.key, ()), each.arrival_ms), orjson.dumps(each.said))
            for each in records
        )

    assert told(held, {}) == told(plain, spans)
    silent_ms = sorted(each.arrival_ms for each in held if each.partition == 2)
    gap_ms = np.diff(silent_ms).max()
    assert 20.5 * MINUTE_MS <= gap_ms < 21 * MINUTE_MS


def test_late_is_what_the_writers_absence_made_late() -> None:
    """A reading is counted as what it is when it is written."""
    at_once: dict[str, Any] = {"seed": 5, "begin_ms": BEGIN_MS, "delay_max_ms": 300}
    dead = DeadWriter(partitions=(0, 1, 2, 3), after_minutes=20, minutes=10, drain_seconds=60)
    records = log(PLAN, network=Network(**at_once, dead_writers=(dead,)), hours=1)
    read = [each for each in records if "seq" in each.said]
    late = {each.kind.name for each in read if each.arrival_ms - each.said["ts"] > 2_400}
    assert late == {"LATE"}
    on_time = {each.kind.name for each in read if each.arrival_ms - each.said["ts"] <= 2_400}
    assert on_time == {"ON_TIME"}
    end_ms = BEGIN_MS + 30 * MINUTE_MS
    waited = [each.arrival_ms for each in read if each.said["ts"] < end_ms <= each.arrival_ms]
    assert max(waited) <= end_ms + 60_300 and max(waited) > end_ms + 55_000


def test_what_the_registry_says_of_a_misplaced_home_is_not_where_it_is() -> None:
    plan = FleetPlan(
        1_000, seed=5, cadence="30m", commodity="mixed", solar=0.3, misplaced_share=0.1
    )
    registry = make_registry(plan)
    homes = dict(zip(registry.meter_id.astype(str), registry.feeder.astype(str), strict=True))
    found = rows(Network(seed=5, begin_ms=BEGIN_MS), plan)
    assert {row["kind"] for row in found} == {"misplaced"}
    assert {(row["start_ms"], row["end_ms"]) for row in found} == {(BEGIN_MS, MAX_TS_MS)}
    own = by_meter_id(found, "misplaced")
    told = by_meter(log(plan, hours=1), "meter")
    assert set(told) == set(homes)
    for meter, records in told.items():
        (announced,) = {each.said["meter"]["feeder"] for each in records}
        labelled = [row["parameters"] for row in own.get(meter, ())]
        different = [{"feeder": homes[meter], "announced": announced}]
        assert labelled == ([] if announced == homes[meter] else different)
        assert announced in homes.values()
    electric = registry.is_commodity("electricity") & ~registry.is_export
    assert len([meter for meter in own if ":export" not in meter]) == pytest.approx(
        0.1 * electric.sum(), rel=0.3
    )
    assert {meter for meter in own if meter.endswith(":export")} == {
        f"{meter}:export" for meter in own if f"{meter}:export" in homes
    }


def test_a_misplaced_home_that_moves_is_not_misplaced_any_more() -> None:
    plan = FleetPlan(200, seed=5, cadence="30m", solar=0, misplaced_share=0.3)
    moving = (MeterMove(kind="meter_move", share=0.5, after_minutes=60, spread_minutes=600),)
    net = Network(seed=5, begin_ms=BEGIN_MS)
    registry = make_registry(plan)
    at = dict(zip(registry.geohash.astype(str), registry.feeder.astype(str), strict=True))
    found = rows(net, plan, moving)
    own, moves = by_meter_id(found, "misplaced"), by_meter_id(found, "meter_move")
    both = 0
    for meter, records in by_meter(log(plan, faults=moving, hours=30), "meter").items():
        until_ms = own[meter][0]["end_ms"] if meter in own else BEGIN_MS
        for each in records:
            said = each.said["meter"]
            assert (said["feeder"] == at[said["geohash"]]) == (each.arrival_ms >= until_ms)
        if meter in own and meter in moves:
            assert until_ms == moves[meter][0]["start_ms"]
            both += 1
    assert both > 10


def test_a_run_in_which_nothing_was_wrong_has_labels_without_rows(tmp_path: Path) -> None:
    table = labels((), network(), make_registry(PLAN), PLAN.seed, PARTITIONS)
    write_labels(table, BEGIN_MS + HOUR_MS, tmp_path / "new" / "run-labels.parquet")
    written = pq.read_table(tmp_path / "new" / "run-labels.parquet")
    assert written.num_rows == 0 and written.schema == SCHEMA


def test_circumstances_end_with_the_run(tmp_path: Path) -> None:
    net = network(
        skewed_meters_share=0.2,
        link_losses=(LinkLoss(areas_share=1, after_minutes=50, minutes=30),),
        dead_writers=(
            DeadWriter(partitions=(0,), after_minutes=10, minutes=15),
            DeadWriter(partitions=(1,), after_minutes=60, minutes=15),
        ),
    )
    plan = FleetPlan(120, seed=5, misplaced_share=0.2)
    table = labels((), net, make_registry(plan), plan.seed, PARTITIONS)
    until_ms = BEGIN_MS + HOUR_MS
    write_labels(table, until_ms, tmp_path / "run-labels.parquet")
    kept = pq.read_table(tmp_path / "run-labels.parquet").to_pylist()
    assert {row["kind"] for row in kept} == set(CIRCUMSTANCES)
    ended = {row["kind"]: row["end_ms"] for row in kept}
    assert ended.pop("writer_dead") == BEGIN_MS + 25 * MINUTE_MS
    assert set(ended.values()) == {until_ms}
