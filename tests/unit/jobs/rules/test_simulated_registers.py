"""A simulated fleet of which registers are held, reset and exchanged, and whose network loses, is
late and repeats: its hours as the contract tells them, the rules, and the score against the labels.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any

import polars as pl
from msgspec.structs import replace

from contracts.alerts import Alert
from contracts.facts import MeterHour
from contracts.time import HOUR_MS
from detection.score.figures import Share
from detection.score.fleet import fleet_of
from detection.score.pieces import truth_of
from detection.score.score import score
from jobs.rules import register_back, stuck_register
from simulators.demand.values import make_fleet, values
from simulators.faults.choice import resolve
from simulators.faults.kinds import AreaOutage, MeterExchange, RegisterReset, TheftTamper
from simulators.fleet.plan import FleetPlan, make_registry
from simulators.fleet.registry import save
from simulators.network.conditions import LinkLoss, Network
from simulators.run.labels import labels, write_labels
from tests.unit.jobs.rules.hours import told
from tests.unit.simulators.run.test_log import BEGIN_MS, PARTITIONS, log

HOURS, HOUR_S = 60, 3_600
END_MS = BEGIN_MS + HOURS * HOUR_MS
PLAN = FleetPlan(150, seed=7, cadence="30m", solar=0.2)
NETWORK = Network(
    seed=7,
    begin_ms=BEGIN_MS,
    late_share=0.002,
    late_max_s=1_800,
    lost_share=0.01,
    repeat_share=0.01,
    skewed_meters_share=0.03,
    skew_max_s=20,
    link_losses=(LinkLoss(areas_share=0.5, after_minutes=600, minutes=90),),
)
FAULTS = (
    TheftTamper(
        kind="theft_tamper", count=15, after_minutes=600, spread_minutes=1_200, minutes=1_440
    ),
    RegisterReset(kind="register_reset", count=8, after_minutes=300, spread_minutes=2_000),
    MeterExchange(
        kind="meter_exchange", count=8, after_minutes=300, spread_minutes=2_000, minutes=60
    ),
    AreaOutage(kind="area_outage", count=1, after_minutes=1_000, spread_minutes=2_000, minutes=100),
)


def hours_of(meter: str, words: Iterable[dict[str, Any]], cadence_ms: int) -> Iterator[MeterHour]:
    """All hours of a register meter by its words as they came, worked out anew for each: the chain
    of readings that were the latest once, which others had come by then, and when its device was
    installed, as the announcement before says."""
    chain: list[dict[str, Any]] = []
    came: dict[tuple[int, int], int] = {}
    over_ms = -1
    installed_ms: int | None = None
    for word in words:
        if "meter" in word:
            installed_ms = word["meter"]["installed_ms"]
            continue
        if (word["ts"], word["seq"]) in came:
            continue
        before_ms = _end(chain[-1]["ts"]) if chain else 0
        newer = not chain or word["ts"] > chain[-1]["ts"]
        if newer and chain and _end(word["ts"]) > before_ms > over_ms:
            over_ms = before_ms
            yield replace(_hour(meter, chain, came, cadence_ms), installed_ms=installed_ms)
        if newer:
            chain.append(word)
        came[word["ts"], word["seq"]] = len(chain)
        if chain[-1]["ts"] == _end(chain[-1]["ts"]) > over_ms:
            over_ms = chain[-1]["ts"]
            yield replace(_hour(meter, chain, came, cadence_ms), installed_ms=installed_ms)


def _end(ts: int) -> int:
    return -(-ts // HOUR_MS) * HOUR_MS


def _hour(
    meter: str, chain: list[dict[str, Any]], came: dict[tuple[int, int], int], cadence_ms: int
) -> MeterHour:
    end_ms = _end(chain[-1]["ts"])
    first = next(n for n, each in enumerate(chain) if _end(each["ts"]) == end_ms)
    steps = list(zip(chain[max(first - 1, 0) :], chain[max(first, 1) :], strict=False))
    falls = [to["ts"] for before, to in pairwise(chain) if to["register"] < before["register"]]
    held_h = [
        (to["demand"], min(to["ts"] - before["ts"], 2 * cadence_ms, HOUR_MS) / HOUR_MS)
        for before, to in steps
    ]
    return MeterHour(
        subject=meter,
        at_ms=end_ms,
        area="gcpuy",
        energy=round(sum(max(0, to["register"] - before["register"]) for before, to in steps), 3),
        by_demand=round(sum(demand * h for demand, h in held_h), 3) if held_h else None,
        readings=sum(_end(ts) == end_ms and links > first for (ts, _), links in came.items()),
        expected=sum(to["seq"] - before["seq"] for before, to in steps) + (first == 0),
        register=chain[-1]["register"],
        fell_ms=falls[-1] if falls else None,
        off_ms=None,
        installed_ms=None,
    )


def test_what_is_wrong_with_registers_is_told_and_nothing_else(tmp_path: Path) -> None:
    fleet = make_fleet(make_registry(PLAN))
    faults = resolve(
        FAULTS, fleet.registry, partial(values, fleet), seed=PLAN.seed, begin_ms=BEGIN_MS
    )
    wrong = labels(faults, NETWORK, fleet.registry, PLAN.seed, PARTITIONS)
    write_labels(wrong, END_MS, tmp_path / "labels.parquet")
    save(fleet.registry, tmp_path / "registry.parquet")
    homes = fleet_of(pl.read_parquet(tmp_path / "registry.parquet"), BEGIN_MS, END_MS)
    words = defaultdict(list)
    for record in log(PLAN, faults=FAULTS, network=NETWORK, hours=HOURS):
        if "ts" in record.said or "meter" in record.said:
            words[record.key].append(record.said)

    alerts: list[Alert] = []
    for meter, cadence_ms in homes.homes.select("meter_id", "cadence_ms").iter_rows():
        hours = list(hours_of(meter, words[meter], cadence_ms))
        assert len(hours) > HOURS - 5
        alerts += told(stuck_register.RULE, hours)
        alerts += told(register_back.RULE, hours)

    found = score(truth_of(pl.read_parquet(tmp_path / "labels.parquet"), homes), alerts, 3_000)
    assert found.false == ()
    rows = {row.kind: row for row in found.rows}
    stuck, back = rows["stuck_register"], rows["register_back"]
    assert (stuck.found, stuck.right) == (Share(15, 15), Share(15, 15))
    assert stuck.delay_s is not None
    assert stuck.delay_s.p50_s < 3 * HOUR_S
    # The registry knows of the exchanges.
    assert (back.found, back.right) == (Share(8, 8), Share(8, 8))
