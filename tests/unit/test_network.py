from dataclasses import replace
from typing import Any

import numpy as np
import orjson
import pytest

from contracts.reading import Reading, encode
from simulators.errors import OptionError
from simulators.hashing import text_hash
from simulators.network import CORRUPTIONS, MINUTE_MS, Fates, Network, corrupt, fates
from simulators.options import parse_duration, parse_speed
from simulators.schedule import NO_READING, Kind, Schedule, concatenate, deliveries, heartbeats

MESSAGES = 200_000
NETWORK = Network(seed=7, on_time_limit_ms=4_000, late=0.05, repeat=0.01, malformed=0.002)


def draw(network: Network, messages: int = MESSAGES, meter: str = "MAC1") -> Fates:
    meter_hash = np.full(messages, text_hash(meter), dtype=np.uint64)
    return fates(network, meter_hash, np.arange(messages, dtype=np.uint64))


def plan(network: Network = NETWORK) -> Schedule:
    ts = np.arange(MESSAGES, dtype=np.int64) * 1_000
    partition = (np.arange(MESSAGES) % 3).astype(np.int32)
    return deliveries(ts, partition, draw(network)).in_order()


def test_shares_are_near_what_was_asked_for() -> None:
    fate = draw(NETWORK)
    assert fate.late.mean() == pytest.approx(0.05, rel=0.05)
    assert (fate.repeat_after_ms >= 0).mean() == pytest.approx(0.01, rel=0.1)
    assert (fate.corruption >= 0).mean() == pytest.approx(0.002, rel=0.2)
    assert set(fate.corruption.tolist()) == set(range(-1, len(CORRUPTIONS)))


def test_delays_keep_their_bounds() -> None:
    fate = draw(NETWORK)
    on_time, late = fate.delay_ms[~fate.late], fate.delay_ms[fate.late]
    assert 200 <= on_time.min() < 250 and 3_450 < on_time.max() <= 3_500
    assert MINUTE_MS <= late.min() < 2 * MINUTE_MS
    assert 2 * 86_400_000 < late.max() <= 3 * 86_400_000
    assert np.median(np.log(late)) == pytest.approx(np.log([60_000, 259_200_000]).mean(), rel=0.02)
    assert fate.repeat_after_ms.max() <= 30_000


def test_on_time_readings_stay_on_time_under_other_rules() -> None:
    fate = draw(Network(seed=1, on_time_limit_ms=100))
    assert 0 < fate.delay_ms.min() <= fate.delay_ms.max() <= 100


def test_the_fate_of_a_message_depends_on_seed_meter_and_seq_alone() -> None:
    fate, again, fewer = draw(NETWORK), draw(NETWORK), draw(NETWORK, messages=1_000)
    for name in ("delay_ms", "late", "repeat_after_ms", "corruption"):
        assert np.array_equal(getattr(fate, name), getattr(again, name))
        assert np.array_equal(getattr(fate, name)[:1_000], getattr(fewer, name))
    other_seed = draw(Network(seed=8, on_time_limit_ms=4_000, late=0.05))
    assert (fate.delay_ms == other_seed.delay_ms).mean() < 0.01
    assert (fate.delay_ms == draw(NETWORK, meter="MAC2").delay_ms).mean() < 0.01


def test_raising_one_share_leaves_the_other_fates_alone() -> None:
    more_late = draw(Network(seed=7, on_time_limit_ms=4_000, late=0.5, repeat=0.01))
    fewer_late = draw(Network(seed=7, on_time_limit_ms=4_000, late=0.05, repeat=0.01))
    assert np.array_equal(more_late.repeat_after_ms, fewer_late.repeat_after_ms)
    assert np.all(more_late.late[fewer_late.late])


@pytest.mark.parametrize("option", ["late", "repeat", "malformed"])
@pytest.mark.parametrize("share", [-0.1, 1.1, float("nan")])
def test_a_share_outside_0_to_1_is_refused_by_name(option: str, share: float) -> None:
    shares: dict[str, Any] = {option: share}
    with pytest.raises(OptionError, match=f"--{option} is {share}"):
        replace(NETWORK, **shares)


@pytest.mark.parametrize("late_max_ms", [59_999, 200 * 86_400_000])
def test_a_lateness_out_of_range_is_refused(late_max_ms: int) -> None:
    with pytest.raises(OptionError, match="--late-max"):
        Network(seed=1, on_time_limit_ms=4_000, late_max_ms=late_max_ms)


def test_every_corruption_changes_the_message() -> None:
    value = encode(Reading("MAC1", "gcpuy8f1gwg5", "electricity", 1, 1, 1.5, 2.5))
    mangled = [corrupt(value, index) for index in range(len(CORRUPTIONS))]
    assert value not in mangled
    assert len(set(mangled)) == len(CORRUPTIONS)
    by_name = dict(zip(CORRUPTIONS, mangled, strict=True))
    assert by_name["null"] is None and by_name["empty"] == b""
    for name in ("truncated", "demand not a number", "invalid UTF-8"):
        with pytest.raises(orjson.JSONDecodeError):
            orjson.loads(by_name[name] or b"")
    ahead = orjson.loads(by_name["clock a year ahead"] or b"")
    assert ahead["ts"] == 1 + 365 * 86_400_000


def test_kinds_add_up_and_malformed_messages_are_not_repeated() -> None:
    counts = np.bincount(plan().kind, minlength=len(Kind))
    assert counts[[Kind.ON_TIME, Kind.LATE, Kind.MALFORMED]].sum() == MESSAGES
    everything_bad = plan(Network(seed=1, on_time_limit_ms=4_000, repeat=1, malformed=1))
    assert set(everything_bad.kind) == {Kind.MALFORMED}
    assert len(everything_bad) == MESSAGES


def test_records_are_in_order_of_arrival_and_repeats_follow_their_reading() -> None:
    schedule = plan()
    assert np.all(np.diff(schedule.arrival_ms) >= 0)
    first_place: dict[int, int] = {}
    for place, reading in enumerate(schedule.reading.tolist()):
        first_place.setdefault(reading, place)
    for place in np.flatnonzero(schedule.kind == Kind.REPEAT).tolist():
        original = first_place[int(schedule.reading[place])]
        assert original < place
        assert schedule.partition[original] == schedule.partition[place]


def test_no_partition_is_silent_for_more_than_a_minute() -> None:
    ts = np.array([0, 50_000, 1_800_000, 1_800_500], dtype=np.int64)
    still = Fates(
        delay_ms=np.zeros(4, dtype=np.int64),
        late=np.zeros(4, dtype=np.bool_),
        repeat_after_ms=np.full(4, -1, dtype=np.int64),
        corruption=np.full(4, -1, dtype=np.int8),
    )
    sent = deliveries(ts, np.zeros(4, dtype=np.int32), still).in_order()
    beats = heartbeats(sent, (0, 2), every_ms=60_000)
    everything = concatenate(sent, beats).in_order()
    for partition in (0, 2):
        arrivals = everything.arrival_ms[everything.partition == partition]
        assert np.diff(arrivals).max() <= 60_000
        assert 0 <= arrivals[0] <= 60_000 and arrivals[-1] >= 1_800_500 - 60_000
    assert set(beats.reading) == {NO_READING} and set(beats.kind) == {Kind.HEARTBEAT}
    assert np.bincount(beats.partition).tolist() == [29, 0, 30]


def test_options_written_as_text() -> None:
    assert [parse_speed(text) for text in ("real", "max", "600", "0.5")] == [
        1.0, float("inf"), 600.0, 0.5,
    ]  # fmt: skip
    assert parse_duration("--late-max", "3d").total_seconds() == 259_200
    assert parse_duration("--late-max", " 1.5h").total_seconds() == 5_400
    for text in ("fast", "0", "-1", "inf", "nan", ""):
        with pytest.raises(OptionError, match="--speed"):
            parse_speed(text)
    for text in ("3", "d", "3 weeks", "-1d", ""):
        with pytest.raises(OptionError, match="--late-max"):
            parse_duration("--late-max", text)
