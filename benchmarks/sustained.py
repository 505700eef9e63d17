"""`wattstream bench sustained`: the highest rate with which all jobs keep up, by Theodolite's rule.

A rate is kept up with if no job's lag grows by SLOPE_LIMIT messages a second or more, by a straight
line through what was seen over three minutes after a minute of warm-up. (Henning and Hasselbring,
"Theodolite: Scalability Benchmarking of Distributed Stream Processing Engines", 2021: lag trend.)
The rate is a number of meters that each read once a second, live. The generator runs on the same
machine, and takes its share of it; a rate that it cannot send does not pass, and is said to be its
fault. Rows of history come once a minute all at once: of that job's lag the least of each minute
counts.
"""

import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table

from adapters.flink import FlinkRest
from adapters.kafka import topic_ends
from adapters.progress import Behind
from benchmarks.errors import BenchmarkError
from benchmarks.exclusive import alone
from benchmarks.live_fleet import live
from contracts.jobs import JOBS, READERS
from contracts.settings import PROJECT, Settings
from infra.provenance import origin

SLOPE_LIMIT = 2_000.0
"""Messages a second."""
WARM_UP_S, WATCHED_S = 60.0, 180.0
POLL_S = 5.0
REPEATS = 3
REALLY_SENT = 0.99
MINUTE_S = 60.0
READINGS_A_ROW = 60
"""A row of history stands for the readings of a minute: its job's lag is counted in them, too."""


@dataclass(frozen=True, slots=True)
class Trial:
    """A rate, and what came of it."""

    meters: int
    rate: float
    """Readings a second that the meters, and the export registers of some, make."""
    sent_per_s: float
    """By the offsets of the topic."""
    slopes: dict[str, float]
    """Growth of each job's lag, messages a second."""
    lag: int
    """Of the job that was furthest behind at the end."""

    @property
    def sent(self) -> bool:
        """Whether the generator sent the rate."""
        return self.sent_per_s >= REALLY_SENT * self.rate

    @property
    def passes(self) -> bool:
        """Whether all jobs kept up with the whole rate."""
        return self.sent and all(slope < SLOPE_LIMIT for slope in self.slopes.values())

    @property
    def verdict(self) -> str:
        """In words."""
        if not self.sent:
            return "the generator fell behind"
        return "kept up" if self.passes else "fell behind"


def run(
    settings: Settings,
    lowest: int,
    highest: int,
    step: int,
    trials: list[Trial],
    console: Console,
) -> int | None:
    """Look for the largest fleet of `lowest`, `lowest + step`, … `highest` meters that passes.

    By bisection: it is taken for granted that a fleet smaller than one that passes would pass.

    Args:
        trials: Every trial is added to it.

    Returns:
        Its number of meters, None if not even the smallest passes.

    Raises:
        BenchmarkError, FlinkError: other jobs run, or one of these fails.
    """
    fleets = list(range(lowest, highest + 1, step))
    passed, failed = -1, len(fleets)
    with alone(settings, console, keep_readings=False):
        while failed - passed > 1:
            middle = (passed + failed) // 2
            if _most_pass(settings, fleets[middle], trials, console):
                passed = middle
            else:
                failed = middle
    return fleets[passed] if passed >= 0 else None


def _most_pass(settings: Settings, meters: int, trials: list[Trial], console: Console) -> bool:
    """Whether most of REPEATS trials pass; no more are made than it takes to say so."""
    outcomes: list[bool] = []
    while max(outcomes.count(True), outcomes.count(False)) <= REPEATS // 2:
        trial = run_trial(settings, meters, console)
        trials.append(trial)
        outcomes.append(trial.passes)
        console.print(
            f"{trial.rate:,.0f} readings/s: {trial.verdict} "
            f"({trial.sent_per_s:,.0f}/s sent; lag grows by "
            + ", ".join(f"{job} {slope:+,.0f}/s" for job, slope in trial.slopes.items())
            + ")"
        )
    return outcomes.count(True) > REPEATS // 2


def run_trial(settings: Settings, meters: int, console: Console) -> Trial:
    """Run all jobs beside a fleet, and watch their lag."""
    watched: list[tuple[float, int, list[int]]] = []
    with live(settings, meters, console) as running, FlinkRest(settings) as rest:
        rate, behind = running.readings_per_s, Behind(settings, rest)
        began = time.monotonic()
        with console.status("") as status:
            while (since := time.monotonic() - began) < WARM_UP_S + WATCHED_S:
                running.fleet.raise_error()
                lags = [_lag(settings, rest, behind, job) for job in JOBS]
                seen = [lag for lag in lags if lag is not None]
                if since >= WARM_UP_S and len(seen) == len(JOBS):
                    watched.append((time.monotonic(), sum(topic_ends(settings)), seen))
                status.update(f"{rate:,.0f} readings/s: {since:.0f} s, lag {lags}")
                time.sleep(POLL_S)
    if not watched:
        raise BenchmarkError(
            "a job did not complete a checkpoint while it was watched; is it overloaded?"
        )
    return trial_of(meters, rate, watched)


def _lag(settings: Settings, rest: FlinkRest, behind: Behind, kind: str) -> int | None:
    """Records that the job has not read; None of one that does not run, or not yet for long."""
    job = rest.find(settings.job_name(kind))
    return None if job is None or not rest.gets_on(job) else behind.records(kind, job)


def trial_of(meters: int, rate: float, watched: Sequence[tuple[float, int, list[int]]]) -> Trial:
    """What came of what was watched: moments, messages sent until then, the lag of each of JOBS."""
    at_s = np.array([moment for moment, _, _ in watched])
    sent = np.array([messages for _, messages, _ in watched])
    lags = np.array([lag for _, _, lag in watched])
    lags[:, [job not in READERS for job in JOBS]] *= READINGS_A_ROW
    slopes = {
        job: (slope if job in READERS else _slope_of_least)(at_s, lags[:, number])
        for number, job in enumerate(JOBS)
    }
    return Trial(
        meters,
        rate,
        sent_per_s=slope(at_s, sent),
        slopes=slopes,
        lag=int(lags[-1].max()),
    )


def _slope_of_least(at_s: NDArray[np.float64], values: NDArray[Any]) -> float:
    """Of the least value of each whole minute."""
    minute = ((at_s - at_s[0]) // MINUTE_S).astype(int)
    least = np.array([values[minute == number].min() for number in np.unique(minute)])
    return slope(np.arange(len(least)) * MINUTE_S, least) if len(least) > 1 else 0.0


def slope(at_s: NDArray[np.float64], values: NDArray[Any]) -> float:
    """Of the straight line with the least squares, per second."""
    return float(np.polyfit(at_s - at_s[0], values, 1)[0])


def content(highest: int | None, trials: Sequence[Trial], command: str) -> dict[str, object]:
    """The outcome as JSON has it."""
    return {
        **origin(command, PROJECT),
        "sustained_meters": highest,
        "sustained_per_s": max(
            (trial.rate for trial in trials if trial.meters == highest), default=None
        ),
        "trials": [asdict(trial) | {"passes": trial.passes} for trial in trials],
    }


def table(highest: int | None, trials: Sequence[Trial]) -> Table:
    """Every trial on a terminal, and what came out."""
    found = "none of these" if highest is None else f"{highest:,} meters"
    shown = Table(title="growth of the lag, messages a second", caption=f"sustained: {found}")
    for column in ("meters", "readings/s", "really sent", *JOBS, "lag at the end", "verdict"):
        shown.add_column(column, justify="right")
    for trial in sorted(trials, key=lambda trial: trial.meters):
        shown.add_row(
            f"{trial.meters:,}",
            f"{trial.rate:,.0f}",
            f"{trial.sent_per_s:,.0f}",
            *(f"{trial.slopes[job]:+,.0f}" for job in JOBS),
            f"{trial.lag:,}",
            trial.verdict,
        )
    return shown
