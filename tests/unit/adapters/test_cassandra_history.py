"""Statements for Cassandra hold what the driver itself would have bound."""

import re
from itertools import chain
from types import SimpleNamespace
from unittest.mock import patch

import pandas as pd
import pytest
from cassandra.cqltypes import (
    DateType,
    DoubleType,
    Int32Type,
    LongType,
    SimpleDateType,
    UserType,
    UTF8Type,
)
from cassandra.protocol import ColumnMetadata
from cassandra.query import PreparedStatement

from adapters import cassandra_history
from adapters.cassandra_history import (
    BATCH_PARTITIONS,
    BATCH_ROWS,
    Column,
    HistoryWriter,
    _batches_of,
    cql_day,
    partitioned,
    serialised,
)
from contracts.figures import FIGURE_NAMES
from contracts.history import bucket_of, schema_statements
from contracts.settings import Settings
from contracts.time import DAY_MS
from verification.rows import Minute

FIELDS = {"readings": LongType, "last_at": DateType, "demand_sum": DoubleType}
TYPES = {
    "meter_id": UTF8Type,
    "day": SimpleDateType,
    "minute": DateType,
    "bucket": Int32Type,
    "readings": LongType,
    "demand": DoubleType,
    "figures": UserType.make_udt_class("ks", "figures", tuple(FIELDS), tuple(FIELDS.values())),
}
MINUTES_MS = [1_767_636_000_000, 0, -1, -3 * DAY_MS]


@pytest.fixture
def insert() -> PreparedStatement:
    """An insert with each type that history has, its partition key first."""
    return PreparedStatement(
        column_metadata=[ColumnMetadata("ks", "t", name, kind) for name, kind in TYPES.items()],
        query_id=b"",
        routing_key_indexes=[0, 1],
        query="",
        keyspace="ks",
        protocol_version=5,
        result_metadata=None,
        result_metadata_id=None,
    )


def columns(readings: list[int]) -> dict[str, Column]:
    """Four rows of `TYPES`."""
    minutes = pd.Series(MINUTES_MS, dtype="int64")
    demand = pd.Series([0.1, -0.0, 1e300, float("inf")])
    figures = (pd.Series(readings), minutes, demand)
    values: list[Column] = [
        pd.Series(["LCL-1", "ζ-ü", "", "L" * 300]),
        cql_day(minutes),
        minutes,
        pd.Series([0, 255, -1, 2**31 - 1], dtype="int32"),
        pd.Series(readings),
        demand,
        pd.DataFrame(dict(zip(FIELDS, figures, strict=True))).iloc[:, ::-1],
    ]
    return dict(zip(TYPES, values, strict=True))


def test_each_row_is_bound_as_by_the_driver(insert: PreparedStatement) -> None:
    given = columns([1, -1, 2**53 + 1, -(2**63)])

    statements = [row for (row,) in partitioned(insert, serialised([insert], given))]

    values = [
        each[[*FIELDS]].itertuples(index=False) if isinstance(each, pd.DataFrame) else each.tolist()
        for each in given.values()
    ]
    by_driver = [insert.bind(row) for row in zip(*values, strict=True)]
    assert [list(each.values) for each in statements] == [each.values for each in by_driver]
    assert [each.routing_key for each in statements] == [each.routing_key for each in by_driver]


def test_a_bucket_is_by_the_crc_that_all_the_world_computes() -> None:
    # Check value of CRC-32/ISO-HDLC in the catalogue of parametrised CRC algorithms.
    assert bucket_of("123456789") == 0xCBF43926 % 256 == 38


def test_a_day_is_that_of_its_minute() -> None:
    epoch = 2**31
    assert cql_day(pd.Series(MINUTES_MS, dtype="int64")).tolist() == [
        epoch + 20_458,
        epoch,
        epoch - 1,
        epoch - 3,
    ]


def test_rows_of_a_partition_are_together(insert: PreparedStatement) -> None:
    given = columns([1, 2, 3, 4])
    given["meter_id"] = pd.Series(["a", "a", "b", "a"])
    given["day"] = cql_day(pd.Series([0, DAY_MS, 0, 0], dtype="int64"))
    readings = list(TYPES).index("readings")

    found = partitioned(insert, serialised([insert], given))

    assert [[int.from_bytes(row.values[readings]) for row in rows] for rows in found] == [
        [1, 4],
        [2],
        [3],
    ]


def batches(partitions: dict[bytes, int], nodes: dict[bytes, str]) -> list[list[bytes]]:
    """Partition keys of the rows of each batch."""
    writer = HistoryWriter.__new__(HistoryWriter)
    metadata = SimpleNamespace(get_replicas=lambda _, key: [nodes[key]])
    writer.session = SimpleNamespace(keyspace="ks", cluster=SimpleNamespace(metadata=metadata))
    rows = [[SimpleNamespace(routing_key=key)] * count for key, count in partitions.items()]
    with patch.object(cassandra_history, "_batches_of", lambda batch: [list(chain(*batch))]):
        return [[each.routing_key for each in batch] for batch in writer._batches(rows)]


def test_a_batch_ends_where_a_partition_does() -> None:
    nodes = dict.fromkeys((b"a", b"b", b"c", b"d"), "node")

    found = batches({b"a": 15, b"b": BATCH_ROWS - 15, b"c": 1, b"d": BATCH_ROWS}, nodes)

    assert found == [[b"a"] * 15 + [b"b"] * (BATCH_ROWS - 15), [b"c"], [b"d"] * BATCH_ROWS]


def test_a_batch_is_of_few_partitions() -> None:
    keys = [bytes([number]) for number in range(BATCH_PARTITIONS + 1)]

    found = batches(dict.fromkeys(keys, 1), dict.fromkeys(keys, "node"))

    assert found == [keys[:-1], keys[-1:]]


def test_a_batch_is_of_one_set_of_nodes() -> None:
    found = batches({b"a": 2, b"b": 3, b"c": 1}, {b"a": "one", b"b": "other", b"c": "one"})

    assert sorted(found) == [[b"a", b"a", b"c"], [b"b"] * 3]


def test_no_batch_is_larger_than_the_limit(insert: PreparedStatement) -> None:
    cells = serialised([insert], columns([1, 2, 3, 4]))
    statements = partitioned(insert, cells) * BATCH_ROWS

    sizes = [len(batch._statements_and_parameters) for batch in _batches_of(statements)]

    assert sizes == [BATCH_ROWS] * 4


def test_a_null_is_bound_as_by_the_driver() -> None:
    names = ("readings", "demand_min", "demand_max", "energy")
    kinds = (LongType, DoubleType, DoubleType, DoubleType)
    figures = UserType.make_udt_class("ks", "figures", names, kinds)
    rows = [
        (1, 0.5, 1.5, None),
        (2, None, None, None),
        (3, 0.5, 1.5, 9.0),
        (4, None, None, -0.0),
        (5, 2.5, 3.5, None),
    ]
    insert = SimpleNamespace(column_metadata=[ColumnMetadata("ks", "t", "figures", figures)])

    for given in (rows, rows[1:2]):
        # A column without any value is one of floating-point numbers, as a batch has it.
        table = pd.DataFrame(given, columns=names).astype(dict.fromkeys(names[1:], "float64"))
        cells = serialised([insert], {"figures": table}, names[1:])["figures"]
        assert cells == [figures.serialize(row, 5) for row in given]

    with pytest.raises(TypeError, match="figures: a value is missing"):
        serialised([insert], {"figures": table}, names[1:3])


@pytest.mark.parametrize("name", ["meter_id", "readings", "demand"])
def test_a_missing_value_is_refused(insert: PreparedStatement, name: str) -> None:
    given = columns([1, 2, 3, 4])
    given[name] = given[name].astype("object").mask(pd.RangeIndex(4) == 2)

    with pytest.raises(TypeError, match=f"{name}: a value is missing"):
        serialised([insert], given)


@pytest.mark.parametrize("field", FIELDS)
def test_a_missing_figure_is_refused(insert: PreparedStatement, field: str) -> None:
    given = columns([1, 2, 3, 4])
    figures = pd.DataFrame(given["figures"])
    given["figures"] = figures.assign(**{field: figures[field].mask(figures.index == 1)})

    with pytest.raises(TypeError, match="figures: a value is missing"):
        serialised([insert], given)


def test_a_fraction_is_no_count(insert: PreparedStatement) -> None:
    given = columns([1, 2, 3, 4]) | {"readings": pd.Series([1.0, 2.5, 3.0, 4.0])}

    with pytest.raises(TypeError, match="Cannot cast"):
        serialised([insert], given)


def test_figures_of_another_type_are_refused(insert: PreparedStatement) -> None:
    given = columns([1, 2, 3, 4])
    given["figures"] = pd.DataFrame(given["figures"]).assign(power_factor=1.0)

    with pytest.raises(TypeError, match="figures: fields readings, last_at, demand_sum"):
        serialised([insert], given)


def test_the_figures_are_those_of_the_type_and_of_what_verification_expects() -> None:
    (create,) = (each for each in schema_statements(Settings()) if "CREATE TYPE" in each)

    assert tuple(re.findall(r"^    (\w+)", create, re.MULTILINE)) == FIGURE_NAMES
    assert Minute._fields[1:] == FIGURE_NAMES
