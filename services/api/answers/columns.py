"""Bars and minutes as charts have them: a list for each field, and times as numbers.

What the commodity of a meter has not is null in the place of its list.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from contracts.reading import Commodity
from services.api.answers.energy import EnergyBar, Interval, MeterEnergy, UsualOf
from services.api.answers.meters import Minute, Minutes
from services.api.answers.shapes import Answer, Moment
from services.api.answers.units import Amount
from services.api.calendar import Resolution

Numbers = list[float | None] | None
"""Of the one unit that the commodity has; null is not known."""


class EnergyColumns(Answer):
    """The fields of bars, each with an element for each bar."""

    start_ms: list[int]
    """Epoch ms, as all times here."""
    end_ms: list[int]
    energy_wh: Numbers
    volume_l: Numbers
    estimated_wh: Numbers
    estimated_l: Numbers
    spans: list[int]
    complete: list[bool]
    corrected: list[bool]
    covers_start_ms: list[int | None]
    covers_end_ms: list[int | None]
    usual_least_wh: Numbers
    """Null, too, where nothing is known of what is usual."""
    usual_wh: Numbers
    usual_most_wh: Numbers


class MeterEnergyColumns(Amount):
    """As `MeterEnergy`; what lies within bars is told of all of them together."""

    meter_id: str
    commodity: Commodity
    start: Moment
    end: Moment
    resolution: Resolution
    tz: str
    usual_of: UsualOf | None
    columns: EnergyColumns
    gaps: list[Interval]
    resets: list[Interval]
    rollovers: list[Interval]


class MinuteColumns(Answer):
    """The fields of minutes, each with an element for each minute."""

    start_ms: list[int]
    """Epoch ms, as all times here."""
    demand_w: Numbers
    demand_min_w: Numbers
    demand_max_w: Numbers
    flow_l_per_h: Numbers
    flow_min_l_per_h: Numbers
    flow_max_l_per_h: Numbers
    register_wh: Numbers
    register_l: Numbers
    energy_wh: Numbers
    volume_l: Numbers
    readings: list[int]
    expected: list[int]
    late: list[int]
    estimated: list[int]
    first_reading_ms: list[int]
    last_reading_ms: list[int]
    corrected_at_ms: list[int | None]


class MinutesColumns(Answer):
    """As `Minutes`."""

    meter_id: str
    commodity: Commodity
    start: Moment
    end: Moment
    tz: str
    columns: MinuteColumns


def energy_columns(answer: MeterEnergy) -> MeterEnergyColumns:
    """Bars by the column."""
    bars = answer.items
    columns = EnergyColumns(
        start_ms=[_ms(each.start) for each in bars],
        end_ms=[_ms(each.end) for each in bars],
        spans=[each.spans for each in bars],
        complete=[each.complete for each in bars],
        corrected=[each.corrected for each in bars],
        covers_start_ms=[None if each.covers is None else _ms(each.covers.start) for each in bars],
        covers_end_ms=[None if each.covers is None else _ms(each.covers.end) for each in bars],
        **_numbers(bars, _OF_BARS),
    )
    return MeterEnergyColumns(
        **_head(answer, MeterEnergyColumns),
        columns=columns,
        gaps=_once(each.gaps for each in bars),
        resets=_once(each.resets for each in bars),
        rollovers=_once(each.rollovers for each in bars),
    )


def minutes_columns(answer: Minutes) -> MinutesColumns:
    """Minutes by the column."""
    minutes = answer.items
    columns = MinuteColumns(
        start_ms=[_ms(each.start) for each in minutes],
        readings=[each.readings for each in minutes],
        expected=[each.expected for each in minutes],
        late=[each.late for each in minutes],
        estimated=[each.estimated for each in minutes],
        first_reading_ms=[_ms(each.first_reading) for each in minutes],
        last_reading_ms=[_ms(each.last_reading) for each in minutes],
        corrected_at_ms=[
            None if each.corrected_at is None else _ms(each.corrected_at) for each in minutes
        ],
        **_numbers(minutes, _OF_MINUTES),
    )
    return MinutesColumns(**_head(answer, MinutesColumns), columns=columns)


_OF_BARS = (
    *("energy_wh", "volume_l", "estimated_wh", "estimated_l"),
    *("usual_least_wh", "usual_wh", "usual_most_wh"),
)
_OF_MINUTES = (
    *("demand_w", "demand_min_w", "demand_max_w", "register_wh", "energy_wh"),
    *("flow_l_per_h", "flow_min_l_per_h", "flow_max_l_per_h", "register_l", "volume_l"),
)


def _numbers(rows: Sequence[EnergyBar | Minute], names: Iterable[str]) -> dict[str, Any]:
    columns = {name: [getattr(each, name) for each in rows] for name in names}
    # Nothing of it is known where the commodity has no such unit.
    return {
        name: values if any(each is not None for each in values) else None
        for name, values in columns.items()
    }


def _head(answer: Answer, of: type[Answer]) -> dict[str, Any]:
    """What both ways of saying it have."""
    return {
        name: getattr(answer, name) for name in type(answer).model_fields if name in of.model_fields
    }


def _once(lists: Iterable[Sequence[Interval]]) -> list[Interval]:
    """One that lies in two bars is told by both."""
    found = {(each.start, each.end): each for part in lists for each in part}
    return list(found.values())


def _ms(time: datetime) -> int:
    return round(time.timestamp() * 1_000)
