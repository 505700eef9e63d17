"""How HiveMQ CE is configured, started and asked, where it is the MQTT broker.

Certificates and the access list are Mosquitto's: a device need not know which of the two it is.
"""

from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import pkcs12

from adapters.durable import replace
from adapters.mqtt import require_answer
from contracts.settings import PREFIX, Settings
from infra import artifacts
from infra.local.mosquitto import certificates
from infra.local.mosquitto.service import ACCESS_LIST, as_bridge, tls_dir
from infra.local.service import Service
from infra.local.templates import filled_in
from infra.prerequisites import require_java_runtime
from infra.settings import StackSettings, client_ports, stack_data_dir

CONFIG, LOGBACK = (Path(__file__).with_name(name) for name in ("config.xml", "logback.xml"))
PASSWORD = "wattstream"
"""Java opens no key without one; the folder is what keeps others out."""
OPENED = (
    "java.base/java.lang",
    "java.base/java.nio",
    "java.base/sun.nio.ch",
    "java.base/sun.security.provider",
    "jdk.management/com.sun.management.internal",
)
"""What HiveMQ's own start script opens."""


def service(settings: Settings, stack: StackSettings) -> Service:
    """The broker, which lets in who has a certificate of the local authority."""
    port = client_ports(settings).mqtt
    run_dir, data_dir = stack.run_dir("hivemq"), stack_data_dir(settings) / "hivemq"
    access_list, tmp_dir, tls = run_dir / "acl", run_dir / "tmp", tls_dir(settings)
    values = {
        "port": port,
        "key_store": _key_store(tls),
        "trust_store": _trust_store(tls),
        "password": PASSWORD,
        "queue_messages": stack.hivemq_queue_messages,
    }

    def prepare() -> None:
        for folder in (data_dir, tmp_dir):
            folder.mkdir(parents=True, exist_ok=True)
        certificates.ensure(tls)
        _write_stores(tls)

    return Service(
        name="hivemq",
        command=(
            str(require_java_runtime() / "bin" / "java"),
            "-Xms64m",
            f"-Xmx{stack.hivemq_heap_mib}m",
            "-XX:+UseSerialGC",
            "-XX:TieredStopAtLevel=1",
            "-XX:+ExitOnOutOfMemoryError",
            f"-Djava.io.tmpdir={tmp_dir}",
            *(f"--add-opens={each}=ALL-UNNAMED" for each in OPENED),
            "--add-exports=java.base/jdk.internal.misc=ALL-UNNAMED",
            *("-cp", str(stack.hivemq_dir / "*")),
            "io.wattstream.broker.Broker",
            *(str(run_dir), str(data_dir), str(access_list), str(certificates.revocations(tls))),
        ),
        environment={},
        ports={f"{PREFIX}MQTT_URL": port},
        log=stack.log_dir / "hivemq.log",
        files={
            run_dir / CONFIG.name: filled_in(CONFIG, values),
            run_dir / LOGBACK.name: LOGBACK.read_text(),
            access_list: ACCESS_LIST.read_text(),
        },
        made_of=artifacts.inputs_of_hivemq(),
        prepare=prepare,
        ready=lambda: require_answer(as_bridge(settings), "wattstream-status"),
    )


def _key_store(tls: Path) -> Path:
    return tls / "broker.p12"


def _trust_store(tls: Path) -> Path:
    return tls / "ca.p12"


def _write_stores(tls: Path) -> None:
    """Certificates and key of the broker in the form that Java reads."""
    ours, authority = (
        x509.load_pem_x509_certificate(certificates.certificate(tls, name).read_bytes())
        for name in (certificates.SERVER, certificates.AUTHORITY)
    )
    key = serialization.load_pem_private_key(
        certificates.key(tls, certificates.SERVER).read_bytes(), password=None
    )
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    locked = serialization.BestAvailableEncryption(PASSWORD.encode())
    trusted = [pkcs12.PKCS12Certificate(authority, b"ca")]
    replace(
        _key_store(tls),
        pkcs12.serialize_key_and_certificates(b"broker", key, ours, [authority], locked),
    )
    replace(_trust_store(tls), pkcs12.serialize_java_truststore(trusted, locked))
