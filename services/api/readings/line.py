"""A line of a body: one reading, as the contract has it, or what is wrong with it."""

import re
from collections.abc import Callable
from typing import Any, NamedTuple

import orjson

from contracts.reading import (
    COMMODITIES,
    GEOHASH_PATTERN,
    MAX_DEMAND,
    MAX_ENERGY,
    MAX_GEOHASH_LENGTH,
    MAX_INTERVAL_MS,
    MAX_METER_ID_LENGTH,
    MAX_QUALITY_CODE_LENGTH,
    MAX_REGISTER,
    MAX_REVISION,
    MAX_SEQ,
    MAX_TS_MS,
    MAX_VOLTAGE_V,
    MIN_GEOHASH_LENGTH,
    QUALITIES,
    SCHEMA_VERSION,
    Reading,
)

SHOWN = 80
"""Of a value that is wrong."""
OTHER_MESSAGES = ("heartbeat", "meter", "event")
"""Fields of messages of the log that are no readings."""

_WHOLE, _NUMBER, _TEXT = (int,), (int, float), (str,)
_is_meter_id = re.compile(rf"[A-Za-z0-9_.:-]{{1,{MAX_METER_ID_LENGTH}}}").fullmatch
_is_geohash = re.compile(GEOHASH_PATTERN).fullmatch
_is_quality_code = re.compile(rf"[ -~]{{1,{MAX_QUALITY_CODE_LENGTH}}}").fullmatch


class Refused(NamedTuple):
    """What is wrong with a line."""

    field: str | None
    """None: it is no JSON object."""
    detail: str
    """The value, and what to give."""


class _Rule(NamedTuple):
    field: str
    types: tuple[type, ...]
    is_allowed: Callable[[Any], object]
    give: str
    is_needed: bool = False


def _from(least: int, most: int) -> Callable[[Any], bool]:
    return lambda number: least <= number <= most


_RULES = (
    _Rule(
        "meter_id",
        _TEXT,
        _is_meter_id,
        f"1 to {MAX_METER_ID_LENGTH} of A-Z a-z 0-9 _ . : -",
        is_needed=True,
    ),
    _Rule(
        "geohash",
        _TEXT,
        _is_geohash,
        f"{MIN_GEOHASH_LENGTH} to {MAX_GEOHASH_LENGTH} characters of a geohash",
        is_needed=True,
    ),
    _Rule(
        "commodity",
        _TEXT,
        lambda said: said in COMMODITIES,
        f"one of {', '.join(COMMODITIES)}",
        is_needed=True,
    ),
    _Rule(
        "ts",
        _WHOLE,
        _from(0, MAX_TS_MS),
        f"epoch milliseconds UTC, an integer from 0 to {MAX_TS_MS}",
        is_needed=True,
    ),
    _Rule("seq", _WHOLE, _from(0, MAX_SEQ), f"an integer from 0 to {MAX_SEQ}", is_needed=True),
    _Rule(
        "register",
        _NUMBER,
        _from(0, MAX_REGISTER),
        f"Wh or litres, a number from 0 to {MAX_REGISTER}",
        is_needed=True,
    ),
    _Rule(
        "demand",
        _NUMBER,
        _from(-MAX_DEMAND, MAX_DEMAND),
        f"W or litres per hour, a number from {-MAX_DEMAND} to {MAX_DEMAND}, or nothing",
    ),
    _Rule(
        "voltage_v",
        _NUMBER,
        _from(0, MAX_VOLTAGE_V),
        f"V, a number from 0 to {MAX_VOLTAGE_V}, or nothing",
    ),
    _Rule(
        "energy",
        _NUMBER,
        _from(-MAX_ENERGY, MAX_ENERGY),
        f"Wh or litres, a number from {-MAX_ENERGY} to {MAX_ENERGY}, or nothing",
    ),
    _Rule(
        "interval_ms",
        _WHOLE,
        _from(1, MAX_INTERVAL_MS),
        f"an integer from 1 to {MAX_INTERVAL_MS}, or nothing",
    ),
    _Rule(
        "revision",
        _WHOLE,
        _from(0, MAX_REVISION),
        f"an integer from 0 to {MAX_REVISION}, or nothing",
    ),
    _Rule(
        "quality",
        _TEXT,
        lambda said: said in QUALITIES,
        f"one of {', '.join(QUALITIES)}, or nothing",
    ),
    _Rule(
        "quality_code",
        _TEXT,
        _is_quality_code,
        f"1 to {MAX_QUALITY_CODE_LENGTH} printable characters of ASCII, or nothing",
    ),
)
"""In the order of the fields of a reading."""
assert tuple(rule.field for rule in _RULES) == Reading.__match_args__


def read(line: bytes) -> Reading | Refused:
    """The reading of a line, or the first thing that is wrong with it. Fields that the contract
    does not know are left out."""
    try:
        said = orjson.loads(line)
    except orjson.JSONDecodeError as problem:
        shown = line[:SHOWN].decode(errors="replace")
        return Refused(None, f"it is no JSON ({problem}): {shown!r}; give one object a line")
    if type(said) is not dict:
        return Refused(None, f"it is {_shown(said)}: give one JSON object, a reading, a line")
    if (version := said.get("v", SCHEMA_VERSION)) != SCHEMA_VERSION or type(version) is bool:
        return _refused("v", version, f"{SCHEMA_VERSION}, or nothing")
    for other in OTHER_MESSAGES:
        if other in said and (other != "event" or said[other] is not None):
            return _refused(other, said[other], "readings alone, which have no such field")
    values: list[Any] = []
    for rule in _RULES:
        value = said.get(rule.field)
        if value is None:
            if rule.is_needed:
                return Refused(rule.field, f"it is missing: give {rule.give}")
        # `type(x) in` rather than isinstance: a JSON boolean is no number.
        elif type(value) not in rule.types or not rule.is_allowed(value):
            return _refused(rule.field, value, rule.give)
        values.append(value)
    return Reading(*values)


def _refused(field: str, value: object, give: str) -> Refused:
    return Refused(field, f"it is {_shown(value)}: give {give}")


def _shown(value: object) -> str:
    try:
        text = orjson.dumps(value).decode()
    except orjson.JSONEncodeError:
        return "nested too deep to be shown"
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}…"
