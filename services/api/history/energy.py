"""Energy of meters as bars, in the forms in which it is answered."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from adapters.meter_history import FullRow
from detection.unusual.usual import Usual
from services.api.answers.columns import energy_columns
from services.api.answers.energy import EnergyBar, MeterEnergy, energy_bar, usual_of
from services.api.answers.shapes import moment
from services.api.answers.units import amount
from services.api.bars import Bar, bars
from services.api.calendar import Resolution
from services.api.csv import table_of_bars, table_of_meters
from services.api.history.question import Question
from services.api.history.sources import Sources
from services.api.history_plan import MOST_PARTITIONS
from services.api.meter_energy import Asked, bounds_and_rows, partitions_of

Form = Literal["objects", "columns", "csv"]
"""`MeterEnergy` or `MeterEnergyColumns`, as JSON, or a table."""

BY_HOURS: tuple[Resolution, ...] = ("PT30M", "PT1H")
"""Bars that what is usual in an hour says something of."""


@dataclass(frozen=True, slots=True)
class BarsOfMeter(Question[bytes]):
    """A meter's energy over a span."""

    asked: Asked
    resolution: Resolution
    form: Form

    async def answer(self, sources: Sources) -> bytes:
        """The body."""
        limits, found = await bounds_and_rows(sources, self.asked)
        # A file to download has what was measured alone.
        usual = None if self.form == "csv" else await self._usual(sources)
        return await asyncio.to_thread(self._body, limits, found, usual)

    async def _usual(self, sources: Sources) -> Usual | None:
        """What is usual in the hours of bars; None if nothing can be said of such bars."""
        asked = self.asked
        if asked.commodity != "electricity" or self.resolution not in BY_HOURS:
            return None
        settings = sources.of_namespace(asked.namespace)
        return await sources.usual.of(settings, asked.meter_id, asked.begin_ms, asked.end_ms)

    def _body(self, limits: Sequence[int], found: Sequence[FullRow], usual: Usual | None) -> bytes:
        asked = self.asked
        made = _bars(asked, limits, found)
        items = _items(asked, made, usual)
        if self.form == "csv":
            return table_of_bars(items, asked.commodity)
        amounts = [bar.energy.amount for bar in made if bar.known]
        answer = MeterEnergy(
            meter_id=asked.meter_id,
            commodity=asked.commodity,
            start=moment(asked.begin_ms, asked.zone),
            end=moment(asked.end_ms, asked.zone),
            resolution=self.resolution,
            tz=asked.zone.key,
            usual_of=usual_of(usual),
            items=items,
            **amount(asked.commodity, sum(amounts) if amounts else None),
        )
        said = energy_columns(answer) if self.form == "columns" else answer
        return said.model_dump_json().encode()


@dataclass(frozen=True, slots=True)
class BarsOfMeters(Question[tuple[int, bytes]]):
    """Energy of several meters, as a table."""

    asked: tuple[Asked, ...]

    async def answer(self, sources: Sources) -> tuple[int, bytes]:
        """How many of the meters are in the table, which are as many as one request may read of,
        and the table."""
        items: list[tuple[Asked, list[EnergyBar]]] = []
        period_ms, read = sources.settings.period_ms, 0
        for each in self.asked:
            # Of the first meter nothing is added up before it is known to fit.
            if items and read + partitions_of(each, period_ms) > MOST_PARTITIONS:
                break
            limits, found = await bounds_and_rows(sources, each)
            items.append((each, await asyncio.to_thread(_made, each, limits, found)))
            read += partitions_of(each, period_ms)
        return len(items), await asyncio.to_thread(_table, items)


def _bars(asked: Asked, limits: Sequence[int], found: Sequence[FullRow]) -> list[Bar]:
    return bars((each.row for each in found), limits, asked.counting)


def _items(asked: Asked, made: Sequence[Bar], usual: Usual | None = None) -> list[EnergyBar]:
    spans_ms = [(bar.energy.span.begin_ms, bar.energy.span.end_ms) for bar in made]
    bands = [None] * len(made) if usual is None else usual.over(spans_ms)
    return [
        energy_bar(bar, asked.commodity, asked.counting, asked.zone, band)
        for bar, band in zip(made, bands, strict=True)
    ]


def _made(asked: Asked, limits: Sequence[int], found: Sequence[FullRow]) -> list[EnergyBar]:
    return _items(asked, _bars(asked, limits, found))


def _table(items: Sequence[tuple[Asked, list[EnergyBar]]]) -> bytes:
    return table_of_meters(
        (asked.meter_id, asked.commodity, bar) for asked, made in items for bar in made
    )
