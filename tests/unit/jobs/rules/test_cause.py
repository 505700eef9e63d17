import pytest

from contracts import alerts
from contracts.facts import Returned
from jobs.rules.cause import Gain, cause_of, gain_of, total
from jobs.rules.outage_numbers import CauseNumbers

RULES = CauseNumbers(power_below=0.1, communication_above=0.4)


@pytest.mark.parametrize(
    ("gained", "cause"),
    [
        (0.0, "power"),
        (0.999, "power"),
        (1.0, "mixed"),
        (4.0, "mixed"),
        (4.001, "communication"),
        (25.0, "communication"),
    ],
)
def test_a_register_that_stood_still_had_no_power(gained: float, cause: alerts.Cause) -> None:
    assert cause_of(Gain(1, gained, 10.0), RULES, otherwise="mixed") == cause


@pytest.mark.parametrize(("since_ms", "gain"), [(55_000, Gain(1, 1.0, 2.0)), (55_001, Gain())])
def test_whose_readings_came_after_all_was_not_silent(since_ms: int, gain: Gain) -> None:
    assert gain_of(Returned("m", 100_000, since_ms, 1.0, 2.0, 30_000)) == gain


@pytest.mark.parametrize("gain", [Gain(), Gain(1, 0.0, 0.0), Gain(1, 5.0, 0.0)])
def test_where_nothing_was_expected_nothing_is_known(gain: Gain) -> None:
    assert gain.rho is None
    assert gain.numbers == {}
    assert cause_of(gain, RULES, otherwise="mixed") == "unknown"


def test_a_share_is_one_of_all_homes_together() -> None:
    # Not the mean of 0.0 and 0.9.
    gain = total([Gain(1, 0.0, 90.0), Gain(), Gain(1, 9.0, 10.0)])

    assert gain == Gain(2, 9.0, 100.0)
    assert gain.rho == pytest.approx(0.09)
