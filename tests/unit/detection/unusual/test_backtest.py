import numpy as np
import pytest

from detection.errors import DataError
from detection.unusual.backtest import Backtest, backtest
from detection.unusual.calendar import Calendar
from detection.unusual.evaluation import evaluate, split
from detection.unusual.hours import Hours
from detection.unusual.injections import INJECTIONS, Injection
from tests.unit.detection.unusual.homes import homes


@pytest.fixture(scope="module")
def tested() -> Backtest:
    return backtest(homes(15, 120), Calendar())


def test_only_whole_blocks_after_the_first_tables_are_judged(tested: Backtest) -> None:
    judged = ~np.isnan(tested.judged.channels[..., 0])

    assert not judged[:, : 56 * 24].any()
    assert judged[:, 56 * 24 : 112 * 24].all()
    assert not judged[:, 112 * 24 :].any()
    assert tested.injectable_days.tolist() == list(range(76, 100))


def test_nothing_is_judged_by_tables_that_have_seen_it(tested: Backtest) -> None:
    hours, day = homes(15, 120), 70
    changed = hours.energy_mwh.copy()
    changed[:, day * 24 :] *= 3
    other = backtest(
        Hours(hours.meters, hours.first_ms, changed, hours.complete), Calendar()
    ).judged

    # In the middle of a block: what comes later in it changes nothing before.
    upto = slice(0, day * 24)
    np.testing.assert_array_equal(other.channels[:, upto], tested.judged.channels[:, upto])
    np.testing.assert_array_equal(other.extremes[:, upto], tested.judged.extremes[:, upto])
    assert (other.extremes[:, day * 24] > tested.judged.extremes[:, day * 24]).all()


def test_the_model_of_before_is_above_one_for_what_was_never_seen(tested: Backtest) -> None:
    hour_wh = tested.hours.energy_mwh[3, : 57 * 24] / 1_000
    hour, free = 56 * 24 + 4, {4, 5, 11, 12, 18, 19, 25, 26, 32, 33, 39, 40, 46, 47, 53, 54}
    # Day 56 is a Tuesday; day 0 too.
    seen = [hour_wh[day * 24 + each] for day in range(56) if day not in free for each in (3, 4, 5)]

    expected = (hour_wh[hour] - min(seen)) / (max(seen) - min(seen))
    assert tested.judged.extremes[3, hour] == pytest.approx(expected)


def test_what_is_injected_adds_to_what_was_used(tested: Backtest) -> None:
    at, nothing = np.array([2]), Injection("nothing", 14, 3, lambda energy_mwh: energy_mwh)
    more = Injection("more", 14, 3, lambda energy_mwh: energy_mwh + 5_000_000)
    day = np.array([80])

    plain, changed = (tested.injected(each, at, day) for each in (nothing, more))

    columns = slice(80 * 24 + 14, 80 * 24 + 18)
    np.testing.assert_array_equal(plain.channels[0], tested.judged.channels[2, columns])
    np.testing.assert_array_equal(plain.extremes[0], tested.judged.extremes[2, columns])
    raised = (changed.channels > plain.channels)[0]
    # The hour after it is itself again, and its longer spans are not.
    assert raised[:3, :4].all()
    assert raised[3].tolist() == [False, True, True, False, False]


def test_nothing_is_injected_beside_a_gap() -> None:
    hours = homes(15, 120)
    hours.complete[4, 79 * 24] = False
    hours.energy_mwh[4, 79 * 24] = 0
    tested = backtest(hours, Calendar())

    found = tested.injected(INJECTIONS[0], np.array([4, 5]), np.array([80, 80]))

    assert len(found.channels) == 1


def test_homes_are_split_by_the_seed(tested: Backtest) -> None:
    one, same, other = (split(tested, seed) for seed in (1, 1, 2))

    assert (len(one.calibrating), len(one.held_out)) == (10, 5)
    assert sorted([*one.calibrating, *one.held_out]) == list(range(15))
    np.testing.assert_array_equal(one.injected_days, same.injected_days)
    assert one.held_out.tolist() != other.held_out.tolist()
    assert len(one.injected_homes) == len(one.injected_days) == 50


def test_what_is_large_is_found_and_what_is_asked_for_is_kept(tested: Backtest) -> None:
    measured = list(evaluate(tested, [1, 2], [5, 20]))

    assert [(each.split, each.asked_per_1000) for each in measured] == [
        *((1, 5), (1, 20), (2, 5), (2, 20))
    ]
    for each in measured:
        assert each.recall["6 kW at 17"] == 1.0
        assert each.recall["day x3"] > 0.9
        assert set(each.recall) == {kind.name for kind in INJECTIONS}
        assert each.reference_per_1000 <= max(each.false_per_1000, 0.3)
        assert each.mean_recall == pytest.approx(np.mean(list(each.recall.values())))


@pytest.mark.parametrize(
    ("count", "days", "message"),
    [
        (15, 96, "the data has 96 days: .* are 97: give more, or take the thres"),
        (14, 97, "14 of 14 meters have 98% of their hours: thresholds need 15"),
    ],
)
def test_too_little_data(count: int, days: int, message: str) -> None:
    with pytest.raises(DataError, match=message):
        backtest(homes(count, days), Calendar())
