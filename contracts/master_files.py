"""The CSV files that masters are loaded from: one for each table, its first line names columns.

A cell that is empty is null, or the default. Times are ISO 8601 with their offset from UTC
(`2013-07-15T12:00+01:00`): what has none would be somebody's local time, shifted.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, time
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import (
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    Json,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_serializer,
)

from contracts.billing import NOT_TAXED
from contracts.masters import Boundary, Direction, Source
from contracts.reading import Commodity


def _iso(value: object) -> object:
    # Pydantic would take a bare number for seconds or milliseconds, whichever fits.
    if isinstance(value, str) and not re.match(r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}", value):
        raise ValueError("give a time as in 2013-07-15T12:00+01:00")
    return value


Id = Annotated[str, Field(min_length=1)]
Customer = Annotated[int, Field(gt=0, lt=2**63)]
Instant = Annotated[AwareDatetime, BeforeValidator(_iso)]
Whole = Annotated[int, Field(ge=0, lt=2**63)]
Positive = Annotated[int, Field(gt=0, lt=2**63)]
Country = Annotated[str, Field(pattern=r"^[A-Z]{2}$")]


class Record(BaseModel):
    """A line of a file; its fields are columns."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class SiteRecord(Record):
    """Of `site`."""

    site_id: Id
    time_zone: Id
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")]
    tax_region: Id
    holidays: str | None = None
    gas_day_starts: time = time(0)
    gas_zone: str | None = None


class Address(Record):
    """Where somebody or something is, as JSON in a cell."""

    lines: Annotated[list[str], Field(max_length=3)] = []
    """Before the town."""
    post_code: str = ""
    city: str = ""
    country: Country | None = None
    """ISO 3166; that of the seller if absent."""

    @model_serializer
    def _as_given(self) -> dict[str, Any]:
        return {name: value for name, value in self if name in self.model_fields_set}


class SellerAddress(Address):
    """That of a seller, which says what is abroad."""

    country: Country


class SellerRecord(Record):
    """Of `seller`; what bills that are issued from `valid_from` on say of who sends them."""

    valid_from: date
    name: Id
    address: Json[SellerAddress]
    vat_id: str | None = None
    tax_number: Annotated[str | None, Field(validate_default=True)] = None
    legal_id: str | None = None
    email: str | None = None
    phone: str | None = None
    website: str | None = None
    iban: str | None = None
    account: str | None = None
    account_name: str | None = None
    bic: str | None = None
    payment_days: Annotated[int, Field(ge=0, le=366)] = 14
    locale: Annotated[str, Field(pattern=r"^[a-z]{2,3}-[A-Z]{2}$")]

    @field_validator("tax_number")
    @classmethod
    def _is_taxed(cls, value: str | None, others: ValidationInfo) -> str | None:
        if not value and not others.data.get("vat_id"):
            raise ValueError("give it or vat_id, without which nothing is an invoice")
        return value


class CustomerRecord(Record):
    """Of `customer`."""

    customer_id: Customer
    name: Id
    address: Json[Address] | None = None
    vat_category: Id = "domestic"


class PremisesRecord(Record):
    """Of `premises`."""

    premises_id: Id
    site_id: Id


class PremisesAddressRecord(Record):
    """Of `premises_address`."""

    premises_id: Id
    address: Json[Address]


class InstallationRecord(Record):
    """Of `installation`."""

    register_id: Id
    premises_id: Id
    commodity: Commodity
    direction: Direction
    source: Source
    boundary: Boundary
    size_mwh: Positive | None = None
    opening_mwh: Whole | None = None
    closing_mwh: Whole | None = None
    cadence_ms: Positive | None = None
    max_w: Positive | None = None
    multiplier: Annotated[Decimal, Field(gt=0, max_digits=12, decimal_places=6)] = Decimal(1)
    valid_from: Instant
    valid_to: Instant | None = None


class OccupancyRecord(Record):
    """Of `occupancy`."""

    premises_id: Id
    customer_id: Customer
    valid_from: Instant
    valid_to: Instant | None = None
    reason: Literal["moved in", "moved out", "loaded", "correction"] = "loaded"


class TenantRecord(Record):
    """Of `tenant`; who is there since `as_of`."""

    tenant_id: Id
    customer_id: Customer
    as_of: Instant


class ContractRecord(Record):
    """Of `contract`."""

    premises_id: Id
    customer_id: Customer
    commodity: Literal["electricity", "gas", "water"]
    plan_id: Id
    valid_from: Instant
    valid_to: Instant | None = None


class PriceRecord(Record):
    """Of `price`."""

    series_id: Id
    starts: Instant
    ends: Instant
    price: Annotated[Decimal, Field(max_digits=14, decimal_places=8)]
    band: Id | None = None


class HolidayRecord(Record):
    """Of `holiday`."""

    calendar: Id
    day: date
    name: str = ""


class CalorificValueRecord(Record):
    """Of `calorific_value`."""

    zone: Id
    gas_day: date
    mj_per_m3: Annotated[Decimal, Field(gt=0, max_digits=8, decimal_places=4)]


class TaxRateRecord(Record):
    """Of `tax_rate`; per cent."""

    tax_region: Id
    category: Id
    valid_from: date
    valid_to: date | None = None
    rate: Annotated[Decimal, Field(ge=0, max_digits=7, decimal_places=4)]

    @field_validator("rate")
    @classmethod
    def _is_of_its_category(cls, value: Decimal, others: ValidationInfo) -> Decimal:
        category = others.data.get("category")
        if value and category in NOT_TAXED:
            raise ValueError(f"give 0: category {category} is a reason for no tax (EN 16931)")
        return value


class VeeRuleRecord(Record):
    """Of `vee_rule`."""

    rule: Id
    parameters: Json[dict[str, Any]] = Field(default={})
    severity: Literal["note", "review", "hold"]
    valid_from: Instant
    valid_to: Instant | None = None


@dataclass(frozen=True, slots=True)
class MasterFile:
    """A table as it is loaded."""

    table: str
    record: type[Record]
    key: tuple[str, ...]
    """By which a line says again what the table has, or something else of it."""
    recorded: bool
    """Whether what was believed before is closed and stays, and not overwritten."""

    @property
    def name(self) -> str:
        """Of the file."""
        return f"{self.table}.csv"


FILES = (
    MasterFile("site", SiteRecord, ("site_id",), False),
    MasterFile("seller", SellerRecord, ("valid_from",), True),
    MasterFile("customer", CustomerRecord, ("customer_id",), False),
    MasterFile("premises", PremisesRecord, ("premises_id",), False),
    MasterFile("premises_address", PremisesAddressRecord, ("premises_id",), False),
    MasterFile(
        "installation", InstallationRecord, ("register_id", "commodity", "valid_from"), True
    ),
    MasterFile("occupancy", OccupancyRecord, ("premises_id", "valid_from"), True),
    MasterFile("tenant", TenantRecord, ("tenant_id",), False),
    MasterFile(
        "contract",
        ContractRecord,
        ("premises_id", "customer_id", "commodity", "valid_from"),
        True,
    ),
    MasterFile("price", PriceRecord, ("series_id", "starts"), True),
    MasterFile("holiday", HolidayRecord, ("calendar", "day"), False),
    MasterFile("calorific_value", CalorificValueRecord, ("zone", "gas_day"), True),
    MasterFile("tax_rate", TaxRateRecord, ("tax_region", "category", "valid_from"), True),
    MasterFile("vee_rule", VeeRuleRecord, ("rule", "valid_from"), True),
)
"""In the order in which they are loaded: who is referred to comes first."""


def parsed(file: MasterFile, cells: Mapping[str, str]) -> dict[str, Any]:
    """A line's cells as the values of all columns that a file may have.

    Raises:
        ValueError: a cell cannot be taken; the message names column and value, and says why.
    """
    given = {name: cell for name, cell in cells.items() if cell != ""}
    try:
        return file.record.model_validate(given).model_dump()
    except ValidationError as error:
        raise ValueError("; ".join(_told(each, cells, file) for each in error.errors())) from None


def _told(details: Any, cells: Mapping[str, str], file: MasterFile) -> str:  # noqa: ANN401
    # Within JSON it is said of which of its fields.
    field = str(details["loc"][0]) if details["loc"] else file.table
    name = ".".join(map(str, details["loc"])) or file.table
    match details["type"]:
        case "missing":
            return f"{name} is empty, and must not be"
        case "timezone_aware":
            return f"{field} is {cells[field]!r}: add its offset from UTC, as in Z or +01:00"
        case _:
            message = str(details.get("ctx", {}).get("error", details["msg"]))
            return f"{name} is {cells.get(field, '')!r}: {message}"
