"""What lines are made of is what they were charged for."""

from dataclasses import replace
from datetime import date

import pytest

from billing.curve.registers import Registers
from billing.curve.segments import Segment, of_rows
from billing.settlement.explained import PEAK, RATCHET, Explained, Key, explained
from billing.settlement.settle import PERIOD_MS, settle
from contracts.billing import Letter
from contracts.masters import Installation, Masters, PlanVersion
from tests.support.london import ms
from tests.unit.billing.settlement.homes import HOME, A, installed, masters
from tests.unit.billing.settlement.test_settle import HALF_HOUR_MS, JULY, NIGHT, segment

TEN = JULY + 10 * 60 * 60_000


def told(its: Masters, registers: list[Installation], rows: list[Segment]) -> dict[Key, Explained]:
    return explained(
        its,
        "london",
        Registers(registers),
        of_rows(rows),
        "2013-07",
        A,
        {HOME},
        kind="first",
        period_ms=PERIOD_MS,
    )


def netted() -> tuple[Masters, list[Installation]]:
    text = NIGHT.replace("prices_include", 'net = "period"\nprices_include')
    text += '[[component]]\nkind = "export"\nprice = "0.05"\n'
    registers = [
        installed("m", "counter"),
        replace(installed("m:export", "counter"), direction="export", premises_id=HOME),
    ]
    its = masters([(A, 0, None)], plan_id="night", registers=registers, terms={"night": text})
    return its, registers


def test_what_is_netted_is_explained_by_what_is_left() -> None:
    its, registers = netted()
    estimate = int(Letter.E)
    rows = [
        (0, TEN, TEN + HALF_HOUR_MS, 2_000_000, estimate, 0, 0, False),
        (1, TEN, TEN + HALF_HOUR_MS, 500_000, int(Letter.A), 0, 0, False),
        (1, TEN + HALF_HOUR_MS, TEN + 2 * HALF_HOUR_MS, 700_000, int(Letter.A), 0, 0, False),
    ]

    found = told(its, registers, rows)

    charges = {
        (each.key.premises_id, each.key.component, each.key.band): each.quantity
        for each in settle(its, "london", registers, [of_rows(rows)], "2013-07").charges
    }
    for key, sign in (((HOME, "night/1/energy", "day"), 1), ((HOME, "night/5/export", ""), -1)):
        parts = [part for part in found[key].parts if part.quantity]
        assert [sign * part.quantity for part in parts] == [charges[key]]
    (part,) = [each for each in found[HOME, "night/1/energy", "day"].parts if each.quantity]
    assert part.by_letter == {Letter.E: 1_500_000}


def test_where_what_was_given_is_estimated_there_is_no_peak() -> None:
    its, registers = netted()
    rows = [
        segment(TEN, TEN + HALF_HOUR_MS, 2_000_000),
        segment(TEN + HALF_HOUR_MS, TEN + 2 * HALF_HOUR_MS, 1_000_000),
        (1, TEN, TEN + HALF_HOUR_MS, 500_000, int(Letter.E), 0, 0, False),
    ]

    (part,) = told(its, registers, rows)[HOME, "night/2/demand", ""].parts

    assert (part.span.begin_ms, part.quantity) == (TEN + HALF_HOUR_MS, 1_000_000)
    charges = settle(its, "london", registers, [of_rows(rows)], "2013-07").charges
    assert [each.quantity for each in charges if each.unit == "w"] == [2_000]


def test_of_the_parts_of_a_month_the_one_with_the_peak_explains_the_demand() -> None:
    its = replace(
        masters([(A, 0, None)], plan_id="night", terms={"night": NIGHT}),
        plans=(
            PlanVersion("night", 1, date(2000, 1, 1), date(2013, 7, 11), NIGHT),
            PlanVersion("night", 2, date(2013, 7, 11), None, NIGHT.replace('"0.25"', '"0.35"')),
        ),
    )
    later = ms("2013-07-20T10:00")
    rows = [
        segment(TEN, TEN + HALF_HOUR_MS, 1_000_000),
        segment(later, later + HALF_HOUR_MS, 1_500_000),
    ]

    (part,) = told(its, [installed(source="counter")], rows)[HOME, "night/2/demand", ""].parts

    assert (part.span.begin_ms, part.quantity) == (later, 1_500_000)


@pytest.mark.parametrize(("months", "what"), [("", PEAK), ("\nratchet_months = 11", RATCHET)])
def test_a_ratchet_is_told(months: str, what: str) -> None:
    text = NIGHT.replace('price = "4.50"', f'price = "4.50"{months}')
    its = masters([(A, 0, None)], plan_id="night", terms={"night": text})

    found = told(its, [installed(source="counter")], [segment(TEN, TEN + HALF_HOUR_MS, 1)])

    assert found[HOME, "night/2/demand", ""].what == what
