"""The operators of feeders, the rules and the oracle come to the same of any log."""

import json
from collections.abc import Iterator
from functools import partial
from heapq import merge
from math import floor
from pathlib import Path
from random import Random
from typing import Any

import msgspec
import pytest

from contracts.facts import FeederMinute, FeederSlice
from contracts.reading import HEARTBEAT
from contracts.settings import Settings
from jobs.build import prepare
from jobs.fold import fold
from jobs.java_views import ledger_views
from jobs.rules.all import read
from jobs.statements import parameters
from tests.sql.cluster import Cluster
from tests.support.log import Sent, T, announcement, reading, record
from tests.unit.verification.oracle.detection.estate import estate
from verification.oracle.expected import expect
from verification.oracle.log import read_log
from verification.rows import AlertKey, AlertVersion, FactKey, FactRow
from verification.stores.detected import alert_version, fact_row

RECORDS = """
    CREATE TABLE records (
        meter_id STRING, geohash STRING, commodity STRING, ts BIGINT, seq BIGINT, register BIGINT,
        demand BIGINT, voltage_v DOUBLE, energy BIGINT, interval_ms BIGINT, revision BIGINT,
        quality STRING, heartbeat BOOLEAN, closing BOOLEAN, problem STRING, announcement BOOLEAN,
        feeder STRING, region STRING, cadence_ms BIGINT, kind STRING, register_size BIGINT,
        removed BOOLEAN, capacity_w BIGINT, supply STRING, installed_ms BIGINT,
        lost_power_ms BIGINT,
        kafka_partition INT, kafka_offset BIGINT, arrival_ms BIGINT, partition_arrival_ms BIGINT,
        paced BOOLEAN,
        arrival AS TO_TIMESTAMP_LTZ(arrival_ms, 3),
        WATERMARK FOR arrival AS TO_TIMESTAMP_LTZ(arrival_ms - {behind_ms} - 1, 3)
    ) WITH ('connector' = 'filesystem', 'path' = 'file://{folder}', 'format' = 'json')
"""
"""What the source makes of Kafka's records."""

THOUSANDTHS = ("register", "demand", "energy", "register_size")


# What Flink's workers import warns of other libraries.
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize("seed", [0, 4, 10])
def test_facts_and_alerts_of_feeders_are_those_of_the_oracle(
    seed: int, tmp_path: Path, running: Cluster
) -> None:
    settings = Settings(data_dir=tmp_path, readings_partitions=2, _env_file=None)  # type: ignore[call-arg]
    partitions = until_after_all(estate(Random(seed)))
    for partition, sent in enumerate(partitions):
        record(settings, partition, sent)
    expected = expect(read_log(settings), settings, lambda _: None)

    facts = by_flink(partitions, settings, tmp_path / "records", running)
    closed = [fact for fact in facts if at_ms_of(fact) <= expected.last_slice_end_ms]

    assert rows(closed, FeederSlice.kind) == expected.facts
    assert rows(closed, FeederMinute.kind) == expected.feeder_minutes
    assert alerts_of(closed) == expected.alerts
    kinds = {alert.kind for alert in expected.alerts.values()}
    assert kinds >= {"outage", "meter_silent", "overload", "voltage_low", "voltage_high"}


def until_after_all(partitions: tuple[list[Sent], ...]) -> list[list[Sent]]:
    """With a quarter of an hour more, and a home that is heard when it is over. Flink ends with the
    last change behind any feeder, and so after all that is asked for."""
    end_ms = max(sent[-1][0] for sent in partitions) + 900_000
    last = {"meter_id": "last"}
    return [
        [(T, announcement(feeder="last", **last)), *sent, (end_ms, reading(end_ms, **last))]
        if number == 0
        else [*sent, (end_ms, HEARTBEAT)]
        for number, sent in enumerate(partitions)
    ]


def by_flink(
    partitions: list[list[Sent]], settings: Settings, folder: Path, running: Cluster
) -> list[bytes]:
    """The facts of feeders that the operators make, those of a feeder in their order."""
    folder.mkdir()
    read_in_order = merge(*map(rows_of, range(len(partitions)), partitions), key=when)
    (folder / "records.json").write_text("\n".join(map(json.dumps, read_in_order)))
    table_env = running.environment()
    table_env.execute_sql(RECORDS.format(folder=folder, behind_ms=settings.on_time_ms))
    prepare(
        table_env,
        [
            "views/judged_readings",
            "views/usable_readings",
            partial(ledger_views, table_env, settings, "hot"),
        ],
        parameters(settings, "hot"),
    )
    with table_env.execute_sql("SELECT `value` FROM feeder_facts").collect() as facts:
        return [bytes(fact) for (fact,) in facts]


def when(row: dict[str, Any]) -> int:
    """When the partition has come to a record."""
    return int(max(row["arrival_ms"], row["partition_arrival_ms"] or 0))


def rows_of(partition: int, sent: list[Sent]) -> Iterator[dict[str, Any]]:
    """Records of a partition as rows of `records`."""
    largest_ms = None
    for offset, (arrival_ms, value) in enumerate(sent):
        assert value is not None
        yield columns(json.loads(value)) | {
            "kafka_partition": partition,
            "kafka_offset": offset,
            "arrival_ms": arrival_ms,
            "partition_arrival_ms": largest_ms,
            "paced": False,
        }
        largest_ms = max(arrival_ms, largest_ms or arrival_ms)


def columns(message: dict[str, Any]) -> dict[str, Any]:
    """What a message says; numbers of three decimals in thousandths."""
    row: dict[str, Any] = {"heartbeat": False, "announcement": False, "revision": 0}
    if "heartbeat" in message:
        return row | {"heartbeat": True, "closing": message.get("closing", False)}
    if "event" in message:
        lost = {"meter_id": message["meter_id"], "lost_power_ms": message["ts"]}
        return row | lost | {"heartbeat": True}
    if "meter" in message:
        row |= {"announcement": True, "kind": "register", "removed": False}
    given = message.get("meter", message)
    return row | {
        name: floor(value * 1000 + 0.5) if name in THOUSANDTHS else value
        for name, value in given.items()
        if value is not None
    }


def at_ms_of(fact: bytes) -> int:
    """The time of a fact."""
    return int(json.loads(fact)["at_ms"])


def rows(facts: list[bytes], kind: str) -> dict[FactKey, FactRow]:
    """Those of a kind as the oracle has them."""
    found: dict[FactKey, FactRow] = {}
    for fact in facts:
        row = fact_row(fact)
        if row is not None and json.loads(fact)["kind"] == kind:
            assert row[0] not in found
            found[row[0]] = row[1]
    return found


def alerts_of(facts: list[bytes]) -> dict[AlertKey, AlertVersion]:
    """What the watch job makes of them."""
    rules, kept = read(), dict[str, bytes | None]()
    found: dict[AlertKey, AlertVersion] = {}
    for fact in facts:
        feeder = json.loads(fact)["subject"]
        kept[feeder], alerts = fold(kept.get(feeder), fact, rules)
        versions = (alert_version(msgspec.json.encode(alert)) for alert in alerts)
        found.update(version for version in versions if version is not None)
    return found
