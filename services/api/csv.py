"""Tables for spreadsheets: ISO 8601 with offset, decimal points, UTF-8."""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence

from starlette.responses import Response

from contracts.reading import Commodity
from services.api.answers.energy import EnergyBar


def csv_of_bars(
    name: str, bars: Iterable[EnergyBar], commodity: Commodity, headers: Mapping[str, str]
) -> Response:
    """Bars as a file to download: what is not known is empty, and never 0."""
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
    return _file(name, columns, rows, headers)


def csv_of_meters(
    name: str, bars: Iterable[tuple[str, Commodity, EnergyBar]], headers: Mapping[str, str]
) -> Response:
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
    return _file(name, columns, rows, headers)


def quality(bar: EnergyBar) -> str:
    """How well a bar is known, in a word or two."""
    if bar.energy_wh is None and bar.volume_l is None:
        return "no readings"
    if not bar.complete:
        return "incomplete"
    return "estimated" if bar.estimated_wh or bar.estimated_l else "measured"


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.3f}".rstrip("0").rstrip(".")


def _file(
    name: str,
    columns: Sequence[str],
    rows: Iterable[Sequence[str]],
    headers: Mapping[str, str],
) -> Response:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(columns)
    writer.writerows(rows)
    # Ids have no character that a file's name must not have, but for the colon of some systems.
    file = f'attachment; filename="{name.replace(":", "_")}.csv"'
    disposition = {"Content-Disposition": file}
    return Response(text.getvalue(), 200, {**headers, **disposition}, "text/csv; charset=utf-8")
