"""Live state as tables that fit a terminal of 80 columns."""

from collections.abc import Mapping, Sequence
from itertools import islice, zip_longest
from typing import Literal

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from contracts.live import MEASURES, LargeMeter, Largest, LiveGroup, LiveMeter, Measure
from wattstream.alert_tables import date_text
from wattstream.fitting import more

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


def areas_table(shown: Mapping[tuple[str, str], LiveGroup], live: int, most: int) -> RenderableType:
    """Areas by commodity and geohash.

    Args:
        live: how many there are besides.
        most: so many are shown.
    """
    table = _table()
    table.add_column("area", overflow="fold")
    table.add_column("commodity", no_wrap=True)
    for heading in ("demand", "reporting", "holding", "silent", "as of, UTC"):
        table.add_column(heading, justify="right", no_wrap=True)
    for (commodity, area), total in islice(shown.items(), most):
        table.add_row(
            area,
            commodity,
            f"{total.demand:,.0f} {UNITS[commodity][0]}",
            f"{total.reporting:,}",
            f"{total.holding:,}",
            f"{total.silent:,}",
            date_text(total.slice_end_ms),
        )
    return _cut(table, "areas", live)


def meters_table(
    shown: Sequence[tuple[str, LiveMeter]], live: int, slice_end_ms: int, slice_ms: int, most: int
) -> RenderableType:
    """Meters by id, as they stand in the slice that ends then.

    Args:
        live: how many there are in all.
        most: so many are shown.
    """
    table = _table()
    table.add_column("meter", overflow="fold")
    table.add_column("commodity", no_wrap=True)
    for heading in ("demand", "register", "state", "as of, UTC"):
        table.add_column(heading, justify="right", no_wrap=True)
    for meter_id, meter in shown[:most]:
        demand_unit, register_unit = UNITS[meter.commodity]
        table.add_row(
            meter_id,
            meter.commodity,
            "unknown" if meter.demand is None else f"{meter.demand:,.0f} {demand_unit}",
            f"{meter.register:,.0f} {register_unit}",
            state_of(meter, slice_end_ms, slice_ms),
            date_text(meter.last_ms),
        )
    return _cut(table, "meters", live)


def largest_rows(found: Mapping[str, Mapping[Measure, Largest]], most: int) -> int:
    """How many rows the table of so many of the largest meters has."""
    return sum(
        max((min(len(each.meters), most) for each in largest.values()), default=0)
        for largest in found.values()
    )


def largest_table(
    shown: Mapping[str, Mapping[Measure, Largest]], most: int, rows: int
) -> RenderableType:
    """Up to so many of the largest meters of each commodity, by power and by energy of the day.

    Args:
        rows: so many of the table's rows are shown.
    """
    table = _table()
    table.add_column("largest", no_wrap=True)
    for heading, value in (("by power", "demand"), ("by energy", "today")):
        table.add_column(heading, overflow="fold")
        table.add_column(value, justify="right", no_wrap=True)
    for commodity, largest in shown.items():
        sides = [islice(largest[by].meters, most) if by in largest else () for by in MEASURES]
        for number, side in enumerate(zip_longest(*sides)):
            if table.row_count == rows:
                break
            cells = [
                cell
                for meter, unit in zip(side, UNITS[commodity], strict=True)
                for cell in _large(meter, unit)
            ]
            table.add_row("" if number else commodity, *cells)
    return _cut(table, "largest meters", largest_rows(shown, most))


def _large(meter: LargeMeter | None, unit: str) -> tuple[str, str]:
    return ("", "") if meter is None else (meter.meter_id, f"{meter.value:,.0f} {unit}")


def _table() -> Table:
    return Table(expand=True, box=None, padding=(0, 1, 0, 0), header_style="bold dim")


def _cut(table: Table, what: str, number: int) -> RenderableType:
    """A table of the first of so many rows, and how many more there are; without any row a line."""
    if not number:
        return Text(f"no {what}", style="dim")
    if not table.row_count:
        return Group(*more(number, what))
    return Group(table, *more(number - table.row_count))
