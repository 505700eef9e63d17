"""What passes between a connection and a broker that is played."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import mqtt5
import pytest

from adapters import mqtt_connection
from adapters.mqtt_connection import Connection
from tests.support.played_mqtt import PlayedMqtt

CONNACK = mqtt5.ConnAckPacket().write()
PATIENCE_S = 30.0


@dataclass
class Clock:
    """That of a connection, which stands still."""

    now_s: float = 1_000.0


@pytest.fixture
def broker() -> Iterator[PlayedMqtt]:
    """One that has heard nothing."""
    with PlayedMqtt() as played:
        yield played


def _connection(broker: PlayedMqtt, clock: Clock) -> Connection:
    connect = mqtt5.ConnectPacket("home", keep_alive=60)
    connection = Connection(broker.address, None, connect, now_s=lambda: clock.now_s)
    broker.accept()
    return connection


def _connected(broker: PlayedMqtt, clock: Clock, said: bytes = CONNACK) -> Connection:
    connection = _connection(broker, clock)
    assert connection.take(0.0) == []
    assert isinstance(broker.hear(), mqtt5.ConnectPacket)
    broker.say(said)
    assert isinstance(_taken(connection, 1)[0], mqtt5.ConnAckPacket)
    return connection


def _taken(connection: Connection, number: int) -> list[mqtt5.Packet]:
    """So many packets, however many come at once."""
    found: list[mqtt5.Packet] = []
    deadline_s = time.monotonic() + PATIENCE_S
    while len(found) < number:
        assert time.monotonic() < deadline_s
        found += connection.take(0.1)
    return found


def _message(n: int, payload: bytes = b"5") -> bytes:
    return mqtt5.PublishPacket(
        f"a/{n}", payload, qos=mqtt5.QoS.AT_LEAST_ONCE, packet_id=n + 1
    ).write()


def _topics(packets: list[mqtt5.Packet]) -> list[str]:
    return [each.topic for each in packets if isinstance(each, mqtt5.PublishPacket)]


def test_what_has_come_is_taken_in_one_go_and_answered_in_one(broker: PlayedMqtt) -> None:
    connection = _connected(broker, Clock())
    broker.say(b"".join(_message(n) for n in range(500)))

    packets = _taken(connection, 500)
    for n in range(500):
        connection.send(mqtt5.PubAckPacket(n + 1).write())
    connection.take(0.0)

    assert _topics(packets) == [f"a/{n}" for n in range(500)]
    answers = [broker.hear() for _ in range(500)]
    assert [each.packet_id for each in answers if isinstance(each, mqtt5.PubAckPacket)] == [
        *range(1, 501)
    ]


def test_a_packet_that_comes_in_pieces_is_one(broker: PlayedMqtt) -> None:
    connection = _connected(broker, Clock())
    large = b"x" * 300_000
    for byte in _message(1):
        broker.say(bytes([byte]))
        found = connection.take(PATIENCE_S)
    broker.say(_message(2, large))

    assert _topics(found) == ["a/1"]
    (packet,) = _taken(connection, 1)
    assert isinstance(packet, mqtt5.PublishPacket)
    assert packet.payload == large


def test_more_than_is_taken_in_one_go_is_not_waited_for(
    broker: PlayedMqtt, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mqtt_connection, "MOST_READS", 1)
    monkeypatch.setattr(mqtt_connection, "READ_BYTES", len(_message(1)))
    connection = _connected(broker, Clock())
    broker.say(_message(1) + _message(2))

    assert _topics(connection.take(PATIENCE_S)) == ["a/1"]
    began_s = time.monotonic()
    assert _topics(connection.take(PATIENCE_S)) == ["a/2"]
    assert time.monotonic() - began_s < PATIENCE_S


def test_what_has_no_room_to_be_sent_goes_when_there_is_some(broker: PlayedMqtt) -> None:
    connection = _connected(broker, Clock())
    sent = [_message(n, b"x" * 1_000_000) for n in range(20)]
    for each in sent:
        connection.send(each)
        connection.take(0.0)

    with ThreadPoolExecutor(1) as pool:
        heard = pool.submit(lambda: [broker.hear() for _ in sent])
        while not heard.done():
            connection.take(0.01)

    assert [e.write() for e in heard.result() if isinstance(e, mqtt5.PublishPacket)] == sent


def test_what_came_before_the_end_is_taken_before_it(broker: PlayedMqtt) -> None:
    connection = _connected(broker, Clock())
    broker.say(_message(1))
    broker.hang_up()

    assert _topics(_taken(connection, 1)) == ["a/1"]
    with pytest.raises(ConnectionError, match="has closed"):
        connection.take(PATIENCE_S)
        connection.take(PATIENCE_S)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("said", [b"\xff\x00", b"\x32\x05\x00\x01\xff\x00\x01\x00"])
def test_what_is_no_mqtt_ends_the_connection(broker: PlayedMqtt, said: bytes) -> None:
    connection = _connected(broker, Clock())
    broker.say(_message(1) + said)

    assert _topics(_taken(connection, 1)) == ["a/1"]
    with pytest.raises(ConnectionError, match="no MQTT"):
        connection.take(PATIENCE_S)


def test_a_broker_that_is_there_is_asked_and_one_that_is_not_is_lost(broker: PlayedMqtt) -> None:
    clock = Clock()
    connection = _connected(broker, clock)
    clock.now_s += 59.0
    connection.take(0.0)
    clock.now_s += 2.0
    connection.take(0.0)
    connection.take(0.0)

    assert isinstance(broker.hear(), mqtt5.PingReqPacket)
    broker.say(mqtt5.PingRespPacket().write())
    _taken(connection, 1)
    clock.now_s += 61.0
    for _ in range(2):
        connection.take(0.0)
    assert isinstance(broker.hear(), mqtt5.PingReqPacket)
    clock.now_s += 61.0
    with pytest.raises(TimeoutError):
        for _ in range(2):
            connection.take(0.0)


def test_an_answer_that_came_while_nobody_took_it_is_one(broker: PlayedMqtt) -> None:
    clock = Clock()
    connection = _connected(broker, clock)
    clock.now_s += 61.0
    for _ in range(2):
        connection.take(0.0)
    broker.say(mqtt5.PingRespPacket().write())
    clock.now_s += 500.0

    _taken(connection, 1)
    connection.take(0.0)


def test_a_broker_says_how_often_it_is_asked(broker: PlayedMqtt) -> None:
    clock = Clock()
    connection = _connected(broker, clock, mqtt5.ConnAckPacket(server_keep_alive=5).write())
    clock.now_s += 6.0
    for _ in range(2):
        connection.take(0.0)

    assert isinstance(broker.hear(), mqtt5.PingReqPacket)


def test_a_broker_that_does_not_answer_at_first_is_lost(broker: PlayedMqtt) -> None:
    clock = Clock()
    connection = _connection(broker, clock)
    connection.take(0.0)
    clock.now_s += mqtt_connection.ANSWERS_WITHIN_S

    with pytest.raises(TimeoutError):
        for _ in range(2):
            connection.take(0.0)


def test_who_leaves_says_so_after_all_else(broker: PlayedMqtt) -> None:
    connection = _connected(broker, Clock())
    connection.send(mqtt5.PubAckPacket(7).write())
    connection.leave()

    assert isinstance(broker.hear(), mqtt5.PubAckPacket)
    assert isinstance(broker.hear(), mqtt5.DisconnectPacket)
    with pytest.raises(EOFError):
        broker.hear()
