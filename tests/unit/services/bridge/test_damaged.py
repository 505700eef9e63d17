"""Whatever a device says, its message is readings of the contract or is told with a reason, and
never what nobody understands."""

import json
import math
from collections.abc import Iterator
from copy import copy
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.reading import MAX_DEMAND, MAX_REGISTER, MAX_SEQ, MAX_TS_MS, Reading
from contracts.time import MINUTE_MS
from services.bridge.mapping import Mapper, Place
from services.bridge.routes import Route
from services.bridge.said import Message, UnmappedError
from tests.support.chance import examples
from tests.unit.services.bridge.test_profiles import GEOHASH, RECEIVED_MS, payload

MANY = 400
"""Messages of each kind that are tried by `make proof`."""
MAPPED = {
    "register": "values.e",
    "register_unit": "kWh",
    "demand": "values.p",
    "demand_unit": "kW",
    "voltage": "values.u",
    "time": "values.at",
    "export": "values.back",
}
SAID = {"values": {"e": 1.5, "p": 0.2, "u": 230, "at": "2024-10-27T02:30:00", "back": 0}}
TELEGRAM = {
    "timestamp": "2024-05-01T10:00:00Z",
    "electricity_delivered_1": "1.5",
    "electricity_delivered_2": "2.5",
    "electricity_returned_1": "0",
    "electricity_returned_2": "0",
    "electricity_currently_delivered": "0.3",
    "electricity_currently_returned": "0",
    "phase_voltage_l1": 230,
    "extra_device_delivered": "5.1",
    "extra_device_timestamp": "2024-05-01T10:00:00Z",
}
SWITCH = {"apower": 5.5, "voltage": 230, "aenergy": {"total": 6.25, "minute_ts": 1_700_000_000}}
ZONE = "Europe/Berlin"


def _of(source: str) -> object:
    return orjson.loads(payload(source))


KINDS: dict[str, tuple[dict[str, object], str, object]] = {
    "native": (
        {"topic": "meters/+/reading"},
        "meters/m/reading",
        [{"ts": 1, "register": 5.5, "demand": -1, "seq": 3, "quality": "edited", "v": 1}],
    ),
    "tasmota": ({"topic": "tele/+/SENSOR", "zone": ZONE}, "tele/m/SENSOR", _of("arendst/Tasmota")),
    "tasmota, three phases": (
        {"topic": "tele/+/SENSOR", "zone": ZONE},
        "tele/m/SENSOR",
        _of("arendst/Tasmota#17579"),
    ),
    "shelly-gen1": ({"topic": "shellies/+/#"}, "shellies/m/emeter/0/total", 5.5),
    "shelly": ({"topic": "+/status/+"}, "m/status/switch:0", SWITCH),
    "shelly, three phases": (
        {"topic": "+/status/+"},
        "m/status/em1data:1",
        _of("evcc-io/evcc discussion 12385 (Shelly"),
    ),
    "glow": ({"topic": "glow/+/SENSOR/+"}, "glow/m/SENSOR/electricitymeter", _of("megakid")),
    "zigbee2mqtt": ({"topic": "zigbee2mqtt/+"}, "zigbee2mqtt/m", _of("Koenkk/zigbee2mqtt")),
    "dsmr-reader": ({"topic": "dsmr/json", "meter": "m"}, "dsmr/json", TELEGRAM),
    "rtl_433": (
        {"topic": "rtl_433/+/events", "zone": ZONE, "factors": {"68211547": 10}},
        "rtl_433/host/events",
        _of("merbanan/rtl_433"),
    ),
    "chirpstack": (
        {
            "topic": "application/+/device/+/event/up",
            "meter": "m",
            "zone": ZONE,
            "fields": MAPPED,
        },
        "application/1/device/0a/event/up",
        {"deviceInfo": {"devEui": "0a"}, "time": "2024-05-01T10:00:00Z", "object": SAID},
    ),
    "thingsboard": (
        {"topic": "v1/devices/me/telemetry", "meter": "m", "fields": MAPPED},
        "v1/devices/me/telemetry",
        [{"ts": 1_700_000_000_000, "values": SAID}],
    ),
    "thingsboard-gateway": (
        {"topic": "v1/gateway/telemetry", "meter": "m", "fields": MAPPED},
        "v1/gateway/telemetry",
        {"A": [{"ts": 1_700_000_000_000, "values": SAID}]},
    ),
    "json": ({"topic": "x/+", "zone": ZONE, "fields": MAPPED}, "x/m", SAID),
    "json, power alone": (
        {"topic": "x/+", "fields": {"demand": "p", "demand_unit": "MW", "time": "at"}},
        "x/m",
        {"p": 0.5, "at": 1_700_000_000},
    ),
    "pulses": (
        {"topic": "power/+", "wh_per_pulse": 1.5, "interval": "1m"},
        "power/m",
        _of("saubury/power-pi"),
    ),
    "panels": (
        {"topic": "panel-readings", "meter": "dc:eqix:us:chi1"},
        "panel-readings",
        _of("ksqldb"),
    ),
}
"""Route, topic and a message of each, by the profile and what else tells it from others."""

STRANGE: st.SearchStrategy[Any] = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**63), 2**64 - 1),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=12),
    st.sampled_from(
        [
            *("", "0x", "0xzz", "0x1f", "1e400", "-1", "1_0", "١٢", "9" * 400, " 5 "),
            *("2024-03-31T02:30:00", "2024-10-27T02:30:00", "0001-01-01T00:00:00"),
            *("9999-12-31T23:59:59", "0001-01-01T00:00:00+14:00", "99999999999", "2024-02-30"),
            *(1e308, -1e308, 5e-324, 2**63, -0.0, [], {}, [1e308, 1e308], [[]], [None]),
        ]
    ),
    st.lists(st.integers() | st.floats(allow_nan=False, allow_infinity=False), max_size=3),
)
"""In the place of what a device says."""


Path = tuple[str | int, ...]


def _paths(said: object, to: Path = ()) -> Iterator[Path]:
    """Where each value is, the whole first."""
    yield to
    if isinstance(said, dict):
        for name, value in said.items():
            yield from _paths(value, (*to, name))
    if isinstance(said, list):
        for n, value in enumerate(said):
            yield from _paths(value, (*to, n))


def _put(said: object, path: Path, new: object) -> object:
    """The whole with another value in a place."""
    if not path:
        return new
    first, *rest = path
    changed: Any = copy(said)
    changed[first] = _put(changed[first], tuple(rest), new)
    return changed


def _told(kind: str, values: list[bytes], *, is_backlog: bool) -> list[Reading]:
    """The readings of messages one after the other."""
    route, topic, _ = KINDS[kind]
    like = {**route, "profile": kind.partition(",")[0], "geohash": GEOHASH}
    known = Mapper([Route.model_validate(like)], {"m": Place(GEOHASH, "electricity", MINUTE_MS)})
    found: list[Reading] = []
    for n, value in enumerate(values):
        message = Message(topic, value, RECEIVED_MS + n, is_backlog)
        try:
            heard = known.heard(message)
        except UnmappedError:
            continue
        for said in heard.said:
            try:
                reading = known.reading(said, heard.route, message)
            except UnmappedError:
                continue
            found += [] if reading is None else [reading]
    return found


def _check(found: list[Reading]) -> None:
    for each in found:
        assert type(each.ts) is int
        assert type(each.seq) is int
        assert 0 <= each.ts <= MAX_TS_MS
        assert 0 <= each.seq <= MAX_SEQ
        assert 0 <= each.register <= MAX_REGISTER
        assert each.demand is None or abs(each.demand) <= MAX_DEMAND
        assert each.voltage_v is None or math.isfinite(each.voltage_v)


@pytest.mark.parametrize("kind", KINDS)
def test_as_it_was_found_it_is_read(kind: str) -> None:
    message = orjson.dumps(KINDS[kind][2])
    assert _told(kind, [message], is_backlog=False) or kind == "shelly, three phases"


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=examples(MANY))
@given(data=st.data())
def test_with_other_values_it_is_a_reading_or_told(kind: str, data: st.DataObject) -> None:
    said = KINDS[kind][2]
    messages = []
    for _ in range(data.draw(st.integers(1, 3))):
        path = data.draw(st.sampled_from(list(_paths(said))))
        said = _put(said, path, data.draw(STRANGE))
        messages.append(json.dumps(said).encode())
    _check(_told(kind, messages, is_backlog=data.draw(st.booleans())))


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=examples(MANY))
@given(data=st.data())
def test_with_bytes_that_flip_or_lack_it_is_a_reading_or_told(
    kind: str, data: st.DataObject
) -> None:
    message = bytearray(orjson.dumps(KINDS[kind][2]))
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(0, max(len(message) - 1, 0)))
        message[at : at + data.draw(st.integers(0, 3))] = data.draw(st.binary(max_size=3))
    _check(_told(kind, [bytes(message)], is_backlog=False))
