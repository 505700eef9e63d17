"""The reference mode of system C as it runs: from Kafka to Kafka."""

import json
import time
from collections.abc import Iterator
from contextlib import closing

import pytest
from confluent_kafka import OFFSET_BEGINNING, Consumer, KafkaError, Producer

from adapters.connect import kafka_config
from adapters.kept_records import reader
from contracts import topics
from contracts.reading import Reading
from contracts.settings import Settings
from contracts.time import MINUTE_MS
from jobs.build import define
from jobs.reference_c import FLOW
from tests.sql.cluster import cluster, java
from tests.support.namespaces import fresh_topics
from tests.support.send import record, send
from tests.support.waiting import until

TENANT, METER = "dc:eqix:us:chi1:12", "dc:eqix:us:chi1:p1:12"
SEVEN, EIGHT = 7, 8
PATIENCE_S = 120
WH_A_KWH = 1_000

Months = dict[tuple[str, int], float]
"""What a customer is told for a tenant, kWh."""


@pytest.fixture(scope="module")
def settings(broker: Settings) -> Iterator[Settings]:
    with fresh_topics(broker, "test_reference_c") as found:
        yield found


def test_a_tenant_who_moves_is_billed_twice(settings: Settings) -> None:
    # Time goes on by heartbeats until all is closed, and Kafka takes none of the future.
    begin_ms = round(time.time() * 1_000) - 5 * MINUTE_MS
    moves = {begin_ms: SEVEN, begin_ms + 2 * MINUTE_MS: EIGHT}
    capture(settings, moves, until_ms=begin_ms + 5 * MINUTE_MS)
    read_ms = {begin_ms + MINUTE_MS: 1_134, begin_ms + 3 * MINUTE_MS: 1_200}
    send(settings, "panels", [record(settings, reading(*each), 0) for each in read_ms.items()])

    with java(), cluster() as flink:
        job = define(FLOW, flink.environment(), settings).execute().get_job_client()
        assert job is not None
        found: Months = {}
        with closing(
            reader(settings, topics.tenant_months(settings), [OFFSET_BEGINNING])
        ) as consumer:
            until(lambda: len(read(consumer, found)) == len(moves), PATIENCE_S)
        job.cancel().result()

    assert found == {(TENANT, SEVEN): 1_134.0, (TENANT, EIGHT): 1_200.0}


def capture(settings: Settings, moves: dict[int, int], until_ms: int) -> None:
    """Say which customers were known from when on, and that nothing more changed until then."""
    producer, masters = Producer(kafka_config(settings)), topics.masters(settings)

    def change(table: str, key: dict[str, object], row: dict[str, object], at_ms: int) -> None:
        # Debezium's headers are JSON: a word in quotes, a number.
        headers = {"__source_table": f'"{table}"', "__source_ts_ms": str(at_ms)}
        producer.produce(masters.name, json.dumps(key | row), json.dumps(key), headers=headers)

    for known_ms, customer in moves.items():
        change("tenant", {"tenant_id": TENANT}, {"customer_id": customer}, known_ms)
    change("heartbeat", {"heartbeat_id": 1}, {}, until_ms)
    assert producer.flush(PATIENCE_S) == 0


def reading(ts_ms: int, kwh: int) -> Reading:
    return Reading(
        meter_id=METER,
        geohash="dp3wjz",
        commodity="electricity",
        ts=ts_ms,
        seq=ts_ms // MINUTE_MS,
        register=kwh * WH_A_KWH,
        demand=400,
    )


def read(consumer: Consumer, found: Months) -> Months:
    """With what the topic of months has more by now."""
    for message in consumer.consume(100, timeout=1.0):
        if (error := message.error()) is not None:
            assert error.code() == KafkaError._PARTITION_EOF
            continue
        key, value = message.key(), message.value()
        assert key is not None
        assert value is not None
        said = json.loads(key)
        found[said["tenant"], said["customer"]] = json.loads(value)["kwh"]
    return found
