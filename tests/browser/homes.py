"""Homes whose lives are known reading by reading, so that what a page shows can be worked out apart
from it: energy is the register at the end of a span less that at its begin, each the last one at or
before."""

from bisect import bisect_right
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from random import Random
from zoneinfo import ZoneInfo

from msgspec.json import encode

from adapters.meter_history import FullRow
from contracts.digest import registry_key
from contracts.energy import Point
from contracts.reading import Commodity
from contracts.time import MINUTE_MS
from tests.unit.services.api.conftest import Api
from tests.unit.services.api.life import Kept
from tests.unit.services.api.town import MINE, NAMESPACE, entry

LONDON = "Europe/London"


def local_ms(text: str, zone: str = LONDON, fold: int = 0) -> int:
    """Epoch ms of a local time, such as 2013-12-06T14:02."""
    said = datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone), fold=fold)
    return round(said.timestamp() * 1_000)


class Home:
    """A meter that reads evenly, but for times in which it is silent; its register goes on."""

    def __init__(
        self,
        begin_ms: int,
        end_ms: int,
        cadence_ms: int,
        silent: Sequence[tuple[int, int]] = (),
        seed: int = 1,
        estimated: Collection[int] = (),
        a_minute: tuple[int, int] = (20, 800),
    ) -> None:
        """Readings from begin to end, without those that lie within a silent time; those of some
        times are estimates. The register counts so many thousandths a minute."""
        draw = Random(seed)
        self.cadence_ms = cadence_ms
        self.points: list[Point] = []
        register = 4_000_000
        for seq, at_ms in enumerate(range(begin_ms, end_ms + 1, cadence_ms)):
            if seq:
                register += draw.randrange(*a_minute) * cadence_ms // MINUTE_MS
            if not any(after < at_ms < by for after, by in silent):
                self.points.append(Point(at_ms, register, seq, estimated=at_ms in estimated))
        self._times = [point.at_ms for point in self.points]

    def register_at(self, at_ms: int) -> int:
        """Thousandths of a Wh, as the last reading had it; the first one before that."""
        return self.points[max(0, bisect_right(self._times, at_ms) - 1)].register

    def kwh(self, begin_ms: int, end_ms: int) -> float:
        """What was taken, by its register."""
        return (self.register_at(end_ms) - self.register_at(begin_ms)) / 1e6

    def settle(
        self,
        api: Api,
        *,
        meter_id: str = MINE,
        commodity: Commodity = "electricity",
        zone: str = LONDON,
        customer: str = "c-mine",
        late: Collection[int] = (),
    ) -> None:
        """Let history and the registry have it; readings of some times came late."""
        kept = api.parts.kept_history
        kept.points[meter_id, commodity] = [each for each in self.points if each.at_ms not in late]
        kept.late[meter_id, commodity] = [each for each in self.points if each.at_ms in late]
        kept.cadence_ms = self.cadence_ms
        said = entry(commodity, customer, self.cadence_ms)
        said["time_zone"] = zone
        api.town.client.hset(registry_key(NAMESPACE), meter_id, encode(said))


@dataclass
class Drawing(Kept):
    """History of meters that say what they draw."""

    demands_w: Mapping[int, Sequence[float]] = field(default_factory=dict)
    """What the readings of a minute say, by its begin; others have none."""
    _made: dict[tuple[str, Commodity, int], list[FullRow]] = field(default_factory=dict)

    def rows(self, meter_id: str, commodity: Commodity, length_ms: int) -> list[FullRow]:
        """Made once: what they are of stays."""
        key = meter_id, commodity, length_ms
        if key not in self._made:
            self._made[key] = super().rows(*key)
        return self._made[key]

    async def minutes(
        self, meter_id: str, commodity: Commodity, hours_ms: Sequence[int]
    ) -> list[FullRow]:
        return [
            each._replace(
                demands=len(said),
                demand_sum=sum(said),
                demand_min=min(said, default=None),
                demand_max=max(said, default=None),
            )
            for each in await super().minutes(meter_id, commodity, hours_ms)
            for said in [self.demands_w.get(each.row.minute_ms, ())]
        ]
