"""What devices send, as it was found in public reports (`payloads.jsonl` names each source), and
the readings that follow: values were worked out by hand."""

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import orjson
import pytest

from contracts.reading import Commodity, Reading
from contracts.time import HOUR_MS, MINUTE_MS
from services.bridge.mapping import Last, Mapper, Place
from services.bridge.routes import Route
from services.bridge.said import Message, UnmappedError

PAYLOADS = [
    orjson.loads(line)
    for line in Path(__file__).with_name("payloads.jsonl").read_bytes().splitlines()
]
GEOHASH = "u33db"
RECEIVED_MS = 1_790_000_012_345


class Values(NamedTuple):
    """Of a reading, what a device decides."""

    meter_id: str
    ts: int
    seq: int
    register: float
    demand: float | None
    voltage_v: float | None


def payload(source: str) -> bytes:
    """The first payload whose source begins so."""
    found = next(each["payload"] for each in PAYLOADS if each["source"].startswith(source))
    return orjson.dumps(found)


def mapper(
    *meters: str,
    cadence_ms: int = 300_000,
    registered: Commodity = "electricity",
    like: Mapping[str, object] | None = None,
    **route: object,
) -> Mapper:
    """Of one route, whose registry has these meters."""
    place = Place(GEOHASH, registered, cadence_ms)
    return Mapper([Route.model_validate({**(like or {}), **route})], dict.fromkeys(meters, place))


def told(
    known: Mapper,
    topic: str,
    value: bytes,
    received_ms: int = RECEIVED_MS,
    *,
    is_backlog: bool = False,
) -> list[Reading]:
    """The readings of a message."""
    message = Message(topic, value, received_ms, is_backlog)
    said, route = known.heard(message)
    found = [known.reading(each, route, message) for each in said]
    return [each for each in found if each is not None]


def values(readings: list[Reading]) -> list[Values]:
    """As they are compared."""
    return [Values(r.meter_id, r.ts, r.seq, r.register, r.demand, r.voltage_v) for r in readings]


def refused(known: Mapper, topic: str, value: bytes) -> str:
    """The reason why a message is no reading."""
    with pytest.raises(UnmappedError) as error:
        told(known, topic, value)
    return error.value.reason


PULSES = {"profile": "pulses", "wh_per_pulse": 1, "interval": "1m"}
TASMOTA = {"topic": "tele/+/SENSOR", "profile": "tasmota", "zone": "Europe/Berlin"}


@pytest.mark.parametrize(
    ("source", "topic", "expected"),
    [
        pytest.param(
            "arendst/Tasmota#5373",
            "tele/sonoff-16CE26/SENSOR",
            [Values("sonoff-16CE26", 1551434687000, 5171448, 94493, 76, 233)],
            id="plug",
        ),
        pytest.param(
            "arendst/Tasmota#5373 (after",
            "tele/sonoff-16CE26/SENSOR",
            [Values("sonoff-16CE26", 1551434987000, 5171449, 0, 75, 235)],
            id="after a reset",
        ),
        pytest.param(
            "arendst/Tasmota#17579",
            "tele/meter1/SENSOR",
            [
                Values("meter1", 1672743267000, 5575810, 436786, 305, 234),
                Values("meter1:export", 1672743267000, 5575810, 303, 0, None),
            ],
            id="three phases",
        ),
    ],
)
def test_tasmota(source: str, topic: str, expected: list[Values]) -> None:
    known = mapper("sonoff-16CE26", "meter1", "meter1:export", like=TASMOTA)

    assert values(told(known, topic, payload(source))) == expected


def test_what_is_exported_is_a_reading_where_the_registry_knows_its_meter() -> None:
    known = mapper("meter1", like=TASMOTA)

    found = told(known, "tele/meter1/SENSOR", payload("arendst/Tasmota#17579"))

    assert [each.meter_id for each in found] == ["meter1"]


@pytest.mark.parametrize(
    ("received", "expected_ms"),
    [
        # 2024-10-27 02:30 is there twice: 00:30 and 01:30 UTC.
        (1729989005000, 1729989000000),
        (1729992607000, 1729992600000),
    ],
)
def test_of_the_hour_that_comes_twice_it_is_the_one_near_the_receipt(
    received: int, expected_ms: int
) -> None:
    said = b'{"Time":"2024-10-27T02:30:00","ENERGY":{"Total":1.0,"Power":0}}'

    (found,) = told(mapper("plug", like=TASMOTA), "tele/plug/SENSOR", said, received)

    assert found.ts == expected_ms


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (b'{"Time":"2024-03-31T02:30:00","ENERGY":{"Total":1.0}}', "no_such_time"),
        (b'{"Time":"yesterday","ENERGY":{"Total":1.0}}', "bad_time"),
        (b'{"Time":"2024-04-01T02:30:00","AM2301":{"Temperature":21}}', "missing"),
        (b'{"Time":"2024-04-01T02:30:00","ENERGY":{"Power":3}}', "missing"),
        (b'{"Time":"2024-04-01T02:30:00","ENERGY":{"Total":[1.0,"x"]}}', "wrong_type"),
        (b'{"Time":"2024-04-01T02:30:00","ENERGY":{"Total":-1}}', "out_of_range"),
        (b'{"Time":"2024-04-01T02:30:00","ENERGY":{"Total":true}}', "wrong_type"),
        (b'{"Time":', "not_json"),
        (b"\xff\xfe", "not_json"),
        (b"", "not_json"),
        (b"12", "not_an_object"),
    ],
)
def test_what_is_no_reading_of_a_tasmota_device_is_told_by_a_reason(
    value: bytes, reason: str
) -> None:
    assert refused(mapper("plug", like=TASMOTA), "tele/plug/SENSOR", value) == reason


def test_local_time_needs_a_zone() -> None:
    known = mapper("plug", topic="tele/+/SENSOR", profile="tasmota")
    value = b'{"Time":"2024-04-01T02:30:00","ENERGY":{"Total":1.0}}'

    assert refused(known, "tele/plug/SENSOR", value) == "no_zone"


def _local(text: str, kwh: float) -> bytes:
    return orjson.dumps({"Time": f"2024-10-27T{text}", "ENERGY": {"Total": kwh}})


def test_of_a_backlog_the_repeated_hour_is_read_in_its_order() -> None:
    known = mapper("plug", like=TASMOTA)
    topic, five_ms = "tele/plug/SENSOR", 1_730_001_600_000  # 05:00 CET
    assert five_ms == int(datetime(2024, 10, 27, 4, tzinfo=UTC).timestamp()) * 1_000
    (before,) = told(known, topic, _local("02:00:00", 1), five_ms - 4 * HOUR_MS)

    said = [("02:10", 2), ("02:10", 2), ("02:40", 3), ("02:10", 4), ("02:40", 4), ("03:10", 5)]
    found = [
        told(known, topic, _local(f"{text}:00", kwh), five_ms, is_backlog=True)[0].ts
        for text, kwh in said
    ]

    zero_ms = before.ts
    minutes = [(each - zero_ms) // MINUTE_MS for each in found]
    assert zero_ms == five_ms - 4 * HOUR_MS
    assert minutes == [10, 10, 40, 70, 100, 130]


def test_what_waited_of_the_repeated_hour_and_nothing_before_it_is_not_guessed() -> None:
    known = mapper("plug", like=TASMOTA)
    message = Message("tele/plug/SENSOR", _local("02:10:00", 1), RECEIVED_MS, is_backlog=True)
    heard = known.heard(message)

    with pytest.raises(UnmappedError, match="ambiguous_time"):
        known.reading(heard.said[0], heard.route, message)
    # The same message of an hour later means something else.
    assert not heard.is_timed
    known.note("plug", Last(1_729_987_200_000 - 1, 0.5))
    found = known.reading(heard.said[0], heard.route, message)
    assert found is not None
    assert found.ts == 1_729_987_800_000


def test_a_shelly_of_the_second_family_tells_power_and_register_apart() -> None:
    meters = ("pro:1", "pro:1:export")
    known = mapper(*meters, cadence_ms=60_000, topic="+/status/+", profile="shelly")
    power, counters = (
        orjson.dumps(each["payload"])
        for each in sorted(
            (p for p in PAYLOADS if p["source"].startswith("evcc-io")),
            key=lambda p: "total_act_energy" in p["payload"],
        )
    )

    assert told(known, "pro/status/em1:1", power, RECEIVED_MS - 120_000) == []
    first = told(known, "pro/status/em1data:1", counters)
    later = told(known, "pro/status/em1data:1", counters, RECEIVED_MS + 1)

    seq = RECEIVED_MS // 60_000
    assert values(first) == [
        Values("pro:1", RECEIVED_MS, seq, 6644.9, 5080.3, 224.6),
        Values("pro:1:export", RECEIVED_MS, seq, 2595.26, None, None),
    ]
    # After two minutes nobody knows whether it still draws that.
    assert later[0].demand is None


def test_a_shelly_switch_says_of_which_minute_its_counter_is() -> None:
    known = mapper("plug:0", cadence_ms=60_000, topic="+/status/+", profile="shelly")
    said = (
        b'{"id":0,"apower":8.9,"voltage":237.5,'
        b'"aenergy":{"total":6.532,"by_minute":[45.2,47.1,88.4],"minute_ts":1626935779}}'
    )

    assert values(told(known, "plug/status/switch:0", said)) == [
        Values("plug:0", 1626935779000, 1626935779000 // 60_000, 6.532, 8.9, 237.5)
    ]
    assert refused(known, "plug/status/wifi", b'{"rssi":-60}') == "not_used"


def test_a_shelly_of_the_first_family_has_a_value_a_topic() -> None:
    known = mapper("em3:0", "em3:0:export", topic="shellies/+/#", profile="shelly-gen1")

    assert told(known, "shellies/em3/emeter/0/power", b"197.77") == []
    assert told(known, "shellies/em3/emeter/0/voltage", b"236.27") == []
    (total,) = told(known, "shellies/em3/emeter/0/total", b"1184633.1")
    (back,) = told(known, "shellies/em3/emeter/0/total_returned", b"1158.3")
    (relay,) = told(known, "shellies/em3/relay/0/energy", b"90")

    assert (total.register, total.demand, total.voltage_v) == (1184633.1, 197.77, 236.27)
    assert (back.meter_id, back.register) == ("em3:0:export", 1158.3)
    # 90 watt-minutes.
    assert relay.register == 1.5
    assert refused(known, "shellies/em3/emeter/0/pf", b"0.74") == "not_used"


def test_a_pulse_counter_adds_to_its_register_and_never_lowers_it() -> None:
    known = mapper(
        "powerboard:1",
        "powerboard:2",
        cadence_ms=60_000,
        topic="power/powerboard",
        like=PULSES,
    )
    value = payload("saubury/power-pi")

    first = told(known, "power/powerboard", value)
    second = told(known, "power/powerboard", value, RECEIVED_MS + 60_000)
    # The clock of the bridge was set back in between.
    third = told(known, "power/powerboard", value, RECEIVED_MS)

    seq = RECEIVED_MS // 60_000
    assert values(first) == [
        Values("powerboard:1", RECEIVED_MS, seq, 17, 1020, None),
        Values("powerboard:2", RECEIVED_MS, seq, 16, 960, None),
    ]
    assert values(second)[0] == Values(
        "powerboard:1", RECEIVED_MS + 60_000, seq + 1, 34, 1020, None
    )
    assert (third[0].ts, third[0].register) == (RECEIVED_MS + 60_001, 51)


def test_pulses_may_be_of_less_than_a_wh_each_and_are_whole_numbers() -> None:
    known = mapper("board:1", topic="power/board", like={**PULSES, "wh_per_pulse": 0.625})

    (found,) = told(known, "power/board", b'{"sensor_count_1":3}')

    assert (found.register, found.demand) == (1.875, 112.5)
    assert refused(known, "power/board", b'{"sensor_count_1":-1}') == "out_of_range"
    assert refused(known, "power/board", b'{"sensor_count_1":1.5}') == "out_of_range"
    assert refused(known, "power/board", b'{"temperature":21}') == "missing"


def test_pulses_of_a_backlog_are_energy_and_no_demand_of_now() -> None:
    known = mapper("board:1", topic="power/board", like=PULSES)
    message = Message("power/board", b'{"sensor_count_1":17}', RECEIVED_MS, is_backlog=True)
    (said,), route = known.heard(message)

    found = known.reading(said, route, message)

    assert found is not None
    assert (found.register, found.demand) == (17, None)


def test_panels_pass_a_fall_on() -> None:
    meter = "dc:eqix:us:chi1:p1:12"
    known = mapper(meter, topic="panel-readings", profile="panels", meter="dc:eqix:us:chi1")
    said = [1034, 1134, 900]

    found = [
        told(
            known,
            "panel-readings",
            orjson.dumps(
                {
                    "panel_id": 1,
                    "tenant_id": "dc:eqix:us:chi1:12",
                    "panel_current_utilization": 1.05,
                    "tenant_kwh_usage": kwh,
                }
            ),
        )[0]
        for kwh in said
    ]

    assert [each.meter_id for each in found] == [meter] * 3
    assert [each.register for each in found] == [1_034_000, 1_134_000, 900_000]
    assert {each.demand for each in found} == {None}
    (sample,) = told(known, "panel-readings", payload("ksqldb recipe"))
    assert (sample.meter_id, sample.register) == (meter, 1_034_000)


def test_a_panel_may_not_speak_for_another_site() -> None:
    known = mapper("dc:b:p1:12", topic="sites/+/panels", profile="panels")
    value = b'{"panel_id":1,"tenant_id":"dc:b:12","tenant_kwh_usage":3}'

    assert refused(known, "sites/dc:a/panels", value) == "meter_mismatch"
    assert told(known, "sites/dc:b/panels", value)[0].meter_id == "dc:b:p1:12"


def test_nor_where_the_route_names_the_site() -> None:
    known = mapper("dc:b:p1:12", topic="panels", profile="panels", meter="dc:b")

    other = b'{"panel_id":1,"tenant_id":"dc:a:12","tenant_kwh_usage":3}'
    assert refused(known, "panels", other) == "meter_mismatch"
    assert told(known, "panels", other.replace(b"dc:a", b"dc:b"))[0].meter_id == "dc:b:p1:12"


NATIVE = {"topic": "meters/+/reading", "profile": "native"}


def test_native_readings_come_alone_or_in_a_list() -> None:
    known = mapper("m1", like=NATIVE)
    one = {"ts": 1_790_000_100_000, "register": 5.5, "demand": -20, "voltage_v": 230.1}
    full = {
        **one,
        "meter_id": "m1",
        "geohash": GEOHASH,
        "commodity": "electricity",
        "seq": 9,
        "energy": 1.25,
        "interval_ms": 900_000,
        "revision": 1,
        "quality": "estimated",
        "quality_code": "S14/76",
        "of no interest": [],
    }

    found = told(known, "meters/m1/reading", orjson.dumps([one, full]))

    assert found == [
        Reading("m1", GEOHASH, "electricity", 1_790_000_100_000, 5_966_667, 5.5, -20.0, 230.1),
        Reading(
            *("m1", "u33db", "electricity", 1_790_000_100_000, 9, 5.5, -20.0, 230.1),
            *(1.25, 900_000, 1, "estimated", "S14/76"),
        ),
    ]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"meter_id": "m2"}, "meter_mismatch"),
        ({"ts": None}, "missing"),
        ({"ts": 1.5}, "wrong_type"),
        ({"ts": -1}, "out_of_range"),
        ({"register": None}, "missing"),
        ({"register": "5"}, "wrong_type"),
        ({"register": 1e12}, "out_of_range"),
        ({"demand": 1e10}, "out_of_range"),
        ({"geohash": "a!"}, "place_mismatch"),
        ({"commodity": "heat"}, "out_of_range"),
        ({"commodity": "gas"}, "commodity_mismatch"),
        ({"quality": 5}, "wrong_type"),
        ({"quality_code": ""}, "out_of_range"),
        ({"v": 2}, "unsupported_version"),
    ],
)
def test_a_native_reading_is_as_the_contract_has_it(
    change: Mapping[str, object], reason: str
) -> None:
    said = {"ts": 1_790_000_100_000, "register": 5.5, **change}

    assert refused(mapper("m1", like=NATIVE), "meters/m1/reading", orjson.dumps(said)) == reason


def test_a_meter_that_says_where_it_is_needs_no_registry() -> None:
    said = b'{"geohash":"gcpuy","commodity":"water","ts":120000,"register":5}'

    (found,) = told(mapper(like=NATIVE), "meters/new/reading", said)

    assert (found.geohash, found.commodity, found.seq) == ("gcpuy", "water", 2)
    assert refused(mapper(like=NATIVE), "meters/new/reading", b'{"ts":1,"register":5}') == (
        "unknown_meter"
    )


def test_a_route_may_say_where_meters_are_that_the_registry_does_not_know() -> None:
    known = mapper(like=NATIVE, geohash="u33db", commodity="gas", cadence="1h")

    (found,) = told(known, "meters/a b/reading", b'{"ts":7200000,"register":5}')

    assert (found.meter_id, found.commodity, found.seq) == ("a_b", "gas", 2)


def test_a_device_does_not_move_itself_into_another_area() -> None:
    def said(geohash: str) -> bytes:
        return orjson.dumps({"ts": 1, "register": 5, "geohash": geohash})

    registered = mapper("m1", like=NATIVE)
    of_route = mapper(like=NATIVE, geohash=GEOHASH)
    for known in (registered, of_route):
        assert [r.geohash for r in told(known, "meters/m1/reading", said(GEOHASH))] == [GEOHASH]
        assert refused(known, "meters/m1/reading", said("gcpuy")) == "place_mismatch"


@pytest.mark.parametrize(
    ("text", "reason"),
    [("1_000", "wrong_type"), ("nan", "wrong_type"), ("1e999", "out_of_range"), ("", "wrong_type")],
)
def test_digits_in_quotes_are_a_number_as_devices_write_them(text: str, reason: str) -> None:
    known = mapper("m", like=JSON, topic="x/+", fields={"register": "e", "register_unit": "Wh"})

    assert refused(known, "x/m", orjson.dumps({"e": text})) == reason
    for right, value in (("1000", 1_000), (" 12.5", 12.5), ("1.5e3", 1_500), (".5", 0.5)):
        assert told(known, "x/m", orjson.dumps({"e": right}))[0].register == value


@pytest.mark.parametrize(
    ("profile", "value"),
    [("thingsboard", b"[]"), ("thingsboard-gateway", b"{}"), ("thingsboard-gateway", b'{"a":[]}')],
)
def test_a_message_with_nothing_in_it_leaves_a_trace(profile: str, value: bytes) -> None:
    fields = {"register": "e", "register_unit": "Wh"}

    assert (
        refused(mapper("m", topic="x/+", profile=profile, fields=fields), "x/m", value) == "empty"
    )


def test_two_devices_that_would_be_one_meter_are_kept_apart() -> None:
    known = mapper("a_b", like=NATIVE)
    said = b'{"ts":1,"register":5}'
    told(known, "meters/a b/reading", said)

    assert refused(known, "meters/a$b/reading", said) == "meter_collision"
    assert refused(known, f"meters/{'x' * 65}/reading", said) == "out_of_range"
    assert refused(known, "other/topic", said) == "no_route"


def test_glow() -> None:
    known = mapper("XXXXXXYYYYYY", cadence_ms=10_000, topic="glow/+/SENSOR/+", profile="glow")
    found = told(
        known,
        "glow/XXXXXXYYYYYY/SENSOR/electricitymeter",
        payload("megakid/ha_hildebrand_glow_ihd_mqtt @"),
    )

    assert values(found) == [Values("XXXXXXYYYYYY", 1654979880000, 165497988, 6613405, 951, None)]


def test_gas_of_glow_is_its_volume_and_says_no_demand() -> None:
    meter = "XXXXXXYYYYYY:gas"
    known = mapper(
        meter, cadence_ms=1_800_000, registered="gas", topic="glow/+/SENSOR/+", profile="glow"
    )
    topic = "glow/XXXXXXYYYYYY/SENSOR/gasmeter"

    (found,) = told(known, topic, payload("megakid/ha_hildebrand_glow_ihd_mqtt#10"))

    assert found.commodity == "gas"
    assert values([found]) == [
        Values(meter, 1656597208000, 1656597208000 // 1_800_000, 244238, None, None)
    ]
    old = b'{"gasmeter":{"timestamp":"2022-06-30T13:53:28Z","energy":{"import":{"cumulative":1}}}}'
    assert refused(known, topic, old) == "unit_needs_conversion"


def test_zigbee2mqtt() -> None:
    known = mapper("meter", "plug", cadence_ms=10_000, topic="zigbee2mqtt/+", profile="zigbee2mqtt")

    found = told(known, "zigbee2mqtt/meter", payload("home-assistant/core#124167"))
    (plug,) = told(known, "zigbee2mqtt/plug", payload("Koenkk/zigbee2mqtt#21108"))
    (untimed,) = told(known, "zigbee2mqtt/plug", b'{"energy":0.03}')

    assert values(found) == [Values("meter", 1724013970000, 172401397, 12750, 33, 221.8)]
    # 2024-04-06T15:44:10.643Z
    assert (plug.ts, plug.register, plug.demand) == (1712418250643, 30, 263)
    assert untimed.ts == RECEIVED_MS
    assert refused(known, "zigbee2mqtt/plug", b'{"state":"ON"}') == "missing"


def test_dsmr_reader_adds_tariffs_and_has_the_gas_meter_beside() -> None:
    known = mapper("home", "home:export", topic="dsmr/json", profile="dsmr-reader", meter="home")
    gas = Place(GEOHASH, "gas", 3_600_000)
    known.places = {**known.places, "home:gas": gas}
    said = {
        "timestamp": "2024-01-15T10:00:10Z",
        "electricity_delivered_1": "1000.123",
        "electricity_delivered_2": 2000.5,
        "electricity_returned_1": 0,
        "electricity_returned_2": 12.5,
        "electricity_currently_delivered": 0.1,
        "electricity_currently_returned": 0.35,
        "phase_voltage_l1": 231,
        "extra_device_timestamp": "2024-01-15T10:00:00Z",
        "extra_device_delivered": 987.654,
    }

    found = told(known, "dsmr/json", orjson.dumps(said))

    ts, hour = 1705312810000, 1705312800000
    assert values(found) == [
        Values("home", ts, ts // 300_000, 3_000_623, -250, 231),
        Values("home:export", ts, ts // 300_000, 12_500, 350, None),
        Values("home:gas", hour, hour // 3_600_000, 987_654, None, None),
    ]
    dead = said | {"extra_device_timestamp": "632525252525W"}
    assert [r.meter_id for r in told(known, "dsmr/json", orjson.dumps(dead))] == [
        "home",
        "home:export",
    ]
    del said["electricity_delivered_2"]
    assert refused(known, "dsmr/json", orjson.dumps(said)) == "missing"


def test_rtl_433_needs_to_be_told_what_a_count_is() -> None:
    route = {"topic": "rtl_433/+/events", "profile": "rtl_433", "zone": "America/New_York"}
    value = payload("merbanan/rtl_433")

    found = told(
        mapper("68211547", registered="water", like=route, factors={"68211547": 3.785412}),
        "rtl_433/attic/events",
        value,
    )

    # 09:58:19 in New York in summer; EndpointType 0xAB is water.
    assert (found[0].ts, found[0].commodity) == (1592661499000, "water")
    assert found[0].register == 26054.991
    assert refused(mapper("68211547", like=route), "rtl_433/attic/events", value) == (
        "unit_needs_conversion"
    )


JSON = {
    "topic": "lora/+/up",
    "profile": "json",
    "fields": {
        "register": "values.total",
        "register_unit": "kWh",
        "demand": "values.p",
        "demand_unit": "kW",
        "voltage": "values.u",
        "time": "at",
    },
}


@pytest.mark.parametrize("at", [1_700_000_000, 1_700_000_000_000, "2023-11-14T22:13:20Z"])
def test_any_json_by_a_mapping(at: object) -> None:
    said = {"at": at, "values": {"total": 1.5, "p": 0.25, "u": 229.5}}

    found = told(mapper("m", like=JSON), "lora/m/up", orjson.dumps(said))

    assert values(found) == [Values("m", 1_700_000_000_000, 5_666_666, 1500, 250, 229.5)]


VOLUME = {"register": "e", "register_unit": "m3"}
LORA = {
    "topic": "application/+/device/+/event/up",
    "profile": "chirpstack",
    "meter": "{2}",
    "fields": VOLUME,
}


@pytest.mark.parametrize("commodity", ["gas", "water"])
@pytest.mark.parametrize(
    ("route", "topic", "value"),
    [
        ({"topic": "x/+", "profile": "json", "fields": VOLUME}, "x/m", b'{"e":5.25}'),
        (LORA, "application/1/device/m/event/up", b'{"object":{"e":5.25}}'),
        (
            {"topic": "v1/+", "profile": "thingsboard", "fields": VOLUME},
            "v1/m",
            b'{"ts":1790000000000,"values":{"e":5.25}}',
        ),
    ],
)
def test_volumes_of_gas_and_water_are_litres(
    commodity: Commodity, route: Mapping[str, object], topic: str, value: bytes
) -> None:
    (found,) = told(mapper("m", registered=commodity, like=route), topic, value)
    assert (found.commodity, found.register) == (commodity, 5_250)
    # Or where the route says it of a meter that the registry does not know.
    of_route = mapper(like=route, geohash=GEOHASH, commodity=commodity)
    assert [r.register for r in told(of_route, topic, value)] == [5_250]
    assert refused(mapper("m", like=route), topic, value) == "unit_needs_conversion"


@pytest.mark.parametrize("commodity", ["gas", "water"])
@pytest.mark.parametrize(
    ("route", "topic", "value"),
    [
        (
            {"topic": "x/+", "profile": "json", "fields": {**VOLUME, "register_unit": "kWh"}},
            "x/m",
            b'{"e":5}',
        ),
        (
            {"topic": "x/+", "profile": "json", "fields": {"demand": "w", "demand_unit": "W"}},
            "x/m",
            b'{"w":5}',
        ),
        (TASMOTA, "tele/m/SENSOR", b'{"Time":"2024-01-01T00:00:00","ENERGY":{"Total":5}}'),
        ({"topic": "z/+", "profile": "zigbee2mqtt"}, "z/m", b'{"energy":5}'),
        ({"topic": "+/status/+", "profile": "shelly"}, "m/status/em:0", b'{"total_act_power":5}'),
        ({"topic": "+/status/+", "profile": "shelly"}, "m/status/emdata:0", b'{"total_act":5}'),
        ({"topic": "shellies/+/#", "profile": "shelly-gen1"}, "shellies/m/emeter/0/total", b"5"),
        ({"topic": "shellies/+/#", "profile": "shelly-gen1"}, "shellies/m/relay/0/energy", b"5"),
        (
            {"topic": "p", "profile": "panels", "meter": "m"},
            "p",
            b'{"panel_id":1,"tenant_id":"m:1","tenant_kwh_usage":5}',
        ),
    ],
)
def test_energy_of_gas_and_water_is_never_taken_for_litres(
    commodity: Commodity, route: Mapping[str, object], topic: str, value: bytes
) -> None:
    known = mapper("m", "m:0", "m:p1:1", registered=commodity, like=route)

    assert refused(known, topic, value) == "unit_needs_conversion"


def test_a_device_with_a_value_a_topic_by_an_empty_path() -> None:
    fields = {"register": "", "register_unit": "kWh"}
    known = mapper("m", topic="+/sensor/energy/state", profile="json", fields=fields)

    assert told(known, "m/sensor/energy/state", b"12.5")[0].register == 12_500


def test_power_alone_makes_a_register_that_does_not_bridge_gaps() -> None:
    fields = {"demand": "w", "demand_unit": "W", "time": "t"}
    known = mapper("m", cadence_ms=60_000, topic="x/+", profile="json", fields=fields)
    t0 = 1_700_000_000

    def at(seconds: int, watts: float) -> Reading:
        value = orjson.dumps({"w": watts, "t": t0 + seconds})
        (found,) = told(known, "x/m", value)
        return found

    assert (at(0, 600).register, at(60, 1200).register) == (0, 10)
    assert at(240, 30).register == 70
    # Of four minutes three cadences would have been the most.
    assert at(480, -300).register == 70
    last = at(540, 0)
    assert (last.register, last.quality, last.demand) == (70, "derived", 0)
    assert refused(known, "x/m", orjson.dumps({"w": 5, "t": t0})) == "late_power"


def test_chirpstack_decoded_objects() -> None:
    eui = "0101010101010101"
    route = {
        "topic": "application/+/device/+/event/up",
        "profile": "chirpstack",
        "meter": "{2}",
        "fields": {"register": "energy", "register_unit": "Wh"},
    }
    known = mapper(eui, like=route)
    topic = f"application/7/device/{eui}/event/up"
    said = {
        "time": "2022-07-18T09:33:28.823500+00:00",
        "deviceInfo": {"devEui": eui},
        "object": {"energy": 4321},
    }

    (found,) = told(known, topic, orjson.dumps(said))

    assert (found.ts, found.register) == (1658136808823, 4321)
    other = said | {"deviceInfo": {"devEui": "ff"}}
    assert refused(known, topic, orjson.dumps(other)) == "meter_mismatch"
    assert refused(known, topic, b'{"data":"AQ=="}') == "missing"


def test_thingsboard_devices_and_gateways() -> None:
    fields = {"register": "energy", "register_unit": "kWh"}
    one = {"ts": 1_700_000_000_000, "values": {"energy": 2}}
    device = mapper(
        "m", topic="v1/devices/me/telemetry", profile="thingsboard", meter="m", fields=fields
    )
    gateway = mapper(
        "gw:Device_A",
        topic="v1/gateway/telemetry",
        profile="thingsboard-gateway",
        meter="gw",
        fields=fields,
    )

    (plain,) = told(device, "v1/devices/me/telemetry", b'{"energy":1}')
    both = told(device, "v1/devices/me/telemetry", orjson.dumps([one, one]))
    (behind,) = told(gateway, "v1/gateway/telemetry", orjson.dumps({"Device A": [one]}))

    assert (plain.ts, plain.register) == (RECEIVED_MS, 1000)
    assert [each.ts for each in both] == [1_700_000_000_000] * 2
    assert (behind.meter_id, behind.register) == ("gw:Device_A", 2000)
    assert refused(gateway, "v1/gateway/telemetry", payload("thingsboard.io docs")) == "missing"
