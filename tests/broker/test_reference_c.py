"""The reference mode of system C as it runs: from Kafka to Kafka."""

import json
import time
from collections.abc import Iterator
from functools import partial

import pytest
from confluent_kafka import OFFSET_BEGINNING, Consumer, Producer, TopicPartition

from adapters.connect import kafka_config
from contracts import topics
from contracts.reading import HEARTBEAT
from contracts.settings import Settings
from contracts.time import MINUTE_MS
from jobs.build import prepare
from jobs.reference_c import FLOW
from jobs.statements import parameters
from tests.sql.cluster import cluster, java
from tests.support.namespaces import fresh_topics
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
    # What a minute ago was said is over when it is now.
    begin_ms = round(time.time() * 1_000) - 5 * MINUTE_MS
    moves = {begin_ms: SEVEN, begin_ms + 2 * MINUTE_MS: EIGHT}
    readings = {begin_ms + MINUTE_MS: 1_134, begin_ms + 3 * MINUTE_MS: 1_200}
    send(settings, moves, readings, until_ms=begin_ms + 5 * MINUTE_MS)

    with java(), cluster() as flink:
        table_env = flink.environment()
        views = [
            each if isinstance(each, str) else partial(each, table_env, settings, FLOW.name)
            for each in FLOW.statements
        ]
        job = prepare(table_env, views, parameters(settings, FLOW.name)).execute().get_job_client()
        assert job is not None
        found: Months = {}
        consumer = Consumer(kafka_config(settings) | {"group.id": "months"})
        consumer.assign([TopicPartition(topics.tenant_months(settings).name, 0, OFFSET_BEGINNING)])
        until(lambda: len(read(consumer, found)) == len(moves), PATIENCE_S)
        consumer.close()
        job.cancel().result()

    assert found == {(TENANT, SEVEN): 1_134.0, (TENANT, EIGHT): 1_200.0}


def send(
    settings: Settings, moves: dict[int, int], readings: dict[int, int], until_ms: int
) -> None:
    """Customers by when they were known, kWh by when they came; then it is so late."""
    producer = Producer(kafka_config(settings))
    masters, log = topics.masters(settings), topics.readings(settings)

    def change(table: str, row: dict[str, object], committed_ms: int) -> None:
        # Debezium's headers are JSON: a word in quotes, a number.
        headers = {"__source_table": f'"{table}"', "__source_ts_ms": str(committed_ms)}
        key = next(iter(row.items()))
        producer.produce(
            masters.name, key=json.dumps(dict([key])), value=json.dumps(row), headers=headers
        )

    for known_ms, customer in moves.items():
        change("tenant", {"tenant_id": TENANT, "customer_id": customer}, known_ms)
    change("heartbeat", {"heartbeat_id": 1}, until_ms)
    for number, (ts_ms, kwh) in enumerate(readings.items()):
        reading = {
            "meter_id": METER,
            "geohash": "dp3wjz",
            "commodity": "electricity",
            "ts": ts_ms,
            "seq": number,
            "register": kwh * WH_A_KWH,
            "demand": 400,
        }
        producer.produce(
            log.name, key=METER, value=json.dumps(reading), partition=0, timestamp=ts_ms
        )
    for partition in range(log.partitions):
        producer.produce(log.name, value=HEARTBEAT, partition=partition, timestamp=until_ms)
    assert producer.flush(PATIENCE_S) == 0


def read(consumer: Consumer, found: Months) -> Months:
    """With what the topic of months has more by now."""
    for message in consumer.consume(100, timeout=1.0):
        assert message.error() is None
        key, value = message.key(), message.value()
        assert key is not None
        assert value is not None
        said = json.loads(key)
        found[said["tenant"], said["customer"]] = json.loads(value)["kwh"]
    return found
