"""Tables for spreadsheets: ISO 8601 with offset, decimal points, UTF-8."""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from pydantic import BaseModel
from starlette.responses import Response

from contracts.reading import Commodity
from services.api.answers.energy import EnergyBar
from services.api.answers.settlement import CountedEnergy, RunEntry
from services.api.answers.units import Amount


def table_of_bars(bars: Iterable[EnergyBar], commodity: Commodity) -> bytes:
    """Bars: what is not known is empty, and never 0."""
    electric = commodity in ("electricity", "supply")
    columns = ("start", "end", "energy_wh" if electric else "volume_l", "unit", "quality")
    rows = (
        (
            bar.start.isoformat(),
            bar.end.isoformat(),
            _number(bar.energy_wh if electric else bar.volume_l),
            "Wh" if electric else "l",
            quality(bar),
        )
        for bar in bars
    )
    return _table(columns, rows)


def table_of_meters(bars: Iterable[tuple[str, Commodity, EnergyBar]]) -> bytes:
    """Bars of several meters, each with its id and its commodity."""
    columns = ("meter_id", "commodity", "start", "end", "energy_wh", "volume_l", "quality")
    rows = (
        (
            meter_id,
            commodity,
            bar.start.isoformat(),
            bar.end.isoformat(),
            _number(bar.energy_wh),
            _number(bar.volume_l),
            quality(bar),
        )
        for meter_id, commodity, bar in bars
    )
    return _table(columns, rows)


def csv_of_items(
    name: str, of: type[BaseModel], items: Iterable[BaseModel], headers: Mapping[str, str]
) -> Response:
    """Items of a list, a column for each field; several values of one are parted by blanks."""
    columns = list(of.model_fields)
    rows = ([_cell(getattr(each, name)) for name in columns] for each in items)
    return csv_file(name, _table(columns, rows), headers)


def csv_of_runs(name: str, runs: Iterable[RunEntry], headers: Mapping[str, str]) -> Response:
    """Runs, a line for each commodity and direction; one that counted nothing has one, too."""
    nested = ("energies", "broken")
    own = [each for each in RunEntry.model_fields if each not in nested]
    counted = [
        each for each in CountedEnergy.model_fields if each not in ("commodity", "direction")
    ]
    units = tuple(Amount.model_fields)
    columns = [*own, "commodity", "direction"]
    columns += [f"{each}_{unit}" for each in counted for unit in units]
    rows = []
    for run in runs:
        said = [_cell(getattr(run, each)) for each in own]
        counts: Sequence[CountedEnergy | None] = run.energies or [None]
        for energy in counts:
            of = [_cell(getattr(energy, each, None)) for each in ("commodity", "direction")]
            amounts = [getattr(energy, each, None) for each in counted]
            cells = [_cell(getattr(each, unit, None)) for each in amounts for unit in units]
            rows.append([*said, *of, *cells])
    return csv_file(name, _table(columns, rows), headers)


def csv_file(name: str, table: bytes, headers: Mapping[str, str]) -> Response:
    """A table as a file to download."""
    # Ids have no character that a file's name must not have, but for the colon of some systems.
    file = f'attachment; filename="{name.replace(":", "_")}.csv"'
    disposition = {"Content-Disposition": file}
    return Response(table, 200, {**headers, **disposition}, "text/csv; charset=utf-8")


def quality(bar: EnergyBar) -> str:
    """How well a bar is known, in a word or two."""
    if bar.energy_wh is None and bar.volume_l is None:
        return "no readings"
    if not bar.complete:
        return "incomplete"
    return "estimated" if bar.estimated_wh or bar.estimated_l else "measured"


def _cell(value: object) -> str:
    match value:
        case None:
            return ""
        case bool():
            return "yes" if value else "no"
        case float():
            return _number(value)
        case datetime():
            return value.isoformat()
        case list():
            return " ".join(map(str, value))
        case dict():
            return " ".join(f"{key}={each}" for key, each in value.items())
        case _:
            return str(value)


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.3f}".rstrip("0").rstrip(".")


def _table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(columns)
    writer.writerows(rows)
    return text.getvalue().encode()
