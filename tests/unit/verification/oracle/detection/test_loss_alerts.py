"""Losses of feeders by the oracle and by the jobs' rule, which fit in ways of their own: the same
alerts, but for thousandths."""

from collections.abc import Iterable, Iterator

import msgspec
import numpy as np
import pytest
from msgspec.structs import replace

from contracts.facts import HALF_HOURS, FeederDay
from jobs.fold import fold
from jobs.rules.all import read
from tests.support.chance import seeds
from tests.unit.jobs.rules.feeder_days import FEEDER, Network, home, marks
from verification.comparison.alerts import compare_alerts
from verification.oracle.detection.alerts import loss_alerts
from verification.oracle.detection.rules import read_rules
from verification.rows import AlertKey, AlertVersion, DayFact, DayOfMeter, FactKey
from verification.stores.detected import alert_version

RULES = read_rules()


def rows(facts: Iterable[FeederDay]) -> dict[FactKey, DayFact]:
    return {
        (fact.subject, fact.at_ms): DayFact(
            fact.day_ms,
            fact.area,
            DayOfMeter(fact.supply.meter_id, fact.supply.gained_wh),
            tuple(DayOfMeter(each.meter_id, each.gained_wh) for each in fact.meters),
            fact.meters_count,
        )
        for fact in facts
    }


def told_by_jobs(facts: Iterable[FeederDay]) -> list[tuple[AlertKey, AlertVersion]]:
    rules, kept = read(), None
    found = []
    for fact in facts:
        kept, alerts = fold(kept, msgspec.json.encode(fact), rules)
        versions = (alert_version(msgspec.json.encode(alert)) for alert in alerts)
        found += [version for version in versions if version is not None]
    return found


def agreed(facts: list[FeederDay]) -> list[AlertVersion]:
    """The versions that both tell."""
    expected, undecided = loss_alerts(rows(facts), RULES)

    assert undecided == set()
    compared = compare_alerts("alerts", expected, undecided, told_by_jobs(facts))
    assert compared.examples == []
    assert compared.found == len(expected)
    return list(expected.values())


def disturbed(facts: Iterable[FeederDay], seed: int) -> Iterator[FeederDay]:
    """Homes are away, lack half-hours, begin again, feed in, come, or are seen by nobody; days are
    not known, or without power for hours."""
    rng = np.random.default_rng(seed)
    for fact in facts:
        meters = []
        for each in fact.meters:
            gained: list[int | None] = list(each.gained_wh)
            what = rng.random()
            if what < 0.01:
                gained = [None] * (HALF_HOURS + 1)
            elif what < 0.02:
                gained[-1] = None
            elif what < 0.05:
                gained[int(rng.integers(1, HALF_HOURS))] = None
            elif what < 0.055:
                gained[20] = 0
            meters.append(replace(each, gained_wh=tuple(gained)))
        fed = rng.uniform(0, 0.1, HALF_HOURS) * (np.abs(np.arange(HALF_HOURS) - 24) < 10)
        meters.append(replace(meters[0], meter_id=f"{home(0)}:export", gained_wh=marks(fed)))
        supply = fact.supply
        if rng.random() < 0.02:
            supply = replace(supply, gained_wh=(None, *supply.gained_wh[1:]))
        if rng.random() < 0.05:
            meters = meters[1:]
        yield replace(fact, supply=supply, meters=tuple(meters), meters_count=len(meters))


def test_a_thief_from_the_first_day_to_the_last() -> None:
    thieves = {4: (30, 0.25), 9: (30, 0.4)}
    facts = [*Network(seen=thieves).days(60), *list(Network().days(75))[60:]]

    versions = agreed(facts)

    assert {each.state for each in versions} == {"opened", "updated", "closed"}
    assert versions[-1].reason == "no_longer_missing"
    assert versions[-2].homes == (home(4), home(9))
    names = {name.split()[0] for each in versions for name, _ in each.numbers}
    assert names == {
        *("missing_percent", "missing_kwh_a_day", "supplied_kwh_a_day", "days", "cusum_percent"),
        *("coefficient", "kwh_a_day", "use_kwh_a_day", "usual_kwh_a_day"),
    }


def test_before_it_is_known_what_a_feeder_loses() -> None:
    versions = agreed(list(Network(lost_kwh={0: 1.2, 8: 0.0}).days(40)))

    assert [each.rule for each in versions] == ["whole_loss"] * len(versions)
    assert versions[-1].reason == "no_longer_missing"


def test_what_is_missing_for_long_is_what_it_loses() -> None:
    facts = list(Network(homes=8, lost_kwh={25: 0.3, 150: 0.6}).days(170))

    reasons = [each.reason for each in agreed(facts) if each.state == "closed"]
    assert reasons == ["learned_anew"]


@pytest.mark.parametrize("area", ["gcpuy", "9q8yy", "xn76u", ""])
def test_night_is_by_the_sun_of_the_place(area: str) -> None:
    facts = [
        replace(each, area=area)
        for each in Network(seen={3: (25, 0.3), 5: (25, 0.3), 6: (25, 0.3)}).days(35)
    ]

    assert agreed(facts)


@pytest.mark.parametrize("seed", seeds(8))
def test_feeders_of_which_not_all_is_known(seed: int) -> None:
    rng = np.random.default_rng(seed)
    thieves = {
        int(rng.integers(20)): (int(rng.integers(5, 60)), float(rng.uniform(0.1, 0.6)))
        for _ in range(rng.integers(1, 5))
    }
    facts = Network(seed=seed, seen=thieves, lost_kwh={70: float(rng.uniform(0, 1))}).days(90)

    agreed(list(disturbed(facts, seed)))


def test_what_is_too_near_to_its_limit_is_left_out() -> None:
    facts = [
        replace(fact, supply=replace(fact.supply, gained_wh=tuple(range(0, 49_001, 1_000))[:49]))
        for fact in Network(homes=1).days(3)
    ]
    # Each half-hour 920 of the 1,000 Wh that go in are taken: just the 8 % of the rule.
    facts = [
        replace(
            fact,
            meters=tuple(replace(each, gained_wh=marks([0.92] * 48)) for each in fact.meters),
        )
        for fact in facts
    ]

    assert loss_alerts(rows(facts), RULES) == ({}, {("feeder_loss", FEEDER)})
