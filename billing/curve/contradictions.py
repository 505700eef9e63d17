"""Where a meter contradicts itself: what rows of history say beside its register."""

from collections.abc import Iterator, Sequence

import polars as pl

from billing.curve.findings import Finding
from billing.curve.points import KEY
from billing.curve.registers import Registers
from billing.curve.rules import Rules
from contracts.masters import Installation
from contracts.reading import Commodity
from contracts.time import HOUR_MS

LEAST_WH = 1.0
"""Demands and registers that differ by no more say the same: both are rounded."""


def contradictions(
    rows: pl.DataFrame, registers: Sequence[Installation], rules: Rules | None = None
) -> list[Finding]:
    """`repeat`: more readings than there can be; `sum`: demands that do not add up to the
    register's difference; `stuck`: a register that stands still while there is a demand.

    Args:
        rows: Of periods, one each, corrections merged (docs of history say how): `meter_id`,
            `commodity`, `readings`, `expected`, `first_at`, `last_at` (epoch ms),
            `first_register`, `last_register` (Wh or litres), `demands`, `demand_sum` (W, or litres
            an hour).
    """
    rules = Rules() if rules is None else rules
    known = Registers.of(registers)
    cadence_ms = {place: known[place].cadence_ms for place in known.places.values()}
    table = rows.join(known.table, on=KEY, how="inner").with_columns(
        cadence_ms=pl.col("place").replace_strict(
            list(cadence_ms), list(cadence_ms.values()), return_dtype=pl.Int64
        )
    )
    ordered = table.sort("place", "last_at").with_columns(
        before_at=pl.col("last_at").shift().over("place"),
        before_register=pl.col("last_register").shift().over("place"),
    )
    found = [*_repeats(ordered), *_sums(ordered, rules), *_stuck(ordered, rules)]
    return [
        Finding(rule, *register, begin_ms, end_ms, rules.severities[rule], detail)
        for rule, register, begin_ms, end_ms, detail in sorted(found, key=lambda each: each[:3])
    ]


Found = tuple[str, tuple[str, Commodity], int, int, dict[str, int | float | str]]


def _repeats(rows: pl.DataFrame) -> Iterator[Found]:
    again = rows.filter((pl.col("expected") > 0) & (pl.col("readings") > pl.col("expected")))
    for *register, first_at, last_at, readings, expected in again.select(
        *KEY, "first_at", "last_at", "readings", "expected"
    ).iter_rows():
        told = {"readings": readings, "expected": expected}
        yield "repeat", tuple(register), first_at, last_at, told


def _sums(rows: pl.DataFrame, rules: Rules) -> Iterator[Found]:
    """Of rows in which every reading of the time since the row before is there, with a demand."""
    lasted_ms = pl.col("last_at") - pl.col("before_at")
    # Half a cadence: jitter, and no reading that is missing or too many.
    is_whole = (
        (pl.col("demands") == pl.col("readings"))
        & ((lasted_ms - pl.col("readings") * pl.col("cadence_ms")).abs() * 2 < pl.col("cadence_ms"))
        & (pl.col("last_register") >= pl.col("before_register"))
    )
    compared = rows.filter(is_whole).select(
        *KEY,
        "before_at",
        "last_at",
        by_register=pl.col("last_register") - pl.col("before_register"),
        by_demand=pl.col("demand_sum") * pl.col("cadence_ms") / HOUR_MS,
    )
    differs = (pl.col("by_register") - pl.col("by_demand")).abs()
    most = pl.max_horizontal("by_register", "by_demand")
    wrong = compared.filter((differs * 100 > rules.sum_percent * most) & (differs > LEAST_WH))
    for *register, begin_ms, end_ms, by_register, by_demand in wrong.iter_rows():
        detail: dict[str, int | float | str] = {
            "by_register": round(by_register, 3),
            "by_demand": round(by_demand, 3),
        }
        yield "sum", tuple(register), begin_ms, end_ms, detail


def _stuck(rows: pl.DataFrame, rules: Rules) -> Iterator[Found]:
    stands = (
        (pl.col("last_register") == pl.col("before_register"))
        & (pl.col("first_register") == pl.col("before_register"))
        & (pl.col("demand_sum") > 0)
    ).fill_null(False)
    run = (~stands).cum_sum().over("place")
    runs = (
        rows.with_columns(stands=stands, run=run)
        .filter("stands")
        .group_by("place", "run", maintain_order=True)
        .agg(
            *(pl.col(name).first() for name in KEY),
            pl.col("before_at").first(),
            pl.col("last_at").last(),
            demand=pl.col("demand_sum").sum() / pl.col("demands").sum(),
        )
        .filter(pl.col("last_at") - pl.col("before_at") >= rules.stuck_ms)
    )
    for _, _, *register, begin_ms, end_ms, demand in runs.iter_rows():
        yield "stuck", tuple(register), begin_ms, end_ms, {"demand": round(demand, 1)}
