"""Numbers, amounts and times as a language writes them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_time
from babel.numbers import format_currency, format_decimal, format_percent, get_currency_symbol

from billing.documents.invoice import DocumentError, Invoice
from billing.documents.template import Words
from billing.tariffs.printed import printed
from billing.tariffs.units import THOUSANDTHS, Sold
from contracts.billing import Letter, Unit
from contracts.energy import Span

DECIMALS: Mapping[str, int] = {"mwh": 6, "ml": 6, "w": 3, "days": 0, "none": 0}
"""Of the unit that a customer knows (kWh, m3, kW), which quantities are whole parts of."""
PRINTED = 3
"""Decimals at most that are printed of a quantity."""
_PRICE_DECIMALS = 8


@dataclass(frozen=True, slots=True)
class Speech:
    """A locale and the words of a template, for the amounts and times of one document."""

    locale: Locale
    words: Words
    currency: str
    exponent: int
    zone: ZoneInfo
    zone_name: str

    def money(self, minor: int) -> str:
        """`£64.55`, with as many decimals as the document's currency has."""
        return self._currency(Decimal(minor).scaleb(-self.exponent), self.exponent, self.exponent)

    def price(self, price: Decimal | None, unit: Unit | Sold) -> str:
        """`67.2 p/kWh`: below one in hundredths, where the words have a sign for them."""
        if price is None:
            return ""
        per = self.words["per"].get(unit)
        sign = self.words["minor"].get(self.currency)
        if sign and self.exponent == 2 and abs(price) < 1:
            shown = f"{self._decimal(price * 100, 2, _PRICE_DECIMALS - 2)} {sign}"
        else:
            shown = self._currency(price, self.exponent, _PRICE_DECIMALS)
        return f"{shown}/{per}" if per else shown

    def quantity(self, steps: int, unit: Unit | Sold, *, signed: bool = False) -> str:
        """`479.474 kWh` of what `printed_quantities` returns."""
        if unit == "none":
            return ""
        decimals = min(DECIMALS.get(unit, PRINTED), PRINTED)
        number = self._decimal(Decimal(steps).scaleb(-decimals), decimals, decimals)
        plus = "+" if signed and steps > 0 else ""
        return f"{plus}{number} {self.words['units'][unit]}"

    def register(self, value: int, unit: Unit) -> str:
        """What a register shows, cut to whole printed decimals as its display does."""
        return self.quantity(value // 10 ** (DECIMALS[unit] - PRINTED), unit)

    def whole(self, quantity: int) -> str:
        """Whole kWh or m3, for charts."""
        return self._decimal(Decimal(quantity).scaleb(-DECIMALS["mwh"]), 0, 0)

    def percent(self, share: Decimal, decimals: int = 1) -> str:
        """`5 %` or `5%` of 0.05."""
        pattern = self.locale.percent_formats[None].pattern.replace("#0", "#0." + "#" * decimals)
        return _typographic(format_percent(share, pattern, self.locale))

    def day(self, day: date) -> str:
        """`1 March 2013`."""
        return format_date(day, "long", self.locale)

    def month(self, month: str, form: str = "LLLL y") -> str:
        """`March 2013` of `2013-03`."""
        return format_date(date.fromisoformat(f"{month}-01"), form, self.locale)

    def moment(self, ms: int) -> str:
        """`1 Mar 2013, 00:00`, local."""
        local = self.local(ms)
        return f"{format_date(local, 'medium', self.locale)}, {self._clock(local)}"

    def span(self, span: Span) -> str:
        """`1 March 2013 to 31 March 2013`; with times where it is not of whole local days."""
        begin, end = self.local(span.begin_ms), self.local(span.end_ms)
        if _is_midnight(begin) and _is_midnight(end):
            last = last_day(span, self.zone)
            names = self.day(begin.date()), self.day(last)
        else:
            names = (
                f"{self.day(begin.date())}, {self._clock(begin)}",
                f"{self.day(end.date())}, {self._clock(end)}",
            )
        if names[0] == names[1]:
            return self.words["sentences"]["day"].format(day=names[0])
        return self.words["sentences"]["days"].format(begin=names[0], end=names[1])

    def hours(self, hours: Decimal) -> str:
        """`743 hours, local time (Europe/London)`."""
        number = self._decimal(hours, 0, 2)
        return self.words["sentences"]["hours"].format(hours=number, zone=self.zone_name)

    def local(self, ms: int) -> datetime:
        """A time in the document's zone."""
        return datetime.fromtimestamp(ms / 1000, self.zone)

    def _clock(self, local: datetime) -> str:
        return format_time(local, "HH:mm", locale=self.locale)

    def _decimal(self, number: Decimal, least: int, most: int) -> str:
        pattern = "#,##0." + "0" * least + "#" * (most - least)
        return _typographic(format_decimal(number, pattern, self.locale))

    def _currency(self, amount: Decimal, least: int, most: int) -> str:
        pattern = self.locale.currency_formats["standard"].pattern
        decimals = f".{'0' * least}{'#' * (most - least)}" if most else ""
        # As CLDR spaces letters, which Babel does not.
        if get_currency_symbol(self.currency, self.locale)[-1].isalpha():
            pattern = pattern.replace("¤#", "¤\N{NO-BREAK SPACE}#")
        return _typographic(
            format_currency(
                *(amount, self.currency, pattern.replace(".00", decimals), self.locale),
                currency_digits=False,
            )
        )


def speech_of(invoice: Invoice, words: Words) -> Speech:
    """How an invoice is to speak.

    Raises:
        DocumentError: numbers and dates are not known in its locale.
    """
    try:
        locale = Locale.parse(invoice.locale, sep="-")
    except UnknownLocaleError:
        raise DocumentError(
            f"locale is {invoice.locale!r}, which CLDR does not know: give one such as en-GB"
        ) from None
    return Speech(
        *(locale, words, invoice.currency, invoice.exponent),
        *(ZoneInfo(invoice.time_zone), invoice.time_zone),
    )


def last_day(span: Span, zone: ZoneInfo) -> date:
    """The local day of a span's last millisecond."""
    return datetime.fromtimestamp((span.end_ms - 1) / 1000, zone).date()


def printed_quantities(
    quantities: Sequence[int], unit: Unit, sold: Sold | None = None
) -> tuple[int, ...]:
    """Quantities in the decimals that are printed, so that they add up to their printed sum.

    Args:
        sold: What they are printed in, where that is another unit.
    """
    if sold is None:
        return printed(quantities, 10 ** max(0, DECIMALS[unit] - PRINTED))
    step = THOUSANDTHS[sold] / 10**PRINTED
    return printed([each * step.denominator for each in quantities], step.numerator)


def shares(by_letter: Mapping[Letter, int]) -> dict[Letter, Decimal]:
    """Thousandths of the whole that each letter has, adding up to one. None that is there is 0."""
    total = sum(by_letter.values())
    if total <= 0:
        return {}
    rest = sorted((letter for letter in by_letter if by_letter[letter] > 0), reverse=True)
    parts = {letter: max(1, round(Decimal(1000 * by_letter[letter]) / total)) for letter in rest}
    largest = max(parts, key=lambda letter: by_letter[letter])
    parts[largest] += 1000 - sum(parts.values())
    return {letter: Decimal(part) / 1000 for letter, part in parts.items()}


def _is_midnight(local: datetime) -> bool:
    return (local.hour, local.minute, local.second, local.microsecond) == (0, 0, 0, 0)


def _typographic(number: str) -> str:
    return number.replace("-", "\N{MINUS SIGN}")
