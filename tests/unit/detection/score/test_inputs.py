"""What a score is read from, and what is said if it is not there."""

from collections.abc import Iterable, Sequence
from pathlib import Path

import msgspec
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from contracts import labels as contract
from contracts.recording import SCHEMA
from contracts.settings import Settings
from detection.score.errors import ScoreError
from detection.score.inputs import read_alerts, read_truth, run_of
from tests.unit.detection.score.handmade import EVERY_5_S, labels, ms, outage, registry

RUN = "20260105T180000000000Z-outages"

Recorded = tuple[float, bytes | None]
"""Arrival in seconds of the run, and value."""


def reading(ts_s: float, ahead_s: float = 0) -> bytes:
    """As the simulator writes it: numbers are padded with blanks."""
    return b'{"meter_id": "fast-0", "ts":%16d, "seq": 1}' % ms(ts_s + ahead_s)


SENT: tuple[Recorded, ...] = (
    (-1.0, b'{"meter": {"meter_id": "fast-0"}}'),
    (0.5, reading(0)),
    (2.0, b"\xff{"),
    (3.0, None),
    # A clock that is ahead, and one that is behind.
    (7_199.0, reading(7_199, 15)),
    (7_200.0, reading(7_199, -60)),
    (7_198.0, reading(7_195)),
    # Late, and what closes the windows.
    (9_000.0, reading(7_000)),
    (9_100.0, b'{"heartbeat": true}'),
)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(namespace="scored", data_dir=tmp_path)


def write(
    settings: Settings,
    told: pl.DataFrame | None = None,
    fleet: pl.DataFrame | None = None,
    sent: Sequence[Recorded] = SENT,
    run: str = RUN,
) -> Path:
    """The files of a run; returns that of its labels."""
    for folder in (settings.recordings_dir, settings.fleets_dir):
        folder.mkdir(parents=True, exist_ok=True)
    path = settings.recordings_dir / f"{run}-labels.parquet"
    told = labels([("feeder_outage", EVERY_5_S, 600, 900)]) if told is None else told
    pq.write_table(told.to_arrow().cast(contract.SCHEMA), path)
    (registry() if fleet is None else fleet).write_parquet(settings.fleets_dir / f"{run}.parquet")
    pq.write_table(recording(sent), settings.recordings_dir / f"{run}-0.parquet")
    return path


def recording(sent: Iterable[Recorded]) -> pa.Table:
    rows = [
        {"partition": 0, "offset": offset, "arrival_ms": ms(at_s), "key": b"k", "value": value}
        for offset, (at_s, value) in enumerate(sent)
    ]
    return pa.Table.from_pylist(rows, SCHEMA)


def test_a_run_is_as_long_as_its_readings_on_time(settings: Settings) -> None:
    write(settings)

    wrong = read_truth(run_of(settings, None), on_time_ms=3_000)

    assert (wrong.fleet.begin_ms, wrong.fleet.end_ms) == (ms(0), ms(7_195))
    assert wrong.fleet.homes.height == 16
    assert [piece.homes for piece in wrong.pieces("outage")] == [frozenset(EVERY_5_S)]


def test_where_all_readings_are_late_a_run_is_as_long_as_those_that_came_soonest(
    settings: Settings,
) -> None:
    soon = [(60.5, reading(0)), (7_255.0, reading(7_195)), (7_200.0, reading(7_139))]
    write(settings, sent=[*soon, (7_300.0, reading(7_230, -60)), (9_000.0, reading(7_000))])

    wrong = read_truth(run_of(settings, None), on_time_ms=3_000)

    assert (wrong.fleet.begin_ms, wrong.fleet.end_ms) == (ms(0), ms(7_195))


def test_the_newest_run_is_scored_unless_another_is_named(settings: Settings) -> None:
    older = write(settings, run="20250105T180000000000Z-storm")
    write(settings)

    assert run_of(settings, None).name == RUN
    assert run_of(settings, older).name == "20250105T180000000000Z-storm"
    assert [path.name for path in run_of(settings, older).recordings] == [
        "20250105T180000000000Z-storm-0.parquet"
    ]


def test_homes_are_behind_the_feeder_that_the_registry_announces(settings: Settings) -> None:
    announced = (
        pl.when(pl.col("meter_id") == "fast-9").then(pl.lit("s")).otherwise("announced_feeder")
    )
    write(settings, fleet=registry().with_columns(announced_feeder=announced))

    wrong = read_truth(run_of(settings, None), on_time_ms=3_000)

    assert {(piece.subject, len(piece.homes)) for piece in wrong.pieces("outage")} == {
        ("f", 9),
        ("s", 1),
    }


def test_what_is_not_there_is_named(settings: Settings, tmp_path: Path) -> None:
    with pytest.raises(ScoreError, match=r"no labels in .*recordings/scored: simulate"):
        run_of(settings, None)
    with pytest.raises(ScoreError, match=r"--labels is .*none\.parquet: there is no such file"):
        run_of(settings, tmp_path / "none.parquet")
    path = write(settings)
    (settings.recordings_dir / f"{RUN}-0.parquet").unlink()
    with pytest.raises(
        ScoreError, match=r"has no recording in .*: simulate it without --no-record"
    ):
        run_of(settings, path)
    with pytest.raises(ScoreError, match=r"has no registry .*: give the namespace"):
        run_of(Settings(namespace="other", data_dir=tmp_path), path)
    other = path.rename(tmp_path / "other.parquet")
    with pytest.raises(ScoreError, match=r"give the file of a run, <run>-labels\.parquet"):
        run_of(settings, other)


def test_files_of_another_kind_are_refused(settings: Settings) -> None:
    path = write(settings, told=labels([("feeder_outage", ["stranger"], 600, 900)]))
    with pytest.raises(ScoreError, match=r"has the meter stranger, which is not in .*"):
        read_truth(run_of(settings, None), 3_000)
    write(settings, fleet=registry().drop("cadence_ms"))
    with pytest.raises(ScoreError, match="has no column cadence_ms: it does not hold a registry"):
        read_truth(run_of(settings, None), 3_000)
    write(settings, fleet=registry().filter(pl.col("is_export")), told=labels([]))
    with pytest.raises(ScoreError, match="has no home with electricity"):
        read_truth(run_of(settings, None), 3_000)
    write(settings, sent=SENT[:2])
    with pytest.raises(ScoreError, match="has no two readings: it does not say when the run was"):
        read_truth(run_of(settings, None), 3_000)
    path.write_bytes(b"no parquet")
    with pytest.raises(ScoreError, match="is not a readable Parquet file"):
        read_truth(run_of(settings, None), 3_000)


def test_alerts_are_lines_of_json(settings: Settings, tmp_path: Path) -> None:
    alerts = [outage("f", 610, 960, "power", EVERY_5_S), outage("s", 700, None)]
    file = tmp_path / "alerts.jsonl"
    file.write_bytes(b"\n".join(map(msgspec.json.encode, alerts)) + b"\n\n")

    assert read_alerts(settings, file) == alerts

    file.write_bytes(b"")
    assert read_alerts(settings, file) == []


@pytest.mark.parametrize(
    ("line", "words"),
    [
        (b"no json", "JSON is malformed"),
        (b"{}", "missing required field `id`"),
        (b'{"id": "\xff"}', "is no alert"),
        (b'{"since": ' + b"[" * 1_000, "is no alert"),
    ],
)
def test_a_line_that_is_no_alert_is_named(
    settings: Settings, tmp_path: Path, line: bytes, words: str
) -> None:
    file = tmp_path / "alerts.jsonl"
    file.write_bytes(msgspec.json.encode(outage("s", 700, None)) + b"\n" + line)

    with pytest.raises(ScoreError, match=r"alerts\.jsonl line 2 is no alert: .*"):
        read_alerts(settings, file)
    with pytest.raises(ScoreError, match=words):
        read_alerts(settings, file)


def test_a_file_of_alerts_that_is_not_there_is_named(settings: Settings, tmp_path: Path) -> None:
    with pytest.raises(ScoreError, match=r"--alerts is .*none: No such file"):
        read_alerts(settings, tmp_path / "none")
