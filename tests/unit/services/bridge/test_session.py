"""What becomes of a session where its broker ends it, or does not let it in."""

import pytest
from paho.mqtt.client import DisconnectFlags
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.reasoncodes import ReasonCode

from contracts.settings import MqttSettings
from services.bridge.session import Session

NOBODY = "mqtt://127.0.0.1:1"


@pytest.fixture
def session() -> Session:
    """One that has not begun."""
    return Session(
        MqttSettings(url=NOBODY), "wattstream-town-home", ["a/#"], receive_maximum=5, expiry_s=60
    )


def _ended(session: Session, reason: str) -> None:
    told = session.client.on_disconnect
    assert told is not None
    code = ReasonCode(PacketTypes.DISCONNECT, reason)
    told(session.client, None, DisconnectFlags(is_disconnect_packet_from_server=True), code, None)


def test_a_session_that_another_one_has_taken_does_not_take_it_back(session: Session) -> None:
    _ended(session, "Server shutting down")
    assert session.broken is None

    _ended(session, "Session taken over")

    assert session.broken is not None
    assert "wattstream-town-home" in str(session.broken)
