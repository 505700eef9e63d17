"""Values of a device's JSON, each with what is wrong with it told by its name."""

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import orjson

from services.bridge.said import Dimension, Message, UnmappedError


class Unit(NamedTuple):
    """Of a register: how many Wh or litres it is."""

    factor: float
    dimension: Dimension


AMOUNTS = {
    "Wh": Unit(1.0, "energy"),
    "kWh": Unit(1_000.0, "energy"),
    "MWh": Unit(1_000_000.0, "energy"),
    "Wmin": Unit(1 / 60, "energy"),
    "l": Unit(1.0, "volume"),
    "L": Unit(1.0, "volume"),
    "m3": Unit(1_000.0, "volume"),
    "m³": Unit(1_000.0, "volume"),
    "dm3": Unit(1.0, "volume"),
}
TO_W = {"W": 1.0, "kW": 1_000.0, "MW": 1_000_000.0}
THOUSANDTHS = 3
_DIGITS = re.compile(r"\s*[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?\s*", re.ASCII | re.IGNORECASE)

Json = Mapping[str, Any]


def json_object(message: Message) -> Json:
    """The payload as a JSON object.

    Raises:
        UnmappedError: it is none.
    """
    said = json_value(message)
    if not isinstance(said, dict):
        raise UnmappedError("not_an_object", f"the payload is {_shown(said)}, not a JSON object")
    return said


def json_value(message: Message) -> object:
    """The payload as JSON.

    Raises:
        UnmappedError: it is none.
    """
    try:
        return orjson.loads(message.payload)
    except orjson.JSONDecodeError as problem:
        raise UnmappedError("not_json", str(problem)) from None


def at(said: object, path: str) -> object:
    """What is at a path such as `energy.import.cumulative`; None where nothing is."""
    for name in path.split(".") if path else ():
        said = said.get(name) if isinstance(said, dict) else None
    return said


def number(said: object, path: str) -> float:
    """A number that must be there; digits in quotes are one, as some devices send.

    Raises:
        UnmappedError: it is missing, or none.
    """
    found = optional_number(said, path)
    if found is None:
        raise UnmappedError("missing", f"there is no {path or 'value'}")
    return found


def optional_number(said: object, path: str) -> float | None:
    """A number, or None where there is none.

    Raises:
        UnmappedError: there is something else.
    """
    return _number(at(said, path), path)


def _number(value: object, path: str) -> float | None:
    if value is None:
        return None
    if isinstance(value, str):
        if not _DIGITS.fullmatch(value):
            raise UnmappedError("wrong_type", f"{path} is {_shown(value)}, no number")
        value = float(value)
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise UnmappedError("wrong_type", f"{path} is {_shown(value)}, no number")
    if not math.isfinite(value):
        raise UnmappedError("out_of_range", f"{path} is {value}")
    return float(value)


def summed(said: object, path: str) -> float | None:
    """A number, or the sum of a list of them, one for each phase; None where nothing is.

    Raises:
        UnmappedError: there is something else.
    """
    value = at(said, path)
    if not isinstance(value, list):
        return _number(value, path)
    return sum(number(each, "") for each in value)


def first(said: object, path: str) -> float | None:
    """A number, or the first of a list of them; None where nothing is.

    Raises:
        UnmappedError: there is something else.
    """
    value = at(said, path)
    if isinstance(value, list):
        return _number(value[0], "") if value else None
    return _number(value, path)


def text(said: object, path: str) -> str:
    """A text that must be there; a whole number will do.

    Raises:
        UnmappedError: it is missing, or something else.
    """
    value = at(said, path)
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if not isinstance(value, str) or not value:
        raise UnmappedError("missing" if value is None else "wrong_type", f"there is no {path}")
    return value


def scaled(amount: float | None, factor: float) -> float | None:
    """In another unit, with the three decimals that a reading keeps."""
    return None if amount is None else round(amount * factor, THOUSANDTHS)


def amount_unit(unit: str) -> Unit:
    """The unit of a register by its name.

    Raises:
        UnmappedError: it is none.
    """
    if unit not in AMOUNTS:
        raise UnmappedError("unknown_unit", f"register_unit is {unit!r}: give {_of(AMOUNTS)}")
    return AMOUNTS[unit]


def power_factor(unit: str) -> float:
    """How many W a unit of power is.

    Raises:
        UnmappedError: it is none.
    """
    if unit not in TO_W:
        raise UnmappedError("unknown_unit", f"demand_unit is {unit!r}: give {_of(TO_W)}")
    return TO_W[unit]


def present(values: Sequence[float | None]) -> list[float]:
    """Those that are there."""
    return [each for each in values if each is not None]


def _of(units: Iterable[str]) -> str:
    return f"one of {', '.join(units)}"


def _shown(value: object) -> str:
    return repr(value)[:80]
