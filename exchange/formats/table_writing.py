"""CSV as it is written: a row for each interval, or for each register, in UTC.

The mappings `wattstream` and `wattstream-registers` read it back.
"""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime

from contracts.reading import Commodity
from exchange.errors import ExchangeError
from exchange.values import Block

AMOUNTS: dict[Commodity, str] = {"electricity": "energy_wh", "gas": "gas_l", "water": "water_l"}
INTERVALS, REGISTERS = "meter_id,begin,end,{},quality\r\n", "meter_id,at,register_{},quality\r\n"


def write(blocks: Iterable[Block]) -> Iterator[str]:
    """The lines of a file.

    Raises:
        ExchangeError: values of several commodities, or registers beside intervals, which want a
            file each.
    """
    first: tuple[Commodity, bool] | None = None
    for block in blocks:
        kind = (block.commodity, block.is_register)
        if first is None:
            first = kind
            column = AMOUNTS.get(block.commodity)
            if column is None:
                raise ExchangeError(f"{block.meter_id}: {block.commodity} is not written")
            yield (REGISTERS if block.is_register else INTERVALS).format(column)
        if kind != first:
            raise ExchangeError(
                f"{block.meter_id}: {kind[0]} and {first[0]}, or registers and intervals: write a "
                "file for each"
            )
        for place, end_ms in enumerate(block.ends_ms.tolist()):
            quality = block.marks[0 if block.mark_of is None else block.mark_of[place]].quality
            begin = "" if block.is_register else f"{_text(end_ms - block.interval_ms)},"
            amount = _decimal(int(block.amounts[place]))
            yield f"{block.meter_id},{begin}{_text(end_ms)},{amount},{quality}\r\n"


def _text(ms: int) -> str:
    time = datetime.fromtimestamp(ms / 1000, UTC).replace(microsecond=ms % 1000 * 1000)
    return f"{time:%Y-%m-%dT%H:%M:%S}{f'.{ms % 1000:03}' if ms % 1000 else ''}Z"


def _decimal(thousandths: int) -> str:
    sign = "-" if thousandths < 0 else ""
    whole, part = divmod(abs(thousandths), 1000)
    return f"{sign}{whole}.{part:03}"
