"""How a client of the MQTT broker gets in, and whether the broker answers."""

import ssl
from threading import Event
from urllib.parse import urlsplit

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion

from contracts.errors import OperationError
from contracts.settings import MqttSettings

ANSWER_TIMEOUT_S = 5.0


def let_in(client: mqtt.Client, settings: MqttSettings) -> None:
    """Give a client what the broker asks for: a certificate, or a name and a password.

    Raises:
        OperationError: a certificate or key cannot be read.
    """
    if settings.username is not None:
        password = settings.password
        client.username_pw_set(settings.username, password.get_secret_value() if password else None)
    if (context := tls(settings)) is not None:
        client.tls_set_context(context)


def address(settings: MqttSettings) -> tuple[str, int]:
    """Host and port of the broker."""
    url = urlsplit(settings.url)
    assert url.hostname is not None
    assert url.port is not None
    return url.hostname, url.port


def tls(settings: MqttSettings) -> ssl.SSLContext | None:
    """How to speak TLS to the broker; None where its URL says that it speaks none.

    Raises:
        OperationError: a certificate or key cannot be read.
    """
    if urlsplit(settings.url).scheme != "mqtts":
        return None
    try:
        context = ssl.create_default_context(cafile=settings.ca_file)
        if settings.certificate_file is not None:
            context.load_cert_chain(settings.certificate_file, settings.key_file)
    except (OSError, ssl.SSLError) as error:
        raise OperationError(
            f"certificates for the MQTT broker cannot be read: {error}; see "
            "WATTSTREAM_MQTT_CA_FILE, WATTSTREAM_MQTT_CERTIFICATE_FILE and "
            "WATTSTREAM_MQTT_KEY_FILE"
        ) from None
    return context


def session_name(namespace: str, bridge: str) -> str:
    """How a bridge calls itself at the broker, and so its session there."""
    return f"wattstream-{namespace}-{bridge}"


def require_answer(settings: MqttSettings, name: str) -> None:
    """Connect once as a client of that name, without a session: one that it had is gone then.

    Raises:
        OperationError: the broker does not let it in, or does not answer.
        OSError: nobody listens there.
    """
    answered = Event()
    refusals: list[str] = []
    client = mqtt.Client(CallbackAPIVersion.VERSION2, client_id=name, protocol=mqtt.MQTTv5)

    def connected(*told: object) -> None:
        reason = told[3]
        if getattr(reason, "is_failure", True):
            refusals.append(str(reason))
        answered.set()

    client.on_connect = connected
    let_in(client, settings)
    client.connect(*address(settings), clean_start=True)
    client.loop_start()
    try:
        if not answered.wait(ANSWER_TIMEOUT_S) or refusals:
            why = refusals[0] if refusals else f"no answer within {ANSWER_TIMEOUT_S:g} s"
            raise OperationError(f"the MQTT broker at {settings.url} does not let {name} in: {why}")
    finally:
        client.disconnect()
        client.loop_stop()
