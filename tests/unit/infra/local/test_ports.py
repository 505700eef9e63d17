"""Ports that are taken are named together with their holder and the setting that changes them."""

import os
import socket
from collections.abc import Iterator

import psutil
import pytest

from contracts.settings import (
    CassandraSettings,
    MqttSettings,
    PostgresSettings,
    RedisSettings,
    Settings,
)
from infra.errors import StackError
from infra.local import ports
from infra.settings import Ports, client_ports


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    """A socket of this process that listens on some free port."""
    listening = socket.create_server(("127.0.0.1", 0))
    yield listening
    listening.close()


def test_a_taken_port_names_holder_and_setting(listener: socket.socket) -> None:
    port = listener.getsockname()[1]

    (found,) = ports.taken({port: "WATTSTREAM_REDIS_URL"})

    assert (found.port, found.pid) == (port, os.getpid())
    assert found.process == psutil.Process().name()
    assert str(found) == (
        f"port {port} is taken by {psutil.Process().name()} (pid {os.getpid()}): "
        "end that, or set WATTSTREAM_REDIS_URL"
    )


def test_ports_that_one_setting_changes_are_all_looked_at(listener: socket.socket) -> None:
    port = listener.getsockname()[1]
    metrics = "WATTSTREAM_STACK_METRICS_PORT"

    found = ports.taken({port: metrics, port + 1: metrics})

    assert port in [each.port for each in found]


def test_only_listening_sockets_take_a_port(listener: socket.socket) -> None:
    with socket.create_connection(listener.getsockname()) as client:
        assert ports.taken({client.getsockname()[1]: "WATTSTREAM_REDIS_URL"}) == []


def test_a_free_port_is_not_reported(listener: socket.socket) -> None:
    port = listener.getsockname()[1]
    listener.close()

    assert ports.taken({port: "WATTSTREAM_REDIS_URL"}) == []


def test_ports_come_from_the_addresses_of_the_settings() -> None:
    settings = Settings(
        kafka_bootstrap="localhost:1",
        redis=RedisSettings(url="redis://127.0.0.1:2/0"),
        cassandra=CassandraSettings(port=3),
        flink_rest_url="http://127.0.0.1:4",
        postgres=PostgresSettings(url="postgresql://me@127.0.0.1:5"),
        mqtt=MqttSettings(url="mqtts://127.0.0.1:7"),
        connect_url="http://127.0.0.1:6",
    )

    found = client_ports(settings)

    assert found == Ports(1, 2, 3, 4, postgres=5, connect=6, mqtt=7)


def nested(field: str, value: str) -> dict[str, object]:
    """A setting as its model has it."""
    store, _, name = field.partition("_")
    return {store: {name: value}} if store in ("redis", "cassandra", "postgres") else {field: value}


@pytest.mark.parametrize(
    ("field", "address", "message"),
    [
        ("kafka_bootstrap", "broker:9092", "WATTSTREAM_KAFKA_BOOTSTRAP is broker:9092"),
        ("kafka_bootstrap", "127.0.0.1:1,127.0.0.1:2", "WATTSTREAM_KAFKA_BOOTSTRAP"),
        (
            "redis_url",
            "redis://:secret@127.0.0.1/0",
            r"is redis://127.0.0.1/0: add a port, as in redis://127.0.0.1:16379/0",
        ),
        ("flink_rest_url", "http://localhost", r"add a port, as in http://127.0.0.1:18081"),
        ("redis_url", "redis://cache:6379/0", "WATTSTREAM_REDIS_URL"),
        ("cassandra_hosts", "127.0.0.1,10.0.0.7", "WATTSTREAM_CASSANDRA_HOSTS"),
        ("flink_rest_url", "http://flink:8081", "WATTSTREAM_FLINK_REST_URL"),
        ("postgres_url", "postgresql://db:5432", "WATTSTREAM_POSTGRES_URL is postgresql://db:5432"),
        ("connect_url", "http://connect:8083", "WATTSTREAM_CONNECT_URL"),
    ],
)
def test_an_address_elsewhere_is_refused(field: str, address: str, message: str) -> None:
    with pytest.raises(StackError, match=message):
        client_ports(Settings.model_validate(nested(field, address)))
