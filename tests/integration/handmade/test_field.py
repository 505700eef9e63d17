"""The cases of `tests/field` by arithmetic on paper: in Redis, in Cassandra, and by the oracle."""

import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import pytest
from msgspec.json import decode

from adapters import live_questions as ask
from adapters.connect import redis_client
from adapters.energy import energy_from_history
from adapters.live_store import LiveStore
from contracts.energy import Counting, Energy, Span
from contracts.history import keyspace
from contracts.live import LiveGroup, LiveMeter, live_pattern
from contracts.reading import HEARTBEAT
from contracts.settings import Settings
from contracts.time import DAY_MS, HOUR_MS, MINUTE_MS
from simulators.sending.closing import pass_time
from simulators.sending.recorder import Record
from simulators.sending.sender import Sender
from tests.support.cql import Row, day_of, minutes_of_day, utc
from tests.support.field import NAMES, field, in_order
from tests.support.verify import assert_equal, assert_no_job_failed

if TYPE_CHECKING:
    from cassandra.cluster import Session

    from tests.integration.handmade.conftest import Written
    from verification.report import Report

FIRST_DAY_MS = 1_709_164_800_000
"""2024-02-29, on which the cases begin; they go on on the day after."""
MIXED_END_MS = 1_709_251_225_000
"""End of the last slice in which meters of `mixed_cadence` read."""
SLICE_CLOSED_MS = 4_000
"""So long after its end a slice has closed, and the next one has not."""
TIMEOUT_S, POLL_S = 300.0, 0.2


class Day:
    """Times of the cases as they are sent, on a day that is free."""

    def __init__(self, first_ms: int) -> None:
        self.shift_ms = first_ms - FIRST_DAY_MS
        self.first_ms, self.second_ms = first_ms, first_ms + DAY_MS

    def at(self, case_ms: int) -> int:
        """When what the case has at this time is."""
        return case_ms + self.shift_ms


@dataclass(frozen=True)
class Sent:
    """The cases, sent."""

    day: Day
    while_it_holds: dict[tuple[str, str], LiveGroup]
    """What areas drew when the last of the first day's cases had read."""


def write(by_hand: Settings, day: Day) -> Sent:
    """What is before the last of the first day's cases, and when that was looked at the rest."""
    told = [
        replace(
            each,
            arrival_ms=day.at(each.arrival_ms),
            value=each.value | {"ts": day.at(each.value["ts"])},
        )
        for name in NAMES
        for each in field(name)
    ]
    pause_ms = day.at(MIXED_END_MS)
    before = in_order([each for each in told if each.arrival_ms < pause_ms], by_hand)
    after = in_order([each for each in told if each.arrival_ms >= pause_ms], by_hand)
    with Sender(by_hand, "field") as sender:
        sender.send(before)
        closed = [
            Record(partition, pause_ms + SLICE_CLOSED_MS, None, HEARTBEAT)
            for partition in sender.partitions
        ]
        sender.send(closed)
        areas = areas_at(by_hand, pause_ms)
        sender.send(after)
        pass_time(sender, after[-1].arrival_ms)
    return Sent(day, areas)


@pytest.fixture(scope="module")
def day(written: "Written") -> Day:
    """The first of two days that the cases have to themselves."""
    return written.field.day


@pytest.fixture(scope="module")
def while_it_holds(written: "Written") -> dict[tuple[str, str], LiveGroup]:
    """What areas drew when the last of the first day's cases had read."""
    return written.field.while_it_holds


MIXED = ("electricity", "u1016")
BOTH = {("electricity", "u1017"), ("gas", "u1017")}
"""Commodities and areas of which it is asked what they drew then."""


def areas_at(settings: Settings, slice_end_ms: int) -> dict[tuple[str, str], LiveGroup]:
    """What areas draw once the mixed one shows this slice and the others are there: each is shown
    when the part of the job that it belongs to has come so far."""
    deadline = time.monotonic() + TIMEOUT_S
    with LiveStore(settings.redis) as live:
        while time.monotonic() < deadline:
            found = live.ask(ask.all_groups(settings.namespace, "area"))
            if found.keys() >= {MIXED, *BOTH} and found[MIXED].slice_end_ms >= slice_end_ms:
                return found
            assert_no_job_failed(settings)
            time.sleep(POLL_S)
    raise TimeoutError(f"{MIXED} does not show the slice that ends at {slice_end_ms}: {found}")


@pytest.fixture(scope="module")
def live(report: "Report", by_hand: Settings) -> dict[tuple[str, str, str], LiveMeter]:  # noqa: ARG001
    """What Redis shows of every meter, by meter, commodity and area."""
    found = {}
    with redis_client(by_hand.redis) as client:
        for key in client.scan_iter(live_pattern(by_hand.namespace)):
            _, _, commodity, area = str(key).split(":")
            for meter_id, value in client.hgetall(key).items():
                found[str(meter_id), commodity, area] = decode(value, type=LiveMeter)
    return found


Lives = dict[tuple[str, str, str], LiveMeter]


def only(live: Lives, meter_id: str) -> LiveMeter:
    """The one value of a meter."""
    (value,) = (value for (known, _, _), value in live.items() if known == meter_id)
    return value


def row_of(cql: "Session", meter_id: str, day: Day) -> Row:
    """The one row of a meter, of all its minutes, commodities and corrections."""
    (row,) = rows_of(cql, meter_id, day)
    return row


def rows_of(cql: "Session", meter_id: str, day: Day) -> list[Row]:
    """All rows of a meter."""
    return [
        row
        for day_ms in (day.first_ms, day.second_ms)
        for row in minutes_of_day(cql, meter_id, day_ms)
    ]


def area_minutes(
    cql: "Session", area: str, day_ms: int, commodity: str = "electricity"
) -> dict[int, tuple[int, int, int, float]]:
    """Readings, meters, silent meters and demand of an area's minutes, by minutes since
    midnight."""
    statement = (
        "SELECT minute, readings, meters, silent, demand FROM area_minutes "
        "WHERE area = %s AND day = %s AND commodity = %s"
    )
    return {
        (row["minute"] - utc(day_ms)).seconds // 60: (
            *(row["readings"], row["meters"], row["silent"]),
            row["demand"],
        )
        for row in cql.execute(statement, (area, day_of(day_ms), commodity))
    }


def energy_of(
    cql: "Session", settings: Settings, meter_id: str, day: Day, size: int | None = None
) -> Energy:
    """The energy of the two days, as `adapters.energy` tells it."""
    span = Span(day.first_ms, day.second_ms + DAY_MS)
    counting = Counting(register_size=size)
    return energy_from_history(cql, keyspace(settings), meter_id, "electricity", span, counting)


def test_the_oracle_finds_the_same(report: "Report") -> None:
    assert_equal(report)
    assert report.counts.open_readings == 0


def test_a_half_hourly_value_holds_beside_meters_that_read_every_second(
    cql: "Session", while_it_holds: dict[tuple[str, str], LiveGroup], day: Day
) -> None:
    shown = while_it_holds[MIXED]
    # 1000.833 Wh less 1000.278 Wh, five times; that of the half-hour ended with the day before.
    assert shown == LiveGroup(day.at(MIXED_END_MS), 2_500.0, 5, 1, 0, 2.775)

    # A late reading of 23:30 makes the slow meter known at 23:59:55.
    assert area_minutes(cql, "u1016", day.first_ms) == {24 * 60 - 1: (51, 6, 0, 2_500.0)}
    assert area_minutes(cql, "u1016", day.second_ms) == {
        # The last of the fast ones is of 0:20: 10 slices of 2,500 W and 2 of 2,000 W.
        0: (106, 6, 5, 2_416.666),
        # It holds for three half-hours.
        90: (0, 0, 6, 0.0),
    }


def test_two_commodities_are_two_meters(
    cql: "Session",
    live: Lives,
    while_it_holds: dict[tuple[str, str], LiveGroup],
    day: Day,
) -> None:
    assert while_it_holds["electricity", "u1017"].demand == 800.0
    assert while_it_holds["gas", "u1017"].demand == 900.0
    for commodity, register, demand in (("electricity", 5e6, 800.0), ("gas", 123_456.0, 900.0)):
        value = live["c17", commodity, "u1017"]
        assert (value.register, value.demand, value.readings) == (register, demand, 1)
        (drawn,) = (
            drawn
            for minute, drawn in area_minutes(cql, "u1017", day.first_ms, commodity).items()
            if minute == 23 * 60 + 50
        )
        assert drawn == (1, 1, 0, demand)
    assert [(row["commodity"], row["last_register"]) for row in rows_of(cql, "c17", day)] == [
        ("electricity", 5e6),
        ("gas", 123_456.0),
    ]


def test_a_meter_that_moves_is_in_one_area(cql: "Session", live: Lives, day: Day) -> None:
    assert [area for meter_id, _, area in live if meter_id == "c18down"] == ["u1018"]
    row = row_of(cql, "c18down", day)
    assert (row["geohash"], row["readings"], row["last_register"]) == ("u1018bc", 3, 1_020.0)
    assert area_minutes(cql, "u1019", day.first_ms) == {}
    assert area_minutes(cql, "u1018", day.first_ms)[23 * 60 + 50] == (3, 1, 0, 100.0)


def test_a_reading_that_comes_eight_times_counts_once(
    cql: "Session", live: Lives, day: Day
) -> None:
    value = only(live, "c31")
    assert (value.demand, value.readings, value.repeats) == (400.0, 3, 7)
    row = row_of(cql, "c31", day)
    assert (row["readings"], row["expected"], row["demand_sum"]) == (3, 3, 1_200.0)
    # 400 W in the 6 of 12 slices that end by 30 s after the last reading
    assert area_minutes(cql, "u1031", day.first_ms)[23 * 60 + 54] == (3, 1, 1, 200.0)


def test_an_old_reading_that_comes_again_is_one_row_and_live(
    cql: "Session", live: Lives, day: Day
) -> None:
    noon_ms = day.second_ms + 12 * HOUR_MS
    row = row_of(cql, "c41", day)
    assert (row["minute"], row["corrected_at"]) == (utc(noon_ms), utc(noon_ms + 2 * MINUTE_MS))
    assert (row["readings"], row["expected"]) == (1, 1)
    value = only(live, "c41")
    assert (value.last_ms, value.late, value.register) == (noon_ms, True, 1_269_375.0)
    assert (value.readings, value.revisions) == (1, 0)


def test_a_meter_whose_clock_is_behind_is_live(cql: "Session", live: Lives, day: Day) -> None:
    noon_ms = day.second_ms + 12 * HOUR_MS
    behind = {"c36ok": 0, "c36slow2": 2_200, "c36slow23": 2_201, "c36slow5": 5_000}
    for meter_id, behind_ms in behind.items():
        value = only(live, meter_id)
        assert value.last_ms == noon_ms + 59_000 - behind_ms
        assert value.late == (behind_ms > 2_200)
        assert (value.readings, value.demand, value.register) == (60, 100.0, 1_059.0)
    assert area_minutes(cql, "u1061", day.second_ms) == {
        # The three of the second meter from before noon.
        12 * 60 - 1: (3, 1, 0, 100.0),
        12 * 60: (237, 4, 0, 400.0),
        # They hold up to 0:24, 0:26.799, 0:26.8 and 0:29: 4 slices of 400 W, one of 300 W.
        12 * 60 + 1: (0, 4, 4, 158.333),
    }


def test_energy_goes_on_through_an_exchange(
    cql: "Session", by_hand: Settings, live: Lives, day: Day
) -> None:
    energy = energy_of(cql, by_hand, "c03", day)
    assert energy.amount == 30_000
    assert len(energy.resets) == 1
    value = only(live, "c03")
    assert (value.energy_today, value.resets) == (30.0, 1)
    assert value.reset_ms == day.at(1_709_250_630_000)


@pytest.mark.parametrize(("meter_id", "amount"), [("c02a", 2_000), ("c02b", 1_500)])
def test_of_readings_that_share_an_instant_the_later_counts(
    cql: "Session", by_hand: Settings, live: Lives, day: Day, meter_id: str, amount: int
) -> None:
    assert energy_of(cql, by_hand, meter_id, day).amount == amount
    value = only(live, meter_id)
    assert (value.resets, value.energy_today) == (1, amount / 1_000)
    row = row_of(cql, meter_id, day)
    assert value.register == row["last_register"] == {"c02a": 0.5, "c02b": 0.0}[meter_id]


@pytest.mark.parametrize(("size", "amount"), [(None, 400_000), (100_000_000_000, 500_000)])
def test_energy_goes_on_through_a_rollover(
    cql: "Session",
    by_hand: Settings,
    live: Lives,
    day: Day,
    size: int | None,
    amount: int,
) -> None:
    energy = energy_of(cql, by_hand, "c04", day, size)
    assert energy.amount == amount
    assert (len(energy.resets), len(energy.rollovers)) == ((1, 0) if size is None else (0, 1))
    # Nothing is announced of it.
    value = only(live, "c04")
    assert (value.energy_today, value.resets) == (400.0, 1)


@pytest.mark.parametrize(("meter_id", "readings"), [("c05", 6), ("c09", 4)])
def test_a_sequence_that_begins_again_loses_nothing(
    cql: "Session", live: Lives, day: Day, meter_id: str, readings: int
) -> None:
    row = row_of(cql, meter_id, day)
    assert (row["readings"], row["expected"]) == (readings, readings)
    assert (only(live, meter_id).readings, only(live, meter_id).lost) == (readings, 0)


@pytest.mark.parametrize(("meter_id", "register"), [("c06down", 4_800.0), ("c06up", 5_000.0)])
def test_the_later_word_of_a_reading_counts(
    cql: "Session", live: Lives, day: Day, meter_id: str, register: float
) -> None:
    row = row_of(cql, meter_id, day)
    assert row["readings"] == 1
    for end in ("first", "last", "low", "high"):
        assert row[f"{end}_register"] == register
    value = only(live, meter_id)
    assert (value.register, value.readings, value.revisions) == (register, 1, 1)
    assert value.energy_today == 0.0


def test_the_later_word_counts_if_it_comes_late(cql: "Session", live: Lives, day: Day) -> None:
    on_time, correction = rows_of(cql, "c07down", day)
    assert (on_time["readings"], on_time["last_register"]) == (1, 5_000.0)
    assert (correction["readings"], correction["expected"]) == (0, 0)
    # Of the same instant as the other's: the larger `corrected_at` has the later word.
    assert correction["last_at"] == on_time["last_at"]
    assert correction["last_register"] == 4_800.0
    value = only(live, "c07down")
    assert (value.register, value.late, value.readings, value.revisions) == (4_800.0, True, 1, 1)
