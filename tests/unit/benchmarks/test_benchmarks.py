"""What the benchmarks make of what they see."""

import math

import numpy as np
import pytest
from rich.console import Console

from benchmarks import latency, scale
from benchmarks.drain import LEAST_PAUSE_S, Drain, pause_s
from benchmarks.latency import Spread, spread
from benchmarks.peers_run import OURS, Heat, least_ratio, ratios
from benchmarks.probe import Seen, Sent
from benchmarks.stages import STAGES
from benchmarks.sustained import SLOPE_LIMIT, Trial, slope, trial_of
from contracts.jobs import JOBS, READERS
from contracts.settings import Settings


def test_the_last_stage_has_every_job_and_readers_of_what_others_write_begin() -> None:
    last = list(STAGES.values())[-1]

    assert last.complete
    assert [job for job in last.jobs if job in ("hot", "cold", "history")] == [
        *("history", "hot", "cold")
    ]
    assert last.jobs[-len(READERS) :] == READERS


def test_a_line_through_a_growing_lag_has_its_slope() -> None:
    at_s = np.arange(1_000.0, 1_180.0, 5.0)

    assert slope(at_s, 7_000 + 2_500 * at_s) == pytest.approx(2_500)


def a_trial(sent_per_s: float = 10_000, slope: float = 0) -> Trial:
    return Trial(9_800, 10_000, sent_per_s, {"hot": slope, "cold": -5_000}, lag=0)


def test_a_rate_passes_if_it_was_sent_and_no_job_falls_behind() -> None:
    assert a_trial().passes
    assert not a_trial(slope=SLOPE_LIMIT).passes
    assert not a_trial(sent_per_s=9_000).passes
    assert a_trial(sent_per_s=9_000).verdict == "the generator fell behind"


@pytest.mark.parametrize("phase_s", range(0, 60, 5))
def test_history_that_comes_once_a_minute_keeps_up_if_it_is_done_by_the_next(phase_s: int) -> None:
    moments = np.arange(0, 180, 5)
    backlog = np.maximum(100_000 - 10_000 * ((moments + phase_s) % 60), 0)

    def lags(of_history: int) -> list[int]:
        return [of_history if job == "history" else 0 for job in JOBS]

    watched = [
        (1_000.0 + moment, 50_000 * moment, lags(lag))
        for moment, lag in zip(moments.tolist(), backlog.tolist(), strict=True)
    ]
    growing = [
        (moment, sent, lags(max(lag) + 10_000 * round(moment - 1_000)))
        for moment, sent, lag in watched
    ]

    assert trial_of(50_000, 50_000, watched).passes
    assert not trial_of(50_000, 50_000, growing).passes


def test_what_never_came_is_no_small_latency() -> None:
    seen = spread([(0, 1_000)] * 90 + [(0, None)] * 10)

    assert seen is not None
    assert seen.p50_s == 1
    assert seen.p99_s > 10_000
    assert spread([]) is None


ALWAYS = range(1_000_000)


def test_a_slice_that_was_overtaken_is_shown_by_the_next() -> None:
    settings = Settings(slice_ms=1_000)
    sent = [Sent("m", 100, 9_900)] + [Sent("m", ts, ts + 300) for ts in (10_000, 11_000, 12_000)]
    seen = Seen(
        values={("m", 11_000, 2): 16_100, ("m", 13_000, 4): 18_000},
        rows={("m", 0, 0): 66_000, ("m", 0, 1): 70_000},
    )

    trial = latency.trial_of(settings, 1_000, sent, ALWAYS, seen, fleet_behind_s=0)

    assert trial.slice_to_redis is not None
    assert trial.slice_to_redis.samples == 3
    assert trial.slice_to_redis.p50_s == 5.1
    assert trial.slice_to_redis.p99_s < 7
    assert trial.minute_to_cassandra == Spread(6, 6, 1)
    assert trial.late_share == 0.25
    assert trial.late_to_correction is not None
    assert trial.late_to_correction.p50_s == 56.1


def test_a_value_that_was_said_before_a_reading_came_does_not_count_it() -> None:
    settings = Settings()
    sent = [
        Sent("m", 1_000, 1_200),  # known before it is watched
        Sent("m", 4_000, 9_900),  # late
        Sent("m", 12_000, 12_500),
        Sent("m", 14_500, 16_000),
        Sent("m", 14_600, 16_500),
    ]
    seen = Seen(
        # Before the slice has closed it knows what arrived by its end.
        values={("m", 5_000, 1): 8_100, ("m", 15_000, 3): 15_100, ("m", 15_000, 5): 18_100}
    )

    trial = latency.trial_of(settings, 1_000, sent, range(12_000, 20_000), seen, fleet_behind_s=0)

    assert trial.slice_to_redis == Spread(0.1, 0.1, 1)
    assert trial.reading_to_redis is not None
    # 2.6 s and, of those that came after the end of their slice, 2.1 s and 1.6 s
    assert trial.reading_to_redis.samples == 3
    assert trial.reading_to_redis.p50_s == 2.1
    assert 2.5 < trial.reading_to_redis.p99_s < 2.6


def test_an_alert_counts_from_the_slice_that_opened_it_while_it_is_watched() -> None:
    seen = Seen(alerts={10_000: [13_500, 14_500], 15_000: [18_500], 20_000: [90_000]})

    trial = latency.trial_of(Settings(), 1_000, [], range(10_000, 20_000), seen, fleet_behind_s=0)

    assert trial.slice_to_alert is not None
    assert trial.slice_to_alert.samples == 3
    assert trial.slice_to_alert.p50_s == 3.5


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


@pytest.mark.parametrize("later", [0.3, 1.0, 3.0])
def test_the_end_of_a_drain_is_seen_soon_after_few_looks(later: float) -> None:
    def behind(at_s: float) -> int:
        return max(0, round(4_000_000 - 100_000 * (min(at_s, 25) + later * max(0, at_s - 25))))

    at_s, known, before, apart_s, looks = 0.0, 4_000_000, math.inf, 0.5, 0
    while (told := known) > 0:
        # Flink tells what it knew at the look before.
        known, looks = behind(at_s), looks + 1
        apart_s = pause_s(before, told, apart_s)
        at_s, before = at_s + apart_s, told

    end_s = 25 + 15 / later
    assert end_s < at_s <= end_s + 2 * LEAST_PAUSE_S
    assert looks < end_s


def test_points_of_scale_fit_a_terminal() -> None:
    drained = Drain(
        stage="slices",
        events=12_393_304,
        seconds=38.0,
        events_per_s=327_106.0,
        cpu_s_per_million={"flink-taskmanager": 123.4},
        rows_of_history=0,
        checkpoints=5,
        checkpoint_bytes=1_234 << 20,
        checkpoint_s=125.1,
        late_dropped=0,
    )
    points = [scale.Point(plan, "slices", 2, drained, None) for plan in scale.PLANS.values()]
    console = Console(width=80, record=True, markup=False, emoji=False)
    console.print(scale.table(points))
    shown = console.export_text()

    assert "…" not in shown
    assert "5,000,000" in shown
    assert "327,106" in shown


def test_a_point_of_scale_that_is_too_much_shows_why() -> None:
    problem = "hot did not run to the end of the log: OutOfMemoryError [heap] in [/tmp/x]"
    point = scale.Point(scale.REFERENCE, "slices", 2, drain=None, problem=problem)
    console = Console(width=300, record=True, markup=False, emoji=False)

    console.print(scale.table([point]))

    assert problem in console.export_text()


def test_latencies_fit_a_terminal() -> None:
    old = Spread(p50_s=1_234.5, p99_s=5_678.9, samples=100_000)
    few = Spread(p50_s=1.0, p99_s=1.0, samples=3)
    trials = [
        latency.Trial(60_000, 10_000, 2_400, 1_046_474, old, old, old, few, None, 1_234.5, 0.1115)
    ]
    console = Console(width=80, record=True, markup=False, emoji=False)
    console.print(latency.table(trials))
    shown = console.export_text()

    assert "…" not in shown
    for word in ("1,046,474", "11.15%", "minute to Cassandra", "1234.5", "5678.9", "few"):
        assert word in shown
