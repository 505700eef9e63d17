"""A client's error becomes one line: the service, its address and what to do."""

import httpx
import psycopg
import pytest
import redis
from cassandra import OperationTimedOut, UnresolvableContactPoints
from cassandra.cluster import NoHostAvailable
from cassandra.protocol import InvalidRequestException
from confluent_kafka import KafkaError, KafkaException

from adapters.errors import explain
from contracts.settings import CassandraSettings, PostgresSettings, RedisSettings, Settings

SETTINGS = Settings(
    kafka_bootstrap="broker:9092",
    redis=RedisSettings(url="redis://:secret@cache:6379/0"),
    cassandra=CassandraSettings(hosts="ring", port=9_042),
    postgres=PostgresSettings(url="postgresql://me:secret@db:5432"),
)


@pytest.mark.parametrize(
    ("error", "parts"),
    [
        (
            KafkaException(KafkaError(KafkaError._TRANSPORT, "transport failure")),
            ("Kafka", "broker:9092", "(transport failure)", "WATTSTREAM_KAFKA_BOOTSTRAP"),
        ),
        (
            redis.ConnectionError("refused\nby the host"),
            ("Redis", "redis://cache:6379/0", "(refused by the host)", "WATTSTREAM_REDIS_URL"),
        ),
        (
            NoHostAvailable("Unable", {"ring:9042": ConnectionRefusedError(111, "refused")}),
            ("Cassandra", "ring:9042", "([Errno 111] refused)", "WATTSTREAM_CASSANDRA_HOSTS"),
        ),
        (OperationTimedOut(), ("Cassandra", "ring:9042", "WATTSTREAM_CASSANDRA_PORT")),
        (
            UnresolvableContactPoints({"ring": []}),
            ("Cassandra", "ring:9042", "WATTSTREAM_CASSANDRA_PORT"),
        ),
        (FileNotFoundError(2, "No such file", "/a/b"), ("/a/b: No such file",)),
        (
            psycopg.OperationalError("connection refused"),
            (
                "PostgreSQL",
                "postgresql://db:5432",
                "(connection refused)",
                "WATTSTREAM_POSTGRES_URL",
            ),
        ),
        (TimeoutError(), ("`wattstream status`",)),
    ],
)
def test_an_error_is_explained_in_one_line(error: Exception, parts: tuple[str, ...]) -> None:
    explanation = explain(error, SETTINGS)

    assert explanation is not None
    assert "\n" not in explanation
    assert "secret" not in explanation
    for part in parts:
        assert part in explanation


def test_a_namespace_that_is_not_there_is_no_service_that_is_down() -> None:
    refused = InvalidRequestException(0x2200, "Keyspace nosuch does not exist", None).to_exception()
    unknown = KafkaException(KafkaError(KafkaError.UNKNOWN_TOPIC_OR_PART, "Unknown topic"))

    said = explain(refused, SETTINGS)
    of_topic = explain(unknown, SETTINGS)

    assert said == "there is no namespace nosuch: `wattstream submit -n nosuch` makes it"
    assert of_topic is not None
    assert "broker:9092 lacks a topic" in of_topic
    assert "wattstream submit -n" in of_topic
    assert "wattstream up" not in of_topic


def test_a_request_that_cassandra_refuses_is_said_as_it_is() -> None:
    refused = InvalidRequestException(0x2200, "unconfigured table minutes", None).to_exception()

    said = explain(refused, SETTINGS)

    assert said is not None
    assert "unconfigured table minutes" in said


@pytest.mark.parametrize("error", [KeyError("bug"), httpx.ConnectError("refused")])
def test_an_error_of_nobody_known_is_not_explained_away(error: Exception) -> None:
    assert explain(error, SETTINGS) is None
