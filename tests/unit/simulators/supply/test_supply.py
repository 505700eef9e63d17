"""Supply meters against the homes behind them, by the messages of a run alone."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from pydantic import TypeAdapter

from contracts.time import DAY_MS, HOUR_MS, MINUTE_MS
from simulators.demand.values import Fleet, make_fleet, metered, values
from simulators.faults.kinds import AnyFault, FaultOptions
from simulators.fleet.plan import FleetPlan, make_registry
from simulators.network.conditions import LinkLoss, Network
from simulators.network.pauses import DeadWriter
from simulators.supply.errors import Errors
from simulators.supply.supplied import Supply, with_supply
from tests.unit.simulators.run.test_labels import rows
from tests.unit.simulators.run.test_log import BEGIN_MS, Record, log

HALF_HOUR_MS = HOUR_MS // 2
EXACT: dict[str, Any] = {"supply_gain_error": 0, "supply_noise": 0, "supply_wander": 0}
PLAN = FleetPlan(300, seed=4, cadence="30m", solar=0.2, ev=0.2, supply_share=1, **EXACT)
Series = Mapping[int, int]
Floats = NDArray[np.float64]


def faults(*options: dict[str, Any]) -> list[FaultOptions]:
    adapter: TypeAdapter[FaultOptions] = TypeAdapter(AnyFault)
    return [adapter.validate_python(option) for option in options]


def readings(records: Iterable[Record], field: str) -> dict[str, Series]:
    """Thousandths by meter and time."""
    found: defaultdict[str, dict[int, int]] = defaultdict(dict)
    for each in records:
        if field in each.said:
            found[each.key][each.said["ts"]] = round(1_000 * each.said[field])
    return {meter: dict(sorted(own.items())) for meter, own in found.items()}


def gains(registers: Series) -> dict[int, int]:
    """What a register gained up to each reading since the one before; one that is lower than before
    began again."""
    times = list(registers)
    return {
        now: registers[now] - (registers[before] if registers[now] >= registers[before] else 0)
        for before, now in pairwise(times)
    }


def balances(plan: FleetPlan, records: Iterable[Record]) -> Mapping[str, tuple[Series, Series]]:
    """Of each feeder what its supply meter gained up to each half-hour's end, and its homes."""
    registry = make_registry(plan)
    feeders = dict(zip(registry.meter_id.astype(str), registry.feeder.astype(str), strict=True))
    found: dict[str, tuple[dict[int, int], dict[int, int]]] = {}
    for meter, registers in readings(records, "register").items():
        supply, homes = found.setdefault(feeders[meter], ({}, {}))
        for ts_ms, gain in gains(registers).items():
            if meter.endswith(":supply"):
                supply[ts_ms] = gain
            else:
                sign = -1 if meter.endswith(":export") else 1
                homes[ts_ms] = homes.get(ts_ms, 0) + sign * gain
    return found


def supplies(records: Iterable[Record]) -> list[tuple[int, dict[str, Any]]]:
    """What supply meters say, and when."""
    return [
        (each.arrival_ms, each.said)
        for each in records
        if each.key.endswith(":supply") and "ts" in each.said
    ]


def test_what_goes_in_is_what_homes_take_and_losses_that_grow_with_the_square_of_the_load() -> None:
    """Three numbers a feeder explain all that is missing, to what rounding down 60 registers may
    do; the sun is up in the one third of the half-hours and down in the other."""
    for supply, homes in balances(PLAN, log(PLAN, hours=48)).values():
        terms, missing = [], []
        for ts_ms in sorted(supply.keys() & homes.keys()):
            begin_h = (ts_ms - HALF_HOUR_MS) % DAY_MS / HOUR_MS
            if 9 <= begin_h < 15 or not 4 <= begin_h < 21:
                load_w = 2 * homes[ts_ms] / 1_000
                terms.append((1.0, load_w**2, 0.0 if 9 <= begin_h < 15 else 1.0))
                missing.append(2 * (supply[ts_ms] - homes[ts_ms]) / 1_000)
        wanted, lost = np.array(terms), np.array(missing)
        scale = wanted.max(axis=0)
        (no_load, load, lamps), *_ = np.linalg.lstsq(wanted / scale, lost, rcond=None)
        assert np.abs(lost - wanted / scale @ (no_load, load, lamps)).max() < 0.2
        assert 244.9 <= no_load <= 455.1
        assert 0.599 <= load / scale[1] / (2_400 / 60_000**2) <= 1.601
        assert -0.1 <= lamps <= 600.1
    assert len(balances(PLAN, log(PLAN, hours=1))) == 6


MEASURED_ONLY = faults(
    {"kind": "theft_bypass", "count": 30, "minutes": 400, "share_read": 0.25},
    {"kind": "theft_tamper", "count": 30, "minutes": 300, "after_minutes": 60},
    {"kind": "meter_silent", "count": 30, "minutes": 300},
    {"kind": "spike", "count": 20},
    {"kind": "register_reset", "count": 20, "after_minutes": 100},
    {"kind": "voltage_sag", "count": 3, "minutes": 300},
)


def test_what_meters_do_not_see_goes_in_all_the_same() -> None:
    """Byte for byte: what a bypass, a stuck register or a gap hides is in the supply, and no error
    of a home's meter is."""
    honest = log(PLAN, hours=12)
    stolen = log(replace(PLAN, gain_error=0.02), faults=MEASURED_ONLY, hours=12)
    assert supplies(stolen) == supplies(honest) and len(supplies(honest)) == 6 * 24
    missing = [
        sum(supply.values()) - sum(homes.values())
        for records in (honest, stolen)
        for supply, homes in balances(PLAN, records).values()
    ]
    assert sum(missing[6:]) > 2 * sum(missing[:6])


USED = faults(
    {"kind": "high_use", "count": 20, "minutes": 400, "after_minutes": 70, "factor": 3},
    {"kind": "unusual_use", "count": 20, "hour": 5, "minutes": 100, "extra_demand": 9_000},
    {"kind": "meter_exchange", "count": 20, "after_minutes": 50, "minutes": 130},
    {"kind": "feeder_outage", "count": 3, "after_minutes": 100, "spread_minutes": 90, "minutes": 47,
     "later_homes": 7, "later_minutes": 33},
    {"kind": "area_outage", "share": 0.5, "after_minutes": 130, "minutes": 61},
)  # fmt: skip


def lossless(fleet: Fleet) -> Fleet:
    """Nothing is lost, so that sums are exact."""
    supply = fleet.supplied
    if isinstance(supply, Supply):
        nothing = np.zeros(len(supply.cadence_ms))
        supply.losses = replace(
            supply.losses, no_load=nothing, per_load_squared=nothing, lamps=nothing
        )
    return fleet


@pytest.mark.parametrize("place", ["london", "51.38,-0.25,51.60,0.10"])
def test_what_homes_use_goes_in_and_in_an_outage_nothing_does(place: str) -> None:
    plan = replace(PLAN, place=place)
    records = log(plan, faults=USED, hours=14, alter=lossless)
    whole = log(plan, hours=14, alter=lossless)
    clean = balances(plan, whole)
    differ = 0
    for feeder, (supply, homes) in balances(plan, records).items():
        # what homes used before a gap shows after it, so the sums are those of the run
        assert abs(sum(supply.values()) - sum(homes.values())) < 300
        differ += abs(sum(supply.values()) - sum(clean[feeder][0].values())) > 1_000_000
        for ts_ms, gain in clean[feeder][0].items():
            assert abs(gain - clean[feeder][1][ts_ms]) < 150
    assert differ == 6


def test_an_overloaded_feeder_carries_what_was_asked_for() -> None:
    plan = replace(PLAN, cadence="1m")
    overload = faults(
        {"kind": "overload", "count": 3, "after_minutes": 50, "minutes": 60, "utilisation": 1.1}
    )
    records = log(plan, faults=overload, hours=2, alter=lossless)
    capacity_w = {
        each.key: each.said["meter"].get("capacity_w") for each in records if "meter" in each.said
    }
    start_ms = BEGIN_MS + 50 * MINUTE_MS
    shares = []
    for meter, own in readings(records, "demand").items():
        if meter.endswith(":supply"):
            during = [
                demand
                for ts_ms, demand in own.items()
                if start_ms + MINUTE_MS <= ts_ms <= start_ms + 60 * MINUTE_MS
            ]
            shares.append(np.mean(during) / 1_000 / capacity_w[meter])
    assert sorted(shares)[3:] == pytest.approx([1.1] * 3, rel=0.01) and sorted(shares)[2] < 0.75


def test_a_supply_meter_reads_on_while_its_feeder_is_dark() -> None:
    plan = replace(PLAN, cadence="1m")
    (outage,) = faults(
        {"kind": "feeder_outage", "count": 2, "after_minutes": 40.3, "minutes": 25,
         "later_homes": 3, "later_minutes": 10}
    )  # fmt: skip
    loss = LinkLoss(areas_share=1, after_minutes=30, minutes=60)
    network = Network(seed=4, begin_ms=BEGIN_MS, link_losses=(loss,))
    records = log(plan, faults=[outage], network=network, hours=2)
    demands = {
        meter: own for meter, own in readings(records, "demand").items() if ":supply" in meter
    }
    start_ms = BEGIN_MS + round(40.3 * MINUTE_MS)
    end_ms = start_ms + 25 * MINUTE_MS
    dark = 0
    for own in demands.values():
        assert len(own) == 120
        within = [
            demand for ts_ms, demand in own.items() if start_ms + MINUTE_MS <= ts_ms <= end_ms
        ]
        outside = [
            demand for ts_ms, demand in own.items() if not start_ms < ts_ms < end_ms + MINUTE_MS
        ]
        assert min(outside) > 245_000
        assert len(within) in (24, 25) and (max(within) == 0 or min(within) > 245_000)
        dark += max(within) == 0
    assert dark == 2 and len(demands) == 6
    # a link of its own: the homes' messages wait for the end of the loss, the supply's do not
    assert max(arrival_ms - said["ts"] for arrival_ms, said in supplies(records)) <= 2_100
    waited = [
        each.arrival_ms - each.said["ts"]
        for each in records
        if "ts" in each.said and ":supply" not in each.key
    ]
    assert max(waited) > 59 * MINUTE_MS


def test_what_hits_homes_is_no_label_of_a_supply_meter() -> None:
    """But for who writes to its partition, and its clock."""
    plan = replace(PLAN, misplaced_share=0.3)
    network = Network(
        seed=4,
        begin_ms=BEGIN_MS,
        link_losses=(LinkLoss(areas_share=1, after_minutes=30, minutes=60),),
        dead_writers=(DeadWriter(partitions=(0, 1, 2, 3), after_minutes=10, minutes=5),),
        skewed_meters_share=1,
    )
    (silent,) = faults({"kind": "meter_silent", "commodity": "supply", "count": 2, "minutes": 90})
    found = rows(network, plan, [*MEASURED_ONLY, *USED, silent])
    kinds = defaultdict(set)
    for row in found:
        kinds[row["meter_id"].endswith(":supply")].add(row["kind"])
    assert kinds[True] == {"writer_dead", "clock_error", "meter_silent"}
    assert kinds[False] > kinds[True] | {"link_loss", "misplaced", "feeder_outage"}

    quiet = {row["meter_id"] for row in rows(Network(seed=4, begin_ms=BEGIN_MS), PLAN, [silent])}
    read = readings(log(PLAN, faults=[silent], hours=4), "register")
    heard = {meter: len(own) for meter, own in read.items() if meter.endswith(":supply")}
    assert heard == {meter: 5 if meter in quiet else 8 for meter in heard} and len(quiet) == 2


def test_what_flows_back_is_taken_off_and_the_register_stands_still_meanwhile() -> None:
    plan = FleetPlan(
        *(150, 4), cadence="30m", place="51.38,-0.25,51.60,0.10", solar=1, supply_share=1, **EXACT
    )
    june_ms = BEGIN_MS + 135 * DAY_MS
    records = log(plan, hours=48, begin_ms=june_ms)
    registers, demands = readings(records, "register"), readings(records, "demand")
    back = 0
    for meter in (meter for meter in registers if meter.endswith(":supply")):
        register, demand = list(registers[meter].values()), list(demands[meter].values())
        net = np.cumsum([register[0], *(each / 2 for each in demand[1:])])
        assert np.abs(np.maximum.accumulate(net) - register).max() < 100
        assert np.diff(register).min() >= 0
        back += sum(each < 0 for each in demand)
    assert back > 10


def test_what_a_supply_meter_gains_does_not_depend_on_when_the_run_began() -> None:
    plan = replace(
        PLAN, cadence="1m", supply_gain_error=0.005, supply_noise=0.003, supply_wander=0.01
    )
    early = readings(log(plan, hours=4), "register")
    late = readings(log(plan, hours=1.5, begin_ms=BEGIN_MS + 95 * MINUTE_MS), "register")
    for meter in (meter for meter in late if meter.endswith(":supply")):
        (first, *rest) = late[meter].items()
        for ts_ms, register in rest:
            gain = early[meter][ts_ms] - early[meter][first[0]]
            # what is left of the wander's beginning after ten of its time constants
            assert register - first[1] == pytest.approx(gain, rel=1e-5, abs=2)


def test_a_part_of_the_partitions_has_the_same_supply() -> None:
    plan = replace(PLAN, cadence="1m", supply_share=0.7, supply_wander=0.01, supply_noise=0.003)
    whole = log(plan, faults=USED[:1], hours=2)
    part = log(plan, faults=USED[:1], hours=2, own=(1, 3))
    assert part == [each for each in whole if each.partition in (1, 3)]
    assert supplies(part)


def test_half_hours_between_them_add_up_to_the_same() -> None:
    """A supply meter that reads each minute has at the half-hours what one that reads then has."""
    slow = {said["meter_id"]: said for _, said in supplies(log(PLAN, hours=3.1))}
    registry = make_registry(replace(PLAN, cadence="1m"))
    registry = replace(registry, phase_ms=np.zeros_like(registry.phase_ms))
    fleet = with_supply(make_fleet(registry), PLAN, (), BEGIN_MS)
    meters = np.flatnonzero(registry.is_commodity("supply")).astype(np.int32)
    at_ms = np.array([said["ts"] for said in slow.values()])
    assert set(at_ms.tolist()) == {BEGIN_MS + 3 * HOUR_MS}
    batch = values(fleet, meters, np.full(len(meters), at_ms[0]))
    found = dict(zip(registry.meter_id[meters].astype(str), batch.register_m.tolist(), strict=True))
    assert found == {meter: round(1_000 * said["register"]) for meter, said in slow.items()}


def demands_w(plan: FleetPlan) -> Floats:
    """[half-hour, supply meter] of a day."""
    fleet = with_supply(make_fleet(make_registry(plan)), plan, (), BEGIN_MS)
    meters = np.flatnonzero(fleet.registry.is_commodity("supply")).astype(np.int32)
    times = BEGIN_MS + HALF_HOUR_MS * np.arange(48)
    day = [values(fleet, meters, np.full(len(meters), ts_ms)) for ts_ms in times.tolist()]
    return np.stack([metered(fleet, batch).demand_m for batch in day]) / 1_000


def test_supply_meters_are_wrong_as_asked() -> None:
    plan = FleetPlan(
        *(6_000, 4), cadence="30m", place="51.38,-0.25,51.60,0.10", supply_share=1, **EXACT
    )
    right = demands_w(plan)
    gain = demands_w(replace(plan, supply_gain_error=0.005)) / right - 1
    assert np.ptp(gain, axis=0).max() < 1e-6
    assert gain[0].std() == pytest.approx(0.005, rel=0.2) and abs(gain[0].mean()) < 0.0015
    noise = demands_w(replace(plan, supply_noise=0.003)) / right - 1
    assert noise.std() == pytest.approx(0.003, rel=0.05)
    assert abs(np.corrcoef(noise[1:].ravel(), noise[:-1].ravel())[0, 1]) < 0.05
    wander_w = demands_w(replace(plan, supply_wander=0.01)) - right
    share = wander_w / right.mean(axis=0)
    # a winter's day is above the mean load of the year
    assert share.std() == pytest.approx(0.009, rel=0.25)
    assert np.corrcoef(share[1:].ravel(), share[:-1].ravel())[0, 1] > 0.95


def test_the_wander_forgets_two_thirds_of_itself_in_a_day() -> None:
    registry = make_registry(FleetPlan(3_000, 4, cadence="30m", supply_share=1))
    meters = registry.take(registry.is_commodity("supply"))
    mean_mw = np.full(len(meters), 1e6)
    drawn = Errors(meters, 0, 0.01, mean_mw).from_half_hour(750_000)
    besides = np.stack([next(drawn)[1] for _ in range(48 * 60)]) / 1e6
    assert besides.std() == pytest.approx(0.01, rel=0.1)
    for days, left in ((1, np.exp(-1)), (2, np.exp(-2))):
        later = np.corrcoef(besides[48 * days :].ravel(), besides[: -48 * days].ravel())[0, 1]
        assert later == pytest.approx(left, abs=0.06)


def test_homes_meters_are_wrong_as_asked() -> None:
    plan = FleetPlan(2_000, 4, cadence="30m", commodity="mixed", solar=0.2)
    right, wrong = (
        readings(log(each, hours=1), "register") for each in (plan, replace(plan, gain_error=0.005))
    )
    registry = make_registry(plan)
    electric = dict(zip(registry.meter_id.astype(str), registry.commodity == 0, strict=True))
    shares = {}
    for meter, registers in right.items():
        (before, after), (wrong_before, wrong_after) = registers.values(), wrong[meter].values()
        shares[meter] = wrong_after / after - 1
        assert wrong_before / before - 1 == pytest.approx(shares[meter], abs=1e-6)
        assert bool(shares[meter]) == electric[meter]
    own = [share for meter, share in shares.items() if electric[meter] and ":" not in meter]
    assert np.std(own) == pytest.approx(0.005, rel=0.1) and abs(np.mean(own)) < 5e-4
    for meter, share in shares.items():
        if meter.endswith(":export"):
            assert share == pytest.approx(shares[meter.removesuffix(":export")], abs=1e-6)


def test_a_supply_meter_is_announced_with_its_feeder_and_what_that_is_rated_for() -> None:
    plan = replace(PLAN, commodity="mixed", misplaced_share=0.2, supply_share=0.6)
    records = log(plan, hours=24)
    told = {each.key: each.said["meter"] for each in records if "meter" in each.said}
    feeders = {entry["feeder"] for entry in told.values()}
    own = {meter: entry for meter, entry in told.items() if entry["commodity"] == "supply"}
    assert 0 < len(own) < len(feeders)
    for meter, entry in own.items():
        assert entry["feeder"] in feeders and meter == f"{entry['feeder']}:supply"
        assert not {"premises", "tariff"} & set(entry) and entry["cadence_ms"] == HALF_HOUR_MS
        assert (entry["solar_w"], entry["export"], entry["removed"]) == (0, False, False)
    read = readings(records, "demand")
    for meter, entry in own.items():
        largest_w = max(read[meter].values()) / 1_000
        assert 0.1 < largest_w / entry["capacity_w"] < 0.75
    others = [entry for meter, entry in told.items() if meter not in own]
    assert not any("capacity_w" in entry for entry in others)
    said = [each.said for each in records if each.key in own and "ts" in each.said]
    assert {each["commodity"] for each in said} == {"supply"}
    assert {each["voltage_v"] for each in said} == {None}


def test_the_homes_of_a_fleet_are_the_same_with_supply_meters() -> None:
    plan = replace(PLAN, commodity="mixed")
    homes = [each for each in log(plan, hours=6) if not each.key.endswith(":supply")]
    assert homes == log(replace(plan, supply_share=0), hours=6)
