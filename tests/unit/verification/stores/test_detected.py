"""Facts and alerts as their topics have them, and what verification says of odd ones."""

import json
from typing import Any

import pytest

from verification.comparison.alerts import compare_alerts
from verification.comparison.compare import compare_repeated
from verification.comparison.facts import compare_facts, compare_judged
from verification.comparison.names import alert_name, feeder_minute_name
from verification.oracle.detection.judged import Judged
from verification.rows import (
    AlertVersion,
    BackMeter,
    DayFact,
    DayOfMeter,
    FeederFact,
    FeederMinuteFact,
    HourFact,
    JudgedFact,
    MissedMeter,
)
from verification.stores.detected import alert_version, fact_row

FACT: dict[str, Any] = {
    "kind": "feeder_slice",
    "subject": "f",
    "at_ms": 1_709_287_205_000,
    "last_life_ms": 1_709_287_204_310,
    "area": "gcpuy",
    "members": 48,
    "alive": 47,
    "missed": [["a", 1_709_287_190_120, 5_000, 2], ["b", 1_709_287_150_240, 5_000, 4]],
    "missed_count": 2,
    "missed_twice": 2,
    "silent": 1,
    "returned": [["c", 1_709_287_203_020, 1_709_287_150_180, 0.000, 6.250, 5_000]],
}
KEY = ("f", 1_709_287_205_000)
ROW = FeederFact(
    area="gcpuy",
    members=48,
    alive=47,
    last_life_ms=1_709_287_204_310,
    missed=(
        MissedMeter("a", 1_709_287_190_120, 5_000, 2),
        MissedMeter("b", 1_709_287_150_240, 5_000, 4),
    ),
    missed_count=2,
    missed_twice=2,
    silent=1,
    returned=(BackMeter("c", 1_709_287_203_020, 1_709_287_150_180, 0.0, 6.25, 5_000),),
)
MINUTE: dict[str, Any] = {
    "kind": "feeder_minute",
    "subject": "f",
    "at_ms": 1_709_287_205_000,
    "area": "gcpuy",
    "members": 48,
    "homes": 47.916,
    "demand_w": 61_204.333,
    "by_supply": True,
    "capacity_w": None,
    "voltages": 47.916,
    "low": 0.0,
    "lowered": 0.25,
    "high": 0.0,
    "raised": 0.0,
}
MINUTE_ROW = FeederMinuteFact(
    area="gcpuy",
    members=48,
    homes=47.916,
    demand_w=61_204.333,
    by_supply=True,
    capacity_w=None,
    voltages=47.916,
    low=0.0,
    lowered=0.25,
    high=0.0,
    raised=0.0,
)
HOUR: dict[str, Any] = {
    "kind": "meter_hour",
    "subject": "m",
    "at_ms": 1_709_287_200_000,
    "area": "gcpuy",
    "energy": 0.0,
    "by_demand": 640.25,
    "readings": 60,
    "expected": 61,
    "register": 12_345.678,
    "fell_ms": None,
    "off_ms": None,
    "installed_ms": 1_356_998_400_000,
}
HOUR_ROW = HourFact("gcpuy", 0.0, 640.25, 60, 61, 12_345.678, None, None, 1_356_998_400_000)
JUDGED: dict[str, Any] = {
    "kind": "judged_hour",
    "subject": "m",
    "at_ms": 1_709_287_200_000,
    "area": "gcpuy",
    "score": 1.25,
    "channel": "1 h",
    "used_wh": 4_310.2,
    "usual_wh": 312.5,
    "model": "2024-02-26-0123abcd",
}
JUDGED_ROW = JudgedFact("gcpuy", 1.25, "1 h", 4_310.2, 312.5, "2024-02-26-0123abcd")
GAINED = [0, None, *range(5, 52)]
DAY: dict[str, Any] = {
    "kind": "feeder_day",
    "subject": "f",
    "at_ms": 1_709_272_800_000,
    "day_ms": 1_709_164_800_000,
    "area": "gcpuy",
    "supply": ["f:supply", GAINED],
    "meters": [["m", GAINED]],
    "meters_count": 1,
}
DAY_ROW = DayFact(
    1_709_164_800_000,
    "gcpuy",
    DayOfMeter("f:supply", tuple(GAINED)),
    (DayOfMeter("m", tuple(GAINED)),),
    1,
)
ALERT: dict[str, Any] = {
    "id": "outage:f:1387815310000",
    "version": 1,
    "state": "opened",
    "kind": "outage",
    "severity": "notice",
    "subject": "f",
    "area": "gcpuy",
    "onset_ms": 1_387_815_300_000,
    "opened_at_ms": 1_387_815_310_000,
    "at_ms": 1_387_815_310_000,
    "evidence": {"rule": "full", "text": "They are out.", "numbers": {"due": 8.0, "back": 1.0}},
    "rules": "2026-12-01",
    "homes": ["a", "b"],
    "homes_count": 2,
    "homes_out": 2,
}
VERSION = AlertVersion(
    state="opened",
    kind="outage",
    subject="f",
    severity="notice",
    area="gcpuy",
    onset_ms=1_387_815_300_000,
    opened_at_ms=1_387_815_310_000,
    at_ms=1_387_815_310_000,
    rule="full",
    numbers=(("back", 1.0), ("due", 8.0)),
    rules="2026-12-01",
    cause="unknown",
    homes=("a", "b"),
    homes_count=2,
    homes_out=2,
    momentary=False,
    customer_minutes=None,
    restored_at_ms=None,
    closed_at_ms=None,
    reason=None,
)


def text(said: dict[str, Any], **changes: Any) -> bytes:  # noqa: ANN401
    return json.dumps(said | changes).encode()


def test_a_fact_is_a_row() -> None:
    assert fact_row(text(FACT)) == (KEY, ROW)
    assert fact_row(text(MINUTE)) == (KEY, MINUTE_ROW)
    assert fact_row(text(HOUR)) == (("m", 1_709_287_200_000), HOUR_ROW)
    assert fact_row(text(JUDGED)) == (("m", 1_709_287_200_000), JUDGED_ROW)
    assert fact_row(text(DAY)) == (("f", 1_709_272_800_000), DAY_ROW)


def test_an_alert_is_a_row() -> None:
    assert alert_version(text(ALERT)) == (("outage:f:1387815310000", 1), VERSION)


def test_other_kinds_are_left_alone() -> None:
    assert fact_row(text(FACT, kind="feed")) is None
    assert alert_version(text(ALERT, kind="feed_stopped")) is None


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"alive": 46}, "feeder f, as of 2024-03-01T10:00:05Z alive: expected 47, found 46"),
        ({"x": 1}, "feeder f, as of 2024-03-01T10:00:05Z other_fields: expected (), found ('x',)"),
    ],
)
def test_a_fact_that_is_there_again_is_the_same(changes: dict[str, Any], words: str) -> None:
    once, again = fact_row(text(FACT)), fact_row(text(FACT, **changes))
    assert once is not None
    assert again is not None

    assert compare_facts("facts", {KEY: ROW}, [once, once]).equal
    for found in ([once, again], [again, once]):
        assert compare_facts("facts", {KEY: ROW}, found).examples == [words]


def test_a_minute_that_is_another_is_told() -> None:
    found = fact_row(text(MINUTE, lowered=0.251))
    assert found is not None

    compared = compare_facts("minutes", {KEY: MINUTE_ROW}, [found], feeder_minute_name)

    assert compared.examples == [
        "feeder f, minute to 2024-03-01T10:00:05Z lowered: expected 0.25, found 0.251"
    ]


@pytest.mark.parametrize(
    ("times", "words"),
    [
        ([0, 5_000, 60_000], []),
        # After a restart.
        ([0, 5_000, 0, 5_000, 60_000], []),
        (
            [5_000, 0, 5_000, 60_000],
            ["feeder f, as of 1970-01-01T00:00:00Z comes after a later one"],
        ),
    ],
)
def test_facts_of_a_feeder_come_in_the_order_of_their_times(
    times: list[int], words: list[str]
) -> None:
    found = [(("f", at_ms), ROW) for at_ms in times]
    others = [(("g", at_ms), ROW) for at_ms in (3_000, 4_000)]

    compared = compare_facts("facts", dict(found + others), found + others)

    assert (compared.examples, compared.different) == (words, len(words))


def test_of_a_score_that_may_be_rounded_either_way_both_are_right() -> None:
    key, other = ("m", 1_709_287_200_000), ("m", 1_709_290_800_000)
    either = Judged((JUDGED_ROW, JUDGED_ROW._replace(score=1.251)), is_sure=True)
    perhaps = Judged((JUDGED_ROW,), is_sure=False)

    for score in (1.25, 1.251):
        found = [(key, JUDGED_ROW._replace(score=score))]
        assert compare_judged("hours", {key: either}, found).equal
        assert compare_judged("hours", {key: either, other: perhaps}, found).equal
        both = [*found, (other, JUDGED_ROW)]
        assert compare_judged("hours", {key: either, other: perhaps}, both).equal

    found = [(key, JUDGED_ROW._replace(score=1.252)), (other, JUDGED_ROW._replace(score=1.251))]
    assert compare_judged("hours", {key: either, other: perhaps}, found).examples == [
        "meter m, hour to 2024-03-01T10:00:00Z score: expected 1.25, found 1.252",
        "meter m, hour to 2024-03-01T11:00:00Z score: expected 1.25, found 1.251",
    ]
    assert compare_judged("hours", {key: either}, []).missing == 1


LOSS = VERSION._replace(
    kind="feeder_loss", numbers=(("coefficient m", 3.0), ("missing_kwh_a_day", 40.0))
)


@pytest.mark.parametrize(
    ("found", "equal"),
    [
        (LOSS._replace(numbers=(("coefficient m", 3.002), ("missing_kwh_a_day", 40.005))), True),
        (LOSS._replace(numbers=(("coefficient m", 3.003), ("missing_kwh_a_day", 40.0))), False),
        (LOSS._replace(numbers=(("coefficient n", 3.0), ("missing_kwh_a_day", 40.0))), False),
        (LOSS._replace(numbers=(("coefficient m", 3.0),)), False),
        (LOSS._replace(severity="major"), False),
    ],
)
def test_what_is_fitted_in_two_ways_is_nearly_the_same(found: AlertVersion, equal: bool) -> None:
    key = ("feeder_loss:f:1", 1)

    compared = compare_alerts("alerts", {key: LOSS}, frozenset(), [(key, found), (key, found)])

    assert compared.equal == equal


def test_alerts_of_which_nothing_can_be_said_are_left_out() -> None:
    found = [(("feeder_loss:f:1", 1), LOSS), (("outage:f:1", 1), VERSION)]
    expected = {("outage:f:1", 1): VERSION}

    compared = compare_alerts("alerts", expected, {("feeder_loss", "f")}, found)

    assert (compared.equal, compared.undecided) == (True, 1)
    assert compare_alerts("alerts", expected, frozenset(), found).surplus == 1


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"cause": "power"}, "cause: expected 'unknown', found 'power'"),
        ({"x": 1}, "other_fields: expected (), found ('x',)"),
        (
            {"evidence": {"rule": "full", "text": "", "numbers": {"due": 8, "back": 1}}},
            "other_fields: expected (), found ('no evidence.text',)",
        ),
    ],
)
def test_a_version_of_an_alert_has_what_it_must(changes: dict[str, Any], words: str) -> None:
    found = alert_version(text(ALERT, **changes))
    assert found is not None

    compared = compare_repeated("alerts", {found[0]: VERSION}, [found], alert_name)

    assert compared.examples == [f"outage:f:1387815310000, version 1 {words}"]


@pytest.mark.parametrize(
    "said",
    [
        *(b"{", b"[]", b'"x"', b"{}"),
        *(text(FACT, missed=None), text(FACT, missed=[["a", 1]])),
        *(text(DAY, supply=None), text(DAY, meters=[["m"]])),
    ],
)
def test_what_is_no_fact_is_told(said: bytes) -> None:
    with pytest.raises((ValueError, TypeError, AttributeError, KeyError)):
        fact_row(said)


@pytest.mark.parametrize("said", [b"{", b"[]", b"{}", text(ALERT, evidence=None)])
def test_what_is_no_alert_is_told(said: bytes) -> None:
    with pytest.raises((ValueError, TypeError, AttributeError, KeyError)):
        alert_version(said)
