"""A meter's bars, from what history has."""

from dataclasses import dataclass
from zoneinfo import ZoneInfo

from adapters.meter_history import FullRow
from contracts.energy import Counting
from contracts.meters import Meter
from contracts.reading import Commodity
from services.api.calendar import RESOLUTIONS, STEPS_MS, Resolution, bounds
from services.api.history.sources import Sources
from services.api.history_plan import MOST_PARTITIONS, Plan, plan, rows_of
from services.api.problems import ProblemError

MOST_BARS = 3_000


@dataclass(frozen=True, slots=True)
class Asked:
    """Bars that somebody asks for."""

    namespace: str
    meter_id: str
    commodity: Commodity
    counting: Counting
    begin_ms: int
    end_ms: int
    resolution: Resolution | None
    """None is one bar of all of it."""
    zone: ZoneInfo
    stream_ms: int | None
    """How far the stream is; None if nobody knows."""


def counting_of(entry: Meter | None, commodity: Commodity) -> Counting:
    """How a meter counts a commodity; what the registry does not tell of has a register."""
    # The meter of another commodity may have the same id.
    if entry is None or entry["commodity"] != commodity:
        return Counting()
    size = entry.get("register_size")
    return Counting(
        kind=entry.get("kind", "register"),
        register_size=None if size is None else round(size * 1_000),
        cadence_ms=entry["cadence_ms"],
    )


async def bounds_and_rows(sources: Sources, asked: Asked) -> tuple[list[int], list[FullRow]]:
    """The bounds of the bars, and the rows of history that they are made of.

    Raises:
        ProblemError: they are too many, or need too much of history.
        cassandra.DriverException, cassandra.cluster.NoHostAvailable: Cassandra does not answer.
    """
    period_ms = sources.settings.period_ms
    if not _fits(asked, asked.resolution, period_ms):
        raise ProblemError("range-too-long", _advice(asked, period_ms))
    limits, what = _planned(asked, asked.resolution, period_ms)
    history = sources.history(asked.namespace)
    return limits, await rows_of(history, asked.meter_id, asked.commodity, what)


def partitions_of(asked: Asked, period_ms: int) -> int:
    """How many partitions of history they are read from."""
    return _planned(asked, asked.resolution, period_ms)[1].partitions


def _planned(asked: Asked, resolution: Resolution | None, period_ms: int) -> tuple[list[int], Plan]:
    if resolution is None:
        limits, step_ms = [asked.begin_ms, asked.end_ms], asked.end_ms - asked.begin_ms
    else:
        limits = bounds(asked.begin_ms, asked.end_ms, resolution, asked.zone)
        step_ms = STEPS_MS[resolution]
    return limits, plan(limits, step_ms, period_ms, asked.stream_ms)


def _fits(asked: Asked, resolution: Resolution | None, period_ms: int) -> bool:
    # First what costs nothing to know.
    length_ms = asked.end_ms - asked.begin_ms
    if resolution is not None and length_ms // STEPS_MS[resolution] > MOST_BARS:
        return False
    return _planned(asked, resolution, period_ms)[1].partitions <= MOST_PARTITIONS


def _advice(asked: Asked, period_ms: int) -> str:
    if asked.resolution is None:
        return "Ask for a shorter span."
    coarser = RESOLUTIONS[RESOLUTIONS.index(asked.resolution) + 1 :]
    fitting = next((each for each in coarser if _fits(asked, each, period_ms)), None)
    if fitting is not None:
        return f"Ask for the resolution {fitting}, or for a shorter span."
    return "Ask for a shorter span: no resolution has so long a one in one answer."
