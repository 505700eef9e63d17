"""Minutes of a feeder, worked out by hand."""

from collections.abc import Callable, Iterable
from typing import Any

import pytest

from tests.support.log import Sent, T, announcement, reading
from tests.unit.verification.oracle.conftest import Judge
from tests.unit.verification.oracle.detection.street import (
    CADENCE_MS,
    DELAY_MS,
    always,
    announced,
    in_order,
    readings,
)
from verification.rows import FeederMinuteFact

MINUTE_MS = 60_000


def supply(capacity_w: int | None, **changes: Any) -> list[Sent]:  # noqa: ANN401
    """The announcement of a supply meter that reads every 20 seconds."""
    said = {"meter_id": "f:supply", "feeder": "f", "cadence_ms": 20_000, "capacity_w": capacity_w}
    return [(T, announcement(commodity="supply", **(said | changes)))]


def supplied(*demands: tuple[int, float]) -> list[Sent]:
    """Readings of it, by when they were made."""
    of = {"meter_id": "f:supply", "commodity": "supply"}
    return [
        (T + at_ms + DELAY_MS, reading(T + at_ms, seq=at_ms, demand=demand, **of))
        for at_ms, demand in demands
    ]


def a_fact(homes: float, demand_w: float, **changes: Any) -> FeederMinuteFact:  # noqa: ANN401
    """Of the street, behind a transformer of 3,840 W; nothing is known of voltages."""
    fact = FeederMinuteFact(
        area="gcpuy",
        members=4,
        homes=homes,
        demand_w=demand_w,
        by_supply=False,
        capacity_w=3_840,
        voltages=0.0,
        low=0.0,
        lowered=0.0,
        high=0.0,
        raised=0.0,
    )
    return fact._replace(**changes)


STREET = [*announced(), *readings(always)]
"""Four homes that draw 2,880 W for two minutes. Their last readings are of 115 s to 118 s, and hold
for 30 s: five slices of the third minute."""


def test_what_homes_draw_and_five_minutes_more(judge: Judge) -> None:
    # It is three quarters of the capacity.
    assert judge(*in_order(supply(3_840), STREET)).feeder_minutes == {
        ("f", T + 60_000): a_fact(4.0, 2_880.0),
        ("f", T + 120_000): a_fact(4.0, 2_880.0),
        ("f", T + 180_000): a_fact(1.666, 1_200.0),
        **{("f", T + at_ms): a_fact(0.0, 0.0) for at_ms in range(240_000, 421_000, 60_000)},
    }


@pytest.mark.parametrize("capacity_w", [3_841, None])
def test_a_feeder_that_carries_what_it_may_is_not_told_of(
    judge: Judge, capacity_w: int | None
) -> None:
    assert judge(*in_order(supply(capacity_w), STREET)).feeder_minutes == {}


def test_capacities_of_supply_meters_are_added_up(judge: Judge) -> None:
    both = in_order(supply(3_000), supply(840, meter_id="second"), STREET)

    assert judge(*both).feeder_minutes["f", T + 60_000] == a_fact(4.0, 2_880.0)


def test_a_supply_meter_is_believed_while_it_is_heard(judge: Judge) -> None:
    given = supplied((59_000, -3_000.5), (119_000, 3_000.0))
    minutes = judge(*in_order(supply(3_333), STREET, given)).feeder_minutes

    # Each holds for a minute: the first in the last slice of its minute and all of the next but the
    # last, in which the second is heard.
    of_supply = {"capacity_w": 3_333, "by_supply": True}
    assert minutes == {
        ("f", T + 120_000): a_fact(4.0, -2_500.458, **of_supply),
        ("f", T + 180_000): a_fact(1.666, 2_750.0, capacity_w=3_333),
        **{
            ("f", T + at_ms): a_fact(0.0, 0.0, capacity_w=3_333)
            for at_ms in range(240_000, 481_000, 60_000)
        },
    }


@pytest.mark.parametrize("meter_id", ["a", "f:supply"])
def test_what_is_drawn_is_what_a_later_word_says_but_no_difference(
    judge: Judge, meter_id: str
) -> None:
    """Of a home that reads a second after the minute, or of a supply meter."""
    of = {"meter_id": meter_id, "commodity": "electricity" if meter_id == "a" else "supply"}

    def said(minute: int, demand: float, way_ms: int = 300, **fields: Any) -> Sent:  # noqa: ANN401
        ts = T + minute * MINUTE_MS + 1_000
        return ts + way_ms, reading(ts, seq=minute, demand=demand, **of | fields)

    def drawn(*words: Sent) -> list[float]:
        home = (
            [(T, announcement(feeder="f", cadence_ms=MINUTE_MS, **of))] if meter_id == "a" else []
        )
        log = [said(minute, 800.0) for minute in range(9)]
        given = in_order(supply(1_000, cadence_ms=MINUTE_MS), home, log, words)
        minutes = judge(*given).feeder_minutes
        return [minutes["f", T + MINUTE_MS * minute].demand_w for minute in range(2, 7)]

    # Late and on time, of the latest reading and of one before.
    marked = [
        said(1, 100.0, 20_000, revision=1),
        said(2, 100.0, 600, revision=1),
        said(1, 100.0, 90_000, revision=2),
    ]
    assert drawn(*marked) == [800.0] * 5
    again = [said(3, 900.0, 26_000), said(4, 1_000.0, 600), said(4, 100.0, 90_000)]
    # From the slice that ends at half past on.
    assert drawn(*marked, *again) == [800.0, 800.0, 858.333, 1_000.0, 800.0]


def test_a_feeder_may_have_no_home(judge: Judge) -> None:
    minutes = judge(*supply(3_000), *supplied((1_000, 3_000.0))).feeder_minutes

    nobody = {"members": 0, "area": "", "capacity_w": 3_000}
    assert minutes == {
        ("f", T + 60_000): a_fact(0.0, 3_000.0, by_supply=True, **nobody),
        **{
            ("f", T + at_ms): a_fact(0.0, 0.0, **nobody)
            for at_ms in range(120_000, 361_000, 60_000)
        },
    }


@pytest.mark.parametrize("said", [{"feeder": "g", "cadence_ms": CADENCE_MS}, {"removed": True}])
def test_whoever_leaves_takes_along_what_it_draws(judge: Judge, said: dict[str, Any]) -> None:
    leaves = [(T + 70_000, announcement(meter_id="a", **said))]
    heard = readings(lambda home, at_ms: home != "a" or at_ms < 70_000)
    minutes = judge(*in_order(supply(2_000), announced(), heard, leaves)).feeder_minutes

    three = {"members": 3, "capacity_w": 2_000}
    assert minutes == {
        ("f", T + 60_000): a_fact(4.0, 2_880.0, capacity_w=2_000),
        ("f", T + 120_000): a_fact(3.166, 2_280.0, **three),
        ("f", T + 180_000): a_fact(1.25, 900.0, **three),
        **{
            ("f", T + at_ms): a_fact(0.0, 0.0, **three) for at_ms in range(240_000, 421_000, 60_000)
        },
    }


def test_a_capacity_leaves_with_its_supply_meter(judge: Judge) -> None:
    of_supply = {"meter_id": "f:supply", "commodity": "supply"}
    gone = [(T + 70_000, announcement(removed=True, **of_supply))]
    minutes = judge(*in_order(supply(3_840), STREET, gone)).feeder_minutes

    assert [at_ms for _, at_ms in minutes] == [T + MINUTE_MS * number for number in range(1, 7)]
    assert minutes["f", T + 120_000] == a_fact(4.0, 2_880.0, capacity_w=None)


def test_what_is_no_home_counts_nowhere(judge: Judge) -> None:
    export, gas, elsewhere = {"meter_id": "a:export"}, {"commodity": "gas"}, {"meter_id": "e"}
    others = [
        *((T, announcement(feeder="f", capacity_w=9, **meter)) for meter in (export, gas)),
        *(
            (T + 100, reading(T, demand=9_000.0, voltage_v=90.0, **meter))
            for meter in (export, gas, elsewhere)
        ),
    ]

    with_others = judge(*in_order(supply(3_840), STREET, others)).feeder_minutes
    assert with_others["f", T + 60_000] == a_fact(4.0, 2_880.0)
    assert {feeder for feeder, _ in with_others} == {"f"}


Volts = Callable[[int], float | None]
"""The voltage so long after T."""


def measured(
    home: str, volts: Volts, until_ms: int = 590_000, cadence_ms: int = CADENCE_MS
) -> list[Sent]:
    """A home behind the feeder "f" that reads every five seconds, and what it says."""
    said = announcement(meter_id=home, feeder="f", cadence_ms=cadence_ms)
    sent: list[Sent] = [(T, said)]
    for at_ms in range(0, until_ms, CADENCE_MS):
        said = reading(T + at_ms, meter_id=home, seq=at_ms, voltage_v=volts(at_ms))
        sent.append((T + at_ms + DELAY_MS, said))
    return sent


def by_minute(*volts: float) -> Volts:
    """One voltage after the other, and the usual one after them."""
    return lambda at_ms: [*volts, *[230.0] * 20][at_ms // MINUTE_MS]


@pytest.mark.parametrize(
    ("volts", "low", "lowered", "high", "raised"),
    [
        (206.99, 1, 1, 0, 0),
        (207.0, 0, 1, 0, 0),
        (209.29, 0, 1, 0, 0),
        (209.3, 0, 0, 0, 0),
        (250.7, 0, 0, 0, 0),
        (250.71, 0, 0, 0, 1),
        (253.0, 0, 0, 0, 1),
        (253.01, 0, 0, 1, 1),
    ],
)
def test_how_far_voltages_are_from_what_they_should_be(
    judge: Judge, volts: float, low: float, lowered: float, high: float, raised: float
) -> None:
    homes = in_order(
        measured("a", by_minute(volts)),
        measured("b", by_minute(100.0)),
        measured("c", lambda _: None),
    )
    fact = judge(*homes).feeder_minutes["f", T + 60_000]

    assert (fact.members, fact.homes, fact.voltages) == (3, 3.0, 2.0)
    assert fact[7:11] == (low + 1, lowered + 1, high, raised)
    assert (fact.demand_w, fact.capacity_w) == (3.0, None)


@pytest.mark.parametrize(
    ("volts", "told"),
    [
        ((230, 206.99, 207, 209.29), range(2, 10)),
        # What is nearly outside begins nothing, ...
        ((209, 209, 230, 254), range(4, 10)),
        # ... but goes on with what has not ended.
        ((206, 230, 230, 230, 230, 209), range(1, 12)),
        ((206, 230, 230, 230, 230, 230, 209), range(1, 7)),
        ((206, 230, 230, 230, 230, 206), range(1, 12)),
        ((206, 230, 230, 230, 230, 230, 230, 206), [*range(1, 7), *range(8, 14)]),
    ],
)
def test_of_which_minutes_is_told(
    judge: Judge, volts: tuple[float, ...], told: Iterable[int]
) -> None:
    minutes = judge(*measured("a", by_minute(*volts), 840_000), until=T + 960_000).feeder_minutes

    assert [(at_ms - T) // MINUTE_MS for _, at_ms in minutes] == [*told]


def test_a_sag_of_half_a_minute_counts_for_half_of_the_homes(judge: Judge) -> None:
    def sags(at_ms: int) -> float:
        return 200.0 if 60_000 <= at_ms < 90_000 else 230.0

    minutes = judge(*measured("a", sags)).feeder_minutes

    assert [at_ms for _, at_ms in minutes] == [T + MINUTE_MS * number for number in range(2, 8)]
    assert (minutes["f", T + 120_000].low, minutes["f", T + 180_000].lowered) == (0.5, 0.0)


@pytest.mark.parametrize(("cadence_ms", "told"), [(300_000, True), (300_001, False)])
def test_what_is_read_seldom_says_nothing_of_a_minute(
    judge: Judge, cadence_ms: int, told: bool
) -> None:
    seldom = measured("a", by_minute(100.0), until_ms=1, cadence_ms=cadence_ms)

    assert bool(judge(*seldom).feeder_minutes) == told
