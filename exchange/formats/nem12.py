"""NEM12: interval data of Australia's market, and NEM13 for what is read by hand.

AEMO, "Meter Data File Format Specification NEM12 & NEM13". Records are lines that begin with their
number: 200 a channel, 300 a day of it, 400 the quality of a part of the day before it; 250 is
NEM13's. Times are those of the market, UTC+10 all the year, and mark the end of an interval.

As files are: without 100 or 900, or with several; a day twice, of which the later update counts,
and of equal ones the later line; commas at the end, or too few of them; units in any case.
"""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import BinaryIO

from contracts.meters import EXPORT_SUFFIX
from contracts.reading import MAX_TS_MS
from contracts.time import DAY_MS, MINUTE_MS
from exchange.amounts import all_thousandths
from exchange.formats.nem12_days import NO_READING, SEVERAL, Channel, Day, found_in
from exchange.formats.nem13 import MWH_PER_UNIT, QUALITIES, accumulation, nmi_of, version_of
from exchange.formats.options import NONE, Options
from exchange.opening import BYTE_ORDER_MARK, TOO_LONG, is_too_long, lines
from exchange.values import Found, NotImported, Remark, Seen, Unusable, shown

MARKET_OFFSET_MIN = 600
USUAL_MINUTES = (5, 15, 30)
MINUTES_A_DAY = 1440

FLAGS = frozenset({*QUALITIES, NO_READING, SEVERAL})
PLACE = re.compile("[0-9]{1,4}")
"""An interval's place in its day."""
RUN_VALUES = 20_000
"""Days of a channel go on together up to so many values."""


def is_nem12(begin: bytes) -> bool:
    """Whether content that begins so is of this format."""
    for line in begin.splitlines():
        fields = line.split(b",")
        if fields[0].strip():
            return (fields[0] == b"100" and fields[1:2] in ([b"NEM12"], [b"NEM13"])) or (
                fields[0] in (b"200", b"250") and len(fields) > 8
            )
    return False


def read(content: BinaryIO, options: Options = NONE) -> Iterator[Found]:
    """What a file says; nothing is raised for what is wrong in it."""
    return _Reader(options).read(content)


class _Reader:
    def __init__(self, options: Options) -> None:
        self._options = options
        offset = MARKET_OFFSET_MIN if options.offset_min is None else options.offset_min
        self._offset_ms = offset * MINUTE_MS
        self._channel: Channel | None = None
        self._days: list[Day] = []
        self._last: Day | None = None
        """The day that records 400 are of."""
        self._unused_400 = False
        """What stands before is a 300 that cannot be used, so that its 400s cannot either."""
        self._midnights: dict[bytes, int | None] = {}
        self._told: set[str] = set()

    def read(self, content: BinaryIO) -> Iterator[Found]:
        ended, number = True, 0
        for number, raw in enumerate(lines(content), start=1):
            if is_too_long(raw):
                yield from self._too_long(number, raw)
                continue
            line = raw.strip(b"\r\n \t")
            if number == 1:
                line = line.removeprefix(BYTE_ORDER_MARK)
            head = line[:4]
            if head == b"300,":
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

    def _too_long(self, number: int, line: bytes) -> Iterator[Found]:
        yield from self._flushed()
        head = line.partition(b",")[0].strip()
        if head == b"200":
            self._channel = None
        self._unused_400 = True
        values = _values_of(line) if head == b"300" else 0
        yield Seen(values)
        record = head[:3].decode("ascii", errors="replace")
        yield Unusable(number, record, "record_cut", TOO_LONG, values, shown(line))

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
            self._channel = Channel(name, None, MINUTES_A_DAY, 1, refused=detail)
            return
        if minutes not in USUAL_MINUTES and f"length {minutes}" not in self._told:
            self._told.add(f"length {minutes}")
            yield Remark(number, "200", f"intervals of {minutes} min: 5, 15 or 30 are usual")
        meter, fault = nmi_of(nmi)
        if meter is None:
            yield Unusable(number, "200", "checksum", fault, 0, shown(line))
            self._channel = Channel(name, None, minutes, 1, refused=fault)
            return
        factor = MWH_PER_UNIT.get(unit.upper())
        if factor is None or suffix[:1] not in ("E", "B"):
            self._channel = Channel(name, None, minutes, 1)
            return
        self._channel = Channel(name, self._meter_id(meter, suffix), minutes, factor)

    def _meter_id(self, nmi: str, suffix: str) -> str:
        ours = self._options.ours(nmi)
        if suffix[0] == "E":
            return ours if suffix in ("E1", "E") else f"{ours}:{suffix}"
        return f"{ours}{EXPORT_SUFFIX}" + ("" if suffix in ("B1", "B") else f":{suffix}")

    def _day_of(self, number: int, line: bytes) -> Iterator[Found]:
        channel = self._channel
        self._last, self._unused_400 = None, True
        if channel is None:
            values = _values_of(line)
            yield Seen(values)
            detail = "there is no record 200 before it that says whose day it is"
            yield Unusable(number, "300", "record_cut", detail, values, shown(line))
            return
        count = channel.intervals
        fields = line.split(b",", count + 2)
        rest = fields[count + 2].split(b",") if len(fields) == count + 3 else [b""]
        flag = rest[0].strip().decode("ascii", errors="replace").upper()
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
            return
        midnight_ms = self._midnight(fields[1])
        if midnight_ms is None:
            detail = f"the date is {shown(fields[1])!r}: a day looks like 20240131, since 1970"
            yield Unusable(number, "300", "bad_time", detail, count, shown(line))
            return
        rest += [b""] * (5 - len(rest))
        day = Day(
            number,
            midnight_ms,
            fields[2 : count + 2],
            flag,
            rest[1].strip().decode("ascii", errors="replace"),
            version_of(rest[3].decode("ascii", errors="replace")),
            [None] * count if flag == SEVERAL else [],
        )
        if self._days and (
            midnight_ms <= self._days[-1].midnight_ms or len(self._days) * count >= RUN_VALUES
        ):
            yield from self._flushed()
        self._days.append(day)
        self._last, self._unused_400 = day, False

    def _miscounted(self, number: int, line: bytes, channel: Channel) -> Iterator[Found]:
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
        day, channel = self._last, self._channel
        if day is None:
            if channel is not None and channel.meter_id is None and not self._unused_400:
                return
            detail = "it speaks of a record 300 that cannot be used"
            yield Unusable(number, "400", "quality_range", detail, 0, shown(line))
            return
        fields = [field.strip() for field in line.decode("ascii", errors="replace").split(",")]
        fields += [""] * (5 - len(fields))
        first, last = (int(each) if PLACE.fullmatch(each) else 0 for each in fields[1:3])
        flag, count = fields[3].upper(), len(day.numbers)
        if not 1 <= first <= last <= count:
            detail = f"intervals {shown(fields[1])} to {shown(fields[2])} are not of 1 to {count}"
        elif day.flag != SEVERAL:
            detail = f"the quality of its day is {day.flag}: only V says that records 400 follow"
        elif flag[:1] not in QUALITIES and flag[:1] != NO_READING:
            detail = f"the quality is {fields[3]!r}: A, E, F, N or S is expected"
        else:
            day.said[first - 1 : last] = [(flag, fields[4])] * (last - first + 1)
            return
        yield Unusable(number, "400", "quality_range", detail, 0, shown(line))

    def _flushed(self) -> Iterator[Found]:
        """The days that waited for their like."""
        channel, days = self._channel, self._days
        if not days or channel is None or channel.meter_id is None:
            return
        self._days, self._last = [], None
        yield from found_in(days, channel, self._options.net)

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


LAST_DAY_MS = MAX_TS_MS - 2 * DAY_MS


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
