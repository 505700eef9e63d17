"""`wattstream bench latency`: how old what a reader sees is, by load, on-time bound and slice."""

import time
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Callable, Container, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from itertools import product

import numpy as np
from rich.console import Console
from rich.table import Table

from benchmarks.errors import BenchmarkError
from benchmarks.exclusive import alone
from benchmarks.live_fleet import live
from benchmarks.probe import Probe, Seen, Sent
from contracts.settings import PROJECT, Settings
from contracts.time import DAY_MS, MINUTE_MS
from infra.provenance import origin
from simulators.faults.kinds import FeederOutage

SLICES_MS = (5_000, 1_000)
BOUNDS_MS = (5_000, 3_000, 2_000, 1_000)
"""On-time bounds; a fifth of each is the slack."""
SHARES = (0.1, 0.5, 0.8)
"""Of the sustained rate."""
WARM_UP_S, WATCHED_S = 30.0, 60.0
AFTER_S = 90.0
"""Until the correction of the last reading must be there: its window is a minute of arrivals."""
OUTAGES = FeederOutage(
    kind="feeder_outage",
    share=0.2,
    after_minutes=WARM_UP_S / 60,
    spread_minutes=WATCHED_S / 60,
    minutes=1,
)
"""What there are alerts of: so many feeders are without power, one after the other."""
FEWEST = 100
"""Samples without which a percentile is not shown."""


@dataclass(frozen=True, slots=True)
class Spread:
    """Seconds."""

    p50_s: float
    p99_s: float
    samples: int


@dataclass(frozen=True, slots=True)
class Trial:
    """A load, the rules, and how old things were."""

    slice_ms: int
    on_time_ms: int
    slack_ms: int
    readings_per_s: int
    reading_to_redis: Spread | None
    """From a reading's arrival to a value that counts it."""
    slice_to_redis: Spread | None
    """From the end of the slice to a value of it, which may be said before it has closed."""
    minute_to_cassandra: Spread | None
    """From the end of a minute to its on-time row."""
    late_to_correction: Spread | None
    """From the arrival of a late reading to the row that counts it."""
    slice_to_alert: Spread | None
    """From the end of the slice that shows that something is the matter to the alert, on its
    topic: the on-time bound and what the jobs take. How long the rule waits is not in it."""
    fleet_behind_s: float
    """How far the generator was behind its schedule at worst, which holds time back."""
    late_share: float
    """Of the probe's readings, which take a lognormal time with a median of 0.3 s."""


def run(
    settings: Settings,
    sustained: int,
    slices_ms: Sequence[int],
    bounds_ms: Sequence[int],
    shares: Sequence[float],
    console: Console,
) -> Iterator[Trial]:
    """Each combination of slice, on-time bound and load.

    Args:
        sustained: The rate that `bench sustained` found, readings a second.
        shares: Loads, as parts of that rate.

    Raises:
        BenchmarkError, FlinkError: other jobs run, or one of these fails.
    """
    # A rule that cannot be is refused before anything is started.
    by_rules = [
        Settings(
            **settings.model_dump()
            | {"slice_ms": slice_ms, "on_time_ms": on_time_ms, "slack_ms": on_time_ms // 5}
        )
        for slice_ms, on_time_ms in product(slices_ms, bounds_ms)
    ]
    with alone(settings, console, keep_readings=False):
        for each, share in product(by_rules, shares):
            yield run_trial(each, round(sustained * share), console)


def run_trial(settings: Settings, rate: int, console: Console) -> Trial:
    """Run all jobs beside a fleet of `rate` meters, and follow a few others."""
    if settings.readings_partitions == 1:
        raise BenchmarkError("WATTSTREAM_READINGS_PARTITIONS is 1: the probe needs one of its own")
    others = tuple(range(settings.readings_partitions - 1))
    # The meters of one partition are left out.
    meters = round(rate * settings.readings_partitions / len(others))
    with (
        live(settings, meters, console, partitions=others, faults=(OUTAGES,)) as running,
        Probe(settings, seed=1) as probe,
        console.status("") as status,
    ):
        began = time.time()
        while (since := time.time() - began) < WARM_UP_S + WATCHED_S + AFTER_S:
            running.fleet.raise_error()
            probe.raise_error()
            status.update(f"{rate:,} readings/s: {since:.0f} s")
            time.sleep(1)
        summary = running.fleet.finish()
    first_ms = round((began + WARM_UP_S) * 1_000)
    watched = range(first_ms, first_ms + round(WATCHED_S * 1_000))
    return trial_of(settings, rate, probe.sent, watched, probe.seen, summary.behind_s)


def trial_of(
    settings: Settings,
    rate: int,
    all_sent: Sequence[Sent],
    watched: Container[int],
    seen: Seen,
    fleet_behind_s: float,
) -> Trial:
    """What came of the readings that arrived while it was watched, and of what the stores showed.

    A slice is shown by a value of it or of a later one: a meter's value may be overtaken before
    anyone looks. What is said before a slice has closed shows the slice, and those of its readings
    that it knows.

    Args:
        all_sent: All readings of the meters, in the order in which they were sent.
    """
    shown, known = _shown(seen), _known(settings, all_sent)
    sent = [each for each in all_sent if each.arrival_ms in watched]
    late = [each for each in sent if _is_late(settings, each)]
    on_time = [each for each in sent if not _is_late(settings, each)]
    ends = {(each.meter_id, _slice_end_ms(settings, each.ts_ms)) for each in on_time}
    minutes = {(each.meter_id, each.ts_ms // MINUTE_MS * MINUTE_MS) for each in on_time}
    window_ms = settings.correction_window_ms
    return Trial(
        slice_ms=settings.slice_ms,
        on_time_ms=settings.on_time_ms,
        slack_ms=settings.slack_ms,
        readings_per_s=rate,
        reading_to_redis=spread(
            (
                each.arrival_ms,
                shown(each.meter_id, _slice_end_ms(settings, each.ts_ms), known[each]),
            )
            for each in on_time
        ),
        slice_to_redis=spread((end, shown(meter, end, 0)) for meter, end in ends),
        minute_to_cassandra=spread(
            (minute + MINUTE_MS, seen.rows.get((meter, minute, 0))) for meter, minute in minutes
        ),
        late_to_correction=spread(
            (
                each.arrival_ms,
                seen.rows.get(
                    (
                        each.meter_id,
                        each.ts_ms // MINUTE_MS * MINUTE_MS,
                        each.arrival_ms // window_ms * window_ms,
                    )
                ),
            )
            for each in late
        ),
        slice_to_alert=spread(
            (end_ms, at_ms)
            for end_ms, all_at_ms in seen.alerts.items()
            if end_ms in watched
            for at_ms in all_at_ms
        ),
        fleet_behind_s=fleet_behind_s,
        late_share=len(late) / max(len(sent), 1),
    )


def _shown(seen: Seen) -> Callable[[str, int, int], int | None]:
    """When Redis first showed a value of a meter's slice with this end, or of a later one, that
    knows so many readings."""
    by_meter: dict[str, list[tuple[int, int, int]]] = defaultdict(list)
    for (meter, end_ms, readings), at_ms in seen.values.items():
        by_meter[meter].append((end_ms, readings, at_ms))

    def at(meter: str, end_ms: int, readings: int) -> int | None:
        return min(
            (at_ms for end, knows, at_ms in by_meter[meter] if end >= end_ms and knows >= readings),
            default=None,
        )

    return at


def _known(settings: Settings, all_sent: Sequence[Sent]) -> dict[Sent, int]:
    """By reading on time: how many readings of its meter a value knows at least that counts it.

    Those are the readings of the slices before, late ones by their arrival, and those of its own
    slice that had arrived.
    """
    by_meter: dict[str, list[Sent]] = defaultdict(list)
    for each in all_sent:
        by_meter[each.meter_id].append(each)
    known: dict[Sent, int] = {}
    for own in by_meter.values():
        counted_ms = sorted(
            _slice_end_ms(settings, each.arrival_ms if _is_late(settings, each) else each.ts_ms)
            for each in own
        )
        arrived = Counter[int]()
        for each in own:
            if not _is_late(settings, each):
                end_ms = _slice_end_ms(settings, each.ts_ms)
                arrived[end_ms] += 1
                known[each] = bisect_left(counted_ms, end_ms) + arrived[end_ms]
    return known


def _is_late(settings: Settings, each: Sent) -> bool:
    return each.arrival_ms - each.ts_ms > settings.on_time_limit_ms


def _slice_end_ms(settings: Settings, ts_ms: int) -> int:
    return (ts_ms // settings.slice_ms + 1) * settings.slice_ms


def spread(moments: Iterable[tuple[int, int | None]]) -> Spread | None:
    """Of the time between two moments, epoch ms; what never came counts as a whole day, so that a
    percentile says so."""
    missing_ms = DAY_MS
    waits_ms = [missing_ms if after is None else after - before for before, after in moments]
    if not waits_ms:
        return None
    p50, p99 = np.percentile(waits_ms, (50, 99)) / 1_000
    return Spread(float(p50), float(p99), len(waits_ms))


def content(sustained: int, trials: Sequence[Trial], command: str) -> dict[str, object]:
    """The outcome as JSON has it."""
    return {
        **origin(command, PROJECT),
        "sustained_per_s": sustained,
        "trials": [asdict(trial) for trial in trials],
    }


def table(trials: Sequence[Trial]) -> Table:
    """Every trial on a terminal of 80 columns, a line for each way."""
    shown = Table(title="latency, seconds", box=None, padding=(0, 1, 0, 0), header_style="dim")
    for column in ("slice", "bound", "readings/s", "late", "behind"):
        shown.add_column(column, justify="right", no_wrap=True)
    shown.add_column("from, to", no_wrap=True)
    for column in ("p50", "p99"):
        shown.add_column(column, justify="right", no_wrap=True)
    for trial in trials:
        plan = (
            f"{trial.slice_ms / 1_000:g}",
            f"{trial.on_time_ms / 1_000:g}",
            f"{trial.readings_per_s:,}",
            f"{trial.late_share:.2%}",
            f"{trial.fleet_behind_s:.1f}",
        )
        for number, (way, spread) in enumerate(_ways(trial)):
            seconds = ("few", "") if spread is None or spread.samples < FEWEST else _seconds(spread)
            shown.add_row(*("" if number else each for each in plan), way, *seconds)
    return shown


def _ways(trial: Trial) -> tuple[tuple[str, Spread | None], ...]:
    return (
        ("reading to Redis", trial.reading_to_redis),
        ("slice to Redis", trial.slice_to_redis),
        ("minute to Cassandra", trial.minute_to_cassandra),
        ("late to correction", trial.late_to_correction),
        ("slice to alert", trial.slice_to_alert),
    )


def _seconds(spread: Spread) -> tuple[str, str]:
    return f"{spread.p50_s:.1f}", f"{spread.p99_s:.1f}"
