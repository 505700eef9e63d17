"""Versions of alerts become rows as Cassandra's tables want them."""

import re
from datetime import date

import msgspec
import pytest
from cassandra.cqltypes import DateType, Int32Type, SimpleDateType, UTF8Type
from cassandra.protocol import ColumnMetadata
from cassandra.query import PreparedStatement

from adapters.cassandra_alerts import alert_columns
from adapters.cassandra_history import partitioned, serialised
from contracts.alerts import Alert
from contracts.history import (
    ALERT_TABLES,
    COLUMNS,
    PARTITION_KEYS,
    month_of,
    schema_statements,
)
from contracts.settings import Settings
from contracts.time import DAY_MS
from tests.support.alerts import an_alert

TYPES = {"text": UTF8Type, "int": Int32Type, "timestamp": DateType, "date": SimpleDateType}
LAST_OF_FEBRUARY_MS = 1_709_164_800_000 + DAY_MS - 1
"""2024-02-29 23:59:59.999 UTC."""


def created(table: str) -> str:
    """The statement that creates a table."""
    (found,) = (each for each in schema_statements(Settings()) if f".{table} (" in each)
    return found


def insert(table: str) -> PreparedStatement:
    """The insert of a table, with the types of its schema."""
    types = dict(re.findall(r"^    (\w+) (\w+),$", created(table), re.MULTILINE))
    names = COLUMNS[table]
    return PreparedStatement(
        column_metadata=[ColumnMetadata("ks", table, name, TYPES[types[name]]) for name in names],
        query_id=b"",
        routing_key_indexes=[names.index(name) for name in PARTITION_KEYS[table]],
        query="",
        keyspace="ks",
        protocol_version=5,
        result_metadata=None,
        result_metadata_id=None,
    )


def by_hand(table: str, alert: Alert, day: date, month: date) -> list[object]:
    """A row of a table in the order of its columns."""
    row = {
        "day": day,
        "month": month,
        "kind": alert.kind,
        "subject": alert.subject,
        "opened_at": alert.opened_at_ms,
        "id": alert.id,
        "version": alert.version,
        "at": alert.at_ms,
        "state": alert.state,
        "severity": alert.severity,
        "alert": msgspec.json.encode(alert).decode(),
    }
    return [row[name] for name in COLUMNS[table]]


@pytest.mark.parametrize("table", ALERT_TABLES)
def test_a_version_is_a_row_as_the_driver_would_bind_it(table: str) -> None:
    first = an_alert(opened_at_ms=LAST_OF_FEBRUARY_MS, homes=("a", "b"), homes_count=2)
    second = msgspec.structs.replace(
        first, version=2, state="updated", severity="critical", at_ms=LAST_OF_FEBRUARY_MS + DAY_MS
    )
    other = an_alert("meter_silent", "m:export", LAST_OF_FEBRUARY_MS + 1)
    prepared = insert(table)

    columns = alert_columns(map(msgspec.json.encode, (first, second, other)))
    partitions = partitioned(prepared, serialised([*map(insert, ALERT_TABLES)], columns))

    february = (date(2024, 2, 29), date(2024, 2, 1))
    rows = [by_hand(table, each, *february) for each in (first, second)]
    rows.append(by_hand(table, other, date(2024, 3, 1), date(2024, 3, 1)))
    assert [[list(row.values) for row in rows] for rows in partitions] == [
        [prepared.bind(row).values for row in rows[:2]],
        [prepared.bind(rows[2]).values],
    ]


@pytest.mark.parametrize("table", ALERT_TABLES)
def test_the_tables_have_the_columns_and_keys_that_are_known(table: str) -> None:
    statement = created(table)

    names = re.findall(r"^    ([a-z_]+) \w+,$", statement, re.MULTILINE)
    key = re.search(r"PRIMARY KEY \(\(([^)]+)\), ([^)]+)\)", statement)
    assert key is not None
    assert sorted(names) == sorted(COLUMNS[table])
    assert tuple(key[1].split(", ")) == PARTITION_KEYS[table]
    assert key[2] == "opened_at, id, version"


def test_an_alert_of_a_kind_that_is_not_known_has_a_row_too() -> None:
    told = msgspec.to_builtins(an_alert()) | {"kind": "overload", "id": "overload:f:1"}

    columns = alert_columns([msgspec.json.encode(told)])

    assert list(columns["kind"]) == ["overload"]


def test_what_is_no_alert_is_refused() -> None:
    with pytest.raises(msgspec.ValidationError, match="missing required field `id`"):
        alert_columns([b"{}"])


def test_a_month_is_its_first_day() -> None:
    assert month_of(LAST_OF_FEBRUARY_MS) == date(2024, 2, 1)
    assert month_of(LAST_OF_FEBRUARY_MS + 1) == date(2024, 3, 1)
