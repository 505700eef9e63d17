"""Make a version of the model: the tables of all meters' last 56 days, and thresholds by a backtest
of part of the homes, whose quality is that of the others; or thresholds that another model has set.
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
from detection.unusual.tables import TRAINING_DAYS, fit, learned_days
from detection.unusual.thresholds import Thresholds

MOST_TESTED = 600
"""Homes of a backtest, a sample of them if there are more: it is in memory as a whole."""
MOST_TESTED_DAYS = 365
"""The last ones: a threshold of a whole year knows its seasons."""


def train(
    hours: Hours,
    calendar: Calendar,
    wanted: float | Thresholds,
    *,
    group_of: Mapping[str, str] | None = None,
    seed: int = 1,
    data: tuple[str, ...] = (),
    code: str | None = None,
) -> Model:
    """The model of these hours.

    Args:
        wanted: False alerts for 1,000 home-days, for which thresholds are set by these hours; or
            thresholds that another model has set.
        group_of: A meter's group, as `tables.fit` has it.
        data: Where the hours are from, for the card.
        code: The commit, for the card.

    Raises:
        DataError: the data is too little, or the number of false alerts is not above 0.
    """
    if isinstance(wanted, Thresholds):
        thresholds, calibrated_from_ms = wanted, None
    else:
        thresholds, calibrated_from_ms = _set_by(hours, calendar, wanted, seed)
    tables = fit(hours, calendar, group_of)
    card = Card(
        data=data,
        trained_from_ms=hours.end_ms - learned_days(hours) * DAY_MS,
        trained_to_ms=hours.end_ms,
        calibrated_from_ms=calibrated_from_ms,
        meters=len(tables.ids),
        own=int(tables.own.sum()),
        asked_per_1000=thresholds.asked_per_1000,
        seed=seed,
        held_out=thresholds.held_out,
        code=code,
        thresholds=thresholds.source,
    )
    return Model(tables, thresholds.tau, calendar, card)


def _set_by(
    hours: Hours, calendar: Calendar, asked_per_1000: float, seed: int
) -> tuple[Thresholds, int]:
    """Thresholds by these hours, and from when on these are."""
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
    measured_on = HeldOut(
        homes=len(held_out),
        home_days=judged / HOURS_A_DAY,
        false_per_1000=measured.false_per_1000,
        recall=dict(measured.recall),
    )
    thresholds = Thresholds(None, asked_per_1000, measured.tau, measured_on)
    return thresholds, recent.first_ms + TRAINING_DAYS * DAY_MS
