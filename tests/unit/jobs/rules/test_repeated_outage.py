"""Feeders that are out for a short time again and again, each case with the values it must have."""

from collections.abc import Iterable, Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from contracts.alerts import Alert
from contracts.facts import FeederSlice
from contracts.time import DAY_MS, MINUTE_MS
from jobs.rules.all import read
from jobs.rules.repeated_outage import Feeder, step
from tests.support.chance import examples
from tests.unit.jobs.rules.network import FEEDER, T0, Dark, network, shifted

RULES = read()
ALL = range(50)
BEGIN_MS = 63_150


def told(facts: Iterable[FeederSlice]) -> list[Alert]:
    """The versions of alerts that facts make."""
    state, alerts = Feeder(), []
    for fact in facts:
        state, said = step(state, fact, RULES)
        alerts += said
    return alerts


def out(
    times: int,
    homes: Sequence[int] = ALL,
    *,
    of: int = 50,
    length_ms: int = 26_850,
    rho: float | None = 0.0,
) -> list[FeederSlice]:
    """Facts of a feeder of which homes are out so many times, each ten minutes."""
    begins = [BEGIN_MS + n * 10 * MINUTE_MS for n in range(times)]
    darks = [Dark(homes, each, each + length_ms, rho) for each in begins]
    return network(of, (times * 10 + 1) * MINUTE_MS, darks, apart_ms=4_999 // of).facts()


def test_the_third_time_within_a_day_is_told_of() -> None:
    opened, closed = told(network(50, 30 * MINUTE_MS, darks(3)).facts())

    # Home n is heard n tenths of a second after 63.1 s - 3.1 s, and after the end at 90 s.
    assert opened.id == f"repeated_outage:{FEEDER}:{T0 + 1_295_000}"
    assert (opened.version, opened.state, opened.kind) == (1, "opened", "repeated_outage")
    assert (opened.onset_ms, opened.opened_at_ms) == (T0 + 63_100, T0 + 1_295_000)
    assert (opened.severity, opened.cause, opened.homes_count) == ("warning", "power", 50)
    assert opened.evidence.text == (
        "50 homes were silent together for a short time at 16:16:03, 16:26:03, 16:36:03: 3 times "
        "within a day, 27 s at most. Registers stood still (0.0% of the usual): power."
    )
    numbers = opened.evidence.numbers
    assert (numbers["times"], numbers["span_ms"], numbers["longest_ms"]) == (3, 1_200_000, 26_900)
    assert (numbers["measured_homes"], numbers["rho"]) == (150, 0)
    assert (closed.id, closed.version, closed.state) == (opened.id, 2, "closed")
    assert (closed.closed_at_ms, closed.reason) == (opened.at_ms, "told")


def darks(times: int) -> list[Dark]:
    return [
        Dark(ALL, BEGIN_MS + n * 10 * MINUTE_MS, 90_000 + n * 10 * MINUTE_MS) for n in range(times)
    ]


@pytest.mark.parametrize(("times", "alerts"), [(0, 0), (2, 0), (3, 1), (5, 1), (6, 2), (7, 2)])
def test_each_third_time_is_told_of(times: int, alerts: int) -> None:
    found = told(out(times))

    assert [each.state for each in found] == ["opened", "closed"] * alerts
    assert len({each.id for each in found}) == alerts


@pytest.mark.parametrize(("later_ms", "alerts"), [(DAY_MS - 5_000, 1), (DAY_MS, 0)])
def test_a_day_is_from_the_first_to_when_the_third_is_known(later_ms: int, alerts: int) -> None:
    # The first is over at 90 s, and the fact that says of the third that it is over is of 95 s.
    first, second = out(1), [shifted(fact, 10 * MINUTE_MS) for fact in out(1)]
    third = [shifted(fact, later_ms) for fact in out(1)]

    assert len(told([*first, *second, *third])) == 2 * alerts


@pytest.mark.parametrize(
    ("homes", "of", "alerts"), [(4, 50, 0), (5, 50, 1), (5, 60, 0), (6, 60, 1), (5, 5, 1)]
)
def test_a_part_of_a_feeder_is_five_homes_and_a_tenth(homes: int, of: int, alerts: int) -> None:
    found = told(out(3, range(homes), of=of))

    assert len(found) == 2 * alerts
    assert {each.homes_count for each in found} <= {homes}


@pytest.mark.parametrize(("length_ms", "alerts"), [(294_000, 1), (301_000, 0)])
def test_what_is_longer_than_five_minutes_is_not_short(length_ms: int, alerts: int) -> None:
    assert len(told(out(3, length_ms=length_ms))) == 2 * alerts


def test_homes_that_are_silent_one_after_the_other_are_not_together() -> None:
    turns = [Dark([n], 60_000 + n * 40_000, 85_000 + n * 40_000) for n in range(30)]

    assert told(network(50, 30 * MINUTE_MS, turns).slices()) == []


@pytest.mark.parametrize(
    ("rho", "cause", "severity"),
    [
        (0.09, "power", "warning"),
        (0.25, "mixed", "warning"),
        (0.9, "communication", "notice"),
        (None, "unknown", "warning"),
    ],
)
def test_registers_say_what_it_was(rho: float | None, cause: str, severity: str) -> None:
    first, _ = told(out(3, rho=rho))

    assert (first.cause, first.severity) == (cause, severity)


def test_homes_that_come_back_later_belong_to_what_was_told() -> None:
    # Two of three come back a minute earlier than the rest, thrice.
    early = [Dark(range(30), each.begin_ms, each.end_ms) for each in darks(3)]
    late = [Dark(range(30, 50), each.begin_ms, each.end_ms + MINUTE_MS) for each in darks(3)]
    facts = network(50, 60 * MINUTE_MS, [*early, *late]).facts()

    first, last = told(facts)
    assert (first.homes_count, last.state) == (50, "closed")
    # Those of the third that came later are no first time of three further ones.
    more = [shifted(fact, n * 10 * MINUTE_MS + 30 * MINUTE_MS) for n in (0, 1) for fact in out(1)]
    assert len(told([*facts, *more])) == 2


@pytest.mark.parametrize(
    ("cadence_ms", "lasted_ms", "alerts"),
    [
        # Of the readings that come late none is missing, ...
        (60_000, 60_000, 0),
        (60_000, 89_999, 0),
        # ... or one.
        (60_000, 119_950, 1),
        (150_000, 300_000, 1),
        (1_800_000, 1_800_000, 0),
        # By a sign of life of a clock that is ahead.
        (1_800_000, 240_000, 0),
        # Nobody knows how often it reads.
        (0, 60_000, 1),
    ],
)
def test_a_home_was_out_if_a_reading_stays_missing(
    cadence_ms: int, lasted_ms: int, alerts: int
) -> None:
    facts = [
        replace(
            fact,
            returned=tuple(
                replace(each, silent_since_ms=each.life_ms - lasted_ms, cadence_ms=cadence_ms)
                for each in fact.returned
            ),
        )
        for fact in out(3)
    ]

    assert len(told(facts)) == 2 * alerts


SHORT_MS, LONG_MS = st.integers(20_000, 290_000), st.integers(310_000, 500_000)


@settings(max_examples=examples(40))
@given(st.lists(st.tuples(st.integers(30_000, 200_000), SHORT_MS | LONG_MS), max_size=9))
def test_every_third_that_is_short_is_told_of_when_half_the_homes_are_back(
    outages: list[tuple[int, int]],
) -> None:
    """Ten homes, a tenth of a second after one another, which are dark all together: five are a
    part of the feeder."""
    spans, at_ms = [], 0
    for well_ms, length_ms in outages:
        spans.append((at_ms + well_ms, at_ms + well_ms + length_ms))
        at_ms += well_ms + length_ms
    back = [
        sorted(
            -(-(end_ms - phase_ms) // 5_000) * 5_000 + phase_ms for phase_ms in range(0, 1000, 100)
        )
        for begin_ms, end_ms in spans
        if end_ms - begin_ms < 300_000
    ]
    expected = [T0 + (lives[4] // 5_000 + 1) * 5_000 for lives in back][2::3]
    all_dark = [Dark(range(10), begin_ms, end_ms) for begin_ms, end_ms in spans]

    found = told(network(10, at_ms + 20_000, all_dark).facts())

    assert [each.at_ms for each in found if each.state == "opened"] == expected


def test_a_fact_said_again_changes_nothing() -> None:
    facts, few = out(3), out(3, range(3))

    assert told([*facts, *facts]) == told(facts)
    # Three homes that come back are no six, of which one time more would be told.
    assert told(each for fact in few for each in (fact, fact)) == []
