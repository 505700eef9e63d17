"""Facts of a feeder, worked out by hand."""

import pytest

from contracts.reading import CLOSING_HEARTBEAT, HEARTBEAT, encode_event
from contracts.settings import Settings
from contracts.time import DAY_MS, HOUR_MS
from tests.support.log import LATER, Sent, T, announcement, reading, record
from tests.unit.verification.oracle.conftest import Judge
from tests.unit.verification.oracle.detection.street import (
    CADENCE_MS,
    DELAY_MS,
    HOMES,
    UNTIL_MS,
    always,
    announced,
    dark,
    heartbeats,
    in_order,
    readings,
    supply_meter,
    without_a,
)
from verification.oracle.expected import expect
from verification.oracle.log import Served, Topic, read_log
from verification.rows import BackMeter, FeederFact, MissedMeter


def missed(**stands: int) -> tuple[MissedMeter, ...]:
    """Homes that were heard last before the 20th second, each by how it stands."""
    return tuple(
        MissedMeter(home, T + 15_100 + 1_000 * "abcd".index(home), CADENCE_MS, stand)
        for home, stand in stands.items()
    )


def a_fact(last_life_ms: int, *homes: MissedMeter, members: int = 4) -> FeederFact:
    """Of a feeder of which all live."""
    return FeederFact(
        area="gcpuy",
        members=members,
        alive=members,
        last_life_ms=T + last_life_ms,
        missed=homes,
        missed_count=len(homes),
        missed_twice=sum(home.stands >= 2 for home in homes),
        silent=sum(home.stands >= 3 for home in homes),
        returned=(),
    )


def test_nothing_is_said_while_all_are_heard(judge: Judge) -> None:
    assert not judge(*in_order(announced(), readings(always), heartbeats())).facts


def test_a_feeder_without_power(judge: Judge) -> None:
    facts = judge(*in_order(announced(), readings(dark), heartbeats())).facts

    back = tuple(
        # Four registers gained what the last five seconds before the reading took; 720 W for
        # 40 s would have been 8 Wh.
        BackMeter(home, T + 60_100 + after, T + 15_100 + after, 0.0, 8.0, 5_000)
        for home, after in zip("abcd", (0, 1_000, 2_000, 3_000), strict=True)
    )
    assert facts == {
        # By the heartbeat of the 29th second the last home has missed one reading, at 10.9 s.
        ("f", T + 30_000): a_fact(18_100, *missed(d=1, c=2, b=2, a=2)),
        ("f", T + 35_000): a_fact(18_100, *missed(d=2, c=2, b=2, a=2)),
        ("f", T + 50_000): a_fact(18_100, *missed(d=3, c=3, b=3, a=3)),
        ("f", T + 60_000): a_fact(18_100, *missed(d=4, c=4, b=4, a=4)),
        ("f", T + 65_000): a_fact(63_100)._replace(returned=back),
    }


def test_homes_without_a_feeder_are_behind_their_area(judge: Judge) -> None:
    facts = judge(*in_order(readings(without_a), heartbeats())).facts

    # One reading is not missed there, nor are two of one home a reason.
    first, second, *again = facts.items()
    assert first == (("area:gcpuy", T + 50_000), a_fact(48_100, *missed(a=3)))
    assert second == (("area:gcpuy", T + 60_000), a_fact(58_100, *missed(a=4)))
    assert {fact.missed for _, fact in again} <= {missed(a=4), ()}


def test_who_has_a_feeder_is_not_behind_its_area(judge: Judge) -> None:
    facts = judge(*in_order(announced("bcd"), readings(dark), heartbeats())).facts

    assert facts["area:gcpuy", T + 50_000] == a_fact(15_100, *missed(a=3), members=1)
    assert facts["f", T + 50_000] == a_fact(18_100, *missed(d=3, c=3, b=3), members=3)


def test_whose_area_is_another_one_leaves_the_first(judge: Judge) -> None:
    moved = reading(T + 16_000, meter_id="a", seq=4, register=4.0, geohash="gcpvj0du")
    sent = in_order(readings(without_a), [(T + 16_100, moved)], heartbeats())

    facts = judge(*sent).facts

    assert {feeder for feeder, _ in facts} == {"area:gcpvj"}
    fact = facts["area:gcpvj", T + 50_000]
    assert (fact.area, fact.members, fact.last_life_ms) == ("gcpvj", 1, T + 16_100)


def test_an_area_has_no_minutes(judge: Judge) -> None:
    low = [
        (T + at_ms + DELAY_MS, reading(T + at_ms, meter_id=home, seq=seq, voltage_v=190.0))
        for home in "abc"
        for seq, at_ms in enumerate(range(0, UNTIL_MS, CADENCE_MS))
    ]
    behind = [(T, announcement(meter_id="a", feeder="area:gcpuy", cadence_ms=CADENCE_MS))]

    assert judge(*in_order(behind, low, heartbeats())).feeder_minutes == {}


def test_a_home_that_loses_power_is_missed_at_once(judge: Judge) -> None:
    homes = [(T, announcement(meter_id=home, feeder="f", cadence_ms=60_000)) for home in HOMES]
    gasps = [gasp(home, 20_500, 500) for home in HOMES]

    facts = judge(*in_order(homes, readings(dark), heartbeats(), gasps)).facts

    lost = tuple(
        each._replace(cadence_ms=60_000, lost_power_ms=T + 20_600)
        for each in missed(d=1, c=1, b=1, a=1)
    )
    assert facts["f", T + 25_000] == a_fact(18_100, *lost)
    assert facts["f", T + 65_000].missed == ()


def gasp(home: str, at_ms: int, after_ms: int) -> Sent:
    """A home says that it lost power."""
    return T + at_ms + after_ms, encode_event("power_lost", home, T + at_ms, 3)


def test_what_is_said_of_power_is_of_the_silence_that_it_is_in(judge: Judge) -> None:
    gasps = [
        gasp("a", 20_500, 500),
        gasp("b", 20_500, 10_500),
        # Before its last reading; on the way until it is heard again; of nobody who is known.
        gasp("c", 16_000, 6_000),
        gasp("d", 20_500, 45_000),
        gasp("e", 20_500, 500),
    ]
    sent = in_order(announced(), readings(dark), heartbeats())
    facts, with_gasps = judge(*sent).facts, judge(*in_order(sent, gasps)).facts

    # On the clock of the platform, on which readings are on the way for 100 ms.
    lost = {"a": (T + 30_000, T + 20_600), "b": (T + 35_000, T + 20_600)}
    assert with_gasps == {
        (feeder, at_ms): fact._replace(
            missed=tuple(
                each._replace(lost_power_ms=lost[each.meter_id][1])
                if each.meter_id in lost and lost[each.meter_id][0] <= at_ms
                else each
                for each in fact.missed
            )
        )
        for (feeder, at_ms), fact in facts.items()
    }
    assert with_gasps != facts


def test_what_is_said_of_power_by_a_clock_too_far_ahead_says_nothing(judge: Judge) -> None:
    gasps = [
        gasp("a", 31_000, -10_000),
        gasp("b", 31_001, -10_001),
        gasp("c", 10**11, 5_000 - 10**11),
    ]
    facts = judge(*in_order(announced(), readings(dark), heartbeats(), gasps)).facts

    lost = {each.meter_id: each.lost_power_ms for each in facts["f", T + 50_000].missed}
    assert lost == {"a": T + 31_100, "b": None, "c": None, "d": None}


def test_what_goes_into_a_feeder_before_it_is_dark_and_since(judge: Judge) -> None:
    sent = in_order(announced(), readings(dark), heartbeats())
    supply = supply_meter(lambda at_ms: 0.0 if 20_000 <= at_ms < 60_000 else at_ms / 2.5)
    facts, with_supply = judge(*sent).facts, judge(*in_order(sent, supply)).facts

    # 1, 3, 5 and 7 kW up to 17.6 s by the platform's clock; the last home was heard at 18.1 s. Each
    # moves the mean by a twelfth, in thousandths of a W without their fractions.
    before_w = 1_945.6
    since = {30_000: 22_600, 35_000: 27_600, 50_000: 42_600, 60_000: 52_600}
    # Then nothing eight times, and 25 kW at 62.6 s; the first home is heard before, at 60.1 s, and
    # the last one after.
    again_w = 2_972.446
    assert with_supply.keys() == facts.keys()
    for (_, at_ms), fact in with_supply.items():
        said = (fact.supply_before_w, fact.supply_least_w, fact.supply_from_ms)
        if at_ms == T + 65_000:
            assert said == (again_w, None, None)
        else:
            assert said == (before_w, 0.0, T + since[at_ms - T])
        assert (
            fact._replace(supply_before_w=None, supply_least_w=None, supply_from_ms=None)
            == (facts["f", at_ms])
        )


def test_a_revision_says_nothing_of_what_goes_into_a_feeder(judge: Judge) -> None:
    sent = in_order(announced(), readings(dark), heartbeats(), supply_meter(lambda _: 10_000.0))
    of = {"meter_id": "f:supply", "commodity": "supply"}
    marked = {"revision": 1, "energy": 2.0, "interval_ms": 60_000, "demand": None}
    revised = [
        (T + 9_000, reading(T + 7_500, **of, seq=1, register=0.0, demand=3.0)),
        (T + 13_000, reading(T + 12_500, **of, seq=2, **marked)),
        (T + 26_000, reading(T + 22_500, **of, seq=4, **marked)),
        (T + 33_000, reading(T + 32_500, **of, seq=6, register=0.0, demand=3.0)),
    ]
    facts = judge(*in_order(sent, revised)).facts

    assert facts["f", T + 50_000].supply_least_w == 10_000.0
    assert facts == judge(*sent).facts


def test_a_writer_that_is_gone_makes_none(judge: Judge) -> None:
    """Demand 21: where no readings come nothing is said of any home."""
    alive = [each for each in heartbeats() if not T + 20_000 <= each[0] < T + 60_000]

    def heard(home: str, at_ms: int) -> bool:
        return not 20_000 <= at_ms < (70_000 if home == "a" else 60_000)

    # The first one is heard 55 s after the time before, and 13 s by the clock.
    assert not judge(*in_order(announced(), readings(heard), alive)).facts


def test_how_often_a_writer_was_gone_is_remembered_64_times(judge: Judge) -> None:
    beats = [(T + 30_000 + 11_000 * n, HEARTBEAT) for n in range(65)]
    sent = in_order(announced(), readings(dark), heartbeats(20_000), beats)
    until_20 = [each for each in sent if each[0] < T + 20_000 or each in beats]
    facts = judge(*until_20, until=T + 900_000).facts

    # With the 65th time, which ends at 734 s, the first is forgotten: its 11 s count.
    assert facts == {
        ("f", T + at_ms): a_fact(18_100, *missed(d=2, c=2, b=2, a=2))
        for at_ms in (735_000, 780_000, 840_000)
    }


def test_a_pacemaker_is_no_writer(settings: Settings) -> None:
    sent = in_order(announced(), readings(dark))
    record(settings, 0, sent)
    record(settings, 1, [(LATER, HEARTBEAT)])
    # All of them come after the last reading: their arrival says nothing of what came when.
    paced = {len(sent) + n: Served(T + UNTIL_MS + 1_000 * n, HEARTBEAT) for n in range(200)}
    topic = Topic([len(sent) + len(paced), 1], lambda partition, _: {} if partition else paced)

    assert not expect(read_log(settings, topic), settings, lambda _: None).facts


@pytest.mark.parametrize("behind_ms", [60_000, 3_000, -8_000, -9_900])
def test_clocks_that_are_wrong_make_none(judge: Judge, behind_ms: int) -> None:
    wrong = [
        (T + at_ms + 100, reading(T + at_ms - behind_ms, meter_id=home, seq=at_ms // CADENCE_MS))
        for home in HOMES
        for at_ms in range(0, UNTIL_MS, CADENCE_MS)
    ]

    assert not judge(*in_order(announced(), wrong, heartbeats())).facts


def ahead(home: str, ahead_ms: int, *at_ms: int) -> list[Sent]:
    """Readings of a home whose clock is ahead, by when they were made."""
    return [
        (
            T + at + DELAY_MS,
            reading(T + at + ahead_ms, meter_id=home, seq=at // CADENCE_MS, demand=720.0),
        )
        for at in at_ms
    ]


@pytest.mark.parametrize("ahead_ms", [10_101, 15_000, 10**11])
def test_a_clock_too_far_ahead_is_a_sign_of_life(judge: Judge, ahead_ms: int) -> None:
    others = readings(always, "bcd")
    facts = judge(
        *in_order(announced(), others, ahead("a", ahead_ms, 0, 5_000, 10_000, 15_000), heartbeats())
    ).facts

    # Ten seconds later than with a clock that is right, since its readings might wait so long.
    assert facts == {
        ("f", T + 60_000): a_fact(58_100, *missed(a=3)),
        ("f", T + 70_000): a_fact(68_100, *missed(a=4)),
        **{
            ("f", T + at_ms): a_fact(118_100, *missed(a=4))
            for at_ms in range(120_000, 590_000, 60_000)
        },
    }


def test_one_reading_ahead_changes_nothing(judge: Judge) -> None:
    good = readings(lambda home, at_ms: without_a(home, at_ms) and (home, at_ms) != ("a", 10_000))
    # The readings of the street are numbered as they come.
    wrong = (T + 7_000, reading(T + 10**11, meter_id="a", seq=1))

    facts = judge(*in_order(announced(), good, [wrong], heartbeats())).facts

    assert facts == alone(judge)


def test_what_a_clock_ahead_said_long_ago_is_no_later_sign_of_life(judge: Judge) -> None:
    others = [*announced(), *readings(always, "bcd"), *heartbeats()]
    given = ahead("a", 20_000, 0, 5_000, 10_000, 15_000)
    # Too far ahead, on time and late.
    again = [(T + at_ms, given[2][1]) for at_ms in (18_000, 25_000, 55_000)]

    facts = judge(*in_order(others, given, again)).facts

    assert facts[("f", T + 60_000)].missed == missed(a=3)
    assert facts[("f", T + 70_000)].missed == missed(a=4)


@pytest.mark.parametrize("ahead_ms", [0, 15_000])
def test_a_message_that_is_broken_silences_nobody(judge: Judge, ahead_ms: int) -> None:
    good = ahead("a", ahead_ms, *range(0, UNTIL_MS, CADENCE_MS))
    odd = [(T + 32_000, reading(T + 10**11, meter_id="a", seq=2**40))]
    others = [*announced(), *readings(always, "bcd"), *heartbeats()]

    assert not judge(*in_order(others, good, odd)).facts


@pytest.mark.parametrize(
    ("ahead_ms", "seq", "then_ms", "then_seq"),
    [
        (3_600_000, 1_100, 0, 0),
        (3_600_000, 1_100, -20_000, 0),
        (3_600_000, 1_100, 3_600_000, 0),
        (3_600_000, 1_100, 12_000, 0),
        (3_600_000, 65_530, 0, 4),
        (15_000, 1_100, 300_000, 0),
    ],
)
def test_a_meter_that_begins_again_is_not_silent(
    judge: Judge, ahead_ms: int, seq: int, then_ms: int, then_seq: int
) -> None:
    parts = ((0, 40_000, ahead_ms, seq), (40_000, UNTIL_MS, then_ms, then_seq))
    sent = [
        (T + at + DELAY_MS, reading(T + at + error, meter_id="a", seq=first + number))
        for begin, end, error, first in parts
        for number, at in enumerate(range(begin, end, CADENCE_MS))
    ]
    others = [*announced(), *readings(always, "bcd"), *heartbeats()]

    assert not judge(*in_order(others, sent)).facts


@pytest.mark.parametrize("ahead_ms", [12_000, 60_000, 3_600_000, 7_200_000, 10**11])
def test_what_comes_again_after_hours_brings_nobody_back(judge: Judge, ahead_ms: int) -> None:
    given = ahead("a", ahead_ms, *range(0, 60_000, CADENCE_MS))
    again = [
        (T + at_ms + after, given[which][1])
        for at_ms in range(70_000, 8_000_000, 1_111_000)
        for after, which in enumerate((11, 7, 8))
    ]
    home = [(T, announcement(meter_id="a", feeder="f", cadence_ms=CADENCE_MS))]
    sent = in_order(home, given, again, heartbeats(8_100_000))
    facts = judge(*sent, until=T + 8_200_000).facts

    assert {fact.last_life_ms for fact in facts.values()} == {T + 55_100}
    # By then it lives no longer, and nothing is said of it.
    assert max(facts) == ("f", T + 3_670_000)
    assert facts[max(facts)].alive == 0


def test_what_is_rejected_makes_no_meter_known(judge: Judge) -> None:
    given = ahead("a", 15_000, *range(0, 60_000, CADENCE_MS))
    home = [(T + 70_000, announcement(meter_id="a", feeder="f", cadence_ms=CADENCE_MS))]

    assert not judge(*in_order(given, home, heartbeats())).facts


def test_no_register_tells_of_a_silence_by_a_clock_ahead(judge: Judge) -> None:
    before, after = (0, 5_000, 10_000, 15_000), (60_000, 65_000, 70_000)
    at_b, at_c = (tuple(at + 1_000 * late for at in after) for late in (1, 2))
    sent = in_order(
        announced(),
        ahead("a", 15_000, *before, *after),
        readings(lambda _, at_ms: at_ms < 20_000, "b"),
        ahead("b", 15_000, *at_b),
        ahead("c", 15_000, *(at + 2_000 for at in before)),
        ahead("c", 0, *at_c),
        readings(dark, "d"),
        heartbeats(),
    )

    assert judge(*sent).facts["f", T + 65_000].returned == (
        BackMeter("a", T + 60_100, T + 15_100, None, None, 5_000),
        BackMeter("b", T + 61_100, T + 16_100, None, None, 5_000),
        BackMeter("c", T + 62_100, T + 17_100, None, None, 5_000),
        BackMeter("d", T + 63_100, T + 18_100, 0.0, 8.0, 5_000),
    )


def test_by_a_clock_ahead_a_writer_is_known_to_be_there(judge: Judge) -> None:
    given = ahead("a", 15_000, *range(0, UNTIL_MS, CADENCE_MS))
    facts = judge(*in_order(announced(), readings(dark, "bcd"), given, heartbeats(20_000))).facts

    # By the reading of the 30th second the other three have missed two.
    assert min(facts) == ("f", T + 35_000)


def closing(from_ms: int, until_ms: int) -> list[Sent]:
    """Heartbeats of a writer that closes."""
    return [(T + at_ms, CLOSING_HEARTBEAT) for at_ms in range(from_ms, until_ms, 1_000)]


def test_a_writer_that_closes_makes_none(judge: Judge) -> None:
    late = (T + 70_000, reading(T + 30_000, meter_id="a", seq=6, register=6.0))
    good = readings(lambda _, at_ms: at_ms < 60_000)
    beats = [*heartbeats(60_000), *closing(60_000, 590_000)]

    assert not judge(*in_order(announced(), good, beats, [late])).facts


LOST_POWER = b'{"event":"power_lost","meter_id":"b","ts":1357000200000,"seq":9}'


@pytest.mark.parametrize(
    "beats",
    [
        closing(40_000, 100_000),
        # It may begin again and close at once.
        [*closing(40_000, 45_000), (T + 45_000, HEARTBEAT), *closing(45_000, 65_000)],
        # What is no heartbeat opens nothing.
        [*closing(40_000, 45_000), (T + 47_000, LOST_POWER)],
    ],
    ids=["closing", "closing again", "event"],
)
def test_a_writer_that_closed_and_begins_again_goes_on(judge: Judge, beats: list[Sent]) -> None:
    def heard(home: str, at_ms: int) -> bool:
        return at_ms < 20_000 or (home != "a" and not 40_000 <= at_ms < 100_000)

    again = [(T + at_ms, HEARTBEAT) for at_ms in range(100_000, UNTIL_MS, 1_000)]
    sent = in_order(announced(), readings(heard), heartbeats(40_000), beats, again)

    # The first home was not heard for 24.9 s before, and for 9 s after.
    assert min(judge(*sent).facts) == ("f", T + 110_000)


@pytest.mark.parametrize("slice_ms", [1_000, 5_000, 12_000, 20_000])
def test_the_last_heartbeat_decides(settings: Settings, judge: Judge, slice_ms: int) -> None:
    settings.slice_ms = slice_ms
    good = readings(without_a)
    # Of a writer that closes for two seconds, and is busy afterwards.
    beats = [*heartbeats(22_000), *closing(22_000, 23_000), (T + 24_000, HEARTBEAT)]
    facts = judge(*in_order(announced(), good, beats)).facts

    # At 45.1 s but for the two seconds, by the reading of the 48th.
    assert min(facts) == ("f", T + -(-48_101 // slice_ms) * slice_ms)


def test_who_says_no_more_that_it_closes_closes_no_longer(judge: Judge) -> None:
    beats = [*heartbeats(22_000), *closing(22_000, 23_000)]
    facts = judge(*in_order(announced(), readings(without_a), beats)).facts

    # At 45.1 s but for ten seconds.
    assert min(facts) == ("f", T + 60_000)


def alone(judge: Judge, *more: Sent) -> dict[tuple[str, int], FeederFact]:
    """Facts when the first home stops after 20 seconds."""
    return judge(*in_order(announced(), readings(without_a), heartbeats(), more)).facts


def test_a_meter_that_is_silent_by_itself(judge: Judge) -> None:
    facts = alone(judge)

    assert facts == {
        ("f", T + 50_000): a_fact(48_100, *missed(a=3)),
        ("f", T + 60_000): a_fact(58_100, *missed(a=4)),
        # When the minute turns. From then on nobody writes, and nobody ages.
        **{
            ("f", T + at_ms): a_fact(118_100, *missed(a=4))
            for at_ms in range(120_000, 590_000, 60_000)
        },
    }


def test_what_stays_as_it_is_is_said_ever_more_seldom(judge: Judge) -> None:
    # Nobody writes for three days.
    sent = in_order(announced(), readings(without_a), heartbeats())
    facts = judge(*sent, until=T + 3 * DAY_MS).facts

    news_ms = 60_000
    minutes = range(120_000, news_ms + 2 * HOUR_MS + 1, 60_000)
    # It is half past midnight.
    hours = range(HOUR_MS // 2 + 2 * HOUR_MS, news_ms + DAY_MS + 1, HOUR_MS)
    days = [HOUR_MS // -2 + days * DAY_MS for days in (2, 3)]
    assert sorted(at_ms - T for _, at_ms in facts) == [50_000, news_ms, *minutes, *hours, *days]
    assert facts["f", T + days[-1]] == a_fact(118_100, *missed(a=4))


def test_a_repeat_is_no_sign_of_life(judge: Judge) -> None:
    last = reading(T + 15_000, meter_id="a", seq=3, register=3.0, demand=720.0)
    repeats = [(T + at_ms, last) for at_ms in (16_000, 18_900, 39_000, 55_000)]

    assert alone(judge, *repeats) == alone(judge)


def test_a_late_reading_is_a_sign_of_life_of_when_it_was_sent(judge: Judge) -> None:
    late = reading(T + 20_000, meter_id="a", seq=4, register=4.0, demand=720.0)
    facts = alone(judge, (T + 41_000, late))

    # Its lag may have grown by 5 ms in 5 s, and it is silent 30 s after.
    life = MissedMeter("a", T + 20_105, CADENCE_MS, 3)
    assert facts["f", T + 55_000] == a_fact(53_100, life)
    assert min(facts) == ("f", T + 55_000)


def test_a_meter_that_is_removed_is_missed_no_longer(judge: Judge) -> None:
    gone = announcement(meter_id="a", removed=True)
    facts = alone(judge, (T + 52_000, gone))

    assert facts == {
        ("f", T + 50_000): a_fact(48_100, *missed(a=3)),
        ("f", T + 55_000): a_fact(53_100, members=3),
    }


def test_a_meter_that_moves_is_another_feeders(judge: Judge) -> None:
    moved = announcement(meter_id="a", feeder="g", cadence_ms=CADENCE_MS)
    facts = alone(judge, (T + 52_000, moved))

    assert facts["f", T + 55_000] == a_fact(53_100, members=3)
    assert facts["g", T + 55_000] == a_fact(15_100, *missed(a=3), members=1)


def test_what_is_no_home_counts_nowhere(judge: Judge) -> None:
    others = [
        (T, announcement(meter_id="a:export", feeder="f", cadence_ms=CADENCE_MS)),
        (T, announcement(meter_id="w", commodity="gas", feeder="f", cadence_ms=CADENCE_MS)),
        (T, announcement(meter_id="e", cadence_ms=CADENCE_MS)),
    ]

    assert alone(judge, *others) == alone(judge)


@pytest.mark.parametrize(
    ("changes", "gained"),
    [
        ({}, 2.0),
        ({"register": 2.5}, None),
        ({"demand": -1.0}, None),
        ({"demand": None}, 2.0),
        ({"demand": 3_600.0}, 0.0),
    ],
    ids=str,
)
def test_what_a_register_gained(
    judge: Judge, changes: dict[str, float | None], gained: float | None
) -> None:
    """In 45 s; 3 Wh and 1 Wh of them in the last 5 s, by the demand of then or else of before."""
    fields: dict[str, float | None] = {"register": 6.0, "demand": 720.0}
    again = reading(T + 60_000, meter_id="a", seq=4, **(fields | changes))
    facts = alone(judge, (T + 60_100, again))

    (back,) = facts["f", T + 65_000].returned
    assert back == BackMeter("a", T + 60_100, T + 15_100, gained, 8.0, 5_000)
