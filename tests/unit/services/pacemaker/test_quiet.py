"""Which partitions are due a heartbeat, and at which arrival."""

from hypothesis import given
from hypothesis import strategies as st

from services.pacemaker.quiet import (
    STEP_MS,
    Held,
    Observation,
    Watch,
    heartbeats_due,
    quiet_partitions,
)

T = 1_357_000_200_000
QUIET_S = 10.0

HELDS = st.builds(
    Held,
    st.integers(0, 5),
    st.none() | st.integers(T, T + 20_000) | st.just(T + 800_000_000_000),
)
OBSERVED = st.dictionaries(st.integers(0, 4), HELDS, max_size=5)


@st.composite
def pairs(draw: st.DrawFn) -> tuple[Observation, Observation]:
    """A topic at two moments; its partitions only grow, as do their largest arrivals."""
    then = draw(OBSERVED)
    now = {}
    for partition, held in draw(OBSERVED).items():
        before = then.get(partition, Held(0, None))
        arrival_ms = max((before.arrival_ms or 0), (held.arrival_ms or 0)) or None
        now[partition] = Held(before.records + held.records, arrival_ms)
    return Observation(0.0, then), Observation(QUIET_S, now)


@given(pairs())
def test_a_heartbeat_goes_to_quiet_partitions_only_and_never_back(
    pair: tuple[Observation, Observation],
) -> None:
    then, now = pair
    due = heartbeats_due(then, now)
    assert set(due) <= set(quiet_partitions(then, now))
    for partition, arrival_ms in due.items():
        assert arrival_ms - (now.held[partition].arrival_ms or 0) >= STEP_MS


@given(pairs())
def test_a_heartbeat_is_never_ahead_of_what_any_growing_partition_held(
    pair: tuple[Observation, Observation],
) -> None:
    then, now = pair
    growing = set(now.held) - set(quiet_partitions(then, now))
    for arrival_ms in heartbeats_due(then, now).values():
        for partition in growing:
            held_ms = then.held[partition].arrival_ms
            assert held_ms is not None and arrival_ms <= held_ms


@given(OBSERVED)
def test_nothing_is_due_while_nothing_grows(held: dict[int, Held]) -> None:
    assert heartbeats_due(Observation(0.0, held), Observation(QUIET_S, held)) == {}


@given(pairs())
def test_nothing_is_due_while_no_growing_partition_gets_ahead(
    pair: tuple[Observation, Observation],
) -> None:
    then, now = pair
    stands = {
        partition: Held(held.records, before.arrival_ms)
        for partition, held in now.held.items()
        if (before := then.held.get(partition)) is not None
    }
    assert heartbeats_due(then, Observation(QUIET_S, stands)) == {}


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3), st.integers(0, 3)), max_size=60))
def test_paced_time_only_advances_and_stays_behind_the_writers(
    steps: list[tuple[int, int, int]],
) -> None:
    """Each second some partitions get a record; what is due is written at once."""
    watch = Watch(QUIET_S)
    ends, arrivals_ms = dict.fromkeys(range(3), 0), dict[int, int]()
    written_ms = dict.fromkeys(range(3), 0)
    for second, records in enumerate(steps):
        for partition, number in enumerate(records):
            if number:
                ends[partition] += number
                written_ms[partition] = T + 1_000 * second
                arrivals_ms[partition] = max(arrivals_ms.get(partition, 0), written_ms[partition])
        for partition, arrival_ms in watch.see(second, ends, arrivals_ms).items():
            assert arrival_ms > arrivals_ms.get(partition, 0)
            assert arrival_ms <= T + 1_000 * (second - QUIET_S)
            assert arrival_ms <= max(written_ms.values())
            ends[partition] += 1
            arrivals_ms[partition] = arrival_ms
            watch.wrote(partition)


def paced(watch: Watch, seconds: range, growing: int, ends: dict[int, int]) -> dict[int, list[int]]:
    """What is due to each partition while `growing` has a record each second; nothing written."""
    due: dict[int, list[int]] = {}
    arrivals_ms = dict.fromkeys(ends, T)
    for second in seconds:
        ends[growing] += 1
        arrivals_ms[growing] = T + 1_000 * second
        for partition, arrival_ms in watch.see(second, ends, arrivals_ms).items():
            due.setdefault(partition, []).append(arrival_ms - T)
    return due


def test_a_quiet_partition_follows_the_others_by_quiet_s() -> None:
    assert paced(Watch(QUIET_S), range(15), 0, {0: 1, 1: 1}) == {1: [1_000, 2_000, 3_000, 4_000]}


def test_the_pacemakers_own_heartbeats_are_no_sign_of_life() -> None:
    watch, ends = Watch(QUIET_S), {0: 1, 1: 1}
    paced(watch, range(12), 0, ends)
    ends[1] += 1
    watch.wrote(1)
    assert 1 in paced(watch, range(12, 13), 0, ends)
    assert watch.paced == {1}


def test_a_writer_that_returns_is_left_alone() -> None:
    watch, ends = Watch(QUIET_S), {0: 1, 1: 1}
    paced(watch, range(12), 0, ends)
    ends[1] += 1
    watch.wrote(1)
    ends[1] += 1
    assert paced(watch, range(12, 22), 0, ends) == {}
    assert watch.paced == set()


def test_one_arrival_far_ahead_drags_no_partition_along() -> None:
    watch, ends, arrivals_ms = Watch(QUIET_S), {0: 1, 1: 1}, {0: T, 1: T}
    for second in range(40):
        ends[0] += 1
        arrivals_ms[0] = T + 800_000_000_000 if second > 5 else T + 1_000 * second
        for arrival_ms in watch.see(second, ends, arrivals_ms).values():
            assert arrival_ms <= T + 5_000


def test_a_topic_made_again_is_watched_anew() -> None:
    watch, ends = Watch(QUIET_S), {0: 100, 1: 100}
    paced(watch, range(12), 0, ends)
    assert paced(watch, range(12, 21), 0, {0: 1, 1: 1}) == {}


def test_a_partition_that_was_never_written_follows_too() -> None:
    watch = Watch(QUIET_S)
    for second in range(10):
        assert watch.see(second, {0: second, 1: 0}, {0: T + second}) == {}
    assert watch.see(10, {0: 10, 1: 0}, {0: T + 10_000}) == {1: T}
