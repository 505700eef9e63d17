"""The rule of losses on feeders of London's days, by the bars that it has to meet."""

import numpy as np
import pytest

from benchmarks.feeder_losses import (
    DAYS,
    HOMES,
    MOST_WEEKS_SHIFTED,
    Errors,
    Floats,
    Trial,
    homes_of,
    outcome,
    run,
)
from simulators.demand.london_profile import DATA, HALF_HOURS, UNIT, london_profile


def winter_homes(seed: int) -> Floats:
    """A home of each archetype, whose days are drawn from its winter."""
    rng = np.random.default_rng(seed)
    london = london_profile()
    days = DAYS + 7 * (MOST_WEEKS_SHIFTED + 2)
    weekend = (np.arange(days) % 7 >= 5).astype(int)
    homes = []
    for archetype, mean_w in enumerate(london.mean_w):
        first, number = london.first[archetype, 0, weekend], london.number[archetype, 0, weekend]
        drawn = first + (rng.random(days) * number).astype(int)
        ups = rng.lognormal(0, 0.2, (days, HALF_HOURS))
        homes.append((london.days[drawn] / UNIT * mean_w / 2_000 * ups).ravel())
    return np.stack(homes)


@pytest.fixture(scope="module")
def trials() -> list[Trial]:
    return run(winter_homes(1), 14, Errors(), seed=7)


def test_honest_feeders_are_left_alone_and_what_is_stolen_is_found(trials: list[Trial]) -> None:
    large = [each for each in trials if each.share >= 0.02]
    found = [each.found_after_days for each in large]

    assert len(large) >= 8
    assert outcome(trials).false_per_1000_feeder_days <= 1
    assert None not in found
    assert np.median([each for each in found if each is not None]) <= 4


def test_thieves_are_suspected_and_hardly_anybody_else(trials: list[Trial]) -> None:
    right, suspects = outcome(trials).suspects_right
    _, thieves = outcome(trials).thieves_found

    assert right / suspects >= 0.95
    assert right / thieves >= 0.90


def test_homes_that_are_not_heard_at_midnight_are_no_thieves() -> None:
    trials = run(winter_homes(2), 6, Errors(away=0.01), seed=8)

    assert outcome(trials).false_per_1000_feeder_days <= 1


def test_homes_are_read_as_they_are_and_short_gaps_filled() -> None:
    homes = homes_of(DATA / "lcl_extract.csv.gz")

    # One of ten stops in the middle of the month.
    assert homes.shape == (9, 31 * HALF_HOURS)
    assert not np.isnan(homes).any()
    assert 0.05 < homes.mean() < 1
    assert len(homes) < HOMES
