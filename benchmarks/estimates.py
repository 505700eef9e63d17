"""`wattstream bench estimates`: how good estimates are, on half-hours of homes that were measured.

Gaps are made at random where a home's readings are whole, and the product's curve says what was in
them: of a counter, whose total is known; of intervals, with and without readings after the gap.
What is compared is the gap's energy, its half-hours, and what they cost by a dynamic tariff.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

import numpy as np
import polars as pl
from numpy.typing import NDArray
from rich.table import Table

from billing.curve.curve import segments
from billing.curve.energies import matrix
from billing.curve.estimates import estimated
from billing.curve.local import LocalDays
from billing.curve.points import Points, joined
from billing.curve.registers import Registers
from billing.curve.segments import Segments
from billing.curve.validation import validated
from contracts.billing import Letter
from contracts.masters import Installation
from contracts.settings import PROJECT
from contracts.time import DAY_MS, HOUR_MS
from infra.provenance import origin
from simulators.errors import FileError
from simulators.london.lcl import read_london

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

HALF_HOUR_MS = HOUR_MS // 2
SIDE = 28 * DAY_MS // HALF_HOUR_MS
"""Half-hours on each side of a gap that estimates look at."""
LENGTHS: Mapping[int, int] = {
    1: 4_000,
    2: 4_000,
    4: 3_000,
    12: 2_000,
    48: 1_500,
    96: 1_000,
    336: 500,
}
"""Half-hours of gaps, and how many are made of each."""
COMPLETE = 0.987
"""Homes with a smaller share of their half-hours are left out."""
CHUNK = 250
PRICES = {"High": 67.20, "Normal": 11.76, "Low": 3.99}
"""Pence a kWh of the bands of London's trial."""

_INTERVALS = Installation(
    register_id="",
    premises_id="",
    commodity="electricity",
    direction="import",
    source="interval",
    boundary="interpolate",
    begin_ms=0,
    end_ms=None,
    cadence_ms=HALF_HOUR_MS,
)

Kind = Literal["total known", "total unknown", "open end"]
KINDS: tuple[Kind, ...] = ("total known", "total unknown", "open end")


@dataclass(frozen=True)
class Homes:
    """Half-hours of homes from a midnight (UTC) on."""

    begin_ms: int
    energy_mwh: Ints
    """[homes x half-hours], -1 of one that is missing."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """Errors of gaps of one length, per cent of what they had."""

    kind: Kind
    method: str
    half_hours: int
    gaps: int
    energy: float
    """Of the energies of gaps."""
    bias: float
    """Of all of them together."""
    shape: float
    """Of half-hours."""
    cost: float | None
    """Of the costs of gaps; None without a tariff."""


@dataclass(frozen=True, slots=True)
class Lacks:
    """What the curve says of all homes of a file."""

    homes: int
    measured_kwh: float
    gaps: int
    half_hours: int
    """That are missing in gaps."""
    stopped: int
    """Homes that were not read for so long before the end that their bill is held."""
    zeros: int
    """Days and more without any use."""
    estimated_kwh: float
    """Of the gaps."""


def lacks_of(path: Path, time_zone: str = "Europe/London") -> Lacks:
    """What a file lacks, as validation finds it and estimates fill it.

    Raises:
        RequestError: the file is none of London's.
    """
    readings = read_london(path).readings
    begin_ms = (int(readings["ts"].min()) - HALF_HOUR_MS) // DAY_MS * DAY_MS  # type: ignore[arg-type]
    end_ms = -(-int(readings["ts"].max()) // DAY_MS) * DAY_MS  # type: ignore[arg-type]
    registers = Registers(
        [
            replace(_INTERVALS, register_id=meter_id, begin_ms=begin_ms, opening_mwh=0)
            for meter_id in readings["meter_id"].unique().sort()
        ]
    )
    rows = readings.select(
        "meter_id",
        "ts",
        "seq",
        commodity=pl.lit("electricity"),
        register=pl.col("register_mwh") / 1_000,
    )
    found, _ = segments(joined(rows, registers), registers)
    findings = validated(found, registers, until_ms=end_ms, calendar=LocalDays(time_zone))
    missing = [each for each in findings if each.rule == "missing"]
    own = estimated(found, registers, calendar=LocalDays(time_zone))
    return Lacks(
        homes=len(registers),
        measured_kwh=int(found.energy_mwh.sum()) / 1e6,
        gaps=len(missing),
        half_hours=sum(int(each.detail["readings"]) for each in missing),
        stopped=sum(each.rule == "prolonged" for each in findings),
        zeros=sum(each.rule == "zero" for each in findings),
        estimated_kwh=int(own.energy_mwh[own.letter == Letter.E].sum()) / 1e6,
    )


def homes_of(path: Path) -> Homes:
    """The homes of a file that are nearly whole.

    Raises:
        RequestError: the file is none of London's.
    """
    readings = read_london(path).readings
    ends_ms = readings["ts"].to_numpy()
    begin_ms = (int(ends_ms.min()) - HALF_HOUR_MS) // DAY_MS * DAY_MS
    place = (ends_ms - begin_ms) // HALF_HOUR_MS - 1
    home = readings["meter_id"].cast(pl.String).rank("dense").to_numpy().astype(np.int64) - 1
    energy_mwh = np.full((home.max() + 1, place.max() + 1), -1, dtype=np.int64)
    energy_mwh[home, place] = readings["demand_mw"].to_numpy() // 2
    return Homes(begin_ms, energy_mwh[(energy_mwh >= 0).mean(axis=1) >= COMPLETE])


def prices_of(path: Path, homes: Homes) -> Floats:
    """Pence a kWh of each half-hour of the homes, from a CSV file with the columns
    `TariffDateTime` (GMT, `2013-01-01 00:00:00`) and `Tariff` (High, Normal or Low).

    Raises:
        FileError: no such file, column or band, or a half-hour without a price.
    """
    try:
        frame = pl.read_csv(path).select(
            start=pl.col("TariffDateTime").str.to_datetime("%Y-%m-%d %H:%M:%S").dt.epoch("ms"),
            price=pl.col("Tariff").replace_strict(PRICES, return_dtype=pl.Float64),
        )
    except (OSError, pl.exceptions.PolarsError) as error:
        raise FileError(
            f"{path}: cannot be read as a tariff: {str(error).splitlines()[0]}; give a CSV file "
            f"with TariffDateTime and Tariff ({', '.join(PRICES)})"
        ) from error
    prices = np.full(homes.energy_mwh.shape[1], np.nan)
    place = (frame["start"].to_numpy() - homes.begin_ms) // HALF_HOUR_MS
    inside = (place >= 0) & (place < len(prices))
    prices[place[inside]] = frame["price"].to_numpy()[inside]
    without = np.flatnonzero(np.isnan(prices))
    if len(without):
        start = datetime.fromtimestamp((homes.begin_ms + int(without[0]) * HALF_HOUR_MS) / 1e3, UTC)
        raise FileError(
            f"{path}: no price from {start:%Y-%m-%d %H:%M} on: give one of each half-hour"
        )
    return prices


def run(
    homes: Homes,
    *,
    lengths: Mapping[int, int] = LENGTHS,
    time_zone: str = "Europe/London",
    prices: Floats | None = None,
    seed: int = 1,
) -> list[Outcome]:
    """Make gaps, fill them, and compare."""
    rng = np.random.default_rng(seed)
    outcomes = []
    for half_hours, number in lengths.items():
        gaps = _gaps(homes, half_hours, number, rng)
        for kind in KINDS:
            # Of one half-hour between two readings nothing is to be estimated.
            if kind == "total known" and half_hours == 1:
                continue
            filled = [
                _filled(homes, gaps[at : at + CHUNK], half_hours, kind, LocalDays(time_zone))
                for at in range(0, len(gaps), CHUNK)
            ]
            truth = np.stack([homes.energy_mwh[home, at : at + half_hours] for home, at in gaps])
            cost = (
                None
                if prices is None
                else np.stack([prices[at : at + half_hours] for _, at in gaps])
            )
            for method in filled[0]:
                said = np.concatenate([each[method] for each in filled])
                outcomes.append(_outcome(kind, method, said, truth, cost))
    return outcomes


def _gaps(
    homes: Homes, half_hours: int, number: int, rng: np.random.Generator
) -> list[tuple[int, int]]:
    """Homes and first half-hours of gaps, all of which, and their neighbours, are there."""
    there = homes.energy_mwh >= 0
    gaps: list[tuple[int, int]] = []
    while len(gaps) < number:
        home = int(rng.integers(there.shape[0]))
        at = int(rng.integers(SIDE + 1, there.shape[1] - SIDE - half_hours))
        if there[home, at - 1 : at + half_hours + 1].all():
            gaps.append((home, at))
    return gaps


def _filled(
    homes: Homes, gaps: Sequence[tuple[int, int]], half_hours: int, kind: Kind, days: LocalDays
) -> dict[str, Ints]:
    """By method, the half-hours of gaps as it says them."""
    begins_ms = [homes.begin_ms + at * HALF_HOUR_MS for _, at in gaps]
    lasts_ms = half_hours * HALF_HOUR_MS
    registers = Registers(
        [
            replace(
                _INTERVALS,
                register_id=f"gap {place}",
                source="counter" if kind == "total known" else "interval",
                end_ms=begin_ms + lasts_ms,
            )
            for place, begin_ms in enumerate(begins_ms)
        ]
    )
    found, _ = segments(_points(homes, gaps, half_hours, kind), registers)
    open_until_ms = max(begins_ms) + lasts_ms if kind == "open end" else None
    own = estimated(found, registers, calendar=days, open_until_ms=open_until_ms)
    said = {"own days": _half_hours(own, begins_ms, half_hours)}
    if kind == "total known":
        even = _half_hours(found, begins_ms, half_hours)
        said["even"] = even
        said["at reconnect"] = np.zeros_like(even)
        said["at reconnect"][:, -1] = even.sum(axis=1)
    return said


def _points(homes: Homes, gaps: Sequence[tuple[int, int]], half_hours: int, kind: Kind) -> Points:
    """Readings around gaps, a register for each."""
    parts = []
    for place, (home, at) in enumerate(gaps):
        first, last = at - SIDE, at + half_hours + SIDE
        energy_mwh = homes.energy_mwh[home, first:last]
        is_read = energy_mwh >= 0
        gap = slice(SIDE, SIDE + half_hours)
        if kind == "total known":
            is_read[SIDE : SIDE + half_hours - 1] = False
            counted = np.maximum(energy_mwh, 0)
        else:
            is_read[gap] = False
            if kind == "open end":
                is_read[SIDE:] = False
            counted = np.where(is_read, energy_mwh, 0)
        ends = np.flatnonzero(is_read)
        ts_ms = homes.begin_ms + (first + np.append(-1, ends) + 1) * HALF_HOUR_MS
        register_mwh = np.append(0, np.cumsum(counted)[ends])
        parts.append((np.full(len(ts_ms), place, dtype=np.int32), ts_ms, register_mwh))
    columns = [np.concatenate(each) for each in zip(*parts, strict=True)]
    return Points(columns[0], columns[1], columns[2])


def _half_hours(found: Segments, begins_ms: Sequence[int], half_hours: int) -> Ints:
    rows = []
    for place, begin_ms in enumerate(begins_ms):
        own = found.take(found.of(place))
        whole = matrix(own, place + 1, begin_ms, half_hours, HALF_HOUR_MS)
        rows.append(whole.energy_mwh[place])
    return np.stack(rows)


def _outcome(kind: Kind, method: str, said: Ints, truth: Ints, prices: Floats | None) -> Outcome:
    whole = truth.sum()

    def share(wrong: Ints) -> float:
        return 100 * float(wrong.sum()) / float(whole)

    off = said - truth
    cost = None
    if prices is not None:
        wrong = np.abs((off * prices).sum(axis=1)).sum()
        cost = 100 * float(wrong / (truth * prices).sum())
    return Outcome(
        kind=kind,
        method=method,
        half_hours=truth.shape[1],
        gaps=len(truth),
        energy=share(np.abs(off.sum(axis=1))),
        bias=share(off),
        shape=share(np.abs(off)),
        cost=cost,
    )


def content(lacks: Lacks, outcomes: Sequence[Outcome], command: str) -> dict[str, object]:
    """What the file lacks and the outcomes, as JSON has them."""
    return {
        **origin(command, PROJECT),
        "lacks": asdict(lacks),
        "outcomes": [asdict(each) for each in outcomes],
    }


def table(lacks: Lacks, outcomes: Sequence[Outcome]) -> Table:
    """What the file lacks and the outcomes, in 80 columns."""
    shown = Table(title="Errors of estimates", box=None, padding=(0, 1, 0, 0), header_style="dim")
    for heading in ("what", "method"):
        shown.add_column(heading, no_wrap=True)
    for heading in ("gap", "gaps", "energy", "bias", "half-hours", "cost"):
        shown.add_column(heading, justify="right", no_wrap=True)
    for each in sorted(outcomes, key=lambda each: (KINDS.index(each.kind), each.method)):
        shown.add_row(
            each.kind,
            each.method,
            f"{each.half_hours / 2:g} h",
            f"{each.gaps:,}",
            f"{each.energy:.1f} %",
            f"{each.bias:+.1f} %",
            f"{each.shape:.1f} %",
            "" if each.cost is None else f"{each.cost:.1f} %",
        )
    shown.caption = (
        "Sums of what gaps are wrong by, of what was used in them: of each gap's energy, of all "
        "gaps together, of half-hours, and of what each gap costs by the dynamic tariff. The file: "
        f"{lacks.homes} homes, {lacks.measured_kwh:,.3f} kWh; {lacks.gaps} gaps with "
        f"{lacks.half_hours} half-hours, estimated at {lacks.estimated_kwh:,.6f} kWh; "
        f"{lacks.stopped} homes that stop; {lacks.zeros} times a day and more without use"
    )
    return shown
