"""Clients of Kafka find it again when it was away, or say that they cannot."""

import time
from collections.abc import Callable

import orjson
import pytest
from confluent_kafka import Consumer, KafkaError, KafkaException, Producer, TopicPartition
from confluent_kafka.admin import AdminClient

from adapters import kafka_clients
from adapters.kafka_clients import NOBODY_ANSWERS, Admin, BrokersLostError, lasting_config
from contracts.settings import Settings
from tests.support.played_kafka import PlayedKafka, played_kafka

PATIENCE_S = 60.0
GROUP = {"group.id": "test"}


def test_who_asks_gets_an_answer_soon_after_a_broker_knew_of_none() -> None:
    with played_kafka() as broker:
        admin = Admin(_settings(broker))
        for time_of_it in range(20):
            _brokers(admin)
            broker.without_brokers = 1 + time_of_it % 3
            broker.hang_up()

            deadline_s = time.monotonic() + PATIENCE_S
            while not _brokers(admin):
                assert time.monotonic() < deadline_s


@pytest.mark.parametrize("code", NOBODY_ANSWERS)
def test_another_client_is_asked_after_nobody_answered(code: int) -> None:
    admin = Admin(Settings(kafka_bootstrap="127.0.0.1:1"))
    clients: list[AdminClient] = []

    with pytest.raises(KafkaException), admin.asked() as client:
        clients.append(client)
        raise KafkaException(KafkaError(code))

    with admin.asked() as client:
        assert client is not clients[0]


def test_the_same_client_is_asked_after_an_answer_that_refuses() -> None:
    admin = Admin(Settings(kafka_bootstrap="127.0.0.1:1"))
    clients: list[AdminClient] = []

    with pytest.raises(KafkaException), admin.asked() as client:
        clients.append(client)
        raise KafkaException(KafkaError(KafkaError.TOPIC_AUTHORIZATION_FAILED))

    with admin.asked() as client:
        assert client is clients[0]


@pytest.mark.parametrize("made", [Consumer, Producer])
@pytest.mark.parametrize("is_there", [True, False])
def test_a_client_that_knows_a_broker_is_left_alone(
    made: Callable[..., Consumer | Producer], is_there: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kafka_clients, "LOOK_MS", 20)
    with played_kafka() as broker:
        settings = _settings(broker) if is_there else Settings(kafka_bootstrap="127.0.0.1:1")
        said: list[str] = []
        config = lasting_config(settings)
        watch = config["stats_cb"]

        def see(statistics: str) -> None:
            said.append(statistics)
            watch(statistics)

        config["stats_cb"] = see
        client = made(config | (GROUP if made is Consumer else {}))

        while len(said) < 5:
            client.poll(0.1)

    assert all(orjson.loads(each)["brokers"] for each in said)


@pytest.mark.parametrize(
    "wait",
    [
        pytest.param(lambda client: client.poll(0.1), id="poll"),
        pytest.param(lambda client: client.consume(10, 0.1), id="consume"),
    ],
)
def test_a_consumer_without_brokers_says_so(
    wait: Callable[[Consumer], object], monkeypatch: pytest.MonkeyPatch
) -> None:
    client = Consumer(_without_brokers(monkeypatch) | GROUP)
    client.assign([TopicPartition("t", 0, 0)])

    with pytest.raises(BrokersLostError, match=r"127\.0\.0\.1:1 knows no broker"):
        _until_raised(lambda: wait(client))


@pytest.mark.parametrize(
    "wait",
    [
        pytest.param(lambda client: client.poll(0.1), id="poll"),
        pytest.param(lambda client: client.flush(0.1), id="flush"),
    ],
)
def test_a_producer_without_brokers_says_so(
    wait: Callable[[Producer], object], monkeypatch: pytest.MonkeyPatch
) -> None:
    client = Producer(_without_brokers(monkeypatch))
    client.produce("t", b"")

    with pytest.raises(BrokersLostError, match=r"127\.0\.0\.1:1 knows no broker"):
        _until_raised(lambda: wait(client))


def test_one_look_without_brokers_is_none() -> None:
    watch = lasting_config(Settings())["stats_cb"]
    with_one = _statistics({"b:1/1": {"source": "learned"}})
    without = _statistics({"GroupCoordinator": {"source": "logical"}})

    for statistics in (with_one, without, with_one, without, with_one):
        watch(statistics)
    watch(without)
    with pytest.raises(BrokersLostError):
        watch(without)


def _settings(broker: PlayedKafka) -> Settings:
    return Settings(kafka_bootstrap=f"127.0.0.1:{broker.port}")


def _brokers(admin: Admin) -> int:
    try:
        with admin.asked() as client:
            return len(client.list_topics(timeout=3.0).brokers)
    except KafkaException:
        return 0


def _without_brokers(monkeypatch: pytest.MonkeyPatch) -> dict[str, object]:
    """A client's configuration as if it lost them: with no other does librdkafka begin."""
    monkeypatch.setattr(kafka_clients, "LOOK_MS", 20)
    config = lasting_config(Settings(kafka_bootstrap="127.0.0.1:1"))
    watch = config["stats_cb"]
    config["stats_cb"] = lambda _: watch(_statistics({}))
    return config


def _statistics(brokers: dict[str, object]) -> str:
    return orjson.dumps({"brokers": brokers}).decode()


def _until_raised(call: Callable[[], object]) -> None:
    deadline_s = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline_s:
        call()
