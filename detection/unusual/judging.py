"""Hours as the hot job hands them on, judged by what is published."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from contracts.hours import JUDGED_HOURS, KEPT_HOURS, NOT_WHOLE, NUMBER_TYPE
from contracts.time import HOUR_MS
from detection.unusual.scoring import CHANNELS
from detection.unusual.spans import used_of
from detection.unusual.versions import PublishedModels, Scores

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

BYTES = KEPT_HOURS * np.dtype(NUMBER_TYPE).itemsize


@dataclass(frozen=True, slots=True)
class JudgedHours:
    """What is said of hours; one element each."""

    said: Scores
    """Of the hour itself."""
    highest: Floats
    """The largest score of it and of the JUDGED_HOURS - 1 before; NaN if none of them has one."""
    has_model: NDArray[np.bool_]
    """Whether a version is valid for the hour, whichever meters it knows."""

    @property
    def channels(self) -> NDArray[np.object_]:
        """Names of what the scores are of; None without a score."""
        names = np.array([*CHANNELS, None], dtype=object)
        return names[self.said.channel]


def energies_of(handed_on: Sequence[bytes]) -> Integers:
    """Thousandths of a Wh, by row and hour, of what is handed on of each hour."""
    numbers = np.frombuffer(b"".join(handed_on), dtype=NUMBER_TYPE)
    return numbers.astype(np.int64).reshape(len(handed_on), KEPT_HOURS)


def judged(
    models: PublishedModels, meter_ids: Sequence[str], ends_ms: Integers, energies: Integers
) -> JudgedHours:
    """What is said of hours that are over.

    Args:
        ends_ms: End of each hour, epoch ms.
        energies: By row and hour, as `energies_of` has them: of each hour and those before it.

    Raises:
        BrokenModelError, ModelError: as `PublishedModels.scores`.
    """
    count = len(meter_ids)
    if not models.look():
        nothing, nowhere = np.full(count, np.nan), np.zeros(count, dtype=np.bool_)
        return JudgedHours(Scores.nothing(count), nothing, nowhere)
    whole = energies != NOT_WHOLE
    seen = used_of(np.where(whole, energies, 0), whole)
    scores = [
        models.scores(
            meter_ids,
            ends_ms - (ago + 1) * HOUR_MS,
            seen.spans_wh[:, -1 - ago],
            seen.base_wh[:, -1 - ago],
        )
        for ago in range(JUDGED_HOURS)
    ]
    highest = np.fmax.reduce([each.score for each in scores])
    return JudgedHours(scores[0], highest, models.are_there(ends_ms - HOUR_MS))
