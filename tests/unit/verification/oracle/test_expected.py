"""The oracle on tiny recordings worked out by hand."""

from collections.abc import Sequence
from fractions import Fraction
from math import floor
from pathlib import Path
from typing import Any

import orjson
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.reading import HEARTBEAT
from contracts.settings import Settings
from tests.support.log import GEOHASH, LATER, T, announcement, reading, record
from tests.unit.verification.oracle.conftest import Judge
from verification.oracle.count import count_log, known_demand
from verification.oracle.decode import Announced
from verification.oracle.expected import expect
from verification.oracle.log import RecordingError, Served, Topic, read_log
from verification.rows import (
    AreaMinute,
    LargestTotal,
    LargeValue,
    LiveGroupTotal,
    LiveValue,
    Minute,
)

KIND = "electricity"
ON_TIME = ("a", KIND, T, 0)
LIVE = (KIND, "gcpuy", "a")
AREA = ("area", KIND, "gcpuy")


def test_late_begins_above_4000_ms(judge: Judge) -> None:
    expected = judge((T + 4_000, reading(T)), (T + 4_001, reading(T, seq=2)))
    assert (expected.counts.on_time, expected.counts.late) == (1, 1)
    assert sorted(expected.minutes) == [ON_TIME, ("a", KIND, T, T)]
    assert expected.archive["late"].to_list() == [False, True]


def test_clock_ahead_begins_above_10_s(judge: Judge) -> None:
    expected = judge((T, reading(T + 10_000)), (T, reading(T + 10_001)))
    assert expected.counts.on_time == 1
    assert expected.counts.rejected == {"clock_ahead": 1}
    reject = expected.rejects[0, 1]
    assert (reject.reason, reject.topic, reject.arrival_ms) == (
        "clock_ahead",
        "wattstream.readings",
        T,
    )
    assert reject.value == reading(T + 10_001)


def test_clock_behind_begins_above_20_years(judge: Judge, settings: Settings) -> None:
    behind_ms = settings.clock_behind_ms
    assert behind_ms == 7_305 * 86_400_000

    expected = judge(
        (T, reading(T - behind_ms)), (T, reading(T - behind_ms - 1)), (T, reading(T // 1000))
    )

    assert (expected.counts.on_time, expected.counts.late) == (0, 1)
    assert expected.counts.rejected == {"clock_behind": 2}


def test_a_reading_at_00_belongs_to_the_minute_it_starts(judge: Judge) -> None:
    expected = judge((T, reading(T - 1)), (T, reading(T)), (T + 59_999, reading(T + 59_999)))
    readings = {key[2]: row.readings for key, row in expected.minutes.items()}
    assert readings == {T - 60_000: 1, T: 2}


def test_twelve_readings_of_a_minute(judge: Judge) -> None:
    sent = [
        (
            T + 5_000 * n + 100,
            reading(T + 5_000 * n, seq=100 + n, register=10 + 0.15 * n, demand=0.15),
        )
        for n in range(12)
    ]
    expected = judge(*sent)
    assert expected.minutes == {
        ON_TIME: Minute(
            geohash=GEOHASH,
            readings=12,
            expected=12,
            first_seq=100,
            last_seq=111,
            first_at=T,
            last_at=T + 55_000,
            first_register=10.0,
            last_register=11.65,
            low_register=10.0,
            high_register=11.65,
            demands=12,
            demand_sum=1.8,
            demand_min=0.15,
            demand_max=0.15,
            energy=None,
            estimated=0,
        )
    }
    assert expected.area_minutes["gcpuy", KIND, T] == AreaMinute(
        readings=12, meters=1, silent=0, demand=0.15
    )
    assert expected.live[LIVE].value == LiveValue(
        slice_end_ms=T + 60_000,
        last_ms=T + 55_000,
        holds_until_ms=T + 85_000,
        late=False,
        geohash=GEOHASH,
        commodity=KIND,
        register=11.65,
        demand=0.15,
        energy_today=1.65,
        readings=12,
        repeats=0,
        revisions=0,
        lost=0,
        resets=0,
        reset_ms=None,
        cadence_ms=5_000,
        voltage_v=None,
        quality="measured",
        feeder=None,
        region=None,
    )
    # Reporting up to 60 s, holding up to 85 s, and silent then.
    assert expected.live_groups == {AREA: LiveGroupTotal(T + 90_000, 0.0, 0, 0, 1, 1.65)}
    assert expected.largest == {
        (KIND, "power"): LargestTotal(T + 120_000, ()),
        (KIND, "energy"): LargestTotal(T + 60_000, (LargeValue("a", "gcpuy", 1.65),)),
    }


def test_a_repeat_changes_nothing_but_the_count_of_repeats(judge: Judge) -> None:
    once = reading(T, seq=5, register=7.5, demand=-3)
    expected = judge((T, once), (T + 1, once))
    row = expected.minutes[ON_TIME]
    assert expected.counts.repeated == 1
    assert (row.readings, row.expected) == (1, 1)
    assert (row.first_register, row.last_register, row.low_register, row.high_register) == (
        7.5,
        7.5,
        7.5,
        7.5,
    )
    assert (row.demand_sum, row.demand_min, row.demand_max) == (-3.0, -3.0, -3.0)
    live = expected.live[LIVE].value
    assert (live.readings, live.repeats, live.demand) == (1, 1, -3.0)


def test_a_late_repeat_is_a_repeat(judge: Judge) -> None:
    assert judge((T, reading(T)), (T + 90_000, reading(T))).counts.repeated == 1


def test_register_reset_within_a_minute(judge: Judge) -> None:
    expected = judge(
        (T + 3_000, reading(T + 2_000, seq=3, register=2)),
        (T + 3_000, reading(T, seq=1, register=900)),
        (T + 3_000, reading(T + 1_000, seq=2, register=905)),
    )
    row = expected.minutes[ON_TIME]
    assert (row.first_at, row.first_register) == (T, 900.0)
    assert (row.last_at, row.last_register) == (T + 2_000, 2.0)
    assert (row.low_register, row.high_register) == (2.0, 905.0)
    assert (row.first_seq, row.last_seq, row.expected) == (1, 3, 3)


@pytest.mark.parametrize("registers", [(5, 6, 4), (4, 5, 6), (6, 4, 5)])
def test_registers_of_one_instant_count_in_the_order_of_seq(
    judge: Judge, registers: tuple[int, ...]
) -> None:
    sent = [(T, reading(T, seq=n, register=r)) for n, r in enumerate(registers)]
    row = judge(*reversed(sent)).minutes[ON_TIME]
    assert (row.first_register, row.last_register) == (registers[0], registers[-1])
    assert (row.low_register, row.high_register) == (4, 6)


def test_arrival_may_go_back_by_the_slack(judge: Judge) -> None:
    expected = judge(
        (T + 5_000, HEARTBEAT),
        (T + 4_000, reading(T + 4_000)),
        (T + 3_999, reading(T + 3_999)),
        (T + 3_000, HEARTBEAT),
        (T + 3_000, b"{"),
        (T + 3_000, reading(T + 20_000)),
    )
    reasons = {key[1]: reject.reason for key, reject in expected.rejects.items()}
    assert reasons == {
        2: "arrival_went_back",
        3: "arrival_went_back",
        4: "not_json",
        5: "arrival_went_back",
    }
    assert expected.counts.on_time == 1
    assert expected.counts.heartbeats == 3
    assert expected.counts.sent == 5


def test_a_rejected_record_raises_the_partitions_arrival(judge: Judge) -> None:
    expected = judge((T + 5_000, None), (T + 3_999, reading(T + 3_999)))
    assert expected.counts.rejected == {"empty": 1, "arrival_went_back": 1}


def test_partitions_have_arrivals_of_their_own(settings: Settings) -> None:
    record(settings, 0, [(T + 60_000, HEARTBEAT)])
    record(settings, 1, [(T, reading(T)), (T + 60_000, HEARTBEAT)])
    expected = expect(read_log(settings), settings, lambda _: None)
    assert expected.counts.on_time == 1


def test_corrections_of_two_windows_of_arrival(judge: Judge) -> None:
    expected = judge(
        (T, reading(T, seq=1, register=1, demand=1)),
        (T + 59_999, reading(T + 1_000, seq=2, register=2, demand=2)),
        (T + 60_000, reading(T + 2_000, seq=3, register=3, demand=4)),
        (T + 61_000, reading(T + 3_000, seq=5, register=5, demand=8)),
    )
    rows = expected.minutes
    assert {key[3]: row.readings for key, row in rows.items()} == {0: 1, T: 1, T + 60_000: 2}
    assert rows["a", KIND, T, T + 60_000].expected == 3
    merged = expected.merged["a", KIND, T]
    assert (merged.readings, merged.expected, merged.demand_sum) == (4, 5, 15.0)
    assert (merged.first_register, merged.last_register) == (1.0, 5.0)
    live = expected.live[LIVE].value
    assert (live.last_ms, live.late, live.readings, live.lost) == (T + 3_000, True, 4, 1)
    # The late ones count in their slices of arrival.
    areas = {key[2]: row.readings for key, row in expected.area_minutes.items() if row.readings}
    assert areas == {T: 2, T + 60_000: 2}


def test_areas_add_each_meters_truncated_mean(judge: Judge) -> None:
    two = T + 1
    expected = judge(
        (T, reading(T, demand=0.001)),
        (T, reading(two, seq=2, demand=0.002)),
        (T, reading(T, meter_id="b", demand=-0.001)),
        (T, reading(two, meter_id="b", seq=2, demand=-0.002)),
        (T, reading(T, meter_id="c", demand=7)),
        (T, reading(T, meter_id="d", geohash="gcpuv", demand=8)),
        (T, reading(T, meter_id="e", commodity="gas", demand=9)),
        until=T + 65_000,
    )
    assert expected.area_minutes == {
        ("gcpuy", KIND, T): AreaMinute(readings=5, meters=3, silent=2, demand=7.0),
        ("gcpuv", KIND, T): AreaMinute(readings=1, meters=1, silent=0, demand=8.0),
        ("gcpuy", "gas", T): AreaMinute(readings=1, meters=1, silent=0, demand=9.0),
    }
    # Reporting in the first slice, holding since the second; those of a short cadence for 30 s.
    assert expected.live_groups == {
        ("area", KIND, "gcpuy"): LiveGroupTotal(T + 35_000, 7.0, 0, 1, 2, 0.0),
        ("area", KIND, "gcpuv"): LiveGroupTotal(T + 10_000, 8.0, 0, 1, 0, 0.0),
        ("area", "gas", "gcpuy"): LiveGroupTotal(T + 10_000, 9.0, 0, 1, 0, 0.0),
    }
    d, c, e = LargeValue("d", "gcpuv", 8), LargeValue("c", "gcpuy", 7), LargeValue("e", "gcpuy", 9)
    assert expected.largest == {
        (KIND, "power"): LargestTotal(T + 60_000, (d, c)),
        ("gas", "power"): LargestTotal(T + 60_000, (e,)),
    }
    assert expected.live[LIVE].value.demand == 0.001
    assert expected.live[KIND, "gcpuy", "b"].value.demand == -0.001


def test_a_meter_that_moved_is_live_where_it_is(judge: Judge) -> None:
    expected = judge((T, reading(T)), (T + 5_000, reading(T + 5_000, seq=2, geohash="u4pru")))
    ends = {key: live.value.slice_end_ms for key, live in expected.live.items()}
    assert ends == {(KIND, "u4pru", "a"): T + 10_000}
    assert expected.minutes[ON_TIME].geohash == "u4pru"


@pytest.mark.parametrize(
    ("until", "closed"),
    # The watermark is 5 s and 1 ms behind the arrival; the minute ends at T + 60 s, and closes
    # when the watermark reaches the millisecond before.
    [(T + 65_001, 1), (T + 65_000, 1), (T + 64_999, 0), (T + 64_998, 0)],
)
def test_a_minute_closes_with_the_watermark(judge: Judge, until: int, closed: int) -> None:
    expected = judge((T, reading(T)), until=until)
    assert len(expected.minutes) == len(expected.area_minutes) == closed
    assert expected.counts.open_readings == expected.counts.open_windows == 1 - closed
    assert len(expected.merged) == closed
    assert len(expected.live) == len(expected.live_groups) == 1
    assert len(expected.archive) == 1


@pytest.mark.parametrize(("until", "closed"), [(T + 10_000, 1), (T + 9_999, 0)])
def test_a_slice_closes_with_the_watermark(judge: Judge, until: int, closed: int) -> None:
    expected = judge((T, reading(T)), until=until)
    assert len(expected.live) == len(expected.live_groups) == closed
    assert expected.unsettled == (frozenset() if closed else {(KIND, "a")})


@pytest.mark.parametrize(
    ("window_ms", "until", "closed"),
    [
        (60_000, T + 65_000, 1),
        (60_000, T + 64_999, 0),
        # A window that ends within a slice closes with that.
        (12_000, T + 20_000, 1),
        (12_000, T + 19_999, 0),
    ],
)
def test_a_correction_closes_with_the_last_slice_of_its_window(
    judge: Judge, settings: Settings, window_ms: int, until: int, closed: int
) -> None:
    settings.correction_window_ms = window_ms
    expected = judge((T, reading(T - 90_000)), until=until)
    assert len(expected.minutes) == len(expected.merged) == closed
    assert expected.counts.open_readings == expected.counts.open_windows == 1 - closed


@pytest.mark.parametrize(("on_time_ms", "slack_ms"), [(5_000, 0), (9_000, 2_500)])
def test_the_limits_follow_the_settings(
    judge: Judge, settings: Settings, on_time_ms: int, slack_ms: int
) -> None:
    settings.on_time_ms, settings.slack_ms = on_time_ms, slack_ms
    limit_ms = on_time_ms - slack_ms
    expected = judge(
        (T + limit_ms, reading(T)),
        (T + limit_ms + 1, reading(T)),
        (T + limit_ms + 1 - slack_ms, HEARTBEAT),
        (T + limit_ms - slack_ms, reading(T)),
    )
    assert (expected.counts.on_time, expected.counts.late) == (1, 1)
    assert expected.counts.rejected == {"arrival_went_back": 1}


@pytest.mark.parametrize(("excess", "rejected"), [(0, {}), (1, {"too_large": 1})])
def test_a_value_of_more_than_4_mib_is_rejected_without_it(
    judge: Judge, excess: int, rejected: dict[str, int]
) -> None:
    expected = judge((T, reading(T).ljust(4 * 1024 * 1024 + excess)))
    assert expected.counts.rejected == rejected
    assert [reject.value for reject in expected.rejects.values()] == [None] * excess
    assert expected.counts.on_time == 1 - excess


def test_the_slowest_partition_holds_all_windows_open(settings: Settings) -> None:
    record(settings, 0, [(T, reading(T)), (LATER, HEARTBEAT)])
    record(settings, 1, [(T, HEARTBEAT)])
    expected = expect(read_log(settings), settings, lambda _: None)
    assert not expected.minutes
    assert not expected.live
    assert expected.counts.open_readings == 1


def test_a_partition_without_records_holds_all_windows_open(settings: Settings) -> None:
    record(settings, 0, [(T, reading(T)), (LATER, HEARTBEAT)])
    expected = expect(read_log(settings), settings, lambda _: None)
    assert not expected.minutes
    assert expected.counts.open_windows == 1


def test_recordings_are_one_log(settings: Settings) -> None:
    record(settings, 0, [(T, reading(T)), (T, reading(T))])
    record(settings, 0, [(T - 2_000, reading(T)), (LATER, HEARTBEAT)], offset=2, run="a-second")
    record(settings, 1, [(LATER, HEARTBEAT)])
    expected = expect(read_log(settings), settings, lambda _: None)
    assert expected.live[LIVE].value.repeats == 1
    assert list(expected.rejects) == [(0, 2)]


def test_archive_rows(judge: Judge) -> None:
    expected = judge((T, reading(T, register=1.0005, voltage_v=230)), (T, b"{"), (T, HEARTBEAT))
    assert expected.archive.to_dicts() == [
        {
            "meter_id": "a",
            "geohash": GEOHASH,
            "commodity": "electricity",
            "ts": T,
            "seq": 1,
            "register": 1.001,
            "demand": 1.0,
            "voltage_v": 230.0,
            "energy": None,
            "interval_ms": None,
            "revision": 0,
            "quality": None,
            "quality_code": None,
            "arrival_ms": T,
            "kafka_partition": 0,
            "kafka_offset": 0,
            "late": False,
            "event_date": "2013-01-01",
        }
    ]


def test_the_archive_keeps_what_was_said_and_sums_what_is_known(judge: Judge) -> None:
    interval = {"energy": -0.0015, "interval_ms": 1_800_000}
    expected = judge(
        (T, reading(T, demand=None, quality="estimated", quality_code="E52", **interval)),
        (T, reading(T + 1, seq=2, demand=None, energy=-7, revision=3)),
    )
    row = expected.minutes[ON_TIME]
    assert (row.readings, row.demands, row.estimated) == (1, 1, 1)
    assert (row.demand_sum, row.demand_min, row.demand_max) == (-0.002, -0.002, -0.002)
    assert row.energy == expected.merged["a", KIND, T].energy == -7.001
    columns = ("demand", "energy", "interval_ms", "revision", "quality", "quality_code")
    assert expected.archive.select(columns).rows() == [
        (None, -0.001, 1_800_000, 0, "estimated", "E52"),
        (None, -7.0, None, 3, None, None),
    ]


def test_a_revision_is_no_repeat(judge: Judge) -> None:
    said = reading(T, demand=None, energy=7)
    revised = reading(T, demand=None, energy=7, revision=1)
    counts = judge((T, said), (T, revised), (T, revised)).counts
    assert (counts.repeated, counts.revised) == (1, 1)


def test_an_announcement_counts_apart_and_moves_time(settings: Settings) -> None:
    value = announcement(commodity="gas", cadence_ms=1_800_000)
    record(settings, 0, [(T, value), (T + 2_000, value), (T + 999, value)])
    record(settings, 1, [(T, HEARTBEAT)])

    tally = count_log(read_log(settings), settings, lambda _: None)

    announced = Announced("a", GEOHASH, "gas", None, None, 1_800_000, "register", None, False)
    assert tally.announcements == [(T, 0, 0, announced), (T + 2_000, 0, 1, announced)]
    assert [(key, reject.reason) for key, reject in tally.rejects.items()] == [
        ((0, 2), "arrival_went_back")
    ]
    assert tally.readings.is_empty()


@given(
    st.none() | st.integers(-(10**12), 10**12),
    st.integers(-(10**12), 10**12),
    st.integers(1, 2_678_400_000) | st.integers(1, 7_200_000),
)
def test_a_demand_that_is_not_said_is_the_mean_of_its_interval(
    demand: int | None, energy: int, interval_ms: int
) -> None:
    said = ("a", GEOHASH, "gas", T, 1, 1, demand, None, energy, interval_ms, 0, None, None)

    known = known_demand(said)

    mean = Fraction(energy * 3_600_000, interval_ms)
    if demand is not None:
        assert known == demand
    elif abs(mean) < 10**12:
        assert known == floor(mean + Fraction(1, 2))
    else:
        assert known is None


def test_thousandths_become_the_nearest_double_everywhere(judge: Judge) -> None:
    expected = judge((T, reading(T, register=9.697, demand=14644.71)))
    row, merged = expected.minutes[ON_TIME], expected.merged["a", KIND, T]
    assert row.first_register == merged.first_register == 9.697
    assert row.demand_sum == merged.demand_sum == 14644.71
    assert expected.archive.select("register", "demand").rows() == [(9.697, 14644.71)]


def test_a_missing_offset_is_named(settings: Settings) -> None:
    record(settings, 1, [(T, HEARTBEAT)])
    record(settings, 1, [(T, HEARTBEAT)], offset=2)
    with pytest.raises(RecordingError, match="partition 1 offset 1 is in no recording"):
        read_log(settings)


def test_a_missing_beginning_is_named(settings: Settings) -> None:
    record(settings, 0, [(T, HEARTBEAT)], offset=3)
    with pytest.raises(RecordingError, match="partition 0 offset 0 is in no recording"):
        read_log(settings)


def test_a_doubled_offset_is_named(settings: Settings) -> None:
    record(settings, 0, [(T, HEARTBEAT), (T, HEARTBEAT)])
    record(settings, 0, [(T, HEARTBEAT)], offset=1, run="another")
    with pytest.raises(RecordingError, match="partition 0 offset 1 is in more than one"):
        read_log(settings)


def topic(ends: list[int], heartbeats: dict[tuple[int, int], int]) -> Topic:
    """A topic with heartbeats at these partitions and offsets, and other records elsewhere."""
    return served({place: Served(at_ms, HEARTBEAT) for place, at_ms in heartbeats.items()}, ends)


def served(by_place: dict[tuple[int, int], Served], ends: list[int]) -> Topic:
    """A topic with records of services at these partitions and offsets, and others elsewhere."""

    def of(partition: int, offsets: Sequence[int]) -> dict[int, Served]:
        found = {}
        for offset in offsets:
            if (partition, offset) not in by_place:
                break
            found[offset] = by_place[partition, offset]
        return found

    return Topic(ends, of)


def test_paced_heartbeats_are_part_of_the_log(settings: Settings) -> None:
    record(settings, 0, [(T, reading(T)), (LATER, HEARTBEAT)])
    record(settings, 1, [(T, HEARTBEAT)])
    record(settings, 1, [(T + 1_000, HEARTBEAT)], offset=2, run="returned")
    log = read_log(settings, topic([2, 4], {(1, 1): T + 1_000, (1, 3): LATER}))
    assert log.ends == [2, 4]
    assert log.top_arrivals_ms == [LATER, LATER]
    assert log.partition(1)["arrival_ms"].to_list() == [T, T + 1_000, T + 1_000, LATER]
    expected = expect(log, settings, lambda _: None)
    assert expected.counts.heartbeats == 5
    assert expected.minutes[ON_TIME].readings == 1


def test_a_paced_heartbeat_moves_time_in_a_partition_nobody_recorded(settings: Settings) -> None:
    record(settings, 0, [(T, reading(T)), (LATER, HEARTBEAT)])
    log = read_log(settings, topic([2, 1], {(1, 0): LATER}))
    assert log.ends == [2, 1]
    assert expect(log, settings, lambda _: None).counts.open_readings == 0


def test_what_went_back_behind_a_paced_heartbeat_is_rejected(settings: Settings) -> None:
    record(settings, 0, [(LATER, HEARTBEAT)])
    record(settings, 1, [(T, HEARTBEAT)])
    record(settings, 1, [(T + 8_999, reading(T + 8_999))], offset=2, run="returned")
    log = read_log(settings, topic([1, 3], {(1, 1): T + 10_000}))
    assert expect(log, settings, lambda _: None).counts.rejected == {"arrival_went_back": 1}


def test_an_unrecorded_reading_between_recorded_ones_is_named(settings: Settings) -> None:
    record(settings, 1, [(T, HEARTBEAT)])
    record(settings, 1, [(T, HEARTBEAT)], offset=3)
    with pytest.raises(RecordingError, match="partition 1 offset 2 is in no recording"):
        read_log(settings, topic([0, 4], {(1, 1): T}))


def test_an_unrecorded_reading_at_the_end_is_not_taken(settings: Settings) -> None:
    record(settings, 0, [(T, HEARTBEAT)])
    log = read_log(settings, topic([3, 0], {(0, 1): T}))
    assert log.ends == [2, 0]


def test_what_the_registry_announced_is_part_of_the_log_and_not_paced(settings: Settings) -> None:
    said = orjson.dumps(
        {"meter": {"meter_id": "a", "geohash": GEOHASH, "commodity": KIND, "feeder": "f"}}
    )
    record(settings, 0, [(T, reading(T))])
    record(settings, 0, [(T + 1_000, HEARTBEAT)], offset=2, run="later")
    log = read_log(settings, served({(0, 1): Served(T + 500, said)}, [3, 0]))
    assert log.partition(0).rows() == [
        (0, T, reading(T)),
        (1, T + 500, said),
        (2, T + 1_000, HEARTBEAT),
    ]
    assert log.paced.is_empty()
    assert log.announced.rows() == [(0, 1, T + 500, None, said)]
    assert expect(log, settings, lambda _: None).counts.announcements == 1


def by_another(path: Path, rows: list[tuple[int, int, int, bytes | None, bytes]]) -> Path:
    """A recording as polars writes one: nullable columns, other widths, large binaries."""
    schema: dict[str, Any] = {
        **{"partition": pl.Int64, "offset": pl.Int64, "arrival_ms": pl.UInt64},
        **{"key": pl.Binary, "value": pl.Binary, "remark": pl.String},
    }
    pl.DataFrame([(*row, "mine") for row in rows], schema, orient="row").write_parquet(path)
    return path


def test_a_recording_of_another_producer_is_as_good(settings: Settings, tmp_path: Path) -> None:
    mine = by_another(
        tmp_path / "mine.parquet", [(0, 0, T, b"a", reading(T)), (0, 2, LATER, None, HEARTBEAT)]
    )
    record(settings, 0, [(T + 1, reading(T + 1, seq=2))], offset=1)
    record(settings, 1, [(LATER, HEARTBEAT)])
    # Given twice it is one.
    log = read_log(settings, None, [mine, tmp_path / "." / "mine.parquet"])
    assert log.ends == [3, 1]
    assert log.partition(0)["arrival_ms"].to_list() == [T, T + 1, LATER]
    assert expect(log, settings, lambda _: None).minutes[ON_TIME].readings == 2


def test_a_recording_of_another_producer_is_enough(settings: Settings, tmp_path: Path) -> None:
    mine = by_another(tmp_path / "mine.parquet", [(0, 0, T, b"a", reading(T))])
    assert read_log(settings, None, [mine]).ends == [1, 0]


def test_one_that_is_not_there_is_named(settings: Settings, tmp_path: Path) -> None:
    with pytest.raises(RecordingError, match=r"there is no recording .*none\.parquet: give"):
        read_log(settings, None, [tmp_path / "none.parquet"])


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"offset": None}, "should have a column offset of type int64, and has none"),
    ({"value": ["{}"]}, "a column value of type binary, and has one of type (large_)?string"),
    ({"arrival_ms": [1.5]}, "a column arrival_ms of type int64, and has one of type double"),
    ({"offset": pl.Series([None], dtype=pl.Int64)}, "1 rows without offset: record what Kafka"),
    ({"partition": [-1]}, "has partition -1: give it as the delivery report says"),
    ({"offset": [-1001]}, "has offset -1001"),
]


@pytest.mark.parametrize(("wrong", "words"), WRONG)
def test_a_recording_that_is_none_says_what_is_wrong(
    settings: Settings, tmp_path: Path, wrong: dict[str, Any], words: str
) -> None:
    right = {"partition": [0], "offset": [0], "arrival_ms": [T], "key": [b"a"], "value": [b"{}"]}
    columns = {name: value for name, value in (right | wrong).items() if value is not None}
    pl.DataFrame(columns).write_parquet(tmp_path / "mine.parquet")
    with pytest.raises(RecordingError, match=words):
        read_log(settings, None, [tmp_path / "mine.parquet"])


def test_no_recording(settings: Settings) -> None:
    with pytest.raises(RecordingError, match="no recording in"):
        read_log(settings)


def test_a_recording_cut_short(settings: Settings) -> None:
    record(settings, 0, [(T, HEARTBEAT)])
    (file,) = settings.recordings_dir.iterdir()
    file.write_bytes(file.read_bytes()[:-9])
    with pytest.raises(RecordingError, match=r"is not a readable Parquet file"):
        read_log(settings)
