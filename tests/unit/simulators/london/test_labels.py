"""What files of homes show, by hand and by walking from half-hour to half-hour."""

import random
from pathlib import Path

import polars as pl
import pytest

from contracts.labels import SCHEMA, SHOWN
from simulators.london.labels import NO_USE_MS, london_labels, spans_of
from simulators.london.lcl import HALF_HOUR_MS
from tests.support.chance import seeds
from tests.unit.simulators.london.homes import NEW_YEAR_MS, readings_of

Span = tuple[str, int, int]
"""Meter, and the half-hours of the year after which it begins and up to which it lasts."""


def spans(frame: pl.DataFrame) -> list[Span]:
    return [
        (meter_id, *((ms - NEW_YEAR_MS) // HALF_HOUR_MS for ms in times))
        for meter_id, *times in frame.select("meter_id", "start_ms", "end_ms").iter_rows()
    ]


def test_a_home_that_stops_one_with_gaps_and_one_that_uses_nothing(tmp_path: Path) -> None:
    readings = readings_of(
        tmp_path,
        {
            "stops": [1.0] * 30,
            "lacks": [None, 1.0, None, 1.0, None, None, None, *[1.0] * 43],
            "away": [1.0] * 3 + [0.0] * 12 + [1.0] * 3 + [0.0] * 11 + [1.0] * 21,
            "whole": [0.5] * 50,
        },
    )

    found = spans_of(readings)

    assert spans(found.stops) == [("stops", 30, 50)]
    assert spans(found.gaps) == [("lacks", 2, 3), ("lacks", 4, 7)]
    assert spans(found.no_use) == [("away", 3, 15)]


def test_what_is_missing_is_no_time_without_use(tmp_path: Path) -> None:
    readings = readings_of(tmp_path, {"a": [0.0] * 8 + [None] + [0.0] * 8 + [1.0], "b": [0.0] * 18})

    assert spans(spans_of(readings).no_use) == [("b", 0, 18)]


@pytest.mark.parametrize("seed", seeds(20))
def test_walking_finds_the_same(tmp_path: Path, seed: int) -> None:
    draw = random.Random(seed)
    homes: dict[str, list[float | None]] = {}
    for name in "abcdef":
        values: list[float | None] = []
        while len(values) < 200:
            values += [draw.choice((None, 0.0, 0.0, 0.4))] * draw.choice((1, 2, 13, 30))
        homes[name] = values[: draw.randint(150, 200)]
    homes["g"] = [0.1] * 200

    found = spans_of(readings_of(tmp_path, homes))

    stops, gaps, no_use = walked(homes)
    assert spans(found.stops) == stops
    assert spans(found.gaps) == gaps
    assert spans(found.no_use) == no_use


def walked(homes: dict[str, list[float | None]]) -> tuple[list[Span], list[Span], list[Span]]:
    """Stops, gaps and times without use, half-hour by half-hour."""
    last = max(n + 1 for each in homes.values() for n, kwh in enumerate(each) if kwh is not None)
    stops: list[Span] = []
    gaps: list[Span] = []
    no_use: list[Span] = []
    for home, values in sorted(homes.items()):
        heard = None
        idle = 0
        for number, kwh in enumerate([*values, None], 1):
            if kwh != 0 and idle * HALF_HOUR_MS >= NO_USE_MS:
                no_use.append((home, number - 1 - idle, number - 1))
            idle = idle + 1 if kwh == 0 else 0
            if kwh is None:
                continue
            if heard is not None and number > heard + 1:
                gaps.append((home, heard, number - 1))
            heard = number
        if heard is not None and heard < last:
            stops.append((home, heard, last))
    return stops, gaps, no_use


def test_labels_are_of_the_homes_and_the_time_of_a_replay(tmp_path: Path) -> None:
    day = 48
    readings = readings_of(
        tmp_path,
        {
            "early": [1.0] * 10,
            "stops": [1.0] * (day + 10),
            "lacks": [1.0, None, *[1.0] * day, None, None, *[1.0] * 172],
            "away": [1.0] * 60 + [0.0] * 20 + [1.0] * (3 * day),
        },
    )
    second_day = readings.filter(pl.col("ts") > NEW_YEAR_MS + day * HALF_HOUR_MS)

    table = london_labels(spans_of(readings), second_day)

    assert table.schema == SCHEMA
    told = [(row["kind"], row["meter_id"], row["parameters"]) for row in table.to_pylist()]
    assert told == [
        ("meter_silent", "stops", '{"half_hours":166}'),
        ("gap", "lacks", '{"half_hours":2}'),
        ("no_use", "away", '{"half_hours":20}'),
    ]
    assert {kind for kind, *_ in told} == {"meter_silent", *SHOWN}
