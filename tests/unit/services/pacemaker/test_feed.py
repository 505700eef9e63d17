"""What is said of a feed, against the records themselves."""

from collections.abc import Iterator, Mapping

from hypothesis import given
from hypothesis import strategies as st

from contracts.facts import FEED_SETTLED_MS, FEED_SILENT_MS, Feed
from contracts.time import MINUTE_MS, SECOND_MS
from services.pacemaker.feed import LONGEST_STEP_S, Watched
from services.pacemaker.quiet import Held, Observation

T = 1_357_000_200_000
WALL = 1_790_000_000_000
PARTITIONS = range(3)

Written = Mapping[int, list[bool]]
"""Of each partition whether its writer's record came in a second; it arrives at T + the second."""


def observed(written: Written) -> Iterator[tuple[int, Feed | None]]:
    """What is said in each second, of which the first is only looked at; each partition has had a
    record before it."""
    watched = Watched("n.readings")
    held = dict.fromkeys(written, Held(7, T - SECOND_MS))
    for second in range(len(written[0])):
        held |= {
            n: Held(held[n].records + 1, T + SECOND_MS * second)
            for n, records in written.items()
            if records[second]
        }
        seen = Observation(1_000.0 + second, dict(held))
        yield second, watched.see(seen, WALL + SECOND_MS * second)


def runs(of: int, most: int) -> st.SearchStrategy[list[bool]]:
    """Spans in which there is a record each second, and in which there is none, in turn."""
    spans = st.lists(st.integers(1, most), min_size=1, max_size=12)
    return st.builds(
        lambda lengths, first: (
            [
                (number % 2 == 0) == first
                for number, length in enumerate(lengths)
                for _ in range(length)
            ][:of]
            + [first] * max(0, of - sum(lengths))
        ),
        spans,
        st.booleans(),
    )


def is_heard(records: list[bool], second: int) -> bool:
    return any(records[max(1, second - FEED_SILENT_MS // SECOND_MS) : second + 1])


def length(holds: list[bool]) -> int:
    """Of the run of seconds, up to the last one, in which something holds."""
    return next((n for n, each in enumerate(reversed(holds)) if not each), len(holds))


@given(st.fixed_dictionaries({n: runs(150, 40) for n in PARTITIONS}))
def test_a_fact_says_how_long_each_partition_was_silent_alone_and_heard(written: Written) -> None:
    for second, fact in observed(written):
        if fact is None:
            continue
        seconds = range(1, second + 1)
        assert fact.seen_ms == WALL + SECOND_MS * second
        for each in fact.partitions:
            records = written[each.number]
            others = [written[n] for n in PARTITIONS if n != each.number]
            silent = length([not records[n] for n in seconds])
            alone = length(
                [not records[n] and any(is_heard(other, n) for other in others) for n in seconds]
            )
            heard = length([is_heard(records, n) for n in seconds])
            assert each.silent_ms == SECOND_MS * silent
            assert each.alone_ms == SECOND_MS * alone
            # What came in the second in which it began came at some time of it.
            assert each.heard_ms in (SECOND_MS * heard, SECOND_MS * max(0, heard - 1))
            arrivals = [n for n in range(second + 1) if records[n]]
            assert each.last_ms == T + SECOND_MS * (arrivals[-1] if arrivals else -1)
            if heard:
                assert each.heard_from_ms == T + SECOND_MS * (second - heard + 1)
        silent_ms = min(each.silent_ms for each in fact.partitions)
        newest_ms = max(each.last_ms or 0 for each in fact.partitions)
        assert fact.at_ms == newest_ms + silent_ms


@given(st.fixed_dictionaries({n: runs(300, 160) for n in PARTITIONS}))
def test_a_feed_is_told_of_while_it_changes_and_each_minute_while_one_is_not_heard(
    written: Written,
) -> None:
    changed, told = 0, 0
    before: list[bool] = [False] * len(PARTITIONS)
    for second, fact in observed(written):
        now = [second > 0 and is_heard(written[n], second) for n in PARTITIONS]
        if now != before:
            before, changed = now, second
        settled = SECOND_MS * (second - changed) > FEED_SETTLED_MS
        due = not settled or (not all(now) and SECOND_MS * (second - told) >= MINUTE_MS)
        assert (fact is not None) == due, second
        told = second if due else told


def test_of_a_topic_that_is_empty_nothing_is_said() -> None:
    watched = Watched("n.readings")
    empty = {0: Held(0, None), 1: Held(0, None)}

    assert [watched.see(Observation(n, empty), WALL + n) for n in range(90)] == [None] * 90
    assert watched.see(Observation(90, empty | {0: Held(1, T)}), WALL + 90) is not None


def test_time_in_which_the_broker_did_not_answer_is_no_silence() -> None:
    watched, there = Watched("n.readings"), {0: Held(1, T)}
    watched.see(Observation(0, there), WALL)

    fact = watched.see(Observation(60, there), WALL + 60_000)

    assert fact is not None
    assert fact.partitions[0].silent_ms == LONGEST_STEP_S * SECOND_MS


def test_a_topic_made_again_is_another_feed() -> None:
    watched = Watched("n.readings")
    for second in range(30):
        watched.see(Observation(second, {0: Held(5, T), 1: Held(5, T)}), WALL + second)

    fact = watched.see(Observation(30, {0: Held(1, T - 9)}), WALL + 30)

    assert fact is not None
    assert [(each.number, each.silent_ms) for each in fact.partitions] == [(0, 0)]
    assert fact.at_ms == T - 9


def test_time_goes_on_by_the_clock_alone_while_others_than_writers_write() -> None:
    watched = Watched("n.readings")
    for second in range(20):
        # Arrivals go on, as of what is repeated, and no writer's record is there.
        fact = watched.see(Observation(second, {0: Held(5, T + SECOND_MS * second)}), WALL + second)

    assert fact is not None
    assert fact.partitions[0].silent_ms == 19 * SECOND_MS
    assert fact.at_ms == T + 19 * SECOND_MS


def test_a_partition_that_does_not_answer_stays_as_it_was() -> None:
    watched = Watched("n.readings")
    for second in range(10):
        both = {0: Held(second, T + second), 1: Held(second, T + second)}
        watched.see(Observation(second, both), WALL + second)
    for second in range(10, 30):
        fact = watched.see(Observation(second, {0: Held(second, T + second)}), WALL + second)

    assert fact is not None
    assert [each.silent_ms for each in fact.partitions] == [0, 0]


def test_for_how_long_each_partition_is_silent_is_told_of_those_that_hold_anything() -> None:
    watched = Watched("n.readings")
    for second in range(31):
        held = {0: Held(7 + second, T), 1: Held(7 + min(second, 10), T), 2: Held(0, None)}
        watched.see(Observation(1_000.0 + second, held), WALL)

    assert watched.silent_s == {0: 0.0, 1: 20.0}
