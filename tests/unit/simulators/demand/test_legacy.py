"""The statistics of the reference profiles."""

from statistics import NormalDist

import numpy as np
import pytest
from numpy.typing import NDArray

from contracts.reading import COMMODITIES, Commodity
from simulators.demand.legacy import DRAWS, LITRES_PER_CCF, LITRES_PER_GALLON, draws
from simulators.demand.values import Fleet, make_fleet, values
from simulators.fleet.plan import FleetPlan, make_registry

T_S = 1_781_870_400
MWH_PER_KWH, ML_PER_LITRE = 1e6, 1e3

Ints = NDArray[np.int64]


def legacy(profile: str, meters: int) -> Fleet:
    return make_fleet(make_registry(FleetPlan(meters, seed=11, profile=profile)))


def used_m(fleet: Fleet, meter: Ints, begin_s: int, end_s: int) -> Ints:
    begin, end = (
        values(fleet, meter.astype(np.int32), np.full(len(meter), t_s * 1_000, dtype=np.int64))
        for t_s in (begin_s, end_s)
    )
    return end.register_m - begin.register_m


def test_legacy_a_is_a_clipped_normal_in_steps_of_five_decimals() -> None:
    """Mean 0.0005 kWh, sd 0.00015; what would round below zero is 0."""
    kwh = draws("legacy-a", "electricity").amount_m / MWH_PER_KWH
    assert kwh.mean() == pytest.approx(0.0005, rel=1e-3)
    assert kwh.std() == pytest.approx(0.00015, rel=2e-3)
    assert np.allclose(kwh * 1e5, np.rint(kwh * 1e5), atol=1e-9)
    unclipped = NormalDist(0.0005, 0.00015)
    assert unclipped.cdf(0) == pytest.approx(4.3e-4, rel=0.01)
    # half-up: everything below half a step is 0, the negatives among it
    assert kwh.min() == 0
    assert (kwh == 0).mean() == pytest.approx(unclipped.cdf(0.000005), rel=0.02)
    assert (kwh == 0).mean() > unclipped.cdf(0)


def test_a_reading_of_legacy_a_is_what_its_second_used() -> None:
    fleet = legacy("legacy-a", 100)
    meter = np.arange(100, dtype=np.int32)
    before = values(fleet, meter, np.full(100, (T_S - 1) * 1_000, dtype=np.int64))
    batch = values(fleet, meter, np.full(100, T_S * 1_000, dtype=np.int64))
    assert np.array_equal(batch.demand_m, (batch.register_m - before.register_m) * 3_600)
    assert set(((batch.register_m - before.register_m) % 10).tolist()) == {0}


def test_ten_thousand_homes_use_5_kwh_a_second() -> None:
    """sd 0.015. Every home walks from its own place: 200 seconds are 200 samples."""
    table = draws("legacy-a", "electricity")
    start = np.random.default_rng(1).integers(DRAWS, size=10_000)
    totals = np.array(
        [table.amount_m[(start + second) % DRAWS].sum() / MWH_PER_KWH for second in range(400)]
    )
    assert totals.mean() == pytest.approx(5.0, abs=0.003)
    assert totals.std() == pytest.approx(0.015, rel=0.12)


def test_the_fleet_of_legacy_a_uses_its_share_of_that() -> None:
    fleet = legacy("legacy-a", 9_862)
    assert fleet.registry.meter_id.size == 9_862
    seconds = 100
    used = used_m(fleet, np.arange(9_862), T_S, T_S + seconds)
    per_second = used.sum() / seconds / MWH_PER_KWH
    assert per_second == pytest.approx(5.0 * 9_862 / 10_000, abs=5 * 0.015 / seconds**0.5)


def test_legacy_a_fires_as_often_as_the_reference_detector_did() -> None:
    """The mean of five readings is 0.00065 or more in 1.267 % of windows."""
    table = draws("legacy-a", "electricity")
    five = table.register_m(np.arange(DRAWS), np.full(DRAWS, 5))
    assert (five >= 5 * 650).mean() == pytest.approx(0.01267, abs=0.0012)
    assert (five <= 5 * 100).mean() < 1e-4


@pytest.mark.parametrize(
    ("commodity", "unit_m", "mean", "sd"),
    [
        ("electricity", MWH_PER_KWH, 1.8, 0.2121),
        ("gas", LITRES_PER_CCF * ML_PER_LITRE, 0.0027, 0.2121 / 1.8 * 0.0027),
        ("water", LITRES_PER_GALLON * ML_PER_LITRE, 0.138, 0.2121 / 1.8 * 0.138),
    ],
)
def test_minutes_of_legacy_d(commodity: Commodity, unit_m: float, mean: float, sd: float) -> None:
    """kWh, ccf and gallons in 12 readings of a symmetric triangular distribution."""
    fleet = legacy("legacy-d", 30_000)
    meter = np.flatnonzero(fleet.registry.commodity == COMMODITIES.index(commodity))
    minute = used_m(fleet, meter, T_S, T_S + 60) / unit_m
    assert minute.mean() == pytest.approx(mean, rel=0.005)
    assert minute.std() == pytest.approx(sd, rel=0.03)


@pytest.mark.parametrize(
    ("commodity", "largest"),
    [
        ("electricity", 0.30 * MWH_PER_KWH),
        ("gas", 0.00045 * LITRES_PER_CCF * ML_PER_LITRE),
        ("water", 0.023 * LITRES_PER_GALLON * ML_PER_LITRE),
    ],
)
def test_readings_of_legacy_d_are_triangular(commodity: Commodity, largest: float) -> None:
    amount_m = draws("legacy-d", commodity).amount_m
    assert amount_m.min() >= 0 and amount_m.max() <= round(largest)
    assert amount_m.mean() == pytest.approx(largest / 2, rel=1e-3)
    assert amount_m.std() == pytest.approx(largest / 24**0.5, rel=3e-3)
    assert np.percentile(amount_m, 12.5) == pytest.approx(largest / 4, rel=0.03)


def test_message_counts_of_the_profiles() -> None:
    """legacy-a: one a second and home. legacy-d: 12 a minute and meter."""
    for profile, meters, per_minute in (("legacy-a", 9_862, 60), ("legacy-d", 1_500, 12)):
        registry = make_registry(FleetPlan(meters, profile=profile))
        assert len(registry) == meters
        assert set((60_000 // registry.cadence_ms).tolist()) == {per_minute}
