"""Signs of life of meters whose clocks were ever too far ahead for their readings to be usable.

What the lag of such a clock is depends on which of its readings is the latest, so these meters, a
few of all, are walked from slice to slice.
"""

from collections.abc import Iterator
from typing import NamedTuple

import polars as pl

from contracts.time import HOUR_MS

MICROS = 1_000
"""Of a millisecond: a lag may grow by one for each millisecond."""

LONGEST_LEAD_MS = 10_000
"""How far a clock may be ahead for its readings to be heard only when that time has come."""

AHEAD_FOR_MS = HOUR_MS
"""For how long a clock is taken to be as far ahead as its last reading that was so."""


class Words(NamedTuple):
    """What a meter's words of a slice say of its clock: the columns of a line that it has."""

    before_ms: int | None
    """Time of its latest reading of before."""
    largest_ms: int
    least_ms: int
    """That a reading came later than its time."""
    largest_seq: int
    set_back: bool


class Sign(NamedTuple):
    """A reading that was ahead too far."""

    ts: int
    seq: int
    arrival_ms: int


class _Clock:
    """Of one meter, and when it was heard last."""

    def __init__(self) -> None:
        self.life_ms = 0
        self.lag = 0
        """Thousandths of a millisecond."""
        self.ahead: Sign | None = None
        """The latest reading that was ahead too far, while its clock is taken to be so."""

    def forget(self, end_ms: int) -> None:
        """What was ahead too far is so no more if it was long ago."""
        if self.ahead and end_ms - self._on_the_platform(self.ahead.ts) > AHEAD_FOR_MS:
            self.ahead = None

    def read(self, words: Words, end_ms: int) -> None:
        was = self.ahead
        self.forget(end_ms)
        if self.ahead and words.largest_seq > self.ahead.seq:
            self.ahead = None
        known = [ts for ts in (words.before_ms, was and was.ts) if ts is not None]
        least = MICROS * words.least_ms
        if not known or words.set_back or self.ahead is not was:
            self.lag = least
        else:
            self.lag = min(self.lag + max(words.largest_ms - max(known), 0), least)
        self._live(words.largest_ms)

    def give(self, sign: Sign, end_ms: int) -> None:
        self.forget(end_ms)
        lag = MICROS * (sign.arrival_ms - sign.ts)
        if self.ahead is None or sign.seq > self.ahead.seq:
            self.ahead, self.lag = sign, lag
        else:
            self.lag = min(self.lag, lag)
        self._live(sign.ts)

    def values(self) -> tuple[int, int, int]:
        """Its last sign of life, its lag and its lead."""
        lag_ms = self.lag // MICROS
        lead_ms = max(-lag_ms, 0)
        return self.life_ms, lag_ms, min(lead_ms, LONGEST_LEAD_MS) if self.ahead else lead_ms

    def _live(self, ts: int) -> None:
        self.life_ms = max(self.life_ms, self._on_the_platform(ts))

    def _on_the_platform(self, ts: int) -> int:
        return ts + self.lag // MICROS


def walked(lines: pl.DataFrame, signs: pl.DataFrame) -> pl.DataFrame:
    """The lines with what `lives.lives_of` says of clocks, in their order.

    Args:
        lines: `life`, `slice_end_ms`, `heard`, and the columns of `Words` where that is so; by life
            and time.
        signs: Of these lives, as `words.signs_of` makes them.
    """
    given: dict[tuple[int, int], list[Sign]] = {}
    for life, end_ms, *sign in signs.select("life", "slice_end_ms", *Sign._fields).iter_rows():
        given.setdefault((life, end_ms), []).append(Sign(*sign))
    columns = ("said_life_ms", "said_lag_ms", "said_lead_ms", "life_ms", "lag_ms", "lead_ms")
    schema = dict.fromkeys(columns, pl.Int64) | {"measured": pl.Boolean}
    return lines.hstack(pl.DataFrame(list(_walk(lines, given)), schema, orient="row"))


def _walk(
    lines: pl.DataFrame, given: dict[tuple[int, int], list[Sign]]
) -> Iterator[tuple[int, ...]]:
    clock, of_life = _Clock(), None
    columns = ("life", "slice_end_ms", "heard", *Words._fields)
    for life, end_ms, heard, *said in lines.select(columns).iter_rows():
        if life != of_life:
            clock, of_life = _Clock(), life
        words, ahead = Words(*said), clock.ahead
        measured = words.before_ms is not None and (not ahead or words.before_ms >= ahead.ts)
        if heard:
            clock.read(words, end_ms)
        between = clock.values()
        for sign in given.get((life, end_ms), ()):
            clock.give(sign, end_ms)
        yield (*between, *clock.values(), measured)
