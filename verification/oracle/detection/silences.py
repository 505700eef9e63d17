"""Meters that are silent by themselves, by feeder: `meter_silent`."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from contracts.alerts import alert_id
from contracts.facts import MISSED_TWICE
from contracts.time import HOUR_MS, MINUTE_MS
from verification.oracle.detection.registers import NOTHING, Counted, counted_by
from verification.oracle.detection.rules import Rules
from verification.oracle.detection.sight import Sight, due_until_ms, silent_after_ms
from verification.rows import AlertKey, AlertVersion, MissedMeter

Told = tuple[AlertKey, AlertVersion]


@dataclass
class Silent:
    """A meter that was told of, and has not been heard since."""

    meter_id: str
    life_ms: int
    cadence_ms: int
    area: str
    opened_at_ms: int
    after: str | None
    """The outage of whose homes others are back."""
    versions: int = 0
    told_ms: int = 0
    told_causes: tuple[str, ...] = ()
    """What versions said, the last one last."""
    lost_power_ms: int | None = None
    """When it lost power, as it said last."""

    def outlasts(self, onset_ms: int) -> bool:
        """Whether it had missed two readings before something began, which so is no reason."""
        return due_until_ms(self.life_ms, self.cadence_ms, 2) < onset_ms


def still_silent(silent: dict[str, Silent], sight: Sight, rules: Rules) -> Iterator[Told]:
    """What a fact says of those that are told of; whoever is closed leaves them."""
    for each in sorted(silent.values(), key=lambda one: one.meter_id):
        known = each.meter_id, each.life_ms, each.cadence_ms
        listed = sight.missed.get(each.meter_id)
        if listed is not None and listed.lost_power_ms is not None:
            each.lost_power_ms = listed.lost_power_ms
        back = sight.back.get(each.meter_id)
        heard_ms = _heard_ms(each, sight)
        left = sight.shows(*known) and back is None and sight.all_back
        if heard_ms is not None:
            yield _told(each, sight, rules, "closed", "heard", heard_ms, counted_by(back))
        elif left or sight.at_ms - each.life_ms > rules.silence.gone_after_ms:
            yield _told(each, sight, rules, "closed", "gone")
        else:
            hour_turned = sight.at_ms // HOUR_MS > each.told_ms // HOUR_MS
            waited = sight.at_ms - each.told_ms >= rules.updates.apart_ms
            cause = _cause(each, NOTHING, rules)
            is_other = cause != each.told_causes[-1]
            if cause not in each.told_causes or (waited and (hour_turned or is_other)):
                yield _told(each, sight, rules, "updated", _open_reason(each))
            continue
        del silent[each.meter_id]


def fallen_silent(
    silent: dict[str, Silent],
    meters: Iterable[MissedMeter],
    sight: Sight,
    rules: Rules,
    after: str | None,
) -> Iterator[Told]:
    """Meters join those that are told of."""
    for meter in sorted(meters, key=lambda one: one.meter_id):
        new = Silent(
            *(meter.meter_id, meter.life_ms, meter.cadence_ms),
            *(sight.fact.area, sight.at_ms, after),
            lost_power_ms=meter.lost_power_ms,
        )
        silent[meter.meter_id] = new
        yield _told(new, sight, rules, "opened", _open_reason(new))


def explained(
    silent: dict[str, Silent], homes: Iterable[str], sight: Sight, rules: Rules, outage: str
) -> Iterator[Told]:
    """Homes of an outage leave them."""
    for meter_id in sorted(set(homes) & silent.keys()):
        yield _told(silent.pop(meter_id), sight, rules, "closed", outage)


def _heard_ms(each: Silent, sight: Sight) -> int | None:
    """When the meter was heard, as far as the fact shows; None if it was not."""
    missed, back = sight.missed.get(each.meter_id), sight.back.get(each.meter_id)
    if missed is not None and missed.stands >= MISSED_TWICE:
        return None
    for sign in (back, missed):
        if sign is not None and sign.life_ms > each.life_ms:
            return sign.life_ms
    shown = sight.shows(each.meter_id, each.life_ms, each.cadence_ms)
    somebody = sight.fact.last_life_ms > each.life_ms
    return (
        sight.fact.last_life_ms
        if shown and somebody and (back is not None or not sight.all_back)
        else None
    )


def _gasped(each: Silent, rules: Rules) -> bool:
    return rules.silence.gasps.hold(
        each.lost_power_ms, each.life_ms, each.life_ms + each.cadence_ms
    )


def _cause(each: Silent, counted: Counted, rules: Rules) -> str:
    cause = counted.cause(rules.silence.cause, "unknown")
    if cause == "unknown" and _gasped(each, rules) and rules.silence.gasps.homes <= 1:
        return "power"
    return cause


def _open_reason(each: Silent) -> str | None:
    return None if each.after is None else "not_restored"


def _told(
    each: Silent,
    sight: Sight,
    rules: Rules,
    state: str,
    reason: str | None,
    heard_ms: int | None = None,
    counted: Counted = NOTHING,
) -> Told:
    each.versions += 1
    each.told_ms = sight.at_ms
    cause = _cause(each, counted, rules)
    each.told_causes = (*each.told_causes, cause)
    without_power = cause == "power" and heard_ms is not None
    silent_ms = (heard_ms or sight.at_ms) - each.life_ms
    numbers = {
        "silent_ms": silent_ms,
        "silent_after_ms": silent_after_ms(each.cadence_ms),
        **counted.numbers,
    }
    if each.lost_power_ms is not None and _gasped(each, rules):
        numbers["lost_power_after_ms"] = each.lost_power_ms - each.life_ms
    key = alert_id("meter_silent", each.meter_id, each.opened_at_ms), each.versions
    return key, AlertVersion(
        state=state,
        kind="meter_silent",
        subject=each.meter_id,
        severity="notice" if cause == "communication" else "warning",
        area=each.area,
        onset_ms=each.life_ms,
        opened_at_ms=each.opened_at_ms,
        at_ms=sight.at_ms,
        rule="silent" if each.after is None else "not_restored",
        numbers=tuple(sorted(numbers.items())),
        rules=rules.version,
        cause=cause,
        homes=(each.meter_id,),
        homes_count=1,
        homes_out=int(heard_ms is None),
        momentary=without_power and silent_ms <= rules.outage.momentary_ms,
        customer_minutes=silent_ms / MINUTE_MS if without_power else None,
        restored_at_ms=heard_ms,
        closed_at_ms=sight.at_ms if state == "closed" else None,
        reason=reason,
    )
