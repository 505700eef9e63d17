from dataclasses import replace

import numpy as np
import pytest
from scipy.optimize import nnls

from contracts.facts import HALF_HOURS
from jobs.rules import suspects
from jobs.rules.balance import Balance
from jobs.rules.loss_numbers import SuspectNumbers
from jobs.rules.suspects import Traces
from jobs.rules.technical_loss import night_of
from jobs.rules.use_drop import drops

NUMBERS = SuspectNumbers(
    from_days=3, until_days=7, jump=2.0, coefficient=0.5, percent=0.4, shrink=0.05
)
NIGHT = night_of("gcpuy")
HOMES, DAYS = 12, 5


def days(thieves: dict[int, float], seed: int = 4) -> list[Balance]:
    """What homes report where some meters see a share only."""
    rng = np.random.default_rng(seed)
    mean = rng.uniform(0.3, 0.6, HOMES)[:, None]
    found = []
    for _ in range(DAYS):
        takes = mean * rng.lognormal(0, 0.9, (HOMES, HALF_HOURS))
        total = takes.sum(axis=0)
        supplied = total + 0.2 + 0.004 * total**2 + 0.1 * NIGHT
        for thief, share in thieves.items():
            takes[thief] *= share
        homes = {f"m{number}": each for number, each in enumerate(takes)}
        everywhere = np.ones(HALF_HOURS, dtype=bool)
        found.append(Balance(supplied, takes.sum(axis=0), homes, 1.0, everywhere))
    return found


def traces(balances: list[Balance]) -> Traces:
    found = Traces()
    for each in balances:
        found = found.after(each, NIGHT)
    return found


def test_who_takes_past_the_meter_is_found_with_what_the_meter_sees() -> None:
    found = traces(days({3: 0.25, 7: 0.5})).suspects(NUMBERS, {})

    assert {each.meter_id for each in found} == {"m3", "m7"}
    seen = {each.meter_id: each.seen for each in found}
    assert seen["m3"] == pytest.approx(0.25, abs=0.05)
    assert seen["m7"] == pytest.approx(0.5, abs=0.08)


def test_of_honest_homes_nobody_is_suspected() -> None:
    assert traces(days({})).suspects(NUMBERS, {}) == ()


def test_what_is_kept_of_days_is_as_good_as_all_half_hours() -> None:
    # The least squares of every half-hour, and of a row for each home that is held to 0.
    balances = days({3: 0.25, 7: 0.5, 8: 0.6})
    names = sorted(balances[0].homes)
    reported = np.concatenate([np.stack([each.homes[n] for n in names], 1) for each in balances])
    taken = np.concatenate([each.taken for each in balances])
    others = np.column_stack([np.ones_like(taken), taken**2, np.tile(NIGHT, DAYS)])
    held = 0.05 * reported.std() * np.sqrt(len(taken))
    rows = np.vstack(
        [
            np.hstack([reported, others]),
            np.hstack([held * np.eye(HOMES), np.zeros((HOMES, 3))]),
        ]
    )
    missing = np.concatenate([each.missing for each in balances])
    wanted = nnls(rows, np.concatenate([missing, np.zeros(HOMES)]))[0][:HOMES]

    found = traces(balances).suspects(
        SuspectNumbers(
            from_days=3, until_days=7, jump=2.0, coefficient=0.0, percent=0.0, shrink=0.05
        ),
        {},
    )

    coefficients = {each.meter_id: each.coefficient for each in found}
    for name, coefficient in zip(names, wanted, strict=True):
        assert coefficients.get(name, 0.0) == pytest.approx(coefficient, abs=1e-5)


def test_where_least_squares_come_to_no_end_nobody_is_suspected(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(suspects, "STEPS_A_COLUMN", 0.0)

    assert traces(days({3: 0.25, 7: 0.5})).suspects(NUMBERS, {}) == ()


def test_a_home_that_comes_later_or_is_away_takes_nothing_then() -> None:
    balances = days({3: 0.25})
    first = balances[0]
    fewer = {name: energy for name, energy in first.homes.items() if name != "m5"}
    taken = first.taken - first.homes["m5"]
    supplied = first.supplied - first.homes["m5"]
    without = Balance(supplied, taken, fewer, 1.0, first.counted)
    nothing = {**fewer, "m5": np.zeros(HALF_HOURS)}
    silent = Balance(supplied, taken, nothing, 1.0, first.counted)

    later = traces([without, *balances[1:]])
    always = traces([silent, *balances[1:]])

    assert (later.products, later.sums) == (always.products, always.sums)
    assert [each.meter_id for each in later.suspects(NUMBERS, {})] == ["m3"]


def away(balances: list[Balance], meter_id: str, days: int) -> list[Balance]:
    """The same, but that a home is not heard on the first days; what it takes is known."""
    return [
        replace(each, homes={name: kwh for name, kwh in each.homes.items() if name != meter_id})
        if number < days
        else each
        for number, each in enumerate(balances)
    ]


def test_days_on_which_a_home_is_away_are_none_of_its_days() -> None:
    balances = days({})
    found = traces(away(balances, "m5", 2))

    use = np.mean([each.homes["m5"].sum() for each in balances[2:]])
    assert found.reported_kwh(3)["m5"] == pytest.approx(use)
    assert traces(away(balances, "m5", 3)).reported_kwh(3).keys() == {
        f"m{number}" for number in range(HOMES) if number != 5
    }
    assert drops(found.reported_kwh(3), {"m5": 1.5 * use}, 65) == ()


def test_what_a_thief_takes_a_day_is_of_days_on_which_he_is_heard() -> None:
    balances = days({3: 0.25})
    always, sometimes = traces(balances), traces(away(balances, "m3", 2))

    (whole,), (part,) = (each.suspects(NUMBERS, {}) for each in (always, sometimes))
    use = np.mean([each.homes["m3"].sum() for each in balances[2:]])
    assert whole.kwh_a_day == pytest.approx(whole.coefficient * always.reported_kwh(1)["m3"])
    assert part.kwh_a_day == pytest.approx(part.coefficient * use)


def test_who_was_away_reports_no_less_than_he_used_to() -> None:
    # Of two that live alike one takes past the meter, and the other one is away on two days.
    balances = alike()
    usual = usual_of(balances)

    known = traces(away(balances, "m6", 2)).suspects(NUMBERS, usual)
    unknown = traces(away(balances, "m6", 2)).suspects(NUMBERS, usual | {"m6": 0.0})

    assert known == unknown


def test_half_hours_that_do_not_count_are_left_out() -> None:
    balances = days({3: 0.25})
    wrong = balances[0].supplied.copy()
    wrong[:5] = 500.0
    counted = balances[0].counted.copy()
    counted[:5] = False
    first = balances[0]
    spoilt = Balance(wrong, first.taken, first.homes, 1.0, counted)

    found = traces([spoilt, *balances[1:]])

    assert found.half_hours == DAYS * HALF_HOURS - 5
    assert [each.meter_id for each in found.suspects(NUMBERS, {})] == ["m3"]


def alike() -> list[Balance]:
    """Of homes of which m6 takes 1.2 times what m3 takes, whose meter sees a quarter."""
    rng = np.random.default_rng(9)
    mean = rng.uniform(0.3, 0.6, HOMES)[:, None]
    balances = []
    for _ in range(DAYS):
        takes = mean * rng.lognormal(0, 0.9, (HOMES, HALF_HOURS))
        takes[6] = 1.2 * takes[3]
        total = takes.sum(axis=0)
        supplied = total + 0.2 + 0.004 * total**2 + rng.normal(0, 0.1, HALF_HOURS)
        takes[3] *= 0.25
        homes = {f"m{number}": each for number, each in enumerate(takes)}
        everywhere = np.ones(HALF_HOURS, dtype=bool)
        balances.append(Balance(supplied, takes.sum(axis=0), homes, 1.0, everywhere))
    return balances


def usual_of(balances: list[Balance]) -> dict[str, float]:
    """What homes take a day, past the meter or not."""
    reported = {
        f"m{number}": float(np.mean([each.homes[f"m{number}"].sum() for each in balances]))
        for number in range(HOMES)
    }
    return reported | {"m3": 4 * reported["m3"]}


def test_of_two_homes_that_live_alike_it_is_the_one_that_reports_less_than_it_used_to() -> None:
    balances = alike()
    before = usual_of(balances)

    found = traces(balances).suspects(NUMBERS, before)

    assert [each.meter_id for each in found] == ["m3"]
    assert found[0].coefficient == pytest.approx(3.0, rel=0.15)
    # Were nothing known of before, it could be either.
    assert "m6" in {each.meter_id for each in traces(balances).suspects(NUMBERS, {})}
