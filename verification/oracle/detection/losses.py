"""Feeders that lose more than they used to: `feeder_loss`, day by day.

All days of which something is learned are kept as they are, and fitted as they are. What decides
may be so near to its limit that the last digits do, which depend on the order of sums: then nothing
is said of the feeder.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np

from contracts.alerts import alert_id
from contracts.facts import MOST_METERS
from contracts.time import DAY_MS
from verification.oracle.detection.balances import Balance, Floats, balance_of, counted_by
from verification.oracle.detection.rules import FitRules, LossRules
from verification.oracle.detection.thieves import Drop, Suspect, drops_of, suspects_of
from verification.rows import AlertKey, AlertVersion, DayFact

SMALL = 1e-6
"""A number that is so near to a limit, as a share of it, may be on either side."""

_COVERED_DIGITS = 6
"""Of a percentage: of twenty homes that use the same nineteen are 95 %."""

Told = tuple[AlertKey, AlertVersion]


@dataclass
class _Run:
    """Days on which more is missing."""

    onset_ms: int
    is_learned: bool
    usual_kwh: dict[str, float]
    supplied: list[float] = field(default_factory=list)
    missing: list[float] = field(default_factory=list)
    traced: list[Balance] = field(default_factory=list)
    """Days that say who takes it."""
    is_final: bool = False


@dataclass
class _Open:
    """An alert that is open."""

    opened_at_ms: int
    area: str
    version: int = 0
    said: tuple[str, tuple[str, ...], bool] | None = None
    """Severity, suspects, and whether they are so for good, as told last."""
    suspects: dict[str, Suspect] = field(default_factory=dict)
    drops: dict[str, Drop] = field(default_factory=dict)


class Losses:
    """What a feeder loses, and what is told of that."""

    def __init__(self, feeder: str, rules: LossRules, version: str) -> None:
        self.feeder, self.rules, self.version = feeder, rules, version
        self.is_decided = True
        """Whether nothing has been too near to its limit."""
        self._usual: dict[str, tuple[int, float]] = {}
        self._begin_anew()

    def _begin_anew(self) -> None:
        self._learning: list[Balance] = []
        self._doubtful: list[Balance] = []
        self._losses: Floats | None = None
        self._is_told_for_long = False
        self._cusum = 0.0
        self._shares: list[float] = []
        self._run: _Run | None = None
        self._open: _Open | None = None

    def above(self, value: float, limit: float, apart: float = SMALL) -> bool:
        """Whether one number is above another; they may be too near to tell."""
        # Of numbers that are both 0 no digit is lost.
        if abs(value - limit) <= apart * max(abs(limit), abs(value)) > 0:
            self.is_decided = False
        return value > limit

    def day(self, at_ms: int, fact: DayFact) -> Iterator[Told]:
        """What is told after another day."""
        counted = counted_by(fact)
        usual_kwh = {meter_id: kwh for meter_id, (_, kwh) in self._usual.items()}
        balance = balance_of(fact, counted, usual_kwh)
        self._usual = {
            meter_id: self._mean(meter_id, None if energy is None else float(energy.sum()))
            for meter_id, energy in counted.items()
            if energy is not None or meter_id in self._usual
        }
        if balance is None or not self._tells(balance):
            return
        was_open = self._open is not None
        self._add(fact.day_ms, balance, usual_kwh)
        if was_open:
            yield from self._go_on(at_ms, fact)
        elif self._is_too_much():
            self._open = _Open(at_ms, fact.area)
            self._doubtful = []
            yield from self._tell(at_ms, "opened", None)

    def _mean(self, meter_id: str, kwh: float | None) -> tuple[int, float]:
        days, mean = self._usual.get(meter_id, (0, 0.0))
        if kwh is None:
            return days, mean
        days = min(days + 1, self.rules.usual_days)
        return days, mean + (kwh - mean) / days

    def _tells(self, balance: Balance) -> bool:
        covered = round(100 * balance.covered, _COVERED_DIGITS) >= self.rules.covered_percent
        return covered and int(balance.counts.sum()) >= self.rules.half_hours

    def _add(self, day_ms: int, balance: Balance, usual_kwh: dict[str, float]) -> None:
        supplied = float(balance.supplied[balance.counts].sum())
        missing = float(balance.missing.sum())
        if self._losses is not None:
            missing -= float((balance.terms @ self._losses).sum())
        share = missing / supplied
        is_more = self._is_more(share)
        self._shares.append(share)
        if not is_more and self._open is None:
            self._run = None
            self._learn([*self._doubtful, balance])
            return
        run = self._run
        if run is None:
            run = self._run = _Run(day_ms, self._losses is not None, usual_kwh)
        self._trace(run, balance, share)
        run.supplied.append(supplied)
        run.missing.append(missing)
        if self._open is None:
            self._doubtful.append(balance)

    def _is_more(self, share: float) -> bool:
        if self._losses is None:
            limit = self.rules.unlearned_percent / 100
            self._cusum = 0.0
            return not self._is_told_for_long and self.above(share, limit)
        total, drift = self._cusum + share, self.rules.drift_percent / 100
        is_more = self.above(total, drift)
        self._cusum = total - drift if is_more else 0.0
        return is_more

    def _learn(self, days: Sequence[Balance]) -> None:
        self._learning += days
        self._doubtful = []
        if self._losses is None and len(self._learning) >= self.rules.learned_days:
            # Shares of before are of another measure.
            self._shares = []
        elif self._losses is None or len(self._learning) < self.rules.again_after_days:
            return
        self._losses = _fitted(self._learning, self.rules.fit)
        self._learning = []

    def _trace(self, run: _Run, balance: Balance, share: float) -> None:
        """A day on which much more is missing than before is a part of either."""
        numbers = self.rules.suspects
        if not run.missing or self.above(
            share * sum(run.supplied), numbers.jump * sum(run.missing)
        ):
            run.traced = []
        elif not run.is_final and (self._open is None or len(run.traced) < numbers.until_days):
            run.traced.append(balance)

    def _is_too_much(self) -> bool:
        if self._run is None:
            return False
        if self._run.is_learned:
            return self.above(self._cusum, self.rules.open_percent / 100)
        return len(self._run.missing) >= self.rules.unlearned_days

    def _go_on(self, at_ms: int, fact: DayFact) -> Iterator[Told]:
        rules, run = self.rules, self._run
        assert run is not None
        limit = rules.close_percent if run.is_learned else rules.unlearned_percent
        last = self._shares[-rules.close_days :]
        if len(last) == rules.close_days and self.above(limit / 100, sum(last) / len(last)):
            yield from self._tell(at_ms, "closed", "no_longer_missing")
            self._open, self._run, self._cusum = None, None, 0.0
        elif fact.day_ms - run.onset_ms >= rules.given_up_after_days * DAY_MS:
            yield from self._tell(at_ms, "closed", "learned_anew")
            self._begin_anew()
            self._is_told_for_long = True
        else:
            yield from self._tell(at_ms, "updated", None)

    def _tell(self, at_ms: int, state: str, reason: str | None) -> Iterator[Told]:
        """A version, if there is anything new to say."""
        run, told, numbers = self._run, self._open, self.rules.suspects
        assert run is not None and told is not None
        suspects, drops = told.suspects, told.drops
        if not run.is_final and len(run.traced) >= numbers.from_days:
            suspects = suspects_of(run.traced, run.usual_kwh, self.rules, self.above)
            drops = drops_of(run.traced, run.usual_kwh, self.rules, self.above)
        if len(run.traced) >= numbers.until_days:
            run.traced, run.is_final = [], True
        said = (self._severity(run), tuple(sorted(suspects)), run.is_final)
        if state == "updated" and said == told.said:
            return
        told.said, told.suspects, told.drops = said, suspects, drops
        told.version += 1
        yield (
            (alert_id("feeder_loss", self.feeder, told.opened_at_ms), told.version),
            AlertVersion(
                state=state,
                kind="feeder_loss",
                subject=self.feeder,
                severity=said[0],
                area=told.area,
                onset_ms=run.onset_ms,
                opened_at_ms=told.opened_at_ms,
                at_ms=at_ms,
                rule="balance" if run.is_learned else "whole_loss",
                numbers=tuple(sorted(self._numbers(run, told).items())),
                rules=self.version,
                homes=said[1][:MOST_METERS],
                homes_count=len(said[1]),
                closed_at_ms=at_ms if state == "closed" else None,
                reason=reason,
            ),
        )

    def _severity(self, run: _Run) -> str:
        kwh_a_day = sum(run.missing) / len(run.missing)
        if not self.above(self.rules.critical_kwh, kwh_a_day):
            return "critical"
        return "warning" if self.above(self.rules.major_kwh, kwh_a_day) else "major"

    def _numbers(self, run: _Run, told: _Open) -> dict[str, float]:
        days = len(run.missing)
        numbers = {
            "missing_percent": 100 * sum(run.missing) / sum(run.supplied),
            "missing_kwh_a_day": sum(run.missing) / days,
            "supplied_kwh_a_day": sum(run.supplied) / days,
            "days": float(days),
        }
        if run.is_learned:
            numbers["cusum_percent"] = 100 * self._cusum
        for meter_id, suspect in told.suspects.items():
            numbers[f"coefficient {meter_id}"] = suspect.coefficient
            numbers[f"kwh_a_day {meter_id}"] = suspect.kwh_a_day
        for meter_id, drop in told.drops.items():
            numbers[f"use_kwh_a_day {meter_id}"] = drop.kwh_a_day
            numbers[f"usual_kwh_a_day {meter_id}"] = drop.usual_kwh_a_day
        return numbers


def _fitted(days: Sequence[Balance], rules: FitRules) -> Floats:
    """What half-hours lose by their terms: least squares, with a row for each term that is held to
    0."""
    held = np.diag([0.0, rules.load, rules.load_squared, rules.night])
    rows = np.concatenate([*(day.terms for day in days), held])
    missing = np.concatenate([*(day.missing for day in days), np.zeros(len(held))])
    losses: Floats = np.linalg.lstsq(rows, missing, rcond=None)[0]
    return losses
