"""Hours of a meter, worked out by hand.

It reads every five minutes, from the beginning of a UTC day on, and draws 900 W: 75 Wh a reading.
"""

from collections.abc import Callable, Iterable
from typing import Any

import pytest

from contracts.time import DAY_MS, HOUR_MS, MINUTE_MS
from tests.support.log import Sent, announcement, reading
from tests.support.log import T as HALF_PAST
from tests.unit.verification.oracle.conftest import Judge
from tests.unit.verification.oracle.detection.an_hour import AN_HOUR
from verification.rows import HourFact

T = HALF_PAST - 30 * MINUTE_MS
DELAY_MS = 500
CLOSED_MS = 30 * MINUTE_MS

Change = Callable[[int], dict[str, Any]]
"""What a reading says otherwise, by its number."""


def as_always(number: int) -> dict[str, Any]:  # noqa: ARG001
    return {}


def home(hours: int, change: Change = as_always, lost: Iterable[int] = ()) -> list[Sent]:
    """Readings of meter "a", number 0 at the beginning of the day."""
    gone = set(lost)
    sent: list[Sent] = []
    for number in range(12 * hours + 1):
        at_ms = T + 5 * MINUTE_MS * number
        fields: dict[str, Any] = {"seq": number, "register": 75.0 * number, "demand": 900.0}
        fields |= change(number)
        if number not in gone:
            sent.append((at_ms + fields.pop("delay", DELAY_MS), reading(at_ms, **fields)))
    return sent


def announced(minute: float, **said: Any) -> Sent:  # noqa: ANN401
    return round(T + minute * MINUTE_MS), announcement(**said)


def stands_still(first: int, last: int) -> Change:
    """The register, from one number to another."""
    held = 75.0 * first

    def change(number: int) -> dict[str, Any]:
        if number <= first:
            return {}
        lost = min(number, last) * 75.0 - held
        return {"register": 75.0 * number - lost}

    return change


@pytest.fixture
def hours(judge: Judge) -> Callable[..., dict[int, HourFact]]:
    """The facts of a log by the number of their hour."""

    def of(*parts: Iterable[Sent]) -> dict[int, HourFact]:
        sent = sorted((each for part in parts for each in part), key=lambda each: each[0])
        facts = judge(*sent, until=sent[-1][0] + CLOSED_MS).meter_hours
        assert {meter_id for meter_id, _ in facts} <= {"a"}
        return {(at_ms - T) // HOUR_MS: fact for (_, at_ms), fact in facts.items()}

    return of


Hours = Callable[..., dict[int, HourFact]]


def test_nothing_is_said_of_a_meter_that_counts(hours: Hours) -> None:
    assert hours(home(30)) == {}


def test_a_register_that_stands_still(hours: Hours) -> None:
    """From 2:20 to 4:10, when it has counted ten minutes of the fifth hour."""
    found = hours(home(9, stands_still(28, 48)))

    lost = 20 * 75.0
    assert found == {
        3: AN_HOUR._replace(energy=300.0, register=2_100.0),
        4: AN_HOUR._replace(energy=0.0, register=2_100.0, zero_hours=1),
        5: AN_HOUR._replace(register=60 * 75.0 - lost),
        6: AN_HOUR._replace(register=72 * 75.0 - lost),
    }


def test_an_hour_that_counts_four_fifths_does_not_lag(hours: Hours) -> None:
    def slow(wh: float) -> Change:
        """It counts so much less of each reading of the third hour."""
        return lambda n: {"register": 75.0 * n - wh * max(0, min(n - 24, 12))}

    assert hours(home(5, slow(15.0))) == {}
    assert set(hours(home(5, slow(15.001)))) == {3, 4, 5}


def test_an_hour_that_cannot_be_judged_is_passed_over(hours: Hours) -> None:
    """The fourth and fifth have ten of twelve readings, and the sixth uses less than 200 Wh."""
    lost = [38, 40, 50, 52]

    def change(number: int) -> dict[str, Any]:
        little = {"demand": 199.9} if 60 < number <= 72 else {}
        return stands_still(24, 36)(number) | little

    found = hours(home(10, change, lost))

    assert set(found) == {3, 7, 8}
    assert found[3].energy == 0.0


def test_nine_tenths_of_the_readings_are_enough(hours: Hours) -> None:
    found = hours(home(6, stands_still(24, 60), [29, 40, 42]))

    assert [(number, each.readings, each.expected) for number, each in found.items()] == [
        (3, 11, 12),
        (5, 12, 12),
        (6, 12, 12),
    ]


def test_a_demand_holds_for_two_cadences(hours: Hours) -> None:
    """Readings stop for half an hour in the third hour, with their numbers, as without power."""

    def dark(number: int) -> dict[str, Any]:
        behind = max(0, min(number - 28, 5))
        return {"seq": number - behind, "register": 75.0 * (number - behind)}

    # Seven steps of five minutes, and one that counts as ten: less than four fifths is not lost.
    assert hours(home(6, dark, range(29, 34))) == {}
    # The register lost half an hour, which demands say for ten minutes.
    found = hours(home(6, lambda n: dark(n) | {"register": 75.0 * min(n, 28)}, range(29, 34)))
    assert (found[3].energy, found[3].by_demand) == (300.0, 600.0)


def test_a_fall_is_told_of_for_a_day(hours: Hours) -> None:
    fell_ms = T + 27 * 5 * MINUTE_MS
    new = announced(200, installed_ms=fell_ms - MINUTE_MS)
    found = hours(home(30, lambda n: {"register": 75.0 * (n - 27 * (n >= 27))}), [new])

    assert set(found) == set(range(3, 28))
    # The step on which it fell adds nothing.
    assert found[3] == AN_HOUR._replace(energy=825.0, register=675.0, fell_ms=fell_ms)
    assert found[4] == AN_HOUR._replace(
        register=1_575.0, fell_ms=fell_ms, installed_ms=fell_ms - MINUTE_MS
    )


def test_a_register_that_rolls_over_has_not_fallen(hours: Hours) -> None:
    size = announced(-1, register_size=1_000.0)
    assert hours(home(10, lambda n: {"register": 75.0 * n % 1_000}), [size]) == {}


def test_use_while_nothing_is_connected(hours: Hours) -> None:
    found = hours(
        home(9),
        [announced(70, supply="off"), announced(200, supply="off"), announced(290, supply="on")],
    )

    off_ms = T + 70 * MINUTE_MS + 5_000
    assert {number: each.off_ms for number, each in found.items()} == {
        3: off_ms,
        4: off_ms,
        # Connected before its end.
        5: None,
        6: None,
    }
    assert found[3] == AN_HOUR._replace(register=2_700.0, off_ms=off_ms)


def test_fifty_watt_hours_are_not_used(hours: Hours) -> None:
    off = [announced(1, supply="off")]
    assert hours(home(4, lambda n: {"register": 50.0 * n / 12, "demand": 50.0}), off) == {}
    used = hours(home(4, lambda n: {"register": 50.012 * n / 12, "demand": 50.0}), off)
    # In its first hour it had not been heard before.
    assert list(used) == [2, 3, 4]


def test_of_the_first_hour_it_is_not_known_since_when_it_counts(hours: Hours) -> None:
    # The reading at the beginning of the day is the end of an hour.
    off = [announced(-10, supply="off")]
    assert list(hours(home(3), off)) == [1, 2, 3]
    assert list(hours(home(3, lost=[0]), off)) == [2, 3]


def test_energies_of_intervals(hours: Hours) -> None:
    def interval(number: int) -> dict[str, Any]:
        return {"energy": 10.0 + number, "interval_ms": 5 * MINUTE_MS, "register": 7.0}

    kind = [announced(-1, kind="interval", supply="off")]
    found = hours(home(2, interval), kind)

    assert found[2] == AN_HOUR._replace(
        energy=sum(10.0 + number for number in range(13, 25)),
        by_demand=None,
        register=7.0,
        off_ms=T - MINUTE_MS + 5_000,
    )


def test_what_counts_may_change_within_an_hour(hours: Hours) -> None:
    """From the register to intervals at half past one, and back at half past two."""

    found = hours(
        home(3, lambda _: {"energy": 30.0, "interval_ms": 5 * MINUTE_MS}),
        [
            announced(-1, supply="off"),
            announced(91, supply="off", kind="interval"),
            announced(151, supply="off"),
        ],
    )

    assert [(found[n].energy, found[n].by_demand) for n in (1, 2, 3)] == [
        (900.0, 900.0),
        (180.0, None),
        (450.0, 900.0),
    ]


def test_readings_that_all_come_a_day_later_make_the_same_hours(hours: Hours) -> None:
    still = stands_still(28, 48)
    late = home(9, lambda n: still(n) | {"delay": DAY_MS - 4 * MINUTE_MS * n})

    assert hours(late) == hours(home(9, still))


def test_what_comes_when_the_hour_is_over_changes_nothing(hours: Hours) -> None:
    still = stands_still(24, 48)
    in_time = hours(home(5, lambda n: still(n) | ({"delay": 7 * MINUTE_MS} if n == 30 else {})))
    too_late = hours(home(5, lambda n: still(n) | ({"delay": HOUR_MS} if n == 30 else {})))

    assert (in_time[3].readings, too_late[3].readings) == (12, 11)
    assert in_time[4] == too_late[4]


def test_an_hour_is_over_with_a_reading_of_its_end_or_of_later(hours: Hours) -> None:
    off = [announced(-10, supply="off")]
    whole = home(2)
    assert list(hours(whole[:13], off)) == [1]
    assert list(hours(whole[:12], off)) == []
    # Without the reading of the end.
    found = hours([*whole[:12], whole[14]], off)
    assert [(each.readings, each.expected) for each in found.values()] == [(11, 11)]


def test_other_words_of_the_latest_reading_count(hours: Hours) -> None:
    """A larger register is said of the last reading of the third hour, and of one before it."""
    off = [announced(-10, supply="off")]
    at_ms = T + 35 * 5 * MINUTE_MS
    again = [
        (at_ms + 60_000, reading(at_ms, seq=35, register=2_630.0, demand=900.0)),
        (at_ms + 60_001, reading(at_ms - 5 * MINUTE_MS, seq=34, register=2_560.0)),
        # A repeat.
        (at_ms + 60_002, reading(at_ms, seq=35, register=2_630.0, demand=900.0)),
    ]
    found = hours(home(3, lost=[36]), again, [home(4)[37]], off)

    assert found[3] == AN_HOUR._replace(
        energy=830.0,
        by_demand=825.0,
        readings=11,
        expected=11,
        register=2_630.0,
        off_ms=T - 10 * MINUTE_MS + 5_000,
    )


def test_another_word_of_the_first_reading_is_no_use(hours: Hours) -> None:
    off = [announced(-10, supply="off")]
    again = [(T + 60_000, reading(T, seq=0, register=1.0, demand=900.0))]
    found = hours(home(1), again, off)
    assert (found[1].energy, found[1].register) == (899.0, 900.0)


def test_a_meter_that_is_removed_begins_anew(hours: Hours) -> None:
    fall = home(8, lambda n: {"register": 75.0 * (n - 27 * (n >= 27))})
    gone = [announced(151, removed=True)]

    found = hours(fall, gone)

    # The hour in which it fell was not over.
    assert found == {}


@pytest.mark.parametrize("other", [{"commodity": "gas"}, {"meter_id": "a:export"}], ids=str)
def test_what_is_no_home_has_no_hours(hours: Hours, other: dict[str, str]) -> None:
    assert hours(home(9, lambda n: stands_still(28, 48)(n) | other)) == {}


def test_a_home_has_no_base_load_for_the_first_time_in_eight_weeks(hours: Hours) -> None:
    """Of 1,342 hours, with that of the first reading; then nothing is counted for 25."""
    used, sent, register = 1_341, list[Sent](), 0.0
    for number in range(used + 61):
        register += 0 if used < number <= used + 25 else 9.0
        at_ms = T + number * HOUR_MS
        sent.append((at_ms + DELAY_MS, reading(at_ms, seq=number, register=register, demand=9.0)))

    found = hours(sent)

    # With the third hour it is 0, and above it with the third but last of a day.
    idle = {number: number - used - 2 for number in range(used + 3, used + 47)}
    assert {number: each.idle_hours for number, each in found.items()} == idle | {used + 47: 0}
    assert [found[number].zero_hours for number in (used + 3, used + 25, used + 26)] == [3, 25, 0]
    assert hours(sent[1:]) == {}
