"""Counting what is lost and what is doubled."""

from dataclasses import replace

import polars as pl

from verification.comparison.balance import balance
from verification.oracle.expected import Counts, Expected
from verification.rows import Minute, Reject
from verification.stores.read_back import Found

RECORDS = {"kafka_partition": pl.Int32, "kafka_offset": pl.Int64}


def minute(readings: int) -> Minute:
    """A row that differs in its count only."""
    registers = (0.0, 0.0, 0.0, 0.0)
    demands = (readings, 0.0, 0.0, 0.0)
    return Minute("gcpuy", readings, readings, 0, 0, 0, 0, *registers, *demands, None, 0)


def archive(*offsets: int) -> pl.DataFrame:
    """Records of partition 0."""
    return pl.DataFrame([(0, offset) for offset in offsets], RECORDS, orient="row")


REJECT = Reject("empty", "readings", 0, None)
EXPECTED = Expected(
    counts=Counts(4, 0, 0, 3, 0, 0, 0, {}, 0, 0),
    minutes={("meter", "gas", 0, 0): minute(2), ("meter", "gas", 60_000, 0): minute(1)},
    periods={},
    area_minutes={},
    live={},
    live_groups={},
    largest={},
    facts={},
    feeder_minutes={},
    meter_hours={},
    judged_hours={},
    feeder_days={},
    alerts={},
    undecided=frozenset(),
    rejects={(0, 3): REJECT},
    archive=archive(0, 1, 2),
    merged={},
    merged_periods={},
    last_slice_end_ms=0,
    unsettled=frozenset(),
)
FOUND = Found(
    minutes_by_meter={(0, 0, *key): row for key, row in EXPECTED.minutes.items()},
    minutes_by_area={},
    periods_by_meter={},
    area_minutes={},
    live={},
    live_groups={},
    largest={},
    facts=[],
    feeder_minutes=[],
    meter_hours=[],
    judged_hours=[],
    feeder_days=[],
    alerts=[],
    rejects=[((0, 3), REJECT)],
    archive=archive(0, 1, 2),
)


def test_what_is_as_it_must_be_is_neither_lost_nor_doubled() -> None:
    counted = balance(EXPECTED, FOUND)

    assert (counted.lost, counted.doubled, counted.rejects_repeated) == (0, 0, 0)


def test_readings_that_a_store_lacks_are_lost() -> None:
    found = replace(
        FOUND,
        minutes_by_meter={(0, 0, "meter", "gas", 0, 0): minute(1)},
        rejects=[],
        archive=archive(1),
    )

    counted = balance(EXPECTED, found)

    assert counted.lost == (1 + 1) + 1 + 2
    assert counted.doubled == 0


def test_readings_that_a_store_has_more_often_are_doubled() -> None:
    found = replace(
        FOUND,
        minutes_by_meter=FOUND.minutes_by_meter | {(0, 0, "meter", "gas", 60_000, 0): minute(5)},
        archive=archive(0, 1, 1, 1, 2),
    )

    counted = balance(EXPECTED, found)

    assert counted.lost == 0
    assert counted.doubled == 4 + 2


def test_a_reject_that_is_there_twice_is_told_apart() -> None:
    counted = balance(EXPECTED, replace(FOUND, rejects=2 * FOUND.rejects))

    assert (counted.lost, counted.doubled, counted.rejects_repeated) == (0, 0, 1)
