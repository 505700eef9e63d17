import numpy as np
import pytest

from detection.unusual.calibration import alerts, calibrate, per_1000, threshold_for
from detection.unusual.scoring import score

NAN = float("nan")


def test_a_home_is_alerted_of_once_in_24_hours() -> None:
    scores = np.zeros((3, 72))
    scores[0, [5, 6, 28, 29]] = 2  # 29 is 24 h after 5
    scores[1, 0] = 2
    scores[2, [10, 34]] = [2, 1]  # 1 is not above 1

    assert alerts(scores, 1.0) == 4
    assert per_1000(scores, 1.0) == pytest.approx(1_000 * 4 / 9)


def test_hours_without_a_score_are_no_home_days() -> None:
    scores = np.array([[NAN] * 24 + [2.0] + [0.0] * 23])

    assert per_1000(scores, 1.0) == 1_000


@pytest.mark.parametrize("asked", [0.5, 3, 20, 200, 2_000])
def test_a_threshold_is_the_least_with_so_few_alerts(asked: float) -> None:
    random = np.random.default_rng(4)
    scores = random.exponential(size=(10, 1_200)).round(2)
    scores[random.random(scores.shape) < 0.05] = NAN
    most = asked * np.count_nonzero(~np.isnan(scores)) / 24 / 1_000

    found = threshold_for(scores, asked)

    assert alerts(scores, found) <= most
    lower = np.unique(scores[scores < found])
    assert not len(lower) or alerts(scores, lower[-1]) > most


def test_taus_give_no_more_alerts_than_asked_for() -> None:
    random = np.random.default_rng(5)
    channels = random.exponential([1.0, 2.0, 3.0, 4.0, 5.0], (20, 60 * 24, 5))
    channels[:, :24, 1:] = NAN

    for asked in (10, 20):
        tau = calibrate(channels, asked)
        assert 0.8 * asked < per_1000(score(channels, tau), 1.0) <= asked

    # Each channel has its share.
    assert np.all(np.diff(tau) > 0)


def test_a_channel_that_shows_nothing_is_not_set_off_by_a_trifle() -> None:
    channels = np.zeros((5, 48, 5))

    assert calibrate(channels, 5).tolist() == [0.1] * 5
