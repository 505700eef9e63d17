"""The tables of the model: what is usual for a meter by span, day type and hour of the day.

From 56 days of a meter's own hours, or 28 and more where there are no more, by day type (working
days and free ones), hour of the day h and span w; a cell has the samples of the hour and of its two
neighbours:

- loc[w, d, h]: the median
- hi[w, d, h]: the 0.9-quantile less the median, at least 100, 250, 500 Wh for 1, 6, 24 hours
- R[w]: the largest (E_w - loc) / hi of the days; G[w]: the median of R[w] over the meter's group
- record: the 0.95-quantile, over days, of the day's largest E_1 - loc[1], at least 100 Wh
- bl, bu: of the base load (`spans.Used.base_wh`) the median, and the 0.95-quantile less the median,
  at least 30 Wh; R[b], G[b] likewise

A meter with fewer than 28 days of complete hours has the numbers of its group, each the median over
its homes; one with fewer than 7 has none, and is not judged.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from detection.errors import DataError
from detection.unusual.calendar import DAY_TYPES, Calendar, Places
from detection.unusual.hours import HOURS_A_DAY, Hours
from detection.unusual.quantiles import largest, quantiles
from detection.unusual.spans import SPANS, used_of

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Singles = NDArray[np.float32]

TRAINING_DAYS = 56
"""Eight weeks: the least that has 16 free days, and little of another season."""
FEWEST_OWN_DAYS = 28
FEWEST_DAYS = 7
FEWEST_HOMES = 5
"""Of a group that has numbers of its own; a smaller one has those of all."""

SPREAD_FLOORS_WH = (100.0, 250.0, 500.0)
RECORD_FLOOR_WH = 100.0
BASE_FLOOR_WH = 30.0
SMALLEST_RECORD = 1.0
"""Of a group: in one whose homes never exceed their usual spread, spreads are all there is."""

EVERYONE = "everyone"
"""The group of a meter of which nothing else is known."""

METERS_AT_ONCE = 1_000
"""Meters whose samples are in memory at a time."""


@dataclass(frozen=True, slots=True)
class Group:
    """Homes that are alike, such as households without panels."""

    homes: int
    """How many had days enough of their own."""
    records: tuple[float, ...]
    """G of each span, and of the base load."""


@dataclass(frozen=True, slots=True)
class Tables:
    """A row a meter; single precision, as the file has them. Arrays alone, so that a hundred
    thousand meters are there in milliseconds."""

    ids: NDArray[np.bytes_]
    """Of the meters, in UTF-8 and in their order."""
    group: Integers
    """Place of the meter's group in `groups`."""
    own: NDArray[np.bool_]
    """Whether the numbers are the meter's own, not its group's."""
    loc: Singles
    """Wh, by span, day type and hour."""
    hi: Singles
    records: Singles
    """R of each span, and of the base load."""
    record_wh: Singles
    base_wh: Singles
    base_spread_wh: Singles
    groups: Mapping[str, Group]

    def rows_of(self, meter_ids: Sequence[str]) -> Integers:
        """The rows of meters; -1 of one that has none."""
        wanted = np.array([each.encode() for each in meter_ids], dtype=np.bytes_)
        rows = np.minimum(np.searchsorted(self.ids, wanted), len(self.ids) - 1)
        return np.where(self.ids[rows] == wanted, rows, -1)

    def scales(self) -> Floats:
        """sqrt(max(R, G/2) * G), by meter, of each span and of the base load: half the home's own
        record, half its group's, in the logarithm."""
        shared = np.array([each.records for each in self.groups.values()])[self.group]
        scales: Floats = np.sqrt(np.maximum(self.records.astype(np.float64), shared / 2) * shared)
        return scales


def learned_days(hours: Hours) -> int:
    """How many days tables are made of."""
    return min(TRAINING_DAYS, hours.days)


def fit(hours: Hours, calendar: Calendar, group_of: Mapping[str, str] | None = None) -> Tables:
    """The tables of the last 56 days, or of fewer if there are no more.

    Args:
        hours: 28 days, or more: spans that reach back before the last 56 count.
        group_of: A meter's group, such as `household` or `household, panels`.

    Raises:
        DataError: there are fewer days, or no meter has days enough of its own.
    """
    if hours.days < FEWEST_OWN_DAYS:
        raise DataError(
            f"the data has {hours.days} days: a model needs {FEWEST_OWN_DAYS}, give more"
        )
    learned = learned_days(hours) * HOURS_A_DAY
    window = hours.of_days(max(0, hours.days - TRAINING_DAYS - 1), hours.days)
    days = window.complete[:, -learned:].sum(axis=1) / HOURS_A_DAY
    window = window.of_meters(days >= FEWEST_DAYS)
    own = days[days >= FEWEST_DAYS] >= FEWEST_OWN_DAYS
    if not own.any():
        raise DataError(
            f"no meter has {FEWEST_OWN_DAYS} days of complete hours in the "
            f"{learned // HOURS_A_DAY} days before {window.end_ms}: give data with fewer gaps"
        )
    places = calendar.places(window.starts_ms[-learned:])
    parts = [
        _measured(window.of_meters(slice(first, first + METERS_AT_ONCE)), places)
        for first in range(0, len(window.meters), METERS_AT_ONCE)
    ]
    measured = _Numbers(
        *(np.concatenate([getattr(part, each.name) for part in parts]) for each in fields(_Numbers))
    )
    names = tuple((group_of or {}).get(meter, EVERYONE) for meter in window.meters)
    return _shared(window.meters, names, own, measured)


def joined(tables: Sequence[Tables]) -> Tables:
    """One below the other, as one: row r of the n-th is row r + n * (meters of one). The groups are
    named by n, too.

    Raises:
        ValueError: they are not of the same meters.
    """
    if any(not np.array_equal(each.ids, tables[0].ids) for each in tables):
        raise ValueError("tables of different meters cannot be joined")
    return Tables(
        ids=np.concatenate([each.ids for each in tables]),
        group=np.concatenate([each.group + n * len(each.groups) for n, each in enumerate(tables)]),
        own=np.concatenate([each.own for each in tables]),
        loc=np.concatenate([each.loc for each in tables]),
        hi=np.concatenate([each.hi for each in tables]),
        records=np.concatenate([each.records for each in tables]),
        record_wh=np.concatenate([each.record_wh for each in tables]),
        base_wh=np.concatenate([each.base_wh for each in tables]),
        base_spread_wh=np.concatenate([each.base_spread_wh for each in tables]),
        groups={
            f"{n} {name}": group
            for n, each in enumerate(tables)
            for name, group in each.groups.items()
        },
    )


@dataclass(frozen=True, slots=True)
class _Numbers:
    """Of each meter, as its own hours say; NaN where they say nothing."""

    loc: Floats
    hi: Floats
    records: Floats
    record_wh: Floats
    base_wh: Floats
    base_spread_wh: Floats


def _measured(window: Hours, places: Places) -> _Numbers:
    """The numbers of some meters, from the hours of `places`, the last ones of the window."""
    count = len(places.hour)
    seen = used_of(window.energy_mwh, window.complete)
    spans_wh, base_wh = seen.spans_wh[:, -count:], seen.base_wh[:, -count:]
    shape = (len(window.meters), len(SPANS), DAY_TYPES, HOURS_A_DAY)
    loc, hi = np.empty(shape), np.empty(shape)
    for day_type in range(DAY_TYPES):
        for hour in range(HOURS_A_DAY):
            # 23 and 0 are neighbours, of any two days of the type.
            near = np.isin((places.hour - hour) % HOURS_A_DAY, (HOURS_A_DAY - 1, 0, 1))
            cell = np.moveaxis(spans_wh[:, (places.day_type == day_type) & near], 1, -1)
            median, high = quantiles(cell, 0.5, 0.9)
            loc[:, :, day_type, hour] = median
            hi[:, :, day_type, hour] = np.maximum(high - median, SPREAD_FLOORS_WH)
    above = spans_wh - np.moveaxis(loc[:, :, places.day_type, places.hour], 1, -1)
    relative = above / np.moveaxis(hi[:, :, places.day_type, places.hour], 1, -1)
    base, high_base = quantiles(base_wh, 0.5, 0.95)
    base_spread = np.maximum(high_base - base, BASE_FLOOR_WH)
    relative_base = (base_wh - base[:, None]) / base_spread[:, None]
    _, begins = np.unique(places.day, return_index=True)
    (record,) = quantiles(np.fmax.reduceat(above[..., 0], begins, axis=1), 0.95)
    return _Numbers(
        loc=loc,
        hi=hi,
        records=np.column_stack([largest(relative, axis=1), largest(relative_base, axis=1)]),
        record_wh=np.maximum(record, RECORD_FLOOR_WH),
        base_wh=base,
        base_spread_wh=base_spread,
    )


def _shared(
    meters: tuple[str, ...], names: tuple[str, ...], own: NDArray[np.bool_], measured: _Numbers
) -> Tables:
    """The tables, with each group's numbers where a meter has none of its own."""
    of_group = np.array(names, dtype=object)
    groups: dict[str, Group] = {}
    whole = {each.name: getattr(measured, each.name).copy() for each in fields(_Numbers)}
    for name in sorted(set(names)):
        members = of_group == name
        homes = members & own
        count = int(homes.sum())
        if count < FEWEST_HOMES:
            homes = own
        typical = {
            each.name: _median(getattr(measured, each.name)[homes]) for each in fields(_Numbers)
        }
        typical["records"] = np.maximum(np.nan_to_num(typical["records"]), SMALLEST_RECORD)
        groups[name] = Group(count, tuple(typical["records"].astype(np.float32).tolist()))
        for key, numbers in whole.items():
            numbers[members & ~own] = typical[key]
            mine = numbers[members]
            numbers[members] = np.where(np.isnan(mine), typical[key], mine)
    places = {name: place for place, name in enumerate(groups)}
    return Tables(
        ids=np.array([each.encode() for each in meters], dtype=np.bytes_),
        group=np.array([places[name] for name in names], dtype=np.int64),
        own=own,
        groups=groups,
        **{key: numbers.astype(np.float32) for key, numbers in whole.items()},
    )


def _median(numbers: Floats) -> Floats:
    """Over meters, the first axis; what is NaN is none."""
    (median,) = quantiles(np.moveaxis(numbers, 0, -1), 0.5)
    return median
