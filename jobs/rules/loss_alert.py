"""What a loss is told as: severity, suspects, and the words."""

from datetime import UTC, datetime

from msgspec import Struct

from contracts.alerts import Alert, Evidence, Severity, State, alert_id
from contracts.facts import MOST_METERS
from jobs.rules import book
from jobs.rules.loss_numbers import LossNumbers
from jobs.rules.suspects import Suspect, Traces
from jobs.rules.use_drop import Drop

BALANCE, WHOLE = "balance", "whole_loss"
"""The rules: more than the feeder used to lose; a loss that is large, whatever it used to be."""
NO_LONGER, ANEW = "no_longer_missing", "learned_anew"
"""Why an alert is closed: nothing is missing any more; it has been so for so long that it is taken
for what the feeder loses."""

USE = "use_kwh_a_day"
"""A number of evidence, followed by the home that uses so much, and much less than before."""

NAMED = 3
"""Suspects in the sentence, at most."""


class Run(Struct, frozen=True):
    """Days since more is missing."""

    onset_ms: int
    """When the first of them began."""
    is_learned: bool
    """Whether it is known what the feeder loses as a rule: only what is beyond is missing then."""
    usual_kwh: dict[str, float] = {}
    """What its meters counted on a day before."""
    days: int = 0
    supplied_kwh: float = 0.0
    missing_kwh: float = 0.0
    traces: Traces = Traces()
    """Of the days since it was last more at once."""
    is_final: bool = False
    """Whether suspects are so for good."""

    def jumps(self, share: float, times: float) -> bool:
        """Whether on a day so many times as much is missing as before, or for the first time: then
        a part of that day was as the days before, and says the contrary of the rest."""
        return self.days == 0 or share * self.supplied_kwh > times * self.missing_kwh

    @property
    def kwh_a_day(self) -> float:
        """What is missing."""
        return self.missing_kwh / self.days

    @property
    def percent(self) -> float:
        """Of what was supplied."""
        return 100 * self.missing_kwh / self.supplied_kwh


class LossTold(Struct, frozen=True):
    """What a version said, of what another one may be told for."""

    version: int
    at_ms: int
    severity: Severity
    suspects: tuple[str, ...]
    is_final: bool

    def says_as_much_as(self, other: "LossTold") -> bool:
        """Whether the other one is no news."""
        mine = (self.severity, self.suspects, self.is_final)
        return mine == (other.severity, other.suspects, other.is_final)


class Loss(Struct, frozen=True):
    """A loss that is open."""

    opened_at_ms: int
    subject: str
    area: str
    suspects: tuple[Suspect, ...] = ()
    told: LossTold | None = None
    """What was told last."""
    dropped: tuple[Drop, ...] = ()
    """Homes that use much less than before."""


def told_of(
    loss: Loss, run: Run, suspects: tuple[Suspect, ...], at_ms: int, numbers: LossNumbers
) -> LossTold:
    """What there is to tell."""
    return LossTold(
        version=1 if loss.told is None else loss.told.version + 1,
        at_ms=at_ms,
        severity=_severity(run.kwh_a_day, numbers),
        suspects=tuple(sorted(each.meter_id for each in suspects)),
        is_final=run.is_final,
    )


def _severity(kwh_a_day: float, numbers: LossNumbers) -> Severity:
    if kwh_a_day >= numbers.critical_kwh:
        return "critical"
    return "major" if kwh_a_day >= numbers.major_kwh else "warning"


def alert_of(
    loss: Loss, run: Run, cusum: float, state: State, reason: str | None, rules: book.Rules
) -> Alert:
    """A version of it, of what is told last.

    Args:
        reason: Why it is closed, if it is.
    """
    told = loss.told
    assert told is not None
    numbers = {
        "missing_percent": round(run.percent, 3),
        "missing_kwh_a_day": round(run.kwh_a_day, 3),
        "supplied_kwh_a_day": round(run.supplied_kwh / run.days, 3),
        "days": float(run.days),
    }
    if run.is_learned:
        numbers["cusum_percent"] = round(100 * cusum, 3)
    for each in loss.suspects:
        numbers[f"coefficient {each.meter_id}"] = round(each.coefficient, 3)
        numbers[f"kwh_a_day {each.meter_id}"] = round(each.kwh_a_day, 3)
    for drop in loss.dropped:
        numbers[f"{USE} {drop.meter_id}"] = round(drop.kwh_a_day, 3)
        numbers[f"usual_kwh_a_day {drop.meter_id}"] = round(drop.usual_kwh_a_day, 3)
    return Alert(
        id=alert_id("feeder_loss", loss.subject, loss.opened_at_ms),
        version=told.version,
        state=state,
        kind="feeder_loss",
        severity=told.severity,
        subject=loss.subject,
        area=loss.area,
        onset_ms=run.onset_ms,
        opened_at_ms=loss.opened_at_ms,
        at_ms=told.at_ms,
        evidence=Evidence(BALANCE if run.is_learned else WHOLE, _text(loss, run, reason), numbers),
        rules=rules.version,
        homes=told.suspects[:MOST_METERS],
        homes_count=len(told.suspects),
        closed_at_ms=told.at_ms if state == "closed" else None,
        reason=reason,
    )


def _text(loss: Loss, run: Run, reason: str | None) -> str:
    more = "more than usual " if run.is_learned else ""
    since = f"{datetime.fromtimestamp(run.onset_ms // 1_000, UTC):%d %B %Y}".lstrip("0")
    lost = f"{run.kwh_a_day:.1f} kWh a day {more}({run.percent:.1f} % of the supply)"
    if reason == NO_LONGER:
        text = f"From {since} on {lost} were missing, and are no longer."
    elif reason == ANEW:
        text = f"Since {since} {lost} are missing; that is taken for what the feeder loses."
    else:
        text = f"Since {since} {lost} are missing."
    return text + _suspected(loss.suspects) + _dropped(loss.dropped)


def _suspected(suspects: tuple[Suspect, ...]) -> str:
    """Who may take it, with a space before it; empty without anybody."""
    if not suspects:
        return ""
    named = ", ".join(
        f"{each.meter_id} ({each.kwh_a_day:.1f} kWh a day, its meter sees {each.seen:.0%})"
        for each in suspects[:NAMED]
    )
    more = len(suspects) - NAMED
    return f" Suspected: {named}{f' and {more} more' if more > 0 else ''}."


def _dropped(drops: tuple[Drop, ...]) -> str:
    """Who uses much less than before, with a space before it; empty without anybody."""
    if not drops:
        return ""
    named = ", ".join(
        f"{each.meter_id} ({each.kwh_a_day:.1f} kWh a day, {each.usual_kwh_a_day:.1f} before)"
        for each in drops[:NAMED]
    )
    more = len(drops) - NAMED
    return f" Use dropped: {named}{f' and {more} more' if more > 0 else ''}."
