"""Settings refuse what cannot work, say what to give, and keep passwords to themselves."""

import pickle
from pathlib import Path

import pytest
from pydantic import SecretStr, ValidationError
from pydantic_settings import BaseSettings

from contracts.settings import (
    PROJECT,
    CassandraSettings,
    Settings,
    changed,
    names,
    variables,
    without_password,
    without_settings,
)
from infra.settings import StackSettings


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("redis://user:secret@cache:6379/0", "redis://cache:6379/0"),
        ("rediss://:sec/r@et?@cache:6379/0", "rediss://cache:6379/0"),
        ("redis://cache:6379/0?password=secret", "redis://cache:6379/0"),
        ("user:secret@cache:6379", "cache:6379"),
        ("redis://cache:6379/0", "redis://cache:6379/0"),
        ("broker-1:9092,broker-2:9092", "broker-1:9092,broker-2:9092"),
    ],
)
def test_a_url_is_shown_without_its_password(url: str, shown: str) -> None:
    assert without_password(url) == shown


def test_keys_of_the_archive_are_not_in_its_address(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WATTSTREAM_ARCHIVE_URL", "s3://key:s3same@meters/archive")
    with pytest.raises(ValidationError, match="WATTSTREAM_S3_ACCESS_KEY") as refused:
        Settings()
    assert "s3same" not in str(refused.value)

    monkeypatch.setenv("WATTSTREAM_ARCHIVE_URL", "s3://meters/archive")
    monkeypatch.setenv("WATTSTREAM_S3_SECRET_KEY", "s3same")
    with pytest.raises(ValidationError, match="both access_key and secret_key"):
        Settings()
    monkeypatch.setenv("WATTSTREAM_S3_ACCESS_KEY", "key")
    assert "s3same" not in repr(Settings())


def test_the_password_survives_pickling_and_is_not_shown() -> None:
    settings = Settings(cassandra=CassandraSettings(password=SecretStr("s3same")))

    travelled = pickle.loads(pickle.dumps(settings))

    assert travelled.cassandra.password.get_secret_value() == "s3same"
    assert "s3same" not in repr(travelled)


@pytest.mark.parametrize(
    ("field", "address"),
    [
        ("redis_url", "redis://cache:6379/0"),
        ("redis_url", "rediss://:secret@cache/1"),
        ("flink_rest_url", "http://flink:8081"),
        ("flink_rest_url", "https://flink.example/prefix"),
        ("kafka_bootstrap", "broker:9092"),
        ("kafka_bootstrap", "broker-1:9092,[::1]:9093"),
    ],
)
def test_an_address_that_can_work_is_kept_as_it_is(
    field: str, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    variable = f"WATTSTREAM_{field.upper()}"
    monkeypatch.setenv(variable, address)
    assert variables(Settings(), {variable}) == {variable: address}


@pytest.mark.parametrize(
    ("field", "address", "advice"),
    [
        ("redis_url", "cache:6379", "redis://HOST:PORT/DATABASE"),
        ("redis_url", "http://cache:6379", "redis://HOST:PORT/DATABASE"),
        ("redis_url", "redis:///0", "redis://HOST:PORT/DATABASE"),
        ("redis_url", "redis://cache:port/0", "redis://HOST:PORT/DATABASE"),
        ("flink_rest_url", "flink:8081", "http://HOST:PORT"),
        ("flink_rest_url", "http://", "http://HOST:PORT"),
        ("kafka_bootstrap", "broker", "HOST:PORT"),
        ("kafka_bootstrap", "", "HOST:PORT"),
        ("kafka_bootstrap", "broker:0", "HOST:PORT"),
        ("kafka_bootstrap", "broker:70000", "HOST:PORT"),
        ("kafka_bootstrap", "broker-1:9092,", "HOST:PORT"),
        ("kafka_bootstrap", "broker-1:9092, broker-2:9092", "without spaces"),
        ("kafka_bootstrap", "kafka://broker:9092", "HOST:PORT"),
    ],
)
def test_an_address_that_cannot_work_is_refused_with_advice(
    field: str, address: str, advice: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(f"WATTSTREAM_{field.upper()}", address)
    with pytest.raises(ValidationError, match=advice):
        Settings()


def test_a_slice_must_divide_the_minute() -> None:
    assert Settings(slice_ms=1_000).slice_ms == 1_000
    with pytest.raises(ValidationError, match="slice_ms is 7000, which does not divide a minute"):
        Settings(slice_ms=7_000)
    with pytest.raises(ValidationError, match="multiple of 1000"):
        Settings(slice_ms=2_500)


def test_an_error_does_not_show_a_password() -> None:
    with pytest.raises(ValidationError) as refusal:
        Settings.model_validate(
            {"redis": {"url": "http://:secret@cache"}, "cassandra": {"password": "secret"}}
        )

    assert "secret" not in str(refusal.value)


@pytest.mark.parametrize("settings", [Settings, StackSettings])
def test_the_env_file_is_the_projects_own(settings: type[BaseSettings]) -> None:
    assert settings.model_config["env_file"] == PROJECT / ".env"


def test_an_env_file_of_the_working_directory_is_not_read(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / ".env").write_text("WATTSTREAM_NAMESPACE=elsewhere\n")
    monkeypatch.delenv("WATTSTREAM_NAMESPACE", raising=False)
    monkeypatch.chdir(tmp_path)

    assert Settings().namespace != "elsewhere"


def test_variables_make_the_same_settings_again(monkeypatch: pytest.MonkeyPatch) -> None:
    made = {
        "WATTSTREAM_REDIS_URL": "redis://:secret@cache:6379/0",
        "WATTSTREAM_CASSANDRA_HOSTS": "a,b",
        "WATTSTREAM_CASSANDRA_PASSWORD": "secret",
        "WATTSTREAM_SLACK_MS": "500",
    }
    for name in names(Settings):
        monkeypatch.delenv(name, raising=False)
    for name, value in made.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setitem(Settings.model_config, "env_file", None)

    assert changed(Settings()) == made
    assert made.keys() <= names(Settings)


def test_a_process_is_given_what_it_needs_though_it_is_as_usual() -> None:
    usual = Settings.model_construct()
    wanted = {"WATTSTREAM_NAMESPACE", "WATTSTREAM_REDIS_URL", "WATTSTREAM_CASSANDRA_PASSWORD"}

    assert changed(usual) == {}
    assert variables(usual, wanted) == {
        "WATTSTREAM_NAMESPACE": "wattstream",
        "WATTSTREAM_REDIS_URL": "redis://127.0.0.1:16379/0",
    }


def test_another_part_does_not_inherit_settings() -> None:
    environment = {
        "PATH": "/bin",
        "WATTSTREAM_CASSANDRA_PASSWORD": "secret",
        "wattstream_redis_url": "redis://:secret@cache",
    }
    assert without_settings(environment) == {"PATH": "/bin"}
