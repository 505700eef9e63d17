"""A process tells how it does at the port that it is given, and works without one that it cannot
have."""

import logging
import socket

import httpx
import pytest

from contracts.settings import MetricsSettings, Settings
from services.metrics import tell
from tests.support.redis_server import free_port


def test_who_asks_is_told_of_the_process() -> None:
    port = free_port()

    tell(MetricsSettings(port=port))

    told = httpx.get(f"http://127.0.0.1:{port}/metrics", timeout=60).text
    assert "process_resident_memory_bytes " in told


def test_a_port_that_is_taken_is_in_the_log_and_ends_nobody(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken, caplog.at_level(logging.ERROR):
        port = taken.getsockname()[1]

        tell(MetricsSettings(port=port))

    assert f"no metrics at 127.0.0.1:{port}" in caplog.text
    assert "WATTSTREAM_METRICS_PORT" in caplog.text


def test_a_port_is_a_setting_and_nobody_has_one_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    assert Settings.model_construct().metrics.port is None

    monkeypatch.setenv("WATTSTREAM_METRICS_PORT", "9200")
    monkeypatch.setenv("WATTSTREAM_METRICS_HOST", "0.0.0.0")

    assert Settings().metrics == MetricsSettings(host="0.0.0.0", port=9200)
