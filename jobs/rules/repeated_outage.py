"""Homes of a feeder that are out together for a short time, again and again: `repeated_outage`.

Each time alone is momentary and soon forgotten. Several within a day are a branch in a line, a
recloser that works for a fault which stays, or a link that fails.

A home whose readings all come after all, late and many at once, was not out: its link was slow. So
no time is short of a home that reads more seldom than twice in it.

It tells of what has been, so it is opened and closed by the same fact: there is nothing to wait
for, and of a feeder that is well again no fact would come.
"""

from collections.abc import Sequence

from msgspec import Struct
from msgspec.structs import replace

from contracts.alerts import Alert, Evidence, alert_id
from contracts.facts import FeederSlice, Returned
from jobs.rules.book import Count, Numbers, Percent, Rules, Span
from jobs.rules.cause import Gain, cause_of, gain_of, sentence, stayed_away
from jobs.rules.outage_numbers import OutageNumbers
from jobs.rules.rule import Rule
from jobs.rules.versions import clock


class RepeatedOutageNumbers(Numbers):
    """When a feeder is out again and again."""

    block = "repeated_outage"

    times: Count
    within_ms: Span
    longest_ms: Span
    homes: Count
    homes_percent: Percent


class Short(Struct, frozen=True, array_like=True, gc=False):
    """Homes that were silent together."""

    begin_ms: int
    """When the last of them was heard before it."""
    end_ms: int
    """When the first of them was heard again."""
    homes: int
    gain: Gain
    told: bool = False
    """Whether an alert was about it."""


class Feeder(Struct, frozen=True):
    """What a feeder has been through in the last day."""

    at_ms: int = -1
    """Event time of the last fact."""
    shorts: tuple[Short, ...] = ()
    """In the order in which their first home came back."""


def step(state: Feeder, fact: FeederSlice, rules: Rules) -> tuple[Feeder, list[Alert]]:
    """What is known of a feeder after a fact, and the alert that the fact makes, if it makes one.

    A fact that is not after the last one is a repeat, and changes nothing.
    """
    if fact.at_ms <= state.at_ms:
        return state, []
    numbers = rules.of(RepeatedOutageNumbers)
    shorts = _known(state.shorts, fact, numbers)
    for returned in sorted(fact.returned, key=lambda each: (each.life_ms, each.meter_id)):
        lasted_ms = returned.life_ms - returned.silent_since_ms
        if stayed_away(returned) and lasted_ms <= numbers.longest_ms:
            shorts = _with(shorts, returned)
    needed = _needed(fact, numbers)
    untold = [each for each in shorts if each.homes >= needed and not each.told]
    if len(untold) < numbers.times:
        return Feeder(fact.at_ms, shorts), []
    shorts = tuple(replace(each, told=each.told or each.homes >= needed) for each in shorts)
    return Feeder(fact.at_ms, shorts), _alerts(untold, fact, rules)


def _known(
    shorts: Sequence[Short], fact: FeederSlice, numbers: RepeatedOutageNumbers
) -> tuple[Short, ...]:
    """Those of the last day; without those of too few homes, once none comes back to join them."""
    needed = _needed(fact, numbers)
    return tuple(
        each
        for each in shorts
        if fact.at_ms - each.end_ms
        <= (numbers.within_ms if each.homes >= needed else 2 * numbers.longest_ms)
    )


def _needed(fact: FeederSlice, numbers: RepeatedOutageNumbers) -> int:
    """So many homes are a part of the feeder."""
    return max(numbers.homes, -(-numbers.homes_percent * fact.alive // 100))


def _with(shorts: tuple[Short, ...], returned: Returned) -> tuple[Short, ...]:
    """With a home that was silent at the same time as others, or by itself."""
    since_ms, life_ms, gain = returned.silent_since_ms, returned.life_ms, gain_of(returned)
    for place, each in enumerate(shorts):
        if since_ms < each.end_ms and each.begin_ms < life_ms:
            joined = Short(
                max(each.begin_ms, since_ms),
                min(each.end_ms, life_ms),
                each.homes + 1,
                _sum(each.gain, gain),
                each.told,
            )
            return (*shorts[:place], joined, *shorts[place + 1 :])
    return (*shorts, Short(since_ms, life_ms, 1, gain))


def _sum(*gains: Gain) -> Gain:
    return Gain(
        sum(each.homes for each in gains),
        sum(each.gained for each in gains),
        sum(each.expected for each in gains),
    )


def _alerts(shorts: Sequence[Short], fact: FeederSlice, rules: Rules) -> list[Alert]:
    gain = _sum(*(each.gain for each in shorts))
    cause = cause_of(gain, rules.of(OutageNumbers).cause, otherwise="mixed")
    homes = max(each.homes for each in shorts)
    times = ", ".join(clock(each.begin_ms) for each in shorts)
    longest_ms = max(each.end_ms - each.begin_ms for each in shorts)
    numbers = {
        "times": float(len(shorts)),
        "span_ms": float(shorts[-1].begin_ms - shorts[0].begin_ms),
        "longest_ms": float(longest_ms),
        **gain.numbers,
    }
    text = (
        f"{homes} homes were silent together for a short time at {times}: "
        f"{len(shorts)} times within a day, {longest_ms / 1_000:.0f} s at most."
    )
    opened = Alert(
        id=alert_id("repeated_outage", fact.subject, fact.at_ms),
        version=1,
        state="opened",
        kind="repeated_outage",
        severity="notice" if cause == "communication" else "warning",
        subject=fact.subject,
        area=fact.area,
        onset_ms=shorts[0].begin_ms,
        opened_at_ms=fact.at_ms,
        at_ms=fact.at_ms,
        evidence=Evidence("short", text + sentence(gain, cause), numbers),
        rules=rules.version,
        cause=cause,
        homes_count=homes,
    )
    closed = replace(opened, version=2, state="closed", closed_at_ms=fact.at_ms, reason="told")
    return [opened, closed]


RULE = Rule("repeated_outage", FeederSlice, Feeder, (RepeatedOutageNumbers,), step)
