"""The table of services says the same as the services themselves."""

import re
import sys
from pathlib import Path

import pytest
from pydantic import SecretStr

from contracts.settings import (
    PROJECT,
    CassandraSettings,
    PostgresSettings,
    RedisSettings,
    S3Settings,
    Settings,
)
from infra.local.brokers import BROKERS, chosen
from infra.local.prometheus.targets import API, targets
from infra.local.services import TABLE, Part, kept_alive, services
from infra.settings import StackSettings

BESIDE = {"settlement"}
"""Programs for which the stack has no memory: `bill --follow` starts one of its own."""


def watched(stack: StackSettings) -> StackSettings:
    """The same, as it is after `up --watched`."""
    stack.watched.parent.mkdir(parents=True, exist_ok=True)
    stack.watched.touch()
    return stack


def test_a_service_has_the_name_that_it_is_known_by(tmp_path: Path) -> None:
    settings, stack = (
        Settings(data_dir=tmp_path / "data"),
        watched(StackSettings(local_dir=tmp_path)),
    )

    for name, entry in TABLE.items():
        assert entry.make(settings, stack).name == name
    of_stack = [name for name in TABLE if name not in BROKERS or name == stack.mqtt_broker]
    assert [service.name for service in services(settings, stack)] == of_stack


def test_the_stack_has_the_broker_that_is_chosen_in_the_place_of_the_other(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path / "data")
    usual = StackSettings.model_construct(local_dir=tmp_path)
    other = usual.model_copy(update={"mqtt_broker": "hivemq"})
    of_usual, of_other = (
        {each.name: each for each in services(settings, one)} for one in (usual, other)
    )

    assert set(of_usual) ^ set(of_other) == {"mosquitto", "hivemq"}
    assert set(kept_alive(usual)) ^ set(kept_alive(other)) == {"mosquitto", "hivemq"}
    assert of_usual["mosquitto"].ports == of_other["hivemq"].ports
    assert (chosen(usual).forgets, chosen(other).forgets) == (True, False)
    assert of_other["supervisor"].environment["WATTSTREAM_STACK_MQTT_BROKER"] == "hivemq"


def test_who_only_looks_runs_where_the_stack_is_watched(tmp_path: Path) -> None:
    settings, stack = Settings(data_dir=tmp_path / "data"), StackSettings(local_dir=tmp_path)
    usual = {service.name: service for service in services(settings, stack)}
    seen = {service.name: service for service in services(settings, watched(stack))}

    assert set(seen) - set(usual) == {"exporter", "prometheus"}
    for name, service in usual.items():
        assert "WATTSTREAM_METRICS_PORT" not in service.environment, name
        assert "WATTSTREAM_STACK_METRICS_PORT" not in service.ports, name


def test_everybody_that_prometheus_asks_tells_it_at_a_port_of_its_own(tmp_path: Path) -> None:
    settings, stack = Settings(data_dir=tmp_path / "data"), StackSettings(local_dir=tmp_path)
    made = {service.name: service for service in services(settings, watched(stack))}
    asked = targets(settings, stack)

    assert len({*asked.values()} | {stack.prometheus_port}) == len(asked) + 1
    for name, port in asked.items():
        assert port in made[name].ports.values(), name
        told = f"{made[name].command} {made[name].environment}"
        assert name == API or str(port) in told, name
    others = {name for name in made if made[name].command[1:3] == ("-m", f"services.{name}")}
    assert others <= asked.keys()


def test_the_supervisor_watches_all_but_itself() -> None:
    alive = kept_alive(StackSettings.model_construct())
    assert set(TABLE) - set(alive) == {"exporter", "prometheus", "supervisor", "hivemq"}
    assert {name for name, entry in TABLE.items() if entry.part is Part.STORE} == {
        *("kafka", "zookeeper", "cassandra", "redis", "postgresql", *BROKERS)
    }


def test_every_program_of_services_is_a_service(tmp_path: Path) -> None:
    settings, stack = Settings(data_dir=tmp_path / "data"), StackSettings(local_dir=tmp_path)
    commands = {service.name: service.command for service in services(settings, watched(stack))}

    programs = {path.parent.name for path in (PROJECT / "services").glob("*/__main__.py")}
    assert programs >= BESIDE
    for name in sorted(programs - BESIDE):
        command = (sys.executable, "-m", f"services.{name}")
        assert commands.get(name) == command, f"infra/local/services.py has no service {name}"


def test_addresses_of_channels_are_given_to_those_who_start_or_are_the_notifier(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WATTSTREAM_NOTIFY_DUTY", "ntfys://ntfy.example/duty")
    settings, stack = Settings(data_dir=tmp_path / "data"), StackSettings(local_dir=tmp_path)
    has = {
        service.name
        for service in services(settings, stack)
        if service.environment.get("WATTSTREAM_NOTIFY_DUTY") == "ntfys://ntfy.example/duty"
    }

    assert has == {"notifier", "supervisor"}


def test_no_service_but_the_supervisor_is_given_a_password_of_another(tmp_path: Path) -> None:
    settings = Settings(
        data_dir=tmp_path / "data",
        redis=RedisSettings(url="redis://:secret-of-redis@127.0.0.1:16379/0"),
        cassandra=CassandraSettings(password=SecretStr("secret-of-cassandra")),
        postgres=PostgresSettings(url="postgresql://me:secret-of-postgres@127.0.0.1:15432"),
        flink_rest_url="http://me:secret-of-flink@127.0.0.1:18081",
        archive_url="s3://meters/archive",
        s3=S3Settings(access_key="key", secret_key=SecretStr("secret-of-s3")),
    )
    made = services(settings, watched(StackSettings(local_dir=tmp_path)))

    told = {
        service.name: set(re.findall(r"secret-of-\w+", str(dict(service.environment))))
        for service in made
    }
    assert {name: secrets for name, secrets in told.items() if secrets} == {
        "api": {f"secret-of-{each}" for each in ("redis", "cassandra", "postgres", "flink", "s3")},
        "digest": {"secret-of-redis"},
        "exporter": {f"secret-of-{each}" for each in ("redis", "postgres", "flink")},
        "supervisor": {
            f"secret-of-{each}" for each in ("redis", "cassandra", "postgres", "flink", "s3")
        },
    }


def test_a_service_has_its_settings_whatever_a_file_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usual = Settings.model_construct(data_dir=tmp_path / "data")
    file = tmp_path / ".env"
    file.write_text("WATTSTREAM_KAFKA_BOOTSTRAP=elsewhere:9092\n")
    monkeypatch.setitem(Settings.model_config, "env_file", file)
    given = {
        service.name: service.environment
        for service in services(usual, StackSettings(local_dir=tmp_path))
    }

    for name in ("pacemaker", "ingest", "digest", "api", "supervisor"):
        with monkeypatch.context() as process:
            for variable, value in given[name].items():
                process.setenv(variable, value)
            assert Settings().kafka_bootstrap == usual.kafka_bootstrap
