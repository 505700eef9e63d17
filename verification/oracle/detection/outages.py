"""Homes of a feeder that are out together: `outage`."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from statistics import median_low

from contracts.alerts import alert_id
from contracts.facts import MISSED_TWICE, MOST_METERS, SILENT_LONG
from contracts.time import HOUR_MS, MINUTE_MS
from verification.oracle.detection.registers import NOTHING, Counted, added, counted_by
from verification.oracle.detection.rules import OutageRules, Rules
from verification.oracle.detection.sight import Sight, due_until_ms
from verification.oracle.detection.silences import Silent, Told
from verification.rows import AlertVersion, MissedMeter

FULL, PARTIAL = "full", "partial"
RESTORED, GONE = "restored", "gone"
_BADNESS = {"notice": 0, "warning": 1, "major": 2, "critical": 3}


@dataclass
class Home:
    """One that was hit."""

    life_ms: int
    cadence_ms: int
    heard_ms: int | None = None
    """Its first sign of life since, as far as is known; None from when it is missed again."""
    back: bool = False
    by_name: bool = False
    """Whether a fact said that it missed two readings: it is told of when it returns."""
    gone_ms: int | None = None
    """Since when it is no longer behind the feeder, by the registry."""
    counted: Counted = NOTHING
    lost_power_ms: int | None = None
    """When it lost power, as it said last."""

    @property
    def out(self) -> bool:
        """Whether it is waited for."""
        return not self.back and self.gone_ms is None


@dataclass
class Outage:
    """One that is open."""

    feeder: str
    area: str
    opened_at_ms: int
    onset_ms: int
    rule: str
    numbers: dict[str, float]
    dark: tuple[int, int] | None = None
    """Of a whole feeder: the last sign of life of any home, and by when enough homes were due."""
    supply: tuple[float, float, int] | None = None
    """What went in while it was so: before, the least since, and when the latest interval began."""
    homes: dict[str, Home] = field(default_factory=dict)
    most: int = 0
    """Homes that it has hit, hidden ones among them."""
    out: int = 0
    """Of them those that are waited for."""
    restored_since_ms: int | None = None
    """Since when most are back."""
    versions: int = 0
    told_ms: int = 0
    told: tuple[str, str, str] = ("", "", "")
    """Rule, severity and cause of the last version."""
    told_causes: set[str] = field(default_factory=set)
    """Of any."""
    told_homes: tuple[int, int] = (0, 0)
    """And `most` and `out`."""

    @property
    def id(self) -> str:
        """The alert's id."""
        return alert_id("outage", self.feeder, self.opened_at_ms)

    def is_supplied(self, sight: Sight, rules: OutageRules) -> None:
        """What goes into a dark feeder, until homes are back."""
        fact = sight.fact
        if self.dark is None or fact.last_life_ms - self.dark[0] > rules.back_after_ms:
            return
        before_w, least_w, from_ms = fact.supply_before_w, fact.supply_least_w, fact.supply_from_ms
        if before_w is not None and least_w is not None and from_ms is not None:
            self.supply = before_w, least_w, from_ms

    def cause_by_supply(self, rules: OutageRules) -> str:
        if self.supply is None or self.dark is None:
            return "unknown"
        before_w, least_w, from_ms = self.supply
        if abs(before_w) < rules.supply.least_w:
            return "unknown"
        share = least_w / abs(before_w)
        if share < rules.supply.power_below:
            return "power"
        whole = from_ms >= self.dark[1]
        return "communication" if whole and share > rules.supply.communication_above else "unknown"

    def gasped(self, rules: OutageRules) -> int:
        """How many homes said that they lost power when it began, or when a feeder of which a part
        was silent fell silent as a whole."""
        until_ms = {self.onset_ms: self._until_ms(self.onset_ms, rules)}
        if self.dark is not None:
            until_ms[self.dark[0]] = self._until_ms(self.dark[0], rules)
        gasped = 0
        for home in self.homes.values():
            due_ms = home.life_ms + home.cadence_ms
            gasped += any(
                rules.gasps.hold(
                    home.lost_power_ms, since_ms, due_ms if home.life_ms <= latest_ms else latest_ms
                )
                for since_ms, latest_ms in until_ms.items()
            )
        return gasped

    def _until_ms(self, since_ms: int, rules: OutageRules) -> int:
        """Until when what happened at an instant may have begun.

        It did until a home was due that was in time then, or as soon as whatever was under way had
        come. Homes that were heard later are hit by something else.
        """
        latest_ms = since_ms + rules.back_after_ms
        first_due_ms: int | None = None
        for home in self.homes.values():
            due_ms = home.life_ms + home.cadence_ms
            if home.life_ms <= since_ms < due_ms:
                first_due_ms = due_ms if first_due_ms is None else min(due_ms, first_due_ms)
        return latest_ms if first_due_ms is None else max(latest_ms, first_due_ms)

    def hits(self, homes: Iterable[MissedMeter], silent: dict[str, Silent]) -> None:
        """Homes join it, but those that had been silent before it began."""
        for each in homes:
            alone = silent.get(each.meter_id)
            if alone is None or not alone.outlasts(self.onset_ms):
                by_name = each.stands >= MISSED_TWICE
                home = Home(each.life_ms, each.cadence_ms, by_name=by_name)
                home.lost_power_ms = each.lost_power_ms
                self.homes.setdefault(each.meter_id, home)


def whole_feeder(
    sight: Sight, silent: dict[str, Silent], rules: OutageRules
) -> tuple[dict[str, float], tuple[int, int]] | None:
    """What the rule compared, and `Outage.dark`, if all or enough of those who were due since
    anybody was heard stayed away."""
    overdue = sight.due(rules.overdue_percent)
    due = {each.meter_id for each in overdue}
    alone = {each for each in silent if each in sight.missed and each not in due}
    living = sight.fact.alive - len(alone)
    needed = min(rules.due_homes, living)
    if len(due) < needed or living < rules.living_homes:
        return None
    times = sorted(each.life_ms + each.cadence_ms for each in overdue)
    numbers: dict[str, float] = {
        "due_homes": len(due),
        "needed_homes": needed,
        "living_homes": living,
    }
    return numbers, (sight.fact.last_life_ms, times[needed - 1])


def begun(
    feeder: str, sight: Sight, silent: dict[str, Silent], rules: OutageRules
) -> Outage | None:
    """The outage that a fact shows, if it shows one."""
    if sight.calm:
        return None
    fact = sight.fact
    full = whole_feeder(sight, silent, rules)
    if full is not None:
        numbers, dark = full
        outage = Outage(feeder, fact.area, sight.at_ms, fact.last_life_ms, FULL, numbers, dark)
        due = (each for each in fact.missed if each.life_ms + each.cadence_ms < sight.at_ms)
        outage.hits(due, silent)
        outage.is_supplied(sight, rules)
        return outage
    at_once = _at_once(
        each
        for each in sight.away.values()
        if each.meter_id not in silent or silent[each.meter_id].after is None
    )
    # Rounded up.
    share = (rules.at_once_percent * fact.alive + 99) // 100
    needed = max(rules.at_once_homes, share)
    if len(at_once) < needed:
        return None
    numbers = {
        "at_once_homes": len(at_once),
        "needed_homes": needed,
        "living_homes": fact.alive,
    }
    onset_ms = max(each.life_ms for each in at_once)
    outage = Outage(feeder, fact.area, sight.at_ms, onset_ms, PARTIAL, numbers)
    outage.hits(sight.away.values(), silent)
    return outage


def _at_once(away: Iterable[MissedMeter]) -> list[MissedMeter]:
    """The most that were all heard, and none of them missed, at one instant; of several such
    instants the first. It is the last sign of life of one of them."""
    spans = [(each.life_ms, due_until_ms(each.life_ms, each.cadence_ms, 1), each) for each in away]
    best: list[MissedMeter] = []
    for instant in sorted({life_ms for life_ms, *_ in spans}):
        found = [each for life_ms, until_ms, each in spans if life_ms <= instant < until_ms]
        if len(found) > len(best):
            best = found
    return best


def goes_on(outage: Outage, sight: Sight, silent: dict[str, Silent], rules: OutageRules) -> None:
    """What a later fact says of its homes, and who joins it."""
    since_ms = outage.onset_ms + rules.back_after_ms
    for meter_id, home in outage.homes.items():
        _look_after(home, meter_id, sight, since_ms)
    outage.hits(sight.away.values(), silent)
    if outage.rule == PARTIAL:
        full = whole_feeder(sight, silent, rules)
        if full is not None:
            outage.rule = FULL
            outage.numbers, outage.dark = full
    outage.is_supplied(sight, rules)


def _look_after(home: Home, meter_id: str, sight: Sight, since_ms: int) -> None:
    """What a fact says of a home; what was heard up to `since_ms` was on its way before."""
    away = sight.away.get(meter_id)
    listed = sight.missed.get(meter_id)
    if listed is not None and listed.lost_power_ms is not None:
        home.lost_power_ms = listed.lost_power_ms
    if away is not None:
        home.life_ms, home.heard_ms, home.back = away.life_ms, None, False
        home.by_name, home.gone_ms = True, None
        return
    if home.gone_ms is not None:
        return
    missed, back = sight.missed.get(meter_id), sight.back.get(meter_id)
    known = meter_id, home.life_ms, home.cadence_ms
    waited_for = home.by_name and home.heard_ms is None and not home.back
    if waited_for and back is None and sight.all_back and sight.shows(*known):
        home.gone_ms = sight.at_ms
        return
    heard_ms = None
    if back is not None and back.life_ms > since_ms:
        heard_ms = back.life_ms
        home.counted = added([home.counted, counted_by(back)])
    elif missed is not None and missed.life_ms > since_ms:
        heard_ms = missed.life_ms
    elif sight.shows(*known):
        last_ms = sight.fact.last_life_ms
        heard_ms = last_ms if last_ms > max(home.life_ms, since_ms) else None
    if home.heard_ms is None:
        home.heard_ms = heard_ms
    if home.heard_ms is not None and missed is None:
        home.back = True


def count(outage: Outage, sight: Sight, rules: OutageRules) -> None:
    """How many it has hit by now and how many are out, and since when most are back."""
    out = [(meter_id, home) for meter_id, home in outage.homes.items() if home.out]
    unseen = sum(
        meter_id not in sight.missed and not sight.forgets(home.life_ms, home.cadence_ms)
        for meter_id, home in out
    )
    nameless = max(sight.hidden - unseen, 0)
    outage.most = max(outage.most, len(outage.homes) + nameless)
    outage.out = len(out) + nameless
    there = outage.most - sum(home.gone_ms is not None for home in outage.homes.values())
    if (there - outage.out) * 100 < rules.restored_percent * there:
        outage.restored_since_ms = None
    elif outage.restored_since_ms is None:
        outage.restored_since_ms = sight.at_ms


def over(outage: Outage, sight: Sight, rules: OutageRules) -> str | None:
    """Why it is over; None while it is not."""
    if not any(home.gone_ms is None for home in outage.homes.values()):
        return GONE
    if outage.out == 0:
        return RESTORED
    if sight.calm and not any(
        sight.forgets(home.life_ms, home.cadence_ms) for home in outage.homes.values() if home.out
    ):
        return RESTORED
    if outage.restored_since_ms is not None:
        cadence_ms = max(home.cadence_ms for home in outage.homes.values())
        wait_ms = max(rules.restored_wait_cadences * cadence_ms, rules.restored_wait_ms)
        if sight.calm or sight.at_ms >= outage.restored_since_ms + wait_ms:
            return RESTORED
    return GONE if sight.at_ms > outage.onset_ms + rules.gone_after_ms else None


def left(outage: Outage, sight: Sight) -> list[MissedMeter]:
    """Homes that stay away."""
    stay: list[MissedMeter] = []
    for meter_id, home in outage.homes.items():
        if not home.out:
            continue
        if meter_id in sight.away:
            stay.append(sight.away[meter_id])
        elif sight.forgets(home.life_ms, home.cadence_ms):
            stay.append(
                MissedMeter(
                    *(meter_id, home.life_ms, home.cadence_ms, SILENT_LONG, home.lost_power_ms)
                )
            )
    return stay


def told(outage: Outage, sight: Sight, rules: Rules, reason: str | None) -> Told | None:
    """The version that a fact makes, if it makes one.

    Args:
        reason: Why the outage is over, if it is.
    """
    closed = reason is not None
    counted = added(home.counted for home in outage.homes.values())
    enough = counted.homes >= min(rules.outage.cause_homes, len(outage.homes))
    cause = counted.cause(rules.outage.cause, "mixed") if closed or enough else "unknown"
    gasped = outage.gasped(rules.outage)
    # Registers tell of the whole time, a gasp of an instant. Between power and link they leave it
    # to others, if these know.
    if cause in ("unknown", "mixed"):
        by_supply = outage.cause_by_supply(rules.outage)
        if by_supply != "unknown":
            cause = by_supply
        elif gasped >= rules.outage.gasps.homes:
            cause = "power"
    heard = [home.heard_ms for home in outage.homes.values() if home.back]
    restored_ms = median_low([each for each in heard if each is not None]) if any(heard) else None
    until_ms = outage.restored_since_ms or sight.at_ms
    if closed:
        until_ms = restored_ms or until_ms
    severity = _severity(outage, until_ms - outage.onset_ms, cause, rules.outage)
    now = (outage.rule, severity, cause)
    if not outage.versions:
        state = "opened"
    elif closed:
        state = "closed"
    elif _is_news(outage, now, sight.at_ms, rules):
        state = "updated"
    else:
        return None
    outage.versions += 1
    outage.told_ms, outage.told = sight.at_ms, now
    outage.told_causes.add(cause)
    outage.told_homes = (outage.most, outage.out)
    interrupted = closed and cause != "communication"
    restored_at_ms = restored_ms if closed else None
    minutes = _minutes_out(outage, sight.at_ms) if interrupted else None
    momentary = (
        interrupted
        and restored_at_ms is not None
        and restored_at_ms - outage.onset_ms <= rules.outage.momentary_ms
    )
    numbers = outage.numbers | counted.numbers | ({"gasped_homes": gasped} if gasped else {})
    if outage.supply is not None:
        numbers |= {"supply_before_w": outage.supply[0], "supply_least_w": outage.supply[1]}
    return (outage.id, outage.versions), AlertVersion(
        state=state,
        kind="outage",
        subject=outage.feeder,
        severity=severity,
        area=outage.area,
        onset_ms=outage.onset_ms,
        opened_at_ms=outage.opened_at_ms,
        at_ms=sight.at_ms,
        rule=outage.rule,
        numbers=tuple(sorted(numbers.items())),
        rules=rules.version,
        cause=cause,
        homes=tuple(sorted(outage.homes)[:MOST_METERS]),
        homes_count=outage.most,
        homes_out=outage.out,
        momentary=momentary,
        customer_minutes=minutes,
        restored_at_ms=restored_at_ms,
        closed_at_ms=sight.at_ms if closed else None,
        reason=reason,
    )


def _severity(outage: Outage, out_ms: int, cause: str, rules: OutageRules) -> str:
    if out_ms <= rules.momentary_ms:
        return "notice"
    if cause == "communication":
        return "warning"
    return "major" if outage.most < rules.critical_homes else "critical"


def _is_news(outage: Outage, now: tuple[str, str, str], at_ms: int, rules: Rules) -> bool:
    """Whether an outage that is open is told of again."""
    updates = rules.updates
    (rule, severity, cause), (told_rule, told_severity, told_cause) = now, outage.told
    grown, explained = rule != told_rule, cause not in outage.told_causes
    if grown or explained or _BADNESS[severity] > _BADNESS[told_severity]:
        return True
    if at_ms < outage.told_ms + updates.apart_ms:
        return False
    if (severity, cause) != (
        told_severity,
        told_cause,
    ) or at_ms // HOUR_MS > outage.told_ms // HOUR_MS:
        return True
    for before, after in zip(outage.told_homes, (outage.most, outage.out), strict=True):
        change = abs(after - before)
        if change and (change >= updates.homes or change * 100 >= updates.homes_percent * before):
            return True
    return False


def _minutes_out(outage: Outage, closed_ms: int) -> float:
    """Added over homes; of one that is not back until it was gone, or the closing."""
    ends = (
        home.heard_ms if home.back and home.heard_ms is not None else home.gone_ms or closed_ms
        for home in outage.homes.values()
    )
    return sum(max(end - outage.onset_ms, 0) for end in ends) / MINUTE_MS
