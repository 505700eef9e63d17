"""Nothing that is old seems new, by either clock."""

from contracts.digest import Clock
from services.digest.clock import ReadOn, clock_of


def test_what_moves_moved_after_the_look_before() -> None:
    clock = clock_of(None, 5_000, None, 1_000)
    assert clock == Clock(5_000, None, None, 1_000), "since when it stands is not known"
    clock = clock_of(clock, 5_000, None, 2_000)
    assert clock == Clock(5_000, None, None, 2_000)
    clock = clock_of(clock, 10_000, None, 3_000)
    assert clock == Clock(10_000, 2_000, None, 3_000)
    clock = clock_of(clock, 10_000, None, 4_000)
    assert clock == Clock(10_000, 2_000, None, 4_000)


def test_what_moved_while_nobody_looked_may_have_stood_since_then() -> None:
    before = Clock(5_000, 1_000, 1_500, 2_000)
    assert clock_of(before, 5_000, None, 900_000) == Clock(5_000, 1_000, 1_500, 900_000)
    assert clock_of(before, 10_000, 3_000, 900_000) == Clock(10_000, 2_000, 3_000, 900_000)


def test_what_is_lost_has_no_slice() -> None:
    lost = clock_of(Clock(5_000, 1_000, None, 2_000), None, None, 3_000)
    assert lost == Clock(None, 1_000, None, 3_000)
    assert clock_of(lost, 5_000, None, 4_000) == Clock(5_000, 3_000, None, 4_000)


def test_a_job_reads_on_when_what_it_commits_moves() -> None:
    read_on = ReadOn()
    for offsets, wall_ms, read_ms in (
        ([5, 0], 1_000, None),
        ([5, 0], 2_000, None),
        ([5, 1], 3_000, 2_000),
        ([5, 1], 4_000, 2_000),
        # Begun anew, from an older state.
        ([0, 0], 5_000, 4_000),
    ):
        read_on.see(offsets, wall_ms)
        assert read_on.read_ms == read_ms
