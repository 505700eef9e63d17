"""How the MQTT broker is configured, started and asked."""

from pathlib import Path

from adapters.mqtt import require_answer
from contracts.settings import PREFIX, MqttSettings, Settings
from infra.local.mosquitto import certificates
from infra.local.service import Service
from infra.local.templates import filled_in
from infra.prerequisites import mosquitto
from infra.settings import StackSettings, client_ports, stack_data_dir

TEMPLATE = Path(__file__).with_name("mosquitto.conf")
ACCESS_LIST = Path(__file__).with_name("acl")
MIB = 2**20


def service(settings: Settings, stack: StackSettings) -> Service:
    """The broker, which lets in who has a certificate of the local authority."""
    port = client_ports(settings).mqtt
    run_dir, data_dir = stack.run_dir("mosquitto"), stack_data_dir(settings) / "mosquitto"
    config, access_list = run_dir / "mosquitto.conf", run_dir / "acl"
    values = {
        "port": port,
        "acl": access_list,
        "data_dir": data_dir,
        "tls_dir": tls_dir(settings),
        "queue_mib": stack.mosquitto_queue_mib,
        "queue_bytes": stack.mosquitto_queue_mib * MIB,
    }

    def prepare() -> None:
        data_dir.mkdir(parents=True, exist_ok=True)
        certificates.ensure(tls_dir(settings))

    return Service(
        name="mosquitto",
        command=(mosquitto() or "mosquitto", "-c", str(config)),
        environment={},
        ports={f"{PREFIX}MQTT_URL": port},
        log=stack.log_dir / "mosquitto.log",
        files={config: filled_in(TEMPLATE, values), access_list: ACCESS_LIST.read_text()},
        made_of=(),
        prepare=prepare,
        ready=lambda: require_answer(as_bridge(settings), "wattstream-status"),
    )


def tls_dir(settings: Settings) -> Path:
    """Where certificates and keys of the local broker and of its clients are."""
    return stack_data_dir(settings) / "mosquitto" / "tls"


def as_bridge(settings: Settings) -> MqttSettings:
    """The settings of the bridge: where no certificate is named, those that the stack made."""
    mqtt, folder = settings.mqtt, tls_dir(settings)
    if mqtt.ca_file is not None or mqtt.certificate_file is not None:
        return mqtt
    return _by_certificate(mqtt, folder, certificates.BRIDGE)


def as_device(settings: Settings, name: str) -> MqttSettings:
    """The settings of a device of that name at the stack's broker, with a certificate that is made
    for it.

    Raises:
        StackError: a device cannot be called so, or there is no authority yet.
    """
    folder = tls_dir(settings)
    certificates.issue_for_device(folder, name)
    return _by_certificate(settings.mqtt, folder, name)


def _by_certificate(mqtt: MqttSettings, folder: Path, name: str) -> MqttSettings:
    return mqtt.model_copy(
        update={
            "ca_file": certificates.certificate(folder, certificates.AUTHORITY),
            "certificate_file": certificates.certificate(folder, name),
            "key_file": certificates.key(folder, name),
        }
    )


def variables_of_bridge(settings: Settings) -> dict[str, str]:
    """The same as the environment has them."""
    mqtt = as_bridge(settings)
    named = {
        f"{PREFIX}MQTT_CA_FILE": mqtt.ca_file,
        f"{PREFIX}MQTT_CERTIFICATE_FILE": mqtt.certificate_file,
        f"{PREFIX}MQTT_KEY_FILE": mqtt.key_file,
    }
    return {name: str(path) for name, path in named.items() if path is not None}
