"""Hours that are judged, each case with the values that it must have."""

from collections.abc import Sequence

import msgspec

from contracts.facts import Channel, JudgedHour
from contracts.time import HOUR_MS
from jobs.rules.unusual_use import RULE, Use, step
from tests.unit.jobs.rules.hours import AREA, METER, RULES, T0, steps, told


def hour(number: int, score: float | None, channel: Channel = "1 h") -> JudgedHour:
    """The hour that ends so many after T0; it used 1,000 Wh for each of the score."""
    return JudgedHour(
        subject=METER,
        at_ms=T0 + number * HOUR_MS,
        area=AREA,
        score=score,
        channel=None if score is None else channel,
        used_wh=None if score is None else round(1_000 * score, 3),
        usual_wh=None if score is None else 400.0,
        model="2013-12-01-0123abcd",
    )


def hours(*scores: float | None) -> list[JudgedHour]:
    return [hour(number, score) for number, score in enumerate(scores, 1)]


def test_use_is_unusual_until_three_hours_are_usual() -> None:
    alerts = told(RULE, hours(0.61, 1.0, 1.001, 1.7, 0.6, 0.601, 0.6, 0.1, 0.6, 0.1))

    assert steps(alerts) == [("opened", 3, None), ("closed", 9, "usual")]
    first, last = alerts
    assert first.id == f"unusual_use:{METER}:{T0 + 3 * HOUR_MS}"
    # It began with the first hour that was nearly so.
    assert (first.severity, first.onset_ms, first.area) == ("notice", T0, AREA)
    assert (first.evidence.rule, first.evidence.numbers) == (
        "hour",
        {"score": 1.001, "used_wh": 1_001.0, "usual_wh": 400.0},
    )
    assert first.evidence.text == (
        "1,001 Wh were used in the hour up to 2013-12-23 18:00, and 400 Wh are usual "
        "(score 1.00 by the model 2013-12-01-0123abcd)."
    )
    assert (last.restored_at_ms, last.closed_at_ms) == (T0 + 6 * HOUR_MS, T0 + 9 * HOUR_MS)
    assert (last.evidence.rule, last.evidence.numbers["score"]) == ("usual", 1.7)
    assert last.evidence.text == (
        "Use is as usual since 2013-12-23 21:00. At its most, 1,700 Wh were used in the hour up to "
        "2013-12-23 19:00, and 400 Wh are usual (score 1.70 by the model 2013-12-01-0123abcd)."
    )


def test_what_is_nearly_unusual_is_told_to_nobody() -> None:
    assert told(RULE, hours(0.9, 1.0, 0.7, 0.6, 0.6, 0.6)) == []


def test_what_was_nearly_so_before_three_usual_hours_is_no_beginning() -> None:
    (alert,) = told(RULE, hours(0.9, 0.6, 0.6, 0.6, 0.7, 1.2))

    assert alert.onset_ms == T0 + 4 * HOUR_MS


def test_hours_that_cannot_be_judged_pass() -> None:
    usual = told(RULE, hours(1.2, None, 0.3, None))
    nobody_knows = told(RULE, hours(1.2, None, None, None))

    assert steps(usual) == [("opened", 1, None), ("closed", 4, "usual")]
    assert steps(nobody_knows) == [("opened", 1, None), ("closed", 4, "not_judged")]
    assert nobody_knows[1].evidence.text.startswith("No hour since 2013-12-23 16:00 can be judged.")


def test_a_meter_that_was_silent_closes_when_it_is_heard() -> None:
    alerts = told(RULE, [hour(1, 1.2), hour(30, None), hour(50, 1.3)])

    assert steps(alerts) == [
        ("opened", 1, None),
        ("closed", 30, "not_judged"),
        ("opened", 50, None),
    ]


def test_a_home_that_was_not_judged_for_days_closes_by_an_hour_in_its_turn() -> None:
    """Three of its hours had no model, or were not said; nor was any for a day."""
    nobodys = msgspec.structs.replace(hour(26, None), model=None)
    usual, unknown = (told(RULE, [hour(1, 1.2), each]) for each in (hour(26, 0.1), nobodys))

    assert steps(usual) == [("opened", 1, None), ("closed", 26, "usual")]
    assert steps(unknown) == [("opened", 1, None), ("closed", 26, "not_judged")]
    for _, closed in (usual, unknown):
        assert (closed.restored_at_ms, closed.closed_at_ms) == (T0 + HOUR_MS, T0 + 26 * HOUR_MS)
    assert usual[1].evidence.text.startswith(
        "Use is as usual by 2013-12-24 17:00; not all hours since 2013-12-23 16:00 are known. At"
    )
    assert unknown[1].evidence.text.startswith(
        "No hour since 2013-12-23 16:00 can be judged. At its most, 1,200 Wh were used"
    )


def test_an_hour_in_its_turn_tells_of_nothing_else() -> None:
    assert told(RULE, hours(0.1, None, *[0.3] * 9)) == []
    alerts = told(RULE, [*hours(1.2, 1.3), hour(4, 0.1), hour(5, 1.2)])
    assert steps(alerts) == [("opened", 1, None)]


def test_little_is_kept_of_a_home_that_lives_as_usual() -> None:
    state, _ = step(Use(), hour(1, 0.1), RULES)

    assert msgspec.json.encode(state) == b'{"at_ms":%d}' % (T0 + HOUR_MS)


def test_one_that_is_unusual_again_then_is_another() -> None:
    alerts = told(RULE, [hour(1, 1.2), hour(4, 1.3), hour(8, 1.4)])

    assert steps(alerts) == [
        ("opened", 1, None),
        ("closed", 8, "not_judged"),
        ("opened", 8, None),
    ]
    assert alerts[2].onset_ms == T0 + 7 * HOUR_MS


def test_each_channel_has_its_sentence() -> None:
    found: Sequence[Channel] = ("6 h", "24 h", "record", "base")
    texts = [told(RULE, [hour(1, 2.0, channel)])[0].evidence for channel in found]

    assert [each.rule for each in texts] == ["six_hours", "day", "record", "base"]
    sentences = [each.text.split(" (score")[0] for each in texts]
    assert sentences == [
        "2,000 Wh were used in the 6 h up to 2013-12-23 16:00, and 400 Wh are usual",
        "2,000 Wh were used in the 24 h up to 2013-12-23 16:00, and 400 Wh are usual",
        "2,000 Wh were used in the hour up to 2013-12-23 16:00, and 400 Wh are usual",
        "2,000 Wh or more were used in all but two of the 24 hours up to 2013-12-23 16:00, and "
        "400 Wh are usual",
    ]


def test_it_is_told_again_once_a_day() -> None:
    alerts = told(RULE, hours(*[1.5] * 50))
    assert steps(alerts) == [("opened", 1, None), ("updated", 25, None), ("updated", 49, None)]


def test_a_repeat_changes_nothing() -> None:
    (first, second) = hours(1.2, 1.3)
    state, _ = step(Use(), second, RULES)
    for each in (second, first):
        assert step(state, each, RULES) == (state, [])
