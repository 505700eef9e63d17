"""Who is let in by each of the local MQTT brokers: the broker itself, on a port of its own."""

import shutil
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event

import paho.mqtt.client as mqtt
import pytest
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from adapters.mqtt import address, let_in, require_answer
from contracts.errors import OperationError
from contracts.settings import MqttSettings, Settings
from infra.__main__ import main
from infra.errors import StackError
from infra.local import stack
from infra.local.brokers import BROKERS
from infra.local.mosquitto import certificates
from infra.local.mosquitto.service import (
    as_bridge,
    as_device,
    tls_dir,
    variables_of_bridge,
)
from infra.prerequisites import mosquitto
from infra.settings import StackSettings
from tests.support.hivemq import FETCHED, with_hivemq
from tests.support.own_service import PATIENCE_S, own

pytestmark = pytest.mark.skipif(mosquitto() is None, reason="Mosquitto is not installed")
NOT_AUTHORIZED = 135
EACH = [pytest.param("mosquitto"), pytest.param("hivemq", marks=FETCHED)]


@pytest.fixture(scope="module", params=EACH)
def settings(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Settings]:
    """Of a broker that runs as the stack would have it."""
    folder = tmp_path_factory.mktemp("broker")
    known = _settings(folder)
    with _running(request.param, known, folder):
        yield known


def _settings(folder: Path) -> Settings:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    mqtt = MqttSettings(url=f"mqtts://127.0.0.1:{port}")
    return Settings(data_dir=folder / "data", mqtt=mqtt)


@contextmanager
def _running(broker: str, known: Settings, folder: Path) -> Iterator[None]:
    local = with_hivemq(StackSettings(local_dir=folder / "local"))
    with own(BROKERS[broker].make(known, local)):
        yield


def _published(
    device: MqttSettings, topic: str, version: MQTTProtocolVersion = MQTTProtocolVersion.MQTTv5
) -> int:
    """The broker's answer to a message of a device at QoS 1."""
    answers: list[int] = []
    answered = Event()

    def told(
        _client: mqtt.Client, _data: object, _mid: int, reason: ReasonCode, _: Properties | None
    ) -> None:
        answers.append(reason.value)
        answered.set()

    client = mqtt.Client(CallbackAPIVersion.VERSION2, client_id="plug", protocol=version)
    client.on_publish = told
    let_in(client, device)
    client.connect(*address(device))
    client.loop_start()
    try:
        client.publish(topic, b"{}", qos=1)
        assert answered.wait(PATIENCE_S)
        return answers[0]
    finally:
        client.disconnect()
        client.loop_stop()


def _connected(device: MqttSettings, will: str) -> ReasonCode:
    """The broker's answer to a device that leaves a message for when it is gone."""
    answers: list[ReasonCode] = []
    answered = Event()

    def told(
        _client: mqtt.Client, _data: object, _flags: object, reason: ReasonCode, _: object
    ) -> None:
        answers.append(reason)
        answered.set()

    client = mqtt.Client(CallbackAPIVersion.VERSION2, client_id="plug", protocol=mqtt.MQTTv5)
    client.on_connect = told
    client.will_set(will, b"{}", qos=1)
    let_in(client, device)
    client.connect(*address(device))
    client.loop_start()
    try:
        assert answered.wait(PATIENCE_S)
        return answers[0]
    finally:
        client.disconnect()
        client.loop_stop()


def test_a_device_writes_below_its_own_name_and_not_below_its_neighbours(
    settings: Settings,
) -> None:
    device = as_device(settings, "plug-1")

    # 0 and 16: taken, and taken though nobody has asked for it.
    assert _published(device, "meters/plug-1/reading") in (0, 16)
    assert _published(device, "tele/plug-1/SENSOR") in (0, 16)
    assert _published(device, "meters/plug-2/reading") == NOT_AUTHORIZED
    assert _published(device, "meters/plug-11/reading") == NOT_AUTHORIZED
    assert _published(device, "somewhere/else") == NOT_AUTHORIZED
    # Who speaks 3.1.1 is not told, and goes on.
    assert _published(device, "meters/plug-2/reading", MQTTProtocolVersion.MQTTv311) == 0


@pytest.mark.parametrize("settings", EACH[1:], indirect=True)
def test_a_device_leaves_no_will_below_its_neighbours_name(settings: Settings) -> None:
    device = as_device(settings, "plug-1")

    assert not _connected(device, "meters/plug-1/reading").is_failure
    assert _connected(device, "meters/plug-2/reading") == NOT_AUTHORIZED


def test_nobody_is_let_in_without_a_certificate_of_the_local_authority(
    settings: Settings, tmp_path: Path
) -> None:
    ours = as_bridge(settings)
    without = ours.model_copy(update={"certificate_file": None, "key_file": None})
    with pytest.raises((OSError, OperationError)):
        require_answer(without, "nobody")

    other = tmp_path / "other"
    certificates.ensure(other)
    stranger = ours.model_copy(
        update={
            "certificate_file": certificates.certificate(other, certificates.BRIDGE),
            "key_file": certificates.key(other, certificates.BRIDGE),
        }
    )
    with pytest.raises((OSError, OperationError)):
        require_answer(stranger, "stranger")
    require_answer(ours, "bridge")


@pytest.mark.parametrize("broker", EACH)
def test_a_device_that_is_revoked_stays_outside_with_all_that_was_made_for_it(
    tmp_path: Path, broker: str
) -> None:
    known = _settings(tmp_path)
    folder = tls_dir(known)

    def copied(number: int) -> MqttSettings:
        """A device's own, wherever it took them."""
        its, own = as_device(known, "plug-1"), tmp_path / f"copy-{number}"
        assert its.certificate_file is not None
        assert its.key_file is not None
        own.mkdir()
        paths = {
            "certificate_file": shutil.copy(its.certificate_file, own),
            "key_file": shutil.copy(its.key_file, own),
        }
        return its.model_copy(update={name: Path(path) for name, path in paths.items()})

    with _running(broker, known, tmp_path):
        stolen, last = copied(1), copied(2)
        neighbour = as_device(known, "plug-11")
        for each in (stolen, last, neighbour):
            require_answer(each, "plug")

        assert certificates.revoke(folder, "plug-1") == 2
        assert not certificates.key(folder, "plug-1").exists()

    with _running(broker, known, tmp_path):
        for each in (stolen, last):
            with pytest.raises((OSError, OperationError)):
                require_answer(each, "plug")
        require_answer(neighbour, "plug")
        anew = copied(3)
        require_answer(anew, "plug")
        assert certificates.revoke(folder, "plug-11") == 1
        assert certificates.revoke(folder, "plug-1") == 1
        assert certificates.revoke(folder, "plug-1") == 0

    with _running(broker, known, tmp_path):
        for each in (stolen, last, neighbour, anew):
            with pytest.raises((OSError, OperationError)):
                require_answer(each, "plug")


def test_only_what_was_made_for_a_device_is_revoked(tmp_path: Path) -> None:
    with pytest.raises(StackError, match="wattstream up"):
        certificates.revoke(tmp_path, "plug")
    certificates.ensure(tmp_path)

    for name in ("plug", "bridge", "broker", "ca", "../up"):
        with pytest.raises(StackError, match="no certificate was made for a device"):
            certificates.revoke(tmp_path, name)
    assert certificates.key(tmp_path, "bridge").exists()


@pytest.mark.parametrize("broker", BROKERS)
def test_the_broker_begins_again_when_a_device_is_revoked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, broker: str
) -> None:
    monkeypatch.setenv("WATTSTREAM_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("WATTSTREAM_STACK_MQTT_BROKER", broker)
    folder = tls_dir(Settings())
    certificates.ensure(folder)
    certificates.issue_for_device(folder, "plug")
    done: list[str] = []
    monkeypatch.setattr(stack, "runs", lambda _: True)
    monkeypatch.setattr(stack, "stop_service", lambda _, name: done.append(f"stop {name}"))
    monkeypatch.setattr(stack, "start_service", lambda _, name, __: done.append(f"start {name}"))
    monkeypatch.setattr(sys, "argv", ["infra", "revoke", "plug"])

    main()

    assert done == [f"stop {broker}", f"start {broker}"]
    monkeypatch.setattr(sys, "argv", ["infra", "revoke", "neighbour"])
    with pytest.raises(SystemExit, match="'neighbour'"):
        main()


def test_a_certificate_that_cannot_be_read_is_told_with_its_settings(tmp_path: Path) -> None:
    absent = MqttSettings(ca_file=tmp_path / "none.pem")

    with pytest.raises(OperationError, match="WATTSTREAM_MQTT_CA_FILE"):
        require_answer(absent, "bridge")


def test_a_device_has_a_name_that_can_be_a_level_of_a_topic(tmp_path: Path) -> None:
    with pytest.raises(StackError, match="wattstream up"):
        certificates.issue_for_device(tmp_path, "plug")
    certificates.ensure(tmp_path)
    before = certificates.certificate(tmp_path, certificates.AUTHORITY).read_bytes()
    certificates.ensure(tmp_path)

    assert certificates.certificate(tmp_path, certificates.AUTHORITY).read_bytes() == before
    for name in ("a/b", "+", "", "bridge", "ca", "x" * 65, "../up"):
        with pytest.raises(StackError, match="cannot be called"):
            certificates.issue_for_device(tmp_path, name)
    certificates.issue_for_device(tmp_path, "plug")
    assert certificates.key(tmp_path, "plug").stat().st_mode & 0o077 == 0


def test_the_bridge_has_certificates_of_the_stack_unless_others_are_named(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path)
    own = settings.model_copy(
        update={"mqtt": settings.mqtt.model_copy(update={"ca_file": Path("/etc/ca.pem")})}
    )

    assert variables_of_bridge(settings)["WATTSTREAM_MQTT_CERTIFICATE_FILE"] == str(
        tmp_path / "stack" / "mosquitto" / "tls" / "bridge.pem"
    )
    assert variables_of_bridge(own) == {"WATTSTREAM_MQTT_CA_FILE": "/etc/ca.pem"}


def test_a_broker_off_path_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    found = shutil.which("mosquitto", path="/usr/sbin")
    if found is None:
        pytest.skip("Mosquitto is not in Debian's folder")
    monkeypatch.setenv("PATH", "")

    assert mosquitto() == found
