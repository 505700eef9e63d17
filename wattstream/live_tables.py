"""Live state as tables that fit a terminal of 80 columns."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from itertools import islice, zip_longest
from typing import Literal

from rich.table import Table

from contracts.live import MEASURES, LargeMeter, Largest, LiveGroup, LiveMeter, Measure

UNITS = {
    "electricity": ("W", "Wh"),
    "gas": ("l/h", "l"),
    "water": ("l/h", "l"),
    "supply": ("W", "Wh"),
}
"""Of demand and register, by commodity."""

State = Literal["reporting", "holding", "silent"]


def meters_in(area: LiveGroup) -> int:
    """All that are known there."""
    return area.reporting + area.holding + area.silent


def state_of(meter: LiveMeter, slice_end_ms: int, slice_ms: int) -> State:
    """What a meter's value is worth in the slice that ends then: its latest reading is of that
    slice, or its demand is still taken for what it draws, or no longer."""
    if meter.last_ms >= slice_end_ms - slice_ms:
        return "reporting"
    return "holding" if meter.holds_until_ms >= slice_end_ms else "silent"


def areas_table(shown: Mapping[tuple[str, str], LiveGroup]) -> Table:
    """Areas by commodity and geohash."""
    table = _table("Areas (Redis)")
    table.add_column("area", overflow="fold")
    table.add_column("commodity", no_wrap=True)
    for heading in ("demand", "reporting", "holding", "silent", "as of, UTC"):
        table.add_column(heading, justify="right", no_wrap=True)
    for (commodity, area), total in shown.items():
        table.add_row(
            area,
            commodity,
            f"{total.demand:,.0f} {UNITS[commodity][0]}",
            f"{total.reporting:,}",
            f"{total.holding:,}",
            f"{total.silent:,}",
            _clock(total.slice_end_ms),
        )
    return table


def meters_table(shown: Sequence[tuple[str, LiveMeter]], slice_end_ms: int, slice_ms: int) -> Table:
    """Meters by id, as they stand in the slice that ends then."""
    table = _table("Meters (Redis)")
    table.add_column("meter", overflow="fold")
    table.add_column("commodity", no_wrap=True)
    for heading in ("demand", "register", "state", "as of, UTC"):
        table.add_column(heading, justify="right", no_wrap=True)
    for meter_id, meter in shown:
        demand_unit, register_unit = UNITS[meter.commodity]
        table.add_row(
            meter_id,
            meter.commodity,
            "unknown" if meter.demand is None else f"{meter.demand:,.0f} {demand_unit}",
            f"{meter.register:,.0f} {register_unit}",
            state_of(meter, slice_end_ms, slice_ms),
            _clock(meter.last_ms),
        )
    return table


def largest_table(shown: Mapping[str, Mapping[Measure, Largest]], most: int) -> Table:
    """Up to so many of the largest meters of each commodity, by power and by energy of the day."""
    table = _table("Largest (Redis)")
    table.add_column("commodity", no_wrap=True)
    for heading, value in (("by power", "demand"), ("by energy", "today")):
        table.add_column(heading, overflow="fold")
        table.add_column(value, justify="right", no_wrap=True)
    for commodity, largest in shown.items():
        sides = [islice(largest[by].meters, most) if by in largest else () for by in MEASURES]
        for number, side in enumerate(zip_longest(*sides)):
            cells = [
                cell
                for meter, unit in zip(side, UNITS[commodity], strict=True)
                for cell in _large(meter, unit)
            ]
            table.add_row("" if number else commodity, *cells)
    return table


def _large(meter: LargeMeter | None, unit: str) -> tuple[str, str]:
    return ("", "") if meter is None else (meter.meter_id, f"{meter.value:,.0f} {unit}")


def _table(title: str) -> Table:
    return Table(title=title, expand=True, box=None, padding=(0, 1, 0, 0), header_style="dim")


def _clock(time_ms: int) -> str:
    return f"{datetime.fromtimestamp(time_ms / 1000, UTC):%m-%d %H:%M:%S}"
