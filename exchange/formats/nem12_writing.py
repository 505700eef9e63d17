"""NEM12 as it is written: days of channels, with a quality for each interval.

What `exchange.formats.nem12` reads of it is what was written: amounts to the thousandth of a Wh,
qualities with their code. Intervals of a day that are not there are said to be missing.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import groupby

from contracts.meters import EXPORT_SUFFIX
from contracts.reading import Quality
from contracts.time import DAY_MS, MINUTE_MS
from exchange.errors import ExchangeError
from exchange.formats.nem12 import MARKET_OFFSET_MIN
from exchange.formats.nem12_days import MINUTES_A_DAY, NO_READING, SEVERAL
from exchange.values import Block, Mark

NMI = re.compile(r"[A-Za-z0-9]{1,10}")
CODE = re.compile(r"([AEFS]\d{0,2})(?:/(\d{1,3}))?")
FLAGS: dict[Quality, str] = {
    "measured": "A",
    "estimated": "E",
    "final": "F",
    "substituted": "S",
    "edited": "S",
    "questionable": "S",
    "derived": "S",
}
MWH_PER_KWH = 1_000_000
NONE = (NO_READING, "")

Said = tuple[str, str]
"""Quality with its method, and reason."""


@dataclass(slots=True)
class _Channel:
    nmi: str
    suffix: str
    minutes: int
    days: dict[int, dict[int, tuple[int, Said]]] = field(default_factory=dict)
    """Amounts and qualities by the number of the interval, by the day's midnight."""


def write(
    blocks: Iterable[Block], created: datetime, *, offset_min: int = MARKET_OFFSET_MIN
) -> Iterator[str]:
    """The lines of a file.

    Args:
        created: When the file is made.
        offset_min: Minutes that the file's clock is ahead of UTC, all year.

    Raises:
        ExchangeError: values that the format has no place for: registers, gas and water, intervals
            that do not divide a day, ids that are no NMI.
    """
    channels: dict[tuple[str, str, int], _Channel] = {}
    for block in blocks:
        _add(channels, block, offset_min * MINUTE_MS)
    yield f"100,NEM12,{created:%Y%m%d%H%M},WattStream,WattStream\r\n"
    of_nmi: dict[str, list[str]] = {}
    for nmi, suffix, _ in sorted(channels):
        of_nmi.setdefault(nmi, []).append(suffix)
    for (nmi, suffix, minutes), channel in sorted(channels.items()):
        every = "".join(dict.fromkeys(of_nmi[nmi]))
        yield f"200,{nmi},{every},{suffix},{suffix},,,kWh,{minutes},\r\n"
        for midnight_ms, day in sorted(channel.days.items()):
            local = datetime.fromtimestamp(midnight_ms / 1000 + offset_min * 60, UTC)
            yield from _day(f"{local:%Y%m%d}", day, MINUTES_A_DAY // minutes)
    yield "900\r\n"


def _add(channels: dict[tuple[str, str, int], _Channel], block: Block, offset_ms: int) -> None:
    nmi, suffix = _names(block.meter_id)
    if block.is_register or block.commodity != "electricity":
        what = "registers" if block.is_register else block.commodity
        raise ExchangeError(f"{block.meter_id}: NEM12 has no place for {what}: write CSV or ESPI")
    minutes, rest = divmod(block.interval_ms, MINUTE_MS)
    if rest or not minutes or MINUTES_A_DAY % minutes:
        raise ExchangeError(
            f"{block.meter_id}: intervals of {block.interval_ms / MINUTE_MS:g} min do not divide a "
            "day, as those of NEM12 do: write CSV or ESPI"
        )
    channel = channels.setdefault((nmi, suffix, minutes), _Channel(nmi, suffix, minutes))
    said = [_said(mark) for mark in block.marks]
    which = [0] * len(block) if block.mark_of is None else block.mark_of.tolist()
    for end_ms, amount, mark in zip(
        block.ends_ms.tolist(), block.amounts.tolist(), which, strict=True
    ):
        begin_ms = end_ms + offset_ms - block.interval_ms
        day, within_ms = divmod(begin_ms, DAY_MS)
        if within_ms % block.interval_ms:
            raise ExchangeError(f"{block.meter_id}: an interval does not end on its grid: {end_ms}")
        of_day = channel.days.setdefault(day * DAY_MS - offset_ms, {})
        of_day[within_ms // block.interval_ms] = (amount, said[mark])


def _names(meter_id: str) -> tuple[str, str]:
    """NMI and suffix: the reverse of how the reader names meters."""
    nmi, _, rest = meter_id.partition(":")
    if not NMI.fullmatch(nmi):
        raise ExchangeError(f"{meter_id}: an NMI has up to 10 letters and digits")
    if not rest:
        return nmi, "E1"
    if f":{rest}" == EXPORT_SUFFIX:
        return nmi, "B1"
    suffix = rest.removeprefix(f"{EXPORT_SUFFIX[1:]}:")
    if not re.fullmatch(r"E\w" if suffix == rest else r"B\w", suffix):
        raise ExchangeError(f"{meter_id}: {rest} is no channel of NEM12, such as E2 or export:B2")
    return nmi, suffix


def _said(mark: Mark) -> Said:
    match = CODE.fullmatch(mark.code or "")
    if match is not None and match[1][0] == FLAGS[mark.quality]:
        return match[1], match[2] or ""
    return FLAGS[mark.quality], ""


def _day(date: str, day: dict[int, tuple[int, Said]], count: int) -> Iterator[str]:
    intervals = [day.get(place, (0, NONE)) for place in range(count)]
    numbers = ",".join(_kwh(amount) for amount, _ in intervals)
    said: Sequence[Said] = [each for _, each in intervals]
    if len(set(said)) == 1:
        flag, reason = said[0]
        yield f"300,{date},{numbers},{flag},{reason},,,\r\n"
        return
    yield f"300,{date},{numbers},{SEVERAL},,,,\r\n"
    first = 1
    for (flag, reason), run in groupby(said):
        last = first + len(list(run)) - 1
        yield f"400,{first},{last},{flag},{reason},\r\n"
        first = last + 1


def _kwh(amount_mwh: int) -> str:
    sign = "-" if amount_mwh < 0 else ""
    whole, part = divmod(abs(amount_mwh), MWH_PER_KWH)
    return f"{sign}{whole}.{part:06}".rstrip("0").rstrip(".")
