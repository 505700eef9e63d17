import numpy as np
import pytest
from msgspec.structs import replace

from contracts.facts import HALF_HOURS, MeterDay
from jobs.rules.balance import Usual, balance_of, counted_by, half_hours, usual_after
from tests.unit.jobs.rules.feeder_days import day, marks

STEADY = [0.25] * HALF_HOURS
TWICE = [0.5] * HALF_HOURS


def without(said: tuple[int, ...], *numbers: int) -> tuple[int | None, ...]:
    return tuple(None if number in numbers else each for number, each in enumerate(said))


def test_a_gap_is_shared_evenly_by_its_half_hours() -> None:
    gained = marks([1.0, 2.0, 6.0, *[0.5] * 45])

    energy = half_hours(MeterDay("m", without(gained, 1, 2, 40)))

    assert energy is not None
    assert energy[:4].tolist() == [3.0, 3.0, 3.0, 0.5]
    assert energy.sum() == pytest.approx(31.5)


@pytest.mark.parametrize(
    "gained",
    [
        (None,) * 49,
        without(marks(STEADY), 0),
        without(marks(STEADY), 48),
        # The register began again.
        (*marks(STEADY)[:20], *marks(STEADY)[:29]),
    ],
)
def test_a_meter_is_away_whose_day_is_not_known(gained: tuple[int | None, ...]) -> None:
    assert half_hours(MeterDay("m", gained)) is None


def test_what_is_missing_went_in_and_was_not_taken() -> None:
    supplied = [1.0] * HALF_HOURS
    fact = day(0, supplied, {"a": marks(STEADY), "b": marks(TWICE)})

    balance = balance_of(fact, counted_by(fact.meters), {})

    assert balance is not None
    assert balance.covered == 1.0
    assert balance.taken == pytest.approx(np.full(HALF_HOURS, 0.75))
    assert (balance.supplied_kwh, balance.missing_kwh) == pytest.approx((48.0, 12.0))


def test_what_panels_feed_in_goes_to_the_neighbours() -> None:
    # b takes all that a feeds in, and nothing is lost.
    fact = day(0, STEADY, {"a": marks([0] * 48), "a:export": marks(STEADY), "b": marks(TWICE)})

    balance = balance_of(fact, counted_by(fact.meters), {})

    assert balance is not None
    assert set(balance.homes) == {"a", "b"}
    assert balance.missing_kwh == pytest.approx(0)


def test_half_hours_in_which_the_feeder_is_dark_or_feeds_back_do_not_count() -> None:
    supplied = [0.0, 0.0, *[1.0] * 46]
    took = [0.0, 0.0, 0.5, 0.5, *[0.5] * 44]
    fed = [0.0, 0.0, 2.0, 0.0, *[0.0] * 44]
    fact = day(0, supplied, {"a": marks(took), "a:export": marks(fed)})

    balance = balance_of(fact, counted_by(fact.meters), {})

    assert balance is not None
    assert balance.counted.tolist() == [False, False, False, *[True] * 45]
    assert balance.missing_kwh == pytest.approx(45 * 0.5)


def test_homes_that_are_away_are_stood_for_by_what_they_use_as_a_rule() -> None:
    usual = {"a": Usual(14, 12.0), "b": Usual(14, 24.0), "c": Usual(14, 36.0)}
    away = without(marks(STEADY), 48)
    fact = day(0, [1.0] * HALF_HOURS, {"a": marks(STEADY), "b": marks(TWICE), "c": away})

    balance = balance_of(fact, counted_by(fact.meters), usual)

    assert balance is not None
    # c is half of what all three use.
    assert balance.covered == 0.5
    assert balance.taken == pytest.approx(np.full(HALF_HOURS, 1.5))


def test_a_home_that_was_never_heard_counts_as_the_mean_of_the_others() -> None:
    away = (None,) * 49
    fact = day(0, [1.0] * HALF_HOURS, {"a": marks(STEADY), "b": marks(TWICE), "c": away})

    balance = balance_of(fact, counted_by(fact.meters), {"b": Usual(3, 36.0)})

    assert balance is not None
    assert balance.covered == pytest.approx((12 + 36) / (12 + 36 + 24))


def test_without_the_supply_or_any_home_there_is_no_balance() -> None:
    away = without(marks(STEADY), 48)
    no_home = day(0, TWICE, {"a": away})
    fact = day(0, TWICE, {"a": marks(STEADY)})
    no_supply = replace(fact, supply=MeterDay("s", away))
    too_many = replace(fact, meters_count=501)

    for each in (no_home, no_supply, too_many):
        assert balance_of(each, counted_by(each.meters), {}) is None


def test_what_is_usual_is_the_mean_of_the_last_days_and_goes_with_the_meter() -> None:
    usual: dict[str, Usual] = {"gone": Usual(3, 1.0)}
    for kwh in (12.0, 24.0, 12.0, None):
        energy = None if kwh is None else np.full(HALF_HOURS, kwh / HALF_HOURS)
        usual = usual_after(usual, {"a": energy}, most_days=2)

    assert list(usual) == ["a"]
    assert usual["a"].days == 2
    assert usual["a"].kwh == pytest.approx(15.0)
