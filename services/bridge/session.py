"""The session at the MQTT broker: lasting, at QoS 1, told of nothing that is not stored."""

import logging
import time
from collections.abc import Collection, Sequence
from enum import IntEnum
from secrets import token_bytes
from typing import Protocol

import mqtt5

from adapters.mqtt import address, tls
from adapters.mqtt_connection import Connection
from contracts.errors import OperationError
from contracts.settings import MqttSettings
from services.bridge.intake import Publication

KEEP_ALIVE_S = 30
RETRY_S = (1.0, 5.0)
"""First and longest wait for a broker that is away."""
DROPPED = "$SYS/broker/publish/messages/dropped"
"""How mosquitto says how many messages it could not keep."""
FAILURE = 128
"""Reason codes from here on are failures."""
SUBSCRIBING, UNSUBSCRIBING, MARKING = 1, 2, 3
"""Numbers of the packets that are answered."""
SAID_EACH_S = 60.0
"""So often it is told that the broker is still away, for the same reason."""

log = logging.getLogger("bridge")


class Receiver(Protocol):
    """Who takes the messages of a session."""

    def connected(self, mark: Publication, *, session_present: bool) -> None:
        """The session is there; whether it was before. The mark comes after what has waited."""

    def lost(self) -> None:
        """The broker is away."""

    def receive(self, publication: Publication) -> None:
        """Take a message."""


class Session:
    """A client of the broker, for one thread: it does something only within `turn`.

    Args:
        filters: The topics that it wants.
        subscribed: Those that the broker has with the session of before.

    Raises:
        OperationError: a certificate or key cannot be read.
    """

    def __init__(
        self,
        settings: MqttSettings,
        client_id: str,
        filters: Sequence[str],
        subscribed: Collection[str] = (),
        *,
        receive_maximum: int,
        expiry_s: int,
    ) -> None:
        self.is_connected = False
        self.subscribed: Collection[str] = subscribed
        """The filters that the broker has with the session."""
        self._receiver: Receiver | None = None
        self._filters = filters
        self._problem, self._told_s = "", 0.0
        self._client_id = client_id
        self._address, self._tls = address(settings), tls(settings)
        self._connect = mqtt5.ConnectPacket(
            client_id,
            username=settings.username,
            password=_bytes(settings),
            keep_alive=KEEP_ALIVE_S,
            session_expiry_interval=expiry_s,
            receive_max=receive_maximum,
        )
        self._dropped = 0
        self._mark = f"wattstream/{client_id}/mark"
        self._may_lie_there = self._looks_again = False
        self._connection: Connection | None = None
        self._retry_s, self._again_s = RETRY_S[0], 0.0

    def ack(self, mid: int) -> None:
        """Send a PUBACK, in the next turn."""
        if self._connection is not None:
            self._connection.send(mqtt5.PubAckPacket(mid).write())

    def begin(self, receiver: Receiver) -> None:
        """Hand over what comes from now on."""
        self._receiver = receiver

    def turn(self, wait_s: float) -> None:
        """Send what there is, and hand over what has come, or wait so long for it. Where there is
        no connection, connect.

        Raises:
            OperationError: another client has the session, the broker does not let the bridge
                subscribe, or a message cannot be taken.
        """
        if self._connection is None:
            self._try(wait_s)
            return
        try:
            packets = self._connection.take(wait_s)
        except OSError as error:
            self._lost(error)
            return
        try:
            for packet in packets:
                self._take(packet)
        except OperationError:
            raise
        except Exception as bug:
            log.exception("a message could not be taken")
            raise OperationError(f"the bridge cannot go on: {bug!r}") from bug

    def look_again(self) -> None:
        """Connect a second time, once what has waited is here: Mosquitto 2.0.11, if it was started
        again while its client was away with all that may be on its way, leaves a message there
        until the client comes again."""
        if self._may_lie_there and self.is_connected:
            self._may_lie_there, self._looks_again = False, True
            self.end()

    def end(self) -> None:
        """Let the connection go, and the session stay. The next turn connects again."""
        if self._connection is not None:
            self._connection.leave()
            self._gone()

    @property
    def _to(self) -> Receiver:
        assert self._receiver is not None
        return self._receiver

    def _try(self, wait_s: float) -> None:
        left_s = self._again_s - time.monotonic()
        if left_s > 0:
            time.sleep(min(wait_s, left_s))
        if left_s > wait_s:
            return
        try:
            self._connection = Connection(self._address, self._tls, self._connect)
        except OSError as error:
            self._away(f"cannot be reached: {error}")
            self._try_later()

    def _try_later(self) -> None:
        self._again_s = time.monotonic() + self._retry_s
        self._retry_s = min(2 * self._retry_s, RETRY_S[1])

    def _gone(self) -> None:
        assert self._connection is not None
        self._connection.close()
        self._connection, self.is_connected = None, False
        self._to.lost()

    def _lost(self, reason: object) -> None:
        if self.is_connected:
            log.warning("the MQTT broker is away: %s; tried again", reason)
        else:
            self._away(f"does not let the bridge in: {reason}")
        self._gone()
        self._try_later()

    def _away(self, problem: str) -> None:
        now_s = time.monotonic()
        if problem != self._problem or now_s - self._told_s >= SAID_EACH_S:
            self._problem, self._told_s = problem, now_s
            log.warning("the MQTT broker at %s:%s %s; tried again", *self._address, problem)

    def _take(self, packet: mqtt5.Packet) -> None:
        if self._connection is None:
            # It has ended by what came before in the same turn.
            return
        if isinstance(packet, mqtt5.PublishPacket):
            self._published(packet)
        elif isinstance(packet, mqtt5.ConnAckPacket):
            self._answered(packet)
        elif isinstance(packet, mqtt5.SubAckPacket):
            self._subscribed(packet.reason_codes)
        elif isinstance(packet, mqtt5.DisconnectPacket):
            self._ended(packet.reason_code)

    def _answered(self, answer: mqtt5.ConnAckPacket) -> None:
        if answer.reason_code.value >= FAILURE:
            self._lost(_said(answer.reason_code))
            return
        self._problem, self._retry_s = "", RETRY_S[0]
        log.info(
            "connected to the MQTT broker at %s:%s, session %s",
            *self._address,
            "goes on" if answer.session_present else "is new",
        )
        if self.subscribed and not answer.session_present:
            log.warning(
                "the MQTT broker no longer has the session %s: what waited for it is gone. It ends "
                "after session_expiry of bridge.toml, or where the broker does not keep it",
                self._client_id,
            )
        self.is_connected = True
        self._may_lie_there = answer.session_present and not self._looks_again
        self._looks_again = False
        mark = Publication(self._mark, token_bytes(8), 1, 0, is_again=False, is_retained=False)
        self._to.connected(mark, session_present=answer.session_present)
        self._subscribe(mark)
        left = set(self.subscribed) - set(self._filters)
        if answer.session_present and left:
            self._send(mqtt5.UnsubscribePacket(UNSUBSCRIBING, sorted(left)))
        self.subscribed = self._filters

    def _subscribe(self, mark: Publication) -> None:
        """And send the mark, which comes back after what has waited."""
        wanted = [_filter(topic) for topic in (*self._filters, mark.topic)]
        dropped = mqtt5.TopicFilter(
            DROPPED, max_qos=mqtt5.QoS.AT_MOST_ONCE, retain_as_published=False
        )
        self._send(mqtt5.SubscribePacket(SUBSCRIBING, [*wanted, dropped]))
        self._send(
            mqtt5.PublishPacket(
                mark.topic, mark.payload, qos=mqtt5.QoS.AT_LEAST_ONCE, packet_id=MARKING
            )
        )

    def _send(
        self, packet: mqtt5.SubscribePacket | mqtt5.UnsubscribePacket | mqtt5.PublishPacket
    ) -> None:
        assert self._connection is not None
        self._connection.send(packet.write())

    def _subscribed(self, reasons: Sequence[mqtt5.SubAckReasonCode]) -> None:
        for topic, reason in zip(self._filters, reasons, strict=False):
            if reason.value >= FAILURE:
                raise OperationError(
                    f"the MQTT broker does not let the bridge subscribe to {topic}: "
                    f"{_said(reason)}; allow it in its access list, or mend the route in "
                    "bridge.toml"
                )

    def _ended(self, reason: mqtt5.DisconnectReasonCode) -> None:
        self._lost(_said(reason))
        if reason == mqtt5.DisconnectReasonCode.SESSION_TAKEN_OVER:
            raise OperationError(
                f"another client has taken over the session {self._client_id} at the MQTT broker: "
                "a bridge of that namespace and name runs elsewhere; end one of them"
            )

    def _published(self, packet: mqtt5.PublishPacket) -> None:
        topic = packet.topic
        if topic.startswith("$"):
            self._told_by_the_broker(packet)
            return
        self._to.receive(
            Publication(
                topic,
                packet.payload,
                packet.qos.value,
                packet.packet_id or 0,
                packet.duplicate,
                packet.retain,
            )
        )

    def _told_by_the_broker(self, packet: mqtt5.PublishPacket) -> None:
        dropped = int(packet.payload) if packet.payload.isdigit() else 0
        if dropped > self._dropped and not packet.retain:
            log.warning(
                "the MQTT broker has dropped %d messages that it could not keep: give it more "
                "room (max_queued_bytes), for each was a reading",
                dropped - self._dropped,
            )
        self._dropped = dropped


def _filter(topic: str) -> mqtt5.TopicFilter:
    return mqtt5.TopicFilter(
        topic,
        max_qos=mqtt5.QoS.AT_LEAST_ONCE,
        retain_as_published=False,
        retain_handling=mqtt5.RetainHandling.SEND_NEVER,
    )


def _bytes(settings: MqttSettings) -> bytes | None:
    return None if settings.password is None else settings.password.get_secret_value().encode()


def _said(reason: IntEnum) -> str:
    return reason.name.replace("_", " ").lower()
