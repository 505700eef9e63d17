"""Alerts of unusual use worked out by hand, and those of the jobs' rule on hours of any kind."""

import random
from collections.abc import Mapping

import msgspec
import pytest

from contracts.facts import JudgedHour
from contracts.time import HOUR_MS
from jobs.fold import fold
from jobs.rules.all import read
from tests.support.chance import seeds
from verification.oracle.detection.alerts import use_alerts
from verification.oracle.detection.judged import Judged
from verification.oracle.detection.rules import read_rules
from verification.rows import AlertKey, AlertVersion, FactKey, JudgedFact
from verification.stores.detected import alert_version

RULES = read_rules()
T = 1_356_998_400_000


def fact(score: float | None, channel: str = "1 h") -> JudgedFact:
    if score is None:
        return JudgedFact("gcpuy", None, None, None, None, "v")
    return JudgedFact("gcpuy", score, channel, 1_000 * score, 400.0, "v")


def hours(scores: Mapping[int, float | None]) -> dict[FactKey, Judged]:
    """By how many hours after T they end."""
    return {
        ("m", T + number * HOUR_MS): Judged((fact(score),), is_sure=True)
        for number, score in scores.items()
    }


def told(scores: Mapping[int, float | None]) -> list[tuple[int, str, str | None, float, int]]:
    """End, state, reason, the largest score and the beginning of each version."""
    alerts, undecided = use_alerts(hours(scores), RULES)
    assert undecided == set()
    return [
        (
            (each.at_ms - T) // HOUR_MS,
            each.state,
            each.reason,
            dict(each.numbers)["score"],
            (each.onset_ms - T) // HOUR_MS,
        )
        for each in alerts.values()
    ]


def test_from_the_first_that_is_nearly_so_until_three_are_usual() -> None:
    assert told({1: 0.7, 2: 1.0, 3: 1.001, 4: 1.7, 5: 0.6, 6: 0.601, 7: 0.6, 8: 0.1, 9: 0.2}) == [
        (3, "opened", None, 1.001, 0),
        (9, "closed", "usual", 1.7, 0),
    ]


def test_an_alert_has_all_that_it_must() -> None:
    alerts, _ = use_alerts(hours({1: 1.5, 2: None, 3: None, 4: None}), RULES)

    opened = AlertVersion(
        state="opened",
        kind="unusual_use",
        subject="m",
        severity="notice",
        area="gcpuy",
        onset_ms=T,
        opened_at_ms=T + HOUR_MS,
        at_ms=T + HOUR_MS,
        rule="hour",
        numbers=(("score", 1.5), ("used_wh", 1_500.0), ("usual_wh", 400.0)),
        rules=RULES.version,
    )
    an_id = f"unusual_use:m:{T + HOUR_MS}"
    assert alerts == {
        (an_id, 1): opened,
        (an_id, 2): opened._replace(
            state="closed",
            at_ms=T + 4 * HOUR_MS,
            rule="not_judged",
            restored_at_ms=T + HOUR_MS,
            closed_at_ms=T + 4 * HOUR_MS,
            reason="not_judged",
        ),
    }


def test_where_nobody_knows_any_more_another_begins() -> None:
    assert told({1: 1.2, 4: 1.3, 8: 1.4}) == [
        (1, "opened", None, 1.2, 0),
        (8, "closed", "not_judged", 1.3, 0),
        (8, "opened", None, 1.4, 7),
    ]


def test_what_the_last_digit_decides_is_left_out() -> None:
    known = hours({1: 1.2})
    for judged in (
        Judged((fact(1.0), fact(1.001)), is_sure=True),
        Judged((fact(0.3),), is_sure=False),
    ):
        assert use_alerts(known | {("m", T + 2 * HOUR_MS): judged}, RULES) == (
            {},
            {("unusual_use", "m")},
        )


@pytest.mark.parametrize("seed", seeds(60))
def test_the_jobs_rule_says_the_same(seed: int) -> None:
    rng = random.Random(seed)
    facts: dict[FactKey, Judged] = {}
    for meter_id in ("m", "n"):
        at_ms = T
        levels: list[float | None] = rng.choice(
            [[0.1, 0.6, 0.7, 1.2], [0.3, 1.1, 1.5], [0.7, 0.9, 1.3, None]]
        )
        for _ in range(rng.randrange(1, 90)):
            at_ms += HOUR_MS * rng.choice([1, 1, 1, 1, 1, 2, 3, 4, 5, 40])
            score = rng.choice([*levels, None])
            channel = rng.choice(["1 h", "6 h", "24 h", "record", "base"])
            facts[meter_id, at_ms] = Judged((fact(score, channel),), is_sure=True)

    rules, kept = read(), dict[str, bytes | None]()
    found: dict[AlertKey, AlertVersion] = {}
    for (meter_id, at_ms), judged in facts.items():
        said = judged.rows[0]._asdict() | {"subject": meter_id, "at_ms": at_ms}
        del said["other_fields"]
        hour = msgspec.json.encode({"kind": JudgedHour.kind, **said})
        kept[meter_id], alerts = fold(kept.get(meter_id), hour, rules)
        for alert in alerts:
            version = alert_version(msgspec.json.encode(alert))
            assert version is not None
            assert version[0] not in found
            found[version[0]] = version[1]

    expected, undecided = use_alerts(facts, RULES)
    assert undecided == set()
    assert found == expected
