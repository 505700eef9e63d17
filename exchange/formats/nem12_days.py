"""Days of a channel of NEM12, as their records 300 and 400 say them: blocks of values."""

from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from contracts.time import MINUTE_MS
from exchange.amounts import all_thousandths
from exchange.formats.nem13 import mark_of
from exchange.values import Block, Found, Ints, Mark, Missing, Unusable, shown

MINUTES_A_DAY = 1440
NO_READING = "N"
SEVERAL = "V"
"""The quality is said in records 400."""

Said = tuple[str, str]
"""Quality with method, and reason, as they are written."""
Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Channel:
    """What a record 200 says."""

    name: str
    """NMI, suffix and unit, as the file has them."""
    meter_id: str | None
    """None: not imported."""
    minutes: int
    mwh_per_unit: int
    refused: str | None = None
    """Why nothing of it is taken."""

    @property
    def intervals(self) -> int:
        """In a day."""
        return MINUTES_A_DAY // self.minutes


@dataclass(frozen=True, slots=True)
class Day:
    """A record 300 with as many values as its channel has intervals, and what its 400s say."""

    line: int
    midnight_ms: int
    numbers: list[bytes]
    flag: str
    reason: str
    version: int
    said: list[Said | None]
    """Of each interval; empty unless the flag is V."""


def found_in(days: Sequence[Day], channel: Channel, net: bool) -> Iterator[Found]:
    """What days say that follow one another in time.

    Args:
        net: Energy below zero goes the other way, and is right.
    """
    if channel.meter_id is None:
        return
    count = channel.intervals
    numbers = list(chain.from_iterable(day.numbers for day in days))
    amounts = all_thousandths(numbers, channel.mwh_per_unit)
    usable: Mask | None = None
    if amounts is None:
        amounts, usable = yield from _one_by_one(days, channel)
    marks, which = _marks(days, count)
    if NONE_SAID in marks or NO_VALUE in marks:
        usable = np.ones(len(amounts), bool) if usable is None else usable
        usable = yield from _of_some_quality(days, count, usable, marks, which)
    if not net and int(amounts.min()) < 0:
        usable = np.ones(len(amounts), bool) if usable is None else usable
        usable = yield from _not_negative(days, count, usable, amounts)
    length_ms = channel.minutes * MINUTE_MS
    steps = np.arange(1, count + 1, dtype=np.int64) * length_ms
    midnights = np.array([day.midnight_ms for day in days], np.int64)
    ends_ms = (midnights[:, None] + steps).ravel()
    lines = np.repeat(np.array([day.line for day in days], np.int64), count)
    versions = np.repeat(np.array([day.version for day in days], np.int64), count)
    if usable is not None and not usable.all():
        if not usable.any():
            return
        ends_ms, amounts, lines = ends_ms[usable], amounts[usable], lines[usable]
        versions, which = versions[usable], None if which is None else which[usable]
    yield Block(
        channel.meter_id,
        "electricity",
        length_ms,
        ends_ms,
        amounts,
        lines,
        marks,
        which,
        versions,
    )


NO_VALUE = Mark("questionable", NO_READING)
NONE_SAID = Mark("questionable", SEVERAL)
"""Stand for intervals without a value, or without a quality; no value of a block has them."""


def _marks(days: Sequence[Day], count: int) -> tuple[tuple[Mark, ...], NDArray[np.uint16] | None]:
    """All marks of the days, and which each interval has; None if there is one."""
    place: dict[Said | None, int] = {}
    parts: list[NDArray[np.uint16] | int] = []
    for day in days:
        if day.flag == SEVERAL:
            parts.append(
                np.array([place.setdefault(said, len(place)) for said in day.said], np.uint16)
            )
        else:
            parts.append(place.setdefault((day.flag, day.reason), len(place)))
    marks = tuple(_mark(said) for said in place)
    if len(marks) == 1:
        return marks, None
    whole = (np.broadcast_to(np.asarray(part, np.uint16), count) for part in parts)
    return marks, np.concatenate(list(whole))


def _mark(said: Said | None) -> Mark:
    if said is None:
        return NONE_SAID
    flag, reason = said
    return NO_VALUE if flag[:1] == NO_READING else mark_of(flag, reason)


def _one_by_one(days: Sequence[Day], channel: Channel) -> Generator[Found, None, tuple[Ints, Mask]]:
    """Values of days of which at least one is no number, and where there is one."""
    amounts, usable = [], []
    for day in days:
        empty = 0
        for place, number in enumerate(day.numbers, start=1):
            one = all_thousandths([number], channel.mwh_per_unit)
            amounts.append(0 if one is None else int(one[0]))
            usable.append(one is not None)
            if one is not None:
                continue
            if not number.strip():
                empty += 1
                continue
            detail = f"interval {place} is {shown(number)!r}: give a decimal number"
            yield Unusable(day.line, "300", "bad_number", detail, 1, shown(number))
        if empty:
            yield Missing(day.line, empty)
    return np.array(amounts, np.int64), np.array(usable, bool)


def _of_some_quality(
    days: Sequence[Day],
    count: int,
    usable: Mask,
    marks: tuple[Mark, ...],
    which: NDArray[np.uint16] | None,
) -> Generator[Found, None, Mask]:
    """Which intervals have a value and a quality."""
    places = np.zeros(len(usable), np.uint16) if which is None else which
    none = np.isin(places, [place for place, mark in enumerate(marks) if mark is NO_VALUE])
    unsaid = np.isin(places, [place for place, mark in enumerate(marks) if mark is NONE_SAID])
    for day, absent, silent in zip(
        days, _per_day(usable & none, count), _per_day(usable & unsaid, count), strict=True
    ):
        if absent.any():
            yield Missing(day.line, int(absent.sum()))
        if silent.any():
            number = int(silent.sum())
            detail = f"its quality is V, and no record 400 speaks of {number} of its intervals"
            yield Unusable(day.line, "300", "quality_range", detail, number)
    return usable & ~none & ~unsaid


def _not_negative(
    days: Sequence[Day], count: int, usable: Mask, amounts: Ints
) -> Generator[Found, None, Mask]:
    """Which intervals are not below zero."""
    negative = usable & (amounts < 0)
    for day, below in zip(days, _per_day(negative, count), strict=True):
        if below.any():
            some = ", ".join(str(place + 1) for place in np.flatnonzero(below)[:5])
            detail = (
                f"intervals {some} are below zero, which a channel of use or export has none of; "
                "--net takes them as energy that goes the other way"
            )
            yield Unusable(day.line, "300", "negative", detail, int(below.sum()))
    return usable & ~negative


def _per_day(mask: Mask, count: int) -> Mask:
    return mask.reshape(-1, count)
