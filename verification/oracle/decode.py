"""What a message is, judged by the contract alone (`contracts/reading.schema.json`)."""

import json
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import accumulate
from math import floor
from typing import Final, NoReturn, TypeAlias

import orjson

from contracts.reading import (
    COMMODITIES,
    MAX_DEMAND,
    MAX_GEOHASH_LENGTH,
    MAX_METER_ID_LENGTH,
    MAX_REGISTER,
    MAX_SEQ,
    MAX_TS_MS,
    MAX_VOLTAGE_V,
    MIN_GEOHASH_LENGTH,
    SCHEMA_VERSION,
)
from contracts.rejects import Reason
from contracts.topics import MAX_MESSAGE_BYTES

Fields: TypeAlias = tuple[str, str, str, int, int, int, int, float | None]
"""meter_id, geohash, commodity, ts, seq, register and demand in thousandths, voltage_v."""

HEARTBEAT: Final = None
"""What `decode` says of a heartbeat."""

Verdict: TypeAlias = Fields | Reason | None

_MAX_DIGITS = 25
"""More digits than any integer in range has."""

_MAX_DEPTH = 1_000
"""Objects and arrays within one another, the message itself included."""

_STRING = re.compile(rb'"(?:[^"\\]|\\.)*+"?', re.DOTALL)
"""A JSON string, or one without end; possessive, so that it takes one pass over any bytes."""

_NO_BRACKETS = bytes(set(range(256)) - set(b"[]{}"))
_STEPS = {ord("["): 1, ord("{"): 1, ord("]"): -1, ord("}"): -1}

_is_meter_id = re.compile(rf"[A-Za-z0-9_.:-]{{1,{MAX_METER_ID_LENGTH}}}").fullmatch
_is_geohash = re.compile(
    rf"[0-9bcdefghjkmnpqrstuvwxyz]{{{MIN_GEOHASH_LENGTH},{MAX_GEOHASH_LENGTH}}}"
).fullmatch


def decode(value: bytes | None) -> Verdict:
    """The reading's fields, HEARTBEAT, or the reason why the message is neither."""
    if not value:
        return "empty"
    if len(value) > MAX_MESSAGE_BYTES:
        return "too_large"
    if _is_too_deep(value):
        return "not_json"
    try:
        verdict = _judge(orjson.loads(value))
    except orjson.JSONDecodeError:
        return _decode_odd(value)
    # orjson turns an integer of more than 64 bits into a float, so it does not have the last word.
    return _decode_odd(value) if isinstance(verdict, str) else verdict


def _decode_odd(value: bytes) -> Verdict:
    """The same as `decode`, slower, of every valid JSON text: 1e400, long integers, "\\ud800"."""
    try:
        with _room_to_recurse(_MAX_DEPTH):
            parsed = json.loads(value.decode(), parse_int=_integer, parse_constant=_refuse)
    except ValueError:
        return "not_json"
    return _judge(parsed)


def _is_too_deep(value: bytes) -> bool:
    """Whether JSON is nested deeper than allowed; of other bytes the answer means nothing."""
    if value.count(b"[") + value.count(b"{") <= _MAX_DEPTH:
        return False
    brackets = _STRING.sub(b"", value).translate(None, _NO_BRACKETS)
    return max(accumulate(map(_STEPS.__getitem__, brackets)), default=0) > _MAX_DEPTH


@contextmanager
def _room_to_recurse(levels: int) -> Iterator[None]:
    """Let the standard parser go this deep, however deep the caller already is."""
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(limit + 2 * levels)
    try:
        yield
    finally:
        sys.setrecursionlimit(limit)


def _integer(digits: str) -> int:
    """An integer of any length; one beyond every range keeps its sign and stays beyond."""
    return int(digits[:_MAX_DIGITS])


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is not JSON")


def _judge(message: object) -> Verdict:
    # `type(x) is` rather than isinstance: a JSON boolean is no number.
    if type(message) is not dict:
        return "not_an_object"
    if "v" in message:
        version = message["v"]
        if type(version) is bool or version != SCHEMA_VERSION:
            return "unsupported_version"
    get = message.get
    if "heartbeat" in message:
        heartbeat = message["heartbeat"]
        if heartbeat is True:
            return HEARTBEAT
        return "out_of_range" if heartbeat is False else "wrong_type"

    meter_id = get("meter_id")
    if type(meter_id) is not str:
        return _absent_or_mistyped(meter_id)
    if not _is_meter_id(meter_id):
        return "out_of_range"
    geohash = get("geohash")
    if type(geohash) is not str:
        return _absent_or_mistyped(geohash)
    if not _is_geohash(geohash):
        return "out_of_range"
    commodity = get("commodity")
    if type(commodity) is not str:
        return _absent_or_mistyped(commodity)
    if commodity not in COMMODITIES:
        return "out_of_range"
    ts = get("ts")
    if type(ts) is not int:
        return _absent_or_mistyped(ts)
    if not 0 <= ts <= MAX_TS_MS:
        return "out_of_range"
    seq = get("seq")
    if type(seq) is not int:
        return _absent_or_mistyped(seq)
    if not 0 <= seq <= MAX_SEQ:
        return "out_of_range"
    register = get("register")
    if type(register) is not float and type(register) is not int:
        return _absent_or_mistyped(register)
    if not 0 <= register <= MAX_REGISTER:
        return "out_of_range"
    demand = get("demand")
    if type(demand) is not float and type(demand) is not int:
        return _absent_or_mistyped(demand)
    if not -MAX_DEMAND <= demand <= MAX_DEMAND:
        return "out_of_range"
    voltage_v = get("voltage_v")
    if voltage_v is not None:
        if type(voltage_v) is not float and type(voltage_v) is not int:
            return "wrong_type"
        if not 0 <= voltage_v <= MAX_VOLTAGE_V:
            return "out_of_range"
        voltage_v = float(voltage_v)
    return (
        meter_id,
        geohash,
        commodity,
        ts,
        seq,
        floor(register * 1000 + 0.5),
        floor(demand * 1000 + 0.5),
        voltage_v,
    )


def _absent_or_mistyped(value: object) -> Reason:
    return "missing" if value is None else "wrong_type"
