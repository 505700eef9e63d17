"""Alerts of a feeder worked out by hand, and those of the jobs' rules on facts of random logs."""

import random
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest

from contracts.facts import FeederSlice, Missed, Returned
from contracts.reading import HEARTBEAT
from contracts.settings import Settings
from contracts.time import MINUTE_MS
from jobs.fold import fold
from jobs.rules.all import read
from tests.support.chance import seeds
from tests.support.log import Sent, T, announcement, reading, record
from tests.unit.verification.oracle.conftest import Judge
from tests.unit.verification.oracle.detection.street import (
    DELAY_MS,
    announced,
    dark,
    heartbeats,
    in_order,
    readings,
    supply_meter,
    without_a,
)
from tests.unit.verification.oracle.test_by_the_rules import village
from verification.errors import VerificationError
from verification.oracle.detection.alerts import feeder_alerts
from verification.oracle.detection.rules import PATH, read_rules
from verification.oracle.expected import expect, expect_alerts
from verification.oracle.log import read_log
from verification.rows import (
    AlertKey,
    AlertVersion,
    BackMeter,
    FactKey,
    FeederFact,
    MissedMeter,
)
from verification.stores.detected import alert_version

RULES = read_rules()


def test_a_feeder_without_power(judge: Judge) -> None:
    alerts = judge(*in_order(announced(), readings(dark), heartbeats())).alerts

    an_id = f"outage:f:{T + 30_000}"
    opened = AlertVersion(
        state="opened",
        kind="outage",
        subject="f",
        severity="notice",
        area="gcpuy",
        onset_ms=T + 18_100,
        opened_at_ms=T + 30_000,
        at_ms=T + 30_000,
        rule="full",
        numbers=(("due_homes", 4), ("living_homes", 4), ("needed_homes", 4)),
        rules=RULES.version,
        cause="unknown",
        homes=("a", "b", "c", "d"),
        homes_count=4,
        homes_out=4,
        momentary=False,
        customer_minutes=None,
        restored_at_ms=None,
        closed_at_ms=None,
        reason=None,
    )
    counted = {"gained_wh": 0, "expected_wh": 32, "rho": 0, "measured_homes": 4}
    closed = opened._replace(
        state="closed",
        at_ms=T + 65_000,
        numbers=tuple(sorted((dict(opened.numbers) | counted).items())),
        cause="power",
        homes_out=0,
        momentary=True,
        # Heard again 42 to 45 s after the onset.
        customer_minutes=174 / 60,
        restored_at_ms=T + 61_100,
        closed_at_ms=T + 65_000,
        reason="restored",
    )
    assert alerts == {(an_id, 1): opened, (an_id, 2): closed}


def test_a_home_without_a_feeder_that_falls_silent(judge: Judge) -> None:
    alerts = judge(*in_order(readings(without_a), heartbeats())).alerts

    opened = alerts[f"meter_silent:a:{T + 60_000}", 1]
    assert (opened.state, opened.area, opened.onset_ms) == ("opened", "gcpuy", T + 15_100)
    assert {an_id for an_id, _ in alerts} == {f"meter_silent:a:{T + 60_000}"}


def test_homes_without_a_feeder_that_fall_silent_together(judge: Judge) -> None:
    alerts = judge(*in_order(readings(dark), heartbeats())).alerts

    opened, closed = alerts.values()
    assert (opened.kind, opened.subject, opened.at_ms) == ("outage", "area:gcpuy", T + 35_000)
    assert (closed.cause, closed.homes, closed.reason) == (
        "power",
        ("a", "b", "c", "d"),
        "restored",
    )


@pytest.mark.parametrize(
    ("first_ms", "watts", "cause", "then"),
    # The last of four homes was due at 23.1 s: an interval must not have begun before. The next one
    # has not, and is told of at once.
    [
        (2_500, 400.0, "power", []),
        (2_500, 9_000.0, "unknown", [(T + 35_000, "communication")]),
        (3_000, 9_000.0, "communication", []),
        (3_000, 4_000.0, "unknown", []),
    ],
)
def test_why_a_feeder_is_dark_by_what_goes_in(
    judge: Judge, first_ms: int, watts: float, cause: str, then: list[tuple[int, str]]
) -> None:
    supply = supply_meter(lambda at_ms: 10_000.0 if at_ms < 20_000 else watts, first_ms)
    alerts = judge(*in_order(announced(), readings(dark), heartbeats(), supply)).alerts

    opened, *updated, closed = alerts.values()
    assert (opened.at_ms, opened.cause) == (T + 30_000, cause)
    assert [(each.at_ms, each.cause) for each in updated] == then
    assert dict(opened.numbers)["supply_before_w"] == 10_000.0
    assert dict(opened.numbers)["supply_least_w"] == watts
    # By the registers.
    assert closed.cause == "power"


def test_a_meter_that_is_silent_until_it_is_removed(judge: Judge) -> None:
    gone = [(T + 81_000, announcement(meter_id="a", removed=True))]
    alerts = judge(*in_order(announced(), readings(without_a), heartbeats(), gone)).alerts

    an_id = f"meter_silent:a:{T + 60_000}"
    opened = AlertVersion(
        state="opened",
        kind="meter_silent",
        subject="a",
        severity="warning",
        area="gcpuy",
        onset_ms=T + 15_100,
        opened_at_ms=T + 60_000,
        at_ms=T + 60_000,
        rule="silent",
        numbers=(("silent_after_ms", 30_000), ("silent_ms", 44_900)),
        rules=RULES.version,
        cause="unknown",
        homes=("a",),
        homes_count=1,
        homes_out=1,
        momentary=False,
        customer_minutes=None,
        restored_at_ms=None,
        closed_at_ms=None,
        reason=None,
    )
    closed = opened._replace(
        state="closed",
        at_ms=T + 85_000,
        numbers=(("silent_after_ms", 30_000), ("silent_ms", 69_900)),
        closed_at_ms=T + 85_000,
        reason="gone",
    )
    assert alerts == {(an_id, 1): opened, (an_id, 2): closed}


def test_alerts_alone_are_the_same(judge: Judge, settings: Settings) -> None:
    alerts = judge(*in_order(announced(), readings(dark), heartbeats())).alerts

    assert alerts
    assert expect_alerts(read_log(settings), settings, lambda _: None) == alerts


HOMES = [f"m{number:02}" for number in range(20)]


def a_fact(
    at_ms: int, missed: Mapping[str, tuple[int, int]], *back: BackMeter, last_ms: int = 0
) -> tuple[FactKey, FeederFact]:
    """Of 20 homes; of those that are missed the last sign of life and how they stand."""
    lists = sorted(
        (
            MissedMeter(home, T + life_ms, 5_000, stands)
            for home, (life_ms, stands) in missed.items()
        ),
        key=lambda each: (-each.life_ms, each.meter_id),
    )
    return ("f", T + at_ms), FeederFact(
        area="gcpuy",
        members=20,
        alive=20,
        last_life_ms=T + (last_ms or at_ms - 100),
        missed=tuple(lists),
        missed_count=len(lists),
        missed_twice=sum(each.stands >= 2 for each in lists),
        silent=sum(each.stands >= 3 for each in lists),
        returned=back,
    )


def test_a_part_of_a_feeder_of_which_one_stays_away() -> None:
    """Five homes are heard last at 10 s; four of them lost their link, and one is left."""
    part = HOMES[:5]
    back = [BackMeter(home, T + 400_100, T + 10_000, 90.0, 100.0, 5_000) for home in part[:4]]
    facts = dict(
        [
            a_fact(25_000, dict.fromkeys(part, (10_000, 2))),
            a_fact(405_000, {part[4]: (10_000, 4)}, *back),
            a_fact(420_000, {part[4]: (10_000, 4)}),
            a_fact(480_000, {part[4]: (10_000, 4)}),
        ]
    )
    alerts = feeder_alerts(facts, RULES)

    outage, silent = f"outage:f:{T + 25_000}", f"meter_silent:{part[4]}:{T + 480_000}"
    told = [(key, one.state, one.severity, one.cause, one.reason) for key, one in alerts.items()]
    assert told == [
        ((outage, 1), "opened", "notice", "unknown", None),
        # Four of five are back, whose registers went on.
        ((outage, 2), "updated", "warning", "communication", None),
        # A minute after most were back; no power was off, so nobody was without.
        ((outage, 3), "closed", "warning", "communication", "restored"),
        ((silent, 1), "opened", "warning", "unknown", "not_restored"),
    ]
    opened, updated, closed, left = alerts.values()
    assert opened.numbers == (("at_once_homes", 5), ("living_homes", 20), ("needed_homes", 5))
    assert (opened.onset_ms, opened.homes) == (T + 10_000, tuple(part))
    assert [each.homes_out for each in (opened, updated, closed)] == [5, 1, 1]
    assert (closed.restored_at_ms, closed.customer_minutes) == (T + 400_100, None)
    assert dict(closed.numbers)["rho"] == 0.9
    assert (left.onset_ms, left.rule) == (T + 10_000, "not_restored")


# The five were due at 15 s: whoever is heard after that fell silent by something else.
@pytest.mark.parametrize(
    ("heard_ms", "gasp_ms", "gasped"),
    [
        (15_000, 80_000, 2),
        (15_000, 80_001, 0),
        (15_001, 75_000, 2),
        (15_001, 75_001, 0),
        (600_000, 603_000, 0),
    ],
)
def test_gasps_count_of_homes_whose_silence_began_with_the_outage(
    heard_ms: int, gasp_ms: int, gasped: int
) -> None:
    part = dict.fromkeys(HOMES[:5], (10_000, 2))
    more = part | dict.fromkeys(HOMES[5:7], (heard_ms, 2))
    key, later = a_fact(700_000, more)
    lost = [
        each._replace(lost_power_ms=T + gasp_ms) if each.meter_id in HOMES[5:7] else each
        for each in later.missed
    ]
    facts = dict([a_fact(25_000, part), (key, later._replace(missed=tuple(lost)))])
    alerts = feeder_alerts(facts, RULES)

    _, last = alerts.values()
    assert (last.kind, last.homes_count) == ("outage", 7)
    assert last.cause == ("power" if gasped else "unknown")
    assert dict(last.numbers).get("gasped_homes", 0) == gasped
    assert alerts == of_the_jobs(facts)


# Nobody is heard after 600 s, and the first was due at 605 s.
@pytest.mark.parametrize(
    ("heard_ms", "gasp_ms", "gasped"),
    [
        (600_000, 539_999, 0),
        (600_000, 600_000, 2),
        (600_000, 665_000, 2),
        (600_000, 665_001, 0),
        (540_000, 660_000, 2),
        (540_000, 660_001, 0),
    ],
)
def test_gasps_count_of_homes_that_fall_silent_when_the_whole_feeder_does(
    heard_ms: int, gasp_ms: int, gasped: int
) -> None:
    """Five of its homes have been silent for ten minutes."""
    part = dict.fromkeys(HOMES[:5], (10_000, 2))
    two = dict.fromkeys(HOMES[5:7], (heard_ms, 2))
    rest = dict.fromkeys(HOMES[7:], (600_000, 2))
    key, later = a_fact(700_000, part | two | rest, last_ms=600_000)
    lost = [
        each._replace(lost_power_ms=T + gasp_ms) if each.meter_id in two else each
        for each in later.missed
    ]
    facts = dict([a_fact(25_000, part), (key, later._replace(missed=tuple(lost)))])
    alerts = feeder_alerts(facts, RULES)

    _, last = alerts.values()
    assert (last.rule, last.onset_ms, last.homes_count) == ("full", T + 10_000, 20)
    assert last.cause == ("power" if gasped else "unknown")
    assert dict(last.numbers).get("gasped_homes", 0) == gasped
    assert alerts == of_the_jobs(facts)


def test_silences_that_turn_out_to_be_an_outage() -> None:
    """One is told of by itself, and then fifteen more are missed at its feeder's last sign of
    life."""
    hour = 60 * MINUTE_MS
    alone = {HOMES[0]: (10_000, 4)}
    more = dict.fromkeys(HOMES[1:], (hour + 9_000, 2))
    facts = dict(
        [
            a_fact(60_000, alone),
            # The hour has turned: T is half past.
            a_fact(hour, alone),
            a_fact(hour + 20_000, alone | more, last_ms=hour + 9_000),
        ]
    )
    alerts = feeder_alerts(facts, RULES)

    silent, outage = f"meter_silent:{HOMES[0]}:{T + 60_000}", f"outage:f:{T + hour + 20_000}"
    told = [(key, one.state, one.homes_count, one.reason) for key, one in alerts.items()]
    # It was silent before, and is no home of the outage.
    assert told == [
        ((silent, 1), "opened", 1, None),
        ((silent, 2), "updated", 1, None),
        ((outage, 1), "opened", 19, None),
    ]
    assert dict(alerts[outage, 1].numbers) == {
        "due_homes": 19,
        "needed_homes": 8,
        "living_homes": 19,
    }


def test_a_feeder_that_is_out_three_times_for_a_minute() -> None:
    """Five homes, each time from the 10th second of an hour to the 70th; the link is at fault."""
    hour = 60 * MINUTE_MS
    part = HOMES[:5]
    facts = dict(
        a_fact(
            hour * number + 75_000,
            {},
            *(
                BackMeter(
                    home,
                    T + hour * number + 70_000 + after,
                    T + hour * number + 9_000 + after,
                    10.0,
                    10.0 + number,
                    5_000,
                )
                for after, home in enumerate(part)
            ),
        )
        for number in range(4)
    )
    alerts = feeder_alerts(facts, RULES)

    # Of the third time; the fourth alone is none.
    an_id = f"repeated_outage:f:{T + 2 * hour + 75_000}"
    assert list(alerts) == [(an_id, 1), (an_id, 2)]
    opened, closed = alerts.values()
    assert dict(opened.numbers) == {
        "times": 3,
        "span_ms": 2 * hour,
        # From the last one that fell silent to the first that was heard.
        "longest_ms": 60_996,
        "gained_wh": 150.0,
        "expected_wh": 165.0,
        "rho": 0.9091,
        "measured_homes": 15,
    }
    assert (opened.state, opened.severity, opened.cause) == ("opened", "notice", "communication")
    assert (opened.onset_ms, opened.homes_count, opened.homes) == (T + 9_004, 5, ())
    assert (closed.state, closed.reason, closed.closed_at_ms) == (
        "closed",
        "told",
        T + 2 * hour + 75_000,
    )


def late_thrice(lost: range, *, without_power: bool = False) -> list[Sent]:
    """Six homes whose readings of 40 seconds come all at once, thrice, a minute and a half apart.

    Args:
        lost: Of these seconds of the 40 no readings come; registers go on meanwhile, or do not.
    """
    sent = heartbeats(310_000)
    for home in HOMES[:6]:
        sent.append((T, announcement(meter_id=home, feeder="f", cadence_ms=5_000)))
        register = 0
        for seq, at_ms in enumerate(range(0, 300_000, 5_000)):
            since_ms = at_ms % 90_000 - 40_000
            if since_ms // 1_000 not in lost:
                said = reading(
                    T + at_ms, meter_id=home, seq=seq, register=float(register), demand=720.0
                )
                late_ms = 40_000 - since_ms if 0 <= since_ms < 40_000 else 0
                sent.append((T + at_ms + late_ms + DELAY_MS, said))
            if since_ms // 1_000 not in lost or not without_power:
                register += 1
    return in_order(sent)


@pytest.mark.parametrize(
    ("sent", "cause"),
    [
        (late_thrice(range(0)), None),
        # One is missing, which is as much as two cadences.
        (late_thrice(range(10, 15)), "communication"),
        (late_thrice(range(40)), "communication"),
        (late_thrice(range(40), without_power=True), "power"),
    ],
)
def test_readings_that_come_many_at_once_are_no_outage(
    judge: Judge, sent: list[Sent], cause: str | None
) -> None:
    expected = judge(*sent)

    # While they do not come nobody knows that they will.
    assert "outage" in {each.kind for each in expected.alerts.values()}
    repeats = [each for each in expected.alerts.values() if each.kind == "repeated_outage"]
    assert {each.cause for each in repeats} == ({cause} if cause else set())
    assert len(repeats) == (2 if cause else 0)
    assert expected.alerts == of_the_jobs(expected.facts)


def of_the_jobs(facts: Mapping[FactKey, FeederFact]) -> dict[AlertKey, AlertVersion]:
    """What the watch job would put out, of the kinds that the oracle knows."""
    rules, kept = read(), dict[str, bytes | None]()
    found: dict[AlertKey, AlertVersion] = {}
    for (feeder, at_ms), fact in sorted(facts.items()):
        said = FeederSlice(
            subject=feeder,
            at_ms=at_ms,
            area=fact.area,
            members=fact.members,
            alive=fact.alive,
            last_life_ms=fact.last_life_ms,
            missed=tuple(Missed(*each) for each in fact.missed),
            missed_count=fact.missed_count,
            missed_twice=fact.missed_twice,
            silent=fact.silent,
            returned=tuple(Returned(*each) for each in fact.returned),
            supply_before_w=fact.supply_before_w,
            supply_least_w=fact.supply_least_w,
            supply_from_ms=fact.supply_from_ms,
        )
        kept[feeder], alerts = fold(kept.get(feeder), msgspec.json.encode(said), rules)
        for alert in alerts:
            version = alert_version(msgspec.json.encode(alert))
            if version is not None:
                assert version[0] not in found
                found[version[0]] = version[1]
    return found


@pytest.mark.parametrize("seed", seeds(30))
def test_alerts_of_a_log_are_those_of_the_jobs(seed: int, settings: Settings) -> None:
    records = village(random.Random(seed))
    end_ms = max(each[-1][0] for each in records) + 200_000
    for partition, sent in enumerate(records):
        record(settings, partition, [*sent, (end_ms, HEARTBEAT)])

    expected = expect(read_log(settings), settings, lambda _: None)

    assert expected.alerts == of_the_jobs(expected.facts)


def random_facts(rng: random.Random, gasping: random.Random) -> dict[FactKey, FeederFact]:
    """Facts of a feeder that no log would make: lists that are cut off, homes that vanish."""
    facts, at_ms = dict[FactKey, FeederFact](), T
    lives = dict.fromkeys(HOMES[: rng.choice([4, 8, 20])], at_ms)
    cadence_ms = rng.choice([5_000, 60_000])
    for _ in range(rng.randrange(3, 40)):
        at_ms += rng.choice([5_000, 5_000, 15_000, 60_000, 600_000, rng.choice([0, 400_000_000])])
        away = [home for home in lives if rng.random() < rng.choice([0.05, 0.5, 0.95])]
        last_ms = at_ms - rng.choice([100, 8_000, 60_000])
        back: list[BackMeter] = []
        for home in lives:
            if home not in away and rng.random() < 0.7:
                life_ms = max(lives[home], last_ms - rng.randrange(4_000))
                if rng.random() < 0.6:
                    gain = rng.choice([None, 0.0, 0.4, 7.5])
                    expects = rng.choice([None, 0.0, 8.0, 100.0])
                    back.append(BackMeter(home, life_ms, lives[home], gain, expects, cadence_ms))
                lives[home] = life_ms
        missed = [
            MissedMeter(home, lives[home], cadence_ms, rng.choice([1, 2, 2, 3, 4])) for home in away
        ]
        missed = [
            each._replace(lost_power_ms=each.life_ms + gasping.choice([0, 3_000, 66_000, 130_000]))
            if gasping.random() < 0.2
            else each
            for each in missed
        ]
        missed.sort(key=lambda each: (-each.life_ms, each.meter_id))
        shown = missed[: rng.choice([2, 500, 500])]
        facts["f", at_ms] = FeederFact(
            area=rng.choice(["gcpuy", ""]),
            members=len(lives),
            alive=rng.randrange(len(missed), len(lives) + 1),
            last_life_ms=max(lives.values()),
            missed=tuple(shown),
            missed_count=len(missed),
            missed_twice=sum(each.stands >= 2 for each in missed),
            silent=sum(each.stands >= 3 for each in missed),
            returned=tuple(sorted(back, key=lambda each: (each.life_ms, each.meter_id))),
        )
    return facts


@pytest.mark.parametrize("seed", seeds(300))
def test_alerts_of_facts_are_those_of_the_jobs(seed: int) -> None:
    facts = random_facts(random.Random(seed), random.Random(f"gasps {seed}"))

    assert feeder_alerts(facts, RULES) == of_the_jobs(facts)


def test_the_version_of_the_rules_is_in_each_alert(judge: Judge) -> None:
    facts = judge(*in_order(announced(), readings(without_a), heartbeats())).facts

    alerts = feeder_alerts(facts, replace(RULES, version="another"))

    assert {each.rules for each in alerts.values()} == {"another"}


def test_rules_that_the_oracle_does_not_know_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "rules.toml"
    path.write_text(PATH.read_text().replace("[silence]\n", "[silence]\nfurther = 3\n"))

    with pytest.raises(VerificationError, match="further"):
        read_rules(path)
