"""Green Button (ESPI): a feed of usage points, meter readings, their types and interval blocks.

NAESB REQ.21. A block belongs to a meter reading, which belongs to a usage point and has a type; who
belongs to whom is said by links, before the block or after it. So a file is read twice: for the
links, then for the blocks, one in memory at a time. Times are epoch seconds UTC.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from decimal import Decimal
from functools import cache
from typing import Any, NamedTuple

from lxml import etree

from contracts.meters import EXPORT_SUFFIX
from contracts.reading import Commodity, Quality
from exchange.amounts import thousandths
from exchange.formats.espi_links import (
    Links,
    MeterReading,
    elements,
    forget,
    is_block,
    links_of,
    readings_begun,
)
from exchange.formats.options import NONE, Options
from exchange.opening import Source
from exchange.settling import Interval, registers, settled
from exchange.times import LocalTimes, TimeError
from exchange.units import LITRES_PER_UNIT, MJ_PER_UNIT
from exchange.values import MEASURED, Found, Mark, NotImported, Reason, Seen, Unusable

SERVICES: dict[str, Commodity] = {"0": "electricity", "1": "gas", "2": "water"}
COMMODITIES: dict[str, Commodity] = {
    "1": "electricity",
    "2": "electricity",
    "7": "gas",
    "9": "water",
}
"""Of a reading type, where no usage point says it."""
WATT_HOURS, WATTS = "72", "38"
UNITS = {
    "42": "m3",
    "119": "ft3",
    "128": "US gal",
    "130": "imp gal",
    "134": "l",
    "132": "BTU",
    "169": "therm",
    WATT_HOURS: "Wh",
}
DELTA = "4"
CUMULATIVE = frozenset({"1", "3", "9"})
REVERSE = "19"

QUALITIES: dict[str, Quality] = {
    "0": "measured",
    "7": "edited",
    "8": "estimated",
    "9": "estimated",
    "10": "questionable",
    "11": "derived",
    "12": "estimated",
    "13": "estimated",  # mixed of both
    "14": "measured",  # raw
    "17": "measured",
    "18": "measured",
    "19": "measured",
}
RECORD = "IntervalReading"


def is_espi(begin: bytes) -> bool:
    """Whether content that begins so is of this format."""
    return b"http://naesb.org/espi" in begin


def read(source: Source, options: Options = NONE) -> Iterator[Found]:
    """What a file says.

    Raises:
        FileRefused: it is no feed of interval blocks, or may define entities.
    """
    with source.open() as content:
        links = links_of(content, source.name)
    seen = 0
    for found in _blocks(source, links, options):
        if isinstance(found, Seen):
            seen += found.values
        yield found
    if links.cut is not None:
        with source.open() as content:
            left = max(0, readings_begun(content) - seen)
        yield Seen(left)
        yield replace(links.cut, values=left)


def _blocks(source: Source, links: Links, options: Options) -> Iterator[Found]:
    streams = _streams(links, options)
    number = 0
    with source.open() as content:
        try:
            for element in elements(content, source.name):
                if not is_block(element):
                    forget(element)
                    continue
                reading = links.of_blocks[number]
                number += 1
                yield from _found(element, streams[reading], options)
                element.clear()
        except etree.XMLSyntaxError:
            # Whoever read the links has said so.
            return


@dataclass(frozen=True, slots=True)
class _Stream:
    """What the values of a meter reading are."""

    name: str
    """For people."""
    meter_id: str | None
    """None: nothing of it becomes a reading."""
    commodity: Commodity
    per_unit: Decimal
    """Thousandths in one."""
    is_power: bool = False
    """Values are means of W."""
    is_register: bool = False
    refused: tuple[Reason, str] | None = None
    """Why nothing of it can be used, though it should be."""


def _streams(links: Links, options: Options) -> dict[MeterReading | None, _Stream]:
    """What the values of each meter reading are. Of several of one flow, such as hours beside days,
    the meter's own id has what is energy in the shortest intervals, wherever it stands in the file:
    so it has the same in each file."""
    streams: dict[MeterReading | None, _Stream] = {}
    taken: set[str] = set()
    for reading in sorted(set(links.of_blocks), key=_rank):
        stream = streams[reading] = _stream(reading, options, taken)
        if stream.meter_id is not None:
            taken.add(stream.meter_id)
    return streams


def _rank(reading: MeterReading | None) -> tuple[bool, bool, int, str]:
    if reading is None:
        return False, False, 0, ""
    said = reading.type
    is_register = said.get("accumulationBehaviour") in CUMULATIVE
    return is_register, said.get("uom") == WATTS, reading.length_s, reading.link


def _stream(reading: MeterReading | None, options: Options, taken: set[str]) -> _Stream:
    if reading is None or not reading.type:
        name = "a block" if reading is None else f"{reading.usage_point} {reading.name}"
        fault = "no MeterReading and ReadingType are linked to it, which say what its values are"
        return _Stream(name, None, "electricity", Decimal(0), refused=("unknown_unit", fault))
    said = reading.type
    unit = UNITS.get(said.get("uom", ""))
    code = said.get("uom") or "none"
    name = f"{reading.usage_point} {reading.name} {unit or f'unit {code}'}"
    if reading.service is None:
        commodity = COMMODITIES.get(said.get("commodity", ""))
    else:
        commodity = SERVICES.get(reading.service)
    behaviour = said.get("accumulationBehaviour", "")
    is_power = said.get("uom") == WATTS
    counts = behaviour == DELTA or behaviour in CUMULATIVE
    if commodity is None or not counts or not (is_power or unit):
        return _Stream(name, None, "electricity", Decimal(0))
    meter_id = options.whose(reading.usage_point)
    if not meter_id:
        fault = "no UsagePoint is linked to it, which says whose it is: say --meter"
        return _Stream(name, None, commodity, Decimal(0), refused=("unknown_meter", fault))
    flow = EXPORT_SUFFIX if said.get("flowDirection") == REVERSE else ""
    if f"{meter_id}{flow}" in taken:
        # Another row of values of the same flow: days beside hours, or a register beside intervals.
        meter_id = options.ours(f"{meter_id}:{reading.name}")
    meter_id += flow
    power = said.get("powerOfTenMultiplier", "") or "0"
    if not power.lstrip("-").isdecimal() or abs(int(power)) > 12:
        fault = f"powerOfTenMultiplier is {power!r}: give a whole number from -12 to 12"
        return _Stream(name, meter_id, commodity, Decimal(0), refused=("unknown_unit", fault))
    per_unit = _per_unit(commodity, unit, options)
    if isinstance(per_unit, str):
        refused: tuple[Reason, str] = ("unit_needs_conversion", per_unit)
        return _Stream(name, meter_id, commodity, Decimal(0), refused=refused)
    if per_unit is None and not is_power:
        return _Stream(name, None, commodity, Decimal(0))
    return _Stream(
        name,
        meter_id,
        commodity,
        (Decimal(1000) if per_unit is None else per_unit).scaleb(int(power)),
        is_power=is_power,
        is_register=behaviour in CUMULATIVE,
    )


def _per_unit(commodity: Commodity, unit: str | None, options: Options) -> Decimal | str | None:
    """Thousandths of the commodity's own unit in one; None if it is none of its units, and a text
    where it must be said how much energy is in a volume."""
    if unit is None:
        return None
    if commodity == "electricity":
        return Decimal(1000) if unit == "Wh" else None
    if unit in LITRES_PER_UNIT:
        return LITRES_PER_UNIT[unit] * 1000
    if commodity != "gas":
        return None
    calorific = options.calorific_mj_per_m3
    if calorific is None:
        return f"gas is counted in litres, and these are {unit}: say --calorific, in MJ per m3"
    return MJ_PER_UNIT[unit] / calorific * 1_000_000


def _found(block: Any, stream: _Stream, options: Options) -> Iterator[Found]:  # noqa: ANN401
    space = block.tag[: -len("IntervalBlock")]
    readings = block.findall(f"{space}{RECORD}")
    if not readings:
        return
    yield Seen(len(readings))
    line = block.sourceline or 0
    if stream.refused is not None:
        yield Unusable(line, "IntervalBlock", *stream.refused, len(readings), stream.name)
        return
    if stream.meter_id is None:
        yield NotImported(line, stream.name, len(readings))
        return
    intervals = []
    clock = LocalTimes(options.zone) if options.epoch_is_local and options.zone else None
    for said in _said(block, space, readings):
        one = _interval(said, stream, options, clock)
        if isinstance(one, Unusable):
            yield one
        else:
            intervals.append(one)
    if stream.is_register:
        yield from registers(stream.meter_id, stream.commodity, intervals, RECORD)
    else:
        yield from settled(stream.meter_id, stream.commodity, intervals, RECORD)


class _Said(NamedTuple):
    """What an interval reading says, as it is written; None where it does not."""

    line: int
    start: str | None
    duration: str | None
    value: str | None
    quality: str | None


def _said(block: Any, space: str, readings: list[Any]) -> Iterator[_Said]:  # noqa: ANN401
    """What each says. All starts at once, then all durations, is many times faster than one reading
    after the other; it is right where each reading has one of each."""
    columns = [path(block) for path in _paths(space)]
    count = len(readings)
    if [len(column) for column in columns] in ([count] * 4, [count, count, count, 0]):
        lines = [reading.sourceline or 0 for reading in readings]
        yield from map(_Said, lines, *columns[:3], columns[3] or [None] * count)
        return
    for reading in readings:
        yield _Said(
            reading.sourceline or 0,
            reading.findtext(f"{space}timePeriod/{space}start"),
            reading.findtext(f"{space}timePeriod/{space}duration"),
            reading.findtext(f"{space}value"),
            reading.findtext(f"{space}ReadingQuality/{space}quality"),
        )


@cache
def _paths(space: str) -> tuple[Any, ...]:
    """Of the four texts that readings of a block have, if each has one of each."""
    names = {"e": space.strip("{}")} if space else {}
    own = "e:" if space else ""
    return tuple(
        etree.XPath(
            "/".join(f"{own}{name}" for name in (RECORD, *path)) + "/text()[1]",
            namespaces=names,
            smart_strings=False,
        )
        for path in (
            ("timePeriod[1]", "start[1]"),
            ("timePeriod[1]", "duration[1]"),
            ("value[1]",),
            ("ReadingQuality[1]", "quality[1]"),
        )
    )


def _interval(
    said: _Said, stream: _Stream, options: Options, clock: LocalTimes | None
) -> Interval | Unusable:
    line = said.line
    try:
        begin_ms, length_ms = int(said.start or "") * 1000, int(said.duration or "") * 1000
        if clock is not None:
            local = datetime.fromtimestamp(begin_ms / 1000, UTC).replace(tzinfo=None)
            begin_ms = clock.at_ms(local)
    except TimeError as error:
        return Unusable(line, RECORD, error.reason, str(error), 1)
    except (ValueError, OverflowError, OSError):
        detail = f"start is {said.start!r}, duration {said.duration!r}: epoch seconds, and seconds"
        return Unusable(line, RECORD, "bad_time", detail, 1)
    text = (said.value or "").strip()
    try:
        per_unit = stream.per_unit
        if stream.is_power:
            per_unit = per_unit * length_ms / 3_600_000
        amount = thousandths(text, per_unit)
    except ValueError:
        detail = f"value is {text!r}: give a number"
        return Unusable(line, RECORD, "bad_number", detail, 1)
    if amount < 0 and not options.net:
        detail = f"value is {text}: below zero only with --net, where energy goes the other way"
        return Unusable(line, RECORD, "negative", detail, 1)
    code = (said.quality or "0").strip()
    quality = QUALITIES.get(code)
    if quality is None:
        detail = f"its quality is {code}: the source does not stand by it"
        return Unusable(line, RECORD, "quality_range", detail, 1)
    mark = MEASURED if code == "0" else Mark(quality, code)
    return Interval(begin_ms, begin_ms + length_ms, amount, line, mark)
