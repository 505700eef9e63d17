"""Feeders that lose more than they used to: `feeder_loss`.

What a feeder loses as a rule is learned from its own days (`jobs.rules.technical_loss`). Of each
day, what is missing beyond that is a share of what was supplied; CUSUM (Page 1954) adds up what is
above what may be chance, and opens the alert. Until it has learned, a feeder's whole loss counts,
and only a large one. Days from which on more was missing teach nothing.

While it is open, the half-hours say whose homes may take what is missing (`jobs.rules.suspects`),
and the days which homes use much less than they used to (`jobs.rules.use_drop`).
"""

from collections.abc import Mapping

import numpy as np
from msgspec import Struct
from msgspec.structs import replace
from numpy.typing import NDArray

from contracts.alerts import Alert, State
from contracts.facts import FeederDay
from contracts.time import DAY_MS
from jobs.rules import book
from jobs.rules.balance import Balance, Usual, balance_of, counted_by, usual_after
from jobs.rules.loss_alert import ANEW, NO_LONGER, Loss, Run, alert_of, told_of
from jobs.rules.loss_numbers import LossNumbers
from jobs.rules.rule import Rule
from jobs.rules.suspects import Traces
from jobs.rules.technical_loss import Coefficients, Sums, expected_kwh, fit, night_of, sums_of
from jobs.rules.use_drop import drops

COVERED_DIGITS = 6
"""Behind the point of a percentage; what is beyond is chance."""


class Feeder(Struct, frozen=True):
    """What is known of a feeder's losses."""

    at_ms: int = -1
    """Event time of the last fact."""
    usual: dict[str, Usual] = {}
    """What its meters count on a day as a rule."""
    learning: Sums = Sums()
    """Days that will say what it loses."""
    doubtful: Sums = Sums()
    """Days since more is missing, of which it is not known yet whether they teach."""
    coefficients: Coefficients | None = None
    """What it loses as a rule; None until that is learned."""
    learns_anew: bool = False
    """Whether its loss was told of for long: it is not told again while it is learned."""
    cusum: float = 0.0
    """What is missing beyond chance, added up: a share of a day's supply."""
    recent: tuple[float, ...] = ()
    """What was missing on the last days, as shares."""
    run: Run | None = None
    """The days since more is missing."""
    loss: Loss | None = None
    """What is open."""


def step(state: Feeder, fact: FeederDay, rules: book.Rules) -> tuple[Feeder, list[Alert]]:
    """What is known after a day, and the version of an alert that it makes, if it makes one.

    A fact that is not after the last one is a repeat, and changes nothing.
    """
    if fact.at_ms <= state.at_ms:
        return state, []
    numbers = rules.of(LossNumbers)
    counted = counted_by(fact.meters)
    balance = balance_of(fact, counted, state.usual)
    before, usual = state.usual, usual_after(state.usual, counted, numbers.usual_days)
    state = replace(state, at_ms=fact.at_ms, usual=usual)
    if balance is None or not _tells(balance, numbers):
        return state, []
    state = _counted(state, fact, balance, before, numbers)
    if state.loss is None:
        return _opened(state, fact, rules) if _is_too_much(state, numbers) else (state, [])
    return _followed(state, fact, rules)


def _tells(balance: Balance, numbers: LossNumbers) -> bool:
    """Whether enough of a day is known."""
    # Just 95 of 100 homes are enough, whatever the last digit of the share is.
    covered = round(balance.covered * 100, COVERED_DIGITS) >= numbers.covered_percent
    return covered and int(balance.counted.sum()) >= numbers.half_hours


def _counted(
    state: Feeder,
    fact: FeederDay,
    balance: Balance,
    usual: Mapping[str, Usual],
    numbers: LossNumbers,
) -> Feeder:
    """With what a day tells; `usual` is of before it."""
    night = night_of(fact.area)
    supplied_kwh, missing_kwh = balance.supplied_kwh, balance.missing_kwh
    if state.coefficients is not None:
        missing_kwh -= expected_kwh(balance, night, state.coefficients)
    share = missing_kwh / supplied_kwh
    is_more, cusum = _more(state, share, numbers)
    recent = (*state.recent, share)[-numbers.close_days :]
    state = replace(state, cusum=cusum, recent=recent)
    if not is_more and state.loss is None:
        learning = state.learning + state.doubtful + sums_of(balance, night)
        state = replace(state, learning=learning, doubtful=Sums(), run=None)
        return _learned(state, numbers)
    run = state.run
    if run is None:
        usual_kwh = {meter_id: each.kwh for meter_id, each in usual.items()}
        run = Run(fact.day_ms, state.coefficients is not None, usual_kwh)
    run = replace(
        run,
        days=run.days + 1,
        supplied_kwh=run.supplied_kwh + supplied_kwh,
        missing_kwh=run.missing_kwh + missing_kwh,
        traces=_traced(state, run, balance, night, share, numbers),
    )
    if state.loss is None:
        state = replace(state, doubtful=state.doubtful + sums_of(balance, night))
    return replace(state, run=run)


def _traced(
    state: Feeder,
    run: Run,
    balance: Balance,
    night: NDArray[np.bool_],
    share: float,
    numbers: LossNumbers,
) -> Traces:
    """What the days say of each home, with another one: those that say the same thing."""
    if run.jumps(share, numbers.suspects.jump):
        return Traces()
    goes_on = state.loss is None or run.traces.days < numbers.suspects.until_days
    return run.traces.after(balance, night) if goes_on and not run.is_final else run.traces


def _more(state: Feeder, share: float, numbers: LossNumbers) -> tuple[bool, float]:
    """Whether more is missing than may be chance, and CUSUM after a day with this share."""
    if state.coefficients is None:
        return not state.learns_anew and share * 100 > numbers.unlearned_percent, 0.0
    cusum = max(0.0, state.cusum + share - numbers.drift_percent / 100)
    return cusum > 0, cusum


def _learned(state: Feeder, numbers: LossNumbers) -> Feeder:
    """With what there is to learn, when there are days enough."""
    is_first = state.coefficients is None
    if state.learning.days < (numbers.learned_days if is_first else numbers.again_after_days):
        return state
    # What was missing before is no measure of what is missing by other numbers.
    recent = () if is_first else state.recent
    return replace(
        state, coefficients=fit(state.learning, numbers.fit), learning=Sums(), recent=recent
    )


def _is_too_much(state: Feeder, numbers: LossNumbers) -> bool:
    """Whether an alert is to be opened."""
    if state.run is None:
        return False
    if state.run.is_learned:
        return state.cusum * 100 > numbers.open_percent
    return state.run.days >= numbers.unlearned_days


def _opened(state: Feeder, fact: FeederDay, rules: book.Rules) -> tuple[Feeder, list[Alert]]:
    loss = Loss(fact.at_ms, fact.subject, fact.area)
    return _said(replace(state, loss=loss, doubtful=Sums()), fact, "opened", None, rules)


def _followed(state: Feeder, fact: FeederDay, rules: book.Rules) -> tuple[Feeder, list[Alert]]:
    """With what is told of an open alert."""
    numbers = rules.of(LossNumbers)
    run = state.run
    assert run is not None
    limit = numbers.close_percent if run.is_learned else numbers.unlearned_percent
    mean = sum(state.recent) / len(state.recent)
    if len(state.recent) == numbers.close_days and mean * 100 < limit:
        state, alerts = _said(state, fact, "closed", NO_LONGER, rules)
        return replace(state, loss=None, run=None, cusum=0.0), alerts
    if fact.day_ms - run.onset_ms >= numbers.given_up_after_days * DAY_MS:
        _, alerts = _said(state, fact, "closed", ANEW, rules)
        # What it loses is what it loses from here on.
        return Feeder(at_ms=state.at_ms, usual=state.usual, learns_anew=True), alerts
    return _said(state, fact, "updated", None, rules)


def _said(
    state: Feeder, fact: FeederDay, said: State, reason: str | None, rules: book.Rules
) -> tuple[Feeder, list[Alert]]:
    """With the version of the open alert that a day makes, if it makes one."""
    numbers = rules.of(LossNumbers)
    assert state.run is not None and state.loss is not None
    loss, run = state.loss, state.run
    suspects, dropped = loss.suspects, loss.dropped
    if not run.is_final and run.traces.days >= numbers.suspects.from_days:
        suspects = run.traces.suspects(numbers.suspects, run.usual_kwh)
        reported = run.traces.reported_kwh(numbers.suspects.from_days)
        dropped = drops(reported, run.usual_kwh, numbers.dropped_percent)
    if run.traces.days >= numbers.suspects.until_days:
        run = replace(run, traces=Traces(), is_final=True)
    told = told_of(loss, run, suspects, fact.at_ms, numbers)
    before = loss.told
    if said == "updated" and before is not None and before.says_as_much_as(told):
        return replace(state, run=run), []
    loss = replace(loss, told=told, suspects=suspects, dropped=dropped)
    alert = alert_of(loss, run, state.cusum, said, reason, rules)
    return replace(state, run=run, loss=loss), [alert]


RULE = Rule("feeder_loss", FeederDay, Feeder, (LossNumbers,), step)
