"""Brokers of the tests' own, Kafka's and MQTT's, and a Redis: without the stack and its jobs."""

from collections.abc import Iterator
from contextlib import ExitStack, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from confluent_kafka import Consumer, KafkaException, TopicPartition

from adapters.connect import kafka_config
from contracts.settings import (
    CassandraSettings,
    MqttSettings,
    PostgresSettings,
    RedisSettings,
    Settings,
)
from infra.local.kafka import service as kafka
from infra.local.mosquitto import service as mosquitto
from infra.local.service import Service
from infra.settings import StackSettings
from tests.support.own_service import PATIENCE_S, OwnService, own
from tests.support.redis_server import free_port, redis_server
from tests.support.waiting import until

HASTE = ("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC")
"""It lives for minutes: the optimising compiler would not earn back what it takes."""


@dataclass(frozen=True)
class Brokers:
    """Where they are."""

    settings: Settings
    """Those of the process, too, while they are there."""
    kafka: OwnService
    mqtt: OwnService


@pytest.fixture(scope="package")
def brokers() -> Iterator[Brokers]:
    """Started for these tests, and stopped after them."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory()))
        settings = Settings(
            data_dir=folder / "data",
            kafka_bootstrap=f"127.0.0.1:{free_port()}",
            mqtt=MqttSettings(url=f"mqtts://127.0.0.1:{free_port()}"),
            redis=RedisSettings(url=stack.enter_context(redis_server())),
            # Nobody listens there.
            cassandra=CassandraSettings(port=1),
            postgres=PostgresSettings(url="postgresql://wattstream@127.0.0.1:1"),
            flink_rest_url="http://127.0.0.1:1",
        )
        local = StackSettings(local_dir=folder / "local", kafka_controller_port=free_port())
        local.local_dir.mkdir()
        local.jvm_dir("").symlink_to(StackSettings().jvm_dir(""))
        shell = stack.enter_context(pytest.MonkeyPatch.context())
        shell.setenv("WATTSTREAM_DATA_DIR", str(settings.data_dir))
        shell.setenv("WATTSTREAM_KAFKA_BOOTSTRAP", settings.kafka_bootstrap)
        shell.setenv("WATTSTREAM_MQTT_URL", settings.mqtt.url)
        shell.setenv("WATTSTREAM_REDIS_URL", settings.redis.url)
        shell.setenv("WATTSTREAM_STACK_LOCAL_DIR", str(local.local_dir))
        log = stack.enter_context(own(in_haste(kafka.service(settings, local))))
        mqtt = stack.enter_context(own(mosquitto.service(settings, local)))
        have_groups(settings)
        yield Brokers(settings, log, mqtt)


@pytest.fixture(scope="package")
def broker(brokers: Brokers) -> Settings:
    """Settings that name them."""
    return brokers.settings


def in_haste(service: Service) -> Service:
    """The same in a JVM that begins soon."""
    java, *arguments = service.command
    return replace(service, command=(java, *HASTE, *arguments))


def have_groups(settings: Settings) -> None:
    """Let the broker make the topic in which it keeps groups. Until then it knows none, and says so
    to whoever has announced something and notes how far."""
    consumer = Consumer(kafka_config(settings) | {"group.id": "first"})

    def knows_groups() -> bool:
        # Of a topic that is just made nobody may be in charge yet.
        with suppress(KafkaException):
            consumer.committed([TopicPartition("none", 0)], timeout=PATIENCE_S)
            return True
        return False

    until(knows_groups, PATIENCE_S)
    consumer.close()
