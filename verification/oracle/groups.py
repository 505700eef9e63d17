"""What areas, feeders and regions draw, slice by slice.

A meter adds to the figures of its groups over spans of slices: it reports in a slice, holds its
value until that is over, and is silent from then on, until the slice in which more is said of it.
Each span is two changes, one where it begins and one where it ends. Added up by group and slice,
they are what changes there, and summed over time what the group draws.
"""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import polars as pl

from contracts.live import Group
from contracts.time import DAY_MS, MINUTE_MS
from verification.oracle.history import thousandths
from verification.rows import AreaMinute, AreaMinuteKey, LiveGroupKey, LiveGroupTotal

FIGURES = ("demand", "reporting", "holding", "silent", "energy_today")
"""Those of a group; `new` beside them is the number of readings."""

_KEY = ("commodity", "name", "slice_end_ms")
_GROUP = ("commodity", "name")

Ints = npt.NDArray[np.int64]


class Span(NamedTuple):
    """Over which slices states add what to a figure."""

    figure: str
    start: Ints
    end: Ints
    """Exclusive, both slice ends."""
    value: Ints


def changes_of(
    states: pl.DataFrame, meters: pl.DataFrame, group: Group, slice_ms: int, last_end_ms: int
) -> pl.DataFrame:
    """How the figures of each group change, by slice, up to the last slice that has closed.

    Args:
        states: As `ledger.states_of` makes them.

    Returns:
        `commodity`, `name`, `slice_end_ms`, the change of each of FIGURES and `new`, thousandths
        where history has units; in this order, without slices in which nothing happens.
    """
    meant = (
        told_of(states)
        .join(meters.lazy(), on="meter")
        .rename({group: "name"})
        .filter(pl.col("name").is_not_null())
        .with_columns(group=pl.struct(_GROUP).rank("dense").cast(pl.Int64))
        .select(
            *_GROUP,
            *("group", "slice_end_ms", "until", "new", "holds_until_ms", "last_ms"),
            *("demand", "energy_today"),
        )
        .collect()
    )
    names = meant.select("group", *_GROUP).unique("group")
    parts = [
        _change(
            meant["group"], at, span.figure, sign * span.value, at_most=last_end_ms, there=there
        )
        for span in spans_of(meant, slice_ms, last_end_ms + slice_ms)
        for there in [span.start < span.end]
        for at, sign in ((span.start, 1), (span.end, -1))
    ]
    came = meant["new"].to_numpy()
    at = meant["slice_end_ms"].to_numpy()
    parts.append(_change(meant["group"], at, "new", came, at_most=last_end_ms, there=came > 0))
    figures = (*FIGURES, "new")
    return (
        pl.concat(parts, how="diagonal")
        .lazy()
        .group_by("group", "slice_end_ms")
        .agg(pl.col(figures).sum())
        .filter(pl.any_horizontal(pl.col(name) != 0 for name in figures))
        .join(names.lazy(), on="group")
        .sort(_KEY)
        .select(*_KEY, *figures)
        .collect()
    )


def told_of(states: pl.DataFrame) -> pl.LazyFrame:
    """The states in which something was said of a meter, and `until` which slice each stands; null
    if there is none that follows."""
    return (
        states.lazy()
        .filter(pl.col("told") | pl.col("removed"))
        .with_columns(until=pl.col("slice_end_ms").shift(-1).over("meter"))
        .filter("known")
    )


def spans_of(meant: pl.DataFrame, slice_ms: int, forever_ms: int) -> Iterator[Span]:
    """Over which slices each state adds what to which figure.

    Args:
        meant: Of `told_of`.
        forever_ms: Where states end after which nothing was said.
    """
    start, reported, held, until = lasting(meant, slice_ms, forever_ms)
    one = np.ones(len(meant), dtype=np.int64)

    def ints(name: str) -> Ints:
        return meant[name].fill_null(0).to_numpy()

    last_day = (ints("last_ms") - 1) // DAY_MS * DAY_MS
    day_over = np.minimum(_first_end_after(last_day + DAY_MS, slice_ms), until)
    yield Span("reporting", start, reported, one)
    yield Span("holding", reported, held, one)
    yield Span("silent", held, until, one)
    yield Span("demand", start, held, ints("demand"))
    yield Span("energy_today", start, day_over, ints("energy_today"))


def lasting(meant: pl.DataFrame, slice_ms: int, forever_ms: int) -> tuple[Ints, Ints, Ints, Ints]:
    """From which slice on each state stands, and until which its meter reports, reports or holds,
    and is as it was said; all slice ends, the last three exclusive.

    Args:
        meant, forever_ms: As of `spans_of`.
    """
    start = meant["slice_end_ms"].to_numpy()
    until = meant["until"].fill_null(forever_ms).to_numpy()
    reported = np.where(meant["new"].to_numpy() > 0, start + slice_ms, start)
    reported = np.minimum(reported, until)
    over = _first_end_after(meant["holds_until_ms"].to_numpy(), slice_ms)
    return start, reported, np.clip(over, reported, until), until


def _first_end_after(ms: Ints, slice_ms: int) -> Ints:
    return ms // slice_ms * slice_ms + slice_ms


def _change(
    group: pl.Series, at: Ints, figure: str, value: Ints, at_most: int, there: npt.NDArray[np.bool_]
) -> pl.DataFrame:
    counts = there & (at <= at_most) & (value != 0)
    frame = pl.DataFrame(
        {
            "group": group.filter(pl.Series(counts)),
            "slice_end_ms": at[counts],
            figure: value[counts],
        }
    )
    return frame.group_by("group", "slice_end_ms").agg(pl.col(figure).sum())


def live_groups(changes: pl.DataFrame, group: Group) -> dict[LiveGroupKey, LiveGroupTotal]:
    """What each group draws, as of the last slice in which that changed or a reading came."""
    last = changes.with_columns(pl.col(FIGURES).cum_sum().over(_GROUP)).unique(
        _GROUP, keep="last", maintain_order=True
    )
    last = last.with_columns(thousandths(last[name]) for name in ("demand", "energy_today"))
    fields = LiveGroupTotal._fields[:-1]
    return {
        (group, commodity, name): LiveGroupTotal(*figures)
        for commodity, name, *figures in last.select(*_GROUP, *fields).iter_rows()
    }


def area_minutes(
    changes: pl.DataFrame, slice_ms: int, last_end_ms: int
) -> dict[AreaMinuteKey, AreaMinute]:
    """Minutes that have closed and in which something of an area changed or came.

    Args:
        changes: Of areas; `changes_of`.
    """
    end = pl.col("slice_end_ms")
    changes = changes.with_columns(minute=(end - 1) - (end - 1) % MINUTE_MS).filter(
        pl.col("minute") + MINUTE_MS <= last_end_ms
    )
    # The figures that a minute begins with count up to the first change in it.
    begun = changes.select(*_GROUP, "minute", slice_end_ms=pl.col("minute") + slice_ms).unique()
    draws = pl.col("reporting") + pl.col("holding")
    slices = (pl.col("until") - end) // slice_ms
    rows = (
        pl.concat([changes, begun], how="diagonal")
        .lazy()
        .group_by(*_KEY, "minute")
        .agg(pl.col((*FIGURES, "new")).sum())
        .sort(_KEY)
        .with_columns(
            pl.col(FIGURES).cum_sum().over(_GROUP),
            until=end.shift(-1).over(*_GROUP, "minute"),
        )
        .with_columns(until=pl.col("until").fill_null(pl.col("minute") + MINUTE_MS + slice_ms))
        .with_columns(there=pl.when(draws + pl.col("silent") > 0).then(slices).otherwise(0))
        .group_by(*_GROUP, "minute")
        .agg(
            readings=pl.col("new").sum(),
            meters=draws.max(),
            silent=pl.col("silent").max(),
            sum=(pl.col("demand") * pl.col("there")).sum(),
            slices=pl.col("there").sum(),
        )
        .with_columns(mean=pl.col("sum").abs() // pl.max_horizontal("slices", 1))
        .with_columns(demand=pl.when(pl.col("sum") < 0).then(-pl.col("mean")).otherwise("mean"))
        .collect()
    )
    rows = rows.with_columns(thousandths(rows["demand"]))
    return {
        (name, commodity, minute): AreaMinute(*values)
        for name, commodity, minute, *values in rows.select(
            "name", "commodity", "minute", *AreaMinute._fields
        ).iter_rows()
    }
