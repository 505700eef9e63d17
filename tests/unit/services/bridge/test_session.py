"""What passes between a session and a broker that is played, and what is told of it."""

import logging
import time
from collections.abc import Iterator
from dataclasses import dataclass, field

import mqtt5
import pytest

from contracts.errors import OperationError
from contracts.settings import MqttSettings
from services.bridge import session as session_module
from services.bridge.intake import Publication
from services.bridge.session import DROPPED, Session
from tests.support.played_mqtt import PlayedMqtt

NOBODY = "mqtt://127.0.0.1:1"
NAME = "wattstream-town-home"
PATIENCE_S = 30.0


@dataclass
class Receiver:
    """Notes what it is told."""

    told: list[object] = field(default_factory=list)
    publications: list[Publication] = field(default_factory=list)
    problem: Exception | None = None
    """What comes of a message."""

    def connected(self, mark: Publication, *, session_present: bool) -> None:
        """As an intake."""
        assert mark.topic == f"wattstream/{NAME}/mark"
        self.told.append(("connected", session_present))

    def lost(self) -> None:
        """As an intake."""
        self.told.append("lost")

    def receive(self, publication: Publication) -> None:
        """As an intake."""
        if self.problem is not None:
            raise self.problem
        self.publications.append(publication)


@pytest.fixture(autouse=True)
def _soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """It tries again soon."""
    monkeypatch.setattr(session_module, "RETRY_S", (0.01, 0.02))


@pytest.fixture
def broker() -> Iterator[PlayedMqtt]:
    """One that has heard nothing."""
    with PlayedMqtt() as played:
        yield played


@pytest.fixture
def receiver() -> Receiver:
    """One that has been told nothing."""
    return Receiver()


def _session(url: str, receiver: Receiver, subscribed: tuple[str, ...] = ()) -> Session:
    session = Session(
        MqttSettings(url=url), NAME, ["a/#"], subscribed, receive_maximum=5, expiry_s=60
    )
    session.begin(receiver)
    return session


def _let_in(broker: PlayedMqtt, session: Session, *, is_there: bool = False) -> mqtt5.ConnectPacket:
    """Let it connect; how it said that it wants to."""
    connect = _connect(broker, session)
    broker.say(mqtt5.ConnAckPacket(session_present=is_there).write())
    _turn_until_connected(session)
    return connect


def _connect(broker: PlayedMqtt, session: Session) -> mqtt5.ConnectPacket:
    session.turn(PATIENCE_S)
    broker.accept()
    session.turn(0.0)
    packet = broker.hear()
    assert isinstance(packet, mqtt5.ConnectPacket)
    return packet


def _turn_until_connected(session: Session) -> None:
    deadline_s = time.monotonic() + PATIENCE_S
    while not session.is_connected:
        assert time.monotonic() < deadline_s
        session.turn(0.1)


def _message(mid: int, *, again: bool = False) -> bytes:
    return mqtt5.PublishPacket(
        "a/b", b"5", qos=mqtt5.QoS.AT_LEAST_ONCE, packet_id=mid, duplicate=again
    ).write()


def test_a_session_lasts_and_subscribes_at_qos_1_to_what_is_not_retained(
    broker: PlayedMqtt, receiver: Receiver
) -> None:
    session = _session(broker.url, receiver)
    connect = _let_in(broker, session)
    session.turn(0.0)

    assert not connect.clean_start
    assert (connect.client_id, connect.receive_max) == (NAME, 5)
    assert connect.session_expiry_interval == 60
    assert receiver.told == [("connected", False)]
    subscribe, mark = broker.hear(), broker.hear()
    assert isinstance(subscribe, mqtt5.SubscribePacket)
    assert isinstance(mark, mqtt5.PublishPacket)
    topics = [each.pattern for each in subscribe.topic_filters]
    assert topics == ["a/#", f"wattstream/{NAME}/mark", DROPPED]
    wanted = subscribe.topic_filters[0]
    assert wanted.max_qos == mqtt5.QoS.AT_LEAST_ONCE
    assert wanted.retain_handling == mqtt5.RetainHandling.SEND_NEVER
    assert not wanted.retain_as_published
    assert (mark.topic, mark.qos) == (topics[1], mqtt5.QoS.AT_LEAST_ONCE)


def test_messages_are_handed_over_and_told_on_their_connection_only(
    broker: PlayedMqtt, receiver: Receiver
) -> None:
    session = _session(broker.url, receiver)
    _let_in(broker, session)
    at_qos_0 = mqtt5.PublishPacket("a/c", b"6", retain=True).write()
    broker.say(_message(7) + _message(8, again=True) + at_qos_0)
    session.turn(PATIENCE_S)
    session.ack(7)
    session.turn(0.0)

    assert receiver.publications == [
        Publication("a/b", b"5", 1, 7, is_again=False, is_retained=False),
        Publication("a/b", b"5", 1, 8, is_again=True, is_retained=False),
        Publication("a/c", b"6", 0, 0, is_again=False, is_retained=True),
    ]
    assert [type(broker.hear()) for _ in range(2)] == [mqtt5.SubscribePacket, mqtt5.PublishPacket]
    answer = broker.hear()
    assert isinstance(answer, mqtt5.PubAckPacket)
    assert answer.packet_id == 7

    broker.hang_up()
    session.ack(8)
    while session.is_connected:
        session.turn(0.1)
    session.ack(8)
    _let_in(broker, session, is_there=True)
    session.end()

    assert receiver.told == [("connected", False), "lost", ("connected", True), "lost"]
    heard = [broker.hear() for _ in range(3)]
    assert not [each for each in heard if isinstance(each, mqtt5.PubAckPacket)]
    assert isinstance(heard[2], mqtt5.DisconnectPacket)


def test_a_session_that_another_one_has_taken_does_not_take_it_back(
    broker: PlayedMqtt, receiver: Receiver
) -> None:
    session = _session(broker.url, receiver)
    _let_in(broker, session)
    reasons = mqtt5.DisconnectReasonCode
    broker.say(mqtt5.DisconnectPacket(reason_code=reasons.SERVER_SHUTTING_DOWN).write())
    session.turn(PATIENCE_S)
    assert not session.is_connected

    _let_in(broker, session)
    broker.say(mqtt5.DisconnectPacket(reason_code=reasons.SESSION_TAKEN_OVER).write())

    with pytest.raises(OperationError, match=NAME):
        session.turn(PATIENCE_S)


def test_a_topic_that_may_not_be_read_is_named(broker: PlayedMqtt, receiver: Receiver) -> None:
    session = _session(broker.url, receiver)
    _let_in(broker, session)
    codes = mqtt5.SubAckReasonCode
    reasons = [codes.NOT_AUTHORIZED, codes.GRANTED_QOS_AT_LEAST_ONCE, codes.NOT_AUTHORIZED]
    broker.say(mqtt5.SubAckPacket(1, reasons).write())

    with pytest.raises(OperationError, match="subscribe to a/#: not authorized"):
        session.turn(PATIENCE_S)


def test_a_message_that_cannot_be_taken_ends_it(
    broker: PlayedMqtt, receiver: Receiver, caplog: pytest.LogCaptureFixture
) -> None:
    session = _session(broker.url, receiver)
    _let_in(broker, session)
    receiver.problem = OSError("a bug")
    broker.say(_message(1))

    with pytest.raises(OperationError, match="a bug"):
        session.turn(PATIENCE_S)
    assert "a message could not be taken" in caplog.text


def test_a_broker_that_does_not_let_it_in_is_asked_again(
    broker: PlayedMqtt, receiver: Receiver, caplog: pytest.LogCaptureFixture
) -> None:
    session = _session(broker.url, receiver)
    _connect(broker, session)
    refused = mqtt5.ConnAckPacket(reason_code=mqtt5.ConnAckReasonCode.NOT_AUTHORIZED)
    broker.say(refused.write())
    session.turn(PATIENCE_S)

    assert "does not let the bridge in: not authorized; tried again" in caplog.text
    _let_in(broker, session)
    assert session.is_connected


def test_why_a_broker_cannot_be_reached_is_told_and_not_at_each_try(
    receiver: Receiver, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = _session(NOBODY, receiver)
    session.turn(0.0)
    reasons = iter(("refused", "certificate has expired", "certificate has expired"))

    def fail(*_: object) -> None:
        raise OSError(next(reasons))

    monkeypatch.setattr(session_module, "Connection", fail)
    with pytest.raises(StopIteration):
        while True:
            session.turn(0.1)

    first, *more = [record.getMessage() for record in caplog.records]
    assert first.startswith("the MQTT broker at 127.0.0.1:1 cannot be reached: [Errno")
    assert [each.split(": ")[1] for each in more] == [
        "refused; tried again",
        "certificate has expired; tried again",
    ]


@pytest.mark.parametrize(
    ("kept", "is_there", "warned"),
    [((), False, False), (("a/#",), True, False), (("a/#", "b/#"), False, True)],
)
def test_a_session_that_should_be_there_and_is_not_is_told(
    broker: PlayedMqtt,
    receiver: Receiver,
    caplog: pytest.LogCaptureFixture,
    *,
    kept: tuple[str, ...],
    is_there: bool,
    warned: bool,
) -> None:
    session = _session(broker.url, receiver, kept)
    assert list(session.subscribed) == list(kept)

    _let_in(broker, session, is_there=is_there)

    lost = [r for r in caplog.records if r.levelno == logging.WARNING]
    assert bool(lost) == warned
    assert list(session.subscribed) == ["a/#"]


def test_topics_that_are_no_longer_wanted_are_given_up(
    broker: PlayedMqtt, receiver: Receiver
) -> None:
    session = _session(broker.url, receiver, ("a/#", "b/#"))
    _let_in(broker, session, is_there=True)
    session.turn(0.0)

    heard = [broker.hear() for _ in range(3)]
    assert isinstance(heard[2], mqtt5.UnsubscribePacket)
    assert heard[2].patterns == ["b/#"]


def test_it_connects_twice_where_something_may_lie_at_the_broker(
    broker: PlayedMqtt, receiver: Receiver
) -> None:
    session = _session(broker.url, receiver, ("a/#",))
    _let_in(broker, session, is_there=True)
    session.look_again()
    assert not session.is_connected

    _let_in(broker, session, is_there=True)
    session.look_again()

    assert session.is_connected


def test_what_the_broker_has_dropped_is_told_once(
    broker: PlayedMqtt, receiver: Receiver, caplog: pytest.LogCaptureFixture
) -> None:
    session = _session(broker.url, receiver)
    _let_in(broker, session)
    for number in (b"3", b"3", b"5"):
        broker.say(mqtt5.PublishPacket(DROPPED, number).write())
    while len([r for r in caplog.records if "has dropped" in r.getMessage()]) < 2:
        session.turn(PATIENCE_S)

    said = [r.getMessage() for r in caplog.records if "has dropped" in r.getMessage()]
    assert [each.split()[5] for each in said] == ["3", "2"]
    assert receiver.publications == []
