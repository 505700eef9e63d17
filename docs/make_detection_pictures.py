"""Draws the pictures of docs/detection.md.

`uv run --group docs python docs/make_detection_pictures.py FILE` with the file of London homes that
`detection/silences.json` beside this was made of, by `wattstream bench silences FILE --json`.
"""

import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import matplotlib.dates as mdates
import matplotlib.pyplot as plt
import numpy as np
import orjson
import polars as pl
from matplotlib.axes import Axes
from matplotlib.colors import ListedColormap
from matplotlib.patches import Patch
from numpy.typing import NDArray
from picture_style import BLUE, GREY, RED, save_picture, set_style

from simulators.london.lcl import HALF_HOUR_MS, read_london

SILENCES = Path(__file__).parent / "detection" / "silences.json"
HOUR_MS, DAY_MS = 3_600_000, 86_400_000
HALF_HOURS = DAY_MS // HALF_HOUR_MS
LIGHT = "#d8e4ee"
USED = {"used": LIGHT, "nothing used": "#7fb3d9", "for six hours or more": RED}
SHOWN_DAYS = 2
"""Before a home stops."""

DAY_AND_CLOCK = mdates.DateFormatter("%d %b\n%H:%M")  # type: ignore[no-untyped-call]
MONTH = mdates.DateFormatter("%b")  # type: ignore[no-untyped-call]

Silence = dict[str, Any]


def main(file: Path) -> None:
    """Draw all of them."""
    set_style(grid=True)
    found = orjson.loads(SILENCES.read_bytes())
    readings = read_london(file).readings
    draw_stop(found["silences"], readings)
    draw_silences(found["silences"], readings)
    draw_no_use(found["no_use"], readings)


def draw_stop(silences: list[Silence], readings: pl.DataFrame) -> None:
    """The last days of a home that stops, and when it is told of."""
    stop = next(each for each in silences if each["kind"] == "stop")
    last_ms, told_ms = stop["start_ms"], stop["opened_at_ms"]
    own = readings.filter(
        pl.col("meter_id") == stop["meter_id"], pl.col("ts") > last_ms - SHOWN_DAYS * DAY_MS
    )
    begins = (own["ts"] - HALF_HOUR_MS).to_list()
    _, axis = plt.subplots(figsize=(8, 2.8))
    axis.stairs(
        own["demand_mw"].to_numpy() / 1e6,
        [*_dates(begins), _date(last_ms)],
        color=BLUE,
        fill=True,
        alpha=0.35,
    )
    until_ms = last_ms + DAY_MS // 4
    due = range(last_ms + HALF_HOUR_MS, until_ms, HALF_HOUR_MS)
    axis.plot(_dates(due), np.zeros(len(due)), "|", color=GREY, label="readings that were due")
    axis.axvline(_date(last_ms), color=GREY, lw=1, ls=":", label=f"last reading, {_clock(last_ms)}")
    axis.axvline(_date(told_ms), color=RED, lw=1.2, label=f"alert, {_clock(told_ms)}")
    axis.set_title(f"{stop['meter_id']} stops", loc="left", fontsize=9)
    axis.set_ylabel("demand, kW")
    axis.set_ylim(bottom=0)
    axis.xaxis.set_major_formatter(DAY_AND_CLOCK)
    axis.legend(loc="upper left")
    save_picture("silent-home.png")


def draw_silences(silences: list[Silence], readings: pl.DataFrame) -> None:
    """All homes that are told of, through the year; and all gaps by their length."""
    told = sorted({each["meter_id"] for each in silences if each["alert"] is not None})
    row = {meter_id: number for number, meter_id in enumerate(told)}
    _, (year, lengths) = plt.subplots(
        2, 1, figsize=(8, 2.8 + 0.19 * len(told)), height_ratios=(0.19 * len(told), 1.8)
    )
    seen = readings.group_by("meter_id").agg(
        first=pl.col("ts").min() - HALF_HOUR_MS, last=pl.col("ts").max()
    )
    for meter_id, first_ms, last_ms in seen.iter_rows():
        if meter_id in row:
            year.plot(_dates([first_ms, last_ms]), [row[meter_id]] * 2, color=LIGHT, lw=5, zorder=1)
    for each in silences:
        if each["meter_id"] not in row:
            continue
        at = row[each["meter_id"]]
        span = _dates([each["start_ms"], each["end_ms"]])
        if each["alert"] is None:
            year.plot(span[0], at, "|", color=GREY, markersize=5, zorder=2)
        elif each["kind"] == "stop":
            year.plot(span[0], at, "X", color=RED, markersize=7, zorder=4)
        else:
            year.plot(span, [at] * 2, color="white", lw=5, zorder=2, solid_capstyle="butt")
            year.plot(span[0], at, "|", color=RED, markersize=9, markeredgewidth=1.6, zorder=3)
    for style, colour, label in (
        ("X", RED, "stops, told"),
        ("|", RED, "gap, told"),
        ("|", GREY, "gap, not told"),
    ):
        year.plot([], [], style, color=colour, label=label)
    year.set_yticks(range(len(told)), told, fontsize=7)
    year.set_ylim(len(told) - 0.5, -2.2)
    _name_months(year)
    year.legend(loc="upper left", ncols=3)
    numbers = [(each["half_hours"], each["alert"]) for each in silences if each["kind"] == "gap"]
    sizes = sorted({half_hours for half_hours, _ in numbers})
    for colour, of, label in ((GREY, False, "not told"), (RED, True, "told")):
        heights = [
            sum(size == half_hours and (alert is not None) == of for half_hours, alert in numbers)
            for size in sizes
        ]
        bars = lengths.bar(range(len(sizes)), heights, color=colour, label=label)
        lengths.bar_label(bars, [f"{each}" if each else "" for each in heights], fontsize=7)
    lengths.set_xticks(range(len(sizes)), [_hours(size) for size in sizes], fontsize=7)
    lengths.set_yscale("symlog", linthresh=1)
    lengths.set_ylim(0, 600)
    lengths.set_yticks((1, 10, 100), ("1", "10", "100"))
    lengths.set_ylabel("gaps")
    lengths.set_xlabel("hours that are missing")
    lengths.legend(loc="upper right")
    save_picture("silences.png")


def draw_no_use(no_use: list[Silence], readings: pl.DataFrame) -> None:
    """When homes with long times without use use nothing, half-hour by day."""
    homes = sorted({each["meter_id"] for each in no_use})
    first_ms = int(readings["ts"].to_numpy().min() - HALF_HOUR_MS) // DAY_MS * DAY_MS
    days = -(-int(readings["ts"].to_numpy().max() - first_ms) // DAY_MS)
    _, axes = plt.subplots(len(homes), 1, figsize=(8, 1.5 * len(homes)), sharex=True, squeeze=False)
    for axis, meter_id in zip(axes[:, 0], homes, strict=True):
        own = readings.filter(pl.col("meter_id") == meter_id)
        place = _half_hour(own["ts"].to_numpy(), first_ms)
        shown = np.zeros(days * HALF_HOURS, dtype=np.int64)
        shown[place] = 1
        shown[place[own["demand_mw"].to_numpy() == 0]] = 2
        hours = 0.0
        for each in no_use:
            if each["meter_id"] == meter_id:
                hours += (each["end_ms"] - each["start_ms"]) / HOUR_MS
                begin, end = (
                    (each[of] - first_ms) // HALF_HOUR_MS for of in ("start_ms", "end_ms")
                )
                shown[begin:end] = 3
        axis.imshow(
            shown.reshape(days, HALF_HOURS).T,
            aspect="auto",
            origin="lower",
            interpolation="nearest",
            cmap=ListedColormap(["white", *USED.values()]),
            vmin=0,
            vmax=3,
            extent=(
                mdates.date2num(_date(first_ms)),  # type: ignore[no-untyped-call]
                mdates.date2num(_date(first_ms + days * DAY_MS)),  # type: ignore[no-untyped-call]
                0,
                24,
            ),
        )
        axis.grid(visible=False)
        axis.set_yticks((0, 6, 12, 18, 24))
        axis.set_title(f"{meter_id}: {hours / 24:,.1f} days in all", loc="left", fontsize=9)
        axis.set_ylabel("hour, GMT")
    _name_months(axes[-1, 0])
    axes[0, 0].legend(
        handles=[Patch(color=colour, label=label) for label, colour in USED.items()],
        ncols=len(USED),
        loc="lower right",
        bbox_to_anchor=(1, 0.98),
    )
    save_picture("no-use.png")


def _half_hour(ts_ms: NDArray[np.int64], first_ms: int) -> NDArray[np.int64]:
    return (ts_ms - HALF_HOUR_MS - first_ms) // HALF_HOUR_MS


def _name_months(axis: Axes) -> None:
    axis.xaxis.set_major_locator(mdates.MonthLocator())  # type: ignore[no-untyped-call]
    axis.xaxis.set_major_formatter(MONTH)


def _hours(half_hours: int) -> str:
    return f"{half_hours / 2:g}"


def _date(ms: int) -> datetime:
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=ms)


def _dates(times_ms: Any) -> list[datetime]:  # noqa: ANN401
    return [_date(int(ms)) for ms in times_ms]


def _clock(ms: int) -> str:
    return f"{_date(ms):%d %B %H:%M}"


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: python docs/make_detection_pictures.py FILE, a Low Carbon London CSV")
    main(Path(sys.argv[1]))
