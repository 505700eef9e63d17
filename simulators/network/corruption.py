"""The ways a message is mangled; each makes it unusable for one of `contracts.rejects.REASONS`."""

from collections.abc import Callable

import orjson

from contracts.time import DAY_MS

YEAR_MS = 365 * DAY_MS


def corrupt(value: bytes, corruption: int) -> bytes | None:
    """An encoded reading as the network mangled it, by index into CORRUPTIONS."""
    return _MANGLERS[corruption](value)


def _with(field: str, content: object) -> Callable[[bytes], bytes]:
    return lambda value: orjson.dumps({**orjson.loads(value), field: content})


def _with_raw(field: str, content: bytes) -> Callable[[bytes], bytes]:
    """For what no JSON library writes."""
    return lambda value: _with(field, "@")(value).replace(b'"@"', content)


def _without(field: str) -> Callable[[bytes], bytes]:
    return lambda value: orjson.dumps(
        {name: content for name, content in orjson.loads(value).items() if name != field}
    )


def _a_year_ahead(value: bytes) -> bytes:
    message = orjson.loads(value)
    return orjson.dumps({**message, "ts": message["ts"] + YEAR_MS})


CORRUPTIONS: dict[str, Callable[[bytes], bytes | None]] = {
    "truncated": lambda value: value[: len(value) // 2],
    "array": lambda value: b"[" + value + b"]",
    "integer for a string": _with("meter_id", 12),
    "string for a number": _with("register", "12.5"),
    "missing register": _without("register"),
    "null time": _with("ts", None),
    "time before the epoch": _with("ts", -1),
    "unknown commodity": _with("commodity", "steam"),
    "register below zero": _with("register", -0.001),
    "demand beyond any number": _with_raw("demand", b"1e400"),
    "demand not a number": _with_raw("demand", b"NaN"),
    "unknown version": _with("v", 2),
    "invalid UTF-8": lambda value: value.replace(b'"meter_id":"', b'"meter_id":"\xff', 1),
    "clock a year ahead": _a_year_ahead,
    "empty": lambda _: b"",
    "null": lambda _: None,
}
_MANGLERS = tuple(CORRUPTIONS.values())
