"""What libraries log of the API's work."""

import logging
from collections.abc import Iterator

import pytest

from adapters.flink import FlinkRest
from contracts.settings import Settings
from services.api.serve import quiet_logs
from tests.unit.adapters.test_flink import answering


@pytest.fixture
def levels() -> Iterator[None]:
    loggers = [logging.getLogger(name) for name in ("uvicorn.error", "httpx")]
    before = [each.level for each in loggers]
    yield
    for each, level in zip(loggers, before, strict=True):
        each.setLevel(level)


def test_questions_to_flink_are_not_logged(
    levels: None,  # noqa: ARG001
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO)
    with (
        answering(200, {}, b'{"jobs":[]}') as address,
        FlinkRest(Settings(flink_rest_url=f"http://{address}")) as flink,
    ):
        assert flink.find("demo-live") is None
        assert "/jobs/overview" in caplog.text
        caplog.clear()
        quiet_logs()
        assert flink.find("demo-live") is None
    assert caplog.records == []
