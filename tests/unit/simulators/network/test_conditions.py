from typing import Any

import numpy as np
import orjson
import pytest
from numpy.typing import NDArray

from contracts.reading import Reading, encode
from contracts.settings import Settings
from contracts.time import DAY_MS, MINUTE_MS
from simulators.errors import OptionError
from simulators.hashing import text_hash
from simulators.network.conditions import NEVER, Fates, Network, area_hashes, fates
from simulators.network.corruption import CORRUPTIONS, corrupt
from simulators.network.schedule import (
    NO_READING,
    Kind,
    Schedule,
    concatenate,
    deliveries,
    heartbeats,
)
from simulators.options import network_of, parse_duration, parse_speed
from simulators.validation import checked

MESSAGES = 200_000
RULES = Settings()
LIMIT_MS = RULES.on_time_limit_ms
NETWORK = Network(seed=7, late_share=0.05, repeat_share=0.01, malformed_share=0.002)
IDEAL: dict[str, Any] = {"delay_min_ms": 0, "delay_max_ms": 0}
NO_DELAY = Network(**IDEAL)
FATE_COLUMNS = ("reported_ms", "arrival_ms", "repeat_ms", "corruption")


def draw(
    network: Network,
    messages: int = MESSAGES,
    meter: str = "MAC1",
    geohash: bytes = b"gcpuy8f1gwg5",
    every_ms: int = 1_000,
) -> Fates:
    """The fates of a meter's messages 0, 1, ... measured every `every_ms` from 0 on."""
    seq = np.arange(messages, dtype=np.int64)
    return fates(
        network,
        np.full(messages, text_hash(meter), dtype=np.uint64),
        np.full(messages, area_hashes(np.array([geohash]))[0], dtype=np.uint64),
        seq * every_ms,
        seq,
    )


def draw_meters(network: Network, meters: int, ts_ms: int = 0) -> Fates:
    """One message of each of many meters, all at `ts_ms`."""
    hashes = np.array([text_hash(f"m{number}") for number in range(meters)], dtype=np.uint64)
    area_hash = area_hashes(np.full(meters, b"gcpuy8f1gwg5"))
    return fates(network, hashes, area_hash, np.full(meters, ts_ms), np.zeros(meters, np.int64))


def delay_ms(fate: Fates) -> NDArray[np.int64]:
    return fate.arrival_ms - np.arange(len(fate.arrival_ms)) * 1_000


def plan(network: Network = NETWORK) -> Schedule:
    partition = (np.arange(MESSAGES) % 3).astype(np.int32)
    return deliveries(draw(network), partition, RULES).in_order()


def test_shares_are_near_what_was_asked_for() -> None:
    fate = draw(NETWORK)
    assert (delay_ms(fate) > LIMIT_MS).mean() == pytest.approx(0.05, rel=0.05)
    assert (fate.repeat_ms != NEVER).mean() == pytest.approx(0.01, rel=0.1)
    assert (fate.corruption >= 0).mean() == pytest.approx(0.002, rel=0.2)
    assert set(fate.corruption.tolist()) == set(range(-1, len(CORRUPTIONS)))
    assert (fate.arrival_ms != NEVER).all()
    assert np.array_equal(fate.reported_ms, np.arange(MESSAGES) * 1_000)


def test_delays_keep_their_bounds() -> None:
    fate = draw(NETWORK)
    delays = delay_ms(fate)
    on_time, late = delays[delays <= LIMIT_MS], delays[delays > LIMIT_MS]
    assert 200 <= on_time.min() < 250 and 2_050 < on_time.max() <= 2_100
    assert MINUTE_MS <= late.min() < 2 * MINUTE_MS
    assert 2 * DAY_MS < late.max() <= 3 * DAY_MS
    assert np.median(np.log(late)) == pytest.approx(np.log([60_000, 259_200_000]).mean(), rel=0.02)
    repeated = fate.repeat_ms != NEVER
    assert (fate.repeat_ms - fate.arrival_ms)[repeated].min() >= 0
    assert (fate.repeat_ms - fate.arrival_ms)[repeated].max() <= 30_000


def test_the_shapes_of_the_usual_delay() -> None:
    """Exponential: least + mean; lognormal: the median, and 84.1 % below median * e^sigma."""
    wide: dict[str, Any] = {"delay_min_ms": 0, "delay_max_ms": 10**6, "delay_typical_ms": 2_000}
    exponential = delay_ms(draw(Network(delay="exponential", **wide)))
    assert exponential.mean() == pytest.approx(2_000, rel=0.02)
    assert np.median(exponential) == pytest.approx(2_000 * np.log(2), rel=0.02)
    lognormal = delay_ms(draw(Network(delay="lognormal", **wide)))
    assert np.median(lognormal) == pytest.approx(2_000, rel=0.02)
    assert np.quantile(lognormal, 0.8413) == pytest.approx(2_000 * np.exp(0.75), rel=0.02)
    uniform = delay_ms(draw(Network()))
    assert uniform.mean() == pytest.approx((200 + 2_100) / 2, rel=0.01)
    capped = delay_ms(draw(Network(delay="lognormal")))
    assert capped.min() == 200 and capped.max() == 2_100


def test_readings_overtake_one_another_when_delays_differ() -> None:
    assert (np.diff(draw(Network()).arrival_ms) < 0).any()
    assert (np.diff(draw(NO_DELAY).arrival_ms) == 1_000).all()


def test_lost_messages_never_arrive() -> None:
    fate = draw(Network(lost_share=0.1, repeat_share=0.5, malformed_share=0.1))
    lost = fate.arrival_ms == NEVER
    assert lost.mean() == pytest.approx(0.1, rel=0.05)
    assert (fate.repeat_ms[lost] == NEVER).all()
    schedule = deliveries(fate, np.zeros(MESSAGES, dtype=np.int32), RULES)
    assert not np.isin(schedule.reading, np.flatnonzero(lost)).any()
    assert len(schedule) == (~lost).sum() + (fate.repeat_ms != NEVER).sum()


def test_an_area_without_a_link_delivers_everything_at_its_end() -> None:
    """20 minutes from minute 10: what is measured in [10, 30) arrives at 30, the rest at once."""
    loss = {"areas": ("gcpuy",), "after_minutes": 10, "minutes": 20}
    network = Network.model_validate({**IDEAL, "link_losses": (loss,)})
    ts_ms = np.arange(60) * MINUTE_MS
    held = (ts_ms >= 10 * MINUTE_MS) & (ts_ms < 30 * MINUTE_MS)
    arrival_ms = draw(network, 60, every_ms=MINUTE_MS).arrival_ms
    assert np.array_equal(arrival_ms, np.where(held, 30 * MINUTE_MS, ts_ms))
    elsewhere = draw(network, 60, geohash=b"gcpuw0000000", every_ms=MINUTE_MS)
    assert np.array_equal(elsewhere.arrival_ms, ts_ms)


def test_a_backlog_that_drains_keeps_its_order() -> None:
    """20 minutes of messages within 40 s: a minute of them in 2 s; repeats wait as well."""
    loss = {"areas_share": 1, "after_minutes": 10, "minutes": 20, "drain_seconds": 40}
    network = Network.model_validate(
        {**IDEAL, "repeat_share": 1, "begin_ms": 5 * MINUTE_MS, "link_losses": (loss,)}
    )
    fate = draw(network, 60, every_ms=MINUTE_MS)
    expected = 35 * MINUTE_MS + 2_000 * np.arange(20)
    assert np.array_equal(fate.arrival_ms[15:35], expected)
    assert (fate.repeat_ms[15:35] >= 35 * MINUTE_MS).all()
    assert (fate.repeat_ms[15:35] >= fate.arrival_ms[15:35]).all()


def test_a_share_of_the_areas_loses_its_link_each_at_its_own_time() -> None:
    areas = np.array([f"gcp{a}{b}" for a in "0123456789" for b in "bcdefghjkm"], dtype=np.bytes_)
    loss = {"areas_share": 0.3, "after_minutes": 0, "spread_minutes": 30, "minutes": 30}
    network = Network.model_validate({**IDEAL, "link_losses": (loss,)})
    zeros = np.zeros(100, dtype=np.int64)
    fate = fates(
        network, zeros.astype(np.uint64), area_hashes(areas), zeros + 30 * MINUTE_MS - 1, zeros
    )
    waits_ms = fate.arrival_ms - 30 * MINUTE_MS
    assert 15 <= (waits_ms >= 0).sum() <= 45
    assert len(set(waits_ms[waits_ms >= 0].tolist())) > 10
    assert waits_ms.max() <= 30 * MINUTE_MS


def test_clocks_that_are_wrong_by_a_constant() -> None:
    error_ms = draw_meters(Network(skewed_meters_share=0.2, skew_max_s=60), 5_000).reported_ms
    assert (error_ms != 0).mean() == pytest.approx(0.2, rel=0.1)
    assert -60_000 <= error_ms.min() < -50_000 and 50_000 < error_ms.max() <= 60_000
    later = draw_meters(Network(skewed_meters_share=0.2, skew_max_s=60), 5_000, 10 * DAY_MS)
    assert np.array_equal(later.reported_ms - 10 * DAY_MS, error_ms)


def test_clocks_that_drift_are_right_at_the_beginning_and_off_by_so_much_a_day() -> None:
    network = Network(drifting_meters_share=0.5, drift_max_s_per_day=10, begin_ms=DAY_MS)
    assert (draw_meters(network, 1_000, DAY_MS).reported_ms == DAY_MS).all()
    one = draw_meters(network, 1_000, 2 * DAY_MS).reported_ms - 2 * DAY_MS
    four = draw_meters(network, 1_000, 5 * DAY_MS).reported_ms - 5 * DAY_MS
    assert (one != 0).mean() == pytest.approx(0.5, rel=0.15)
    assert 9_000 < np.abs(one).max() <= 10_000
    assert np.abs(four - 4 * one).max() <= 4


def test_far_future_clocks_and_skew_decide_what_a_reading_counts_as() -> None:
    far = draw_meters(Network(far_future_meters_share=0.01, far_future_days=365), 5_000)
    assert set(far.reported_ms.tolist()) == {0, 365 * DAY_MS}
    assert (far.reported_ms > 0).mean() == pytest.approx(0.01, rel=0.4)
    reported_ms = np.array([10_000, 10_001, 0, -LIMIT_MS, -LIMIT_MS - 1], dtype=np.int64)
    never = np.full(5, NEVER, dtype=np.int64)
    fate = Fates(reported_ms, np.zeros(5, dtype=np.int64), never, np.full(5, -1, dtype=np.int8))
    kinds = deliveries(fate, np.zeros(5, dtype=np.int32), RULES).kind.tolist()
    assert kinds == [Kind.ON_TIME, Kind.MALFORMED, Kind.ON_TIME, Kind.ON_TIME, Kind.LATE]


EVERYTHING = Network.model_validate(
    {
        "seed": 3,
        "late_share": 0.1,
        "lost_share": 0.1,
        "repeat_share": 0.1,
        "malformed_share": 0.1,
        "skewed_meters_share": 1,
        "drifting_meters_share": 1,
        "link_losses": [{"areas_share": 1, "after_minutes": 1, "minutes": 5}],
    }
)


def test_the_fate_of_a_message_depends_on_nothing_but_itself() -> None:
    fate, again, fewer = draw(EVERYTHING), draw(EVERYTHING), draw(EVERYTHING, messages=1_000)
    for name in FATE_COLUMNS:
        assert np.array_equal(getattr(fate, name), getattr(again, name))
        assert np.array_equal(getattr(fate, name)[:1_000], getattr(fewer, name))
    assert (draw(Network(seed=1)).arrival_ms == draw(Network(seed=2)).arrival_ms).mean() < 0.01
    assert (draw(NETWORK).arrival_ms == draw(NETWORK, meter="MAC2").arrival_ms).mean() < 0.01


def test_raising_one_share_leaves_the_other_fates_alone() -> None:
    few = draw(Network(seed=7, late_share=0.05, repeat_share=0.01))
    more = draw(Network(seed=7, late_share=0.5, repeat_share=0.01))
    assert np.array_equal(more.repeat_ms != NEVER, few.repeat_ms != NEVER)
    assert np.all(delay_ms(more)[delay_ms(few) > LIMIT_MS] > LIMIT_MS)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"late_share": 1.4}, "late_share is 1.4: give 0 to 1"),
        ({"lost_share": float("nan")}, "lost_share is nan: give 0 to 1"),
        ({"repeat_share": -0.1}, "repeat_share is -0.1: give 0 to 1"),
        ({"late_share": "many"}, "late_share is 'many': give a valid number"),
        ({"lateshare": 0.1}, "lateshare is not an option"),
        ({"delay": "fast"}, "delay is 'fast': give 'uniform', 'exponential' or 'lognormal'"),
        ({"delay_max_ms": 100}, "delay_max_ms is 100: give delay_min_ms (200) or more"),
        ({"late_max_s": 1}, "late_max_s is 1: give late_min_s (60) or more"),
        ({"link_losses": [{"after_minutes": 1}]}, "link_losses[1].minutes is missing"),
        (
            {"link_losses": [{"after_minutes": -1, "minutes": 1}]},
            "link_losses[1].after_minutes is -1: give 0 or more",
        ),
    ],
)
def test_a_wrong_option_is_refused_by_name(values: dict[str, object], message: str) -> None:
    with pytest.raises(OptionError) as error:
        checked(Network, values)
    assert message in str(error.value)


@pytest.mark.parametrize("option", ["late", "repeat", "malformed"])
@pytest.mark.parametrize("share", [-0.1, 1.1, float("nan")])
def test_the_command_line_names_its_own_options(option: str, share: float) -> None:
    shares: dict[str, Any] = {"late": 0.0, "repeat": 0.0, "malformed": 0.0, option: share}
    with pytest.raises(OptionError, match=f"--{option} is {share}: give 0 to 1"):
        network_of(RULES, seed=1, late_max_s=600, **shares)


@pytest.mark.parametrize("late_max_s", [59.999, 200 * 86_400])
def test_a_lateness_out_of_range_is_refused(late_max_s: float) -> None:
    with pytest.raises(OptionError, match="--late-max is"):
        network_of(RULES, seed=1, late=0, repeat=0, malformed=0, late_max_s=late_max_s)


def test_on_time_readings_stay_on_time_under_other_rules() -> None:
    rules = Settings(on_time_ms=1_100, slack_ms=1_000)
    network = network_of(rules, seed=1, late=0, repeat=0, malformed=0, late_max_s=600)
    delays = delay_ms(draw(network))
    assert 0 < delays.min() <= delays.max() <= 100
    with pytest.raises(OptionError, match="WATTSTREAM_ON_TIME_MS"):
        network_of(
            Settings(on_time_ms=70_000), seed=1, late=0, repeat=0, malformed=0, late_max_s=600
        )


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
    everything_bad = plan(Network(repeat_share=1, malformed_share=1))
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
        reported_ms=ts,
        arrival_ms=ts,
        repeat_ms=np.full(4, NEVER, dtype=np.int64),
        corruption=np.full(4, -1, dtype=np.int8),
    )
    sent = deliveries(still, np.zeros(4, dtype=np.int32), RULES).in_order()
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
