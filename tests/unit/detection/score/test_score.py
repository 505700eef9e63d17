"""What alerts are worth: runs made by hand, with figures worked out by hand."""

import dataclasses
import random

import msgspec
import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.alerts import Alert, Cause, Evidence
from detection.score.figures import Share, Spread
from detection.score.pieces import truth_of
from detection.score.score import last_versions, score
from detection.score.show import content
from detection.score.verdicts import Claim, judge
from tests.unit.detection.score.handmade import (
    EVERY_5_S,
    EVERY_MINUTE,
    FLEET,
    ON_TIME_MS,
    Label,
    false,
    labels,
    ms,
    of,
    outage,
    reasons,
    scored,
    silent,
    truth,
)

DARK: Label = ("feeder_outage", EVERY_5_S, 600, 900)
LINK: Label = ("link_loss", EVERY_MINUTE, 3_000, 3_600)
STAYED_AWAY = Evidence("not_restored", "others are back", {})
SILENT: Label = ("meter_silent", ["slow-0"], 1_020, 1_440)

PERFECT = (
    outage("f", 610, 960, "power", EVERY_5_S, onset_ms=ms(598), restored_at_ms=ms(904)),
    outage("s", 3_130, 3_700, "communication", EVERY_MINUTE, onset_ms=ms(2_999.5)),
    silent("slow-0", 1_275, 1_505, onset_ms=ms(1_020)),
)


def test_perfect_alerts() -> None:
    found = scored([DARK, LINK, SILENT], *PERFECT)

    for row in found.rows:
        assert (row.pieces, row.found, row.right) == (1, Share(1, 1), Share(1, 1))
        assert (row.duplicates, false(found, row.kind).per_1000_home_days) == (0, 0.0)
    assert found.homes_found == found.homes_right == Share(16, 16)
    assert found.causes_told == Share(2, 2)
    assert not found.missed
    assert not found.false
    assert not found.not_counted
    # The fact of 610 s is told when the watermark is there: 3 s later.
    assert of(found, "outage").delay_s == Spread(13.0, 13.0, 13.0)
    assert of(found, "outage").onset_error_s == Spread(2.0, 2.0, 2.0)
    assert of(found, "outage").end_error_s == Spread(4.0, 4.0, 4.0)
    assert of(found, "link_loss").delay_s == Spread(133.0, 133.0, 133.0)
    assert of(found, "link_loss").onset_error_s == Spread(0.5, 0.5, 0.5)
    assert of(found, "link_loss").end_error_s is None
    assert of(found, "meter_silent").delay_s == Spread(258.0, 258.0, 258.0)


def test_no_alerts() -> None:
    found = scored([DARK, LINK, SILENT])

    for row in found.rows:
        assert (row.found, row.right) == (Share(0, 1), Share(0, 0))
        assert (row.found.value, row.right.value, row.delay_s) == (0.0, None, None)
    assert [each.reason for each in found.missed] == ["no alert"] * 3
    assert {each.id for each in found.missed} == {
        f"outage:f:{ms(600)}-{ms(900)}",
        f"link_loss:s:{ms(3_000)}-{ms(3_600)}",
        f"meter_silent:slow-0:{ms(1_020)}-{ms(1_440)}",
    }


def test_a_quiet_run() -> None:
    found = scored([])

    assert all(row.found == row.right == Share(0, 0) for row in found.rows)
    assert found.homes == 16
    assert found.home_days == pytest.approx(16 / 12)


def test_false_alerts_are_counted_by_the_days_of_homes_and_explained() -> None:
    clock: Label = ("clock_error", ["fast-1", "fast-2"], 0, 7_200)
    alerts = [outage("f", 100, 200), silent("slow-3", 300, 400), outage("elsewhere", 100, 200)]

    found = scored([clock], *alerts)

    # 16 homes for 2 h are 4/3 home-days.
    assert false(found, "outage").per_1000_home_days == pytest.approx(1_500)
    assert false(found, "meter_silent").per_1000_home_days == pytest.approx(750)
    assert [reasons(found)[alert.id] for alert in alerts] == [
        "nothing of the kind; then there was clock_error of 2",
        "nothing was wrong then",
        "no home of the registry has the feeder elsewhere",
    ]


def test_a_second_alert_of_the_same_piece_is_false() -> None:
    first, second = outage("f", 610, 700), outage("f", 720, 960)

    found = scored([DARK], second, first)

    row = of(found, "outage")
    assert (row.found, row.right, row.duplicates) == (Share(1, 1), Share(1, 2), 1)
    assert row.delay_s == Spread(13.0, 13.0, 13.0)
    assert reasons(found) == {second.id: f"{first.id} told it before"}


def test_homes_that_stay_away_are_told_with_their_feeder() -> None:
    later: Label = ("feeder_outage", EVERY_5_S[:5], 600, 1_200)
    nested = [("feeder_outage", EVERY_5_S[5:], 600, 900), later]
    alert = outage("f", 610, 960, "power", EVERY_5_S)
    single = silent("fast-0", 965, 1_210, evidence=STAYED_AWAY)
    again = silent("fast-0", 1_215, 1_220, evidence=STAYED_AWAY)

    found = scored(nested, alert, single, again)

    assert of(found, "outage").pieces == 2
    assert of(found, "outage").found == Share(2, 2)
    assert of(found, "outage").right == Share(1, 1)
    assert found.homes_found == found.homes_right == Share(10, 10)
    assert reasons(found) == {again.id: f"{single.id} told it before"}


def test_an_outage_that_begins_within_another_is_told_with_it() -> None:
    inner: Label = ("area_outage", EVERY_5_S[:6], 700, 1_000)

    found = scored([DARK, inner], outage("f", 610, 1_060, "power", EVERY_5_S))

    row = of(found, "outage")
    assert (row.found, row.right) == (Share(2, 2), Share(1, 1))
    # The alert was there before the inner one: it says nothing of how soon that would be told.
    assert row.delay_s == Spread(13.0, 13.0, 13.0)


def test_the_next_outage_is_told_by_an_alert_of_its_own_if_there_is_one() -> None:
    two: list[Label] = [
        ("feeder_outage", EVERY_5_S, 600, 640),
        ("feeder_outage", EVERY_5_S, 660, 700),
    ]
    first, second = outage("f", 610, 665), outage("f", 675, 760)

    both = of(scored(two, first, second), "outage")
    one = of(scored(two, first), "outage")

    assert (both.found, both.right) == (Share(2, 2), Share(2, 2))
    # 13 and 18 s.
    assert both.delay_s is not None
    assert (both.delay_s.p50_s, both.delay_s.max_s) == (15.5, 18.0)
    assert both.delay_s.p99_s == pytest.approx(17.95)
    # It was still open when the second began.
    assert (one.found, one.right) == (Share(2, 2), Share(1, 1))


POWER: Label = ("area_outage", EVERY_5_S, 600, 900)
NO_LINK: Label = ("link_loss", EVERY_5_S, 600, 900)
NO_LINK_THEN: Label = ("link_loss", EVERY_5_S, 700, 1_000)


@pytest.mark.parametrize(
    ("told", "cause", "right", "cause_told"),
    [
        ([POWER], "power", True, Share(1, 1)),
        ([POWER], "unknown", True, Share(0, 1)),
        ([POWER], "communication", False, Share(0, 1)),
        ([POWER], "mixed", False, Share(0, 1)),
        ([NO_LINK], "communication", True, Share(1, 1)),
        ([NO_LINK], "power", False, Share(0, 1)),
        ([NO_LINK], "unknown", False, Share(0, 1)),
        ([NO_LINK], "mixed", False, Share(0, 1)),
        ([POWER, NO_LINK_THEN], "mixed", True, Share(0, 0)),
        ([POWER, NO_LINK_THEN], "power", True, Share(0, 0)),
    ],
)
def test_the_cause_at_the_end_must_be_right(
    told: list[Label], cause: Cause, right: bool, cause_told: Share
) -> None:
    alert = outage("f", 610, 960, cause, EVERY_5_S)

    found = scored(told, alert)

    assert sum(row.right.part for row in found.rows) == right
    assert sum(row.right.whole for row in found.rows) == 1
    assert sum(row.found.part for row in found.rows) == (len(told) if right else 0)
    assert found.causes_told == cause_told
    if not right:
        assert reasons(found)[alert.id].endswith(f", told as {cause}")
        assert alert.id in found.missed[0].reason


@pytest.mark.parametrize(
    ("label", "first", "supplied", "told"),
    [
        (POWER, "power", {"f"}, Share(1, 1)),
        (POWER, "unknown", {"f"}, Share(0, 1)),
        (POWER, "communication", {"f"}, Share(0, 1)),
        (NO_LINK, "communication", {"f"}, Share(1, 1)),
        (POWER, "power", {"s"}, Share(0, 0)),
        (POWER, None, {"f"}, Share(0, 0)),
    ],
)
def test_the_cause_at_first_counts_where_the_supply_is_measured(
    label: Label, first: Cause | None, supplied: set[str], told: Share
) -> None:
    last = outage("f", 610, 960, "power" if label == POWER else "communication", EVERY_5_S)
    opened = msgspec.structs.replace(last, version=1, state="opened", cause=first or "unknown")
    versions = [last] if first is None else [last, opened]
    fleet = dataclasses.replace(FLEET, supplied=frozenset(supplied))

    found = score(truth_of(labels([label]), fleet), versions, ON_TIME_MS)

    assert found.causes_told_first == told
    assert found.causes_told == Share(1, 1)


@pytest.mark.parametrize(
    ("causes", "after_s"),
    [
        (["power"], 0.0),
        (["unknown", "power", "power"], 10.0),
        (["power", "communication", "power"], 20.0),
        (["power", "mixed"], None),
    ],
)
def test_how_long_after_the_opening_the_cause_is_told_for_good(
    causes: list[Cause], after_s: float | None
) -> None:
    last = outage("f", 610, 960, causes[-1], EVERY_5_S)
    versions = [
        msgspec.structs.replace(
            last, version=number, cause=cause, at_ms=last.opened_at_ms + (number - 1) * 10_000
        )
        for number, cause in enumerate(causes, 1)
    ]
    fleet = dataclasses.replace(FLEET, supplied=frozenset({"f"}))

    found = score(truth_of(labels([POWER]), fleet), reversed(versions), ON_TIME_MS)

    told = found.causes_told_after
    assert (None if told is None else told.max_s) == after_s


def test_an_alert_of_a_lost_link_that_is_open_without_a_cause_is_not_decided() -> None:
    alert = outage("f", 610, None, "unknown", EVERY_5_S)

    found = scored([NO_LINK], alert)

    assert all(row.found == row.right == Share(0, 0) for row in found.rows)
    assert [each.id for each in found.not_counted] == [alert.id, f"link_loss:f:{ms(600)}-{ms(900)}"]


@pytest.mark.parametrize(
    ("opened_s", "right"),
    [(600, False), (600.001, True), (900 + 5 + 30, True), (900 + 5 + 30.001, False)],
)
def test_how_early_and_how_late_an_alert_may_open(opened_s: float, right: bool) -> None:
    of_feeder = scored([DARK], outage("f", opened_s, 1_000))
    of_meter = scored([("meter_silent", ["fast-0"], 600, 900)], silent("fast-0", opened_s, 1_000))

    for found, kind in ((of_feeder, "outage"), (of_meter, "meter_silent")):
        row = of(found, kind)
        assert (row.found, row.right) == (Share(right, 1), Share(right, 1))


def test_an_alert_that_was_closed_before_does_not_find_what_comes_after() -> None:
    earlier: Label = ("feeder_outage", EVERY_5_S, 300, 400)
    found = scored([earlier, DARK], outage("f", 310, 599.999))
    assert of(found, "outage").found == Share(1, 2)

    found = scored([earlier, DARK], outage("f", 310, 600))
    assert of(found, "outage").found == Share(2, 2)


def test_homes_are_right_and_found_one_by_one() -> None:
    told: list[Label] = [("feeder_outage", EVERY_5_S[:8], 600, 900)]

    found = scored(told, outage("f", 610, 960, "power", EVERY_5_S[2:]))

    # It lists 8, of which 6 are among the 8 that were dark.
    assert (found.homes_found, found.homes_right) == (Share(6, 8), Share(6, 8))

    cut_off = outage("f", 610, 960, "power", EVERY_5_S[2:], homes_count=9)
    found = scored(told, cut_off)
    assert (found.homes_found, found.homes_right) == (Share(0, 0), Share(0, 0))


def test_an_outage_told_meter_by_meter_is_false() -> None:
    alerts = [silent(meter, 640, 910) for meter in EVERY_5_S]

    found = scored([DARK], *alerts)

    assert of(found, "meter_silent").right == Share(0, 10)
    assert of(found, "outage").found == Share(0, 1)
    assert set(reasons(found).values()) == {
        "nothing of the kind; then there was feeder_outage of 1"
    }


def test_a_single_meter_is_right_about_its_own_and_what_is_too_small_for_its_feeder() -> None:
    told: list[Label] = [
        ("meter_exchange", ["fast-9"], 600, 900),
        ("feeder_outage", EVERY_5_S[:4], 600, 900),
    ]
    alerts = [silent("fast-9", 640, 910), silent("fast-0", 640, 910)]
    again = silent("fast-9", 920, 930)

    found = scored(told, *alerts, again)

    row = of(found, "meter_silent")
    assert (row.pieces, row.right, row.duplicates) == (0, Share(2, 3), 1)
    assert [each.reason for each in found.not_counted] == [
        "4 of 4 homes had 2 readings due in time, fewer than 5"
    ]


def test_a_silence_within_an_outage_is_told_by_the_list_of_the_outage() -> None:
    told: list[Label] = [DARK, ("meter_silent", ["fast-0"], 650, 1_000)]

    by_list = of(scored(told, outage("f", 610, 960, "power", EVERY_5_S)), "meter_silent")
    not_listed = of(scored(told, outage("f", 610, 960, "power", EVERY_5_S[1:])), "meter_silent")

    assert (by_list.found, by_list.right, by_list.delay_s) == (Share(1, 1), Share(0, 0), None)
    assert not_listed.found == Share(0, 1)

    wrong = outage("f", 610, 960, "communication", EVERY_5_S)
    assert of(scored(told, wrong), "meter_silent").found == Share(0, 1)


def test_claims_are_judged_in_the_order_of_time() -> None:
    piece = truth(DARK).pieces("outage")[0]
    first, second = outage("f", 610, 700), outage("f", 720, 960)

    outcome = judge([Claim(second, (piece,)), Claim(first, (piece,))])

    assert [each.alert for each in outcome.judged] == [first, second]
    assert outcome.finders[piece.id].alert == first


def test_outages_of_a_home_that_touch_are_one_interruption() -> None:
    told: list[Label] = [
        ("feeder_outage", EVERY_5_S, 600, 800),
        ("area_outage", EVERY_5_S, 800, 1_000),
    ]

    found = scored(told).by_labels

    assert (found.saifi, found.maifi) == (10 / 16, 0)
    assert found.saidi_minutes == pytest.approx(10 * 400 / 60 / 16)


def test_alerts_from_outside_the_run_are_left_out() -> None:
    found = scored([], outage("f", -1, 10), outage("f", 7_200.001, None), outage("f", 7_200, None))

    assert found.outside == 2
    assert of(found, "outage").right == Share(0, 1)


def test_the_last_version_of_an_alert_counts() -> None:
    last = outage("f", 610, 960, "power", EVERY_5_S)
    first = msgspec.structs.replace(last, version=1, cause="communication", closed_at_ms=None)

    assert last_versions([last, first]) == last_versions([first, last, first]) == [last]
    assert of(scored([DARK], last, first), "outage").right == Share(1, 1)


def test_the_indices_by_labels_and_by_alerts() -> None:
    told: list[Label] = [
        DARK,
        ("area_outage", EVERY_5_S[:2], 700, 1_200),
        ("feeder_outage", EVERY_MINUTE, 2_000, 2_301),
        LINK,
    ]
    alerts = [
        outage("f", 610, 960, "power", EVERY_5_S, momentary=True, customer_minutes=50.0),
        outage("s", 2_130, 2_400, "power", EVERY_MINUTE, customer_minutes=30.0),
        outage("s", 3_130, 3_700, "communication", EVERY_MINUTE, customer_minutes=60.0),
        outage("f", 4_000, None, "power", EVERY_5_S),
    ]

    found = scored(told, *alerts)

    # 8 homes for exactly 5 minutes; 2 from 600 to 1,200 s; 6 for 301 s: of 16 homes.
    assert found.by_labels.maifi == 8 / 16
    assert found.by_labels.saifi == 8 / 16
    assert found.by_labels.saidi_minutes == pytest.approx((2 * 600 + 6 * 301) / 60 / 16)
    assert found.by_alerts.maifi == 10 / 16
    assert found.by_alerts.saifi == 6 / 16
    assert found.by_alerts.saidi_minutes == 30.0 / 16


TIMES = st.integers(0, 40).map(lambda tens: 60.0 * tens)
SPANS = st.tuples(TIMES, st.integers(1, 600))
LABELS = st.lists(
    st.builds(
        lambda kind, feeder, homes, span: (kind, feeder[:homes], span[0], span[0] + span[1]),
        st.sampled_from(
            ["feeder_outage", "area_outage", "link_loss", "meter_silent", "meter_exchange"]
        ),
        st.sampled_from([EVERY_5_S, EVERY_MINUTE]),
        st.integers(1, 10),
        SPANS,
    ),
    max_size=6,
)


def _alert(kind: str, subject: str, span: tuple[float, int], cause: Cause, open_: bool) -> Alert:
    opened_s, lasts_s = span
    closed_s = None if open_ else opened_s + lasts_s
    if kind == "outage":
        homes = EVERY_5_S if subject == "fast-0" else EVERY_MINUTE
        return outage(homes[0][0], opened_s, closed_s, cause, homes)
    return silent(subject, opened_s, closed_s)


ALERTS = st.lists(
    st.builds(
        _alert,
        st.sampled_from(["outage", "meter_silent"]),
        st.sampled_from(["fast-0", "slow-0"]),
        SPANS,
        st.sampled_from(["unknown", "power", "communication", "mixed"]),
        st.booleans(),
    ),
    max_size=8,
    unique_by=lambda alert: alert.id,
)


@given(LABELS, ALERTS, st.randoms(use_true_random=False))
def test_the_order_of_labels_and_alerts_does_not_matter(
    told: list[Label], alerts: list[Alert], shuffled: random.Random
) -> None:
    found = content(scored(told, *alerts))

    mixed = labels(told).sample(fraction=1, shuffle=True, seed=shuffled.randint(0, 2**32))
    more = [*alerts, *(msgspec.structs.replace(alert, version=2) for alert in alerts)]
    shuffled.shuffle(more)
    assert content(score(truth_of(mixed, FLEET), more, ON_TIME_MS)) == found


@given(LABELS, ALERTS)
def test_every_piece_and_every_alert_is_in_one_place(
    told: list[Label], alerts: list[Alert]
) -> None:
    found = scored(told, *alerts)

    assert sum(row.found.whole - row.found.part for row in found.rows) == len(found.missed)
    assert sum(row.right.whole - row.right.part for row in found.rows) == len(found.false)
    decided = sum(row.right.whole for row in found.rows)
    counted = sum(row.found.whole for row in found.rows)
    pieces = sum(row.pieces for row in found.rows)
    assert decided + counted + len(found.not_counted) + found.outside == len(alerts) + pieces
    for row in found.rows:
        assert row.right.part <= row.right.whole
        assert row.delay_s is None or row.delay_s.p50_s > ON_TIME_MS / 1_000


@given(LABELS)
def test_whoever_tells_every_piece_finds_all(told: list[Label]) -> None:
    wrong = truth(*told)
    pieces = [*wrong.pieces("outage"), *wrong.pieces("link_loss")]
    alerts = [
        outage(
            piece.subject,
            (piece.end_ms - ms(0)) / 1_000,
            (piece.end_ms - ms(0)) / 1_000 + 1,
            "power" if piece.kind == "outage" else "communication",
            sorted(piece.homes),
        )
        for piece in pieces
    ]
    found = score(wrong, alerts, ON_TIME_MS)

    assert all(of(found, kind).found.value in (None, 1.0) for kind in ("outage", "link_loss"))


def test_a_score_is_plain_json() -> None:
    told = orjson.loads(orjson.dumps(content(scored([DARK, LINK, SILENT], *PERFECT))))

    (row,) = (row for row in told["rows"] if row["kind"] == "outage")
    bounds = [pytest.approx(0.2065, abs=1e-4), 1.0]
    assert row["found"] == {"part": 1, "whole": 1, "value": 1.0, "bounds": bounds}
    assert row["delay_s"] == {"p50_s": 13.0, "p99_s": 13.0, "max_s": 13.0}
    assert told["by_labels"]["maifi"] == 10 / 16
