"""Figures as the driver itself writes and reads them."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any, cast

import pytest
from cassandra.cqltypes import (
    BytesType,
    DateType,
    DoubleType,
    LongType,
    SimpleDateType,
    UserType,
    UTF8Type,
)
from cassandra.query import PreparedStatement
from hypothesis import given
from hypothesis import strategies as st

from adapters.stored_figures import as_stored, figures_of
from contracts.figures import FIGURE_NAMES, FIGURES

PROTOCOL = 5
OF = {"bigint": LongType, "timestamp": DateType, "double": DoubleType}
EPOCH = datetime(1970, 1, 1, tzinfo=UTC).replace(tzinfo=None)
NUMBERS: dict[str, st.SearchStrategy[int | float]] = {
    "bigint": st.integers(-(2**63), 2**63 - 1),
    "timestamp": st.integers(0, 4_102_444_800_000),
    "double": st.floats(allow_nan=False),
}


def type_of(*fields: str) -> Any:  # noqa: ANN401
    kinds = tuple(OF[each.type] for each in FIGURES if each.name in fields)
    return UserType.make_udt_class("town", "figures", fields, kinds)


def written(values: tuple[int | float | None, ...]) -> bytes:
    """As the driver does it, of as many fields as there are values."""
    given_to_it = tuple(
        EPOCH + timedelta(milliseconds=value)
        if each.type == "timestamp" and value is not None
        else value
        for each, value in zip(FIGURES, values, strict=False)
    )
    found: bytes = type_of(*FIGURE_NAMES[: len(values)]).serialize(given_to_it, PROTOCOL)
    return found


@given(st.tuples(*(st.one_of(st.none(), NUMBERS[each.type]) for each in FIGURES)))
def test_whatever_is_null_the_others_are_what_was_written(
    values: tuple[int | float | None, ...],
) -> None:
    assert figures_of(written(values)) == values


@given(
    st.tuples(*(NUMBERS[each.type] for each in FIGURES)),
    st.integers(1, len(FIGURES)),
)
def test_a_row_that_is_older_than_a_field_has_none(
    values: tuple[int | float, ...], fields: int
) -> None:
    none = (None,) * (len(FIGURES) - fields)
    assert figures_of(written(values[:fields])) == (*values[:fields], *none)


@pytest.mark.parametrize("times", [1, 2])
def test_a_statement_answers_with_bytes_and_numbers(times: int) -> None:
    columns = {
        "commodity": UTF8Type,
        "day": SimpleDateType,
        "minute": DateType,
        "figures": type_of(*FIGURE_NAMES),
    }
    statement = SimpleNamespace(
        result_metadata=[("town", "t", name, of) for name, of in columns.items()]
    )

    for _ in range(times):
        as_stored(cast(PreparedStatement, statement))

    assert [column[-1] for column in statement.result_metadata] == [
        *(UTF8Type, SimpleDateType, LongType, BytesType)
    ]
    assert [column[2] for column in statement.result_metadata] == list(columns)
