"""A log of two partitions, and what the oracle makes of it."""

from collections.abc import Callable
from pathlib import Path

import pytest

from contracts.reading import HEARTBEAT
from contracts.settings import Settings
from tests.support.log import LATER, Sent, record
from verification.oracle.expected import Expected, expect
from verification.oracle.log import read_log

Judge = Callable[..., Expected]


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Two partitions; on time to 4000 ms, slack 1000, skew 10000."""
    return Settings(
        data_dir=tmp_path,
        readings_partitions=2,
        on_time_ms=5_000,
        slack_ms=1_000,
        clock_skew_ms=10_000,
        _env_file=None,  # type: ignore[call-arg]
    )


@pytest.fixture
def judge(settings: Settings) -> Judge:
    """The oracle's expectation of records in partition 0, with all windows closed by default."""

    def of(*sent: Sent, until: int = LATER) -> Expected:
        record(settings, 0, [*sent, (until, HEARTBEAT)])
        record(settings, 1, [(until, HEARTBEAT)])
        return expect(read_log(settings), settings, lambda _: None)

    return of
