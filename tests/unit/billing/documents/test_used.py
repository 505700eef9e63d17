"""What was used in earlier months, by the ledger of when a document was issued."""

from dataclasses import replace

import pytest

from billing.documents.invoice import MonthUse
from billing.documents.used import used
from contracts.billing import ChargeKey, LedgerLine, Unit
from contracts.issued import Document
from tests.unit.billing.documents.settled import PLANS, documents, home
from tests.unit.billing.settlement.homes import HOME, A

KWH = 1_000_000
(DOCUMENT,) = documents(home(PLANS["lcl-flat"], [(A, 0, None)]))


def line(
    month: str, quantity: int, component: str = "lcl-flat/1/energy", unit: Unit = "mwh"
) -> LedgerLine:
    key = ChargeKey(A, HOME, month, component, "")
    return LedgerLine(key, unit, quantity, 0, "S", "first")


def test_months_up_to_the_documents_add_up_with_their_corrections() -> None:
    lines = [
        *(line("2013-05", 7 * KWH), line("2013-06", 5 * KWH), line("2013-05", -KWH)),
        *(line("2013-07", 9 * KWH), line("2013-08", 99 * KWH)),
        # In days, of demand, or of nothing that was counted.
        line("2013-06", 30, "lcl-flat/2/standing", "days"),
        line("2013-06", 3_000, "lcl-flat/3/demand", "w"),
        line("2013-06", 4 * KWH, "electricity/import"),
    ]

    assert used(DOCUMENT, lines) == (
        MonthUse("2013-05", 6 * KWH),
        MonthUse("2013-06", 5 * KWH),
        MonthUse("2013-07", 9 * KWH),
    )


def test_bands_and_plans_add_up_and_a_second_price_on_the_same_energy_does_not() -> None:
    lines = [
        line("2013-07", 2 * KWH),
        line("2013-07", 3 * KWH),
        line("2013-07", 5 * KWH, "lcl-flat/4/energy"),
        line("2013-07", 4 * KWH, "blocks/1/tiers@2013-07-16"),
    ]

    assert used(DOCUMENT, lines) == (MonthUse("2013-07", 9 * KWH),)


def test_a_year_and_a_month_are_told() -> None:
    lines = [line(f"{year}-{month:02}", KWH) for year in (2012, 2013) for month in range(1, 13)]

    months = [each.month for each in used(DOCUMENT, lines)]

    assert (len(months), months[0], months[-1]) == (13, "2012-07", "2013-07")


@pytest.mark.parametrize(
    "change", [{"adjusts": True}, {"commodity": "gas"}], ids=["adjusts", "two commodities"]
)
def test_nothing_is_told_that_would_mislead(change: dict[str, object]) -> None:
    said = DOCUMENT.said
    (detail,), (only,) = said.content["lines"], said.lines
    details = [detail | change] if "adjusts" in change else [detail, detail | change]
    document = replace(
        DOCUMENT,
        said=replace(
            said, lines=(only,) * len(details), content={**said.content, "lines": details}
        ),
    )

    assert used(document, [line("2013-07", KWH)]) == ()


def test_water_is_told_in_its_unit() -> None:
    water: Document
    (water,) = documents(home(PLANS["water"], [(A, 0, None)]))

    assert used(water, water.said.lines) == (MonthUse("2013-07", 148_800_000, "ml"),)
