"""A feeder that is out for a short time again and again: `repeated_outage`."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from contracts.alerts import alert_id
from verification.oracle.detection.registers import Counted, counted_by, is_complete
from verification.oracle.detection.rules import RepeatRules, Rules
from verification.oracle.detection.sight import Sight
from verification.oracle.detection.silences import Told
from verification.rows import AlertVersion, BackMeter


@dataclass
class _Short:
    """Homes of which each was silent while all others were: from when the last one fell silent
    until the first one was heard."""

    backs: list[BackMeter] = field(default_factory=list)
    told: bool = False

    @property
    def begin_ms(self) -> int:
        return max(each.silent_since_ms for each in self.backs)

    @property
    def end_ms(self) -> int:
        return min(each.life_ms for each in self.backs)

    def meets(self, back: BackMeter) -> bool:
        """Whether a home was silent at some time of it."""
        return back.silent_since_ms < self.end_ms and back.life_ms > self.begin_ms


def repeated(feeder: str, facts: Iterable[Sight], rules: Rules) -> Iterator[Told]:
    """The alerts that a feeder's facts make, each told of and closed at once."""
    numbers = rules.repeated_outage
    shorts: list[_Short] = []
    for sight in facts:
        needed = _needed(sight, numbers)
        shorts = [each for each in shorts if _is_kept(each, sight, needed, numbers)]
        for back in sight.fact.returned:
            if is_complete(back) or back.life_ms - back.silent_since_ms > numbers.longest_ms:
                continue
            met = next((each for each in shorts if each.meets(back)), None)
            if met is None:
                met = _Short()
                shorts.append(met)
            met.backs.append(back)
        large = [each for each in shorts if len(each.backs) >= needed]
        untold = [each for each in large if not each.told]
        if len(untold) >= numbers.times:
            for each in untold:
                each.told = True
            yield from _told(feeder, untold, sight, rules)


def _needed(sight: Sight, numbers: RepeatRules) -> int:
    # Rounded up.
    share = (numbers.homes_percent * sight.fact.alive + 99) // 100
    return max(numbers.homes, share)


def _is_kept(short: _Short, sight: Sight, needed: int, numbers: RepeatRules) -> bool:
    """Whether it still counts, or homes may still come back that were silent with it."""
    large = len(short.backs) >= needed
    longest_ms = numbers.within_ms if large else 2 * numbers.longest_ms
    return sight.at_ms <= short.end_ms + longest_ms


def _counted(shorts: Iterable[_Short]) -> Counted:
    """One after the other, as sums of fractions depend on it."""
    each = [[counted_by(back) for back in short.backs] for short in shorts]
    return Counted(
        sum(sum(one.homes for one in many) for many in each),
        sum(sum(one.gained for one in many) for many in each),
        sum(sum(one.expected for one in many) for many in each),
    )


def _told(feeder: str, shorts: list[_Short], sight: Sight, rules: Rules) -> Iterator[Told]:
    counted = _counted(shorts)
    cause = counted.cause(rules.outage.cause, "mixed")
    numbers = {
        "times": len(shorts),
        "span_ms": shorts[-1].begin_ms - shorts[0].begin_ms,
        "longest_ms": max(each.end_ms - each.begin_ms for each in shorts),
        **counted.numbers,
    }
    an_id = alert_id("repeated_outage", feeder, sight.at_ms)
    opened = AlertVersion(
        state="opened",
        kind="repeated_outage",
        subject=feeder,
        severity="notice" if cause == "communication" else "warning",
        area=sight.fact.area,
        onset_ms=shorts[0].begin_ms,
        opened_at_ms=sight.at_ms,
        at_ms=sight.at_ms,
        rule="short",
        numbers=tuple(sorted(numbers.items())),
        rules=rules.version,
        cause=cause,
        homes=(),
        homes_count=max(len(each.backs) for each in shorts),
        homes_out=0,
        momentary=False,
        customer_minutes=None,
        restored_at_ms=None,
        closed_at_ms=None,
        reason=None,
    )
    yield (an_id, 1), opened
    yield (
        (an_id, 2),
        opened._replace(state="closed", closed_at_ms=sight.at_ms, reason="told"),
    )
