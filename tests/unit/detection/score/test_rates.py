"""False alerts for the time that somebody was watched."""

import polars as pl
import pytest
from msgspec.structs import replace

from contracts.alerts import alert_id
from contracts.time import DAY_MS
from detection.score.fleet import fleet_of
from detection.score.rates import ALL, SILENT, FalseRate, false_rates
from tests.unit.detection.score.handmade import END_S, ms, outage, registry, scored

SUPPLY = {"meter_id": "f:supply", "announced_feeder": "f", "commodity": "supply"}
FLEET = fleet_of(
    pl.concat(
        [
            registry(),
            pl.DataFrame(SUPPLY).with_columns(
                cadence_ms=pl.lit(60_000, dtype=pl.Int64), is_export=pl.lit(False)
            ),
        ],
        how="diagonal",
    ),
    ms(0),
    ms(0) + 10 * DAY_MS,
)
"""16 homes behind two feeders, one of them with a supply meter, for ten days."""


def test_kinds_are_told_for_homes_and_those_of_feeders_for_feeders() -> None:
    told = [("outage", 8), ("link_loss", 0), ("meter_silent", 16), ("overload", 1)]

    assert false_rates([*told, ("feeder_loss", 1)], FLEET) == [
        FalseRate("outage", 8, 50.0, None),
        FalseRate("link_loss", 0, 0.0, None),
        FalseRate("meter_silent", 16, 100.0, None),
        FalseRate("overload", 1, 6.25, 50.0),
        FalseRate("feeder_loss", 1, 6.25, 100.0),
        FalseRate(SILENT, 24, 150.0, None),
        FalseRate(ALL, 26, 162.5, None),
    ]


def test_where_no_supply_is_measured_there_is_no_day_of_one() -> None:
    unmeasured = fleet_of(registry(), ms(0), ms(END_S))

    (loss, *_) = false_rates([("feeder_loss", 0)], unmeasured)

    assert loss.per_1000_feeder_days is None


def test_the_sum_has_each_false_alert_once() -> None:
    alerts = [outage("f", 100, 200), outage("s", 100, 200, "communication")]

    rates = {each.kind: each for each in scored([], *alerts).false_rates}

    assert (rates["outage"].false, rates["link_loss"].false) == (1, 1)
    assert rates[SILENT].false == rates[ALL].false == 2
    assert rates[ALL].per_1000_home_days == pytest.approx(1_500)


def test_alerts_of_other_kinds_are_counted_apart() -> None:
    quiet = replace(
        outage("demo.readings-3", 100, 200),
        kind="feed_quiet",
        id=alert_id("feed_quiet", "demo.readings-3", ms(100)),
    )

    found = scored([], quiet)

    assert found.unscored == {"feed_quiet": 1}
    assert {each.false for each in found.false_rates} == {0}
