import numpy as np
import pygeohash
import pytest

from contracts.facts import HALF_HOURS
from jobs.rules.balance import Balance, balance_of, counted_by
from jobs.rules.loss_numbers import FitNumbers
from jobs.rules.technical_loss import Sums, expected_kwh, fit, night_of, sums_of
from tests.unit.jobs.rules.feeder_days import day, marks

NOT_HELD = FitNumbers(load=0.0, load_squared=0.0, night=0.0)
A, B, C, D = 0.2, 0.01, 0.004, 0.15
NIGHT = night_of("gcpuy")


def balances(count: int) -> list[Balance]:
    """Days of a feeder that loses as a rule, but for whole Wh of the registers."""
    rng = np.random.default_rng(3)
    found = []
    for number in range(count):
        taken = rng.uniform(5, 30, HALF_HOURS)
        supplied = taken + A + B * taken + C * taken**2 + D * NIGHT
        fact = day(number, supplied, {"a": marks(taken)})
        balance = balance_of(fact, counted_by(fact.meters), {})
        assert balance is not None
        found.append(balance)
    return found


def summed(days: list[Balance]) -> Sums:
    sums = Sums()
    for each in days:
        sums += sums_of(each, NIGHT)
    return sums


def test_a_feeder_is_known_by_its_days() -> None:
    days = balances(21)

    found = fit(summed(days), NOT_HELD)

    assert found == pytest.approx((A, B, C, D), rel=0.02)
    for each in days:
        assert expected_kwh(each, NIGHT, found) == pytest.approx(each.missing_kwh, rel=1e-3)


def test_the_fit_is_the_least_squares_of_all_half_hours_with_terms_held_to_0() -> None:
    # A row for each half-hour, and one for each term that is held, without any sums.
    held = FitNumbers(load=30.0, load_squared=2.0, night=5.0)
    days = balances(4)
    taken = np.concatenate([each.taken for each in days])
    rows = np.column_stack([np.ones_like(taken), taken, taken**2, np.tile(NIGHT, 4)])
    missing = np.concatenate([each.missing for each in days])
    whole = np.vstack([rows, np.diag([0.0, 30.0, 2.0, 5.0])])
    wanted, *_ = np.linalg.lstsq(whole, np.concatenate([missing, np.zeros(4)]), rcond=None)

    assert fit(summed(days), held) == pytest.approx(wanted.tolist(), rel=1e-6)


def test_half_hours_that_do_not_count_teach_nothing() -> None:
    (one,) = balances(1)
    dark = one.counted.copy()
    dark[:10] = False
    supplied = one.supplied.copy()
    supplied[:10] = 1_000.0
    other = Balance(supplied, one.taken, one.homes, one.covered, dark)
    cut = Balance(one.supplied, one.taken, one.homes, one.covered, dark)

    assert sums_of(other, NIGHT) == sums_of(cut, NIGHT)
    assert expected_kwh(other, NIGHT, (1.0, 0.0, 0.0, 0.0)) == pytest.approx(38.0)


@pytest.mark.parametrize(
    ("place", "first_of_day", "first_of_night"),
    [
        # Greenwich: from 6 to 18 o'clock.
        ((51.5, 0.0), 12, 36),
        # New York, 4 h 56 min behind: from 10:56 to 22:56.
        ((40.7, -74.0), 22, 46),
        # Tokyo, 9 h 19 min ahead: from 20:41 on.
        ((35.7, 139.7), 41, 17),
    ],
)
def test_it_is_night_by_the_sun(
    place: tuple[float, float], first_of_day: int, first_of_night: int
) -> None:
    night = night_of(pygeohash.encode(*place, precision=5))

    turns = {number for number in range(HALF_HOURS) if night[number] != night[number - 1]}
    assert turns == {first_of_day, first_of_night}
    assert night[first_of_night]
    assert not night[first_of_day]
    assert int(night.sum()) == 24
