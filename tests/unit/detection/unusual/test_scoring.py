import numpy as np
import pytest

from detection.unusual.calendar import Calendar
from detection.unusual.scoring import Scorer, score
from detection.unusual.spans import used, used_of
from detection.unusual.tables import fit
from tests.unit.detection.unusual.homes import homes

NAN = float("nan")


def test_the_score_is_the_largest_channel_over_its_tau() -> None:
    channels = np.array(
        [
            [1.0, 2.0, 3.0, 4.0, 5.0],
            [2.0, NAN, NAN, 1.0, NAN],
            [NAN, 9.0, 9.0, NAN, 9.0],
        ]
    )

    found = score(channels, np.array([1.0, 4.0, 1.5, 4.0, 10.0]))

    # What is not complete itself is not judged, whatever else is known.
    assert found.tolist() == pytest.approx([2.0, 2.0, NAN], nan_ok=True)


def test_rows_in_any_cut_and_order_have_the_numbers_of_the_year() -> None:
    hours = homes(6, 120)
    calendar = Calendar("Europe/London")
    scorer = Scorer.of(fit(hours.of_days(0, 80), calendar))
    places, seen = calendar.places(hours.starts_ms), used(hours)
    rows = np.arange(6)[:, None]
    year = scorer.channels(rows, places.day_type, places.hour, seen.spans_wh, seen.base_wh)

    random = np.random.default_rng(2)
    home, hour = random.integers(0, 6, 500), random.integers(24, 120 * 24, 500)
    of_rows = calendar.places(hours.starts_ms[hour])
    cuts = [hours.energy_mwh[m, h - 23 : h + 1] for m, h in zip(home, hour, strict=True)]
    last = used_of(np.array(cuts), np.ones((500, 24), dtype=np.bool_))
    batch = scorer.channels(
        home, of_rows.day_type, of_rows.hour, last.spans_wh[:, -1], last.base_wh[:, -1]
    )

    np.testing.assert_array_equal(batch, year[home, hour])
