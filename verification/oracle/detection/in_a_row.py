"""Minutes of a feeder in a row, and the alerts that open and close by them."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from contracts.alerts import Kind, alert_id
from contracts.time import HOUR_MS, MINUTE_MS
from verification.oracle.detection.rules import Rules, Updates
from verification.rows import AlertVersion, FeederMinuteFact

Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Row:
    """Something that holds in some minutes of a feeder."""

    at_ms: Ints
    """Their ends."""
    holds: Flags
    held_ms: Ints
    """For how long it has held minute after minute, up to each; 0 where it does not."""

    def for_ms(self, least_ms: int) -> Flags:
        """Where it has held for so long."""
        return self.holds & (self.held_ms >= least_ms)

    def since_ms(self, number: int) -> int:
        """Since when it has held, up to a minute."""
        return int(self.at_ms[number] - self.held_ms[number])

    def since(self, number: int) -> int:
        """The first minute in which it has."""
        return number + 1 - int(self.held_ms[number]) // MINUTE_MS


@dataclass(frozen=True)
class Minutes:
    """Those that are told of a feeder, in their order."""

    feeder: str
    facts: Sequence[FeederMinuteFact]
    at_ms: Ints

    def thousandths(self, name: str) -> Ints:
        """A number of each; 0 where it is not known."""
        values = np.array([getattr(fact, name) or 0 for fact in self.facts], dtype=np.float64)
        whole: Ints = np.rint(1_000 * values).astype(np.int64)
        return whole

    def row(self, holds: Flags) -> Row:
        """Something that holds in some of them."""
        number = np.arange(len(holds))
        goes_on = holds.copy()
        goes_on[:1] = False
        goes_on[1:] &= holds[:-1] & (np.diff(self.at_ms) == MINUTE_MS)
        begin = np.maximum.accumulate(np.where(goes_on, 0, number))
        held_ms = np.where(holds, MINUTE_MS * (number - begin + 1), 0)
        return Row(self.at_ms, holds, held_ms)


@dataclass(frozen=True)
class Span:
    """The minutes in which an alert is open, by their numbers."""

    opens: int
    closes: int | None
    """None if it stays open."""


def spans(opens: Flags, closes: Flags) -> Iterator[Span]:
    """Of the alerts one after the other: each opens as soon as a minute does that, and closes with
    the next one that does."""
    begin = _next(opens, 0)
    while begin is not None:
        end = _next(closes, begin + 1)
        yield Span(begin, end)
        begin = None if end is None else _next(opens, end + 1)


def _next(holds: Flags, since: int) -> int | None:
    found = np.flatnonzero(holds[since:])
    return since + int(found[0]) if len(found) else None


def _never(before: int, now: int) -> bool:  # noqa: ARG001
    return False


def tellings(
    span: Span,
    at_ms: Ints,
    updates: Updates,
    *,
    is_worse: Callable[[int, int], bool] = _never,
    is_news: Callable[[int, int], bool] = _never,
) -> Iterator[tuple[int, str]]:
    """The minutes in which an alert is told of, and its state then.

    Args:
        is_worse: Whether the second of two minutes is reason to tell again what was told in the
            first, and at once.
        is_news: Whether it is as soon as it may be told again.
    """
    last = span.opens
    yield last, "opened"
    for number in range(last + 1, len(at_ms) if span.closes is None else span.closes):
        before, now = int(at_ms[last]), int(at_ms[number])
        news = now // HOUR_MS > before // HOUR_MS or is_news(last, number)
        if is_worse(last, number) or (news and now >= before + updates.apart_ms):
            last = number
            yield last, "updated"
    if span.closes is not None:
        yield span.closes, "closed"


def as_opened(
    kind: Kind, minutes: Minutes, span: Span, why: Row, rules: Rules
) -> tuple[str, AlertVersion]:
    """The id of an alert, and what all its versions say; rule, severity and numbers are left to
    whoever knows them.

    Args:
        why: What opened it.
    """
    opened_at_ms = int(minutes.at_ms[span.opens])
    return alert_id(kind, minutes.feeder, opened_at_ms), AlertVersion(
        state="opened",
        kind=kind,
        subject=minutes.feeder,
        severity="",
        area=minutes.facts[span.opens].area,
        onset_ms=why.since_ms(span.opens),
        opened_at_ms=opened_at_ms,
        at_ms=opened_at_ms,
        rule="",
        numbers=(),
        rules=rules.version,
    )
