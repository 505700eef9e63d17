"""NEM12: interval data of Australia's market, and NEM13 for what is read by hand.

AEMO, "Meter Data File Format Specification NEM12 & NEM13". Records are lines that begin with their
number: 200 a channel, 300 a day of it, 400 the quality of a part of the day before it; 250 is
NEM13's. Times are those of the market, UTC+10 all the year, and mark the end of an interval.

As files are: without 100 or 900, or with several; a day twice, of which the later update counts,
and of equal ones the later line; commas at the end, or too few of them; units in any case.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from contracts.meters import EXPORT_SUFFIX
from contracts.time import DAY_MS, MINUTE_MS
from exchange.amounts import all_thousandths
from exchange.formats.nem13 import MWH_PER_UNIT, QUALITIES, accumulation, mark_of, nmi_of
from exchange.formats.options import NONE, Options
from exchange.opening import BYTE_ORDER_MARK
from exchange.values import (
    Block,
    Found,
    Ints,
    Mark,
    Missing,
    NotImported,
    Remark,
    Seen,
    Unusable,
    shown,
)

MARKET_OFFSET_MIN = 600
USUAL_MINUTES = (5, 15, 30)
MINUTES_A_DAY = 1440

NO_READING = "N"
SEVERAL = "V"
"""The quality is said in records 400."""
FLAGS = frozenset("AEFNSV")


def is_nem12(begin: bytes) -> bool:
    """Whether content that begins so is of this format."""
    for line in begin.splitlines():
        fields = line.split(b",")
        if fields[0].strip():
            return (fields[0] == b"100" and fields[1:2] in ([b"NEM12"], [b"NEM13"])) or (
                fields[0] in (b"200", b"250") and len(fields) > 8
            )
    return False


@dataclass(frozen=True, slots=True)
class _Channel:
    """What a record 200 says."""

    name: str
    """NMI, suffix and unit, as the file has them."""
    meter_id: str | None
    """None: not imported."""
    minutes: int
    mwh_per_unit: int
    refused: str | None = None
    """Why nothing of it is taken: its NMI is wrong."""

    @property
    def intervals(self) -> int:
        """In a day."""
        return MINUTES_A_DAY // self.minutes


@dataclass(slots=True)
class _Day:
    """A record 300, which waits for its records 400."""

    line: int
    text: bytes
    midnight_ms: int
    amounts: Ints
    valued: NDArray[np.bool_]
    """Where there is a value."""
    quality: str
    reason: str
    version: int
    marks: list[Mark | None]
    """By the records 400, of each interval; empty unless the quality is V."""


def read(content: BinaryIO, options: Options = NONE) -> Iterator[Found]:
    """What a file says; nothing is raised for what is wrong in it."""
    return _Reader(options).read(content)


class _Reader:
    def __init__(self, options: Options) -> None:
        self._options = options
        offset = MARKET_OFFSET_MIN if options.offset_min is None else options.offset_min
        self._offset_ms = offset * MINUTE_MS
        self._channel: _Channel | None = None
        self._day: _Day | None = None
        self._unused_400 = False
        """What stands before is a 300 that cannot be used, so that its 400s cannot either."""
        self._midnights: dict[bytes, int | None] = {}
        self._steps: dict[int, Ints] = {}
        self._told: set[str] = set()

    def read(self, content: BinaryIO) -> Iterator[Found]:
        ended, number = True, 0
        for number, raw in enumerate(content, start=1):
            line = raw.strip(b"\r\n \t")
            if number == 1:
                line = line.removeprefix(BYTE_ORDER_MARK)
            head = line[:4]
            if head == b"300,":
                yield from self._flushed()
                yield from self._day_of(number, line)
            elif head == b"400,":
                yield from self._quality(number, line)
            else:
                yield from self._flushed()
                head = line.partition(b",")[0].strip()
                if head == b"200":
                    yield from self._channel_of(number, line)
                elif head == b"250":
                    yield from accumulation(number, line, self._offset_ms, self._options)
                elif head == b"900":
                    self._channel = None
                elif head not in (b"100", b"500", b"550") and line.strip(b", "):
                    yield from self._strange(number, line)
                if head in (b"100", b"200", b"250", b"900"):
                    ended = head == b"900"
                self._unused_400 = self._unused_400 and not head
        yield from self._flushed()
        if not ended:
            yield Remark(number, "900", "the file ends without a record 900: it may have been cut")

    def _strange(self, number: int, line: bytes) -> Iterator[Found]:
        """A line that is no record: what is left of one that was broken."""
        values = sum(1 for field in line.split(b",") if _is_number(field))
        yield Seen(values)
        detail = "no record begins so: a record stands on one line"
        yield Unusable(number, "", "record_cut", detail, values, shown(line))

    def _channel_of(self, number: int, line: bytes) -> Iterator[Found]:
        fields = [field.strip() for field in line.decode("utf-8", errors="replace").split(",")]
        fields += [""] * (10 - len(fields))
        nmi, suffix, unit = fields[1], fields[4].upper(), fields[7]
        name = f"{nmi} {suffix} {unit}".rstrip()
        self._unused_400 = False
        try:
            minutes = int(fields[8])
        except ValueError:
            minutes = 0
        if minutes <= 0 or MINUTES_A_DAY % minutes:
            detail = f"the interval length is {fields[8]!r}: give minutes that divide a day"
            yield Unusable(number, "200", "interval_count", detail, 0, shown(line))
            self._channel = _Channel(name, None, MINUTES_A_DAY, 1, refused=detail)
            return
        if minutes not in USUAL_MINUTES and f"length {minutes}" not in self._told:
            self._told.add(f"length {minutes}")
            yield Remark(number, "200", f"intervals of {minutes} min: 5, 15 or 30 are usual")
        meter, fault = nmi_of(nmi)
        if meter is None:
            yield Unusable(number, "200", "checksum", fault, 0, shown(line))
            self._channel = _Channel(name, None, minutes, 1, refused=fault)
            return
        factor = MWH_PER_UNIT.get(unit.upper())
        if factor is None or suffix[:1] not in ("E", "B"):
            self._channel = _Channel(name, None, minutes, 1)
            return
        self._channel = _Channel(name, self._meter_id(meter, suffix), minutes, factor)

    def _meter_id(self, nmi: str, suffix: str) -> str:
        ours = self._options.ours(nmi)
        if suffix[0] == "E":
            return ours if suffix in ("E1", "E") else f"{ours}:{suffix}"
        return f"{ours}{EXPORT_SUFFIX}" + ("" if suffix in ("B1", "B") else f":{suffix}")

    def _day_of(self, number: int, line: bytes) -> Iterator[Found]:
        channel = self._channel
        self._unused_400 = True
        if channel is None:
            values = _values_of(line)
            yield Seen(values)
            detail = "there is no record 200 before it that says whose day it is"
            yield Unusable(number, "300", "record_cut", detail, values, shown(line))
            return
        count = channel.intervals
        fields = line.split(b",", count + 2)
        rest = fields[count + 2].split(b",") if len(fields) == count + 3 else []
        flag = rest[0].strip().decode("ascii", errors="replace").upper() if rest else ""
        if flag[:1] not in FLAGS or not flag or fields[count + 1][:1].isalpha():
            yield from self._miscounted(number, line, channel)
            return
        yield Seen(count)
        if channel.refused is not None:
            yield Unusable(number, "300", "checksum", channel.refused, count, shown(line))
            return
        if channel.meter_id is None:
            yield NotImported(number, channel.name, count)
            self._unused_400 = False
            self._day = None
            return
        midnight_ms = self._midnight(fields[1])
        if midnight_ms is None:
            detail = f"the date is {shown(fields[1])!r}: a day looks like 20240131, since 1970"
            yield Unusable(number, "300", "bad_time", detail, count, shown(line))
            return
        numbers = fields[2 : count + 2]
        valued = np.ones(count, bool)
        amounts = all_thousandths(numbers, channel.mwh_per_unit)
        if amounts is None:
            amounts = np.zeros(count, np.int64)
            empty, wrong = 0, []
            for place, each in enumerate(numbers):
                one = all_thousandths([each], channel.mwh_per_unit)
                if one is not None:
                    amounts[place] = one[0]
                    continue
                valued[place] = False
                if each.strip():
                    wrong.append((place, each))
                else:
                    empty += 1
            if empty:
                yield Missing(number, empty)
            for place, each in wrong:
                detail = f"interval {place + 1} is {shown(each)!r}: give a decimal number"
                yield Unusable(number, "300", "bad_number", detail, 1, shown(line))
        rest += [b""] * (5 - len(rest))
        self._day = _Day(
            number,
            line,
            midnight_ms,
            amounts,
            valued,
            flag,
            rest[1].strip().decode("ascii", errors="replace"),
            int(rest[3]) if rest[3].isdigit() else 0,
            [None] * count if flag == SEVERAL else [],
        )
        self._unused_400 = False

    def _miscounted(self, number: int, line: bytes, channel: _Channel) -> Iterator[Found]:
        values = _values_of(line)
        yield Seen(values)
        if channel.meter_id is None and channel.refused is None:
            yield NotImported(number, channel.name, values)
            self._unused_400 = False
            return
        detail = (
            f"it has {values} values before its quality, and a day of {channel.minutes} min has "
            f"{channel.intervals}: record 200 and its days do not go together, or it was cut"
        )
        yield Unusable(number, "300", "interval_count", detail, values, shown(line))

    def _quality(self, number: int, line: bytes) -> Iterator[Found]:
        day, channel = self._day, self._channel
        if day is None:
            if channel is not None and channel.meter_id is None and not self._unused_400:
                return
            detail = "it speaks of a record 300 that cannot be used"
            yield Unusable(number, "400", "quality_range", detail, 0, shown(line))
            return
        fields = [field.strip() for field in line.decode("ascii", errors="replace").split(",")]
        fields += [""] * (5 - len(fields))
        first, last = (int(each) if each.isdigit() else 0 for each in fields[1:3])
        flag = fields[3].upper()
        if not 1 <= first <= last <= len(day.amounts):
            detail = f"intervals {fields[1]} to {fields[2]} are not of 1 to {len(day.amounts)}"
            yield Unusable(number, "400", "quality_range", detail, 0, shown(line))
        elif day.quality != SEVERAL:
            detail = f"the quality of its day is {day.quality}: only V says that records 400 follow"
            yield Unusable(number, "400", "quality_range", detail, 0, shown(line))
        elif flag[:1] not in QUALITIES and flag[:1] != NO_READING:
            detail = f"the quality is {fields[3]!r}: A, E, F, N or S is expected"
            yield Unusable(number, "400", "quality_range", detail, 0, shown(line))
        else:
            mark = _mark(flag, fields[4])
            for place in range(first - 1, last):
                day.marks[place] = mark

    def _flushed(self) -> Iterator[Found]:
        """The day that waited, now that no more records 400 follow."""
        day, channel = self._day, self._channel
        if day is None or channel is None or channel.meter_id is None:
            return
        self._day = None
        self._unused_400 = False
        count = len(day.amounts)
        usable = day.valued
        if day.quality == SEVERAL:
            marks = tuple(dict.fromkeys(mark for mark in day.marks if mark is not None))
            places = {mark: place for place, mark in enumerate(marks)}
            which = np.array([places.get(mark, 0) for mark in day.marks], np.uint16)
            said = np.array([mark is not None for mark in day.marks])
            unsaid = usable & ~said
            if unsaid.any():
                detail = f"no record 400 speaks of {int(unsaid.sum())} intervals of a day with V"
                yield Unusable(
                    day.line, "300", "quality_range", detail, int(unsaid.sum()), shown(day.text)
                )
            none = np.array([mark is _NO_READING for mark in day.marks])
            absent = usable & none
            usable = usable & said & ~none
        else:
            mark = _mark(day.quality, day.reason)
            marks, which = (mark,), None
            absent = usable if mark is _NO_READING else np.zeros(count, bool)
            usable = usable & ~absent
        if absent.any():
            yield Missing(day.line, int(absent.sum()))
        negative = usable & (day.amounts < 0)
        if negative.any() and not self._options.net:
            places_text = ", ".join(str(place + 1) for place in np.flatnonzero(negative)[:5])
            yield Unusable(
                day.line,
                "300",
                "negative",
                f"intervals {places_text} are below zero: a channel of use or of export has none; "
                "--net takes them as energy that goes the other way",
                int(negative.sum()),
                shown(day.text),
            )
            usable = usable & ~negative
        if not usable.any():
            return
        ends_ms = day.midnight_ms + self._step(channel.minutes)
        whole = bool(usable.all())
        yield Block(
            channel.meter_id,
            "electricity",
            channel.minutes * MINUTE_MS,
            ends_ms if whole else ends_ms[usable],
            day.amounts if whole else day.amounts[usable],
            np.full(int(usable.sum()), day.line, np.int64),
            marks,
            which if whole or which is None else which[usable],
            day.version,
        )

    def _step(self, minutes: int) -> Ints:
        if minutes not in self._steps:
            count = MINUTES_A_DAY // minutes
            self._steps[minutes] = np.arange(1, count + 1, dtype=np.int64) * (minutes * MINUTE_MS)
        return self._steps[minutes]

    def _midnight(self, day: bytes) -> int | None:
        if day not in self._midnights:
            if len(self._midnights) > 10_000:
                self._midnights.clear()
            self._midnights[day] = self._midnight_of(day)
        return self._midnights[day]

    def _midnight_of(self, day: bytes) -> int | None:
        text = day.strip()
        if len(text) != 8 or not text.isdigit():
            return None
        try:
            begin = datetime(int(text[:4]), int(text[4:6]), int(text[6:]), tzinfo=UTC)
        except ValueError:
            return None
        ms = int(begin.timestamp()) * 1000 - self._offset_ms
        return ms if 0 <= ms <= LAST_DAY_MS else None


LAST_DAY_MS = 4_102_444_800_000 - 2 * DAY_MS

_NO_READING = Mark("questionable", "N")
"""Stands for a value that there is none of; no block has it."""
_MARKS: dict[tuple[str, str], Mark] = {}


def _mark(flag: str, reason: str) -> Mark:
    if flag[:1] == NO_READING:
        return _NO_READING
    key = (flag, reason)
    if key not in _MARKS:
        if len(_MARKS) > 10_000:
            _MARKS.clear()
        _MARKS[key] = mark_of(flag, reason)
    return _MARKS[key]


def _is_number(field: bytes) -> bool:
    return all_thousandths([field], 1) is not None


def _values_of(line: bytes) -> int:
    """How many values a record 300 has: the fields between its date and its quality."""
    fields = line.split(b",")[2:]
    for place, field in enumerate(fields):
        if field.strip()[:1].isalpha():
            return place
    # Cut before its quality: what is a number.
    return sum(1 for field in fields if _is_number(field))
