"""A meter's life as readings, and the rows of history that jobs make of them."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import cast

from adapters.meter_history import AreaMinute, FullRow, MeterHistory
from contracts.alerts import Alert
from contracts.energy import Point, Row
from contracts.reading import Commodity
from contracts.time import DAY_MS, HOUR_MS, MINUTE_MS
from services.api.history.sources import Sources

PERIOD_MS = 30 * MINUTE_MS
CORRECTED_MS = 1_500_000_000_000
"""When what is late came."""


def rows_of(points: Iterable[Point], length_ms: int, corrected_ms: int = 0) -> list[FullRow]:
    """A row for each minute or period that has readings."""
    same: defaultdict[int, list[Point]] = defaultdict(list)
    for point in points:
        same[point.at_ms - point.at_ms % length_ms].append(point)
    return [_row(begin_ms, of, corrected_ms) for begin_ms, of in sorted(same.items())]


def _row(begin_ms: int, points: Sequence[Point], corrected_ms: int) -> FullRow:
    ordered = sorted(points, key=lambda point: (point.at_ms, point.seq))
    first, last = ordered[0], ordered[-1]
    registers = [point.register for point in ordered]
    energies = [point.energy for point in ordered if point.energy is not None]
    row = Row(
        minute_ms=begin_ms,
        corrected_ms=corrected_ms,
        readings=len(ordered),
        first_seq=first.seq,
        last_seq=last.seq,
        first_at_ms=first.at_ms,
        last_at_ms=last.at_ms,
        first_register=first.register,
        last_register=last.register,
        low_register=min(registers),
        high_register=max(registers),
        energy=sum(energies) if energies else None,
        estimated=sum(point.estimated for point in ordered),
    )
    return FullRow(row, last.seq - first.seq + 1, 0, 0.0, None, None)


@dataclass
class Kept:
    """History of meters in memory, by what Cassandra has: partitions of an hour and of a day."""

    points: dict[tuple[str, Commodity], list[Point]] = field(default_factory=dict)
    late: dict[tuple[str, Commodity], list[Point]] = field(default_factory=dict)
    """Those that came so late that they are rows of their own."""
    alerts: dict[str, list[Alert]] = field(default_factory=dict)
    area: list[AreaMinute] = field(default_factory=list)
    cadence_ms: int = 5_000
    asked: int = 0
    """Partitions."""

    async def minutes(
        self, meter_id: str, commodity: Commodity, hours_ms: Sequence[int]
    ) -> list[FullRow]:
        self.asked += len(hours_ms)
        if self.cadence_ms >= PERIOD_MS:
            return []
        return self._part(meter_id, commodity, MINUTE_MS, hours_ms, HOUR_MS)

    async def periods(
        self, meter_id: str, commodity: Commodity, days_ms: Sequence[int]
    ) -> list[FullRow]:
        self.asked += len(days_ms)
        return self._part(meter_id, commodity, PERIOD_MS, days_ms, DAY_MS)

    def _part(
        self,
        meter_id: str,
        commodity: Commodity,
        length_ms: int,
        begins_ms: Sequence[int],
        partition_ms: int,
    ) -> list[FullRow]:
        begins = set(begins_ms)
        return [
            each
            for each in self.rows(meter_id, commodity, length_ms)
            if each.row.minute_ms - each.row.minute_ms % partition_ms in begins
        ]

    def rows(self, meter_id: str, commodity: Commodity, length_ms: int) -> list[FullRow]:
        """All rows of a meter, on time and late."""
        on_time = rows_of(self.points.get((meter_id, commodity), ()), length_ms)
        late = self.late.get((meter_id, commodity), ())
        return on_time + rows_of(late, length_ms, corrected_ms=CORRECTED_MS)

    async def area_minutes(
        self, area: str, commodity: Commodity, days_ms: Iterable[int]
    ) -> list[AreaMinute]:
        return [*self.area] if area == "gcpuy" and commodity == "electricity" and days_ms else []

    async def alert_versions(self, an_id: str) -> list[Alert]:
        return self.alerts.get(an_id, [])


@dataclass(slots=True)
class SourcesInMemory(Sources):
    """Sources of every namespace whose rows are in memory."""

    kept: Kept = field(default_factory=Kept)

    def history(self, namespace: str) -> MeterHistory:  # noqa: ARG002
        return cast(MeterHistory, self.kept)
