"""Documents to write: the London home MAC000002 in March 2013 (1,486 half-hours, 479.474 kWh,
net 61.48, VAT 3.07), and others made of it."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

from billing.documents.invoice import (
    Address,
    Comparison,
    Counted,
    Invoice,
    Line,
    MonthUse,
    Party,
    Payment,
    PlanCost,
    Preceding,
    Tax,
    TaxTotal,
)
from contracts.billing import Letter, Unit
from contracts.energy import Span

MARCH = Span(1_362_096_000_000, 1_364_770_800_000)
"""Local, in London: it ends an hour before UTC's."""
REDUCED = Tax("S", Decimal(5))
STANDARD = Tax("S", Decimal(19))

SELLER = Party(
    "Thames Light & Power",
    Address(("12 Embankment Yard",), "SE1 9PP", "London", "GB"),
    vat_id="GB123456789",
    legal_id="04125991",
    email="bills@thameslight.example",
    phone="+44 20 7946 0018",
    website="thameslight.example",
)
BUYER = Party(
    "Ms Ada Fairweather",
    Address(("Flat 3", "48 Lavender Hill"), "SW11 5RH", "London", "GB"),
    number="100002",
)
LINES = (
    Line(
        *("MAC000002", "2013-03", "lcl-dtou/1/energy", "High", "mwh", 16_404_000, 1102, REDUCED),
        price=Decimal("0.6720"),
        by_letter=((Letter.A, 16_404_000),),
    ),
    Line(
        *("MAC000002", "2013-03", "lcl-dtou/1/energy", "Normal", "mwh", 411_626_000, 4841),
        REDUCED,
        price=Decimal("0.1176"),
        by_letter=((Letter.A, 402_035_000), (Letter.S, 9_591_000)),
    ),
    Line(
        *("MAC000002", "2013-03", "lcl-dtou/1/energy", "Low", "mwh", 51_444_000, 205, REDUCED),
        price=Decimal("0.0399"),
        by_letter=((Letter.A, 51_444_000),),
    ),
)
USE = (461, 372, 359, 344, 366, 401, 388, 297, 336, 390, 421, 385, 479)
MONTHS = [f"2012-{month:02}" for month in range(3, 13)] + ["2013-01", "2013-02", "2013-03"]

INVOICE = Invoice(
    number="2013-000417",
    issued=date(2013, 4, 8),
    currency="GBP",
    exponent=2,
    locale="en-GB",
    seller=SELLER,
    buyer=BUYER,
    premises_id="MAC000002",
    supplied=BUYER.address,
    time_zone="Europe/London",
    span=MARCH,
    lines=LINES,
    taxes=(TaxTotal(REDUCED, 6148, 307),),
    due=date(2013, 4, 22),
    plan="Dynamic time of use",
    contract="C-20117",
    registers=(
        Counted(
            *("MAC000002", "electricity", "mwh", MARCH),
            *(740_152_000, 1_219_626_000, 479_474_000),
        ),
    ),
    payment=Payment("transfer", account="20-00-00 55779911", account_name="Thames Light & Power"),
    history=tuple(MonthUse(month, use * 1_000_000) for month, use in zip(MONTHS, USE, strict=True)),
    comparison=Comparison(
        3,
        (PlanCost("Dynamic time of use", 18_212, is_own=True), PlanCost("Flat 14.228 p", 19_377)),
    ),
)

MOVED = (
    # July 2013, of which a customer had moved out on the 10th: the plan's T6.
    Line(
        *("MAC000002", "2013-07", "lcl-dtou/1/energy", "Normal", "mwh", -44_658_000, -603),
        REDUCED,
        reason="move",
        span=Span(1_373_410_800_000, 1_373_886_000_000),
        by_letter=((Letter.A, -44_658_000),),
    ),
)
CREDIT_NOTE = replace(
    INVOICE,
    number="2013-000931",
    issued=date(2013, 8, 12),
    lines=MOVED,
    taxes=(TaxTotal(REDUCED, -603, -30),),
    span=Span(1_372_633_200_000, 1_375_311_600_000),
    preceding=(Preceding("2013-000780", date(2013, 8, 5)),),
    registers=(),
    history=(),
    comparison=None,
)

GERMAN_SELLER = Party(
    "Stadtwerke Musterstadt GmbH",
    Address(("Werkstraße 1",), "12345", "Musterstadt", "DE"),
    vat_id="DE123456789",
    legal_id="HRB 4711",
    email="rechnung@stadtwerke.example",
    phone="+49 30 1234567",
)
GERMAN_HOME = Address(("Gartenweg 7",), "12347", "Musterstadt", "DE")
OCTOBER = Span(1_790_805_600_000, 1_793_487_600_000)
"""Local, in Berlin, of 2026: 745 hours."""


def german(
    kind: str, unit: Unit, quantity: int, minor: int, price: str, *known: tuple[Letter, int]
) -> Line:
    key = ("DE0001234567890", "2026-10", f"fix/1/{kind}", "")
    return Line(*key, unit, quantity, minor, STANDARD, price=Decimal(price), by_letter=known)


GERMAN = replace(
    INVOICE,
    number="R-2026-8801",
    issued=date(2026, 11, 9),
    due=date(2026, 11, 23),
    currency="EUR",
    locale="de-DE",
    seller=GERMAN_SELLER,
    buyer=Party("Jörg Müller-Lüdenscheidt", GERMAN_HOME, number="K 55012"),
    supplied=GERMAN_HOME,
    premises_id="DE0001234567890",
    time_zone="Europe/Berlin",
    span=OCTOBER,
    plan="Strom Fix 12",
    lines=(
        german(
            *("energy", "mwh", 312_400_000, 9_122, "0.2920"),
            *((Letter.A, 281_160_000), (Letter.E, 31_240_000)),
        ),
        german("standing", "days", 31, 1_240, "0.40"),
        german("demand", "w", 3_206, 1_443, "4.50"),
        german("export", "mwh", 40_000_000, -312, "0.0780", (Letter.A, 40_000_000)),
        replace(
            german("energy", "mwh", -12_500_000, -365, "0.2920", (Letter.E, -12_500_000)),
            month="2026-08",
            reason="estimate_replaced",
        ),
    ),
    taxes=(TaxTotal(STANDARD, 11_128, 2_114),),
    registers=(
        Counted(
            *("1ESY1160001234", "electricity", "mwh", OCTOBER),
            *(8_210_441_000, 8_522_841_000, 312_400_000),
            closing_letter=Letter.E,
        ),
        Counted(
            *("1ESY1160001234:export", "electricity", "mwh", OCTOBER),
            *(120_000_000, 160_000_000, 40_000_000),
            is_export=True,
        ),
    ),
    payment=Payment(
        "debit",
        mandate="M-55012",
        creditor_id="DE98ZZZ09999999999",
        debtor_iban="DE02 1203 0000 0000 2020 51",
    ),
    history=(),
    comparison=None,
)
FRENCH = replace(
    GERMAN,
    number="F-2026-7",
    locale="fr-FR",
    payment=Payment("transfer", iban="FR76 3000 6000 0112 3456 7890 189", bic="AGRIFRPPXXX"),
)
"""The same in French: whose names and places they are is no matter here."""


def in_currency(currency: str, exponent: int) -> Invoice:
    """One line of 6,148 minor units, untaxed."""
    tax = Tax("Z", Decimal(0))
    line = replace(LINES[1], minor=6148, tax=tax, price=None)
    return replace(
        INVOICE,
        currency=currency,
        exponent=exponent,
        lines=(line,),
        taxes=(TaxTotal(tax, 6148, 0),),
        comparison=None,
    )
