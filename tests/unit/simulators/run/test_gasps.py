"""Last gasps against the labels of a run and the readings of its meters."""

from collections.abc import Sequence

import pytest

from contracts.time import MINUTE_MS
from contracts.topics import partition_of
from simulators.faults.kinds import AreaOutage, FaultOptions, FeederOutage, MeterSilent
from simulators.fleet.plan import FleetPlan
from simulators.network.conditions import LinkLoss, Network
from simulators.network.pauses import DeadWriter
from simulators.network.schedule import Kind
from tests.unit.simulators.run.test_labels import Label, rows
from tests.unit.simulators.run.test_log import BEGIN_MS, PARTITIONS, Record, log

PLAN = FleetPlan(
    *(1_000, 5), cadence="1m", place="51.38,-0.25,51.60,0.10", commodity="mixed", solar=0.2,
    gasp_share=0.8, supply_share=1,
)  # fmt: skip
FAULTS: Sequence[FaultOptions] = (
    FeederOutage(kind="feeder_outage", share=0.7, after_minutes=20, spread_minutes=30, minutes=9.7),
    AreaOutage(kind="area_outage", share=0.3, after_minutes=35, spread_minutes=10, minutes=5),
    MeterSilent(kind="meter_silent", share=0.2, after_minutes=15, minutes=60),
)
NETWORK = Network(seed=5, begin_ms=BEGIN_MS)


def gasps(records: Sequence[Record]) -> list[Record]:
    found = [each for each in records if "event" in each.said]
    assert [each for each in records if each.kind == Kind.EVENT] == found
    return found


def first_in_the_dark(labels: Sequence[Label]) -> set[tuple[str, int]]:
    """Meters and times at which they lose a power that they had, and still say something."""
    outages = [row for row in labels if row["kind"] in ("feeder_outage", "area_outage")]
    spans = [*outages, *(row for row in labels if row["kind"] == "meter_silent")]
    own: dict[str, list[Label]] = {}
    for row in spans:
        own.setdefault(row["meter_id"], []).append(row)
    return {
        (row["meter_id"], row["start_ms"])
        for row in outages
        if not any(
            other["start_ms"] < row["start_ms"] <= other["end_ms"] for other in own[row["meter_id"]]
        )
    }


def test_meters_that_have_it_say_so_once_when_the_power_goes() -> None:
    records = log(PLAN, faults=FAULTS, network=NETWORK, hours=1.5)
    dark = first_in_the_dark(rows(NETWORK, PLAN, FAULTS))
    homes = {(meter, start_ms) for meter, start_ms in dark if ":" not in meter}
    said = {(each.key, each.said["ts"]): each for each in gasps(records)}
    assert len(said) == len(gasps(records)) and said.keys() <= homes
    assert len(said) == pytest.approx(0.8 * 0.6 * len(homes), rel=0.1) and len(homes) > 300
    numbers = {
        (each.key, each.said["ts"]): each.said["seq"] for each in records if "register" in each.said
    }
    takes_ms = []
    for (meter, ts_ms), each in said.items():
        assert each.said == {
            "event": "power_lost",
            "meter_id": meter,
            "ts": ts_ms,
            "seq": each.said["seq"],
        }
        before_ms = max(at for key, at in numbers if key == meter and at <= ts_ms)
        assert ts_ms - before_ms < MINUTE_MS and each.said["seq"] == numbers[meter, before_ms]
        assert each.partition == partition_of(meter, PARTITIONS)
        takes_ms.append(each.arrival_ms - ts_ms)
    assert min(takes_ms) >= 1_000 and max(takes_ms) < 20_000
    assert max(takes_ms) - min(takes_ms) > 18_000


def test_every_gasp_comes_if_all_have_it_and_none_is_lost() -> None:
    plan = FleetPlan(300, seed=5, cadence="1m", solar=0, gasp_share=1)
    network = Network(seed=5, begin_ms=BEGIN_MS, lost_gasps_share=0)
    records = log(plan, faults=FAULTS, network=network, hours=1.5)
    dark = first_in_the_dark(rows(network, plan, FAULTS))
    assert {(each.key, each.said["ts"]) for each in gasps(records)} == dark and len(dark) > 50
    quiet = log(FleetPlan(300, seed=5, cadence="1m", solar=0), faults=FAULTS, hours=1.5)
    assert [each for each in records if "event" not in each.said] == quiet
    part = log(plan, faults=FAULTS, network=network, hours=1.5, own=(0, 2))
    assert part == [each for each in records if each.partition in (0, 2)]


def test_without_a_link_no_gasp_comes_and_a_dead_writer_keeps_it() -> None:
    loss = LinkLoss(areas_share=0.5, after_minutes=25, minutes=15)
    writer = DeadWriter(partitions=(1,), after_minutes=20, minutes=30)
    network = Network(seed=5, begin_ms=BEGIN_MS, lost_gasps_share=0, link_losses=(loss,))
    came = gasps(log(PLAN, faults=FAULTS, network=network, hours=1.5))
    labels = rows(network, PLAN, FAULTS)
    lost = {
        row["meter_id"]: (row["start_ms"], row["end_ms"])
        for row in labels
        if row["kind"] == "link_loss"
    }
    for each in came:
        from_ms, until_ms = lost.get(each.key, (0, 0))
        assert each.arrival_ms < from_ms or each.said["ts"] >= until_ms
    linked = network.model_copy(update={"link_losses": ()})
    all_of_them = gasps(log(PLAN, faults=FAULTS, network=linked, hours=1.5))
    missing = {(each.key, each.said["ts"]) for each in all_of_them} - {
        (each.key, each.said["ts"]) for each in came
    }
    assert len(missing) > 30 and {meter for meter, _ in missing} <= set(lost)

    dead = linked.model_copy(update={"dead_writers": (writer,)})
    kept = gasps(log(PLAN, faults=FAULTS, network=dead, hours=1.5))
    end_ms = BEGIN_MS + 50 * MINUTE_MS
    assert sorted((each.key, each.said["ts"]) for each in kept) == sorted(
        (each.key, each.said["ts"]) for each in all_of_them
    )
    waited = [each for each in kept if each.arrival_ms - each.said["ts"] >= 20_000]
    assert len(waited) > 10
    assert {each.arrival_ms for each in waited} == {end_ms}
    assert {each.partition for each in waited} == {1}


def test_a_gasp_has_the_time_of_its_meters_clock() -> None:
    skewed = NETWORK.model_copy(update={"skewed_meters_share": 1.0, "skew_max_s": 30})
    right = {each.key: each for each in gasps(log(PLAN, faults=FAULTS[:1], hours=1))}
    wrong = {
        each.key: each for each in gasps(log(PLAN, faults=FAULTS[:1], network=skewed, hours=1))
    }
    ahead_ms = {
        row["meter_id"]: row["parameters"]["ahead_ms"]
        for row in rows(skewed, PLAN)
        if row["kind"] == "clock_error"
    }
    assert right.keys() == wrong.keys() and len(right) > 50
    for meter, each in right.items():
        assert wrong[meter].said["ts"] == each.said["ts"] + ahead_ms[meter]
        assert wrong[meter].arrival_ms == each.arrival_ms
