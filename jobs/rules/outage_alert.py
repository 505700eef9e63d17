"""What an outage is told as: severity, cause, and the words."""

from typing import NamedTuple

from contracts.alerts import Alert, Cause, Evidence, Severity, State
from contracts.facts import MOST_METERS
from contracts.time import MINUTE_MS
from jobs.rules import book, meanwhile
from jobs.rules.affected import Home, Outage, beginnings, out, restored_ms
from jobs.rules.cause import cause_of, sentence, total
from jobs.rules.finding import FULL
from jobs.rules.look import Look
from jobs.rules.outage_numbers import OutageNumbers
from jobs.rules.versions import Told, clock


def told_of(outage: Outage, look: Look, rules: OutageNumbers, *, over: bool) -> Told:
    """What there is to tell."""
    cause = _why(outage, rules, over=over).cause
    until_ms = outage.restored_since_ms or look.fact.at_ms
    if over:
        until_ms = restored_ms(outage) or until_ms
    return Told(
        version=1 if outage.told is None else outage.told.version + 1,
        at_ms=look.fact.at_ms,
        rule=outage.rule,
        severity=_severity(until_ms - outage.onset_ms, outage.most, cause, rules),
        cause=cause,
        homes=outage.most,
        out=out(outage, look),
        causes=() if outage.told is None else outage.told.told_causes,
    )


class _Why(NamedTuple):
    cause: Cause
    sentence: str
    """With a space before it; empty if nothing is known."""
    numbers: dict[str, float]
    """For the evidence, of all that was said."""


def _why(outage: Outage, rules: OutageNumbers, *, over: bool) -> _Why:
    """Why homes are out: by registers if enough of them tell, else by the supply, else by gasps."""
    homes = outage.homes.values()
    gain = total(home.gain for home in homes)
    gasps = _gasps(outage, rules)
    supply = outage.supply
    numbers = gain.numbers
    if supply is not None:
        numbers |= supply.numbers
    if gasps:
        numbers["gasped_homes"] = float(len(gasps))
    said = meanwhile.by_supply(supply, outage.dark, rules.supply)
    if said.cause == "unknown":
        said = meanwhile.by_gasps(gasps, rules.gasps)
    if over or gain.homes >= min(rules.cause_homes, len(homes)):
        cause = cause_of(gain, rules.cause, otherwise="mixed")
        # Half-hourly registers count before and after a power cut of an hour, too.
        if cause in ("power", "communication") or (cause == "mixed" and said.cause == "unknown"):
            return _Why(cause, sentence(gain, cause), numbers)
    return _Why(said.cause, said.sentence, numbers)


def _gasps(outage: Outage, rules: OutageNumbers) -> list[int]:
    """When homes lost power, of those that say that they did when others fell silent."""
    begun = beginnings(outage, rules)
    return [
        home.lost_power_ms
        for home in outage.homes.values()
        if home.lost_power_ms is not None
        and any(
            meanwhile.lost_power(
                home.lost_power_ms, since_ms, _may_begin_until_ms(home, by_ms), rules.gasps
            )
            for since_ms, by_ms in begun
        )
    ]


def _may_begin_until_ms(home: Home, begun_ms: int) -> int:
    """When a home had lost power at the latest if it did when others fell silent.

    Args:
        begun_ms: By when they had; who was heard later fell silent by something else.
    """
    return home.life_ms + home.cadence_ms if home.life_ms <= begun_ms else begun_ms


def _severity(out_ms: int, homes: int, cause: Cause, rules: OutageNumbers) -> Severity:
    if out_ms <= rules.momentary_ms:
        return "notice"
    if cause == "communication":
        return "warning"
    return "critical" if homes >= rules.critical_homes else "major"


def alert_of(
    outage: Outage, told: Told, state: State, reason: str | None, rules: book.Rules
) -> Alert:
    """A version of it.

    Args:
        told: What of it is told.
        reason: Why it is closed, if it is.
    """
    closed = state == "closed"
    back_ms = restored_ms(outage) if closed else None
    why = _why(outage, rules.of(OutageNumbers), over=closed)
    # A lost link interrupts nobody's power.
    interrupted = closed and told.cause != "communication"
    out_ms = (back_ms or told.at_ms) - outage.onset_ms
    return Alert(
        id=outage.id,
        version=told.version,
        state=state,
        kind="outage",
        severity=told.severity,
        subject=outage.subject,
        area=outage.area,
        onset_ms=outage.onset_ms,
        opened_at_ms=outage.opened_at_ms,
        at_ms=told.at_ms,
        evidence=Evidence(
            told.rule, _text(outage, told, back_ms, why), {**outage.numbers, **why.numbers}
        ),
        rules=rules.version,
        cause=told.cause,
        homes=tuple(sorted(outage.homes)[:MOST_METERS]),
        homes_count=told.homes,
        homes_out=told.out,
        momentary=interrupted
        and back_ms is not None
        and out_ms <= rules.of(OutageNumbers).momentary_ms,
        customer_minutes=_customer_ms(outage, told.at_ms) / MINUTE_MS if interrupted else None,
        restored_at_ms=back_ms,
        closed_at_ms=told.at_ms if closed else None,
        reason=reason,
    )


def _customer_ms(outage: Outage, closed_ms: int) -> int:
    """Time without power, added over homes; of one that is gone until it was."""
    return sum(
        max(0, _until_ms(home, closed_ms) - outage.onset_ms) for home in outage.homes.values()
    )


def _until_ms(home: Home, closed_ms: int) -> int:
    if home.back and home.heard_ms:
        return home.heard_ms
    return closed_ms if home.gone_ms is None else home.gone_ms


def _text(outage: Outage, told: Told, back_ms: int | None, why: _Why) -> str:
    onset = clock(outage.onset_ms)
    if outage.rule == FULL:
        found = f"All {outage.numbers['due_homes']:.0f} homes due since {onset} stayed away"
    else:
        found = f"{outage.numbers['at_once_homes']:.0f} homes fell silent at once about {onset}"
    if back_ms is None:
        now = f"{told.out} of {told.homes} are out."
    else:
        now = f"{told.homes} were out, most until {clock(back_ms)}."
    return f"{found}; {now}{why.sentence}"
