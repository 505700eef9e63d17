"""A line of a file of masters becomes values, or says what is wrong with which column."""

from datetime import UTC, datetime, time
from decimal import Decimal

import pytest

from contracts.master_files import FILES, MasterFile, parsed

BY_TABLE = {file.table: file for file in FILES}

LINES: dict[str, dict[str, str]] = {
    "site": {
        "site_id": "london",
        "time_zone": "Europe/London",
        "currency": "GBP",
        "tax_region": "GB",
        "holidays": "",
    },
    "price": {
        "series_id": "lcl-dtou",
        "starts": "2013-07-15T12:00+01:00",
        "ends": "2013-07-15T11:30Z",
        "price": "0.11760000",
    },
    "installation": {
        "register_id": "MAC000002",
        "premises_id": "home-2",
        "commodity": "electricity",
        "direction": "import",
        "source": "interval",
        "boundary": "interpolate",
        "valid_from": "2012-10-12T00:30Z",
    },
    "seller": {
        "valid_from": "2013-01-01",
        "name": "Thames Light & Power",
        "address": '{"lines": ["12 Embankment Yard"], "country": "GB"}',
        "vat_id": "GB123456789",
        "locale": "en-GB",
    },
    "customer": {"customer_id": "7", "name": "Ada", "address": '{"city": "London"}'},
    "tax_rate": {
        "tax_region": "DE",
        "category": "AE",
        "valid_from": "2020-01-01",
        "rate": "0",
    },
}


def with_cell(table: str, column: str, cell: str) -> tuple[MasterFile, dict[str, str]]:
    """A line that is right but for one cell."""
    return BY_TABLE[table], LINES[table] | {column: cell}


def test_cells_become_values_and_empty_ones_the_defaults() -> None:
    assert parsed(BY_TABLE["site"], LINES["site"]) == {
        "site_id": "london",
        "time_zone": "Europe/London",
        "currency": "GBP",
        "tax_region": "GB",
        "holidays": None,
        "gas_day_starts": time(0),
        "gas_zone": None,
    }
    price = parsed(BY_TABLE["price"], LINES["price"])
    assert price["starts"] == datetime(2013, 7, 15, 11, tzinfo=UTC)
    assert price["price"] == Decimal("0.1176")
    assert parsed(BY_TABLE["installation"], LINES["installation"])["multiplier"] == 1
    assert parsed(BY_TABLE["customer"], LINES["customer"])["address"] == {"city": "London"}
    seller = parsed(BY_TABLE["seller"], LINES["seller"])
    assert seller["address"] == {"lines": ["12 Embankment Yard"], "country": "GB"}
    assert (seller["payment_days"], seller["tax_number"]) == (14, None)
    assert parsed(BY_TABLE["tax_rate"], LINES["tax_rate"])["rate"] == 0


@pytest.mark.parametrize(
    ("table", "column", "cell", "message"),
    [
        ("price", "starts", "2013-07-15T12:00", r"starts is '2013-07-15T12:00': add its offset"),
        ("price", "starts", "1373886000", r"starts is '1373886000': give a time as in 2013-07-15T"),
        ("price", "starts", "2013-07-15", r"starts is '2013-07-15': give a time as in"),
        ("price", "price", "0.117600001", r"price is '0.117600001': .*8 decimal places"),
        ("price", "price", "12,5", r"price is '12,5'"),
        ("price", "price", "NaN", r"price is 'NaN'"),
        ("price", "series_id", "", r"series_id is empty, and must not be"),
        ("site", "currency", "pounds", r"currency is 'pounds'"),
        ("installation", "source", "guess", r"source is 'guess': .*'counter'"),
        ("installation", "max_w", "-1", r"max_w is '-1'"),
        ("installation", "size_mwh", "9223372036854775808", r"size_mwh is '9223372036854775808'"),
        ("customer", "customer_id", "0", r"customer_id is '0'"),
        ("customer", "address", "London", r"address is 'London'"),
        ("customer", "address", '{"town": "London"}', r"address.town is '{\"town\": \"London\"}'"),
        ("seller", "address", '{"city": "London"}', r"address.country is empty, and must not be"),
        ("seller", "vat_id", "", r"tax_number is '': give it or vat_id"),
        ("seller", "locale", "english", r"locale is 'english'"),
        ("seller", "payment_days", "-1", r"payment_days is '-1'"),
        ("tax_rate", "rate", "19", r"rate is '19': give 0: category AE is a reason for no tax"),
    ],
)
def test_a_cell_that_cannot_be_taken_is_named(
    table: str, column: str, cell: str, message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        parsed(*with_cell(table, column, cell))
