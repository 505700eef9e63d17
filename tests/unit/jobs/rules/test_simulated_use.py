"""The scenario `odd-hours` by its meters' registers at full hours: what the model says of the last
two weeks, by the tables of the eight before and the thresholds that London's homes set; the rule,
and the score against the labels.
"""

from functools import partial
from pathlib import Path
from zlib import crc32

import numpy as np
import polars as pl

from contracts.alerts import Alert
from contracts.facts import ODD_SCORE, TURN_HOURS, JudgedHour
from contracts.hours import KEPT_HOURS, NOT_WHOLE
from contracts.models import UNUSUAL_USE
from contracts.settings import Settings
from contracts.time import HOUR_MS
from detection.score.figures import Share
from detection.score.fleet import fleet_of
from detection.score.pieces import truth_of
from detection.score.score import score
from detection.unusual.calendar import Calendar
from detection.unusual.hours import HOURS_A_DAY, Hours
from detection.unusual.judging import judged
from detection.unusual.model_files import Card, HeldOut, Model, save
from detection.unusual.tables import TRAINING_DAYS, fit
from detection.unusual.versions import PublishedModels, publish
from jobs.rules.unusual_use import RULE
from simulators.demand.values import make_fleet, values
from simulators.faults.choice import resolve
from simulators.faults.effects import apply
from simulators.fleet.plan import make_registry
from simulators.fleet.registry import save as save_registry
from simulators.run.labels import labels, write_labels
from simulators.run.scenario import load_scenario
from tests.unit.jobs.rules.hours import told

TAU = (2.7, 5.8, 5.4, 3.4, 4.2)
"""For 5 false alerts for 1,000 home-days on 60 of London's homes (docs/detection.md)."""
LEARNED_HOURS = TRAINING_DAYS * HOURS_A_DAY


def test_odd_hours_are_told(tmp_path: Path) -> None:
    scenario = load_scenario("odd-hours")
    fleet = make_fleet(make_registry(scenario.fleet))
    registry, begin_ms, end_ms = fleet.registry, scenario.begin_ms, scenario.end_ms
    faults = resolve(
        scenario.faults, registry, partial(values, fleet), seed=scenario.seed, begin_ms=begin_ms
    )
    wrong = labels(
        faults, scenario.network, registry, scenario.seed, Settings().readings_partitions
    )
    write_labels(wrong, end_ms, tmp_path / "labels.parquet")
    save_registry(registry, tmp_path / "registry.parquet")
    homes = fleet_of(pl.read_parquet(tmp_path / "registry.parquet"), begin_ms, end_ms)

    ends_ms = np.arange(begin_ms, end_ms + 1, HOUR_MS)
    rows = np.flatnonzero(registry.is_commodity("electricity") & ~registry.is_export)
    said = [
        apply(faults, values(fleet, np.full(len(ends_ms), row, dtype=np.int32), ends_ms))
        for row in rows
    ]
    energy_mwh = np.diff(np.stack([each.register_m for each in said]))
    meters = tuple(map(bytes.decode, registry.meter_id[rows].tolist()))
    hours = Hours(meters, begin_ms, energy_mwh, np.ones(energy_mwh.shape, dtype=np.bool_))
    valid_from_ms = begin_ms + LEARNED_HOURS * HOUR_MS
    card = Card((), begin_ms, valid_from_ms, 0, 0, 0, 5.0, 1, HeldOut(0, 0.0, 0.0, {}), None)
    tables = fit(hours.of_days(0, TRAINING_DAYS), Calendar())
    folder = tmp_path / UNUSUAL_USE
    publish(folder, save(folder, Model(tables, TAU, Calendar(), card)), valid_from_ms, 0)

    facts: dict[str, list[JudgedHour]] = {meter: [] for meter in meters}
    models = PublishedModels(folder)
    checksums = np.array([crc32(meter.encode()) for meter in meters])
    known = np.pad(energy_mwh, ((0, 0), (KEPT_HOURS, 0)), constant_values=NOT_WHOLE)
    for column in range(LEARNED_HOURS, energy_mwh.shape[1]):
        at_ms = int(ends_ms[column + 1])
        kept = known[:, column + 1 : column + 1 + KEPT_HOURS]
        found = judged(models, meters, np.full(len(meters), at_ms), kept)
        in_turn = (at_ms // HOUR_MS + checksums) % TURN_HOURS == 0
        for n in np.flatnonzero((found.highest > ODD_SCORE) | in_turn).tolist():
            facts[meters[n]].append(
                JudgedHour(
                    subject=meters[n],
                    at_ms=at_ms,
                    area="gcpuy",
                    score=found.said.score[n],
                    channel=found.channels[n],
                    used_wh=found.said.used_wh[n],
                    usual_wh=found.said.usual_wh[n],
                    model=found.said.version[n],
                )
            )
    alerts: list[Alert] = [alert for each in facts.values() for alert in told(RULE, each)]

    labelled = pl.read_parquet(tmp_path / "labels.parquet")
    result = score(truth_of(labelled, homes), alerts, 3_000)
    (row,) = (row for row in result.rows if row.kind == "unusual_use")
    assert (row.found, row.right, row.duplicates) == (Share(162, 240), Share(162, 177), 7)
    # What the watch job hears of homes that live as usual.
    usual = set(meters) - set(labelled["meter_id"].to_list())
    told_of = sum(len(facts[meter]) for meter in usual)
    judged_hours = len(usual) * (energy_mwh.shape[1] - LEARNED_HOURS)
    assert (told_of, judged_hours) == (10_716, 255_360)
