"""`bridge.toml`: which topics are of which kind of device, and what their messages do not say."""

import re
import tomllib
from functools import cache
from typing import Annotated, Literal, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    field_validator,
    model_validator,
)

from contracts.errors import OperationError
from contracts.reading import GEOHASH_PATTERN, Commodity
from contracts.time import DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS
from services.bridge.fields import AMOUNTS, TO_W
from services.bridge.kinds import PROFILES
from services.bridge.said import Device

_UNITS_MS = {"s": SECOND_MS, "m": MINUTE_MS, "h": HOUR_MS, "d": DAY_MS}
_NOT_IN_IDS = re.compile(r"[^A-Za-z0-9_.:-]", re.ASCII)
_WILDCARDS = {"+", "#"}
MAX_RECEIVE = 65_535

MeterTemplate = Annotated[str, Field(min_length=1, max_length=200)]


class BridgeFileError(OperationError):
    """`bridge.toml` cannot be used as it stands; says what, and what to do."""


class Fields(BaseModel):
    """Which field of a JSON object says what: paths such as `values.energy`, and units."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    register_: Annotated[str | None, Field(alias="register")] = None
    register_unit: str | None = None
    demand: str | None = None
    demand_unit: str | None = None
    voltage: str | None = None
    time: str | None = None
    export: str | None = None

    @model_validator(mode="after")
    def _units(self) -> Self:
        for what, path, unit, units in (
            ("register", self.register_, self.register_unit, tuple(AMOUNTS)),
            ("demand", self.demand, self.demand_unit, tuple(TO_W)),
        ):
            if path is None and unit is not None:
                raise ValueError(f"{what}_unit is {unit!r}, and no {what} is named")
            if path is not None and unit not in units:
                raise ValueError(f"{what}_unit is {unit!r}: give one of {', '.join(units)}")
        if self.register_ is None and (self.demand is None or self.export is not None):
            raise ValueError("no register is named: name one, or a demand alone")
        amount = AMOUNTS.get(self.register_unit or "")
        if self.demand is not None and amount is not None and amount.dimension != "energy":
            raise ValueError(f"demand is power, and the register in {self.register_unit}")
        return self


class Route(BaseModel):
    """The devices behind a topic filter."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    topic: str
    profile: str
    meter: MeterTemplate | None = None
    """The meter's id, `{1}` for what stands in the place of the first wildcard. Absent: that, or
    without wildcards the last level of the topic."""
    zone: str | None = None
    wh_per_pulse: Annotated[float, Field(gt=0)] = 1.0
    interval: str = "1m"
    fields: Fields | None = None
    factors: dict[str, Annotated[float, Field(gt=0)]] = Field(default_factory=dict)
    geohash: Annotated[str, Field(pattern=f"^{GEOHASH_PATTERN}$")] | None = None
    """Of meters that the registry does not know; without it they are unmapped."""
    commodity: Commodity = "electricity"
    cadence: str = "1m"

    @field_validator("topic")
    @classmethod
    def _filter(cls, topic: str) -> str:
        levels = topic.split("/")
        if not topic or any(("+" in each or "#" in each) and len(each) > 1 for each in levels):
            raise ValueError("give a topic filter, in which + and # are levels of their own")
        if "#" in levels[:-1]:
            raise ValueError("give a topic filter in which # is the last level")
        return topic

    @field_validator("profile")
    @classmethod
    def _known(cls, profile: str) -> str:
        if profile not in PROFILES:
            raise ValueError(f"give one of {', '.join(PROFILES)}")
        return profile

    @field_validator("zone")
    @classmethod
    def _zone(cls, zone: str) -> str:
        try:
            ZoneInfo(zone)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise ValueError("give a time zone such as Europe/Berlin") from None
        return zone

    @field_validator("interval", "cadence")
    @classmethod
    def _span(cls, text: str) -> str:
        span_ms(text)
        return text

    @model_validator(mode="after")
    def _of_its_kind(self) -> Self:
        kind, said = PROFILES[self.profile], self.model_fields_set
        if unused := sorted(said - kind.keys):
            raise ValueError(f"{self.profile} does not use {', '.join(unused)}: take it out")
        if missing := sorted(kind.needs - said):
            raise ValueError(f"{self.profile} needs {', '.join(missing)}")
        if kind.is_of_a_site and self.meter is None and not _WILDCARDS & {*self.topic.split("/")}:
            raise ValueError(
                f"{self.profile} needs the site: give it as meter, or a topic with + in its place"
            )
        return self

    @property
    def runs_registers(self) -> bool:
        """Whether registers may be the bridge's own, made of pulses or power."""
        of_power = self.fields is not None and self.fields.register_ is None
        return self.profile == "pulses" or of_power

    @property
    def cadence_ms(self) -> int:
        """Time between two readings of meters that the registry does not know."""
        return span_ms(self.cadence)

    def levels(self, topic: str) -> tuple[str, ...] | None:
        """What stands in the place of each wildcard; None if the topic is not of the filter."""
        wanted, there = self.topic.split("/"), topic.split("/")
        found: list[str] = []
        for n, level in enumerate(wanted):
            if level == "#":
                return (*found, "/".join(there[n:]))
            if n >= len(there) or level not in ("+", there[n]):
                return None
            if level == "+":
                found.append(there[n])
        return tuple(found) if len(wanted) == len(there) else None

    def device(self, topic: str) -> Device | None:
        """The device of a topic; None if it is not of this filter."""
        if (levels := self.levels(topic)) is None:
            return None
        named = self.meter
        if named is None:
            named = levels[0] if levels else topic.rpartition("/")[2]
        else:
            for n, level in enumerate(levels, 1):
                named = named.replace(f"{{{n}}}", level)
        return Device(
            meter=named,
            levels=levels,
            zone=self.zone,
            wh_per_pulse=self.wh_per_pulse,
            interval_ms=span_ms(self.interval),
            fields={}
            if self.fields is None
            else self.fields.model_dump(exclude_none=True, by_alias=True),
            factors=self.factors,
        )


class Bridge(BaseModel):
    """All of the file."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,39}$")] = "bridge"
    """Of the session at the broker: two bridges have two."""
    namespace: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,30}$")] | None = None
    """Into which readings go; that of the settings if absent."""
    sole_writer: bool = False
    """Whether nobody else writes readings into the namespace."""
    receive_maximum: Annotated[int, Field(ge=1, le=MAX_RECEIVE)] = 1_000
    """Messages that the broker may have on their way at once."""
    session_expiry: Literal["1d", "7d", "30d"] = "7d"
    """How long the broker keeps what comes while the bridge is away."""
    route: tuple[Route, ...] = Field(min_length=1)

    @property
    def runs_registers(self) -> bool:
        """As of each route."""
        return any(route.runs_registers for route in self.route)


def read_routes(text: str, file: str = "bridge.toml") -> Bridge:
    """What a file says.

    Raises:
        BridgeFileError: it is no TOML, or a value cannot be; names the file, the key and the value.
    """
    try:
        return Bridge.model_validate(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise BridgeFileError(f"{file} is no TOML: {error}; mend it there") from None
    except ValidationError as error:
        wrong = [
            f"{file}: {'.'.join(map(str, each['loc']))} is {each['input']!r:.80}: "
            f"{each.get('ctx', {}).get('error', each['msg'])}"
            for each in error.errors()
        ]
        raise BridgeFileError("\n".join(wrong)) from None


@cache
def span_ms(text: str) -> int:
    """A length of time such as `30s`, `5m`, `1h`.

    Raises:
        ValueError: it is none; says what to give.
    """
    found = re.fullmatch(r"([0-9]{1,6})([smhd])", text)
    length_ms = int(found[1]) * _UNITS_MS[found[2]] if found else 0
    if not 0 < length_ms <= 31 * DAY_MS:
        raise ValueError('give a whole number with s, m, h or d, such as "30s" or "5m"')
    return length_ms


def meter_id_of(named: str) -> str:
    """A device's name as the id of a meter: what ids may not have becomes `_`."""
    return _NOT_IN_IDS.sub("_", named)
