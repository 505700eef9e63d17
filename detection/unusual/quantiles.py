"""Order statistics of samples some of which are missing (NaN)."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def quantiles(samples: Floats, *shares: float) -> Iterator[Floats]:
    """The quantiles over the last axis, by linear interpolation between the order statistics (the
    default of numpy, R's type 7); NaN where there is no sample.

    `numpy.nanquantile` gives the same, one row at a time.
    """
    ordered = np.sort(samples, axis=-1)
    # NaN is sorted last.
    last = np.count_nonzero(~np.isnan(ordered), axis=-1) - 1
    for share in shares:
        place = np.maximum(share * last, 0)
        below = np.floor(place).astype(np.int64)
        above = np.minimum(below + 1, np.maximum(last, 0))
        lower, upper = (
            np.take_along_axis(ordered, each[..., None], axis=-1)[..., 0] for each in (below, above)
        )
        yield lower + (upper - lower) * (place - below)


def largest(samples: Floats, axis: int) -> Floats:
    """The largest along an axis; NaN where there is no sample."""
    found: Floats = np.fmax.reduce(samples, axis=axis)
    return found
