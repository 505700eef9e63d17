"""How many readings two sequence numbers are apart, through wraps and restarts."""

import polars as pl

NEAR = 64
"""A step back to so few steps behind a power of two is a wrap; any other is a restart."""

_WRAPS = (2**16, 2**32)


def step(before: int, after: int) -> int:
    """From one reading to the next one in time: 1 if none is missing between, or if the meter has
    begun to count again."""
    if after > before:
        return after - before
    for size in _WRAPS:
        if before < size and size - before + after <= NEAR:
            return size - before + after
    return 1


def steps(before: pl.Expr, after: pl.Expr) -> pl.Expr:
    """`step` of two columns; null where one of them is."""
    small, large = ((before < size) & (size - before + after <= NEAR) for size in _WRAPS)
    return (
        pl.when(before.is_null() | after.is_null())
        .then(None)
        .when(after > before)
        .then(after - before)
        .when(small)
        .then(_WRAPS[0] - before + after)
        .when(large)
        .then(_WRAPS[1] - before + after)
        .otherwise(1)
    )
