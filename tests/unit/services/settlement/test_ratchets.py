"""A demand looks back at the peaks of the same customer's months before."""

from dataclasses import replace
from datetime import date

import pytest

from billing.settlement.identities import of_settlement
from billing.tariffs.plan import load
from contracts.billing import RunArguments
from contracts.masters import Holiday, Masters
from services.settlement.run import run
from tests.support.london import ms
from tests.unit.billing.settlement.homes import HOME, A, B, installed, masters
from tests.unit.services.settlement.archives import Memory, memory

HALF_HOUR_MS = 30 * 60_000
SHOP = """
id = "shop"
name = "Shop"
commodity = "electricity"
currency = "GBP"
prices_include_tax = false
[[component]]
kind = "energy"
price = "0.1"
[[component]]
kind = "demand"
price = "10"
from = "08:00"
to = "20:00"
ratchet_months = {months}
ratchet_percent = "80"
"""
JULY = ms("2013-06-30T23:00")


def shop(months: int, moved_in_ms: int = 0) -> Masters:
    """B from some time on, A before."""
    stays: list[tuple[int, int, int | None]] = [(B, moved_in_ms, None)]
    if moved_in_ms:
        stays.insert(0, (A, 0, moved_in_ms))
    return masters(
        stays,
        plan_id="shop",
        registers=[replace(installed(source="counter"), opening_mwh=None)],
        terms={"shop": SHOP.format(months=months)},
    )


def archive() -> Memory:
    """0.2 kW, but 10 kW on 5 April at ten, 20 kW in the night, and 2 kW on 3 July at ten."""
    more = {
        ms("2013-04-05T09:00"): 5_000_000,
        ms("2013-04-05T01:00"): 10_000_000,
        ms("2013-07-03T09:00"): 1_000_000,
    }
    said, register = [], 10**9
    for at_ms in range(ms("2013-03-20T00:00"), ms("2013-08-05T00:00"), HALF_HOUR_MS):
        said.append((HOME, at_ms, register))
        register += more.get(at_ms, 100_000)
    return memory(said)


@pytest.mark.parametrize(
    ("months", "moved_in", "watts", "minor"),
    [
        # 80 % of April's 10 kW; July's own 2 kW where April is too long ago, or was A's.
        (3, 0, 8_000, 8_000),
        (2, 0, 2_000, 2_000),
        (11, JULY, 2_000, 2_000),
        (11, ms("2013-04-05T08:30"), 8_000, 8_000),
        (11, ms("2013-04-05T09:30"), 2_000, 2_000),
    ],
)
def test_what_was_the_peak_before_is_paid_in_part(
    months: int, moved_in: int, watts: int, minor: int
) -> None:
    its = shop(months, moved_in)
    arguments = RunArguments("first", "london", "2013-07", (10**6,), its.as_of_ms, "test")

    settled = run(arguments, its, archive()).settlement

    assert not of_settlement(settled, {("shop", 1): load(SHOP.format(months=months), "shop")})
    (demand,) = [each for each in settled.charges if each.unit == "w" and each.key.customer_id == B]
    assert (demand.quantity, demand.minor) == (watts, minor)


def test_a_ratchet_looks_back_where_the_archive_begins() -> None:
    its = shop(24)
    arguments = RunArguments("first", "london", "2013-03", (10**6,), its.as_of_ms, "test")

    settled = run(arguments, its, archive()).settlement

    (demand,) = [each for each in settled.charges if each.unit == "w"]
    assert demand.quantity == 200


def test_months_before_the_archive_are_asked_for_nothing() -> None:
    its = shop(11)
    (site,) = its.sites
    # Holidays of 2013 alone are known, and an archive that begins with it needs no others.
    its = replace(
        its,
        sites=(replace(site, holidays="GB-ENG"),),
        holidays=(Holiday("GB-ENG", date(2013, 1, 1)),),
    )
    times = range(ms("2013-01-01T00:00"), ms("2013-02-05T00:00"), HALF_HOUR_MS)
    said = [(HOME, at_ms, 100_000 * place) for place, at_ms in enumerate(times)]
    arguments = RunArguments("first", "london", "2013-01", (10**6,), its.as_of_ms, "test")

    settled = run(arguments, its, memory(said)).settlement

    (demand,) = [each for each in settled.charges if each.unit == "w"]
    assert demand.quantity == 200
