import numpy as np
import pytest

from detection.unusual.quantiles import largest, quantiles

NAN = float("nan")


@pytest.mark.parametrize(
    ("samples", "median", "high"),
    [
        ([3.0, 1.0, 2.0], 2.0, 2.8),
        ([NAN, 4.0, NAN, 2.0], 3.0, 3.8),
        ([7.0, NAN], 7.0, 7.0),
        ([NAN, NAN], NAN, NAN),
    ],
)
def test_quantiles_of_what_is_there(samples: list[float], median: float, high: float) -> None:
    found = [each.item() for each in quantiles(np.array([samples]), 0.5, 0.9)]

    assert found == pytest.approx([median, high], nan_ok=True)


def test_the_same_as_numpy() -> None:
    random = np.random.default_rng(3)
    samples = random.exponential(size=(40, 33))
    samples[random.random(samples.shape) < 0.3] = NAN

    (found,) = quantiles(samples, 0.9)

    np.testing.assert_allclose(found, np.nanquantile(samples, 0.9, axis=1), rtol=1e-12)


def test_the_largest_of_what_is_there() -> None:
    found = largest(np.array([[1.0, NAN, 3.0], [NAN, NAN, NAN]]), axis=1)

    assert found.tolist() == pytest.approx([3.0, NAN], nan_ok=True)
