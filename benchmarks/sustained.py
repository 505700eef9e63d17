"""`wattstream bench sustained`: the highest rate with which all jobs keep up, by Theodolite's rule.

A rate is kept up with if no job's lag grows by SLOPE_LIMIT messages a second or more, by a straight
line through what was seen over three minutes after a minute of warm-up. (Henning and Hasselbring,
"Theodolite: Scalability Benchmarking of Distributed Stream Processing Engines", 2021: lag trend.)
The rate is a number of meters that each read once a second, live. The generator runs on the same
machine, and takes its share of it; a trial in which it cannot send the rate does not count for it.
"""

import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table

from benchmarks.company import refuse_company
from benchmarks.log import LATE, MALFORMED
from contracts.flink_rest import JOBS, FlinkRest
from contracts.settings import PROJECT, Settings
from infra import stack
from infra.provenance import origin
from infra.provision import erase, provision
from simulators.background import BackgroundRun
from simulators.fleet import FleetPlan
from simulators.simulation import load_run
from verification.stores.offsets import topic_ends
from wattstream import submission

SLOPE_LIMIT = 2_000.0
"""Messages a second."""
WARM_UP_S, WATCHED_S = 60.0, 180.0
POLL_S = 5.0
REPEATS = 3
REALLY_SENT = 0.99
GENERATORS = 2
READINGS_A_ROW = 60
"""A row of history stands for the readings of a minute: its job's lag is counted in them, too."""


@dataclass(frozen=True, slots=True)
class Trial:
    """A rate, and what came of it."""

    rate: int
    sent_per_s: float
    """By the offsets of the topic."""
    slopes: dict[str, float]
    """Growth of each job's lag, messages a second."""
    lag: int
    """Of the job that was furthest behind at the end."""

    @property
    def passes(self) -> bool:
        """Whether all jobs kept up with the whole rate."""
        sent = self.sent_per_s >= REALLY_SENT * self.rate
        return sent and all(slope < SLOPE_LIMIT for slope in self.slopes.values())


def run(
    settings: Settings, lowest: int, highest: int, step: int, console: Console
) -> tuple[int | None, list[Trial]]:
    """Look for the highest rate of `lowest`, `lowest + step`, … up to `highest` that passes, by
    bisection: it is taken for granted that a rate below one that passes would pass.

    Returns:
        That rate, None if not even the lowest passes; and every trial.

    Raises:
        FlinkError: other jobs run, or one of these fails.
    """
    stack.up(settings, console)
    refuse_company(settings)
    rates = list(range(lowest, highest + 1, step))
    trials: list[Trial] = []
    passed, failed = -1, len(rates)
    while failed - passed > 1:
        middle = (passed + failed) // 2
        if _most_pass(settings, rates[middle], trials, console):
            passed = middle
        else:
            failed = middle
    return (rates[passed] if passed >= 0 else None), trials


def _most_pass(settings: Settings, rate: int, trials: list[Trial], console: Console) -> bool:
    """Whether most of REPEATS trials pass; no more are made than it takes to say so."""
    outcomes: list[bool] = []
    while max(outcomes.count(True), outcomes.count(False)) <= REPEATS // 2:
        trial = run_trial(settings, rate, console)
        trials.append(trial)
        outcomes.append(trial.passes)
        console.print(
            f"{rate:,} readings/s: {'kept up' if trial.passes else 'fell behind'} "
            f"({trial.sent_per_s:,.0f}/s sent; lag grows by "
            + ", ".join(f"{job} {slope:+,.0f}/s" for job, slope in trial.slopes.items())
            + ")"
        )
    return outcomes.count(True) > REPEATS // 2


def run_trial(settings: Settings, rate: int, console: Console) -> Trial:
    """Run all jobs beside a fleet of `rate` meters, and watch their lag."""
    erase(settings)
    provision(settings)
    jobs = submission.submit(settings, console, {})
    fleet = load_run(
        settings,
        FleetPlan(rate, seed=1, commodity="mixed", cadence="1s"),
        processes=GENERATORS,
        late=LATE,
        malformed=MALFORMED,
        record=False,
    )
    watched: list[tuple[float, int, list[int]]] = []
    with BackgroundRun(settings, fleet) as load, FlinkRest(settings) as rest:
        with console.status(f"{rate:,} readings/s: the fleet gets ready") as status:
            while sum(topic_ends(settings)) < rate:
                load.raise_error()
                time.sleep(1)
            began = time.monotonic()
            while (since := time.monotonic() - began) < WARM_UP_S + WATCHED_S:
                load.raise_error()
                lags = [rest.pending_records(jobs[job]) for job in JOBS]
                if since >= WARM_UP_S and None not in lags:
                    seen = [lag or 0 for lag in lags]
                    watched.append((time.monotonic(), sum(topic_ends(settings)), seen))
                status.update(f"{rate:,} readings/s: {since:.0f} s, lag {lags}")
                time.sleep(POLL_S)
        load.finish()
    erase(settings)
    return _trial(rate, watched)


def _trial(rate: int, watched: Sequence[tuple[float, int, list[int]]]) -> Trial:
    """What was watched: moments, messages sent until then, and the lag of each of JOBS."""
    at_s = np.array([moment for moment, _, _ in watched])
    sent = np.array([messages for _, messages, _ in watched])
    lags = np.array([lag for _, _, lag in watched])
    lags[:, JOBS.index("history")] *= READINGS_A_ROW
    return Trial(
        rate,
        sent_per_s=slope(at_s, sent),
        slopes={job: slope(at_s, lags[:, number]) for number, job in enumerate(JOBS)},
        lag=int(lags[-1].max()),
    )


def slope(at_s: NDArray[np.float64], values: NDArray[Any]) -> float:
    """Of the straight line with the least squares, per second."""
    return float(np.polyfit(at_s - at_s[0], values, 1)[0])


def content(highest: int | None, trials: Sequence[Trial], command: str) -> dict[str, object]:
    """The outcome as JSON has it."""
    return {
        **origin(command, PROJECT),
        "sustained_per_s": highest,
        "trials": [asdict(trial) | {"passes": trial.passes} for trial in trials],
    }


def table(trials: Sequence[Trial]) -> Table:
    """Every trial on a terminal."""
    shown = Table(title="sustained: growth of the lag, messages a second")
    for column in ("readings/s", "really sent", *JOBS, "lag at the end", "kept up"):
        shown.add_column(column, justify="right")
    for trial in sorted(trials, key=lambda trial: trial.rate):
        shown.add_row(
            f"{trial.rate:,}",
            f"{trial.sent_per_s:,.0f}",
            *(f"{trial.slopes[job]:+,.0f}" for job in JOBS),
            f"{trial.lag:,}",
            "yes" if trial.passes else "no",
        )
    return shown
