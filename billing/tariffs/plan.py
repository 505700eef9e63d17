"""Plans: what a supplier charges, as a TOML file says it, read once and never changed.

A plan is a list of components, in the order in which they stand on a bill. Prices are decimals with
at most eight of them, by kWh, m3 or the plan's `unit`; written with or without quotes they are read
exactly. docs/tariffs.md says what each field means; `plans/` has examples.
"""

import tomllib
from collections.abc import Iterator, Mapping
from decimal import Decimal, InvalidOperation
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Any, Literal, Self

import numpy as np
from pydantic import BeforeValidator, Field, ValidationError, model_validator
from pydantic_core import ErrorDetails

from billing.tariffs.errors import TariffError
from billing.tariffs.money import LARGEST_PRICE, in_eighths
from billing.tariffs.units import Sold
from billing.tariffs.when import Part, When, any_time, chosen
from contracts.billing import PRICE_DECIMALS
from contracts.billing import Unit as Counted
from contracts.masters import Direction, Site

EXAMPLES = Path(__file__).with_name("plans")
"""The folder of plans that come with the project, `<id>.toml` each."""

MOST_RATCHET_MONTHS = 24
"""What a run looks back for is bounded."""

Commodity = Literal["electricity", "gas", "water"]
SOLD: Mapping[Commodity, tuple[Sold, ...]] = {
    "electricity": ("kWh",),
    "gas": ("kWh", "m3", "ccf"),
    "water": ("m3", "l", "ccf", "us_gal", "us_kgal", "imp_gal"),
}
"""In which units a commodity is sold; the first where a plan says nothing."""


def _decimal(value: Any) -> Decimal:  # noqa: ANN401
    if isinstance(value, bool) or not isinstance(value, str | int | Decimal):
        raise ValueError('give a decimal number, such as "0.25"')
    try:
        found = Decimal(value)
        is_large = found.is_finite() and found.copy_abs() >= LARGEST_PRICE
        if not is_large:
            in_eighths(found)
    except (InvalidOperation, ValueError):
        raise ValueError(
            f'give a decimal number with at most {PRICE_DECIMALS} decimals, such as "0.25"'
        ) from None
    if is_large:
        raise ValueError(f"give an amount below {LARGEST_PRICE}")
    return found


Price = Annotated[Decimal, BeforeValidator(_decimal)]
PositivePrice = Annotated[Price, Field(gt=0)]
PerCent = Annotated[Price, Field(gt=0, le=100)]
Name = Annotated[str, Field(pattern=r"^[^\s/][^/]{0,63}$")]


class Band(When):
    """A price at some times."""

    name: Name
    price: Price


class _Component(Part):
    label: str = ""
    """How a bill names it; by its kind where nothing is said."""
    tax_category: Annotated[str, Field(min_length=1)] | None = None
    """That of the plan where nothing is said."""


class _Priced(_Component):
    """What a kWh or m3 costs: always the same, by a series of prices, or by bands."""

    price: Price | None = None
    series: Annotated[str, Field(min_length=1)] | None = None
    bands: Annotated[tuple[Band, ...], Field(min_length=1)] | None = None

    @model_validator(mode="after")
    def _one_price(self) -> Self:
        given = [name for name in ("price", "series", "bands") if getattr(self, name) is not None]
        if len(given) != 1:
            raise ValueError(
                f"has {' and '.join(given) or 'no price'}: give one of price, series and bands"
            )
        if self.bands is not None:
            _check_bands(self.bands)
        return self


def _check_bands(bands: tuple[Band, ...]) -> None:
    if not bands[-1].always:
        raise ValueError(
            f"bands: the last one, {bands[-1].name!r}, has conditions: end with a band that has "
            "none, so that every hour has a price"
        )
    used = set(np.unique(chosen(bands, any_time(bands))).tolist())
    for number, band in enumerate(bands):
        if number not in used:
            raise ValueError(
                f"bands[{number + 1}] ({band.name!r}) never applies, since bands before it cover "
                "all of its time: put it before them, or leave it out"
            )
    prices: dict[str, Decimal] = {}
    for band in bands:
        if prices.setdefault(band.name, band.price) != band.price:
            raise ValueError(
                f"bands: {band.name!r} costs {prices[band.name]} and {band.price}: give bands of "
                "one name one price, or two names"
            )


class Energy(_Priced):
    """What is taken."""

    kind: Literal["energy"]


class Export(_Priced):
    """What is given, by a register of its own: a credit."""

    kind: Literal["export"]


class Tier(Part):
    """A price up to so much in a month; without `to`, of all that is left."""

    to: PositivePrice | None = None
    price: Price


class Tiers(_Component):
    """What is taken, by how much it is in a local month."""

    kind: Literal["tiers"]
    tiers: Annotated[tuple[Tier, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _ascending(self) -> Self:
        ends = [tier.to for tier in self.tiers]
        if ends[-1] is not None or None in ends[:-1]:
            raise ValueError("tiers: leave out `to` in the last tier, and give it in all others")
        for one, other in pairwise([end for end in ends if end is not None]):
            if other <= one:
                raise ValueError(f"tiers: to is {other} after {one}: give tiers in ascending order")
        return self


class Demand(_Component, When):
    """The largest mean power of a period in a month, within the window that the conditions say."""

    kind: Literal["demand"]
    price: Price
    """A kW and month, however much of the month it was."""
    ratchet_months: Annotated[int, Field(ge=1, le=MOST_RATCHET_MONTHS)] | None = None
    """Not less than `ratchet_percent` of the largest of so many months before."""
    ratchet_percent: PerCent = Decimal(100)


class Standing(_Component):
    """For each local day, paid by who is there at its first instant."""

    kind: Literal["standing"]
    per_day: Price


class Levy(_Component):
    """A charge on all that is taken, taxed as the plan is: sewerage, a climate levy."""

    kind: Literal["levy"]
    price: Price
    tax_category: None = None


class Discount(_Component):
    """Something off what stands before it in the plan, but for exports."""

    kind: Literal["discount"]
    percent: PerCent | None = None
    price: PositivePrice | None = None
    per_day: PositivePrice | None = None

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        given = [
            name for name in ("percent", "price", "per_day") if getattr(self, name) is not None
        ]
        if len(given) != 1:
            raise ValueError(
                f"has {' and '.join(given) or 'no amount'}: give one of percent, price and per_day"
            )
        return self


class Minimum(_Component):
    """What a month costs at least, whatever exports take off it."""

    kind: Literal["minimum"]
    per_month: PositivePrice


Component = Energy | Tiers | Demand | Standing | Export | Levy | Minimum | Discount


class Plan(Part):
    """A plan that can be billed by."""

    id: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_.-]{0,63}$")]
    name: Annotated[str, Field(min_length=1)]
    """What customers call it."""
    commodity: Commodity
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")]
    unit: Sold | None = None
    """That prices and tiers are by."""
    prices_include_tax: bool
    tax_category: Annotated[str, Field(min_length=1)] = "S"
    tax_region: str | None = None
    """Where alone it may be used; anywhere if absent."""
    on_offer: bool = False
    """Whether anybody may choose it; otherwise only who has it is told of it."""
    net: Literal["never", "period"] = "never"
    """Whether export is taken off import, within each period."""
    components: Annotated[
        tuple[Annotated[Component, Field(discriminator="kind")], ...],
        Field(alias="component", min_length=1),
    ]

    @property
    def sold(self) -> Sold:
        """The unit that prices and tiers are by."""
        return self.unit or SOLD[self.commodity][0]

    @property
    def counted(self) -> Counted:
        """What its quantities are thousandths of: gas that is sold by kWh is converted first."""
        return "mwh" if self.sold == "kWh" else "ml"

    @cached_property
    def demands(self) -> tuple[int, ...]:
        """Which of the components are of demand."""
        return tuple(
            number for number, each in enumerate(self.components) if isinstance(each, Demand)
        )

    @property
    def series(self) -> tuple[str, ...]:
        """The series of prices that it needs, each once."""
        named = (each.series for each in self.components if isinstance(each, Energy | Export))
        return tuple(dict.fromkeys(name for name in named if name is not None))

    def key(self, component: int) -> str:
        """How charges name a component: plan, place from 1, kind."""
        return f"{self.id}/{component + 1}/{self.components[component].kind}"

    def category(self, component: int) -> str:
        """The tax category of a component."""
        return self.components[component].tax_category or self.tax_category

    def direction(self, component: int) -> Direction:
        """Of which registers a component prices the quantity."""
        return "export" if isinstance(self.components[component], Export) else "import"

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        if self.unit is not None and self.unit not in SOLD[self.commodity]:
            raise ValueError(
                f"unit is {self.unit!r}: give one of {', '.join(SOLD[self.commodity])} for "
                f"{self.commodity}"
            )
        for number, each in enumerate(self.components, 1):
            if isinstance(each, Demand) and self.commodity != "electricity":
                raise ValueError(
                    f"component[{number}] is demand, a price of kW, and commodity is "
                    f"{self.commodity!r}: leave it out"
                )
            if isinstance(each, Energy | Export) and each.series and self.sold not in ("kWh", "m3"):
                raise ValueError(
                    f"component[{number}].series has prices by kWh or m3, and unit is "
                    f"{self.unit!r}: leave out unit, or give price or bands"
                )
            if isinstance(each, Minimum) and number < len(self.components):
                raise ValueError(f"component[{number}] is minimum: put it last, and once")
            if isinstance(each, Discount):
                self._check_discount(number)
        return self

    def _check_discount(self, number: int) -> None:
        before = [
            place
            for place in range(number - 1)
            if not isinstance(self.components[place], Export | Discount)
        ]
        categories = {self.category(place) for place in before} | {self.category(number - 1)}
        if not before:
            raise ValueError(f"component[{number}] is discount: put it after what it is taken off")
        if len(categories) > 1:
            raise ValueError(
                f"component[{number}] is discount, on tax categories "
                f"{', '.join(sorted(categories))}: give it, and all before it, one tax_category"
            )


def load(text: str, file: str) -> Plan:
    """The plan of a TOML file's text.

    Raises:
        TariffError: it is no TOML, or a field is missing, unknown or wrong; all of them are named.
    """
    try:
        return Plan.model_validate(tomllib.loads(text, parse_float=Decimal))
    except tomllib.TOMLDecodeError as error:
        raise TariffError(f"{file}: cannot be read as TOML: {error}") from error
    except ValidationError as error:
        wrong = "; ".join(dict.fromkeys(map(_told, error.errors())))
        raise TariffError(f"{file}: {wrong}") from error


def check_site(plan: Plan, commodity: str, site: Site) -> None:
    """Refuse a plan where it is not for what is counted there.

    Raises:
        TariffError: it is for another commodity, currency or tax region.
    """
    wanted = {"commodity": commodity, "currency": site.currency, "tax_region": site.tax_region}
    for field, value in wanted.items():
        own = getattr(plan, field)
        if own not in (None, value):
            raise TariffError(
                f"plan {plan.id}: {field} is {own!r}, and that of site {site.site_id} is "
                f"{value!r}: give contracts there a plan for {value!r}"
            )


KINDS = ("energy", "tiers", "demand", "standing", "export", "levy", "minimum", "discount")

REMEDIES = {
    "too_short": "give at least one",
    "string_too_short": "give a text",
    "none_required": "leave it out, since it has that of the plan",
    "id": "give lower-case letters, digits, dots, hyphens and underscores, 64 at most",
    "currency": "give the three letters of ISO 4217, such as GBP",
    "name": "give a text of 64 characters at most, without slashes",
}
"""What to do, by kind of error, or by field where the error is its pattern."""


def _told(error: ErrorDetails) -> str:
    name = "".join(_places(error["loc"])).removeprefix(".")
    kind, given, context = error["type"], error["input"], error.get("ctx", {})
    if kind.startswith("union_tag"):
        wrong = f"is {context['tag']!r}" if "tag" in context else "is missing"
        return f"{name}.kind {wrong}: give one of {', '.join(KINDS)}"
    if kind == "missing":
        return f"{name} is missing: give it"
    if kind == "extra_forbidden":
        return f"{name} is {given!r}, and there is no such field here: leave it out"
    said = error["msg"].removeprefix("Value error, ")
    if kind == "value_error" and isinstance(given, Mapping):
        return f"{name} {said}".strip()
    by = str(error["loc"][-1]) if kind == "string_pattern_mismatch" else kind
    return f"{name} is {given!r}: {REMEDIES.get(by, said)}"


def _places(loc: tuple[int | str, ...]) -> Iterator[str]:
    """Parts of a field's name as the file has them, places from 1; without the kinds that pydantic
    puts between."""
    for before, each in pairwise((None, *loc)):
        if isinstance(each, int):
            yield f"[{each + 1}]"
        elif not (isinstance(before, int) and loc[0] == "component" and each in KINDS):
            yield f".{each}"
