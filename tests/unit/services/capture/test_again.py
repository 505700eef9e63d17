"""What has failed is started again at once, and later and later if that does not help."""

from itertools import pairwise

from services.capture.again import LONGEST_S, LOOK_S, Restarts


def starts(seconds: int, failed: range) -> list[int]:
    """When it is started again that has failed in these seconds, looked at once a second."""
    restarts = Restarts()
    return [
        now_s
        for now_s in range(seconds)
        if restarts.due(["london-masters"] if now_s in failed else [], now_s)
    ]


def test_one_that_goes_on_failing_is_started_ever_more_slowly() -> None:
    times = starts(200, range(10, 200))

    assert times[0] == 10
    waits = [later - earlier for earlier, later in pairwise(times)]
    assert waits[:3] == [LOOK_S, 2 * LOOK_S, 4 * LOOK_S]
    assert set(waits[3:]) == {LONGEST_S}


def test_one_that_recovered_is_started_at_once_the_next_time() -> None:
    restarts = Restarts()
    for now_s in range(20):
        restarts.due(["a", "b"], now_s)
    restarts.due(["b"], 20)

    assert restarts.due(["a", "b"], 21) == ["a"]
