"""Tables: rows of text with a line of headings, read by a mapping.

What stands before the headings is passed over, and so are rows without an amount and a time, and
those of sums, by the words that the mapping has for them. Rows of a meter go on in time, or go
back; that says which of both a time is that clocks repeat. Amounts are never guessed: an empty cell
is no zero, and a row that is not there is none.
"""

import io
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from decimal import Decimal
from itertools import islice
from operator import attrgetter
from zoneinfo import ZoneInfo

from contracts.meters import EXPORT_SUFFIX
from contracts.time import HOUR_MS, MINUTE_MS
from exchange.amounts import thousandths
from exchange.errors import FileRefused, UnusableError
from exchange.formats.mapping import Mapping, Value
from exchange.formats.options import CALORIFIC, NET, NONE, OFFSET, ZONE, Options
from exchange.formats.rows import rows
from exchange.opening import BEGIN, Source, encodings_of, lines
from exchange.settling import Interval, registers, settled
from exchange.times import LocalTimes, TimeError, epoch_ms
from exchange.units import LITRES_PER_UNIT, MJ_PER_UNIT, WH_PER_UNIT
from exchange.values import (
    MEASURED,
    Found,
    Mark,
    Missing,
    NotImported,
    Seen,
    Unusable,
    shown,
)

WINDOW = 50_000
"""So many amounts are in memory at once; of two rows that say something else of one interval both
are left out only if they are."""
LENGTH = re.compile(r"(?:PT)?([0-9]{1,6})\s*(H|M|MIN|MINUTES?|HOURS?)?", re.IGNORECASE)
HOUR = re.compile("[0-9]{1,2}")
THOUSANDS = re.compile(r"-?[1-9]\d{0,2}(,\d{3})+(\.\d*)?")
NO_AMOUNT = frozenset({"", "-", "null", "none", "nan", "unavailable", "unknown"})
UNITS = {unit.lower(): unit for unit in (*WH_PER_UNIT, *LITRES_PER_UNIT, *MJ_PER_UNIT, "W", "kW")}
UNITS |= {"m³": "m3", "kwh)": "kWh"}
RECORD = "row"
ONE = Decimal(1)
HEADINGS_WITHIN = 100
"""Rows; what stands before them is passed over."""


def uses(mapping: Mapping) -> frozenset[str]:
    """What a person may tell of tables of a mapping."""
    zone = () if mapping.time.zone is not None else (ZONE, OFFSET)
    gas = any(value.commodity == "gas" for value in mapping.values)
    return frozenset({NET, *zone, *([CALORIFIC] if gas else [])})


def fits(begin: bytes, mapping: Mapping) -> bool:
    """Whether content that begins so has the headings of a mapping."""
    return _encoding(begin, mapping) is not None


def read(source: Source, mapping: Mapping, options: Options = NONE) -> Iterator[Found]:
    """What a table says.

    Raises:
        FileRefused: it has no such headings, names no meter and none is told, or its times are
            local and nobody says where.
    """
    with source.open() as content:
        begin = content.read(BEGIN)
    encoding = _encoding(begin, mapping) or encodings_of(begin, mapping.encoding)[0]
    with source.open() as content:
        text = io.TextIOWrapper(content, encoding, errors="replace", newline="")
        table = _Table(source.name, mapping, options)
        yield from table.read(lines(text))


def _encoding(begin: bytes, mapping: Mapping) -> str | None:
    """The encoding in which content that begins so has the headings; None if it has them in none.
    A byte that is in none, further down, is no reason to take another one."""
    for encoding in encodings_of(begin, mapping.encoding):
        text = io.StringIO(begin.decode(encoding, "replace"), newline="")
        first = islice(rows(text, mapping.delimiter), HEADINGS_WITHIN)
        if any(not isinstance(row, str) and _has_headings(row, mapping) for _, row in first):
            return encoding
    return None


@dataclass(frozen=True, slots=True)
class _Said:
    """One amount of a row, before its time is known."""

    line: int
    value: Value
    meter_id: str
    label: str
    amount: int
    per_hour: bool
    mark: Mark
    cells: Sequence[str]


Labelled = dict[str, list[Interval]]
"""By the word for the flow, of which there may be one for each tariff."""
Parts = dict[tuple[str, Value], Labelled]
"""Of each meter."""


@dataclass(slots=True)
class _Clock:
    """Times of one row of values, one column after the other."""

    begin: LocalTimes | None
    end: LocalTimes | None


class _Table:
    def __init__(self, name: str, mapping: Mapping, options: Options) -> None:
        self._name, self._mapping, self._options = name, mapping, options
        zone = mapping.time.zone
        self._zone: tzinfo | None = options.zone if zone is None else ZoneInfo(zone)
        self._places: dict[str, int] = {}
        self._clocks: dict[tuple[str, str], _Clock] = {}
        self._last = 0
        """Place of the last column that is needed."""
        self._values: list[Value] = []
        self._days: dict[datetime, tuple[int, int]] = {}
        self._held: Parts = {}
        """What was said last, of which the next rows may say another part."""

    def read(self, written: Iterator[str]) -> Iterator[Found]:
        window: list[_Said] = []
        for line, row in rows(written, self._mapping.delimiter):
            if not self._places:
                if not isinstance(row, str) and _has_headings(row, self._mapping):
                    self._places = _places(row)
                    self._values = self._those_there()
                continue
            if isinstance(row, str):
                yield Seen(len(self._values))
                yield Unusable(line, RECORD, "record_cut", row, len(self._values))
                continue
            if not any(cell.strip() for cell in row) or _has_headings(row, self._mapping):
                continue
            for found in self._row(line, row):
                if isinstance(found, _Said):
                    window.append(found)
                else:
                    yield found
            if len(window) >= WINDOW:
                yield from self._settled(window, goes_on=True)
                window = []
        if not self._places:
            raise FileRefused(
                f"{self._name}: no line has the headings {', '.join(self._mapping.headings)}, as "
                f"the mapping {self._mapping.name!r} says"
            )
        yield from self._settled(window, goes_on=False)

    def _those_there(self) -> list[Value]:
        """The mapping's amounts that this file has.

        Raises:
            FileRefused: a column is missing, or it has to be told whose meter it is, or where.
        """
        mapping = self._mapping
        said = mapping.time
        times = [column for each in (said.begin, said.end, said.at) for column in each or ()]
        needed = [*times, *filter(None, (said.hour, said.length, mapping.meter))]
        needed += [each.column for each in (mapping.flow, mapping.quality) if each is not None]
        values = []
        for value in mapping.values:
            its = [*value.columns, *filter(None, [value.unit_column])]
            if not value.optional or all(_key(each) in self._places for each in its):
                values.append(value)
                needed += its
        absent = [each for each in needed if _key(each) not in self._places]
        if absent or not values:
            raise FileRefused(
                f"{self._name}: has no column {' or '.join(absent) or 'with amounts'}, which the "
                f"mapping {mapping.name!r} reads"
            )
        if mapping.meter is None and self._options.meter is None:
            raise FileRefused(f"{self._name}: names no meter: say whose it is, --meter")
        if said.format != "iso" and "%z" not in said.format and self._zone is None:
            raise FileRefused(
                f"{self._name}: times are local: say where, --zone Europe/Paris or --zone +01:00"
            )
        self._last = max(self._places[_key(each)] for each in needed)
        return values

    def _row(self, line: int, row: Sequence[str]) -> Iterator[Found | _Said]:
        mapping, count = self._mapping, len(self._values)
        said = mapping.time
        columns = [*(said.begin or ()), *(said.end or ()), *(said.at or ())]
        if any(cell.strip() in mapping.totals for cell in row):
            return
        if not any(self._cell(row, column) for column in columns):
            if amounts := sum(self._is_said(row, value) for value in self._values):
                yield Seen(amounts)
                detail = "it has no time; if it is a sum, name a word of it: totals in the mapping"
                text = shown(mapping.delimiter.join(row))
                yield Unusable(line, RECORD, "bad_time", detail, amounts, text)
            return
        yield Seen(count)
        if len(row) <= self._last:
            detail = f"it ends after {len(row)} cells, and the headings go on: it was cut"
            text = shown(mapping.delimiter.join(row))
            yield Unusable(line, RECORD, "record_cut", detail, count, text)
            return
        try:
            meter_id, label, export = self._meter(row)
        except UnusableError as wrong:
            text = shown(mapping.delimiter.join(row))
            yield Unusable(line, RECORD, wrong.reason, str(wrong), count, text)
            return
        for value in self._values:
            try:
                found = self._amount(row, value)
            except UnusableError as wrong:
                text = shown(mapping.delimiter.join(row))
                yield Unusable(line, RECORD, wrong.reason, str(wrong), 1, text)
                continue
            if found is None:
                yield Missing(line, 1)
                continue
            if isinstance(found, str):
                yield NotImported(line, f"{', '.join(value.columns)} {shown(found)}", 1)
                continue
            amount, mark = found
            name = meter_id
            if value.commodity != self._values[0].commodity:
                name += f":{value.commodity}"
            if value.export or export:
                name += EXPORT_SUFFIX
            per_hour = value.kind == "power"
            yield _Said(line, value, name, label, amount, per_hour, mark, row)

    def _is_said(self, row: Sequence[str], value: Value) -> bool:
        """Whether there is an amount in a row."""
        try:
            for column in value.columns:
                thousandths(_plain_number(self._cell(row, column), self._mapping), ONE)
        except ValueError:
            return False
        return True

    def _meter(self, row: Sequence[str]) -> tuple[str, str, bool]:
        """Whose a row is, its flow as it is written, and whether that is export."""
        mapping, options = self._mapping, self._options
        theirs = self._cell(row, mapping.meter) if mapping.meter is not None else ""
        meter_id = options.whose(theirs)
        if not meter_id:
            raise UnusableError("unknown_meter", "it names no meter: say --meter")
        if mapping.flow is None:
            return meter_id, "", False
        label = self._cell(row, mapping.flow.column)
        if label in mapping.flow.export:
            return meter_id, label, True
        if label in mapping.flow.use:
            return meter_id, label, False
        known = ", ".join((*mapping.flow.use, *mapping.flow.export))
        raise UnusableError(
            "not_this_format", f"{mapping.flow.column} is {shown(label)!r}: {known} are known"
        )

    def _amount(self, row: Sequence[str], value: Value) -> tuple[int, Mark] | str | None:
        """Thousandths; the unit, if it is none of ours; None if there is no amount."""
        mapping, amount = self._mapping, 0
        mark = MEASURED
        if mapping.quality is not None:
            word = self._cell(row, mapping.quality.column)
            quality = mapping.quality.words.get(word)
            if quality == "missing":
                return None
            if quality is None:
                column, known = mapping.quality.column, ", ".join(mapping.quality.words)
                raise UnusableError(
                    "quality_range", f"{column} is {shown(word)!r}: {known} are known"
                )
            if quality != "measured":
                mark = Mark(quality, word or None)
        texts = [self._cell(row, column) for column in value.columns]
        if any(each.lower() in NO_AMOUNT or each in mapping.missing for each in texts):
            return None
        unit = value.unit or self._cell(row, value.unit_column or "")
        per_unit = self._per_unit(unit, value)
        if per_unit is None:
            return unit
        for text in texts:
            try:
                amount += thousandths(_plain_number(text, mapping), per_unit)
            except ValueError:
                raise UnusableError("bad_number", f"{shown(text)!r} is no number") from None
        if amount < 0 and not self._options.net:
            amounts = shown(", ".join(texts))
            raise UnusableError("negative", f"{amounts}: below zero only with --net")
        return amount, mark

    def _per_unit(self, unit: str, value: Value) -> Decimal | None:
        name = UNITS.get(unit.lower(), unit)
        if value.kind == "power":
            return {"W": Decimal(1000), "kW": Decimal(1_000_000)}.get(name)
        if value.commodity == "electricity":
            wh = WH_PER_UNIT.get(name)
            return None if wh is None else wh * 1000
        if name in LITRES_PER_UNIT:
            return LITRES_PER_UNIT[name] * 1000
        if value.commodity == "gas" and name in MJ_PER_UNIT:
            calorific = self._options.calorific_mj_per_m3
            if calorific is None:
                raise UnusableError(
                    "unit_needs_conversion",
                    f"gas is counted in litres, and this is {name}: say --calorific, in MJ per m3",
                )
            return MJ_PER_UNIT[name] / calorific * 1_000_000
        return None

    def _settled(self, window: Sequence[_Said], *, goes_on: bool) -> Iterator[Found]:
        """Rows whose times are worked out together; of those that others follow, the last time of
        each meter waits for them."""
        by_column: dict[tuple[str, str], list[_Said]] = {}
        for each in window:
            by_column.setdefault((each.meter_id, each.label), []).append(each)
        intervals, self._held = self._held, {}
        for key, said in by_column.items():
            for each in said:
                try:
                    interval = self._interval(each, self._clock(key, said))
                except TimeError as wrong:
                    yield Unusable(each.line, RECORD, wrong.reason, str(wrong), 1)
                    continue
                its = intervals.setdefault((each.meter_id, each.value), {})
                its.setdefault(each.label, []).append(interval)
        if goes_on:
            for meter, labelled in intervals.items():
                intervals[meter], self._held[meter] = _parted(labelled)
        for (meter_id, value), labelled in intervals.items():
            joined = _joined(labelled)
            # Parts of one value, such as those of two tariffs, are one.
            yield Seen(len(joined) - sum(map(len, labelled.values())))
            if value.kind == "register":
                yield from registers(meter_id, value.commodity, joined, RECORD)
            else:
                yield from settled(meter_id, value.commodity, joined, RECORD)

    def _clock(self, key: tuple[str, str], said: Sequence[_Said]) -> _Clock:
        if key not in self._clocks:
            first, last = self._first_time(said[0].cells), self._first_time(said[-1].cells)
            backwards = first is not None and last is not None and last < first
            clocks = [
                LocalTimes(self._zone, backwards=backwards) if self._zone else None
                for _ in range(2)
            ]
            self._clocks[key] = _Clock(*clocks)
        return self._clocks[key]

    def _first_time(self, row: Sequence[str]) -> datetime | None:
        said = self._mapping.time
        try:
            return self._time(row, said.begin or said.end or said.at or []).replace(tzinfo=None)
        except TimeError:
            return None

    def _interval(self, said: _Said, clock: _Clock) -> Interval:
        rule, row = self._mapping.time, said.cells
        length_ms = self._mapping.length_ms
        if rule.length is not None:
            length_ms = _length_ms(self._cell(row, rule.length))
        if rule.at is not None:
            at_ms = _instant_ms(self._time(row, rule.at), clock.begin)
            return Interval(at_ms, at_ms, said.amount, said.line, said.mark)
        begin_ms = end_ms = 0
        if rule.hour is not None:
            number = self._cell(row, rule.hour).partition(":")[0]
            if not HOUR.fullmatch(number) or not 1 <= int(number) <= 25:
                raise TimeError("bad_time", f"the hour is {shown(number)!r}: 1 to 25 are")
            day = self._time(row, rule.begin or [])
            midnight_ms, hours = self._day(day)
            if int(number) > hours:
                raise TimeError("no_such_time", f"{day:%Y-%m-%d} has no hour {number}, but {hours}")
            end_ms = midnight_ms + int(number) * HOUR_MS
            begin_ms = end_ms - HOUR_MS
        else:
            if rule.begin is not None:
                begin_ms = _instant_ms(self._time(row, rule.begin), clock.begin)
            if rule.end is not None and (length_ms is None or rule.begin is None):
                end = self._time(row, rule.end)
                if rule.last_minute:
                    # The minute is there twice or not at all wherever its interval's begin is.
                    length_ms = _minutes_ms(self._time(row, rule.begin or []), end)
                else:
                    end_ms = _instant_ms(end, clock.end)
            if rule.begin is None:
                begin_ms = end_ms - (length_ms or 0)
            elif length_ms is not None:
                end_ms = begin_ms + length_ms
        amount = said.amount
        if said.per_hour:
            amount = (2 * amount * (end_ms - begin_ms) + HOUR_MS) // (2 * HOUR_MS)
        return Interval(begin_ms, end_ms, amount, said.line, said.mark)

    def _day(self, midnight: datetime) -> tuple[int, int]:
        """When a day begins, and how many hours it has."""
        if midnight not in self._days:
            try:
                both = [midnight, midnight + timedelta(days=1)]
            except OverflowError:
                raise TimeError("bad_time", f"{midnight} is the last day of calendars") from None
            # Neither of them follows the other one's clock.
            clocks = [LocalTimes(self._zone) if self._zone else None for _ in both]
            begin_ms, end_ms = map(_instant_ms, both, clocks)
            self._days[midnight] = begin_ms, (end_ms - begin_ms) // HOUR_MS
        return self._days[midnight]

    def _time(self, row: Sequence[str], columns: Sequence[str]) -> datetime:
        text = " ".join(self._cell(row, column) for column in columns)
        form = self._mapping.time.format
        try:
            if form == "iso":
                return datetime.fromisoformat(text)
            if "%H" in form and re.search(r"\b24:00", text):
                # The end of a day.
                whole = datetime.strptime(re.sub(r"\b24:00", "00:00", text), form)
                return whole + timedelta(days=1)
            return datetime.strptime(text, form)
        except (ValueError, OverflowError):
            example = "2024-01-31T09:30:00+01:00" if form == "iso" else form
            raise TimeError("bad_time", f"the time is {shown(text)!r}: {example} is read") from None

    def _cell(self, row: Sequence[str], column: str) -> str:
        place = self._places.get(_key(column))
        if place is None or place >= len(row):
            return ""
        text = row[place].strip()
        # What keeps a spreadsheet from taking a long number for one.
        return text[2:-1] if text.startswith('="') and text.endswith('"') else text


def _instant_ms(time: datetime, clock: LocalTimes | None) -> int:
    try:
        if time.tzinfo is not None:
            return epoch_ms(time.astimezone(UTC))
        if clock is None:
            raise TimeError("ambiguous_time", f"{time} says no offset: say where, --zone")
        return clock.at_ms(time)
    except OverflowError:
        raise TimeError("bad_time", f"{time} is beyond what calendars have") from None


def _minutes_ms(begin: datetime, last: datetime) -> int:
    """From a minute up to and with another one, of the same day or the next."""
    minutes = (last.replace(tzinfo=None) - begin.replace(tzinfo=None)) // timedelta(minutes=1)
    return (minutes % 1440 + 1) * MINUTE_MS


def _length_ms(text: str) -> int:
    match = LENGTH.fullmatch(text.strip())
    if match is None:
        raise TimeError("bad_time", f"the length is {shown(text)!r}: PT30M, 30min or 30 is read")
    hours = (match[2] or "M").upper().startswith("H")
    return int(match[1]) * (HOUR_MS if hours else MINUTE_MS)


def _parted(labelled: Labelled) -> tuple[Labelled, Labelled]:
    """What is said of all times but the last one of the file so far, and what is of that one."""
    last = max((each for its in labelled.values() for each in its), key=attrgetter("line"))
    time = (last.begin_ms, last.end_ms)
    before: Labelled = {}
    held: Labelled = {}
    for label, its in labelled.items():
        for each in its:
            part = held if (each.begin_ms, each.end_ms) == time else before
            part.setdefault(label, []).append(each)
    return before, held


def _joined(labelled: dict[str, list[Interval]]) -> list[Interval]:
    """Intervals of all labels, those of the same time added up."""
    if len(labelled) == 1:
        return next(iter(labelled.values()))
    every = [each for its in labelled.values() for each in its]
    times = Counter((each.begin_ms, each.end_ms) for each in every)
    own = [Counter((each.begin_ms, each.end_ms) for each in its) for its in labelled.values()]
    joined: list[Interval] = []
    sums: dict[tuple[int, int], Interval] = {}
    for each in every:
        time = (each.begin_ms, each.end_ms)
        if times[time] == 1 or any(counts[time] > 1 for counts in own):
            joined.append(each)
            continue
        before = sums.get(time)
        if before is None:
            sums[time] = each
            continue
        mark = before.mark if before.mark != MEASURED else each.mark
        amount = before.amount + each.amount
        sums[time] = Interval(each.begin_ms, each.end_ms, amount, before.line, mark)
    return [*joined, *sums.values()]


def _plain_number(text: str, mapping: Mapping) -> str:
    """A number as Python reads it: without the sign of a currency or unit, and of thousands.

    Raises:
        ValueError: the sign of thousands is there, and the mapping does not say that it may be, or
            it stands where no thousands are: 0,123 is another number in each country.
    """
    bare = text.strip().strip("€$£").strip().replace(" ", "").replace(" ", "")
    if mapping.decimal == ",":
        bare = bare.translate(str.maketrans(",.", ".,"))
    if "," in bare:
        if not mapping.thousands or not THOUSANDS.fullmatch(bare):
            raise ValueError(f"{text!r} is no number")
        bare = bare.replace(",", "")
    return bare


def _key(heading: str) -> str:
    name, sign, number = heading.strip().strip("\ufeff").casefold().partition("#")
    return f"{name.strip()}#{number if sign else 1}"


def _places(row: Sequence[str]) -> dict[str, int]:
    """Where each heading is; the second of a name is `name#2`."""
    seen: Counter[str] = Counter()
    places = {}
    for place, heading in enumerate(row):
        name = heading.strip().strip("\ufeff").casefold()
        seen[name] += 1
        places[f"{name}#{seen[name]}"] = place
    return places


def _has_headings(row: Sequence[str], mapping: Mapping) -> bool:
    places = _places(row)
    return all(_key(each) in places for each in mapping.headings)
