"""The reference mode of system C in a local Flink, row by row beside what settlement bills."""

import json
import re
from base64 import b64encode
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pyflink.common import RowKind

from contracts.settings import Settings
from jobs.build import prepare
from jobs.reference_c import FLOW
from jobs.statements import parameters, statement
from tests.sql.cluster import Cluster
from tests.support.data_centres import (
    AS_THEY_ARE,
    CASES,
    CHI1,
    Case,
    M,
    Months,
    Move,
    Reading,
    at,
    settled,
)

RECORDS = """
    CREATE TABLE records (
        meter_id STRING, commodity STRING, ts BIGINT, register BIGINT, demand BIGINT,
        energy BIGINT, interval_ms BIGINT, heartbeat BOOLEAN, announcement BOOLEAN, problem STRING,
        arrival_ms BIGINT, partition_arrival_ms BIGINT,
        arrival AS TO_TIMESTAMP_LTZ(arrival_ms, 3),
        WATERMARK FOR arrival AS arrival - INTERVAL '0.601' SECOND
    ) WITH ('connector' = 'filesystem', 'path' = 'file://{folder}', 'format' = 'json')
"""
"""What the job's view of Kafka has of each record."""
FILES = "WITH ('connector' = 'filesystem', 'path' = 'file://{folder}', 'format' = 'json')"
NAMED = [each for each in FLOW.statements if isinstance(each, str)]
NO_TENANTS = "others"
"""Readings that must not count, as a case of their own."""

Row = dict[str, Any]


def test_the_statements_are_planned_as_they_are(tmp_path: Path, running: Cluster) -> None:
    table_env, known = running.environment(), parameters(Settings(), FLOW.name)
    table_env.execute_sql(RECORDS.format(folder=tmp_path))

    plan = prepare(table_env, NAMED, known).explain()

    assert "TemporalJoin" in plan
    assert "wattstream.tenant_months" in str(known["tenant_months_topic"])


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory, running: Cluster) -> dict[str, Months]:
    """What the job makes of each case: all run at once, in tenants with names of their own."""
    records, changes = tmp_path_factory.mktemp("records"), tmp_path_factory.mktemp("changes")
    sent = [row for name, case in CASES.items() for row in readings(name, case)]
    sent += others()
    told = [row for name, case in CASES.items() for row in moves(name, case)]
    told += other_changes()
    told.sort(key=lambda each: each[0])
    write(records, sorted(sent, key=lambda row: int(row["arrival_ms"])))
    # After a restart of what captures changes the topic goes back, and says them again.
    write(changes, [*(row for _, row in [*told, *told]), heartbeat()])

    table_env, known = running.environment(), parameters(Settings(), FLOW.name)
    table_env.execute_sql(RECORDS.format(folder=records))
    table_env.execute_sql(from_files("tables/master_changes", changes))
    views = [each for each in NAMED if each.startswith("views/")]
    prepare(table_env, views, known)
    _, query = re.split(r"INSERT INTO [^)]+\)", statement("inserts/tenant_months", known))
    months: dict[str, dict[tuple[str, int, str], int]] = defaultdict(dict)
    with table_env.execute_sql(query).collect() as rows:
        for row in rows:
            name, tenant = row[0].split("/")
            key = (tenant, int(row[1]), row[2])
            if row.get_row_kind() in (RowKind.INSERT, RowKind.UPDATE_AFTER):
                assert row[3] == int(row[3])
                months[name][key] = int(row[3])
            else:
                del months[name][key]
    return dict(months)


def from_files(name: str, folder: Path) -> str:
    """The statement of a table over Kafka, over files instead; what is metadata is in them."""
    text = statement(name, parameters(Settings(), FLOW.name)).replace("METADATA VIRTUAL", "")
    changed, count = re.subn(r"WITH \(.*\)", FILES.format(folder=folder), text, flags=re.DOTALL)
    assert count == 1
    return changed


def readings(name: str, case: Case) -> Iterator[Row]:
    for each in case.all_readings:
        yield row_of(each, meter_id=f"{name}/{each.register_id}")


def row_of(reading: Reading, **changes: object) -> Row:
    """As a meter says it."""
    row = {
        "meter_id": reading.register_id,
        "commodity": "electricity",
        "ts": reading.ts_ms,
        "register": reading.kwh * 1_000_000,
        "heartbeat": False,
        "announcement": False,
        "arrival_ms": reading.arrival_ms,
    }
    return row | changes


def others() -> Iterator[Row]:
    """More than all, if one of them counted."""
    more = Reading(at(10), 1, f"{CHI1}:12", 9_999)
    meter_id = f"{NO_TENANTS}/{more.register_id}"
    yield row_of(Reading(at(1), 1, f"{CHI1}:12", 7), meter_id=meter_id)
    yield row_of(more, meter_id=f"{NO_TENANTS}/{more.tenant}")
    yield row_of(more, meter_id=meter_id, commodity="gas")
    yield row_of(more, meter_id=meter_id, problem="not_json")
    yield row_of(more, meter_id=meter_id, ts=more.ts_ms + 60_000)
    yield row_of(more, meter_id=meter_id, announcement=True)


def moves(name: str, case: Case) -> Iterator[tuple[int, Row]]:
    """The rows of the table `tenant` as they are captured, each with when."""
    for each in case.all_moves:
        yield each.known_ms, change_of(name, each)


def change_of(name: str, move: Move) -> Row:
    key = {"tenant_id": f"{name}/{move.tenant}"}
    row = key | {"customer_id": move.customer_id, "as_of": "2013-01-01T00:00:00.000000Z"}
    return {
        "key": json.dumps(key),
        "row": json.dumps(row) if move.customer_id else None,
        "headers": headers("tenant", move.known_ms),
    }


def other_changes() -> Iterator[tuple[int, Row]]:
    """Of the tenant whose readings must not count, and of another table with the same key."""
    move = Move(f"{CHI1}:12", 1, at(0))
    yield move.known_ms, change_of(NO_TENANTS, move)
    occupancy = change_of(NO_TENANTS, Move(f"{CHI1}:12", 2, at(0)))
    yield move.known_ms, occupancy | {"headers": headers("occupancy", move.known_ms)}


def heartbeat() -> Row:
    key = '{"heartbeat_id": 1}'
    return {"key": key, "row": key, "headers": headers("heartbeat", at(900))}


def headers(table: str, committed_ms: int) -> dict[str, str]:
    return {
        "__source_table": b64encode(table.encode()).decode(),
        "__source_ts_ms": b64encode(str(committed_ms).encode()).decode(),
    }


def write(folder: Path, rows: list[Row]) -> None:
    (folder / "rows.json").write_text("\n".join(map(json.dumps, rows)))


@pytest.mark.parametrize("name", CASES)
def test_both_modes_side_by_side(name: str, found: dict[str, Months]) -> None:
    case = CASES[name]

    reference, correct = found[name], settled(case).months

    assert reference == {**AS_THEY_ARE, **case.reference}
    assert sum(reference.values()) == case.reference_total
    assert correct == {**AS_THEY_ARE, **case.correct}
    assert sum(correct.values()) == case.correct_total


def test_what_customers_come_to(found: dict[str, Months]) -> None:
    totals: dict[int, int] = defaultdict(int)
    for (_, customer, _), kwh in found["as they are"].items():
        totals[customer] += kwh

    assert totals == {924: 1479, 243: 2099, 123: 288}


def test_what_is_no_reading_of_a_tenant_does_not_count(found: dict[str, Months]) -> None:
    assert found[NO_TENANTS] == {(f"{CHI1}:12", 1, M): 7}
