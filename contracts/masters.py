"""What a utility knows beside readings: who is where, by which meter, on which terms.

The rows of PostgreSQL (`contracts/postgres/`), as one reads them that believes what was recorded
until some instant. Times are epoch milliseconds UTC, `end_ms` without its instant; None is open.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, time
from decimal import Decimal
from typing import Any, Literal

from contracts.reading import Commodity

Direction = Literal["import", "export", "feeder"]
Source = Literal["counter", "interval", "month_to_date"]
"""What a register is: it counts for ever; it was made of the intervals that are there, so it says
nothing of those that are not; it begins again at 0 with each local month."""
Boundary = Literal["interpolate", "at_reading"]
"""Whose is what was counted across a boundary: both sides' by time, or all the later one's."""


_CUSTOMER = re.compile(r"[1-9][0-9]{0,17}", re.ASCII)


def customer_id_of(customer: str) -> int | None:
    """The id here of a customer whom the registry and credentials name as text; None if it is none:
    of each id there is one text, so that nobody passes for somebody else."""
    return int(customer) if _CUSTOMER.fullmatch(customer) else None


@dataclass(frozen=True, slots=True)
class Site:
    """Premises with one calendar and one tax."""

    site_id: str
    time_zone: str
    currency: str
    tax_region: str
    holidays: str | None = None
    """Of the table `holiday`; None has none."""
    gas_day_starts: time = time(0)
    gas_zone: str | None = None
    """Of the table `calorific_value`."""


@dataclass(frozen=True, slots=True)
class Premises:
    """A space that somebody may occupy."""

    premises_id: str
    site_id: str


@dataclass(frozen=True, slots=True)
class Occupancy:
    """Who occupied premises when."""

    premises_id: str
    customer_id: int
    begin_ms: int
    end_ms: int | None


@dataclass(frozen=True, slots=True)
class Installation:
    """Which register counts for which premises when, and how. Thousandths of a Wh or litre."""

    register_id: str
    """The id of the meter, which with its commodity is one."""
    premises_id: str
    commodity: Commodity
    direction: Direction
    source: Source
    boundary: Boundary
    begin_ms: int
    end_ms: int | None
    cadence_ms: int | None = None
    size_mwh: int | None = None
    """What it is 0 again at; None where nobody knows."""
    max_w: int | None = None
    """W, or litres per hour, that cannot be exceeded; None where nobody knows."""
    multiplier: Decimal = Decimal(1)
    opening_mwh: int | None = None
    closing_mwh: int | None = None


@dataclass(frozen=True, slots=True)
class Contract:
    """On which plan a customer has a commodity at premises when."""

    premises_id: str
    customer_id: int
    commodity: Commodity
    plan_id: str
    begin_ms: int
    end_ms: int | None


@dataclass(frozen=True, slots=True)
class Price:
    """What a unit costs in some time, by a series that plans name."""

    series_id: str
    begin_ms: int
    end_ms: int
    price: Decimal
    """Currency a kWh, or a m3: eight decimals at most."""
    band: str | None = None


@dataclass(frozen=True, slots=True)
class CalorificValue:
    """MJ that a m3 of gas has on a gas day."""

    zone: str
    gas_day: date
    mj_per_m3: Decimal


@dataclass(frozen=True, slots=True)
class TaxRate:
    """Per cent on what was supplied on local days from `begin` up to but without `end`."""

    tax_region: str
    category: str
    begin: date
    end: date | None
    rate: Decimal


@dataclass(frozen=True, slots=True)
class Edit:
    """What a person says that a register counted in some time, with a reason."""

    edit_id: int
    register_id: str
    begin_ms: int
    end_ms: int
    energy_mwh: int
    reason: str
    by_user: str
    commodity: Commodity = "electricity"
    """With the id it says which register."""


@dataclass(frozen=True, slots=True)
class Holiday:
    """A local day of a calendar on which workdays' bands do not apply."""

    calendar: str
    day: date


@dataclass(frozen=True, slots=True)
class PlanVersion:
    """The terms of a plan on local days from `begin` up to but without `end`."""

    plan_id: str
    version: int
    begin: date
    end: date | None
    terms: str
    """The plan's file, TOML."""


@dataclass(frozen=True, slots=True)
class VeeRule:
    """With which numbers a rule judges what is supplied from `begin_ms` on, and how severe what it
    finds is."""

    rule: str
    parameters: Mapping[str, Any]
    """By the names of `billing.curve.rules.Rules`."""
    severity: str
    begin_ms: int
    end_ms: int | None


@dataclass(frozen=True, slots=True)
class Masters:
    """All of them, as recorded until `as_of_ms`."""

    as_of_ms: int
    sites: tuple[Site, ...] = ()
    premises: tuple[Premises, ...] = ()
    occupancies: tuple[Occupancy, ...] = ()
    installations: tuple[Installation, ...] = ()
    contracts: tuple[Contract, ...] = ()
    plans: tuple[PlanVersion, ...] = ()
    prices: tuple[Price, ...] = ()
    holidays: tuple[Holiday, ...] = ()
    calorific_values: tuple[CalorificValue, ...] = ()
    tax_rates: tuple[TaxRate, ...] = ()
    edits: tuple[Edit, ...] = ()
    vee_rules: tuple[VeeRule, ...] = ()
