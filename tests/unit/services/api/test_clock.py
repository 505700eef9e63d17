"""A replay is not stale, and a job that is dead is."""

import pytest

from contracts.time import MINUTE_MS
from services.api.clock import Moves, State, StreamClock

NOW = 1_764_400_000_000
LONG_AGO = 1_357_000_000_000


@pytest.mark.parametrize(
    ("stood_s", "read_s", "usual_s", "state"),
    [
        (4, 5, 5, "current"),
        (15, None, None, "current"),
        (16, None, None, "delayed"),
        (60, None, None, "delayed"),
        (61, None, None, "stale"),
        # Readings are read on, and none changes anything, as never before.
        (20, 5, 5, "delayed"),
        (90, 5, 5, "stale"),
        # Half an hour between two readings of all meters.
        (1_500, 20, 1_800, "current"),
        (1_500, 50, 1_800, "stale"),
        (3_000, 20, 1_800, "stale"),
        # Nobody has seen it move yet, and it is read on.
        (1_500, 20, None, "current"),
        (None, 20, None, "current"),
        (None, 50, None, "stale"),
        (None, None, None, "stale"),
    ],
)
def test_the_clock_on_the_wall_decides(
    stood_s: int | None, read_s: int | None, usual_s: int | None, state: State
) -> None:
    def before(seconds: int | None) -> int | None:
        return None if seconds is None else NOW - 1_000 * seconds

    usual_ms = None if usual_s is None else 1_000 * usual_s
    clock = StreamClock(LONG_AGO, before(stood_s), before(read_s), NOW, usual_ms)
    assert clock.state == state
    assert clock.standing_ms == (None if stood_s is None else 1_000 * stood_s)
    assert clock.age_ms(LONG_AGO - MINUTE_MS) == MINUTE_MS


def test_before_the_first_reading_all_is_empty() -> None:
    clock = StreamClock(None, None, NOW, NOW)
    assert clock.state == "empty"
    assert clock.age_ms(LONG_AGO) is None


def test_the_longest_of_the_last_distances_is_usual() -> None:
    moves = Moves(0, None)
    assert moves.usual_ms is None
    for n, wall_s in enumerate((10, 15, 45, 50), 1):
        moves.see(n, wall_s * 1_000)
        moves.see(n, wall_s * 1_000 + 700)
    assert moves.moved_ms == 50_000
    assert moves.usual_ms == 30_000
    for n in range(20):
        moves.see(100 + n, 55_000 + 5_000 * n)
    assert moves.usual_ms == 5_000
