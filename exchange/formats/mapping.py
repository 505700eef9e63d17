"""What a table's columns mean: a mapping, a file of TOML. Ours are in `exchange/mappings/`."""

import re
import tomllib
from collections.abc import Mapping as Words
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    field_validator,
    model_validator,
)

from contracts.reading import MAX_INTERVAL_MS, Commodity, Quality
from contracts.time import MINUTE_MS
from exchange.errors import ExchangeError
from exchange.units import LITRES_PER_UNIT, MJ_PER_UNIT, WH_PER_UNIT

FOLDER = Path(__file__).parents[1] / "mappings"
UNITS = frozenset({*WH_PER_UNIT, *LITRES_PER_UNIT, *MJ_PER_UNIT, "W", "kW"})
A_TIME = datetime(2024, 1, 31, 9, 30, tzinfo=UTC)

Column = str
"""A heading as it stands, without the blanks around it, in any case; `Usage#2` is the second of
that name."""
Columns = Annotated[tuple[Column, ...], Field(min_length=1)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Time(_Strict):
    """When an interval is: its begin, its end, or both; of a register, `at`."""

    begin: Columns | None = None
    """Columns whose texts make up the time, with a blank between."""
    end: Columns | None = None
    at: Columns | None = None
    hour: Column | None = None
    """Number of the hour that ends, from 1, in the day that `begin` says: 23 and 25 of them where
    clocks change."""
    format: str = "iso"
    """As of `strptime`."""
    zone: str | None = None
    """Of local times; None: the text says its offset, or it is told."""
    length_min: Annotated[float, Field(gt=0, le=MAX_INTERVAL_MS / MINUTE_MS)] | None = None
    length: Column | None = None
    """Such as `PT30M`, `30min` or `30`."""
    last_minute: bool = False
    """`end` is the last minute of the interval, 00:59 of an hour."""

    @field_validator("format")
    @classmethod
    def _can_be_read(cls, form: str) -> str:
        if form != "iso":
            # What it writes it reads, or it is none.
            try:
                datetime.strptime(A_TIME.strftime(form), form)
            except re.error as error:
                raise ValueError(f"{form!r} says something twice: {error}") from None
        return form

    @field_validator("zone")
    @classmethod
    def _is_known(cls, zone: str | None) -> str | None:
        try:
            return zone if zone is None else ZoneInfo(zone).key
        except (KeyError, OSError):
            raise ValueError(f"{zone!r} is no zone: there is Europe/Paris, for one") from None


class Value(_Strict):
    """An amount of each row."""

    columns: Columns
    """Added, as registers of two tariffs; if one of them has none, none is known."""
    kind: Literal["energy", "power", "register"] = "energy"
    unit: str | None = None
    unit_column: Column | None = None
    """Where each row says its unit."""
    commodity: Commodity = "electricity"
    export: bool = False
    optional: bool = False
    """Not all files have its columns."""

    @model_validator(mode="after")
    def _has_a_unit(self) -> "Value":
        if (self.unit is None) == (self.unit_column is None):
            raise ValueError("say unit or unit_column, one of them")
        if self.unit is not None and self.unit not in UNITS:
            raise ValueError(f"unit {self.unit!r}: there are {', '.join(sorted(UNITS))}")
        return self


class Flow(_Strict):
    """A column that says which way the energy of a row goes."""

    column: Column
    use: list[str] = []
    export: list[str] = []


class Judgement(_Strict):
    """A column that says how good a row's amounts are."""

    column: Column
    words: Words[str, Quality | Literal["missing"]]


class Mapping(_Strict):
    """A table."""

    name: str
    source: str
    """Where it is known from."""
    delimiter: Annotated[str, Field(pattern=r"^[^\"\r\n]$")] = ","
    encoding: str | None = None
    headings: Annotated[list[Column], Field(min_length=1)]
    """By which its line of headings, and the file, is known."""
    decimal: Literal[".", ","] = "."
    thousands: bool = False
    """The other one of both signs may stand between thousands: 1,234.5 where `decimal` is a dot."""
    missing: list[str] = []
    """Texts that say that there is no amount, besides none at all."""
    totals: list[str] = []
    """Words that a row of sums has in a cell, which is no row of a time."""
    meter: Column | None = None
    time: Time
    values: Annotated[list[Value], Field(min_length=1)]
    flow: Flow | None = None
    quality: Judgement | None = None

    @field_validator("encoding")
    @classmethod
    def _is_text(cls, encoding: str | None) -> str | None:
        try:
            if encoding is not None:
                # Of nothing no codec is asked.
                b"?".decode(encoding, "replace")
        except LookupError:
            raise ValueError(f"{encoding!r} is no encoding of text: there is cp1252") from None
        return encoding

    @model_validator(mode="after")
    def _is_whole(self) -> "Mapping":
        said = self.time
        registers = [value.kind == "register" for value in self.values]
        if any(registers) != all(registers):
            raise ValueError("values are registers, or none of them is")
        if all(registers):
            if said.at is None:
                raise ValueError("time.at is missing, which says when a register was read")
        elif said.begin is None and said.end is None:
            raise ValueError("time.begin or time.end is missing")
        elif said.hour is None and None in (said.begin, said.end):
            lengths = (said.length_min, said.length)
            if lengths == (None, None):
                raise ValueError("time.length or time.length_min is missing")
        return self

    @property
    def length_ms(self) -> int | None:
        """Of all intervals, if it is said."""
        minutes = self.time.length_min
        return None if minutes is None else round(minutes * MINUTE_MS)


def load(path: Path) -> Mapping:
    """Read a mapping.

    Raises:
        ExchangeError: there is none, or it cannot be used; the message names file and field.
    """
    try:
        return Mapping.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except FileNotFoundError:
        names = ", ".join(sorted(each.stem for each in FOLDER.glob("*.toml")))
        raise ExchangeError(f"{path}: no such mapping; a file of yours, or {names}") from None
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ExchangeError(f"{path}: cannot be read as TOML: {error}") from None
    except ValidationError as error:
        faults = "; ".join(
            f"{'.'.join(map(str, each['loc'])) or 'mapping'}: {each['msg']}"
            for each in error.errors()
        )
        raise ExchangeError(f"{path}: {faults}") from None


def named(name: str) -> Mapping:
    """A mapping of ours by its name, or any by its path.

    Raises:
        ExchangeError: as `load`.
    """
    ours = FOLDER / f"{name}.toml"
    return load(ours if ours.exists() else Path(name))


@cache
def mappings() -> tuple[Mapping, ...]:
    """All of ours."""
    return tuple(load(path) for path in sorted(FOLDER.glob("*.toml")))
