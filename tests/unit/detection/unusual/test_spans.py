import numpy as np
import pytest

from detection.unusual.spans import used_of

NAN = float("nan")


def test_spans_end_with_the_hour_and_need_all_of_their_hours() -> None:
    energy_mwh = np.array([[1_000 * (n + 1) for n in range(30)]])
    complete = np.ones_like(energy_mwh, dtype=np.bool_)
    complete[0, 3] = False
    energy_mwh[0, 3] = 0

    spans_wh = used_of(energy_mwh, complete).spans_wh[0]

    assert spans_wh[2].tolist() == pytest.approx([3.0, NAN, NAN], nan_ok=True)
    assert spans_wh[3].tolist() == pytest.approx([NAN, NAN, NAN], nan_ok=True)
    assert spans_wh[8].tolist() == pytest.approx([9.0, NAN, NAN], nan_ok=True)
    # 5 to 10, and 5 to 28.
    assert spans_wh[9].tolist() == pytest.approx([10.0, 45.0, NAN], nan_ok=True)
    assert spans_wh[27].tolist() == pytest.approx([28.0, 153.0, 396.0])


def test_the_base_load_is_the_third_smallest_hour_of_a_whole_day() -> None:
    energy_mwh = np.full((1, 25), 900_000)
    energy_mwh[0, [2, 7, 11, 20]] = [0, 40_000, 50_500, 60_000]
    complete = np.ones_like(energy_mwh, dtype=np.bool_)

    base_wh = used_of(energy_mwh, complete).base_wh[0]

    assert np.isnan(base_wh[:23]).all()
    assert base_wh[23:].tolist() == [50.5, 50.5]


def test_a_short_batch_says_what_a_year_says() -> None:
    random = np.random.default_rng(5)
    energy_mwh = random.integers(0, 3_000_000, (70, 400))
    complete = random.random(energy_mwh.shape) < 0.99
    energy_mwh[~complete] = 0
    whole = used_of(energy_mwh, complete)
    part = used_of(energy_mwh[:, 300:324], complete[:, 300:324])

    np.testing.assert_array_equal(part.spans_wh[:, -1], whole.spans_wh[:, 323])
    np.testing.assert_array_equal(part.base_wh[:, -1], whole.base_wh[:, 323])
    assert np.isnan(used_of(energy_mwh[:, :3], complete[:, :3]).spans_wh[..., 1]).all()
