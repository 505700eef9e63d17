"""Compares what must be in a store with what is."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from heapq import nsmallest
from typing import Any, Generic, NamedTuple, TypeVar

import polars as pl

EXAMPLES = 10
"""How many differences a comparison puts into words."""

_SHOWN_CHARACTERS = 80

Key = TypeVar("Key", bound=tuple[Any, ...])
Row = TypeVar("Row", bound=tuple[Any, ...])


@dataclass(frozen=True)
class Comparison:
    """How a store differs from what must be in it; counts are rows."""

    store: str
    found: int
    missing: int = 0
    surplus: int = 0
    different: int = 0
    undecided: int = 0
    """Subjects that are left out, as the last digits of a number decide what is said of them."""
    examples: list[str] = field(default_factory=list)
    """The first differences in key order: which row, which column, expected and found."""

    @property
    def equal(self) -> bool:
        """Whether the store holds exactly what it must."""
        return not (self.missing or self.surplus or self.different)


class _Difference(NamedTuple, Generic[Key]):
    key: Key
    kind: str
    words: str


def compare_rows(
    store: str,
    expected: Mapping[Key, Row],
    found: Mapping[Key, Row],
    name_of: Callable[[Key], str],
) -> Comparison:
    """Compare rows by key, column by column, values exactly.

    Rows are named tuples, whose field names are the columns.
    """
    differences = list(_row_differences(expected, found, name_of))
    return _comparison(store, len(found), differences)


def compare_repeated(
    store: str,
    expected: Mapping[Key, Row],
    found: Iterable[tuple[Key, Row]],
    name_of: Callable[[Key], str],
) -> Comparison:
    """Compare rows of a store in which each may be more than once, but always the same."""
    rows: dict[Key, Row] = {}
    for key, row in found:
        if key not in rows or row != expected.get(key):
            rows[key] = row
    return compare_rows(store, expected, rows, name_of)


def compare_frames(
    store: str,
    expected: pl.DataFrame,
    found: pl.DataFrame,
    key: tuple[str, ...],
    name_of: Callable[[tuple[Any, ...]], str],
) -> Comparison:
    """Compare rows of two frames of the same columns; each key must be there exactly once."""
    twice = found.group_by(key).len("times").filter(pl.col("times") > 1)
    joined = expected.join(
        found.unique(key, keep="first").with_columns(_there=True),
        on=key,
        how="full",
        suffix="_found",
    )
    missing = joined.filter(pl.col("_there").is_null()).select(key)
    surplus = joined.filter(pl.col(key[0]).is_null()).select(f"{name}_found" for name in key)
    columns = [name for name in expected.columns if name not in key]
    differing = joined.drop_nulls([*key, "_there"]).filter(
        pl.any_horizontal(pl.col(name).ne_missing(pl.col(f"{name}_found")) for name in columns)
    )
    differences: list[_Difference[tuple[Any, ...]]] = [
        *(_Difference(row, "missing", "is missing") for row in missing.iter_rows()),
        *(_Difference(row, "surplus", "must not be there") for row in surplus.iter_rows()),
        *(
            _Difference(tuple(row), "surplus", f"is there {times} times")
            for *row, times in twice.iter_rows()
        ),
        *(
            _Difference(
                tuple(row[name] for name in key),
                "different",
                _columns_in_words(
                    columns,
                    [row[name] for name in columns],
                    [row[f"{name}_found"] for name in columns],
                ),
            )
            for row in differing.iter_rows(named=True)
        ),
    ]
    named = [item._replace(words=f"{name_of(item.key)} {item.words}") for item in differences]
    return _comparison(store, len(found), named)


def _row_differences(
    expected: Mapping[Key, Row], found: Mapping[Key, Row], name_of: Callable[[Key], str]
) -> Iterator[_Difference[Key]]:
    for key, wanted in expected.items():
        row = found.get(key)
        if row is None:
            yield _Difference(key, "missing", f"{name_of(key)} is missing")
        elif row != wanted:
            words = _columns_in_words(_columns(wanted), wanted, row)
            yield _Difference(key, "different", f"{name_of(key)} {words}")
    for key in found:
        if key not in expected:
            yield _Difference(key, "surplus", f"{name_of(key)} must not be there")


def _columns(row: tuple[Any, ...]) -> tuple[str, ...]:
    names: tuple[str, ...] = row._fields  # type: ignore[attr-defined]
    return names


def _columns_in_words(
    columns: Iterable[str], expected: Iterable[object], found: Iterable[object]
) -> str:
    return ", ".join(
        f"{column}: expected {_short(wanted)}, found {_short(there)}"
        for column, wanted, there in zip(columns, expected, found, strict=True)
        if wanted != there
    )


def _short(value: object) -> str:
    text = repr(value)
    if len(text) <= _SHOWN_CHARACTERS:
        return text
    return f"{text[:_SHOWN_CHARACTERS]}… ({len(text):,} characters)"


def _comparison(store: str, found: int, differences: list[_Difference[Key]]) -> Comparison:
    kinds = [difference.kind for difference in differences]
    first = nsmallest(EXAMPLES, differences, key=lambda difference: difference.key)
    return Comparison(
        store,
        found,
        missing=kinds.count("missing"),
        surplus=kinds.count("surplus"),
        different=kinds.count("different"),
        examples=[difference.words for difference in first],
    )
