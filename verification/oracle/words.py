"""The usable readings and announcements as words, meter by meter, in the order in which they count.

Time goes slice by slice. In a slice a meter is told first its announcements that arrived in it,
then its readings on time whose event time is in it, in their order, then the late ones that arrived
in it, in the order of the log. The order is a function of the log alone.
"""

from collections.abc import Sequence

import polars as pl

from verification.oracle.count import Sign
from verification.oracle.decode import Announced, LostPower

ANNOUNCEMENT, ON_TIME, LATE = range(3)
"""The forms of a word, in the order in which they come within a slice."""

_METER = ("meter_id", "commodity")
_ANNOUNCED = (
    *("feeder", "region", "cadence_ms", "kind", "register_size", "removed"),
    *("capacity_w", "supply", "installed_ms"),
)
_CONTENT = ("register", "demand", "energy")


def slice_end(ms: pl.Expr, slice_ms: int) -> pl.Expr:
    """End of the half-open slice that holds an instant."""
    return ms - ms % slice_ms + slice_ms


def meters_of(
    readings: pl.DataFrame, announcements: Sequence[tuple[int, int, int, Announced]]
) -> pl.DataFrame:
    """`meter_id`, `commodity` and the number `meter` of every meter of the log."""
    announced = pl.DataFrame(
        [(said.meter_id, said.commodity) for *_, said in announcements],
        schema=dict.fromkeys(_METER, pl.String),
        orient="row",
    )
    every = pl.concat([readings.select(_METER), announced])
    return every.unique(maintain_order=True).with_row_index("meter")


def words_of(
    readings: pl.DataFrame,
    announcements: Sequence[tuple[int, int, int, Announced]],
    meters: pl.DataFrame,
    slice_ms: int,
) -> pl.DataFrame:
    """Every word of every meter, in order.

    Args:
        readings: Usable readings, schema `count.READINGS`.
        meters: As `meters_of` makes it.

    Returns:
        The columns of a reading but the meter's own, `demand` being what is known
        of it, and of an announcement; besides `meter`, its number; `slice_end_ms`, when the word
        counts; `form`; `life`, counted over all meters, since a meter that is removed and comes
        again begins anew; `rank`, which says how readings of one life follow each other by (ts,
        seq), and is the same for two of the same ts and seq; and of a reading which it is: `new`, a
        `repeat`, or a revision, which is neither.
    """
    said = readings.with_columns(
        demand=pl.col("known_demand"),
        form=pl.when("late").then(LATE).otherwise(ON_TIME).cast(pl.Int8),
        slice_end_ms=slice_end(
            pl.when("late").then(pl.col("arrival_ms")).otherwise(pl.col("ts")), slice_ms
        ),
    )
    words = pl.concat([said, _frame(announcements, slice_ms)], how="diagonal_relaxed")
    on_time = pl.col("form") == ON_TIME
    words = (
        words.join(meters, on=_METER, how="left", maintain_order="left")
        .drop(*_METER, "late", "known_demand")
        .sort(
            "meter",
            "slice_end_ms",
            "form",
            pl.when(on_time).then("ts"),
            pl.when(on_time).then("seq"),
            "kafka_offset",
            "kafka_partition",
        )
        .with_columns(
            life=(pl.col("meter").ne_missing(pl.col("meter").shift()) | pl.col("removed"))
            .fill_null(value=False)
            .cum_sum(),
        )
        .with_row_index("place")
    )
    told = _classified(words.filter(pl.col("form") != ANNOUNCEMENT))
    return words.join(told, on="place", how="left", maintain_order="left")


def signs_of(
    ahead: Sequence[Sign], words: pl.DataFrame, meters: pl.DataFrame, slice_ms: int
) -> pl.DataFrame:
    """The signs of life that are no words, since the meter's clock is ahead too far.

    In a slice a meter gives them after all of its words. Those from before its first word are left
    out: what is rejected makes no meter known.

    Args:
        words: As `words_of` makes them.
        meters: As `meters_of` makes it.

    Returns:
        `meter`, `life`, `slice_end_ms`, `ts`, `seq`, `arrival_ms` and `kafka_partition`, in order.
    """
    schema = {
        "arrival_ms": pl.Int64,
        "kafka_partition": pl.Int32,
        "kafka_offset": pl.Int64,
        "meter_id": pl.String,
        "commodity": pl.String,
        "ts": pl.Int64,
        "seq": pl.Int64,
    }
    signs = (
        pl.DataFrame(ahead, schema, orient="row")
        .with_columns(slice_end_ms=slice_end(pl.col("arrival_ms"), slice_ms))
        .join(meters, on=_METER)
    )
    begins = words.unique("life", keep="first", maintain_order=True).select(
        "meter", "life", "slice_end_ms"
    )
    latest = begins.unique(["meter", "slice_end_ms"], keep="last", maintain_order=True)
    return (
        signs.sort("slice_end_ms", "kafka_offset", "kafka_partition")
        .join_asof(
            latest.sort("slice_end_ms"),
            on="slice_end_ms",
            by="meter",
            check_sortedness=False,
        )
        .with_columns(pl.col("life").cast(pl.Int64))
        .filter(pl.col("life").is_not_null())
        .sort("meter", "slice_end_ms", maintain_order=True)
        .select("meter", "life", "slice_end_ms", "ts", "seq", "arrival_ms", "kafka_partition")
    )


def gasps_of(
    gasps: Sequence[tuple[int, int, int, LostPower]], meters: pl.DataFrame, slice_ms: int
) -> pl.DataFrame:
    """What meters of electricity said when they lost power; the event says no commodity.

    Args:
        meters: As `meters_of` makes it.

    Returns:
        `meter`, `slice_end_ms`, in which it came, and `ts`, in the order of the log.
    """
    schema = dict.fromkeys(("arrival_ms", "kafka_partition", "kafka_offset"), pl.Int64)
    said = pl.DataFrame(
        [(*at, *said) for *at, said in gasps],
        schema | {"meter_id": pl.String, "ts": pl.Int64},
        orient="row",
    )
    return (
        said.with_columns(slice_end_ms=slice_end(pl.col("arrival_ms"), slice_ms))
        .join(meters.filter(pl.col("commodity") == "electricity"), on="meter_id")
        .sort("slice_end_ms", "kafka_offset", "kafka_partition")
        .select("meter", "slice_end_ms", "ts")
    )


def _frame(announcements: Sequence[tuple[int, int, int, Announced]], slice_ms: int) -> pl.DataFrame:
    schema = {
        "arrival_ms": pl.Int64,
        "kafka_partition": pl.Int32,
        "kafka_offset": pl.Int64,
        "meter_id": pl.String,
        "commodity": pl.String,
        "feeder": pl.String,
        "region": pl.String,
        "cadence_ms": pl.Int64,
        "kind": pl.String,
        "register_size": pl.Int64,
        "removed": pl.Boolean,
        "capacity_w": pl.Int64,
        "supply": pl.String,
        "installed_ms": pl.Int64,
    }
    rows = [
        (*at, said.meter_id, said.commodity, *(getattr(said, name) for name in _ANNOUNCED))
        for *at, said in announcements
    ]
    return pl.DataFrame(rows, schema, orient="row").with_columns(
        form=pl.lit(ANNOUNCEMENT, pl.Int8),
        slice_end_ms=slice_end(pl.col("arrival_ms"), slice_ms),
    )


def _classified(readings: pl.DataFrame) -> pl.DataFrame:
    """`place`, `rank`, `new` and `repeat` of readings.

    Of an instant and sequence number, the unmarked words are told apart by what the one before them
    said, the marked ones by the number of their revision alone.
    """

    def as_before(*columns: str) -> pl.Expr:
        return pl.all_horizontal(pl.col(name).eq_missing(pl.col(name).shift()) for name in columns)

    marked = pl.col("revision") > 0
    return (
        readings.select("life", "ts", "seq", "revision", "place", *_CONTENT)
        .sort("life", "ts", "seq", "revision", "place")
        .with_columns(
            rank=(~as_before("life", "ts", "seq")).cum_sum(),
            seen=as_before("life", "ts", "seq", "revision"),
        )
        .select(
            "place",
            "rank",
            new=~marked & ~pl.col("seen"),
            repeat=pl.col("seen") & (marked | as_before(*_CONTENT)),
        )
    )
