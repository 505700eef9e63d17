"""The Compose file is one, has every service of the local stack, and says of it what that says."""

import re

import pytest
import yaml
from compose_spec import PyCompose

from contracts.settings import PROJECT, Settings, host_and_port
from contracts.topics import MAX_MESSAGE_BYTES
from infra.deploy import mosquitto
from infra.deploy.connect import configuration as of_connect
from infra.local.kafka.service import HEADROOM_BYTES
from infra.local.services import TABLE
from infra.local.templates import filled_in
from infra.settings import StackSettings
from tests.unit.infra.deploy.manifests import (
    COMPOSE,
    SECRETS,
    Manifest,
    compose,
    unknown,
    variables,
)

SERVICES: dict[str, Manifest] = compose()["services"]
LOCAL = PROJECT / "infra" / "local"
STACK = StackSettings.model_construct()
INSTEAD = {
    "supervisor": "the engine starts again what ends",
    "hivemq": "of the brokers it is Mosquitto that is there",
}
"""Services of the local stack that are none here, and why."""
BESIDE = {"certificates", "provision", "submit", "settlement"}
"""What `wattstream up`, `submit` and `bill --follow` do in the local stack."""


@pytest.mark.parametrize("name", ["compose.yaml", "build.yaml"])
def test_it_is_as_the_specification_has_it(name: str) -> None:
    made = PyCompose.from_yaml(yaml.safe_dump(dict(compose(name))))
    made.validate()


def test_a_wrong_key_is_found() -> None:
    """The library that reads it is strict."""
    broken = {**compose(), "services": {**SERVICES, "api": {**SERVICES["api"], "memlimit": "1g"}}}
    with pytest.raises(ValueError, match="memlimit"):
        PyCompose.from_yaml(yaml.safe_dump(broken))


def test_every_service_of_the_local_stack_is_there() -> None:
    assert set(SERVICES) == set(TABLE) - set(INSTEAD) | BESIDE


def test_volumes_and_services_that_are_named_are_there() -> None:
    for name, service in SERVICES.items():
        for volume in service.get("volumes", ()):
            source = volume.split(":")[0]
            if source.startswith("../"):
                assert (COMPOSE / source).is_file(), source
            elif not source.startswith("./"):
                assert source in compose()["volumes"], f"{name}: {source}"
        for other, on in service.get("depends_on", {}).items():
            if on["condition"] == "service_healthy":
                assert "healthcheck" in SERVICES[other], f"{name} waits for {other}"
            if on["condition"] == "service_completed_successfully":
                assert SERVICES[other]["restart"] in ("no", "on-failure")


def _environment(name: str) -> dict[str, str]:
    service = SERVICES[name]
    shared = "settings.env" in service.get("env_file", ())
    common = variables(COMPOSE / "settings.env") if shared else {}
    return common | dict(service.get("environment", {}))


def test_variables_are_settings_that_there_are() -> None:
    for name in SERVICES:
        assert unknown(list(_environment(name))) == [], name


@pytest.mark.parametrize("name", sorted(each for each in SERVICES if _environment(each)))
def test_settings_are_accepted(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for variable, value in _environment(name).items():
        monkeypatch.setenv(variable, value)
    settings = Settings()
    assert settings.api.port == Settings.model_construct().api.port


def test_a_process_is_given_no_password_that_the_local_stack_does_not_give() -> None:
    given = {
        name: {secret for secret in SECRETS.values() if secret in str(_environment(name))}
        for name in SERVICES
        if SERVICES[name]["image"].startswith("wattstream-")
    }
    redis, postgres = SECRETS["REDIS_PASSWORD"], SECRETS["POSTGRES_PASSWORD"]
    assert {name: secrets for name, secrets in given.items() if secrets} == {
        "provision": {redis, postgres},
        "submit": {redis},
        "digest": {redis},
        "settlement": {redis, postgres},
        "api": {redis, postgres},
        "exporter": {redis, postgres},
    }


def test_the_text_of_the_file_holds_no_password() -> None:
    text = (COMPOSE / "compose.yaml").read_text()
    given = re.findall(r"^ *\w*(?:PASSWORD|AUTH|SECRET)\w*: *(.+)$", text, re.MULTILINE)
    given += re.findall(r"://\w*:([^@]+)@", text)
    assert len(given) == 4
    assert all(each.startswith("${") for each in given)


def test_ports_are_on_this_machine_alone_and_those_of_its_clients() -> None:
    usual = Settings.model_construct()
    published = {
        int(port.split(":")[1]): (name, int(port.split(":")[2]))
        for name, service in SERVICES.items()
        for port in service.get("ports", ())
        if port.startswith("127.0.0.1:")
    }
    assert sum(len(service.get("ports", ())) for service in SERVICES.values()) == len(published)
    assert {port: name for port, (name, _) in published.items()} == {
        host_and_port(f"//{usual.kafka_bootstrap}")[1]: "kafka",
        host_and_port(usual.redis.url)[1]: "redis",
        usual.cassandra.port: "cassandra",
        host_and_port(usual.postgres.url)[1]: "postgresql",
        host_and_port(usual.mqtt.url)[1]: "mosquitto",
        host_and_port(usual.flink_rest_url)[1]: "flink-jobmanager",
        host_and_port(usual.connect_url)[1]: "connect",
        usual.api.port: "api",
        usual.api.metrics_port: "api",
        STACK.prometheus_port: "prometheus",
    }
    # And behind each is where the others find it.
    inner = dict(published.values())
    told = variables(COMPOSE / "settings.env")
    for variable in ("CONNECT_URL", "FLINK_REST_URL", "MQTT_URL"):
        host, port = host_and_port(told[f"WATTSTREAM_{variable}"])
        assert inner[str(host)] == port
    assert inner["cassandra"] == int(told["WATTSTREAM_CASSANDRA_PORT"])


def test_each_process_has_a_bound_of_memory_and_may_do_nothing_of_roots() -> None:
    for name, service in SERVICES.items():
        assert "mem_limit" in service, name
        assert service["security_opt"] == ["no-new-privileges:true"], name
        if service["image"].startswith("wattstream-"):
            assert service["cap_drop"] == ["ALL"], name
            assert ("user" in service) == (name == "certificates"), name


def mib(name: str) -> int:
    text = SERVICES[name]["mem_limit"]
    return int(text[:-1]) * {"m": 1, "g": 1024}[text[-1]]


def test_limits_come_to_what_the_page_says() -> None:
    page = (PROJECT / "docs" / "deploy.md").read_text()
    found = re.search(r"limits of memory come to (\d+) GiB", page)
    assert found is not None
    usual = [name for name in SERVICES if "profiles" not in SERVICES[name]]
    lasting = [name for name in usual if SERVICES[name]["restart"] == "unless-stopped"]
    assert int(found[1]) - 1 < sum(map(mib, lasting)) / 1024 <= int(found[1])


def test_flinks_bounds_leave_room_for_python() -> None:
    assert mib("flink-taskmanager") >= 1.2 * STACK.flink_taskmanager_mib
    assert mib("flink-jobmanager") >= STACK.flink_jobmanager_mib
    assert mib("connect") >= STACK.connect_heap_mib + 256
    assert mib("redis") >= 1.5 * STACK.redis_data_mib
    assert mib("cassandra") >= STACK.cassandra_heap_mib + 512 + 256


def properties(text: str) -> dict[str, str]:
    lines = [line for line in text.splitlines() if line and line[0] != "#"]
    return dict(line.split("=", 1) for line in lines)


def test_kafka_is_as_the_local_one() -> None:
    values = {
        "port": 9092,
        "controller_port": 9093,
        "data_dir": "/var/lib/kafka/data",
        "max_message_bytes": 2 * MAX_MESSAGE_BYTES + HEADROOM_BYTES,
    }
    wanted = properties(filled_in(LOCAL / "kafka" / "server.properties", values))
    of_addresses = {
        *("controller.quorum.voters", "listeners", "advertised.listeners"),
        "listener.security.protocol.map",
    }
    given = SERVICES["kafka"]["environment"]
    for name, value in wanted.items():
        if name not in of_addresses:
            assert given[f"KAFKA_{name.upper().replace('.', '_')}"] == value, name


def test_redis_is_as_the_local_one() -> None:
    values = {"port": 6379, "data_dir": "/data", "data_mib": STACK.redis_data_mib}
    text = filled_in(LOCAL / "redis" / "redis.conf", values)
    command = " ".join(SERVICES["redis"]["command"])
    for line in text.splitlines():
        name, _, value = line.partition(" ")
        if name in ("#", "bind", "port", "daemonize"):
            continue
        assert f"--{name} {value}" in command, line


def test_postgresql_is_as_the_local_one() -> None:
    text = (LOCAL / "postgresql" / "postgresql.conf").read_text()
    local = dict(re.findall(r"^(\w+) = '?([^'\n]+)'?$", text, re.MULTILINE))
    command = SERVICES["postgresql"]["command"]
    given = dict(each.removeprefix("-c").split("=", 1) for each in command[1:])
    assert {name: local[name] for name in given} == given
    of_change_capture = {"wal_level", "max_slot_wal_keep_size", "max_replication_slots"}
    assert of_change_capture | {"log_min_error_statement", "timezone"} <= set(given)


def test_cassandra_is_as_the_local_one_where_guarantees_rest_on_it() -> None:
    values = {"storage_port": 7000, "port": 9042, "data_dir": "/var/lib/cassandra"}
    local = yaml.safe_load(filled_in(LOCAL / "cassandra" / "cassandra.yaml", values))
    options = SERVICES["cassandra"]["environment"]["JVM_EXTRA_OPTS"].split()
    pattern = r"-Dcassandra\.settings\.(\w+)=(\S+)"
    found = [re.fullmatch(pattern, each) for each in options]
    given = {each[1]: each[2] for each in found if each is not None}
    # A Cassandra that flushes by groups refuses the period of its own file.
    assert given.pop("commitlog_sync_period") == "0ms"
    assert given == {name: _option(local[name]) for name in given}
    assert {"commitlog_sync", "commitlog_sync_group_window", "batch_size_warn_threshold"} <= set(
        given
    )
    assert "-Dcassandra.config.allow_system_properties=true" in options


def _option(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def test_zookeeper_is_as_the_local_one() -> None:
    local = properties((LOCAL / "zookeeper" / "zoo.cfg").read_text())
    given = SERVICES["zookeeper"]["environment"]
    assert given["ZOO_TICK_TIME"] == local["tickTime"]
    assert given["ZOO_4LW_COMMANDS_WHITELIST"] == local["4lw.commands.whitelist"]
    assert given["ZOO_AUTOPURGE_PURGEINTERVAL"] == local["autopurge.purgeInterval"]
    assert given["JVMFLAGS"] == f"-Xmx{STACK.zookeeper_heap_mib}m"


def test_mosquittos_files_are_made_of_the_local_ones() -> None:
    made = mosquitto.files(STACK)
    for name, text in made.items():
        assert (mosquitto.FOLDER / name).read_text() == text, (
            "run `python -m infra.deploy.mosquitto files`"
        )
    lines = made["mosquitto.conf"].splitlines()
    assert "listener 8883" in lines
    assert "user mosquitto" in lines
    assert not any("127.0.0.1" in line or "root" in line for line in lines)


def test_a_worker_of_connect_listens_everywhere_and_tells_where() -> None:
    settings = Settings.model_construct(
        kafka_bootstrap="kafka:9092", connect_url="http://connect:8083"
    )
    worker = properties(of_connect(settings, STACK, "10.0.0.7")["worker.properties"])
    assert worker["listeners"] == "http://0.0.0.0:8083"
    assert worker["rest.advertised.host.name"] == "10.0.0.7"
    assert worker["bootstrap.servers"] == "kafka:9092"
    assert "127.0.0.1" not in str(worker)
