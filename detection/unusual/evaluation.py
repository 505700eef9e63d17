"""How good the model is on homes that it does not know, beside the model of before.

Homes are split in two: thresholds are set on one part, for a stated number of false alerts, and
everything is measured on the other. An injection is found if there is an alert in its span or in
the hour after it; there is no adjustment that counts a span as found because of one point of it.
The model of before is given a threshold with which it has as many false alerts *on the measured
homes themselves*, an advantage that the model does not get.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from detection.unusual.backtest import Backtest
from detection.unusual.calibration import calibrate, per_1000, threshold_for
from detection.unusual.injections import INJECTIONS
from detection.unusual.scoring import UNUSUAL, score

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

CALIBRATING_SHARE = 2 / 3
INJECTIONS_A_HOME = 10
"""Of each kind, on as many days."""
LEAST_REFERENCE_PER_1000 = 0.3
"""With hardly a false alert, the threshold of the model of before would be its largest score."""


@dataclass(frozen=True, slots=True)
class Measured:
    """The model on the homes held out by one split."""

    split: int
    """Seed of the split."""
    asked_per_1000: float
    """False alerts for 1,000 home-days."""
    tau: tuple[float, ...]
    false_per_1000: float
    recall: Mapping[str, float]
    """Share found, by kind of injection."""
    reference_per_1000: float
    reference_recall: Mapping[str, float]
    """Of the model of before."""

    @property
    def mean_recall(self) -> float:
        """Over kinds."""
        return float(np.mean(list(self.recall.values())))

    @property
    def mean_reference_recall(self) -> float:
        """Over kinds."""
        return float(np.mean(list(self.reference_recall.values())))


@dataclass(frozen=True, slots=True)
class Split:
    """Homes by what they serve for, as rows of the backtest, and what is injected where."""

    calibrating: Integers
    held_out: Integers
    injected_homes: Integers
    injected_days: Integers


def split(tested: Backtest, seed: int) -> Split:
    """Two parts of the homes by chance."""
    random = np.random.default_rng(seed)
    order = random.permutation(tested.homes)
    count = round(tested.homes * CALIBRATING_SHARE)
    calibrating, held_out = np.sort(order[:count]), np.sort(order[count:])
    possible = tested.injectable_days
    number = min(INJECTIONS_A_HOME, len(possible))
    days = [random.choice(possible, number, replace=False) for _ in held_out]
    return Split(calibrating, held_out, np.repeat(held_out, number), np.concatenate(days))


def evaluate(
    tested: Backtest, seeds: Sequence[int], asked_per_1000: Sequence[float]
) -> Iterator[Measured]:
    """The model by split and by the number of false alerts asked for."""
    for seed in seeds:
        parts = split(tested, seed)
        found = {
            kind.name: tested.injected(kind, parts.injected_homes, parts.injected_days)
            for kind in INJECTIONS
        }
        for asked in asked_per_1000:
            tau = calibrate(tested.judged.channels[parts.calibrating], asked)
            false = per_1000(score(tested.judged.channels[parts.held_out], tau), UNUSUAL)
            reference = tested.judged.extremes[parts.held_out]
            threshold = threshold_for(reference, max(false, LEAST_REFERENCE_PER_1000))
            yield Measured(
                split=seed,
                asked_per_1000=asked,
                tau=tuple(tau.tolist()),
                false_per_1000=false,
                recall={
                    name: _share_found(score(said.channels, tau), UNUSUAL)
                    for name, said in found.items()
                },
                reference_per_1000=per_1000(reference, threshold),
                reference_recall={
                    name: _share_found(said.extremes, threshold) for name, said in found.items()
                },
            )


def _share_found(scores: Floats, threshold: float) -> float:
    """The share of rows in which a score is above the threshold; 0 without a row."""
    return float((scores > threshold).any(axis=1).mean()) if len(scores) else 0.0
