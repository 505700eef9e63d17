"""Alerts of repeated outages against the times that a feeder was out."""

from collections.abc import Iterable

import pytest

from contracts.alerts import Alert, alert_id
from detection.score.figures import Share
from detection.score.fleet import fleet_of
from detection.score.pieces import truth_of
from detection.score.repeats import repeated_pieces
from detection.score.score import Score, score
from tests.unit.detection.score.handmade import (
    EVERY_5_S,
    EVERY_MINUTE,
    ON_TIME_MS,
    Label,
    labels,
    ms,
    of,
    outage,
    reasons,
    registry,
    scored,
)

KIND = "repeated_outage"


def shorts(
    *starts_s: float, lasts_s: float = 60, homes: Iterable[str] = EVERY_5_S, kind: str = "link_loss"
) -> list[Label]:
    return [(kind, list(homes), start_s, start_s + lasts_s) for start_s in starts_s]


def repeated(feeder: str, opened_s: float) -> Alert:
    """As the rule says it: opened and closed at once."""
    alert = outage(feeder, opened_s, opened_s)
    fields = {name: getattr(alert, name) for name in alert.__struct_fields__}
    return Alert(**fields | {"kind": KIND, "id": alert_id("repeated_outage", feeder, ms(opened_s))})


def kinds(found: Score) -> set[str]:
    return {row.kind for row in found.rows}


def test_the_third_short_time_is_one_and_the_sixth_the_next() -> None:
    times = [600.0 * n for n in range(1, 8)]

    found = scored(shorts(*times), repeated("f", 1_870), repeated("f", 3_670))

    row = of(found, KIND)
    assert (row.pieces, row.found, row.right) == (2, Share(2, 2), Share(2, 2))
    # From the beginning of the third time, and 3 s later than the fact.
    assert row.delay_s is not None
    assert row.delay_s.p50_s == 73.0


def test_without_a_power_and_without_a_link_are_told_alike() -> None:
    told = [*shorts(600, 1_200), *shorts(1_800, kind="feeder_outage")]

    assert of(scored(told, repeated("f", 1_870)), KIND).right == Share(1, 1)


def test_what_is_not_told_is_missed() -> None:
    found = scored(shorts(600, 1_200, 1_800))

    assert of(found, KIND).found == Share(0, 1)
    missed = [each for each in found.missed if each.kind == KIND]
    assert [(each.id, each.reason) for each in missed] == [
        (f"{KIND}:f:{ms(1_800)}-{ms(1_860)}", "no alert")
    ]


@pytest.mark.parametrize(
    ("told", "why"),
    [
        (shorts(600, 1_200), "2 short times within a day before it"),
        (shorts(600, 1_200, 1_800, lasts_s=301), "0 short times within a day before it"),
        (shorts(600, 1_200, 2_400), "2 short times within a day before it"),
        ([], "0 short times within a day before it"),
    ],
)
def test_fewer_or_longer_times_or_a_later_one_make_an_alert_false(
    told: list[Label], why: str
) -> None:
    found = scored(told, repeated("f", 1_870))

    assert of(found, KIND).right == Share(0, 1)
    assert reasons(found)[repeated("f", 1_870).id] == why


def test_a_second_alert_of_the_same_times_is_false() -> None:
    found = scored(shorts(600, 1_200, 1_800), repeated("f", 1_870), repeated("f", 1_880))

    assert (of(found, KIND).right, of(found, KIND).duplicates) == (Share(1, 2), 1)


@pytest.mark.parametrize(
    ("told", "why"),
    [
        # Six homes that read each minute are not silent for long enough.
        (shorts(600, 1_200, 1_800, homes=EVERY_MINUTE, lasts_s=200), "200 s, and 250 s at this"),
        (shorts(600, 1_200, 1_800, lasts_s=298), "with a cadence it may look longer than 5 min"),
        (shorts(600, 1_200, 1_800, homes=EVERY_5_S[:4]), "4 of 4 homes had 2 readings due"),
        (
            [*shorts(600, 1_200, 1_800), *shorts(610, homes=EVERY_5_S[:5])],
            "others of the feeder were out then, too",
        ),
    ],
)
def test_times_that_may_not_be_seen_need_not_be_told_and_may_be(
    told: list[Label], why: str
) -> None:
    feeder = "s" if told[0][1][0] in EVERY_MINUTE else "f"

    found = scored(told)
    assert of(found, KIND).found == Share(0, 0)
    (left,) = (each.reason for each in found.not_counted if each.kind == KIND)
    assert left.startswith(why)
    assert of(scored(told, repeated(feeder, told[2][3] + 30)), KIND).right == Share(1, 1)


def test_where_one_time_may_not_count_a_later_third_cannot_be_decided() -> None:
    told = [*shorts(600, lasts_s=298), *shorts(1_200, 1_800, 2_400)]

    found = scored(told, repeated("f", 2_470))

    assert of(found, KIND).right == Share(0, 0)
    undecided = {each.id: each.reason for each in found.not_counted}
    assert undecided[repeated("f", 2_470).id].startswith("of 4 times one may not count: with a")


@pytest.mark.parametrize(("third_s", "pieces"), [(86_400 + 600, 1), (86_400 + 601, 0)])
def test_times_of_the_day_before_do_not_count(third_s: float, pieces: int) -> None:
    fleet = fleet_of(registry(), ms(0), ms(200_000))
    wrong = truth_of(labels(shorts(600, 1_200, third_s)), fleet)

    assert len(repeated_pieces(wrong)) == pieces
    found = score(wrong, [repeated("f", third_s + 61)], ON_TIME_MS)
    assert of(found, KIND).right == Share(pieces, 1)


def test_a_run_without_any_has_no_row_of_them() -> None:
    assert KIND not in kinds(scored([]))
    assert KIND not in kinds(scored(shorts(600, 1_200)))
