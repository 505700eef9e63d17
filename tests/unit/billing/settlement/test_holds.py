"""Who had the premises while something is found of their register that holds bills waits."""

from dataclasses import replace

import pytest

from billing.curve.findings import Finding, Severity
from billing.settlement.holds import holds
from contracts.energy import Span
from contracts.reading import Commodity
from tests.support.london import ms
from tests.unit.billing.settlement.homes import HOME, A, B, installed, masters

JULY = Span(ms("2013-06-30T23:00"), ms("2013-07-31T23:00"))
NOON = ms("2013-07-15T11:00")
ITS = masters([(A, 0, NOON), (B, NOON, None)])


def finding(
    begin: str,
    end: str,
    severity: Severity = "hold",
    register: str = HOME,
    commodity: Commodity = "electricity",
) -> Finding:
    return Finding("prolonged", register, commodity, ms(begin), ms(end), severity)


@pytest.mark.parametrize(
    ("found", "customers"),
    [
        (finding("2013-06-01", "2013-07-15T11:00"), [A]),
        (finding("2013-07-15T11:00", "2013-09-01"), [B]),
        (finding("2013-06-01", "2013-09-01"), [A, B]),
        # It ended before the month, or begins after it.
        (finding("2013-05-01", "2013-06-30T23:00"), []),
        (finding("2013-07-31T23:00", "2013-09-30"), []),
        (finding("2013-06-01", "2013-09-01", "review"), []),
        (finding("2013-06-01", "2013-09-01", register="another"), []),
        (finding("2013-06-01", "2013-09-01", register=""), []),
        # Another register, of the same id.
        (finding("2013-06-01", "2013-09-01", commodity="gas"), []),
    ],
)
def test_who_was_there_within_the_month(found: Finding, customers: list[int]) -> None:
    assert [each.customer_id for each in holds(ITS, [found], JULY)] == customers


def test_a_register_that_was_elsewhere_or_feeds_holds_nobody() -> None:
    found = finding("2013-06-01", "2013-07-10")
    (stood,) = ITS.installations
    for other in (
        replace(stood, begin_ms=ms("2013-07-10")),
        replace(stood, end_ms=JULY.begin_ms),
        replace(stood, direction="feeder"),
        replace(installed("another"), premises_id=HOME),
    ):
        assert holds(replace(ITS, installations=(other,)), [found], JULY) == ()


def test_each_finding_is_told_once_in_order() -> None:
    found = [finding("2013-07-02", "2013-07-09"), finding("2013-06-01", "2013-07-01")]

    told = holds(ITS, [*found, found[0]], JULY)

    assert [each.finding for each in told] == [found[1], found[0]]
