"""The batch and the oracle, which share nothing, come to the same rows of history."""

import json
from pathlib import Path
from random import Random
from typing import Any

import polars as pl
import pytest
from pyflink.table import EnvironmentSettings

from contracts.figures import FIGURE_NAMES
from contracts.settings import Settings
from contracts.time import MINUTE_MS
from jobs.build import prepare
from jobs.statements import parameters
from tests.sql.cluster import Cluster
from tests.sql.test_cases import given
from verification.oracle.count import READINGS
from verification.oracle.history import groups_of, rows_of
from verification.oracle.words import meters_of, words_of

VIEWS = ("words", "kept_words", "said_readings", "history_rows", "minutes", "periods")
MADE = ("start", "meter_id", "commodity", "corrected_at", "geohash", *FIGURE_NAMES)
KEY = 5
"""How many of them, and the kind of row before them, tell rows apart."""
BEGIN_MS = 1_699_999_140_000
"""A minute before a period's end."""
AFTER_ALL_MS = 2**61

JUDGED = """
    CREATE TABLE judged_readings (
        meter_id STRING, geohash STRING, commodity STRING, ts BIGINT, seq BIGINT, register BIGINT,
        known_demand BIGINT, energy BIGINT, revision BIGINT, quality STRING, arrival_ms BIGINT,
        kafka_offset BIGINT, verdict STRING
    ) WITH ('connector' = 'filesystem', 'path' = 'file://{folder}', 'format' = 'json')
"""


def words(random: Random, count: int, settings: Settings) -> list[dict[str, Any]]:
    """Readings of few meters at few instants, so that most are said more than once."""
    said = []
    for offset in range(count):
        ts = BEGIN_MS + random.choice([0, 1, 59_999, 60_000, 64_999, 65_000, 70_000, 120_000])
        lateness_ms = random.choice(
            [-500, 0, 2_400, 2_401, 4_999, 5_000, 30_000, 60_000, 61_001, 300_000]
        )
        said.append(
            {
                "meter_id": f"m{random.randrange(count // 25)}",
                "commodity": random.choice(["gas", "gas", "water"]),
                "geohash": random.choice(["gcpuy1", "gcpuv2"]),
                "ts": ts,
                "seq": random.choice([0, 1, 2, 3, 5, 70, 65_500, 65_535, 65_536, 2**32 - 1]),
                "register": random.choice([0, 1_000, 2_000, 5_000]),
                "known_demand": random.choice([None, 1_000, 2_000, -500]),
                "energy": random.choice([None, None, 0, 10_000, -3_000]),
                "revision": random.choice([0, 0, 0, 0, 1, 2]),
                "quality": random.choice([None, "measured", "final", "estimated"]),
                "arrival_ms": ts + lateness_ms,
                "kafka_partition": 0,
                "kafka_offset": offset,
                "late": lateness_ms > settings.on_time_limit_ms,
            }
        )
    return said


def by_oracle(said: list[dict[str, Any]], settings: Settings) -> list[tuple[Any, ...]]:
    readings = pl.DataFrame(
        [{name: each.get(name) for name in READINGS} for each in said], READINGS
    )
    meters = meters_of(readings, [])
    groups = groups_of(words_of(readings, [], meters, settings.slice_ms), settings)
    lengths = {"minute": MINUTE_MS, "period": settings.period_ms}
    return [
        row
        for kind, length_ms in lengths.items()
        for row in rows_of(groups, settings, AFTER_ALL_MS, length_ms)
        .join(meters, on="meter")
        .select(pl.lit(kind), *MADE)
        .iter_rows()
    ]


def by_batch(
    said: list[dict[str, Any]], settings: Settings, folder: Path, running: Cluster
) -> list[tuple[Any, ...]]:
    verdicts = ({**each, "verdict": "late" if each["late"] else "on_time"} for each in said)
    (folder / "rows.json").write_text("\n".join(map(json.dumps, verdicts)))
    table_env = running.environment(EnvironmentSettings.in_batch_mode())
    table_env.execute_sql(JUDGED.format(folder=folder))
    prepare(
        table_env,
        [f"views/batch_{name}" for name in VIEWS],
        parameters(settings, "recompute", given(folder)),
    )
    rest = ", ".join(name for name in MADE if name != "start")
    queries = (f"SELECT '{kind}', {kind}_ms, {rest} FROM {kind}s" for kind in ("minute", "period"))
    with table_env.execute_sql(" UNION ALL ".join(queries)).collect() as rows:
        return [tuple(row) for row in rows]


@pytest.mark.parametrize("seed", [1])
def test_batch_and_oracle_make_the_same_rows_of_any_words(
    seed: int, tmp_path: Path, running: Cluster
) -> None:
    settings = Settings()
    said = words(Random(seed), 3_000, settings)

    expected = sorted(by_oracle(said, settings), key=key_of)

    assert len(expected) > 1_000
    assert sorted(by_batch(said, settings, tmp_path, running), key=key_of) == expected


def key_of(row: tuple[Any, ...]) -> tuple[Any, ...]:
    return row[:KEY]
