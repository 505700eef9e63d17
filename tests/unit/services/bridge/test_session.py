"""What becomes of a session where its broker ends it, or does not let it in."""

import logging
import time
from typing import Any

import pytest
from paho.mqtt.client import ConnectFlags, DisconnectFlags
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.reasoncodes import ReasonCode

from contracts.settings import MqttSettings
from services.bridge.intake import Publication
from services.bridge.session import Session

NOBODY = "mqtt://127.0.0.1:1"
PATIENCE_S = 30.0


class Nobody:
    """Takes nothing."""

    def connected(self, mark: Publication, *, session_present: bool) -> None:
        """As an intake."""

    def lost(self) -> None:
        """As an intake."""

    def receive(self, publication: Publication) -> None:
        """As an intake."""


@pytest.fixture
def session() -> Session:
    """One that has not begun."""
    return Session(
        MqttSettings(url=NOBODY), "wattstream-town-home", ["a/#"], receive_maximum=5, expiry_s=60
    )


def _ended(session: Session, reason: str) -> None:
    told: Any = session.client.on_disconnect
    code = ReasonCode(PacketTypes.DISCONNECT, reason)
    told(session.client, None, DisconnectFlags(is_disconnect_packet_from_server=True), code, None)


def test_a_session_that_another_one_has_taken_does_not_take_it_back(session: Session) -> None:
    _ended(session, "Server shutting down")
    assert session.broken is None

    _ended(session, "Session taken over")

    assert session.broken is not None
    assert "wattstream-town-home" in str(session.broken)


def test_why_a_broker_cannot_be_reached_is_told_and_not_at_each_try(
    session: Session, caplog: pytest.LogCaptureFixture
) -> None:
    session.begin(Nobody())
    deadline_s = time.monotonic() + PATIENCE_S
    while not caplog.records and time.monotonic() < deadline_s:
        time.sleep(0.01)
    session.end()
    told = session.client.on_connect_fail
    assert told is not None
    for reason in ("refused", "certificate has expired", "certificate has expired"):
        try:
            raise OSError(reason)
        except OSError:
            told(session.client, None)

    first, *more = [record.getMessage() for record in caplog.records]
    assert first.startswith("the MQTT broker at 127.0.0.1:1 cannot be reached: [Errno")
    assert [each.split(": ")[1] for each in more] == [
        "refused; tried again",
        "certificate has expired; tried again",
    ]


@pytest.mark.parametrize(
    ("kept", "is_there", "warned"),
    [((), False, False), (["a/#"], True, False), (["a/#", "b/#"], False, True)],
)
def test_a_session_that_should_be_there_and_is_not_is_told(
    caplog: pytest.LogCaptureFixture, *, kept: list[str], is_there: bool, warned: bool
) -> None:
    session = Session(
        MqttSettings(url=NOBODY),
        "wattstream-town-home",
        ["a/#"],
        kept,
        receive_maximum=5,
        expiry_s=60,
    )
    assert list(session.subscribed) == list(kept)
    told: Any = session.client.on_connect

    success = ReasonCode(PacketTypes.CONNACK, "Success")
    told(session.client, None, ConnectFlags(session_present=is_there), success, None)

    lost = [r for r in caplog.records if r.levelno == logging.WARNING]
    assert bool(lost) == warned
    assert list(session.subscribed) == ["a/#"]
