"""A simulated fleet of which feeders lose power or their link, over a network that loses, repeats
and is late, with last gasps and supply meters: facts by the oracle, the rules, and the score
against the labels."""

from collections import defaultdict
from functools import partial
from pathlib import Path

import msgspec
import orjson
import polars as pl

from contracts.alerts import Alert, Cause
from contracts.facts import FeederSlice, Missed, Returned
from contracts.reading import HEARTBEAT
from contracts.settings import Settings
from contracts.time import HOUR_MS
from detection.score.figures import Share
from detection.score.fleet import fleet_of
from detection.score.pieces import truth_of
from detection.score.score import score
from jobs.fold import fold
from jobs.rules.all import read
from simulators.demand.values import make_fleet, values
from simulators.faults.choice import resolve
from simulators.faults.kinds import FeederOutage
from simulators.fleet.plan import FleetPlan, make_registry
from simulators.fleet.registry import save
from simulators.network.conditions import LinkLoss, Network
from simulators.run.labels import labels, write_labels
from tests.support.log import Sent, record
from tests.unit.simulators.run.test_log import BEGIN_MS, PARTITIONS, log
from verification.oracle.expected import expect
from verification.oracle.log import read_log
from verification.rows import FactKey, FeederFact

FROM_MS = BEGIN_MS + 18 * HOUR_MS
UNTIL_MS = FROM_MS + HOUR_MS
PLAN = FleetPlan(800, seed=11, cadence="1m", gasp_share=0.8, supply_share=1.0)
NETWORK = Network(
    seed=11,
    begin_ms=FROM_MS,
    delay="lognormal",
    delay_typical_ms=700,
    late_share=0.002,
    late_max_s=1_800,
    lost_share=0.001,
    repeat_share=0.01,
    skewed_meters_share=0.03,
    skew_max_s=20,
    link_losses=(LinkLoss(areas_share=0.4, after_minutes=15, spread_minutes=18, minutes=12),),
)
FAULTS = (
    FeederOutage(kind="feeder_outage", count=6, after_minutes=12, spread_minutes=18, minutes=12),
)


def facts(settings: Settings) -> dict[FactKey, FeederFact]:
    """What the oracle makes of the run's log."""
    sent: dict[int, list[Sent]] = defaultdict(list)
    for each in log(PLAN, faults=FAULTS, network=NETWORK, hours=1, begin_ms=FROM_MS):
        sent[each.partition].append((each.arrival_ms, orjson.dumps(each.said)))
    last_ms = max(arrival_ms for of in sent.values() for arrival_ms, _ in of)
    for partition in range(PARTITIONS):
        beats: list[Sent] = [(at_ms, HEARTBEAT) for at_ms in range(FROM_MS, UNTIL_MS, 1_000)]
        in_order = sorted([*sent[partition], *beats], key=lambda each: each[0])
        record(settings, partition, [*in_order, (last_ms + 60_000, HEARTBEAT)])
    return expect(read_log(settings), settings, lambda _: None).facts


def told(facts: dict[FactKey, FeederFact]) -> list[Alert]:
    """The versions of alerts that the rules make of them."""
    rules, kept = read(), dict[str, bytes | None]()
    alerts: list[Alert] = []
    for (feeder, at_ms), fact in sorted(facts.items()):
        known = fact._asdict() | {
            "missed": tuple(Missed(*each) for each in fact.missed),
            "returned": tuple(Returned(*each) for each in fact.returned),
        }
        del known["other_fields"]
        said = FeederSlice(subject=feeder, at_ms=at_ms, **known)
        kept[feeder], more = fold(kept.get(feeder), msgspec.json.encode(said), rules)
        alerts += more
    return alerts


def test_why_feeders_are_dark_is_told_of_all(tmp_path: Path) -> None:
    fleet = make_fleet(make_registry(PLAN))
    faults = resolve(
        FAULTS, fleet.registry, partial(values, fleet), seed=PLAN.seed, begin_ms=FROM_MS
    )
    wrong = labels(faults, NETWORK, fleet.registry, PLAN.seed, PARTITIONS)
    write_labels(wrong, UNTIL_MS, tmp_path / "labels.parquet")
    save(fleet.registry, tmp_path / "registry.parquet")
    homes = fleet_of(pl.read_parquet(tmp_path / "registry.parquet"), FROM_MS, UNTIL_MS)
    settings = Settings(
        data_dir=tmp_path,
        readings_partitions=PARTITIONS,
        _env_file=None,  # type: ignore[call-arg]
    )
    alerts = told(facts(settings))

    found = score(truth_of(pl.read_parquet(tmp_path / "labels.parquet"), homes), alerts, 3_000)
    rows = {row.kind: row for row in found.rows}
    assert found.false == ()
    assert (rows["outage"].found, rows["link_loss"].found) == (Share(6, 6), Share(3, 3))
    assert found.causes_told == Share(9, 9)
    # Those without power said so in time; the supply is known a reading later.
    assert found.causes_told_first == Share(6, 9)
    causes = defaultdict[str, list[Cause]](list)
    for alert in alerts:
        if alert.kind == "outage" and alert.cause not in causes[alert.id]:
            causes[alert.id].append(alert.cause)
    assert sorted(causes.values()) == [["power"]] * 6 + [["unknown", "communication"]] * 3
