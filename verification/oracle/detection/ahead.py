"""Readings of clocks that are ahead too far to be usable: which of them are signs of life, and
which usable ones are of such a clock.

What was overtaken on its way, or comes again, says nothing: it is as many cadences earlier than the
latest reading of that clock as its number is smaller. Numbers tell it from a meter that has begun
again, whose numbers are smaller by anything.
"""

import polars as pl


def later_ones(signs: pl.DataFrame, lines: pl.DataFrame) -> pl.DataFrame:
    """Those of the signs that are signs of life.

    Args:
        signs: As `words.signs_of` makes them.
        lines: As `lives.lines_of` makes them.
    """
    known = pl.col("known") | pl.col("feeder").is_not_null()
    told = signs.join(
        lines.filter(known).select("life", "slice_end_ms", "cadence_ms"),
        on=["life", "slice_end_ms"],
        maintain_order="left",
    )
    counts, latest = [], dict[int, tuple[int, int]]()
    for life, ts, seq, cadence_ms in told.select("life", "ts", "seq", "cadence_ms").iter_rows():
        ahead_ts, ahead_seq = latest.get(life, (ts, None))
        again = (ts, seq) == (ahead_ts, ahead_seq)
        if not again and ahead_seq is not None and cadence_ms and ts < ahead_ts:
            # As many cadences, to the nearest.
            less_ms = ahead_ts - ts - (ahead_seq - seq) * cadence_ms
            again = 0 <= less_ms + cadence_ms // 2 < cadence_ms
        counts.append(not again)
        if not again:
            latest[life] = ts, seq
    return told.drop("cadence_ms").filter(pl.Series(counts, dtype=pl.Boolean))


def of_no_clock_ahead(
    words: pl.DataFrame, lines: pl.DataFrame, signs: pl.DataFrame
) -> pl.DataFrame:
    """The usable readings without those of a clock ahead that were overtaken or come again.

    Args:
        words: Readings, as `words.words_of` makes them.
        lines: As `lives.lines_of` makes them.
        signs: As `later_ones` makes them.
    """
    latest = signs.select(
        pl.col("life").cast(pl.Int64),
        ahead_ts="ts",
        ahead_seq="seq",
        since_ms=pl.col("slice_end_ms") + 1,
    ).unique(["life", "since_ms"], keep="last", maintain_order=True)
    cadence, earlier = pl.col("cadence_ms"), pl.col("ahead_ts") - pl.col("ts")
    fewer = pl.col("ahead_seq") - pl.col("seq")
    rounded = pl.when(cadence > 0).then((earlier + cadence // 2) // cadence)
    theirs = (
        words.select("place", "life", "slice_end_ms", "ts", "seq")
        .join(latest, on="life", how="semi")
        .join(lines.select("life", "slice_end_ms", "cadence_ms"), on=["life", "slice_end_ms"])
        .with_columns(pl.col("life").cast(pl.Int64))
        .sort("slice_end_ms")
        .join_asof(
            latest.sort("since_ms"),
            left_on="slice_end_ms",
            right_on="since_ms",
            by="life",
            check_sortedness=False,
        )
        .filter(((earlier == 0) & (fewer == 0)) | ((earlier > 0) & (fewer == rounded)))
    )
    return words.join(theirs, on="place", how="anti", maintain_order="left")
