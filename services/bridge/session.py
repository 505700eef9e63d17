"""The session at the MQTT broker: lasting, at QoS 1, told of nothing that is not stored."""

import logging
import sys
import time
from collections.abc import Callable, Collection, Sequence
from secrets import token_bytes
from typing import Protocol

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode
from paho.mqtt.subscribeoptions import SubscribeOptions

from adapters.mqtt import address, let_in
from contracts.errors import OperationError
from contracts.settings import MqttSettings
from services.bridge.intake import Publication

KEEP_ALIVE_S = 30
RETRY_S = (1, 5)
"""First and longest wait for a broker that is away."""
DROPPED = "$SYS/broker/publish/messages/dropped"
"""How mosquitto says how many messages it could not keep."""
SESSION_TAKEN_OVER = 142
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
    """A client of the broker with a thread of its own.

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
        self.broken: Exception | None = None
        """What has ended the session for good."""
        self.is_connected = False
        self.subscribed: Collection[str] = subscribed
        """The filters that the broker has with the session."""
        self._receiver: Receiver | None = None
        self._filters = filters
        self._problem, self._told_s = "", 0.0
        self._client_id = client_id
        self._address = address(settings)
        self._properties = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
        self._properties.SessionExpiryInterval = expiry_s
        self._properties.ReceiveMaximum = receive_maximum
        self._dropped = 0
        self._mark = f"wattstream/{client_id}/mark"
        self._may_lie_there = self._looks_again = False
        self.client = mqtt.Client(
            CallbackAPIVersion.VERSION2,
            client_id=client_id,
            protocol=mqtt.MQTTv5,
            manual_ack=True,
        )
        self.client.max_inflight_messages_set(receive_maximum)
        self.client.reconnect_delay_set(*RETRY_S)
        let_in(self.client, settings)
        self.client.on_connect = self._on_connect
        self.client.on_connect_fail = self._on_connect_fail
        self.client.on_disconnect = self._on_disconnect
        self.client.on_subscribe = self._on_subscribe
        self.client.on_message = self._on_message

    def ack(self, mid: int) -> None:
        """Send a PUBACK."""
        self.client.ack(mid, 1)

    def begin(self, receiver: Receiver) -> None:
        """Connect, however long it takes, and hand over what comes."""
        self._receiver = receiver
        self.client.connect_async(
            *self._address,
            keepalive=KEEP_ALIVE_S,
            clean_start=False,
            properties=self._properties,
        )
        self.client.loop_start()

    def look_again(self) -> None:
        """Connect a second time, once what has waited is here: Mosquitto 2.0.11, if it was started
        again while its client was away with all that may be on its way, leaves a message there
        until the client comes again."""
        if self._may_lie_there and self.is_connected and self._receiver is not None:
            self._may_lie_there, self._looks_again = False, True
            self.end()
            self.begin(self._receiver)

    def end(self) -> None:
        """Let the connection go, and the session stay."""
        self.client.disconnect()
        self.client.loop_stop()

    def _on_connect(
        self,
        client: mqtt.Client,
        _data: object,
        flags: mqtt.ConnectFlags,
        reason: ReasonCode,
        _properties: Properties | None,
    ) -> None:
        if reason.is_failure:
            self._away(f"does not let the bridge in: {reason}")
            return
        self._problem = ""
        log.info(
            "connected to the MQTT broker at %s:%s, session %s",
            *self._address,
            "goes on" if flags.session_present else "is new",
        )
        if self.subscribed and not flags.session_present:
            log.warning(
                "the MQTT broker no longer has the session %s: what waited for it is gone. It ends "
                "after session_expiry of bridge.toml, or where the broker does not keep it",
                self._client_id,
            )
        self.is_connected = True
        self._may_lie_there = flags.session_present and not self._looks_again
        self._looks_again = False
        mark = Publication(self._mark, token_bytes(8), 1, 0, is_again=False, is_retained=False)
        self._guarded(lambda to: to.connected(mark, session_present=flags.session_present))
        options = SubscribeOptions(qos=1, retainHandling=SubscribeOptions.RETAIN_DO_NOT_SEND)
        wanted = [(topic, options) for topic in self._filters]
        client.subscribe([*wanted, (mark.topic, options), (DROPPED, SubscribeOptions(qos=0))])
        client.publish(mark.topic, mark.payload, qos=1)
        left = set(self.subscribed) - set(self._filters)
        if flags.session_present and left:
            client.unsubscribe(sorted(left))
        self.subscribed = self._filters

    def _on_connect_fail(self, _client: mqtt.Client, _data: object) -> None:
        # The client calls this where it has caught why.
        self._away(f"cannot be reached: {sys.exception()}")

    def _away(self, problem: str) -> None:
        now_s = time.monotonic()
        if problem != self._problem or now_s - self._told_s >= SAID_EACH_S:
            self._problem, self._told_s = problem, now_s
            log.warning("the MQTT broker at %s:%s %s; tried again", *self._address, problem)

    def _on_disconnect(
        self,
        _client: mqtt.Client,
        _data: object,
        _flags: mqtt.DisconnectFlags,
        reason: ReasonCode,
        _properties: Properties | None,
    ) -> None:
        if self.is_connected and reason.is_failure:
            log.warning("the MQTT broker is away: %s; tried again", reason)
        self.is_connected = False
        self._guarded(lambda to: to.lost())
        if reason == SESSION_TAKEN_OVER:
            self.broken = OperationError(
                f"another client has taken over the session {self._client_id} at the MQTT broker: "
                "a bridge of that namespace and name runs elsewhere; end one of them"
            )

    def _on_subscribe(
        self,
        _client: mqtt.Client,
        _data: object,
        _mid: int,
        reasons: Sequence[ReasonCode],
        _properties: Properties | None,
    ) -> None:
        for topic, reason in zip(self._filters, reasons, strict=False):
            if reason.is_failure:
                self.broken = OperationError(
                    f"the MQTT broker does not let the bridge subscribe to {topic}: {reason}; "
                    "allow it in its access list, or mend the route in bridge.toml"
                )

    def _on_message(self, _client: mqtt.Client, _data: object, message: mqtt.MQTTMessage) -> None:
        # Which is decoded each time that it is asked for.
        topic = message.topic
        if topic.startswith("$"):
            self._told_by_the_broker(message)
            return
        publication = Publication(
            topic,
            bytes(message.payload),
            message.qos,
            message.mid,
            bool(message.dup),
            bool(message.retain),
        )
        self._guarded(lambda to: to.receive(publication))

    def _told_by_the_broker(self, message: mqtt.MQTTMessage) -> None:
        dropped = int(message.payload) if message.payload.isdigit() else 0
        if dropped > self._dropped and not message.retain:
            log.warning(
                "the MQTT broker has dropped %d messages that it could not keep: give it more "
                "room (max_queued_bytes), for each was a reading",
                dropped - self._dropped,
            )
        self._dropped = dropped

    def _guarded(self, tell: Callable[[Receiver], None]) -> None:
        """An error here would end the thread of the client, and nobody would know."""
        try:
            if self._receiver is not None and self.broken is None:
                tell(self._receiver)
        except Exception as error:
            log.exception("a message could not be taken")
            self.broken = error
