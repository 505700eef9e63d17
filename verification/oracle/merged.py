"""A meter's minute or period over all its readings, on time and late: added up in two ways.

`merged_readings` adds up the readings themselves, `merged_rows` merges the rows of history as
`contracts.history` tells a reader to. Both must come to the same. Only how many readings are
expected is no sum over readings, and follows from the rows alone.
"""

from collections.abc import Iterable, Mapping
from itertools import compress

import polars as pl

from contracts.figures import FIGURE_NAMES
from verification.oracle.history import in_units, starting, sums
from verification.oracle.seqs import step
from verification.rows import MergedMinute, MeterMinute, Minute, MinuteKey

_SPAN = ("meter", "start")
_END = ("first_at", "first_seq", "last_at", "last_seq", "readings", "expected")


def merged_readings(
    groups: pl.DataFrame,
    rows: pl.DataFrame,
    stored: Mapping[MinuteKey, Minute],
    unsettled: pl.DataFrame,
    meters: pl.DataFrame,
    length_ms: int,
) -> dict[MeterMinute, MergedMinute]:
    """Minutes or periods of which all rows are there.

    Args:
        groups: As `history.groups_of` makes them.
        rows: Those of them that have closed; `history.rows_of`.
        stored: The same, in the same order, as the stores have them.
        unsettled: `meter` and `start` of those of which a row is open, or left out.
    """
    times = rows.select(*_SPAN, rows=pl.len().over(_SPAN)).join(
        unsettled.with_columns(unsettled=True), on=_SPAN, how="left", maintain_order="left"
    )
    settled = times.select(pl.col("unsettled").is_null() & (pl.col("rows") == 1))
    single = {
        (meter_id, commodity, start): MergedMinute._make(row[1:])
        for (meter_id, commodity, start, _), row in compress(stored.items(), settled.to_series())
    }
    several = rows.filter(times["unsettled"].is_null() & (times["rows"] > 1))
    ends = (*_SPAN, "ts", "seq")
    of_several = (
        groups.lazy()
        .with_columns(start=starting(length_ms))
        .join(several.lazy().select(_SPAN).unique(), on=_SPAN, how="semi")
    )
    # Of an instant and sequence number that several rows have, the latest correction has the word.
    words = of_several.sort(*ends, "corrected_at").unique(ends, keep="last", maintain_order=True)
    first_and_last = words.group_by(_SPAN).agg(
        first_seq=pl.col("seq").first(),
        last_seq=pl.col("seq").last(),
        first_at=pl.col("ts").first(),
        last_at=pl.col("ts").last(),
        first_register=pl.col("register").first(),
        last_register=pl.col("register").last(),
    )
    merged = (
        first_and_last.join(of_several.group_by(_SPAN).agg(*sums()), on=_SPAN)
        .join(_expected(several).lazy(), on=_SPAN)
        .select(*_SPAN, *FIGURE_NAMES)
        .collect()
    )
    named = in_units(merged).join(meters, on="meter", maintain_order="left")
    keys = named.select("meter_id", "commodity", "start")
    values = named.select(MergedMinute._fields)
    added = zip(keys.iter_rows(), map(MergedMinute._make, values.iter_rows()), strict=True)
    return single | dict(added)


def _expected(rows: pl.DataFrame) -> pl.DataFrame:
    """`expected` of each of _SPAN."""
    of_span: dict[tuple[int, int], list[tuple[int, ...]]] = {}
    for meter, start, *row in rows.select(*_SPAN, *_END).iter_rows():
        of_span.setdefault((meter, start), []).append(tuple(row))
    return pl.DataFrame(
        [(*key, expected_of(of_one)) for key, of_one in of_span.items()],
        {name: rows.schema[name] for name in (*_SPAN, "expected")},
        orient="row",
    )


def expected_of(rows: Iterable[tuple[int, ...]]) -> int:
    """How many readings the rows of a minute or period expect together.

    Rows that follow one another add up, with what is missing between them. Of rows that lie within
    one another sequence numbers are not known one by one: without a restart they span what is
    expected, otherwise it is no less than what came.

    Args:
        rows: first_at, first_seq, last_at, last_seq, readings and expected of each.
    """
    expected, readings, unbroken = 0, 0, True
    least_seq, most_seq, end = 0, 0, (0, 0)
    for first_at, first_seq, last_at, last_seq, its_readings, its_expected in sorted(rows):
        if not its_readings:
            continue
        whole = its_expected == last_seq - first_seq + 1
        if not readings:
            least_seq, most_seq, end = first_seq, last_seq, (last_at, last_seq)
            expected, readings, unbroken = its_expected, its_readings, whole
            continue
        readings += its_readings
        unbroken = unbroken and whole
        least_seq, most_seq = min(least_seq, first_seq), max(most_seq, last_seq)
        if (first_at, first_seq) > end:
            expected += its_expected + step(end[1], first_seq) - 1
        else:
            expected = max(expected, its_expected, readings)
            if unbroken:
                expected = max(expected, most_seq - least_seq + 1)
        end = max(end, (last_at, last_seq))
    return expected


def merged_rows(minutes: Mapping[MinuteKey, Minute]) -> dict[MeterMinute, MergedMinute]:
    """Minutes or periods merged from their on-time row and their corrections; rows with holes are
    left out."""
    rows: dict[MeterMinute, list[tuple[int, Minute]]] = {}
    for (meter_id, commodity, minute, corrected_at), row in minutes.items():
        if None not in row or not _has_hole(row):
            rows.setdefault((meter_id, commodity, minute), []).append((corrected_at, row))
    return {key: _merge(of_minute) for key, of_minute in rows.items()}


def _has_hole(row: Minute) -> bool:
    return None in row._replace(demand_min=0.0, demand_max=0.0, energy=0.0)


def _merge(corrected: list[tuple[int, Minute]]) -> MergedMinute:
    rows = [row for _, row in corrected]
    if len(rows) == 1:
        _, *figures = rows[0]
        return MergedMinute._make(figures)
    # The latest correction has the word on an instant that several rows share.
    *_, first = min(corrected, key=lambda item: (item[1].first_at, item[1].first_seq, -item[0]))
    *_, last = max(corrected, key=lambda item: (item[1].last_at, item[1].last_seq, item[0]))
    lowest = [row.demand_min for row in rows if row.demand_min is not None]
    highest = [row.demand_max for row in rows if row.demand_max is not None]
    energies = [row.energy for row in rows if row.energy is not None]
    return MergedMinute(
        readings=sum(row.readings for row in rows),
        expected=expected_of(
            (row.first_at, row.first_seq, row.last_at, row.last_seq, row.readings, row.expected)
            for row in rows
        ),
        first_seq=first.first_seq,
        last_seq=last.last_seq,
        first_at=first.first_at,
        last_at=last.last_at,
        first_register=first.first_register,
        last_register=last.last_register,
        low_register=min(row.low_register for row in rows),
        high_register=max(row.high_register for row in rows),
        demands=sum(row.demands for row in rows),
        demand_sum=_sum(row.demand_sum for row in rows),
        demand_min=min(lowest, default=None),
        demand_max=max(highest, default=None),
        energy=_sum(energies) if energies else None,
        estimated=sum(row.estimated for row in rows),
    )


def _sum(numbers: Iterable[float]) -> float:
    # Thousandths are whole: adding the doubles themselves would add their rounding errors.
    return sum(round(number * 1000) for number in numbers) / 1000
