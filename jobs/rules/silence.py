"""A meter that is silent by itself, no outage of its feeder explaining it: `meter_silent`.

It is told of after a wait, in which its feeder may turn out to be dark, and closed when the meter
is heard again.
"""

from collections.abc import Collection, Iterable

from msgspec import Struct
from msgspec.structs import replace

from contracts.alerts import Alert, Cause, Evidence, Severity, State, alert_id
from contracts.facts import MISSED_TWICE, Missed
from contracts.time import MINUTE_MS
from jobs.rules import book
from jobs.rules.cause import Gain, cause_of, gain_of, sentence
from jobs.rules.look import Look, awaited_until_ms, silent_after_ms
from jobs.rules.meanwhile import UNKNOWN, Meanwhile, by_gasps, lost_power
from jobs.rules.outage_numbers import OutageNumbers, SilenceNumbers
from jobs.rules.versions import Told, clock, is_due, span

SILENT = "silent"
"""The rule of a meter that was found by its own silence."""
NOT_RESTORED = "not_restored"
"""And of one that stayed away when the others of an outage came back; the alert's reason, too."""


class Silence(Struct, frozen=True):
    """A silent meter that was told of."""

    opened_at_ms: int
    area: str
    life_ms: int
    """Its last sign of life."""
    cadence_ms: int
    told: Told
    outage_id: str | None = None
    """The outage that it stayed away after."""
    lost_power_ms: int | None = None
    """When it lost power, as it said last."""

    def of_its_cause(self, rules: book.Rules) -> "Silence":
        """With the cause that is known while nothing is heard."""
        return replace(self, told=replace(self.told, cause=self.gasp(rules).cause))

    def gasp(self, rules: book.Rules) -> Meanwhile:
        """What it said when it fell silent."""
        due_ms = self.life_ms + self.cadence_ms
        gasps = rules.of(SilenceNumbers).gasps
        if self.lost_power_ms is None:
            return UNKNOWN
        if not lost_power(self.lost_power_ms, self.life_ms, due_ms, gasps):
            return UNKNOWN
        return by_gasps([self.lost_power_ms], gasps)

    def may_be_of(self, onset_ms: int) -> bool:
        """Whether an outage that began then explains it: two readings had not been due before."""
        return awaited_until_ms(self.life_ms, self.cadence_ms, 2) >= onset_ms


Silences = dict[str, Silence]
"""By meter."""
Outcome = tuple[Silences, list[Alert]]
"""What is silent after a fact, and what is told."""


def followed(silences: Silences, look: Look, rules: book.Rules) -> Outcome:
    """One whose meter is heard again is closed, as is one that nobody waits for any more; others
    are told of again if there is reason."""
    at_ms = look.fact.at_ms
    left: Silences = {}
    alerts: list[Alert] = []
    for meter_id, known in sorted(silences.items()):
        silence = _gasped(known, look.missed.get(meter_id))
        again = _again(silence, at_ms, rules)
        back_ms = _heard_ms(meter_id, silence, look)
        gone = look.is_gone(meter_id, silence.life_ms, silence.cadence_ms)
        if back_ms is not None:
            alerts.append(_heard(meter_id, silence, look, back_ms, rules))
        elif gone or at_ms - silence.life_ms > rules.of(SilenceNumbers).gone_after_ms:
            alerts.append(_alert(meter_id, again, "closed", rules, reason="gone"))
        elif is_due(silence.told, again.told, rules.updates):
            left[meter_id] = again
            alerts.append(_alert(meter_id, again, "updated", rules, reason=_reason(again)))
        else:
            left[meter_id] = silence
    return left, alerts


def begun(silences: Silences, look: Look, rules: book.Rules) -> Outcome:
    """With those that are silent for long, as no outage is open on their feeder; but none that
    nobody waits for any more, which a fact lists while its partition's clock stands still."""
    earliest_ms = look.fact.at_ms - rules.of(SilenceNumbers).gone_after_ms
    new = [
        missed
        for meter_id, missed in look.silent_long.items()
        if meter_id not in silences and missed.life_ms >= earliest_ms
    ]
    return _opened(silences, new, look, rules, None)


def left_behind(
    silences: Silences, homes: Iterable[Missed], look: Look, rules: book.Rules, outage_id: str
) -> Outcome:
    """With homes that stayed away when the outage was over."""
    return _opened(silences, homes, look, rules, outage_id)


def absorbed(
    silences: Silences, homes: Collection[str], look: Look, rules: book.Rules, outage_id: str
) -> Outcome:
    """Without those of the outage's homes, which are closed as a part of it."""
    at_ms = look.fact.at_ms
    alerts = [
        _alert(meter_id, _again(silence, at_ms, rules), "closed", rules, reason=outage_id)
        for meter_id, silence in sorted(silences.items())
        if meter_id in homes
    ]
    return {each: silences[each] for each in silences if each not in homes}, alerts


def _opened(
    silences: Silences,
    homes: Iterable[Missed],
    look: Look,
    rules: book.Rules,
    outage_id: str | None,
) -> Outcome:
    fact = look.fact
    rule = SILENT if outage_id is None else NOT_RESTORED
    new = {
        home.meter_id: Silence(
            fact.at_ms,
            fact.area,
            home.life_ms,
            home.cadence_ms,
            Told(1, fact.at_ms, rule, _severity("unknown")),
            outage_id,
            home.lost_power_ms,
        ).of_its_cause(rules)
        for home in sorted(homes, key=lambda home: home.meter_id)
    }
    alerts = [
        _alert(meter_id, silence, "opened", rules, reason=_reason(silence))
        for meter_id, silence in new.items()
    ]
    return {**silences, **new}, alerts


def _gasped(silence: Silence, missed: Missed | None) -> Silence:
    """With what the meter said when it lost power, if that came meanwhile."""
    if missed is None or missed.lost_power_ms is None:
        return silence
    return replace(silence, lost_power_ms=missed.lost_power_ms)


def _heard_ms(meter_id: str, silence: Silence, look: Look) -> int | None:
    """Its first sign of life since, as far as is known; None while it is silent."""
    fact = look.fact
    missed, returned = look.missed.get(meter_id), look.returned.get(meter_id)
    # A late reading, of before the silence, is a sign of life that ends none.
    if missed is not None and missed.stands >= MISSED_TWICE:
        return None
    if returned is not None and returned.life_ms > silence.life_ms:
        return returned.life_ms
    if missed is not None and missed.life_ms > silence.life_ms:
        return missed.life_ms
    known = meter_id, silence.life_ms, silence.cadence_ms
    heard = look.is_heard(*known) and not look.is_gone(*known)
    return fact.last_life_ms if heard else None


def _heard(meter_id: str, silence: Silence, look: Look, back_ms: int, rules: book.Rules) -> Alert:
    returned = look.returned.get(meter_id)
    gain = Gain() if returned is None else gain_of(returned)
    again = _again(silence, look.fact.at_ms, rules)
    cause = cause_of(gain, rules.of(SilenceNumbers).cause, otherwise="unknown")
    if cause == "unknown":
        cause = again.told.cause
    told = replace(again.told, cause=cause, severity=_severity(cause), out=0)
    return _alert(
        meter_id,
        replace(again, told=told),
        "closed",
        rules,
        reason="heard",
        back_ms=back_ms,
        gain=gain,
    )


def _again(silence: Silence, at_ms: int, rules: book.Rules) -> Silence:
    before = silence.told
    told = replace(before, version=before.version + 1, at_ms=at_ms, causes=before.told_causes)
    return replace(silence, told=told).of_its_cause(rules)


def _severity(cause: Cause) -> Severity:
    return "notice" if cause == "communication" else "warning"


def _reason(silence: Silence) -> str | None:
    """Why it is told of, while it is open."""
    return None if silence.outage_id is None else NOT_RESTORED


def _alert(
    meter_id: str,
    silence: Silence,
    state: State,
    rules: book.Rules,
    *,
    reason: str | None,
    back_ms: int | None = None,
    gain: Gain | None = None,
) -> Alert:
    told = silence.told
    # Silence alone is no interruption.
    out_ms = back_ms - silence.life_ms if back_ms is not None and told.cause == "power" else None
    evidence = Evidence(
        told.rule,
        _text(silence, reason, back_ms) + _why(silence, gain or Gain(), rules),
        {
            "silent_ms": float((back_ms or told.at_ms) - silence.life_ms),
            "silent_after_ms": float(silent_after_ms(silence.cadence_ms)),
            **_gasp_numbers(silence, rules),
            **(gain or Gain()).numbers,
        },
    )
    return Alert(
        id=alert_id("meter_silent", meter_id, silence.opened_at_ms),
        version=told.version,
        state=state,
        kind="meter_silent",
        severity=told.severity,
        subject=meter_id,
        area=silence.area,
        onset_ms=silence.life_ms,
        opened_at_ms=silence.opened_at_ms,
        at_ms=told.at_ms,
        evidence=evidence,
        rules=rules.version,
        cause=told.cause,
        homes=(meter_id,),
        homes_count=told.homes,
        homes_out=told.out,
        momentary=out_ms is not None and out_ms <= rules.of(OutageNumbers).momentary_ms,
        customer_minutes=None if out_ms is None else out_ms / MINUTE_MS,
        restored_at_ms=back_ms,
        closed_at_ms=told.at_ms if state == "closed" else None,
        reason=reason,
    )


def _gasp_numbers(silence: Silence, rules: book.Rules) -> dict[str, float]:
    if silence.lost_power_ms is None or silence.gasp(rules).cause == "unknown":
        return {}
    return {"lost_power_after_ms": float(silence.lost_power_ms - silence.life_ms)}


def _why(silence: Silence, gain: Gain, rules: book.Rules) -> str:
    """What tells of the cause: the register if it does, else a last gasp."""
    by_register = cause_of(gain, rules.of(SilenceNumbers).cause, otherwise="unknown")
    if by_register != "unknown":
        return sentence(gain, by_register)
    return silence.gasp(rules).sentence


def _text(silence: Silence, reason: str | None, back_ms: int | None) -> str:
    since = f"since {clock(silence.life_ms)}"
    if back_ms is not None:
        return f"Heard again at {clock(back_ms)}, after {span(back_ms - silence.life_ms)}."
    if reason == "gone":
        return f"Nothing heard {since}; it is not waited for any more."
    if silence.told.rule == NOT_RESTORED and reason == NOT_RESTORED:
        return f"Nothing heard {since}, and others of {silence.outage_id} are back."
    if reason is not None:
        return f"Nothing heard {since}: part of {reason}."
    return f"Nothing heard {since}, a reading each {silence.cadence_ms / 1_000:g} s due."
