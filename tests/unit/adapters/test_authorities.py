"""The certificates of all authorities are read once, also where nobody is asked by HTTPS."""

import ssl

import pytest

from adapters.authorities import authorities
from adapters.flink import FlinkRest
from adapters.kafka_connect import ConnectRest
from contracts.settings import Settings
from services.notifier.channels.http import post


def test_clients_read_the_certificates_of_authorities_once(monkeypatch: pytest.MonkeyPatch) -> None:
    read = []
    load = ssl.SSLContext.load_verify_locations

    def loaded(context: ssl.SSLContext, *paths: str, **named: str) -> None:
        read.append(context)
        load(context, *paths, **named)

    monkeypatch.setattr(ssl.SSLContext, "load_verify_locations", loaded)
    authorities.cache_clear()
    settings = Settings(flink_rest_url="http://127.0.0.1:1", connect_url="http://127.0.0.1:1")
    for _ in range(2):
        FlinkRest(settings).close()
        with ConnectRest(settings):
            pass
        assert post("http://127.0.0.1:1", b"", {}).problem

    assert read == [authorities()]
    assert authorities().verify_mode is ssl.CERT_REQUIRED
