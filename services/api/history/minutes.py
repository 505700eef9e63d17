"""A meter by the minute, and how well it was heard."""

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from adapters.meter_history import FullRow, hours_of
from contracts.energy import Span, energy_of_rows
from services.api.answers.columns import minutes_columns
from services.api.answers.energy import Interval, Quality
from services.api.answers.meters import Minutes, minute_of
from services.api.answers.shapes import moment
from services.api.history.question import Question
from services.api.history.sources import Sources
from services.api.merged import expected, merged
from services.api.meter_energy import Asked, bounds_and_rows


@dataclass(frozen=True, slots=True)
class MinutesOfMeter(Question[bytes]):
    """A meter by the minute: `Minutes` or `MinutesColumns`, as JSON."""

    asked: Asked
    shape: Literal["objects", "columns"]

    async def answer(self, sources: Sources) -> bytes:
        """The body."""
        asked = self.asked
        hours = hours_of(asked.begin_ms, asked.end_ms - 1)
        history = sources.history(asked.namespace)
        rows = await history.minutes(asked.meter_id, asked.commodity, hours)
        return await asyncio.to_thread(self._body, rows)

    def _body(self, rows: Sequence[FullRow]) -> bytes:
        asked, zone = self.asked, self.asked.zone
        within = _within(rows, asked.begin_ms, asked.end_ms)
        answer = Minutes(
            meter_id=asked.meter_id,
            commodity=asked.commodity,
            start=moment(asked.begin_ms, zone),
            end=moment(asked.end_ms, zone),
            tz=zone.key,
            items=[minute_of(each, asked.commodity, zone) for each in merged(within)],
        )
        said = minutes_columns(answer) if self.shape == "columns" else answer
        return said.model_dump_json().encode()


@dataclass(frozen=True, slots=True)
class QualityOfMeter(Question[bytes]):
    """How well a meter was heard in the one span that is asked for: `Quality`, as JSON."""

    asked: Asked

    async def answer(self, sources: Sources) -> bytes:
        """The body."""
        _, found = await bounds_and_rows(sources, self.asked)
        return await asyncio.to_thread(self._body, found)

    def _body(self, found: Sequence[FullRow]) -> bytes:
        asked, zone = self.asked, self.asked.zone
        span = Span(asked.begin_ms, asked.end_ms)
        heard = list(_within(found, span.begin_ms, span.end_ms))
        energy = energy_of_rows((each.row for each in found), span, asked.counting)
        readings, due = sum(each.row.readings for each in heard), expected(heard)
        late = [each.row for each in heard if each.row.corrected_ms]
        falls = (energy.resets, energy.rollovers)
        resets, rollovers = (
            [Interval.of(Span(each.after_ms, each.by_ms), zone) for each in some] for some in falls
        )
        answer = Quality(
            meter_id=asked.meter_id,
            commodity=asked.commodity,
            start=moment(span.begin_ms, zone),
            end=moment(span.end_ms, zone),
            tz=zone.key,
            readings=readings,
            expected=due,
            lost=max(0, due - readings),
            late=sum(row.readings for row in late),
            estimated=sum(each.row.estimated for each in heard),
            corrections=len({row.minute_ms for row in late}),
            gaps=[Interval.of(each, zone) for each in energy.gaps],
            resets=resets,
            rollovers=rollovers,
        )
        return answer.model_dump_json().encode()


def _within(rows: Iterable[FullRow], begin_ms: int, end_ms: int) -> Iterable[FullRow]:
    """Rows of what begins in a span."""
    return (each for each in rows if begin_ms <= each.row.minute_ms < end_ms)
