"""Alerts of losses against thefts."""

import json
from collections.abc import Sequence
from typing import Any

import polars as pl
import pytest
from msgspec.structs import replace

from contracts.alerts import Alert, Evidence, alert_id
from contracts.time import DAY_MS
from detection.score.figures import Share
from detection.score.fleet import fleet_of
from detection.score.pieces import Truth, truth_of
from detection.score.score import Row, Score, score

BEGIN_MS = 1_359_676_800_000
DAYS = 49
ON_TIME_MS = 3_000
FEEDERS = {"f": 50, "g": 10, "unmeasured": 10}

Theft = tuple[str, str, float, float, float | None]
"""Kind, home, first and last day, and the share that its meter sees."""


def ms(day: float) -> int:
    return BEGIN_MS + round(day * DAY_MS)


def truth(*thefts: Theft) -> Truth:
    homes = [
        (f"{feeder}-{number}", feeder, "electricity")
        for feeder, count in FEEDERS.items()
        for number in range(count)
    ]
    supplies = [(f"{feeder}:supply", feeder, "supply") for feeder in ("f", "g")]
    registry = pl.DataFrame(
        [*homes, *supplies], ["meter_id", "announced_feeder", "commodity"], orient="row"
    ).with_columns(
        cadence_ms=pl.lit(1_800_000, dtype=pl.Int64),
        phase_ms=pl.lit(0, dtype=pl.Int64),
        is_export=pl.lit(False),
    )
    labels = pl.DataFrame(
        [
            (
                kind,
                home,
                ms(start),
                ms(end),
                json.dumps({} if seen is None else {"share_read": seen}),
            )
            for kind, home, start, end, seen in thefts
        ],
        {
            "kind": pl.String,
            "meter_id": pl.String,
            "start_ms": pl.Int64,
            "end_ms": pl.Int64,
            "parameters": pl.String,
        },
        orient="row",
    )
    return truth_of(labels, fleet_of(registry, BEGIN_MS, ms(DAYS)))


def bypass(home: str, start: float = 23, end: float = DAYS, seen: float = 0.25) -> Theft:
    return ("theft_bypass", home, start, end, seen)


def loss(feeder: str, day: float, homes: Sequence[str] = (), **fields: Any) -> Alert:  # noqa: ANN401
    alert = Alert(
        id=alert_id("feeder_loss", feeder, ms(day)),
        version=2,
        state="updated",
        kind="feeder_loss",
        severity="major",
        subject=feeder,
        area="gcpuv",
        onset_ms=ms(day - 2),
        opened_at_ms=ms(day),
        at_ms=ms(day + 7),
        evidence=Evidence("balance", "is missing", {}),
        rules="1",
        homes=tuple(homes),
        homes_count=len(homes),
    )
    return replace(alert, **fields)


def scored(thefts: Sequence[Theft], *alerts: Alert) -> Score:
    return score(truth(*thefts), alerts, ON_TIME_MS)


def row(found: Score, kind: str = "feeder_loss") -> Row:
    (one,) = (each for each in found.rows if each.kind.strip() == kind)
    return one


def test_a_thief_is_found_by_the_alert_of_his_feeder_and_by_its_suspects() -> None:
    found = scored([bypass("f-1"), bypass("f-2")], loss("f", 25, ["f-1", "f-3"]))

    assert row(found).found == Share(1, 1)
    assert row(found).right == Share(1, 1)
    delay = row(found).delay_s
    assert delay is not None
    assert delay.p50_s == 2 * 86_400 + 3
    assert found.suspects_right == Share(1, 2)
    assert found.thieves_suspected == Share(1, 2)


def test_thefts_are_rows_by_the_share_that_no_meter_sees() -> None:
    # 0.75 of 50 homes; 2 x 0.75 of 10, one of them with a register that stands still.
    found = scored(
        [bypass("f-1"), bypass("g-1"), ("theft_tamper", "g-2", 30, 48, None)], loss("g", 25)
    )

    assert row(found).found == Share(1, 2)
    assert row(found, "from 0% on").found == Share(0, 1)
    assert row(found, "from 10% on").found == Share(1, 1)
    assert row(found, "from 10% on").right == Share(1, 1)
    kinds = [each.kind.strip() for each in found.rows]
    assert kinds[kinds.index("feeder_loss") :] == ["feeder_loss", "from 0% on", "from 10% on"]
    missed = [each.id.split(":")[1] for each in found.missed if each.kind == "feeder_loss"]
    assert missed == ["f"]


def test_an_alert_without_a_theft_is_false() -> None:
    found = scored([bypass("g-1")], loss("f", 25, ["f-9"]), loss("g", 22), loss("nowhere", 25))

    assert row(found).right == Share(0, 3)
    assert row(found).found == Share(0, 1)
    assert found.suspects_right == Share(0, 1)
    assert {each.reason for each in found.false} == {
        "nothing was wrong then",
        "no home of the registry has the feeder nowhere",
    }


@pytest.mark.parametrize(
    ("theft", "why"),
    [
        (bypass("f-1", start=20.9), "it began before 21 days of which to learn"),
        (bypass("f-1", end=29.9), "6.9 days in time, fewer than 7"),
        (bypass("f-1", start=40.85), "6.9 days in time, fewer than 7"),
    ],
)
def test_what_cannot_be_found_need_not_be(theft: Theft, why: str) -> None:
    found = scored([theft])

    assert row(found).found == Share(0, 0)
    assert [each.reason for each in found.not_counted] == [why]


def test_where_nobody_measures_the_supply_there_is_nothing_to_be_told() -> None:
    found = scored([bypass("unmeasured-1")])

    assert "feeder_loss" not in {each.kind for each in found.rows}
    assert (found.missed, found.not_counted) == ((), ())


def test_thefts_one_after_the_other_are_told_one_by_one() -> None:
    found = scored(
        [bypass("f-1", 22, 30), bypass("f-2", 29, 32), bypass("f-3", 40, DAYS)],
        loss("f", 24, closed_at_ms=ms(36), state="closed"),
        loss("f", 42),
    )

    assert row(found).pieces == 2
    assert row(found).right == Share(2, 2)
    assert row(found).duplicates == 0


def test_an_alert_may_open_when_the_last_day_is_told() -> None:
    theft = bypass("f-1", 22, 30)

    assert row(scored([theft], loss("f", 32.2))).right == Share(1, 1)
    assert row(scored([theft], loss("f", 32.3))).right == Share(0, 1)


def test_a_run_without_thefts_has_no_row_of_them() -> None:
    assert [each.kind for each in scored([]).rows] == ["outage", "link_loss", "meter_silent"]
    assert scored([]).thieves_suspected == Share(0, 0)
