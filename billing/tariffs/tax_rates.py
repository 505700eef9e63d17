"""Which rates of tax were in force."""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal

from billing.tariffs.errors import TariffError
from contracts.masters import TaxRate


def rates_on(rates: Iterable[TaxRate], tax_region: str, day: date) -> dict[str, Decimal]:
    """Per cent by tax category, of what is supplied in a region on a local day.

    Raises:
        TariffError: two rates of a category at once.
    """
    found: dict[str, Decimal] = {}
    for each in rates:
        in_force = each.begin <= day and (each.end is None or day < each.end)
        if each.tax_region != tax_region or not in_force:
            continue
        if each.category in found:
            raise TariffError(
                f"tax_region {tax_region!r} has two rates of category {each.category!r} on {day}, "
                f"{found[each.category]} and {each.rate}: end the earlier where the later begins"
            )
        found[each.category] = each.rate
    return found
