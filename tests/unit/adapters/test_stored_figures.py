"""Figures as the driver itself writes and reads them."""

from datetime import UTC, datetime, timedelta
from typing import Any

from cassandra.cqltypes import (
    DateType,
    DoubleType,
    LongType,
    UserType,
)
from hypothesis import given
from hypothesis import strategies as st

from adapters.stored_figures import figures_of
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
