"""MSCONS: meter readings and load profiles of Germany's market, a message of UN/EDIFACT.

The five signs that have a meaning are said by UNA, so the decimal mark is `.` or `,`. A message has
metering points (LOC+172), their channels (PIA, an OBIS code) and the quantities of these (QTY),
each with its times (DTM, which say their offset). UNT says how many segments a message has: one
that has not, was cut, and none of it is used.

A point's load profile, its registers and the energies between two readings are three meters here:
each counts the same energy in a way of its own.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import BinaryIO

from contracts.reading import Quality
from exchange.amounts import thousandths
from exchange.errors import UnusableError
from exchange.formats.mscons_codes import Kind, Tariffs, code_of, named, together
from exchange.formats.options import NONE, Options
from exchange.settling import Interval, registers, settled
from exchange.times import epoch_ms
from exchange.units import WH_PER_UNIT
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

PIECE = 2**18
UNA_LENGTH = 9
UNITS = {"KWH": "kWh", "WHR": "Wh", "MWH": "MWh"}
QUALITIES: dict[str, Quality] = {
    "220": "measured",
    "67": "substituted",
    "187": "estimated",
    "201": "estimated",
    "79": "edited",
}
NO_VALUE = frozenset({"20"})
"""The quantity is not usable, says its sender."""
BEGIN, END, AT = "163", "164", "9"
RECORD = "QTY"
LONGEST_SEGMENT = 2**16


def is_mscons(begin: bytes) -> bool:
    """Whether content that begins so is of this format."""
    return begin.lstrip()[:3] in (b"UNA", b"UNB", b"UNH") and b"MSCONS" in begin


@dataclass(frozen=True, slots=True)
class Signs:
    """The signs that have a meaning, as UNA says them."""

    component: str = ":"
    element: str = "+"
    decimal: str = "."
    release: str = "?"
    terminator: str = "'"


def _segments(content: BinaryIO) -> Iterator[tuple[int, str, Signs]]:
    """Each segment with its number and the signs it is written with."""
    signs, rest, number = Signs(), "", 0
    first = True
    while True:
        raw = content.read(PIECE)
        rest += raw.decode("latin-1")
        if first:
            rest = rest.lstrip("\ufeffï»¿\r\n \t")
            if raw and len(rest) < UNA_LENGTH:
                continue
            if rest.startswith("UNA") and len(rest) >= UNA_LENGTH:
                signs = Signs(rest[3], rest[4], rest[5], rest[6], rest[8])
                rest = rest[UNA_LENGTH:]
            first = False
        *whole, rest = _split(rest, signs.terminator, signs.release)
        for text in whole:
            if text := text.strip("\r\n "):
                number += 1
                yield number, text, signs
        if not raw:
            break
        if len(rest) > LONGEST_SEGMENT:
            number += 1
            yield number, rest, signs
            rest = ""
    if rest.strip():
        yield number + 1, rest.strip(), signs


def _split(text: str, separator: str, release: str) -> list[str]:
    """Parts between separators, but for those behind a release sign, which stays."""
    if release == " " or release not in text:
        return text.split(separator)
    parts, held = [], ""
    for part in text.split(separator):
        held += part
        released = len(held) - len(held.rstrip(release))
        if released % 2:
            held += separator
            continue
        parts.append(held)
        held = ""
    if held:
        # What stands behind the last release sign is not there yet.
        parts.append(held.removesuffix(separator))
    return parts


@dataclass(slots=True)
class _Quantity:
    """A QTY with what the segments after it say."""

    segment: int
    text: str
    qualifier: str
    number: str
    unit: str
    times: dict[str, tuple[str, str]] = field(default_factory=dict)
    """Value and format, by qualifier."""
    status: str = ""


@dataclass(slots=True)
class _Channel:
    """What a PIA says, at a metering point."""

    segment: int
    point: str
    code: str
    quantities: list[_Quantity] = field(default_factory=list)


@dataclass(slots=True)
class _Message:
    segments: int = 0
    point: str = ""
    channels: list[_Channel] = field(default_factory=list)


def read(content: BinaryIO, options: Options = NONE) -> Iterator[Found]:
    """What a file says; `line` of what is found is the number of a segment, UNA not counted."""
    message: _Message | None = None
    number = 0
    for number, text, signs in _segments(content):
        elements = [
            [_plain(each, signs) for each in _split(element, signs.component, signs.release)]
            for element in _split(text, signs.element, signs.release)
        ]
        tag = elements[0][0]
        if tag == "UNH":
            if message is not None:
                yield from _cut(message, number, "another message begins before its UNT")
            message = _Message()
        if message is None:
            if tag not in ("UNB", "UNZ"):
                detail = "it stands in no message: one begins with UNH"
                yield Unusable(number, tag[:6], "not_this_format", detail, 0, shown(text))
            continue
        message.segments += 1
        if tag == "UNT":
            told = _at(elements, 1)
            if told != str(message.segments):
                detail = f"UNT says {told} segments, and it has {message.segments}"
                yield from _cut(message, number, detail)
            else:
                yield from _found(message, options, signs)
            message = None
        else:
            _note(message, number, text, elements)
    if message is not None:
        yield from _cut(message, number, "the file ends before its UNT")


def _note(message: _Message, number: int, text: str, elements: list[list[str]]) -> None:
    tag = elements[0][0]
    if tag == "LOC" and _at(elements, 1) == "172":
        message.point = _at(elements, 2)
    elif tag == "LIN":
        message.channels.append(_Channel(number, message.point, ""))
    elif tag == "PIA" and message.channels:
        message.channels[-1].code = ":".join(elements[2]) if len(elements) > 2 else ""
        message.channels[-1].point = message.point
    elif tag == "QTY":
        if not message.channels:
            message.channels.append(_Channel(number, message.point, ""))
        its = [*elements[1], "", "", ""] if len(elements) > 1 else ["", "", ""]
        message.channels[-1].quantities.append(_Quantity(number, text, its[0], its[1], its[2]))
    elif tag in ("DTM", "STS") and message.channels and message.channels[-1].quantities:
        quantity = message.channels[-1].quantities[-1]
        if tag == "STS":
            quantity.status = elements[-1][0]
        else:
            its = [*elements[1], "", "", ""] if len(elements) > 1 else ["", "", ""]
            quantity.times[its[0]] = (its[1], its[2])


def _cut(message: _Message, number: int, detail: str) -> Iterator[Found]:
    values = sum(len(channel.quantities) for channel in message.channels)
    yield Seen(values)
    yield Unusable(number, "UNT", "record_cut", detail, values)


def _found(message: _Message, options: Options, signs: Signs) -> Iterator[Found]:
    meters: dict[tuple[str, Kind], Tariffs] = {}
    for channel in message.channels:
        quantities = channel.quantities
        if not quantities:
            continue
        yield Seen(len(quantities))
        code = code_of(channel.code)
        if code is None:
            name = f"{channel.point} {channel.code}".strip()
            yield NotImported(channel.segment, name, len(quantities))
            continue
        point = options.whose(channel.point)
        if not point:
            detail = "no LOC+172 says whose it is: say --meter"
            yield Unusable(channel.segment, "LIN", "unknown_meter", detail, len(quantities))
            continue
        for quantity in quantities:
            kind = code.kind_of(is_span=BEGIN in quantity.times)
            tariffs = meters.setdefault((code.meter_id(point, kind), kind), {})
            tariff = tariffs.setdefault(code.tariff, [])
            if quantity.qualifier in NO_VALUE or not quantity.number:
                yield Missing(quantity.segment, 1)
                continue
            try:
                tariff.append(_interval(quantity, options, signs, is_span=kind != "register"))
            except UnusableError as wrong:
                text = shown(quantity.text)
                yield Unusable(quantity.segment, RECORD, wrong.reason, str(wrong), 1, text)
    for (meter_id, kind), tariffs in meters.items():
        whole = yield from together(tariffs, meter_id, RECORD)
        settle = registers if kind == "register" else settled
        yield from settle(named(meter_id, tariffs), "electricity", whole, RECORD)


def _interval(quantity: _Quantity, options: Options, signs: Signs, *, is_span: bool) -> Interval:
    """A quantity with its times; a register's begin and end are the same."""
    quality = QUALITIES.get(quantity.qualifier)
    if quality is None:
        known = ", ".join(QUALITIES)
        raise UnusableError("quality_range", f"qualifier {quantity.qualifier}: {known} are known")
    unit = UNITS.get(quantity.unit.upper()) or options.unit
    if quantity.unit and quantity.unit.upper() not in UNITS:
        raise UnusableError("unknown_unit", f"unit {quantity.unit}: {', '.join(UNITS)} are known")
    if unit is None:
        raise UnusableError("unknown_unit", "it has no unit: say --unit")
    try:
        number = quantity.number
        if signs.decimal != ".":
            number = number.replace(".", "_").replace(signs.decimal, ".")
        amount = thousandths(number, WH_PER_UNIT[unit] * 1000)
    except ValueError:
        raise UnusableError("bad_number", f"{quantity.number!r} is no number") from None
    if amount < 0 and not options.net:
        raise UnusableError("negative", f"{quantity.number} is below zero, without --net")
    if is_span:
        begin_ms, end_ms = (_at_ms(quantity.times.get(each)) for each in (BEGIN, END))
    else:
        begin_ms = end_ms = _at_ms(quantity.times.get(AT) or quantity.times.get("7"))
    code = quantity.qualifier + (f"/{quantity.status}" if quantity.status else "")
    mark = MEASURED if code == "220" else Mark(quality, code)
    return Interval(begin_ms, end_ms, amount, quantity.segment, mark)


def _at_ms(said: tuple[str, str] | None) -> int:
    if said is None:
        raise UnusableError("bad_time", "a DTM with its time is missing")
    text, form = said
    match = re.fullmatch(r"(\d{12})([+-]\d{2})", text)
    if form != "303" or match is None:
        raise UnusableError(
            "bad_time", f"{text!r} in format {form}: give 303, such as 202401312300+00"
        )
    try:
        local = datetime.strptime(match[1], "%Y%m%d%H%M").replace(tzinfo=UTC)
    except ValueError:
        raise UnusableError("bad_time", f"{text!r}: no calendar has it") from None
    return epoch_ms(local) - int(match[2]) * 3_600_000


def _at(elements: list[list[str]], place: int) -> str:
    return elements[place][0] if len(elements) > place else ""


def _plain(text: str, signs: Signs) -> str:
    """Without the signs that release others."""
    if signs.release == " " or signs.release not in text:
        return text
    return re.sub(rf"{re.escape(signs.release)}(.)", r"\1", text)
