"""Readings that do not come: `feed_quiet` of a partition that nobody writes while others are
written, `feed_stopped` of a topic that nobody writes at all.

Both are closed when somebody has written for a while, without a break. A partition stays quiet when
the others stop, too.
"""

from collections.abc import Iterable

from msgspec import Struct
from msgspec.structs import replace

from contracts.alerts import Alert, Evidence, Kind, Severity, State, alert_id
from contracts.facts import Feed, Partition
from contracts.time import SECOND_MS
from jobs.rules import book
from jobs.rules.book import Numbers, Span
from jobs.rules.rule import Rule
from jobs.rules.versions import Told, clock, is_due, span

QUIET: Kind = "feed_quiet"
STOPPED: Kind = "feed_stopped"
SEVERITIES: dict[Kind, Severity] = {QUIET: "major", STOPPED: "critical"}
WRITTEN = "written"
"""Why one is closed."""


class FeedNumbers(Numbers):
    """When a feed is quiet or has stopped, and until when."""

    block = "feed"

    quiet_ms: Span
    stopped_ms: Span
    written_ms: Span


class Silence(Struct, frozen=True):
    """One that is open."""

    kind: Kind
    subject: str
    where: str
    """For people."""
    opened_at_ms: int
    onset_ms: int
    told: Told
    silent_ms: int = 0
    """For how long nothing has come, by the wall, as far as is known: the arrivals of a replay that
    goes on say nothing of it, nor does a pacemaker that begins anew."""


class Feeds(Struct, frozen=True):
    """What is open on a topic of readings."""

    seen_ms: int = -1
    """Of the last fact."""
    at_ms: int = -1
    """The time that its alerts have come to. It does not go back, as that of facts may."""
    silences: dict[str, Silence] = {}
    """By subject of the alert."""


def step(state: Feeds, fact: Feed, rules: book.Rules) -> tuple[Feeds, list[Alert]]:
    """What is open after a fact, and the versions of alerts that it makes."""
    if fact.seen_ms <= state.seen_ms:
        return state, []
    at_ms = max(fact.at_ms, state.at_ms + 1)
    passed_ms = fact.seen_ms - state.seen_ms
    if state.silences and not any(each.heard_ms for each in fact.partitions):
        # A pacemaker that begins anew counts from 0.
        at_ms = max(at_ms, state.at_ms + passed_ms)
    silences = dict(state.silences)
    alerts: list[Alert] = []
    for kind, subject, where, partitions in _subjects(fact):
        before = silences.get(subject)
        if before is None:
            after = _begun(kind, subject, where, partitions, at_ms, rules)
            said = None if after is None else _alert(after, "opened", rules)
        else:
            known = replace(before, silent_ms=before.silent_ms + passed_ms)
            after, said = _followed(known, partitions, at_ms, rules)
        if after is None:
            silences.pop(subject, None)
        else:
            silences[subject] = after
        if said is not None:
            alerts.append(said)
    return Feeds(fact.seen_ms, at_ms, silences), alerts


def _subjects(fact: Feed) -> Iterable[tuple[Kind, str, str, tuple[Partition, ...]]]:
    """What there may be alerts of: kind, subject, its name for people, and its partitions."""
    yield STOPPED, fact.subject, fact.subject, fact.partitions
    for each in fact.partitions:
        name = f"partition {each.number} of {fact.subject}"
        yield QUIET, f"{fact.subject}-{each.number}", name, (each,)


def _begun(
    kind: Kind,
    subject: str,
    where: str,
    partitions: tuple[Partition, ...],
    at_ms: int,
    rules: book.Rules,
) -> Silence | None:
    silent_ms = min(each.silent_ms for each in partitions)
    if kind == QUIET:
        is_silent = partitions[0].alone_ms >= rules.of(FeedNumbers).quiet_ms
    else:
        is_silent = silent_ms >= rules.of(FeedNumbers).stopped_ms
    if not is_silent:
        return None
    last_ms = max((each.last_ms for each in partitions if each.last_ms is not None), default=None)
    told = Told(1, at_ms, kind, SEVERITIES[kind], homes=0, out=0)
    if last_ms is None:
        # Of a partition that is empty nothing is known but that it is.
        return Silence(kind, subject, where, at_ms, at_ms, told)
    return Silence(kind, subject, where, at_ms, min(last_ms, at_ms), told, silent_ms)


def _followed(
    silence: Silence, partitions: tuple[Partition, ...], at_ms: int, rules: book.Rules
) -> tuple[Silence | None, Alert | None]:
    now = replace(silence.told, version=silence.told.version + 1, at_ms=at_ms)
    again = replace(silence, told=now)
    written = [each for each in partitions if each.heard_ms >= rules.of(FeedNumbers).written_ms]
    if written:
        began_ms = min(each.heard_from_ms or at_ms for each in written)
        back_ms = min(max(silence.onset_ms, began_ms), at_ms)
        heard_ms = max(each.heard_ms for each in written)
        over = replace(again, silent_ms=max(again.silent_ms - heard_ms, 0))
        return None, _alert(over, "closed", rules, back_ms)
    if is_due(silence.told, now, rules.updates):
        return again, _alert(again, "updated", rules)
    return silence, None


def _alert(silence: Silence, state: State, rules: book.Rules, back_ms: int | None = None) -> Alert:
    told = silence.told
    return Alert(
        id=alert_id(silence.kind, silence.subject, silence.opened_at_ms),
        version=told.version,
        state=state,
        kind=silence.kind,
        severity=told.severity,
        subject=silence.subject,
        area="",
        onset_ms=silence.onset_ms,
        opened_at_ms=silence.opened_at_ms,
        at_ms=told.at_ms,
        evidence=Evidence(
            told.rule,
            _text(silence, back_ms),
            {"silent_s": silence.silent_ms / SECOND_MS},
        ),
        rules=rules.version,
        restored_at_ms=back_ms,
        closed_at_ms=told.at_ms if state == "closed" else None,
        reason=WRITTEN if state == "closed" else None,
    )


def _text(silence: Silence, back_ms: int | None) -> str:
    length = span(silence.silent_ms)
    if back_ms is not None:
        return f"Readings come to {silence.where} again, from {clock(back_ms)} on, after {length}."
    since = f"since {clock(silence.onset_ms)}, for {length}"
    if silence.kind == QUIET:
        return (
            f"Nothing has come to {silence.where} {since}, and to others it has: its meters are "
            "not judged, and what is told of others comes later."
        )
    return (
        f"Nothing has come to {silence.where} {since}: nothing is told of any meter until it does."
    )


RULE = Rule("feed", Feed, Feeds, (FeedNumbers,), step)
