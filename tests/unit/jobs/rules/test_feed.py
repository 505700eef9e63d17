"""Feeds that are quiet or have stopped, second by second."""

from collections.abc import Iterable, Sequence

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from contracts.alerts import Alert, alert_id
from contracts.facts import Feed, Partition
from contracts.time import HOUR_MS, MINUTE_MS, SECOND_MS
from jobs.fold import fold
from jobs.rules.all import read

RULES = read()
TOPIC = "n.readings"
T = 1_387_815_300_000
"""2013-12-23 16:15:00 UTC."""
WALL = 1_790_000_000_000
_json = msgspec.json.encode


def partition(number: int, *, silent_s: int = 0, alone_s: int = 0, heard_s: int = 0) -> Partition:
    """A partition to which something came last at T."""
    return Partition(
        number,
        T,
        silent_s * SECOND_MS,
        alone_s * SECOND_MS,
        heard_s * SECOND_MS,
        T - heard_s * SECOND_MS if heard_s else None,
    )


def a_fact(second: int, *partitions: Partition, at_ms: int | None = None) -> Feed:
    arrived_ms = T + second * SECOND_MS if at_ms is None else at_ms
    return Feed(TOPIC, arrived_ms, WALL + second * SECOND_MS, partitions)


def folded(facts: Iterable[Feed]) -> list[Alert]:
    """What facts make, with nothing but bytes kept from one to the next."""
    kept: bytes | None = None
    alerts = []
    for fact in facts:
        kept, said = fold(kept, _json(fact), RULES)
        alerts += said
    return alerts


def brief(alerts: Sequence[Alert]) -> list[tuple[str, int, str, int]]:
    return [(each.subject, each.version, each.state, each.at_ms - T) for each in alerts]


def test_a_partition_is_quiet_after_ten_seconds_in_which_others_are_heard() -> None:
    quiet = [
        a_fact(n, partition(0, heard_s=60), partition(1, silent_s=n, alone_s=n)) for n in range(30)
    ]

    (alert,) = folded(quiet)

    assert alert.id == alert_id("feed_quiet", f"{TOPIC}-1", T + 10_000)
    assert (alert.version, alert.state, alert.severity) == (1, "opened", "major")
    assert (alert.onset_ms, alert.opened_at_ms, alert.at_ms) == (T, T + 10_000, T + 10_000)
    assert alert.evidence.text.startswith(
        "Nothing has come to partition 1 of n.readings since 16:15:00, for 0.2 min, and to others"
    )
    assert alert.evidence.numbers == {"silent_s": 10.0}
    assert alert.rules == RULES.version


def test_a_feed_has_stopped_after_thirty_seconds_and_no_partition_of_it_is_quiet() -> None:
    """Demand 21: one alert, and none of a part of it."""
    stopped = [a_fact(n, partition(0, silent_s=n), partition(1, silent_s=n)) for n in range(60)]

    (alert,) = folded(stopped)

    assert alert.id == alert_id("feed_stopped", TOPIC, T + 30_000)
    assert (alert.kind, alert.severity, alert.subject) == ("feed_stopped", "critical", TOPIC)
    assert (alert.onset_ms, alert.at_ms) == (T, T + 30_000)


def test_it_is_over_when_somebody_has_written_for_ten_seconds() -> None:
    facts = [a_fact(n, partition(0, silent_s=n), partition(1, silent_s=n)) for n in range(40)]
    back_ms = T + 100_000
    for second in range(100, 120):
        heard_ms = (second - 100) * SECOND_MS
        facts.append(
            Feed(
                TOPIC,
                T + second * SECOND_MS,
                WALL + second * SECOND_MS,
                (
                    Partition(0, T + second * SECOND_MS, 0, 0, heard_ms, back_ms),
                    partition(1, silent_s=second, alone_s=second - 100),
                ),
            )
        )

    opened, closed, quiet = folded(facts)

    assert brief([opened, closed]) == [
        (TOPIC, 1, "opened", 30_000),
        (TOPIC, 2, "closed", 110_000),
    ]
    assert (closed.restored_at_ms, closed.closed_at_ms) == (back_ms, T + 110_000)
    assert closed.reason == "written"
    assert closed.evidence.numbers == {"silent_s": 100.0}
    assert closed.evidence.text.endswith("again, from 16:16:40 on, after 1.7 min.")
    # The other one was silent, too, and has others beside it now.
    assert brief([quiet]) == [(f"{TOPIC}-1", 1, "opened", 110_000)]


def test_a_pacemaker_that_begins_anew_opens_nothing_twice_and_closes_what_is_over() -> None:
    """Demand 21: after a restart it is not told again."""
    before = [a_fact(n, partition(0, silent_s=n)) for n in range(40)]
    # It knows of no silence before its beginning.
    again = [a_fact(100 + n, partition(0, silent_s=n), at_ms=T + n * SECOND_MS) for n in range(40)]
    over = [
        Feed(TOPIC, T + 1, WALL + 200_000, (Partition(0, T + 1, 0, 0, 10_000, T + 1),)),
    ]

    assert [(each.version, each.state) for each in folded([*before, *again])] == [(1, "opened")]
    opened, closed = folded([*before, *again, *over])
    assert closed.id == opened.id
    assert (closed.version, closed.state) == (2, "closed")
    # A replay's time is not the wall's: it went on while nothing came, and does not go back.
    assert closed.at_ms > opened.at_ms
    assert closed.restored_at_ms == T + 1


def test_a_fact_that_was_said_before_changes_nothing() -> None:
    stopped = [a_fact(n, partition(0, silent_s=n)) for n in range(40)]
    over = a_fact(60, partition(0, heard_s=20))

    assert folded([*stopped, over, *stopped, over]) == folded([*stopped, over])


def test_one_that_goes_on_is_told_of_again_when_the_hour_turns() -> None:
    to_hour_s = (HOUR_MS - T % HOUR_MS) // SECOND_MS
    stopped = [a_fact(n, partition(0, silent_s=n)) for n in range(30, to_hour_s + 120, 60)]

    opened, updated = folded(stopped)

    assert (opened.state, updated.state, updated.version) == ("opened", "updated", 2)
    assert T + to_hour_s * SECOND_MS <= updated.at_ms < T + to_hour_s * SECOND_MS + MINUTE_MS
    assert updated.opened_at_ms == opened.opened_at_ms
    assert opened.evidence.numbers == {"silent_s": 30.0}
    assert updated.evidence.numbers == {"silent_s": (updated.at_ms - T) / SECOND_MS}
    assert updated.evidence.text == (
        "Nothing has come to n.readings since 16:15:00, for 45.5 min: nothing is told of any meter "
        "until it does."
    )


def test_how_long_it_is_goes_on_over_a_pacemaker_that_begins_anew() -> None:
    before = [a_fact(n, partition(0, silent_s=n)) for n in range(0, 1_200, 60)]
    again = [
        a_fact(n, partition(0, silent_s=n - 1_200), at_ms=T + (n - 1_200) * SECOND_MS)
        for n in range(1_200, 7_000, 60)
    ]

    alerts = folded([*before, *again])

    # At 17:00 and at 18:00.
    assert brief(alerts) == [
        (TOPIC, 1, "opened", 60_000),
        (TOPIC, 2, "updated", 2_700_000),
        (TOPIC, 3, "updated", 6_300_000),
    ]
    assert [each.evidence.numbers["silent_s"] for each in alerts] == [60.0, 2_700.0, 6_300.0]


def test_a_replay_that_goes_on_where_it_stopped_was_silent_by_the_wall() -> None:
    stopped = [a_fact(n, partition(0, silent_s=n)) for n in range(0, 1_200, 60)]
    over = [
        a_fact(1_200 + n, Partition(0, T + 1, 0, 0, n * SECOND_MS, T + 1), at_ms=T + n)
        for n in range(11)
    ]

    _, closed = folded([*stopped, *over])

    assert closed.evidence.numbers == {"silent_s": 1_200.0}
    assert closed.evidence.text == (
        "Readings come to n.readings again, from 16:15:00 on, after 20.0 min."
    )


def test_nobody_knows_when_an_empty_partition_fell_silent() -> None:
    empty = Partition(1, None, 10_000, 10_000, 0, None)

    (alert,) = folded([a_fact(5, partition(0, heard_s=20), empty)])

    assert alert.onset_ms == alert.opened_at_ms == T + 5_000


SPANS = st.integers(0, 50)


@given(
    st.lists(
        st.lists(st.tuples(SPANS, SPANS, SPANS, st.booleans()), min_size=2, max_size=2),
        max_size=40,
    )
)
def test_of_a_subject_one_is_open_at_most_and_versions_count_up(
    given_facts: list[list[tuple[int, int, int, bool]]],
) -> None:
    facts = [
        a_fact(
            second,
            *(
                partition(n, heard_s=heard)
                if is_heard
                else partition(n, silent_s=silent, alone_s=min(alone, silent))
                for n, (silent, alone, heard, is_heard) in enumerate(partitions)
            ),
        )
        for second, partitions in enumerate(given_facts)
    ]
    is_open: dict[str, Alert] = {}
    ids: set[str] = set()
    for alert in folded(facts):
        before = is_open.get(alert.subject)
        if alert.state == "opened":
            assert before is None
            assert alert.version == 1
            assert alert.id not in ids
            ids.add(alert.id)
        else:
            assert before is not None
            assert (alert.id, alert.version) == (before.id, before.version + 1)
            assert alert.at_ms > before.at_ms
        if alert.state == "closed":
            del is_open[alert.subject]
        else:
            is_open[alert.subject] = alert
