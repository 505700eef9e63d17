"""A utility of 60 days: a small archive of the scenario `odd-hours`, from which a model is made
with London's thresholds, and what that says of the ten days after."""

import tomllib
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from numpy.typing import NDArray
from typer.testing import CliRunner

from adapters.archive.merge import FILE_COLUMNS
from contracts.hours import KEPT_HOURS, NOT_WHOLE
from contracts.models import UNUSUAL_USE
from contracts.settings import Settings
from contracts.time import DAY_MS, HOUR_MS
from detection.errors import DataError
from detection.unusual.calibration import alerts
from detection.unusual.judging import judged
from detection.unusual.scoring import UNUSUAL
from detection.unusual.versions import PublishedModels
from simulators.demand.values import make_fleet, values
from simulators.faults.choice import resolve
from simulators.faults.effects import apply
from simulators.fleet.plan import make_registry
from simulators.run.labels import labels, write_labels
from simulators.run.scenario import SCENARIOS, Scenario, load_scenario
from wattstream.commands.model import app

DAYS, LEARNED_DAYS, HOMES = 70, 60, 60
HALF_HOURS = 48
VALID_FROM = "2013-03-08T01:00"
"""An hour after the last that is archived."""


def odd_hours() -> Scenario:
    """A small one, whose unusual use begins after 60 days."""
    said = tomllib.loads((SCENARIOS / "odd-hours.toml").read_text())
    fewer = {"count": 4, "after_minutes": LEARNED_DAYS * 1_440}
    faults = [
        each | fewer | ({"days": 6} if "days" in each else {"spread_minutes": 8_000})
        for each in said["faults"]
    ]
    return load_scenario("odd-hours", {"fleet": {"meters": HOMES}, "faults": faults})


def archive(
    settings: Settings, meters: tuple[str, ...], begin_ms: int, register_m: NDArray[np.int64]
) -> None:
    """Registers of each half-hour, as the cold job writes them."""
    for day in range(LEARNED_DAYS + 1):
        first = day * HALF_HOURS
        numbers = np.arange(first, min(first + HALF_HOURS, LEARNED_DAYS * HALF_HOURS + 1))
        count = len(meters) * len(numbers)
        columns = {
            "meter_id": np.repeat(meters, len(numbers)),
            "geohash": ["gcpuyj"] * count,
            "commodity": ["electricity"] * count,
            "ts": np.tile(begin_ms + numbers * HOUR_MS // 2, len(meters)),
            "seq": np.tile(numbers, len(meters)),
            "register": register_m[:, numbers].ravel() / 1_000,
            "revision": [0] * count,
            "late": [False] * count,
            "arrival_ms": [0] * count,
            "kafka_partition": [0] * count,
            "kafka_offset": range(count),
        }
        rows = pl.DataFrame(columns).with_columns(
            pl.lit(None).alias(name) for name in FILE_COLUMNS.names if name not in columns
        )
        name = f"event_date={datetime.fromtimestamp(begin_ms / 1_000 + day * 86_400, UTC):%Y-%m-%d}"
        (settings.archive_dir / name).mkdir(parents=True)
        table = rows.select(FILE_COLUMNS.names).to_arrow().cast(FILE_COLUMNS)
        pq.write_table(pa.table(table), settings.archive_dir / name / "part-0")


def test_a_model_of_an_archive_of_60_days(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WATTSTREAM_DATA_DIR", str(tmp_path))
    scenario = odd_hours()
    fleet = make_fleet(make_registry(scenario.fleet))
    registry, begin_ms = fleet.registry, scenario.begin_ms
    faults = resolve(
        scenario.faults, registry, partial(values, fleet), seed=scenario.seed, begin_ms=begin_ms
    )
    wrong = labels(faults, scenario.network, registry, scenario.seed, 1)
    write_labels(wrong, scenario.end_ms, tmp_path / "labels.parquet")
    rows = np.flatnonzero(registry.is_commodity("electricity") & ~registry.is_export)
    meters = tuple(map(bytes.decode, registry.meter_id[rows].tolist()))
    times = begin_ms + np.arange(DAYS * HALF_HOURS + 1) * HOUR_MS // 2
    register_m = np.stack(
        [
            apply(faults, values(fleet, np.full(len(times), row, dtype=np.int32), times)).register_m
            for row in rows
        ]
    )
    settings = Settings()
    order = np.argsort(meters)
    archive(settings, tuple(np.array(meters)[order].tolist()), begin_ms, register_m[order])

    run = partial(CliRunner().invoke, app, catch_exceptions=False)
    with pytest.raises(DataError, match=r"the data has 60 days: .* are 97: give more, or take"):
        run(["train"])
    told = run(["train", "--thresholds", "london"]).output
    version = told.partition(":")[0]
    assert f"{len(meters)} meters, {len(meters)} by their own hours" in told
    assert run(["publish", version, "--valid-from", VALID_FROM]).exit_code == 0

    energy_mwh = np.diff(register_m[:, ::2])
    known = np.pad(energy_mwh, ((0, 0), (KEPT_HOURS, 0)), constant_values=NOT_WHOLE)
    models = PublishedModels(settings.models_dir / UNUSUAL_USE)
    scores = np.full(energy_mwh.shape, np.nan)
    for hour in range(LEARNED_DAYS * 24, DAYS * 24):
        ends_ms = np.full(len(meters), begin_ms + (hour + 1) * HOUR_MS)
        found = judged(models, meters, ends_ms, known[:, hour + 1 : hour + 1 + KEPT_HOURS])
        scores[:, hour] = found.said.score
    assert np.isnan(scores[:, LEARNED_DAYS * 24]).all()
    assert not np.isnan(scores[:, LEARNED_DAYS * 24 + 1 :]).any()

    labelled = pl.read_parquet(tmp_path / "labels.parquet").filter(
        pl.col("kind").is_in(["unusual_use", "high_use"])
    )
    found_spans = 0
    for meter, start_ms, end_ms in labelled.select("meter_id", "start_ms", "end_ms").iter_rows():
        first, last = ((ms - begin_ms) // HOUR_MS for ms in (start_ms, end_ms))
        found_spans += bool((scores[meters.index(meter), first : last + 1] > UNUSUAL).any())
    usual = [n for n, meter in enumerate(meters) if meter not in set(labelled["meter_id"])]
    assert labelled.height == 24
    assert min(labelled["start_ms"].to_list()) >= begin_ms + LEARNED_DAYS * DAY_MS
    assert (found_spans, alerts(scores[usual], UNUSUAL)) == (13, 0)
