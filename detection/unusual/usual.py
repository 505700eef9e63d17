"""What is usual for a meter from hour to hour: the band that a chart shows behind what was used.

Of an hour, by day type and hour of the day (`tables`): in the middle loc[1], and at most loc[1] +
hi[1], below which nine of ten such hours were, or at least 100 Wh more than in the middle. The
tables have no quantile for the low side: at least is the base load, which hours seldom go below, or
the middle where that is less.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from contracts.time import HOUR_MS
from detection.unusual.calendar import Places
from detection.unusual.tables import Tables

Floats = NDArray[np.float64]


class Band(NamedTuple):
    """What is usual of some time, Wh."""

    least_wh: float
    middle_wh: float
    most_wh: float


@dataclass(frozen=True, slots=True)
class Usual:
    """Of consecutive hours."""

    begin_ms: int
    """Start of the first, epoch ms."""
    wh: Floats
    """By hour: as `Band`, NaN where nobody can say."""
    own: NDArray[np.bool_]
    """By hour: whether it is of the meter's own hours, not its group's."""

    @classmethod
    def nothing(cls, begin_ms: int, hours: int) -> Self:
        """Nothing is known of so many hours."""
        shape = hours, len(Band._fields)
        return cls(begin_ms, np.full(shape, np.nan), np.zeros(hours, dtype=np.bool_))

    def over(self, spans_ms: Sequence[tuple[int, int]]) -> list[Band | None]:
        """Of times within the hours, each from its begin to its end: all of its hours added up, an
        hour with the share of it that is in the time. None where one is not known."""
        edges_ms = self.begin_ms + HOUR_MS * np.arange(len(self.wh) + 1)
        known = np.column_stack([np.nan_to_num(self.wh), np.isnan(self.wh[:, 0])])
        upto = np.vstack([np.zeros((1, known.shape[1])), np.cumsum(known, axis=0)])
        at_ms = np.array(spans_ms, dtype=np.int64).reshape(-1, 2)
        sums = np.stack(
            [np.diff(np.interp(at_ms, edges_ms, column))[:, 0] for column in upto.T], axis=-1
        )
        return [Band(*band) if unknown == 0 else None for *band, unknown in sums.tolist()]

    def is_own(self) -> bool | None:
        """Whether all that is known is of the meter's own hours; None where nothing is."""
        known = self.own[~np.isnan(self.wh[:, 0])]
        return bool(known.all()) if len(known) else None


def usual_wh(tables: Tables, row: int, places: Places) -> Floats:
    """What is usual for the meter of a row, by hour, as `Usual.wh`."""
    middle = tables.loc[row, 0, places.day_type, places.hour].astype(np.float64)
    above = tables.hi[row, 0, places.day_type, places.hour].astype(np.float64)
    # A base load that is not known is no bound.
    least = np.fmin(middle, float(tables.base_wh[row]))
    found: Floats = np.stack([least, middle, middle + above], axis=-1)
    found[np.isnan(middle)] = np.nan
    return found
