"""Days of a feeder, worked out by hand; all times are hours of the first day."""

from collections.abc import Callable
from typing import Any

import pytest

from contracts.time import DAY_MS, HOUR_MS
from tests.support.log import Sent, announcement, reading
from tests.support.log import T as HALF_PAST
from tests.unit.verification.oracle.conftest import Judge
from verification.rows import DayFact, DayOfMeter

T = HALF_PAST - 30 * 60_000

Days = Callable[..., dict[float, DayFact]]


def ms(hours: float) -> int:
    return round(hours * HOUR_MS)


def announced(meter_id: str, at: float = 0, **changes: Any) -> Sent:  # noqa: ANN401
    """Behind "f"; a supply meter by its name."""
    said = {"meter_id": meter_id, "feeder": "f", "commodity": commodity(meter_id)} | changes
    return T + ms(at), announcement(**said)


def commodity(meter_id: str) -> str:
    return "supply" if meter_id.startswith("supply") else "electricity"


def read(
    meter_id: str,
    at: float,
    wh: float,
    way: float = 0.0001,
    **changes: Any,  # noqa: ANN401
) -> Sent:
    said = {"meter_id": meter_id, "commodity": commodity(meter_id), "register": float(wh)}
    ts = T + ms(at)
    return ts + ms(way), reading(ts, **said | {"seq": ms(at) // 1_000} | changes)


def marks(**known: int) -> tuple[int | None, ...]:
    """By half-hours, `h3` is the end of the third."""
    gained: list[int | None] = [None] * 49
    for place, wh in known.items():
        gained[int(place[1:])] = wh
    return tuple(gained)


@pytest.fixture
def days(judge: Judge) -> Days:
    """The facts of a log up to some hour, by the day."""

    def of(*sent: Sent, until: float = 80) -> dict[float, DayFact]:
        in_order = sorted(sent, key=lambda each: each[0])
        facts = judge(*in_order, until=T + ms(until)).feeder_days
        assert all(at_ms == fact.day_ms + 30 * HOUR_MS for (_, at_ms), fact in facts.items())
        assert {feeder for feeder, _ in facts} <= {"f"}
        return {(fact.day_ms - T) / DAY_MS: fact for fact in facts.values()}

    return of


def test_a_day_is_said_six_hours_after_its_end_with_what_came_until_then(days: Days) -> None:
    log = (
        announced("supply"),
        announced("a"),
        announced("unheard"),
        read("supply", 0, 1_000),
        read("supply", 0.5, 1_700.9),
        read("a", 0.5, 77, 29.499),
        read("a", 1, 99, 29.01),
    )
    found = days(*log, until=30.01)

    # The reading at midnight is the end of the day before.
    assert list(found) == [-1, 0]
    assert found[0] == DayFact(
        day_ms=T,
        area="gcpuy",
        supply=DayOfMeter("supply", marks(h0=0, h1=700)),
        meters=(DayOfMeter("a", marks(h1=0)), DayOfMeter("unheard", marks())),
        meters_count=2,
    )
    assert list(days(*log, until=29.99)) == [-1]


def test_a_register_is_what_the_last_reading_up_to_then_says(days: Days) -> None:
    found = days(
        announced("supply"),
        announced("a"),
        read("a", 0.1, 10),
        read("a", 0.49, 20),
        read("a", 0.51, 30),
        # Half an hour without a reading, a late one in the next, and one that is not followed.
        read("a", 1.6, 50),
        read("a", 2.1, 80),
        read("a", 1.9, 70, 1),
        read("a", 5.2, 40),
    )[0]

    assert found.meters == (DayOfMeter("a", marks(h1=0, h2=10, h4=50, h5=60)),)
    assert found.supply == DayOfMeter("supply", marks())
    # It was never heard.
    assert found.area == ""


def test_midnight_ends_a_day_and_begins_the_next(days: Days) -> None:
    found = days(
        announced("supply"),
        announced("a"),
        *(read("a", hour, 10 * hour) for hour in (23.5, 24, 24.5, 47.5, 48)),
    )

    assert list(found) == [0, 1]
    assert found[0].meters[0].gained_wh == marks(h47=0, h48=5)
    assert found[1].meters[0].gained_wh == marks(h0=0, h1=5, h47=235, h48=240)


def test_who_goes_on_on_the_next_day_was_read_at_the_end(days: Days) -> None:
    found = days(
        announced("supply"),
        announced("a"),
        announced("b"),
        read("a", 23.9, 10),
        read("a", 29, 50),
        read("b", 23.9, 10),
        # Too late to be known.
        read("b", 29, 50, 1.5),
    )

    assert [each.gained_wh for each in found[0].meters] == [marks(h48=0), marks()]


def test_a_fall_is_one_of_the_register(days: Days) -> None:
    found = days(
        announced("supply"),
        announced("a", register_size=100.0),
        *(read("a", hour, wh) for hour, wh in ((1, 90.2), (2, 99), (3, 5), (4, 7))),
    )

    assert found[0].meters[0].gained_wh == marks(h2=0, h4=9, h6=-85, h8=-83)


def test_other_words_of_a_reading_count(days: Days) -> None:
    revised = {"revision": 1}
    found = days(
        announced("supply"),
        announced("a"),
        read("a", 1, 10),
        read("a", 2, 20),
        read("a", 1.9, 17, 0.2),
        read("a", 3, 30),
        # Of the first, and of one that is the last no longer; a repeat.
        read("a", 1, 15, 3),
        read("a", 2, 24, 3, **revised),
        read("a", 3, 30, 3),
    )

    assert found[0].meters[0].gained_wh == marks(h2=0, h4=9, h6=15)


def test_of_one_instant_the_larger_number_counts_until_the_half_hour_is_over(days: Days) -> None:
    log = (announced("supply"), announced("a"), read("a", 1.4, 50), read("a", 2, 70))
    smaller = {"seq": 3}

    assert days(*log, read("a", 1.4, 30, 0.1, **smaller))[0].meters[0].gained_wh == marks(
        h3=0, h4=20
    )
    assert days(*log, read("a", 1.4, 30, 1, **smaller))[0].meters[0].gained_wh == marks(h3=0, h4=40)


def test_who_is_there_when_the_day_is_said(days: Days) -> None:
    names = ("stays", "moves", "gone", "export:export", "interval")
    found = days(
        announced("supply"),
        read("supply", 1, 5),
        *(announced(name) for name in names),
        *(read(name, hour, 10 * hour) for name in names for hour in (1, 2)),
        announced("moves", 2.5, feeder="other"),
        announced("gone", 2.5, removed=True),
        announced("interval", 2.5, kind="interval"),
        announced("gas", commodity="gas"),
    )[0]

    assert found.meters == (
        DayOfMeter("export:export", marks(h2=0, h4=10)),
        DayOfMeter("stays", marks(h2=0, h4=10)),
    )
    assert found.meters_count == 2


def test_a_meter_counts_from_when_it_is_there(days: Days) -> None:
    """What it said behind another feeder, in the same half-hour too, is not known here."""
    log = [
        announced("supply"),
        announced("a", feeder="other"),
        announced("a", 2.2),
        *(read("a", hour, 10 * hour) for hour in (1, 2, 2.1, 3, 4)),
    ]

    assert days(*log)[0].meters == (DayOfMeter("a", marks(h6=0, h8=10)),)
    there = [*log, read("a", 2.3, 24)]
    assert days(*there)[0].meters == (DayOfMeter("a", marks(h5=0, h6=6, h8=16)),)
    # It goes, and comes again, in one slice or not.
    for back in (3.6, 3.5):
        again = [announced("a", 3.5, feeder="other"), announced("a", back)]
        assert days(*there, *again)[0].meters == (DayOfMeter("a", marks(h8=0)),)


def test_a_feeder_without_a_supply_meter_has_no_days(days: Days) -> None:
    assert days(announced("a"), read("a", 1, 10), read("a", 2, 20)) == {}


def test_before_it_has_one_only_the_last_reading_of_each_is_known(days: Days) -> None:
    found = days(
        announced("a"),
        announced("supply", 2.2),
        *(read("a", hour, 10 * hour) for hour in (1, 2.1, 2.4, 3, 4)),
        announced("b"),
        read("b", 1, 1),
        read("b", 2.1, 2),
        read("b", 5, 7),
    )[0]

    assert [each.gained_wh for each in found.meters] == [
        marks(h5=0, h6=6, h8=16),
        marks(h5=0, h10=5),
    ]


def test_a_supply_meter_may_be_exchanged(days: Days) -> None:
    log = [
        announced("supply1"),
        announced("a"),
        read("supply1", 1, 10, geohash="gcpvz"),
        read("supply1", 2, 40, geohash="gcpvz"),
        read("a", 1, 1),
        read("a", 2, 2),
        announced("supply1", 2.5, removed=True),
        read("a", 3, 3),
        read("a", 4, 4),
        read("supply2", 3, 100),
        read("supply2", 4, 200),
    ]

    at_once = days(*log, announced("supply2", 2.5))[0]
    assert at_once.meters[0].gained_wh == marks(h2=0, h4=1, h6=2, h8=3)
    assert at_once.supply == DayOfMeter("supply2", marks(h6=0, h8=100))
    later = days(*log, announced("supply2", 2.6))[0]
    assert later.meters[0].gained_wh == marks(h4=0, h6=1, h8=2)
    # Nothing is known of where the new one is.
    unheard = [each for each in log if b"supply2" not in (each[1] or b"")]
    assert days(*unheard, announced("supply2", 2.5))[0].area == "gcpvz"


def until(hour: float, supply: str) -> list[Sent]:
    """Half-hourly readings of a home that takes 10 Wh in each, and of its supply meter: 20 Wh."""
    return [
        announced(supply),
        announced("a"),
        *(read("a", half / 2, 10 * half) for half in range(int(2 * hour) + 1)),
        *(read(supply, half / 2, 20 * half) for half in range(int(2 * hour) + 1)),
    ]


def counted(first: int, last: int, wh: int) -> tuple[int | None, ...]:
    """From the end of one half-hour to that of another, by so much each."""
    return marks(**{f"h{half}": wh * (half - first) for half in range(first, last + 1)})


def test_the_days_of_a_supply_meter_that_is_gone_are_said_in_their_time(days: Days) -> None:
    found = days(
        *until(29, "supply1"),
        announced("supply1", 29.1, removed=True),
        # Nobody asks any more.
        read("a", 29.4, 600),
        read("a", 24.5, 0, 5),
        announced("b", 29.2),
        announced("a", 29.2, removed=True),
    )

    assert list(found) == [-1, 0, 1]
    assert found[0].supply == DayOfMeter("supply1", counted(0, 48, 20))
    assert found[0].meters == (DayOfMeter("a", counted(0, 48, 10)),)
    assert found[0].area == "gcpuy"
    # The day in which it went, up to then.
    assert found[1].supply == DayOfMeter("supply1", counted(0, 10, 20))
    assert found[1].meters == (DayOfMeter("a", counted(0, 10, 10)),)


def test_whoever_comes_and_goes_with_the_supply_meter(days: Days) -> None:
    found = days(
        *until(29, "supply1"),
        announced("b", 29.1),
        announced("a", 29.1, feeder="other"),
        announced("supply1", 29.1, removed=True),
    )

    assert [found[day].meters for day in (0, 1)] == [(DayOfMeter("b", marks()),)] * 2


@pytest.mark.parametrize("comes", [29.1, 29.2])
def test_a_day_that_is_over_is_of_the_supply_meter_that_was_there(days: Days, comes: float) -> None:
    found = days(
        *until(29, "supply1"),
        announced("supply1", 29.1, removed=True),
        announced("supply2", comes),
        *(read("a", half / 2, 10 * half) for half in range(59, 111)),
        *(read("supply2", half / 2, 7 * half) for half in range(59, 111)),
        # It changes nothing.
        read("a", 5.02, 0, 24.6),
        read("supply2", 5.02, 0, 24.6),
        until=58,
    )

    assert list(found) == [-1, 0, 1]
    assert found[0].supply == DayOfMeter("supply1", counted(0, 48, 20))
    assert found[0].meters == (DayOfMeter("a", counted(0, 48, 10)),)
    assert found[1].supply == DayOfMeter("supply2", counted(11, 48, 7))
    # The last that it said before a supply meter came is known as well.
    of_home = counted(0 if comes == 29.1 else 10, 48, 10)
    assert found[1].meters == (DayOfMeter("a", of_home),)


def test_a_day_that_goes_on_is_of_the_supply_meter_that_comes(days: Days) -> None:
    found = days(
        *until(5, "supply1"),
        announced("supply1", 5.1, removed=True),
        announced("supply2", 7.1),
        *(read("a", half / 2, 10 * half) for half in range(15, 19)),
        *(read("supply2", half / 2, 7 * half) for half in range(15, 19)),
        announced("supply2", 9.1, removed=True),
    )[0]

    assert found.supply == DayOfMeter("supply2", counted(15, 18, 7))
    assert found.meters == (DayOfMeter("a", marks(h10=0, h15=50, h16=60, h17=70, h18=80)),)


def test_of_a_day_without_a_reading_nothing_is_said(days: Days) -> None:
    log = [announced("supply"), announced("a"), read("a", 1, 1), read("a", 49, 9)]

    assert list(days(*log, announced("supply", 29, removed=True))) == [0]
    assert list(days(*log, announced("supply", 50, removed=True))) == [0, 2]


def test_of_several_hundred_meters_the_first_are_said(days: Days) -> None:
    names = [f"m{number:03}" for number in range(501)]
    found = days(announced("supply"), read("m500", 1, 1), *map(announced, names))[0]

    assert [each.meter_id for each in found.meters] == names[:500]
    assert found.meters_count == 501
