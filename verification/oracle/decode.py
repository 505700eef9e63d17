"""What a message is, judged by the contract alone (`contracts/reading.schema.json`)."""

import json
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import Enum
from itertools import accumulate
from math import floor
from typing import Any, NamedTuple, NoReturn, TypeAlias

import orjson

from contracts.meters import (
    KINDS,
    MAX_CAPACITY_W,
    MAX_FEEDER_LENGTH,
    MAX_REGION_LENGTH,
    MIN_CAPACITY_W,
    MIN_REGISTER_SIZE,
    SUPPLIES,
)
from contracts.reading import (
    COMMODITIES,
    EVENTS,
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
)
from contracts.rejects import Reason
from contracts.topics import MAX_MESSAGE_BYTES

Fields: TypeAlias = tuple[
    *tuple[str, str, str, int, int, int, int | None, float | None],
    *tuple[int | None, int | None, int, str | None, str | None],
]
"""Of a reading: meter_id, geohash, commodity, ts, seq, register, demand, voltage_v, energy,
interval_ms, revision, quality, quality_code; register, demand and energy in thousandths."""


class Announced(NamedTuple):
    """What an announcement says of its meter; the size of the register is in thousandths."""

    meter_id: str
    geohash: str
    commodity: str
    feeder: str | None
    region: str | None
    cadence_ms: int | None
    kind: str
    register_size: int | None
    removed: bool
    capacity_w: int | None = None
    supply: str | None = None
    installed_ms: int | None = None


class LostPower(NamedTuple):
    """An event: a meter says that it lost power."""

    meter_id: str
    ts: int


class Beat(Enum):
    """A message by which time goes on, and that says nothing of what a meter measures."""

    HEARTBEAT = "heartbeat"
    CLOSING = "closing"
    """A heartbeat whose writer says that its meters say nothing more."""
    EVENT = "event"
    """Of a meter; nothing is said of the writer."""


Verdict: TypeAlias = Fields | Announced | LostPower | Reason | Beat

_MAX_DIGITS = 25
"""More digits than any integer in range has."""

_MAX_DEPTH = 1_000
"""Objects and arrays within one another, the message itself included."""

_STRING = re.compile(rb'"(?:[^"\\]|\\.)*+"?', re.DOTALL)
"""A JSON string, or one without end; possessive, so that it takes one pass over any bytes."""

_NO_BRACKETS = bytes(set(range(256)) - set(b"[]{}"))
_STEPS = {ord("["): 1, ord("{"): 1, ord("]"): -1, ord("}"): -1}

_is_meter_id = re.compile(rf"[A-Za-z0-9_.:-]{{1,{MAX_METER_ID_LENGTH}}}").fullmatch
_is_feeder = re.compile(rf"[A-Za-z0-9_.:-]{{1,{MAX_FEEDER_LENGTH}}}").fullmatch
_is_region = re.compile(rf"[A-Za-z0-9_.:-]{{1,{MAX_REGION_LENGTH}}}").fullmatch
_is_quality_code = re.compile(rf"[ -~]{{1,{MAX_QUALITY_CODE_LENGTH}}}").fullmatch
_is_geohash = re.compile(
    rf"[0-9bcdefghjkmnpqrstuvwxyz]{{{MIN_GEOHASH_LENGTH},{MAX_GEOHASH_LENGTH}}}"
).fullmatch

_ANNOUNCED: tuple[tuple[str, tuple[type, ...], Callable[[Any], object]], ...] = (
    ("feeder", (str,), _is_feeder),
    ("region", (str,), _is_region),
    ("cadence_ms", (int,), lambda span: 1 <= span <= MAX_INTERVAL_MS),
    ("kind", (str,), lambda kind: kind in KINDS),
    ("register_size", (float, int), lambda size: MIN_REGISTER_SIZE <= size <= MAX_REGISTER),
    ("removed", (bool,), lambda _: True),
    ("capacity_w", (int,), lambda power: MIN_CAPACITY_W <= power <= MAX_CAPACITY_W),
    ("supply", (str,), lambda supply: supply in SUPPLIES),
    ("installed_ms", (int,), lambda at: 1 <= at <= MAX_TS_MS),
)
"""What an announcement may say of its meter besides who it is, in the order in which it is looked
at: its exact types, and whether a value is in range."""


def decode(value: bytes | None) -> Verdict:
    """What a reading, an announcement or an event says, which beat the message is, or the reason
    why it is none of these."""
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
    if "heartbeat" in message:
        heartbeat = message["heartbeat"]
        if heartbeat is True:
            return Beat.CLOSING if message.get("closing") is True else Beat.HEARTBEAT
        return "out_of_range" if heartbeat is False else "wrong_type"
    if "meter" in message:
        meter = message["meter"]
        return _judge_meter(meter) if type(meter) is dict else "wrong_type"
    if message.get("event") is not None:
        return _judge_event(message)
    return _judge_reading(message)


def _judge_event(message: dict[str, Any]) -> LostPower | Reason:
    get = message.get
    event = get("event")
    if type(event) is not str:
        return "wrong_type"
    if event not in EVENTS:
        return "out_of_range"
    meter_id = get("meter_id")
    if type(meter_id) is not str:
        return _absent_or_mistyped(meter_id)
    if not _is_meter_id(meter_id):
        return "out_of_range"
    for number, most in ((get("ts"), MAX_TS_MS), (get("seq"), MAX_SEQ)):
        if type(number) is not int:
            return _absent_or_mistyped(number)
        if not 0 <= number <= most:
            return "out_of_range"
    return LostPower(meter_id, message["ts"])


def _judge_reading(message: dict[str, Any]) -> Fields | Reason:
    get = message.get
    identity = _identity(get("meter_id"), get("geohash"), get("commodity"))
    if isinstance(identity, str):
        return identity
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
    if demand is not None:
        if type(demand) is not float and type(demand) is not int:
            return "wrong_type"
        if not -MAX_DEMAND <= demand <= MAX_DEMAND:
            return "out_of_range"
        demand = _thousandths(demand)
    voltage_v = get("voltage_v")
    if voltage_v is not None:
        if type(voltage_v) is not float and type(voltage_v) is not int:
            return "wrong_type"
        if not 0 <= voltage_v <= MAX_VOLTAGE_V:
            return "out_of_range"
        voltage_v = float(voltage_v)
    energy = get("energy")
    if energy is not None:
        if type(energy) is not float and type(energy) is not int:
            return "wrong_type"
        if not -MAX_ENERGY <= energy <= MAX_ENERGY:
            return "out_of_range"
        energy = _thousandths(energy)
    interval_ms = get("interval_ms")
    if interval_ms is not None:
        if type(interval_ms) is not int:
            return "wrong_type"
        if not 1 <= interval_ms <= MAX_INTERVAL_MS:
            return "out_of_range"
    revision = get("revision")
    if revision is not None:
        if type(revision) is not int:
            return "wrong_type"
        if not 0 <= revision <= MAX_REVISION:
            return "out_of_range"
    quality = get("quality")
    if quality is not None:
        if type(quality) is not str:
            return "wrong_type"
        if quality not in QUALITIES:
            return "out_of_range"
    quality_code = get("quality_code")
    if quality_code is not None:
        if type(quality_code) is not str:
            return "wrong_type"
        if not _is_quality_code(quality_code):
            return "out_of_range"
    return (
        *identity,
        ts,
        seq,
        _thousandths(register),
        demand,
        voltage_v,
        energy,
        interval_ms,
        revision or 0,
        quality,
        quality_code,
    )


def _judge_meter(meter: dict[str, Any]) -> Announced | Reason:
    get = meter.get
    identity = _identity(get("meter_id"), get("geohash"), get("commodity"))
    if isinstance(identity, str):
        return identity
    for name, types, is_allowed in _ANNOUNCED:
        value = get(name)
        if value is None:
            continue
        if type(value) not in types:
            return "wrong_type"
        if not is_allowed(value):
            return "out_of_range"
    register_size = get("register_size")
    return Announced(
        *identity,
        get("feeder"),
        get("region"),
        get("cadence_ms"),
        get("kind") or "register",
        None if register_size is None else _thousandths(register_size),
        get("removed") is True,
        get("capacity_w"),
        get("supply"),
        get("installed_ms"),
    )


def _identity(
    meter_id: object, geohash: object, commodity: object
) -> tuple[str, str, str] | Reason:
    """Which meter it is of, where it is and what it measures: readings and announcements say it."""
    if type(meter_id) is not str:
        return _absent_or_mistyped(meter_id)
    if not _is_meter_id(meter_id):
        return "out_of_range"
    if type(geohash) is not str:
        return _absent_or_mistyped(geohash)
    if not _is_geohash(geohash):
        return "out_of_range"
    if type(commodity) is not str:
        return _absent_or_mistyped(commodity)
    if commodity not in COMMODITIES:
        return "out_of_range"
    return meter_id, geohash, commodity


def _thousandths(value: float) -> int:
    return floor(value * 1000 + 0.5)


def _absent_or_mistyped(value: object) -> Reason:
    return "missing" if value is None else "wrong_type"
