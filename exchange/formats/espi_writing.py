"""Green Button as it is written: a feed that has its types before its blocks.

Amounts are whole thousandths of a Wh or of a litre (`powerOfTenMultiplier` -3), so that what
`exchange.formats.espi` reads of it is what was written.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime
from xml.sax.saxutils import quoteattr

from contracts.meters import EXPORT_SUFFIX
from contracts.reading import Commodity, Quality
from exchange.errors import ExchangeError
from exchange.formats.espi import CUMULATIVE, DELTA, QUALITIES, REVERSE, WATT_HOURS
from exchange.values import Block, Mark

ATOM, ESPI = "http://www.w3.org/2005/Atom", "http://naesb.org/espi"
SERVICE: dict[Commodity, str] = {"electricity": "0", "gas": "1", "water": "2"}
LITRES = "134"
FORWARD = "1"
CODES: dict[Quality, str] = {
    "measured": "0",
    "estimated": "8",
    "substituted": "8",
    "final": "17",
    "edited": "7",
    "questionable": "10",
    "derived": "11",
}
BLOCK = 1_000
"""Readings of a block."""


def write(blocks: Iterable[Block], created: datetime) -> Iterator[str]:
    """The lines of a feed. A meter's values are read back as that meter's; where one has registers
    beside intervals, these are read back as `<meter>:register`.

    Args:
        created: When the file is made.

    Raises:
        ExchangeError: values of a commodity that the format does not know.
    """
    of_point: dict[str, dict[tuple[str, bool], list[Block]]] = {}
    for block in blocks:
        base = block.meter_id.removesuffix(EXPORT_SUFFIX)
        flow = FORWARD if base == block.meter_id else REVERSE
        of_point.setdefault(base, {}).setdefault((flow, block.is_register), []).append(block)
    yield f'<?xml version="1.0" encoding="UTF-8"?>\n<feed xmlns="{ATOM}">\n'
    yield f"<title>WattStream</title><updated>{created:%Y-%m-%dT%H:%M:%SZ}</updated>\n"
    for point, streams in sorted(of_point.items()):
        yield from _point(point, streams)
    yield "</feed>\n"


def _point(point: str, streams: dict[tuple[str, bool], list[Block]]) -> Iterator[str]:
    commodity = next(iter(streams.values()))[0].commodity
    service = SERVICE.get(commodity)
    if service is None:
        raise ExchangeError(f"{point}: Green Button has no place for {commodity}: write CSV")
    own = f"UsagePoint/{point}"
    yield _entry(
        _link("self", own),
        f'<UsagePoint xmlns="{ESPI}"><ServiceCategory><kind>{service}</kind></ServiceCategory>'
        "</UsagePoint>",
    )
    for (flow, is_register), blocks in sorted(streams.items()):
        kind = "register" if is_register else "interval"
        # What flows back has links of its own, and the same name.
        way = "" if flow == FORWARD else f"{flow}/"
        reading, type_ = f"{own}/MeterReading/{way}{kind}", f"ReadingType/{point}/{way}{kind}"
        yield _entry(
            _link("self", reading) + _link("related", type_),
            f'<MeterReading xmlns="{ESPI}"/>',
        )
        behaviour = "3" if is_register else DELTA
        assert not is_register or behaviour in CUMULATIVE
        unit = WATT_HOURS if commodity == "electricity" else LITRES
        yield _entry(
            _link("self", type_),
            f'<ReadingType xmlns="{ESPI}"><accumulationBehaviour>{behaviour}'
            f"</accumulationBehaviour><flowDirection>{flow}</flowDirection>"
            f"<powerOfTenMultiplier>-3</powerOfTenMultiplier><uom>{unit}</uom></ReadingType>",
        )
        for block in blocks:
            for begin in range(0, len(block), BLOCK):
                readings = "".join(_readings(block, begin, min(begin + BLOCK, len(block))))
                yield _entry(
                    _link("up", f"{reading}/IntervalBlock"),
                    f'<IntervalBlock xmlns="{ESPI}">\n{readings}</IntervalBlock>',
                )


def _readings(block: Block, begin: int, end: int) -> Iterator[str]:
    codes = [_code(mark) for mark in block.marks]
    seconds, rest = divmod(block.interval_ms, 1000)
    for place in range(begin, end):
        end_ms = int(block.ends_ms[place])
        if rest or end_ms % 1000:
            raise ExchangeError(f"{block.meter_id}: Green Button has whole seconds: write CSV")
        code = codes[0 if block.mark_of is None else int(block.mark_of[place])]
        quality = (
            "" if code == "0" else f"<ReadingQuality><quality>{code}</quality></ReadingQuality>"
        )
        yield (
            f"<IntervalReading>{quality}<timePeriod><duration>{seconds}</duration>"
            f"<start>{end_ms // 1000 - seconds}</start></timePeriod>"
            f"<value>{int(block.amounts[place])}</value></IntervalReading>\n"
        )


def _code(mark: Mark) -> str:
    kept = mark.code or ""
    return kept if QUALITIES.get(kept) == mark.quality else CODES[mark.quality]


def _link(rel: str, href: str) -> str:
    return f"<link rel={quoteattr(rel)} href={quoteattr(href)}/>"


def _entry(links: str, content: str) -> str:
    return f"<entry>{links}<content>{content}</content></entry>\n"
