"""`wattstream bench silences`: of whom people are told on a year of homes that were measured.

The homes of a file are announced and replayed as `wattstream replay lcl --announce` does it, but
into a recording alone. The oracle says what alerts come of it, with which `wattstream verify`
compares those of the jobs, and they are scored by the replay's labels, as `wattstream score` does.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Literal

import msgspec
import polars as pl
from rich.console import Console, Group
from rich.progress import Progress
from rich.table import Table

from contracts.alerts import Alert
from contracts.settings import PROJECT, Settings
from contracts.time import DAY_MS, HOUR_MS
from detection.score import show
from detection.score.inputs import read_truth, run_of
from detection.score.score import Score, last_versions, score
from infra.provenance import origin
from simulators.london.labels import NO_USE_MS, Spans, spans_of
from simulators.london.lcl import HALF_HOUR_MS, read_london
from simulators.london.replay import replay_london
from verification.oracle.expected import expect_alerts
from verification.oracle.log import read_log
from verification.rows import AlertKey, AlertVersion

LENGTHS = ((1, 1), (2, 2), (3, 3), (4, 11), (12, 47), (48, None))
"""Half-hours that a gap may lack, from and to: columns of the table."""


@dataclass(frozen=True, slots=True)
class Silence:
    """A span without readings of a home."""

    kind: Literal["gap", "stop"]
    meter_id: str
    start_ms: int
    """The last reading before it."""
    end_ms: int
    """The last half-hour that is missing."""
    alert: str | None = None
    """Of whoever told of it."""
    opened_at_ms: int | None = None
    cause: str | None = None
    """As that alert has it in the end."""

    @property
    def half_hours(self) -> int:
        """That are missing."""
        return (self.end_ms - self.start_ms) // HALF_HOUR_MS


@dataclass(frozen=True, slots=True)
class NoUse:
    """A span in which a home used nothing."""

    meter_id: str
    start_ms: int
    end_ms: int


@dataclass(frozen=True, slots=True)
class ZeroUse:
    """An alert of a home that uses nothing."""

    alert: str
    meter_id: str
    onset_ms: int
    opened_at_ms: int
    closed_at_ms: int | None
    reason: str | None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the file has, and what is told of it."""

    homes: int
    read_days: float
    """From each home's first reading to its last, added up."""
    silences: tuple[Silence, ...]
    no_use: tuple[NoUse, ...]
    zero_use: tuple[ZeroUse, ...]
    """Those that are told of."""
    of_nothing: tuple[str, ...]
    """Alerts of homes that were read then."""
    score: Score


def run(file: Path, console: Console) -> Outcome:
    """Replay a file, and say what comes of it.

    Raises:
        RequestError: the file is none of London's.
    """
    with TemporaryDirectory(prefix="wattstream-silences-") as folder:
        settings = Settings(namespace="silences", data_dir=Path(folder), readings_partitions=1)
        replay_london(settings, file, announce=True, send=False, console=console)
        log = read_log(settings)
        with Progress(console=console, transient=True) as progress:
            task = progress.add_task("what is told of it", total=log.records)
            versions = expect_alerts(log, settings, lambda rows: progress.advance(task, rows))
        truth = read_truth(run_of(settings, None), settings.on_time_ms)
    alerts = alerts_of(versions)
    readings = read_london(file).readings
    ends = readings.group_by("meter_id").agg(span=pl.col("ts").max() - pl.col("ts").min())
    spans = spans_of(readings)
    silences, of_nothing = told(spans, alerts)
    return Outcome(
        homes=ends.height,
        read_days=int((ends["span"] + HALF_HOUR_MS).sum()) / DAY_MS,
        silences=silences,
        no_use=tuple(NoUse(*each) for each in spans.no_use.iter_rows()),
        zero_use=tuple(
            ZeroUse(
                *(each.id, each.subject, each.onset_ms, each.opened_at_ms),
                *(each.closed_at_ms, each.reason),
            )
            for each in alerts
            if each.kind == "zero_use"
        ),
        of_nothing=of_nothing,
        score=score(truth, alerts, settings.on_time_ms),
    )


def alerts_of(versions: Mapping[AlertKey, AlertVersion]) -> list[Alert]:
    """The newest word of each alert, without its sentence."""
    return last_versions(_alert(*each) for each in versions.items())


def _alert(key: AlertKey, said: AlertVersion) -> Alert:
    an_id, version = key
    fields = said._asdict()
    del fields["other_fields"]
    rule, numbers = fields.pop("rule"), dict(fields.pop("numbers"))
    evidence = {"rule": rule, "text": "", "numbers": numbers}
    return msgspec.convert({"id": an_id, "version": version, "evidence": evidence, **fields}, Alert)


def told(spans: Spans, alerts: Iterable[Alert]) -> tuple[tuple[Silence, ...], tuple[str, ...]]:
    """All silences of the spans, by home and time, with the first alert of each; and the alerts of
    silent meters that are of none."""
    first: dict[tuple[str, int], Alert] = {}
    of_nothing: list[str] = []
    silences = [Silence("gap", *each) for each in spans.gaps.iter_rows()]
    silences += [Silence("stop", *each) for each in spans.stops.iter_rows()]
    for alert in sorted(alerts, key=lambda each: each.opened_at_ms):
        if alert.kind != "meter_silent":
            continue
        about = [each for each in silences if _is_about(alert, each)]
        if not about:
            of_nothing.append(alert.id)
        for each in about:
            first.setdefault((each.meter_id, each.start_ms), alert)
    return tuple(
        Silence(
            *(each.kind, each.meter_id, each.start_ms, each.end_ms),
            None if alert is None else alert.id,
            None if alert is None else alert.opened_at_ms,
            None if alert is None else alert.cause,
        )
        for each in sorted(silences, key=lambda each: (each.meter_id, each.start_ms))
        for alert in [first.get((each.meter_id, each.start_ms))]
    ), tuple(of_nothing)


def _is_about(alert: Alert, silence: Silence) -> bool:
    """Whether it was opened while the next reading was not there yet."""
    return (
        alert.subject == silence.meter_id
        and silence.start_ms < alert.opened_at_ms <= silence.end_ms + HALF_HOUR_MS
    )


def content(outcome: Outcome, file: Path, command: str) -> dict[str, object]:
    """The outcome as JSON has it."""
    return {
        **origin(command, PROJECT),
        "file": file.name,
        "homes": outcome.homes,
        "read_days": outcome.read_days,
        "silences": [asdict(each) | {"half_hours": each.half_hours} for each in outcome.silences],
        "no_use": [asdict(each) for each in outcome.no_use],
        "zero_use": [asdict(each) for each in outcome.zero_use],
        "of_nothing": list(outcome.of_nothing),
        "score": show.content(outcome.score),
    }


def tables(outcome: Outcome, most: int | None) -> Group:
    """The outcome on a terminal of 80 columns.

    Args:
        most: how long a list of the score may be; None is without end.
    """
    return Group(
        _silences(outcome), _no_use(outcome), _rate(outcome), show.tables(outcome.score, most)
    )


def _silences(outcome: Outcome) -> Table:
    title = f"Silences of {outcome.homes:,} homes, {outcome.read_days:,.0f} days of a home"
    table = _table(title, "half-hours that are missing", *map(_length, LENGTHS), "stops", "read")
    gaps = [each for each in outcome.silences if each.kind == "gap"]
    stops = [each for each in outcome.silences if each.kind == "stop"]
    groups = [[each for each in gaps if _within(each.half_hours, *of)] for of in LENGTHS]
    table.add_row("in the file", *(f"{len(each):,}" for each in (*groups, stops)), "")
    table.add_row("told of", *map(_told_of, (*groups, stops)), f"{len(outcome.of_nothing):,}")
    return table


def _no_use(outcome: Outcome) -> Table:
    hours = NO_USE_MS // HOUR_MS
    title = f"Nothing used for {hours} hours or more"
    table = _table(title, "home", "times", "longest", "in all", "told of")
    told_of = Counter(each.meter_id for each in outcome.zero_use)
    homes: dict[str, list[float]] = {}
    for each in outcome.no_use:
        homes.setdefault(each.meter_id, []).append((each.end_ms - each.start_ms) / HOUR_MS)
    for meter_id, lengths in homes.items():
        longest, whole = f"{max(lengths):,.1f} h", f"{sum(lengths) / 24:,.1f} d"
        told = f"{told_of[meter_id]:,}"
        table.add_row(meter_id, f"{len(lengths):,}", longest, whole, told)
    return table


def _rate(outcome: Outcome) -> str:
    rate = 1_000 * len(outcome.zero_use) / outcome.read_days
    return f"told of: {len(outcome.zero_use):,}, {rate:.2f} for 1,000 days of a home"


def _table(title: str, first: str, *numbers: str) -> Table:
    table = Table(title=title, box=None, padding=(0, 1, 0, 0), header_style="dim")
    table.add_column(first, no_wrap=True)
    for heading in numbers:
        table.add_column(heading, justify="right", no_wrap=True)
    return table


def _length(of: tuple[int, int | None]) -> str:
    least, most = of
    if most is None:
        return f"{least}-"
    return f"{least}" if least == most else f"{least}-{most}"


def _within(number: int, least: int, most: int | None) -> bool:
    return least <= number and (most is None or number <= most)


def _told_of(silences: Sequence[Silence]) -> str:
    return f"{sum(each.alert is not None for each in silences):,}"
