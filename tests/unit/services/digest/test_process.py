"""The process, with a broker that librdkafka plays and a Redis of its own."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import orjson
import pytest
from confluent_kafka import Producer

from adapters.connect import redis_client
from contracts.digest import clock_key, customer_key, registry_key
from contracts.settings import PROJECT, RedisSettings, Settings, without_settings
from contracts.topics import all_topics, meters
from tests.support.redis_server import redis_server

PATIENCE_S = 180.0


@pytest.fixture(scope="module")
def settings() -> Iterator[Settings]:
    """Of a broker that makes topics as they are written."""
    host = Producer({"bootstrap.servers": "none:1", "test.mock.num.brokers": 1, "log_level": 2})
    (known,) = host.list_topics(timeout=120).brokers.values()
    with redis_server() as url:
        yield Settings(
            namespace="process_test",
            kafka_bootstrap=f"{known.host}:{known.port}",
            redis=RedisSettings(url=url),
        )
    del host


@pytest.fixture
def producer(settings: Settings) -> Producer:
    return Producer({"bootstrap.servers": settings.kafka_bootstrap, "log_level": 2})


def entry(customer: str) -> bytes:
    return orjson.dumps({"geohash": "gcpuyj2k41vd", "commodity": "gas", "customer": customer})


def begin(settings: Settings, log: Path) -> "subprocess.Popen[bytes]":
    environment = without_settings(os.environ) | {
        "WATTSTREAM_KAFKA_BOOTSTRAP": settings.kafka_bootstrap,
        "WATTSTREAM_REDIS_URL": settings.redis.url,
    }
    with log.open("ab") as end:
        return subprocess.Popen(
            [sys.executable, "-m", "services.digest"], cwd=PROJECT, env=environment, stderr=end
        )


def wait(process: "subprocess.Popen[bytes]", log: Path, until: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not until():
        assert process.poll() is None and time.monotonic() < deadline, log.read_text()
        time.sleep(0.1)


def test_it_serves_what_comes_and_goes_on_after_it_was_killed(
    settings: Settings, producer: Producer, tmp_path: Path
) -> None:
    log = tmp_path / "log"
    for topic in all_topics(settings):
        producer.produce(topic.name, None, "nobody", partition=0)
    registry = meters(settings).name
    producer.produce(registry, entry("c1"), "m1", partition=0)
    producer.produce(registry, entry("c1"), "m2", partition=0)
    assert producer.flush(120) == 0

    process = begin(settings, log)
    try:
        with redis_client(settings.redis) as client:

            def registered() -> set[str]:
                return set(map(str, client.hkeys(registry_key(settings.namespace))))

            wait(process, log, lambda: registered() == {"m1", "m2"})
            producer.produce(registry, None, "m1", partition=0)
            assert producer.flush(120) == 0
            wait(process, log, lambda: registered() == {"m2"})

            process.kill()
            process.wait()
            producer.produce(registry, None, "m2", partition=0)
            producer.produce(registry, entry("c2"), "m3", partition=0)
            assert producer.flush(120) == 0
            process = begin(settings, log)
            wait(process, log, lambda: registered() == {"m3"})
            assert client.smembers(customer_key(settings.namespace, "c2")) == {"m3"}
            assert not client.exists(customer_key(settings.namespace, "c1"))

            # A Redis that was emptied is filled again.
            client.flushall()
            wait(process, log, lambda: registered() == {"m3"})
            assert client.exists(clock_key(settings.namespace))
        process.terminate()
        assert process.wait(PATIENCE_S) == 0
    finally:
        process.kill()
        process.wait()
    assert log.read_text().rstrip().endswith("INFO stopped")
