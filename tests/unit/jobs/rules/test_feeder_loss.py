"""What is told of a feeder that loses more than it used to."""

from collections.abc import Iterable

import msgspec
import numpy as np
import pytest
from msgspec.structs import replace

from contracts.alerts import Alert, alert_id
from contracts.facts import HALF_HOURS, FeederDay
from contracts.time import DAY_MS
from jobs.fold import fold
from jobs.rules.all import read
from jobs.rules.feeder_loss import Feeder, step
from jobs.rules.loss_numbers import LossNumbers
from tests.unit.jobs.rules.feeder_days import AREA, D0, FEEDER, Network, home

RULES = read()
NUMBERS = RULES.of(LossNumbers)


def told(facts: Iterable[FeederDay]) -> list[Alert]:
    state, alerts = Feeder(), []
    for fact in facts:
        state, said = step(state, fact, RULES)
        alerts += said
    return alerts


def day_of(alert: Alert) -> int:
    """Of the fact that made it."""
    return (alert.at_ms - D0) // DAY_MS - 1


def test_a_feeder_that_loses_what_it_always_did_is_no_news() -> None:
    assert told(Network().days(80)) == []


def test_a_thief_is_told_of_and_suspected_and_it_is_over_when_he_stops() -> None:
    facts = list(Network(seen={4: (30, 0.25)}).days(60))
    honest = list(Network().days(60))
    alerts = told([*facts[:45], *honest[45:]])

    states = [each.state for each in alerts]
    assert states[0] == "opened"
    assert states[-1] == "closed"
    assert set(states[1:-1]) == {"updated"}
    assert [each.version for each in alerts] == list(range(1, len(alerts) + 1))
    opened = alerts[0]
    assert opened.id == alert_id("feeder_loss", FEEDER, opened.at_ms)
    assert (opened.area, opened.rules) == (AREA, RULES.version)
    assert opened.onset_ms == D0 + 30 * DAY_MS
    assert 30 <= day_of(opened) <= 33
    final = alerts[-2]
    assert day_of(final) == 37
    assert final.homes == (home(4),)
    assert final.evidence.numbers[f"coefficient {home(4)}"] == pytest.approx(3.0, rel=0.15)
    assert f"Suspected: {home(4)} (" in final.evidence.text
    assert "Since 22 January 2014" in final.evidence.text
    closed = alerts[-1]
    # The first three days without him end with 47.
    assert day_of(closed) == 47
    assert closed.reason == "no_longer_missing"
    assert closed.closed_at_ms == closed.at_ms
    assert closed.homes == (home(4),)


def test_before_three_whole_days_nobody_is_suspected_and_after_seven_it_is_for_good() -> None:
    alerts = told(Network(seen={4: (30, 0.1), 9: (30, 0.1), 11: (30, 0.1)}).days(40))

    days = [(day_of(each), each.homes) for each in alerts]
    assert days[0] == (30, ())
    assert days[1][0] == 33
    assert days[-1] == (37, (home(4), home(9), home(11)))


def test_a_theft_that_begins_within_a_day_is_traced_to_who_does_it() -> None:
    # Until noon the thief's meter saw all, four times as much as since.
    honest, facts = (
        list(Network(homes=50).days(31)),
        list(Network(homes=50, seen={4: (30, 0.25), 9: (30, 0.25), 11: (30, 0.25)}).days(40)),
    )
    meters = []
    for before, after in zip(honest[30].meters, facts[30].meters, strict=True):
        at_noon = before.gained_wh[24]
        since = after.gained_wh[24]
        assert at_noon is not None
        assert since is not None
        rest = [mark + at_noon - since for mark in after.gained_wh[25:] if mark is not None]
        meters.append(replace(after, gained_wh=(*before.gained_wh[:25], *rest)))
    alerts = told([*facts[:30], replace(facts[30], meters=tuple(meters)), *facts[31:]])

    assert alerts[-1].homes == (home(4), home(9), home(11))
    assert alerts[-1].evidence.numbers[f"coefficient {home(9)}"] == pytest.approx(3.0, rel=0.15)


def test_what_is_missing_is_what_was_stolen() -> None:
    facts = list(Network(seen={4: (30, 0.25), 9: (30, 0.4)}).days(40))
    reported = {4: 0.0, 9: 0.0}
    for fact in facts[30:38]:
        for number in reported:
            gained = fact.meters[number].gained_wh[-1]
            assert gained is not None
            reported[number] += gained / 1_000
    stolen = (reported[4] * 3 + reported[9] * 1.5) / 8

    final = next(each for each in told(facts) if day_of(each) == 37)

    assert final.evidence.numbers["missing_kwh_a_day"] == pytest.approx(stolen, rel=0.1)
    assert final.homes == (home(4), home(9))


def test_homes_that_use_much_less_are_told_of_whether_they_are_suspected_or_not() -> None:
    # 4 steals, 9 a little; 11 is away from home, and uses a fifth.
    facts = list(Network(seen={4: (30, 0.25), 9: (30, 0.6)}).days(40))
    usual, now = {4: 0.0, 11: 0.0}, {4: 0.0, 11: 0.0}
    told_facts = []
    for number, fact in enumerate(facts):
        meters, supplied = list(fact.meters), fact.supply
        if number >= 30:
            whole = [mark or 0 for mark in meters[11].gained_wh]
            meters[11] = replace(meters[11], gained_wh=tuple(mark // 5 for mark in whole))
            less = [a - b for a, b in zip(whole, [m // 5 for m in whole], strict=True)]
            gained = [(a or 0) - b for a, b in zip(supplied.gained_wh, less, strict=True)]
            supplied = replace(supplied, gained_wh=tuple(gained))
        told_facts.append(replace(fact, meters=tuple(meters), supply=supplied))
        for home_number in usual:
            kwh = (meters[home_number].gained_wh[-1] or 0) / 1_000
            if 10 <= number < 30:
                usual[home_number] += kwh / 20
            elif 31 <= number <= 37:
                now[home_number] += kwh / 7

    final = next(each for each in told(told_facts) if day_of(each) == 37)

    numbers = final.evidence.numbers
    dropped = {each.split()[1] for each in numbers if each.startswith("use_kwh_a_day")}
    assert dropped == {home(4), home(11)}
    for home_number, kwh in now.items():
        assert numbers[f"use_kwh_a_day {home(home_number)}"] == pytest.approx(kwh, abs=0.01)
        before = numbers[f"usual_kwh_a_day {home(home_number)}"]
        assert before == pytest.approx(usual[home_number], rel=0.1)
    assert home(11) not in final.homes
    assert "Use dropped: " in final.evidence.text
    assert f"{home(11)} ({now[11]:.1f} kWh a day, " in final.evidence.text


def test_it_opens_on_the_day_on_which_the_sum_of_what_is_beyond_chance_is_too_much() -> None:
    # 0.35 kWh a half-hour more are lost than ever, and nothing else changes.
    facts = list(Network(lost_kwh={25: 0.35}).days(40))
    shares = []
    for fact in facts[25:]:
        supplied = fact.supply.gained_wh[-1]
        assert supplied is not None
        shares.append(0.35 * 48_000 / supplied)
    total, wanted = 0.0, None
    for number, share in enumerate(shares):
        total += share - 0.015
        if total > 0.045:
            wanted = 25 + number
            break

    alerts = told(facts)

    assert wanted is not None
    assert wanted > 25
    assert day_of(alerts[0]) == wanted


@pytest.mark.parametrize(
    ("lost_kwh", "severity"), [(0.4, "warning"), (0.6, "major"), (2.2, "critical")]
)
def test_severity_is_by_what_is_missing_a_day(lost_kwh: float, severity: str) -> None:
    alerts = told(Network(lost_kwh={25: lost_kwh}).days(40))

    assert {each.severity for each in alerts} == {severity}
    assert alerts[0].evidence.numbers["missing_kwh_a_day"] == pytest.approx(48 * lost_kwh, rel=0.1)


def test_before_it_has_learned_a_large_loss_on_three_days_is_told_of() -> None:
    # 1.2 kWh a half-hour are more than 8 % of the supply, from the first day on.
    facts = list(Network(lost_kwh={0: 1.2}).days(10))
    lasting = told(facts)
    interrupted = told([*facts[:2], *list(Network().days(3))[2:], *facts[3:5]])

    assert day_of(lasting[0]) == 2
    assert lasting[0].evidence.rule == "whole_loss"
    assert interrupted == []


def test_what_has_been_missing_for_long_is_learned_anew() -> None:
    anew = 25 + 90 + 1
    alerts = told(Network(lost_kwh={25: 0.6, anew + 30: 1.2}).days(anew + 40))

    first = [each for each in alerts if day_of(each) < anew]
    assert [each.state for each in first if each.state != "updated"] == ["opened", "closed"]
    assert first[-1].reason == "learned_anew"
    assert day_of(first[-1]) == anew - 1
    # What is more than that is told of, and nothing else, large as the loss is.
    second = [each for each in alerts if day_of(each) >= anew]
    assert second[0].state == "opened"
    assert second[0].onset_ms == D0 + (anew + 30) * DAY_MS


def test_days_with_an_open_alert_teach_nothing() -> None:
    # Learned again while it goes on, the theft would be what the feeder loses.
    facts = list(Network(seen={4: (23, 0.25), 5: (23, 0.25)}).days(100))

    alerts = told(facts)

    assert {each.state for each in alerts} == {"opened", "updated"}


def test_a_slow_change_of_what_is_lost_is_learned() -> None:
    # Over half a year 0.24 kWh a half-hour more: 4 % of the supply, and never 1 % in a month.
    slow = {number: 0.24 * number / 180 for number in range(180)}

    assert told(Network(lost_kwh=slow).days(180)) == []


def test_a_day_of_which_too_little_is_known_does_not_count() -> None:
    facts = list(Network(lost_kwh={25: 0.4}).days(40))

    def cut(fact: FeederDay) -> FeederDay:
        """Without the end of the day of three homes."""
        meters = tuple(
            replace(each, gained_wh=(*each.gained_wh[:-1], None)) if number < 3 else each
            for number, each in enumerate(fact.meters)
        )
        return replace(fact, meters=meters)

    assert told([*facts[:25], *map(cut, facts[25:])]) == []
    assert told(facts) != []


def test_homes_that_are_away_are_not_taken_for_a_loss() -> None:
    facts = list(Network(homes=40).days(50))

    def cut(number: int, fact: FeederDay) -> FeederDay:
        meters = list(fact.meters)
        away = number % len(meters)
        meters[away] = replace(meters[away], gained_wh=(None,) * (HALF_HOURS + 1))
        return replace(fact, meters=tuple(meters))

    assert told(cut(number, fact) for number, fact in enumerate(facts)) == []


def test_a_fact_said_again_changes_nothing() -> None:
    facts = list(Network(seen={4: (25, 0.25)}).days(36))
    again = [each for number, fact in enumerate(facts) for each in facts[max(0, number - 2) :][:3]]

    assert told(again) == told(facts)


def test_a_restart_says_the_same_with_nothing_but_bytes_kept() -> None:
    facts = list(Network(seen={4: (25, 0.25)}).days(40))
    kept: bytes | None = None
    alerts: list[Alert] = []
    for fact in facts:
        kept, said = fold(kept, msgspec.json.encode(fact), RULES)
        alerts += said

    assert alerts == told(facts)
    assert alerts


def test_what_is_kept_of_a_feeder_is_small() -> None:
    # Days are added up: of an honest feeder no half-hours are kept.
    kept: bytes | None = None
    for fact in Network(homes=50).days(30):
        kept, _ = fold(kept, msgspec.json.encode(fact), RULES)

    assert kept is not None
    assert len(kept) < 2_500


def test_the_fleet_of_the_test_differs_by_chance() -> None:
    # Nothing above would mean much if each day were the same.
    one, other = (np.array(fact.supply.gained_wh) for fact in Network().days(2))
    assert abs(one[-1] - other[-1]) > 100
