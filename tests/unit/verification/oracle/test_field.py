"""Inputs from the field that once came out wrong, and others of their kind."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from contracts.settings import Settings
from contracts.time import DAY_MS, HOUR_MS, MINUTE_MS
from tests.support.field import NAMES, Told, field, in_order
from tests.support.log import record_all
from verification.oracle.count import count_log
from verification.oracle.expected import Expected, expect
from verification.oracle.groups import changes_of
from verification.oracle.ledger import Ledger, states_of
from verification.oracle.log import read_log
from verification.oracle.merged import merged_rows
from verification.oracle.words import meters_of, words_of
from verification.rows import LiveGroupTotal, LiveValue, MergedMinute, Minute

T = 1_709_250_600_000
"""2024-02-29T23:50:00Z."""

Judge = Callable[..., Expected]


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """As a namespace has them, with two partitions."""
    return Settings(data_dir=tmp_path, readings_partitions=2, _env_file=None)  # type: ignore[call-arg]


@pytest.fixture
def judge(settings: Settings) -> Judge:
    """The oracle's expectation of records, with all windows closed by default."""

    def of(told: Sequence[Told], after_ms: int = 10 * MINUTE_MS) -> Expected:
        records = in_order(told, settings)
        record_all(settings, records, max(each.arrival_ms for each in records) + after_ms)
        expected = expect(read_log(settings), settings, lambda _: None)
        whole = merged_rows(expected.minutes)
        assert expected.merged == {key: whole[key] for key in expected.merged}
        return expected

    return of


def live_of(expected: Expected, meter_id: str) -> LiveValue:
    """The one live value of a meter."""
    (value,) = (live.value for key, live in expected.live.items() if key[2] == meter_id)
    return value


def rows_of(expected: Expected, meter_id: str) -> list[Minute]:
    """Rows of a meter's history by minute and correction."""
    return [row for key, row in sorted(expected.minutes.items()) if key[0] == meter_id]


def merged_of(expected: Expected, meter_id: str) -> MergedMinute:
    """The one minute of a meter."""
    (row,) = (row for key, row in expected.merged.items() if key[0] == meter_id)
    return row


def area_of(expected: Expected, name: str, commodity: str = "electricity") -> LiveGroupTotal:
    """What an area draws."""
    return expected.live_groups["area", commodity, name]


def said(ts: int, way_ms: int = 500, **changes: Any) -> Told:  # noqa: ANN401
    """A reading of meter "m" that is `way_ms` on its way; a change to None leaves out."""
    value: dict[str, Any] = {
        "meter_id": "m",
        "geohash": "u1003bc",
        "commodity": "electricity",
        "ts": ts,
        "seq": 1,
        "register": 1_000,
        "demand": 100,
    }
    value |= changes
    kept = {name: each for name, each in value.items() if each is not None}
    return Told(ts + way_ms, value["meter_id"], kept)


def announced(arrival_ms: int, **changes: Any) -> Told:  # noqa: ANN401
    """An announcement of meter "m"."""
    meter = {"meter_id": "m", "geohash": "u1003bc", "commodity": "electricity"} | changes
    return Told(arrival_ms, meter["meter_id"], {"meter": meter})


def demands_of(
    settings: Settings, area: str, after_ms: int = 10 * MINUTE_MS
) -> dict[int, tuple[int, int]]:
    """Of the recorded log: an area's demand (thousandths) and meters that report or hold, by the
    slices in which either changes."""
    tally = count_log(read_log(settings), settings, lambda _: None)
    meters = meters_of(tally.readings, tally.announcements)
    words = words_of(tally.readings, tally.announcements, meters, settings.slice_ms)
    states = states_of(Ledger(words))
    last_end = max(words["slice_end_ms"]) + after_ms
    changes = changes_of(states, meters, "area", settings.slice_ms, last_end)
    of_area = changes.filter(pl.col("name") == area).with_columns(
        meters=pl.col("reporting") + pl.col("holding")
    )
    result: dict[int, tuple[int, int]] = {}
    drawn, there = 0, 0
    for end, demand, meter in of_area.select("slice_end_ms", "demand", "meters").iter_rows():
        if demand or meter:
            drawn, there = drawn + demand, there + meter
            result[end] = (drawn, there)
    return result


def test_every_case_has_its_test() -> None:
    tests = {name.removeprefix("test_") for name in globals() if name.startswith("test_")}
    assert set(NAMES) <= tests


def test_exchange_same_instant(judge: Judge) -> None:
    expected = judge(field("exchange_same_instant"))
    live, row = live_of(expected, "c02b"), merged_of(expected, "c02b")
    assert (live.register, row.last_register) == (0, 0)
    assert (live.resets, live.reset_ms) == (1, 1_709_250_659_000)
    assert live.energy_today == 1.5
    assert row.high_register - row.first_register + row.last_register - row.low_register == 1.5
    other = live_of(expected, "c02a")
    assert (other.register, other.energy_today, other.resets) == (0.5, 2.0, 1)
    assert (row.readings, row.expected, live.lost) == (3, 3, 0)


def test_a_tie_at_a_minutes_start(judge: Judge) -> None:
    minute = T + MINUTE_MS
    expected = judge(
        [
            said(minute - 1_000, seq=1, register=500),
            said(minute, 600, seq=3, register=2),
            said(minute, 500, seq=2, register=501.5),
        ]
    )
    before, after = rows_of(expected, "m")
    assert (before.readings, before.last_register) == (1, 500)
    assert (after.first_register, after.last_register) == (501.5, 2)
    assert (after.first_seq, after.last_seq, after.expected) == (2, 3, 2)
    live = live_of(expected, "m")
    assert (live.register, live.resets, live.energy_today) == (2, 1, 1.5)


def test_a_tie_of_sequence_numbers_too_goes_by_the_place_in_the_log(judge: Judge) -> None:
    expected = judge([said(T, 500, register=700), said(T, 600, register=600)])
    assert rows_of(expected, "m")[0].last_register == 600
    assert live_of(expected, "m").register == 600
    assert expected.counts.revised == 1


def test_exchange(judge: Judge) -> None:
    live = live_of(judge(field("exchange")), "c03")
    assert (live.energy_today, live.resets, live.reset_ms) == (30, 1, T + 30_000)
    assert (live.demand, live.readings, live.cadence_ms) == (100, 8, 10_000)


def test_a_reset_inside_a_slice(judge: Judge) -> None:
    registers = [990, 991, 5, 6, 8]
    expected = judge(
        [
            said(T + 1_000 * n, seq=n, register=register, demand=None)
            for n, register in enumerate(registers)
        ]
    )
    live = live_of(expected, "m")
    assert (live.energy_today, live.resets, live.reset_ms) == (4, 1, T + 2_000)
    assert live.demand is None


def test_demand_told_by_a_register_that_was_reset_in_the_slice(judge: Judge) -> None:
    registers = [900, 990, 991, 5, 6, 8]
    readings = [
        said(T + 1_000 * n, seq=n, register=register, demand=None)
        for n, register in enumerate(registers, start=4)
    ]
    # From 900 at 4 s to 8 at 9 s: 90 + 1 + 0 + 1 + 2 Wh in 5 s.
    assert live_of(judge(readings), "m").demand == 94 * 3_600 / 5


def test_a_reset_as_the_last_word_tells_no_demand(judge: Judge) -> None:
    readings = [
        said(T + 1_000 * n, seq=n, register=register, demand=None)
        for n, register in enumerate([900, 990, 991, 5], start=4)
    ]
    assert live_of(judge(readings), "m").demand is None


@pytest.mark.parametrize(
    ("size", "energy", "resets"), [(None, 400, 1), (100_000_000, 500, 0), (99_999_900, 400, 0)]
)
def test_rollover(judge: Judge, size: int | None, energy: int, resets: int) -> None:
    told: list[Told] = [*field("rollover")]
    if size is not None:
        told.append(announced(T, meter_id="c04", register_size=size))
    live = live_of(judge(told), "c04")
    assert (live.energy_today, live.resets) == (energy, resets)


@pytest.mark.parametrize(("before", "resets"), [(32_769, 0), (32_768, 1)])
def test_a_pulse_counter_of_16_bits_rolls_over_from_its_upper_half(
    judge: Judge, before: int, resets: int
) -> None:
    live = live_of(
        judge(
            [
                announced(T, register_size=65_536),
                said(T + 1_000, seq=1, register=before),
                said(T + 2_000, seq=2, register=3),
            ]
        ),
        "m",
    )
    assert live.resets == resets
    assert live.energy_today == (65_536 - before + 3 if not resets else 0)


def test_seq_restarts(judge: Judge) -> None:
    expected = judge(field("seq_restarts"))
    row, live = merged_of(expected, "c05"), live_of(expected, "c05")
    assert (row.readings, row.expected) == (6, 6)
    assert (row.first_seq, row.last_seq, live.lost) == (753_889, 2, 0)


def test_seq_wraps(judge: Judge) -> None:
    expected = judge(field("seq_wraps"))
    row = merged_of(expected, "c09")
    assert (row.readings, row.expected, live_of(expected, "c09").lost) == (4, 4, 0)


@pytest.mark.parametrize(
    ("seqs", "lost"),
    [
        ((65_534, 65_535, 0, 1), 0),
        ((65_534, 1), 2),
        ((65_535, 63), 63),
        ((65_535, 64), 0),
        ((2**32 - 2, 2), 3),
        ((65_536, 3), 0),
    ],
    ids=str,
)
def test_a_wrap_is_near_a_power_of_two(judge: Judge, seqs: tuple[int, ...], lost: int) -> None:
    readings = [said(T + 1_000 * n, seq=seq, register=n) for n, seq in enumerate(seqs)]
    expected = judge(readings)
    assert merged_of(expected, "m").expected == len(seqs) + lost
    assert live_of(expected, "m").lost == lost


def test_a_loss_is_not_hidden_by_a_repeat(judge: Judge) -> None:
    readings = [said(T + 1_000 * n, seq=n, register=n) for n in (1, 2, 4)]
    expected = judge([*readings, said(T + 2_000, 700, seq=2, register=2)])
    row, live = merged_of(expected, "m"), live_of(expected, "m")
    assert (row.readings, row.expected) == (3, 4)
    assert (live.readings, live.repeats, live.lost) == (3, 1, 1)


def test_revised(judge: Judge) -> None:
    expected = judge(field("revised"))
    for meter_id, register in (("c06down", 4800), ("c06up", 5000)):
        row, live = merged_of(expected, meter_id), live_of(expected, meter_id)
        assert row.readings == live.readings == 1
        assert {
            *(row.first_register, row.last_register, row.low_register, row.high_register),
            live.register,
        } == {register}
        assert (live.revisions, live.repeats, live.energy_today) == (1, 0, 0)
    assert (expected.counts.repeated, expected.counts.revised) == (0, 2)


def test_revised_late(judge: Judge) -> None:
    expected = judge(field("revised_late"))
    row, live = merged_of(expected, "c07down"), live_of(expected, "c07down")
    assert (row.readings, row.expected, row.first_register, row.last_register) == (1, 1, 4800, 4800)
    assert (row.demands, row.demand_sum) == (1, 100)
    assert (live.register, live.late, live.readings, live.revisions) == (4800, True, 1, 1)
    on_time, correction = rows_of(expected, "c07down")
    assert (on_time.readings, on_time.last_register) == (1, 5000)
    assert (correction.readings, correction.expected, correction.demand_min) == (0, 0, None)


def test_said_as_before_is_a_repeat_and_otherwise_a_revision(judge: Judge) -> None:
    words = [said(T, 500 + n, register=register) for n, register in enumerate([5, 6, 6, 5])]
    expected = judge(words)
    assert (expected.counts.repeated, expected.counts.revised) == (1, 2)
    assert live_of(expected, "m").register == 5


def test_mixed_cadence(judge: Judge, settings: Settings) -> None:
    expected = judge(field("mixed_cadence"))
    first, fast_end = 1_709_251_195_000, 1_709_251_250_000
    assert demands_of(settings, "u1016", 2 * HOUR_MS) == {
        first: (2_500_000, 6),
        # The fast meters' values hold for 30 s, and up to a slice that ends then.
        fast_end + 5_000: (2_000_000, 1),
        # The half-hourly one's for three half-hours.
        1_709_251_200_000 + 3 * HOUR_MS // 2 + 5_000: (0, 0),
    }
    minutes = {key[2]: row for key, row in expected.area_minutes.items()}
    assert minutes[1_709_251_140_000].demand == 2_500
    # Ten slices with all six meters, two with the half-hourly one, cut to a thousandth.
    assert minutes[1_709_251_200_000].demand == (10 * 2_500_000 + 2 * 2_000_000) // 12 / 1_000
    assert minutes[1_709_251_200_000].meters == 6
    assert live_of(expected, "c16half").demand == 2_000


def test_two_commodities(judge: Judge) -> None:
    expected = judge(field("two_commodities"))
    assert {key: live.value.register for key, live in expected.live.items()} == {
        ("electricity", "u1017", "c17"): 5_000_000,
        ("gas", "u1017", "c17"): 123_456,
    }
    assert area_of(expected, "u1017").demand == 800
    assert area_of(expected, "u1017", "gas").demand == 900
    assert {key[:2] for key in expected.minutes} == {("c17", "electricity"), ("c17", "gas")}


def test_moves(judge: Judge) -> None:
    expected = judge(field("moves"))
    assert list(expected.live) == [("electricity", "u1018", "c18down")]
    assert rows_of(expected, "c18down")[0].geohash == "u1018bc"
    assert {key[2] for key in expected.live_groups} == {"u1018"}


def test_an_area_that_all_have_left_stays_with_zeros(judge: Judge) -> None:
    expected = judge([said(T, seq=1, geohash="u1019bc"), said(T + 8_000, seq=2, geohash="u1018bc")])
    assert [key[1] for key in expected.live] == ["u1018"]
    assert area_of(expected, "u1019") == LiveGroupTotal(T + 10_000, 0, 0, 0, 0, 0)


def test_a_move_told_late_by_an_older_reading_is_none(judge: Judge) -> None:
    expected = judge(
        [
            said(T, seq=1, geohash="u1019bc"),
            said(T + 90_000, seq=3, geohash="u1018bc"),
            said(T + 30_000, 120_000, seq=2, geohash="u1019bc"),
        ]
    )
    assert [key[1] for key in expected.live] == ["u1018"]
    assert live_of(expected, "m").geohash == "u1018bc"


def test_a_move_told_late_by_the_latest_reading_is_one(judge: Judge) -> None:
    expected = judge(
        [
            said(T, seq=1, geohash="u1019bc"),
            said(T + 30_000, 120_000, seq=2, geohash="u1018bc"),
        ]
    )
    assert [key[1] for key in expected.live] == ["u1018"]
    moved_ms = T + 150_000
    assert live_of(expected, "m").slice_end_ms == moved_ms + 5_000
    # It had fallen silent there 30 s after its reading, and leaves with the one that came late.
    assert area_of(expected, "u1019") == LiveGroupTotal(moved_ms + 5_000, 0, 0, 0, 0, 0)


def test_repeats(judge: Judge, settings: Settings) -> None:
    expected = judge(field("repeats"))
    live = live_of(expected, "c31")
    assert (live.demand, live.readings, live.repeats) == (400, 3, 7)
    ends = 1_709_250_845_000, 1_709_250_875_000
    assert demands_of(settings, "u1031") == {ends[0]: (400_000, 1), ends[1]: (0, 0)}
    row = merged_of(expected, "c31")
    assert (row.readings, row.demands, row.demand_sum) == (3, 3, 1_200)
    assert expected.counts.repeated == 7


def test_repeats_days_later(judge: Judge) -> None:
    reading = said(T, seq=7)
    again = Told(T + 3 * DAY_MS, "m", reading.value)
    expected = judge([reading, said(T + 60_000, seq=8, register=1_001), again])
    assert len(expected.minutes) == 2
    live = live_of(expected, "m")
    assert (live.readings, live.repeats, live.last_ms) == (2, 0, T + 60_000)
    (known,) = expected.live.values()
    assert known.repeats == 1


def test_slow_clocks(judge: Judge) -> None:
    expected = judge(field("slow_clocks"), after_ms=10_000)
    told = field("slow_clocks")
    latest = {each.key: each.value for each in told}
    assert len(expected.live) == len(latest) > 1
    for meter_id, value in latest.items():
        live = live_of(expected, meter_id)
        assert (live.last_ms, live.register) == (value["ts"], value["register"])
        assert live.demand == 100
    assert {live.value.late for live in expected.live.values()} == {True, False}
    assert area_of(expected, "u1061").demand == 100 * len(latest)


def test_old_reading_again(judge: Judge) -> None:
    told = field("old_reading_again")
    expected = judge(told)
    assert len(expected.minutes) == 1
    (known,) = expected.live.values()
    assert known.value.last_ms == told[0].value["ts"]
    assert (known.value.readings, known.value.repeats, known.repeats) == (1, 0, len(told) - 1)
    assert expected.counts.repeated == len(told) - 1
