"""What the benchmarks make of what they see."""

import numpy as np
import pytest

from benchmarks.contest import OURS, Heat, least_ratio, ratios
from benchmarks.latency import spread
from benchmarks.stages import STAGES, Stage
from benchmarks.sustained import SLOPE_LIMIT, Trial, slope
from jobs.flow import SQL


def test_a_line_through_a_growing_lag_has_its_slope() -> None:
    at_s = np.arange(1_000.0, 1_180.0, 5.0)

    assert slope(at_s, 7_000 + 2_500 * at_s) == pytest.approx(2_500)


def a_trial(sent_per_s: float = 10_000, slope: float = 0) -> Trial:
    return Trial(10_000, sent_per_s, {"hot": slope, "cold": -5_000}, lag=0)


def test_a_rate_passes_if_it_was_sent_and_no_job_falls_behind() -> None:
    assert a_trial().passes
    assert not a_trial(slope=SLOPE_LIMIT).passes
    assert not a_trial(sent_per_s=9_000).passes


def test_what_never_came_is_no_small_latency() -> None:
    seen = spread([(0, 1_000)] * 90 + [(0, None)] * 10)

    assert seen is not None
    assert seen.p50_s == 1
    assert seen.p99_s > 10_000
    assert spread([]) is None


@pytest.mark.parametrize("stage", [stage for stage in STAGES.values() if stage.statements])
def test_a_stage_writes_by_the_statements_whose_names_say_so(stage: Stage) -> None:
    texts = {name: (SQL / f"{name}.sql").read_text() for name in stage.statements or ()}

    writing = [name for name, text in texts.items() if "INSERT INTO" in text]
    assert writing
    assert writing == [name for name in texts if "_write_" in name]


def a_heat(contestant: str, kind: str, events_per_s: float) -> Heat:
    return Heat(contestant, kind, 1_000, events_per_s, exact=True, cpu_s_per_million=1)


def test_ratios_are_of_the_same_turn_and_their_median_counts() -> None:
    heats = [
        heat
        for ours, slow, fast in ((100, 10, 50), (90, 30, 45), (300, 30, 100))
        for heat in (
            a_heat(f"WattStream, {OURS}", "ours", ours),
            a_heat("slow", "engine", slow),
            a_heat("fast", "engine", fast),
        )
    ]

    assert ratios(heats)["slow"] == [10, 3, 10]
    assert ratios(heats)["fast"] == [2, 2, 3]
    assert least_ratio(heats, "engine") == 2
    assert least_ratio(heats, "loop") is None
