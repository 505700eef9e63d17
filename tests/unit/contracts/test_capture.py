"""What a consumer of the masters' changes knows, however the topic repeats and goes back."""

from datetime import UTC, date, datetime, time
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.capture import (
    Change,
    Difference,
    Json,
    Key,
    Row,
    Table,
    Value,
    differences,
    newest,
    rows_of,
    typed,
)

TENANT = Table(
    "tenant",
    {"tenant_id": "text", "customer_id": "int8", "as_of": "timestamptz"},
    ("tenant_id",),
)


def change(tenant: str, lsn: int, customer: int | None) -> Change:
    """Who is there; None says that nobody is."""
    row: dict[str, Json] | None = None
    if customer is not None:
        row = {"tenant_id": tenant, "customer_id": customer}
    return Change("tenant", {"tenant_id": tenant}, lsn, row)


def test_the_largest_place_in_the_log_counts_and_of_one_place_the_last() -> None:
    told = [
        change("here", 10, 924),
        change("here", 30, None),
        change("here", 20, 243),
        change("there", 20, 123),
        change("there", 20, 124),
    ]

    known = newest(told)

    assert [each.row and each.row["customer_id"] for each in known.values()] == [None, 124]


def test_keys_of_two_tables_are_two_rows() -> None:
    keys = [Change(table, {"id": 1}, 1, {"id": 1}) for table in ("site", "premises")]

    assert len(newest(keys)) == 2


@given(
    st.lists(st.tuples(st.sampled_from("abc"), st.none() | st.integers(1, 9)), max_size=12),
    st.lists(st.integers(0, 11), max_size=3),
)
def test_what_a_restart_repeats_changes_nothing(
    written: list[tuple[str, int | None]], restarts: list[int]
) -> None:
    log = [change(tenant, place, customer) for place, (tenant, customer) in enumerate(written)]
    topic = list(log)
    for back_to in restarts:
        # A restart goes back to some place and on from there to the end.
        topic += log[back_to:]

    assert newest(topic) == newest(log)


@pytest.mark.parametrize(
    ("told", "kind", "value"),
    [
        ("0.11760000", "numeric", Decimal("0.1176")),
        ("2013-07-15T11:00:00.000000Z", "timestamptz", datetime(2013, 7, 15, 11, tzinfo=UTC)),
        ("2013-07-15Z", "date", date(2013, 7, 15)),
        ("05:00:00Z", "time", time(5)),
        ("AAH/", "bytea", b"\x00\x01\xff"),
        ("2013-07-15Z", "text", "2013-07-15Z"),
        (924, "int8", 924),
        (None, "numeric", None),
    ],
)
def test_a_column_is_what_its_table_has(told: Json, kind: str, value: Value) -> None:
    assert typed(told, kind) == value


def test_differences_are_rows_of_one_side_and_rows_that_are_not_alike() -> None:
    at = datetime(2013, 7, 15, 11, tzinfo=UTC)
    told = newest(
        Change(
            "tenant",
            {"tenant_id": tenant},
            1,
            {"tenant_id": tenant, "customer_id": customer, "as_of": "2013-07-15T12:00:00+01:00"},
        )
        for tenant, customer in (("alike", 1), ("other", 2), ("topic only", 3))
    )
    topic = rows_of(told.values(), TENANT)
    table: dict[Key, Row] = {
        (name,): {"tenant_id": name, "customer_id": customer, "as_of": at}
        for name, customer in (("alike", 1), ("other", 20), ("table only", 4))
    }

    found = differences("tenant", table, topic)

    assert found == [
        Difference("tenant", ("other",), table[("other",)], topic[("other",)]),
        Difference("tenant", ("table only",), table[("table only",)], None),
        Difference("tenant", ("topic only",), None, topic[("topic only",)]),
    ]
