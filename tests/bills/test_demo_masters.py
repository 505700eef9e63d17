"""What a clerk finds after `make demo`: London's January of 2013, and what live homes have cost so
far this month."""

import time

import polars as pl
import psycopg
import pytest

from adapters.master_rows import masters
from billing.settlement.settlement import Settlement
from billing.tariffs.calendar import calendar_of
from contracts.billing import RunArguments
from contracts.masters import Masters
from contracts.time import HOUR_MS, MINUTE_MS
from services.settlement.entries import Look, entries
from services.settlement.interim import Interim
from services.settlement.run import run
from simulators.london.lcl import HALF_HOUR_MS, read_london
from tests.support.london import ms
from tests.unit.services.settlement.archives import Memory, memory
from wattstream import demo
from wattstream.demo_masters import FIRST_LIVE, LONDON, load_masters

LONDONERS = set(range(1, 11))


@pytest.fixture
def its(database: psycopg.Connection) -> Masters:
    """Masters as the demonstration loads them."""
    load_masters(database, demo.FLEET, time.time_ns() // 1_000_000)
    (now,) = database.execute("SELECT epoch_ms(clock_timestamp())").fetchone() or (0,)
    return masters(database, now)


def january(its: Masters, archive: Memory) -> Settlement:
    arguments = RunArguments("first", "london", "2013-01", (2**62,), its.as_of_ms, "test")
    found = run(arguments, its, archive)
    assert found.findings == ()
    return found.settlement


def test_live_homes_are_on_no_bill_of_2013(its: Masters) -> None:
    readings = read_london(LONDON).readings.filter(
        pl.col("ts").is_between(ms("2013-01-01T00:30"), ms("2013-02-01T00:00"))
    )
    archive = Memory(
        readings.select(
            "meter_id",
            "ts",
            "seq",
            commodity=pl.lit("electricity"),
            register=pl.col("register_mwh") / 1_000,
            revision=0,
            kafka_offset=pl.int_range(pl.len()),
            day=pl.from_epoch("ts", "ms").dt.date(),
        )
    )

    found = january(its, archive)

    assert {each.key.customer_id for each in found.charges} == LONDONERS
    (balance,) = found.balances
    # As docs/billing.md has it.
    assert balance.metered_mwh == balance.billed_mwh == 2_710_221_000


def test_live_homes_cost_something_and_what_has_no_price_is_told(its: Masters) -> None:
    live = {each.customer_id: each for each in its.contracts if each.customer_id >= FIRST_LIVE}
    homes = {each.premises_id: each.customer_id for each in live.values()}
    (begin_ms,) = {each.begin_ms for each in live.values()}
    times = (begin_ms + MINUTE_MS, begin_ms + 2 * MINUTE_MS)
    said = [(home, at, 1_000_000 * place) for home in homes for place, at in enumerate(times, 1)]
    london = [(f"MAC0000{number}", ms("2013-02-01T00:00"), 1_000) for number in range(11, 21)]
    (site,) = its.sites
    month = calendar_of(site, its.holidays).month_of(begin_ms)

    found = Interim(its, "london", month).look(memory([*london, *said]), times[-1])
    entry, customers = entries(found, its, Look(times[-1], 1, 2), HALF_HOUR_MS)

    assert set(customers) == LONDONERS | set(live)
    # A kWh at 14.228 p, and 5 % of it.
    told = {who: (each.net_minor, each.tax_minor) for who, each in customers.items()}
    assert told == dict.fromkeys(LONDONERS, (0, 0)) | dict.fromkeys(live, (14, 1))
    (why,) = entry.unpriced
    assert (why.plan_id, entry.broken) == ("lcl-dtou", [])
    assert {who for who, each in customers.items() if each.unpriced} == LONDONERS
    assert all(each.registers for who, each in customers.items() if who in live)


def test_every_live_home_that_takes_electricity_has_a_household(its: Masters) -> None:
    live = [each for each in its.contracts if each.customer_id >= FIRST_LIVE]

    assert len(live) == 72
    assert {each.plan_id for each in live} == {"lcl-flat"}
    assert {each.premises_id: each.customer_id for each in live}["sim-0000050"] == 150
    (begin_ms,) = {each.begin_ms for each in live}
    assert 0 <= its.as_of_ms - begin_ms < HOUR_MS
