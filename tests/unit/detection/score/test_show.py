"""A score in a terminal of 80 columns."""

from dataclasses import replace

from detection.score.figures import Share, Spread
from detection.score.score import Listed
from detection.score.show import tables
from tests.unit.detection.score.handmade import EVERY_5_S, outage, scored
from tests.unit.detection.score.test_score import DARK, LINK, PERFECT, SILENT
from tests.unit.wattstream.test_tables import assert_whole, shown


def test_a_score() -> None:
    lines = shown(tables(scored([DARK, LINK, SILENT], *PERFECT), most=20))

    assert_whole(lines, "outage", " 1 ", "1.000", "0.207 to 1.000")
    assert_whole(lines, "meter_silent", "258.0")
    assert_whole(lines, "cause at the end", " 2 ", "1.000")
    assert_whole(lines, "by the labels", "0.6250")
    assert not any("missed" in line or "cause when opened" in line for line in lines)

    found = replace(
        scored([DARK], *PERFECT),
        causes_told_first=Share(3, 4),
        causes_told_after=Spread(1.5, 20.5, 60.5),
    )
    lines = shown(tables(found, most=20))
    assert_whole(lines, "cause when opened", " 4 ", "0.750")
    assert_whole(lines, "cause for good", "1.5", "20.5", "60.5")


def test_a_score_of_nothing() -> None:
    lines = shown(tables(scored([]), most=20))

    assert_whole(lines, "outage", " 0 ", " - ")


def test_the_largest_numbers_are_not_cut() -> None:
    found = scored([DARK], *PERFECT)
    many, long = Share(123_456, 1_234_567), Spread(12_345.6, 12_345.6, 123_456.7)
    rows = [
        replace(
            row,
            pieces=1_234_567,
            found=many,
            right=many,
            duplicates=123_456,
            delay_s=long,
            onset_error_s=long,
            end_error_s=long,
        )
        for row in found.rows
    ]
    rates = [
        replace(
            rate, false=1_234_567, per_1000_home_days=12_345.67, per_1000_feeder_days=123_456.78
        )
        for rate in found.false_rates
    ]
    large = replace(
        found,
        rows=tuple(rows),
        false_rates=tuple(rates),
        homes=5_000_000,
        home_days=123_456_789.1,
        homes_found=many,
        unscored={"feed_quiet": 1_234_567, "feed_stopped": 1},
    )

    lines = shown(tables(large, most=20))

    assert_whole(lines, "meter_silent", "1,234,567", "123,456", "0.100", "0.099 to 0.101")
    assert_whole(lines, "meter_silent", "1,234,567", "12,345.67", "123,456.78")
    assert_whole(lines, "outages and silent meters", "1,234,567", "12,345.67", "123,456.78")
    assert_whole(lines, "5,000,000 homes were watched for 123,456,789.1 home-days")
    assert_whole(lines, "not scored: 1,234,567 feed_quiet, 1 feed_stopped")
    assert_whole(lines, "meter_silent", "12,345.6", "123,456.7")


def test_lists_say_why_and_end_somewhere() -> None:
    found = scored([DARK, LINK], outage("f", 300, 400, "power", EVERY_5_S))
    wrong = Listed("outage", f"outage:{'t' * 64}:1387814400000", 1_387_814_400_000, "why")

    lines = shown(tables(replace(found, false=(wrong,) * 25), most=20))

    assert_whole(lines, "2 missed")
    assert_whole(lines, "no alert")
    assert_whole(lines, "25 false")
    assert sum("12-23 16:00:00" in line for line in lines) == 20
    assert_whole(lines, "and 5 more: --all shows them")

    lines = shown(tables(replace(found, false=(wrong,) * 25), most=None))
    assert sum("12-23 16:00:00" in line for line in lines) == 25
