"""Make a version of the model: thresholds by a backtest of part of the homes, its quality by that
of the others, and the tables of all meters' last 56 days.
"""

from collections.abc import Mapping

import numpy as np

from contracts.time import DAY_MS
from detection.errors import DataError
from detection.unusual.backtest import backtest
from detection.unusual.calendar import Calendar
from detection.unusual.evaluation import evaluate, split
from detection.unusual.hours import HOURS_A_DAY, Hours
from detection.unusual.model_files import Card, HeldOut, Model
from detection.unusual.tables import TRAINING_DAYS, fit

MOST_TESTED = 600
"""Homes of a backtest, a sample of them if there are more: it is in memory as a whole."""
MOST_TESTED_DAYS = 365
"""The last ones: a threshold of a whole year knows its seasons."""


def train(
    hours: Hours,
    calendar: Calendar,
    asked_per_1000: float,
    *,
    group_of: Mapping[str, str] | None = None,
    seed: int = 1,
    data: tuple[str, ...] = (),
    code: str | None = None,
) -> Model:
    """The model of these hours.

    Args:
        asked_per_1000: False alerts for 1,000 home-days.
        group_of: A meter's group, as `tables.fit` has it.
        data: Where the hours are from, for the card.
        code: The commit, for the card.

    Raises:
        DataError: the data is too little, or `asked_per_1000` is not above 0.
    """
    if not asked_per_1000 > 0:
        raise DataError(f"{asked_per_1000:g} false alerts were asked for: give more than 0")
    recent = hours.of_days(max(0, hours.days - MOST_TESTED_DAYS), hours.days)
    if len(recent.meters) > MOST_TESTED:
        chosen = np.random.default_rng(seed).choice(len(recent.meters), MOST_TESTED, replace=False)
        recent = recent.of_meters(np.sort(chosen))
    tested = backtest(recent, calendar)
    (measured,) = evaluate(tested, [seed], [asked_per_1000])
    held_out = split(tested, seed).held_out
    judged = np.count_nonzero(~np.isnan(tested.judged.channels[held_out, :, 0]))
    tables = fit(hours, calendar, group_of)
    card = Card(
        data=data,
        trained_from_ms=hours.end_ms - TRAINING_DAYS * DAY_MS,
        trained_to_ms=hours.end_ms,
        calibrated_from_ms=recent.first_ms + TRAINING_DAYS * DAY_MS,
        meters=len(tables.ids),
        own=int(tables.own.sum()),
        asked_per_1000=asked_per_1000,
        seed=seed,
        held_out=HeldOut(
            homes=len(held_out),
            home_days=judged / HOURS_A_DAY,
            false_per_1000=measured.false_per_1000,
            recall=dict(measured.recall),
        ),
        code=code,
    )
    return Model(tables, measured.tau, calendar, card)
