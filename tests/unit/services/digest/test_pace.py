"""When passes are due; the clock is the test's."""

from itertools import pairwise

from services.digest.pace import FIRST_S, LONGEST_S, SHARE, Pace


def passes(pace: Pace, moves: set[int], seconds: int, cost_s: float = 0.0) -> list[int]:
    """The seconds in which there is a pass, looked at each second."""
    found = []
    for second in range(seconds):
        if second in moves:
            pace.moved()
        if pace.due(second):
            pace.done(second + cost_s, cost_s)
            found.append(second)
    return found


def test_what_moves_is_read_at_once_and_what_stands_still_ever_less_often() -> None:
    assert passes(Pace(), {10}, 60) == [0, 1, 3, 7, 10, 11, 13, 17, 25, 41]
    rests = passes(Pace(), set(), 1_000)
    assert max(later - one for one, later in pairwise(rests)) == LONGEST_S
    assert rests[1] == FIRST_S


def test_no_more_than_a_share_of_a_processor_is_taken() -> None:
    cost_s, seconds = 2.5, 1_000
    found = passes(Pace(), set(range(seconds)), seconds, cost_s)
    assert len(found) * cost_s <= SHARE * seconds + cost_s
    # What moved while it rested is read when the rest is over.
    pace = Pace()
    pace.done(0.0, cost_s)
    pace.moved()
    assert not pace.due(cost_s) and pace.due(cost_s / SHARE)
