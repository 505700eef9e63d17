"""What history has of areas."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from adapters.meter_history import AreaMinute as SeenMinute
from adapters.meter_history import days_of
from contracts.reading import Commodity
from services.api.answers.areas import AreaHistory, AreaMinute
from services.api.answers.shapes import moment
from services.api.answers.units import flow
from services.api.history.question import Question
from services.api.history.sources import Sources


@dataclass(frozen=True, slots=True)
class MinutesOfArea(Question[bytes]):
    """An area by the minute: `AreaHistory`, as JSON."""

    namespace: str
    area: str
    commodity: Commodity
    begin_ms: int
    end_ms: int
    zone: ZoneInfo

    async def answer(self, sources: Sources) -> bytes:
        """The body."""
        days = days_of(self.begin_ms, self.end_ms - 1)
        history = sources.history(self.namespace)
        found = await history.area_minutes(self.area, self.commodity, days)
        return await asyncio.to_thread(self._body, found)

    def _body(self, found: Sequence[SeenMinute]) -> bytes:
        answer = AreaHistory(
            area=self.area,
            commodity=self.commodity,
            start=moment(self.begin_ms, self.zone),
            end=moment(self.end_ms, self.zone),
            tz=self.zone.key,
            items=[
                AreaMinute(
                    start=moment(each.minute_ms, self.zone),
                    readings=each.readings,
                    meters=each.meters,
                    silent=each.silent,
                    **flow(self.commodity, each.demand),
                )
                for each in found
                if self.begin_ms <= each.minute_ms < self.end_ms
            ],
        )
        return answer.model_dump_json().encode()
