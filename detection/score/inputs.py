"""Reads what is scored: labels, registry and recordings of a run, and its alerts."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec
import numpy as np
import numpy.typing as npt
import polars as pl
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from adapters.alert_feed import kept_alerts
from contracts.alerts import Alert
from contracts.labels import SCHEMA
from contracts.settings import Settings
from detection.score.errors import ScoreError
from detection.score.fleet import COLUMNS, fleet_of
from detection.score.pieces import Truth, truth_of

Ints = npt.NDArray[np.int64]

_SUFFIX = "-labels.parquet"
_TS = r'"ts":\s*(?P<ts>\d{1,18})'


@dataclass(frozen=True, slots=True)
class Run:
    """A simulated run by its name, with its files."""

    name: str
    labels: Path
    registry: Path
    recordings: tuple[Path, ...]


def run_of(settings: Settings, labels: Path | None) -> Run:
    """The run that has these labels, or the newest of the namespace.

    Its recordings are beside the labels, its registry is with the namespace's fleets.

    Raises:
        ScoreError: there is none, or a file of it is not there.
    """
    path = _newest_labels(settings) if labels is None else labels
    if not path.exists():
        raise ScoreError(f"--labels is {path}: there is no such file")
    if not path.name.endswith(_SUFFIX):
        raise ScoreError(f"--labels is {path}: give the file of a run, <run>{_SUFFIX}")
    name = path.name.removesuffix(_SUFFIX)
    registry = settings.fleets_dir / f"{name}.parquet"
    if not registry.exists():
        raise ScoreError(
            f"the run {name} has no registry {registry}: give the namespace that it went to with "
            "--namespace"
        )
    recordings = sorted(
        each for each in path.parent.glob(f"{name}-*.parquet") if not each.name.endswith(_SUFFIX)
    )
    if not recordings:
        raise ScoreError(
            f"the run {name} has no recording in {path.parent}, which says when it began and "
            "ended: simulate it without --no-record"
        )
    return Run(name, path, registry, tuple(recordings))


def _newest_labels(settings: Settings) -> Path:
    folder = settings.recordings_dir
    found = sorted(folder.glob(f"*{_SUFFIX}"))
    if not found:
        raise ScoreError(
            f"no labels in {folder}: simulate a scenario first, or give the namespace it went to "
            "with --namespace (WATTSTREAM_NAMESPACE)"
        )
    # Their names begin with the time at which they were simulated.
    return found[-1]


def read_truth(run: Run, on_time_ms: int) -> Truth:
    """What was wrong in a run.

    Args:
        on_time_ms: readings that took no longer say when the run was.

    Raises:
        ScoreError: a file is not what it should be, or of another run.
    """
    labels = _read(run.labels, SCHEMA.names, "labels")
    registry = _read(run.registry, COLUMNS, "a registry")
    strange = labels.join(registry, on="meter_id", how="anti")
    if strange.height:
        raise ScoreError(
            f"{run.labels} has the meter {strange['meter_id'][0]}, which is not in "
            f"{run.registry}: give labels and namespace of the same run"
        )
    fleet = fleet_of(registry, *_span(run.recordings, on_time_ms))
    if not fleet.homes.height:
        raise ScoreError(f"{run.registry} has no home with electricity: nothing can be told of it")
    return truth_of(labels, fleet)


def _read(path: Path, columns: Sequence[str], what: str) -> pl.DataFrame:
    try:
        known = pq.read_schema(path).names
    except (OSError, ValueError) as error:
        raise ScoreError(f"{path} is not a readable Parquet file: {error}") from error
    if missing := [name for name in columns if name not in known]:
        raise ScoreError(f"{path} has no column {missing[0]}: it does not hold {what}")
    return pl.read_parquet(path, columns=list(columns))


def _span(recordings: Sequence[Path], on_time_ms: int) -> tuple[int, int]:
    """Times of the first and the last reading that came on time; of a network on which none does,
    of the half that came the soonest.

    Others may say the time of a wrong clock, and heartbeats that let time pass come after the last
    reading.
    """
    bounds = _bounds(recordings, on_time_ms)
    if not bounds:
        usual_ms = np.concatenate([late_ms for _, late_ms in _lateness(recordings)])
        bounds = _bounds(recordings, float(np.median(usual_ms))) if len(usual_ms) else []
    begin_ms, end_ms = min(bounds, default=0), max(bounds, default=0)
    if begin_ms == end_ms:
        raise ScoreError(
            f"{recordings[0]} has no two readings: it does not say when the run was; give --labels "
            "of another run"
        )
    return begin_ms, end_ms


def _bounds(recordings: Sequence[Path], most_ms: float) -> list[int]:
    """Times of readings of which the first and the last one that came within so long are some."""
    bounds: list[int] = []
    for ts_ms, late_ms in _lateness(recordings):
        soon = ts_ms[late_ms <= most_ms]
        if len(soon):
            bounds += [int(soon.min()), int(soon.max())]
    return bounds


def _lateness(recordings: Sequence[Path]) -> Iterator[tuple[Ints, Ints]]:
    """Times of readings, and how long after them each came, without those that came before."""
    for path in recordings:
        for batch in pq.ParquetFile(path).iter_batches(columns=["arrival_ms", "value"]):
            # Not every message is text.
            said = pc.struct_field(pc.extract_regex(batch["value"], _TS), "ts")
            ts = pc.cast(pc.cast(said, pa.string()), pa.int64())
            late = pc.subtract(batch["arrival_ms"], ts)
            there = pc.fill_null(pc.greater_equal(late, 0), fill_value=False)
            yield pc.filter(ts, there).to_numpy(), pc.filter(late, there).to_numpy()


def read_alerts(settings: Settings, file: Path | None) -> list[Alert]:
    """All versions of all alerts of a file with JSON lines, or of the topic of alerts.

    Raises:
        ScoreError: there is no such file, or something in it is no alert.
        OperationError: there is no such topic, or something in it is no alert.
        confluent_kafka.KafkaException: the broker does not answer.
    """
    if file is None:
        return list(kept_alerts(settings))
    try:
        lines = file.read_bytes().splitlines()
    except OSError as error:
        raise ScoreError(f"--alerts is {file}: {error.strerror}") from error
    return list(_decoded(lines, file))


def _decoded(lines: Iterable[bytes], file: Path) -> Iterator[Alert]:
    decoder = msgspec.json.Decoder(Alert)
    for number, line in enumerate(lines, 1):
        if line.strip():
            try:
                yield decoder.decode(line)
            except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
                raise ScoreError(f"{file} line {number} is no alert: {error}") from error
