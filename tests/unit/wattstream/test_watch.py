"""What the live table says of checkpoints."""

import pytest

from adapters.flink import CheckpointAge
from wattstream.watch import age_text


@pytest.mark.parametrize(
    ("age_ms", "text"),
    [(0, "0 s"), (30_000, "30 s"), (30_001, "[red]30 s[/red]"), (3_600_000, "[red]3,600 s[/red]")],
)
def test_an_age_beyond_three_intervals_is_red(age_ms: int, text: str) -> None:
    assert age_text(CheckpointAge(age_ms, interval_ms=10_000)) == text
