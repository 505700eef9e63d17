"""What is kept of a meter and of its minutes, by arithmetic on paper: repeats, losses, a register
reset, late readings, the windows' edges, and the means of areas.
"""

from collections.abc import Iterable
from typing import TYPE_CHECKING

import msgspec
import pytest
from msgspec.structs import replace

from adapters.connect import redis_client
from contracts.history import bucket_of
from contracts.live import LiveMeter, live_key
from contracts.reading import Reading
from contracts.settings import Settings
from contracts.time import HOUR_MS, MINUTE_MS
from simulators.sending.recorder import Record
from tests.support.cql import (
    Row,
    day_of,
    minutes_of_day,
    rows_by_area,
    rows_of_minute,
    utc,
)
from tests.support.send import by_arrival, record, send
from tests.support.verify import assert_equal, verified

if TYPE_CHECKING:
    from cassandra.cluster import Session

    from verification.report import Report

SOON_MS = 500
"""Lateness of an on-time reading."""

GEOHASH = "gcpvj0du"
HOMES_GEOHASH = "u10hf4b7"
MEANS_GEOHASH = "u120f4b7"

HOMES = ("home-1", "home-2", "home-3")
HOME_WH, HOME_W = 150, 108_000
"""0.15 kWh in 5 s."""

OF_THE_METER = ("meter_id", "bucket")
"""Columns in which rows of two meters that read the same differ."""


def reading(
    meter_id: str, ts: int, seq: int, register: float, demand: float, geohash: str = GEOHASH
) -> Reading:
    """A reading of an electricity meter."""
    return Reading(meter_id, geohash, "electricity", ts, seq, register, demand)


@pytest.fixture(scope="module")
def minute_ms(midnight_ms: int) -> int:
    """The minute that all tests are about; nothing is measured in the one before it."""
    return midnight_ms + HOUR_MS


@pytest.fixture(scope="module", autouse=True)
def report(by_hand: Settings, minute_ms: int) -> "Report":
    """The readings of all tests, sent and settled."""
    records = [
        *once_and_repeated(by_hand, minute_ms),
        *with_losses_and_a_reset(by_hand, minute_ms),
        *late(by_hand, minute_ms),
        *at_the_limit_of_lateness(by_hand, minute_ms),
        *at_the_edges_of_the_minute(by_hand, minute_ms),
        *homes(by_hand, minute_ms),
        *with_means_to_cut(by_hand, minute_ms),
    ]
    send(by_hand, "repeats", by_arrival(records))
    return verified(by_hand)


def test_the_oracle_finds_the_same(report: "Report") -> None:
    assert_equal(report)
    assert report.counts.open_readings == 0


def once_and_repeated(settings: Settings, minute_ms: int) -> Iterable[Record]:
    """The same three readings of two meters; those of one come again, also much later."""
    values = [(0, 1, 1_000.0, 100.0), (10, 2, 1_010.5, 250.125), (20, 3, 1_020.0, -50.25)]
    for second, seq, register, demand in values:
        ts = minute_ms + second * 1_000
        yield record(settings, reading("once", ts, seq, register, demand), SOON_MS)
        repeated = reading("repeated", ts, seq, register, demand)
        for late_ms in (SOON_MS, SOON_MS, 2_000, 10 * MINUTE_MS):
            yield record(settings, repeated, late_ms)


def test_repeats_change_nothing_of_a_minute_whenever_they_come(
    cql: "Session", minute_ms: int
) -> None:
    (once,) = rows_of_minute(cql, "once", minute_ms)
    (repeated,) = rows_of_minute(cql, "repeated", minute_ms)

    assert without(repeated, OF_THE_METER) == without(once, OF_THE_METER)
    assert (once["readings"], once["expected"], once["demands"]) == (3, 3, 3)
    assert (once["first_register"], once["last_register"]) == (1_000.0, 1_020.0)
    assert (once["demand_sum"], once["demand_min"], once["demand_max"]) == (
        299.875,
        -50.25,
        250.125,
    )


def without(row: Row, columns: Iterable[str]) -> Row:
    """The row, but for these columns."""
    return {name: value for name, value in row.items() if name not in columns}


def test_repeats_are_counted_and_change_nothing_else_of_a_meter(
    by_hand: Settings, minute_ms: int
) -> None:
    once, repeated = (live_of(by_hand, meter_id) for meter_id in ("once", "repeated"))

    # Those that came within the readings' slices; all, if it was said again since.
    assert 6 <= repeated.repeats <= 9
    assert repeated == replace(once, slice_end_ms=repeated.slice_end_ms, repeats=repeated.repeats)
    assert (once.readings, once.repeats, once.last_ms) == (3, 0, minute_ms + 20_000)
    assert (once.register, once.demand, once.energy_today) == (1_020.0, -50.25, 20.0)


def with_losses_and_a_reset(settings: Settings, minute_ms: int) -> Iterable[Record]:
    """Readings 3 and 5 are lost; between 2 and 4 the register begins anew."""
    values = [(5, 1, 99_990.0), (15, 2, 99_995.5), (35, 4, 3.5), (55, 6, 12.25)]
    for second, seq, register in values:
        ts = minute_ms + second * 1_000
        yield record(settings, reading("reset", ts, seq, register, 1_800.0), SOON_MS)


def test_losses_show_as_fewer_readings_than_expected(cql: "Session", minute_ms: int) -> None:
    (row,) = rows_of_minute(cql, "reset", minute_ms)

    assert (row["readings"], row["expected"]) == (4, 6)
    assert (row["first_seq"], row["last_seq"]) == (1, 6)


def test_first_and_last_go_by_time_and_low_and_high_by_size(cql: "Session", minute_ms: int) -> None:
    (row,) = rows_of_minute(cql, "reset", minute_ms)

    assert (row["first_register"], row["last_register"]) == (99_990.0, 12.25)
    assert (row["low_register"], row["high_register"]) == (3.5, 99_995.5)
    assert (row["first_at"], row["last_at"]) == (utc(minute_ms + 5_000), utc(minute_ms + 55_000))


LATE_REGISTERS = (20.0, 30.0, 40.0)


def test_losses_and_resets_are_counted_and_a_reset_adds_no_energy(
    by_hand: Settings, minute_ms: int
) -> None:
    live = live_of(by_hand, "reset")

    assert (live.readings, live.lost) == (4, 2)
    assert (live.resets, live.reset_ms) == (1, minute_ms + 35_000)
    # 5.5 Wh before the reset, 8.75 Wh after it
    assert (live.register, live.energy_today) == (12.25, 14.25)


def late(settings: Settings, minute_ms: int) -> Iterable[Record]:
    """One reading on time; two a minute behind the watermark, one hours late."""
    behind_ms = MINUTE_MS + settings.on_time_ms
    yield record(settings, reading("late", minute_ms + 5_000, 1, 10.0, 100.0), SOON_MS)
    for seq, (register, late_ms) in enumerate(
        zip(LATE_REGISTERS, (behind_ms, behind_ms, 3 * HOUR_MS), strict=True), start=2
    ):
        ts = minute_ms + 5_000 * seq
        yield record(settings, reading("late", ts, seq, register, 100.0 * seq), late_ms)


def test_late_readings_become_a_row_for_each_window_of_arrival(
    cql: "Session", minute_ms: int
) -> None:
    on_time, *corrections = rows_of_minute(cql, "late", minute_ms)

    assert on_time["corrected_at"] == utc(0)
    assert (on_time["readings"], on_time["last_register"]) == (1, 10.0)
    assert corrections == [
        correction(minute_ms, minute_ms + MINUTE_MS, 2, 3, (20.0, 30.0)),
        correction(minute_ms, minute_ms + 3 * HOUR_MS, 4, 4, (40.0, 40.0)),
    ]


def test_a_late_reading_is_live_if_it_is_the_latest(by_hand: Settings, minute_ms: int) -> None:
    live = live_of(by_hand, "late")

    assert live.slice_end_ms >= minute_ms + 3 * HOUR_MS + 25_000
    assert (live.last_ms, live.late) == (minute_ms + 20_000, True)
    assert (live.readings, live.register, live.demand) == (4, 40.0, 400.0)
    assert (live.energy_today, live.cadence_ms) == (30.0, 5_000)


def correction(
    minute_ms: int, corrected_at_ms: int, first: int, last: int, registers: tuple[float, float]
) -> Row:
    """The whole row of the late readings from sequence number `first` to `last`."""
    demands = [100.0 * seq for seq in range(first, last + 1)]
    return {
        "meter_id": "late",
        **partition_of_row("late", minute_ms),
        "minute": utc(minute_ms),
        "corrected_at": utc(corrected_at_ms),
        "geohash": GEOHASH,
        "commodity": "electricity",
        "readings": len(demands),
        "expected": len(demands),
        "first_seq": first,
        "last_seq": last,
        "first_at": utc(minute_ms + 5_000 * first),
        "last_at": utc(minute_ms + 5_000 * last),
        "first_register": registers[0],
        "last_register": registers[1],
        "low_register": registers[0],
        "high_register": registers[1],
        "demands": len(demands),
        "demand_sum": sum(demands),
        "demand_min": demands[0],
        "demand_max": demands[-1],
        "energy": None,
        "estimated": 0,
    }


def partition_of_row(meter_id: str, minute_ms: int) -> Row:
    """What only the partition key of `minutes_by_meter` has."""
    return {"bucket": bucket_of(meter_id), "hour": utc(minute_ms - minute_ms % HOUR_MS)}


def test_both_access_paths_hold_the_same(cql: "Session", minute_ms: int) -> None:
    rows = [
        {name: value for name, value in row.items() if name != "area"}
        | partition_of_row("late", minute_ms)
        for row in rows_by_area(cql, GEOHASH[:5], "late", minute_ms)
    ]

    assert rows == rows_of_minute(cql, "late", minute_ms)
    assert len(rows) == 3


def at_the_limit_of_lateness(settings: Settings, minute_ms: int) -> Iterable[Record]:
    """One reading as late as an on-time reading may be, one a millisecond later."""
    limit_ms = settings.on_time_limit_ms
    yield record(settings, reading("limit", minute_ms + 10_000, 1, 1.0, 1.0), limit_ms)
    yield record(settings, reading("limit", minute_ms + 20_000, 2, 2.0, 1.0), limit_ms + 1)


def test_a_reading_is_late_from_one_millisecond_beyond_the_limit(
    cql: "Session", minute_ms: int
) -> None:
    rows = rows_of_minute(cql, "limit", minute_ms)

    assert [(row["corrected_at"], row["first_seq"], row["last_seq"]) for row in rows] == [
        (utc(0), 1, 1),
        (utc(minute_ms), 2, 2),
    ]


def at_the_edges_of_the_minute(settings: Settings, minute_ms: int) -> Iterable[Record]:
    """At exactly :00, at the last millisecond, and at exactly :00 of the next minute."""
    for seq, after_ms in enumerate((0, MINUTE_MS - 1, MINUTE_MS), start=1):
        edge = reading("edge", minute_ms + after_ms, seq, float(seq), float(seq))
        yield record(settings, edge, SOON_MS)


def test_a_minute_holds_its_beginning_and_not_its_end(
    cql: "Session", midnight_ms: int, minute_ms: int
) -> None:
    rows = minutes_of_day(cql, "edge", midnight_ms)

    assert [(row["minute"], row["first_at"], row["last_at"]) for row in rows] == [
        (utc(minute_ms), utc(minute_ms), utc(minute_ms + MINUTE_MS - 1)),
        (utc(minute_ms + MINUTE_MS),) + (utc(minute_ms + MINUTE_MS),) * 2,
    ]


def test_a_slice_holds_its_beginning_and_not_its_end(by_hand: Settings, minute_ms: int) -> None:
    live = live_of(by_hand, "edge")

    # What is known is said again now and then, with a later slice.
    assert live.slice_end_ms >= minute_ms + MINUTE_MS + by_hand.slice_ms
    assert (live.readings, live.last_ms) == (3, minute_ms + MINUTE_MS)
    # Of the last slice alone; with the reading before it, it were 2.5.
    assert live.demand == 3.0


def homes(settings: Settings, minute_ms: int) -> Iterable[Record]:
    """Two minutes of homes that use 0.15 kWh in every 5 s; readings end at :00, :05 and so on."""
    for home in HOMES:
        for seq in range(24):
            ts = minute_ms + seq * 5_000
            register = 500.0 + seq * HOME_WH
            yield record(settings, reading(home, ts, seq, register, HOME_W, HOMES_GEOHASH), SOON_MS)


@pytest.mark.parametrize("home", HOMES)
def test_twelve_readings_of_a_home_make_a_minute_of_1_8_kwh(
    cql: "Session", minute_ms: int, home: str
) -> None:
    (first,) = rows_of_minute(cql, home, minute_ms)
    (second,) = rows_of_minute(cql, home, minute_ms + MINUTE_MS)

    assert (first["readings"], first["expected"]) == (12, 12)
    assert (second["readings"], second["expected"]) == (12, 12)
    assert second["last_register"] - first["last_register"] == 1_800.0
    assert first["demand_sum"] * 5 / 3_600 == 1_800.0


def test_an_area_draws_what_its_homes_draw(cql: "Session", minute_ms: int) -> None:
    assert area_minute(cql, HOMES_GEOHASH, minute_ms) == (36, 3, 0, 3 * HOME_W)
    assert area_minute(cql, HOMES_GEOHASH, minute_ms + MINUTE_MS) == (36, 3, 0, 3 * HOME_W)


def test_what_homes_drew_holds_for_half_a_minute(cql: "Session", minute_ms: int) -> None:
    # Read last 5 s before the minute: of its 12 slices 5 end by then.
    assert area_minute(cql, HOMES_GEOHASH, minute_ms + 2 * MINUTE_MS) == (
        *(0, 3, 3),
        3 * HOME_W * 5 / 12,
    )


MEANS = {"up": (0.001, 0.001, 0.003), "down": (-0.004, -0.004, -0.006)}
"""Their means are 5/3 and -14/3 thousandths."""


def with_means_to_cut(settings: Settings, minute_ms: int) -> Iterable[Record]:
    """Two meters whose mean demand is no whole number of thousandths."""
    for meter_id, demands in MEANS.items():
        for seq, demand in enumerate(demands):
            cut = reading(meter_id, minute_ms + seq * 1_000, seq, 0.0, demand, MEANS_GEOHASH)
            yield record(settings, cut, SOON_MS)


def test_means_are_cut_towards_zero_before_an_area_adds_them_and_again_in_its_minute(
    cql: "Session", by_hand: Settings, minute_ms: int
) -> None:
    assert live_of(by_hand, "up", MEANS_GEOHASH).demand == 0.001
    assert live_of(by_hand, "down", MEANS_GEOHASH).demand == -0.004
    # -0.003 W in the 6 of 12 slices that end by 30 s after the last reading
    assert area_minute(cql, MEANS_GEOHASH, minute_ms) == (6, 2, 2, -0.001)


def live_of(settings: Settings, meter_id: str, geohash: str = GEOHASH) -> LiveMeter:
    """What Redis shows of an electricity meter."""
    key = live_key(settings.namespace, "electricity", geohash[:5])
    with redis_client(settings.redis) as client:
        return msgspec.json.decode(client.hget(key, meter_id) or "", type=LiveMeter)


def area_minute(cql: "Session", geohash: str, minute_ms: int) -> tuple[int, int, int, float]:
    """Readings, meters, silent meters and demand of an area's minute."""
    statement = (
        "SELECT readings, meters, silent, demand FROM area_minutes "
        "WHERE area = %s AND day = %s AND commodity = 'electricity' AND minute = %s"
    )
    (row,) = cql.execute(statement, (geohash[:5], day_of(minute_ms), utc(minute_ms)))
    return row["readings"], row["meters"], row["silent"], row["demand"]
