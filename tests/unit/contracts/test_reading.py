"""Wherever a reading's fields stand, they are the same: in the schema, in Java, in the archive, in
the oracle."""

import json
import re
from dataclasses import fields

import orjson

from contracts.archive import COLUMNS
from contracts.meters import (
    KINDS,
    MAX_CAPACITY_W,
    MIN_CAPACITY_W,
    MIN_REGISTER_SIZE,
    SUPPLIES,
    Meter,
    announcement,
)
from contracts.reading import (
    COMMODITIES,
    EVENTS,
    MAX_DEMAND,
    MAX_ENERGY,
    MAX_INTERVAL_MS,
    MAX_QUALITY_CODE_LENGTH,
    MAX_REGISTER,
    MAX_REVISION,
    MAX_SEQ,
    MAX_TS_MS,
    MAX_VOLTAGE_V,
    QUALITIES,
    SCHEMA_PATH,
    SCHEMA_VERSION,
    Reading,
    encode_event,
)
from contracts.settings import PROJECT
from jobs import cold
from verification.oracle.count import READINGS
from verification.oracle.decode import Announced, LostPower, decode

FIELDS = tuple(field.name for field in fields(Reading))
OF_THE_RECORD = ("arrival_ms", "kafka_partition", "kafka_offset", "late", "event_date")
"""What the archive adds to what a message says."""


def test_the_schema_has_the_fields_and_limits_of_a_reading() -> None:
    (schema, _, _, _) = json.loads(SCHEMA_PATH.read_text())["oneOf"]
    properties = schema["properties"]

    assert properties.pop("v")["const"] == SCHEMA_VERSION
    assert tuple(properties) == FIELDS
    assert properties["commodity"]["enum"] == list(COMMODITIES)
    assert {
        name: (each["minimum"], each["maximum"])
        for name, each in properties.items()
        if "maximum" in each
    } == {
        "ts": (0, MAX_TS_MS),
        "seq": (0, MAX_SEQ),
        "register": (0, MAX_REGISTER),
        "demand": (-MAX_DEMAND, MAX_DEMAND),
        "voltage_v": (0, MAX_VOLTAGE_V),
        "energy": (-MAX_ENERGY, MAX_ENERGY),
        "interval_ms": (1, MAX_INTERVAL_MS),
        "revision": (0, MAX_REVISION),
    }
    assert properties["quality"]["enum"] == [*QUALITIES, None]
    assert properties["quality_code"]["pattern"] == f"^[ -~]{{1,{MAX_QUALITY_CODE_LENGTH}}}$"


def test_the_schema_has_what_is_judged_of_an_announcement() -> None:
    (_, schema, _, _) = json.loads(SCHEMA_PATH.read_text())["oneOf"]
    properties = schema["properties"]["meter"]["properties"]

    assert tuple(properties) == Announced._fields
    assert properties["commodity"]["enum"] == list(COMMODITIES)
    assert properties["kind"]["enum"] == [*KINDS, None]
    assert (properties["cadence_ms"]["minimum"], properties["cadence_ms"]["maximum"]) == (
        1,
        MAX_INTERVAL_MS,
    )
    size = properties["register_size"]
    assert (size["minimum"], size["maximum"]) == (MIN_REGISTER_SIZE, MAX_REGISTER)
    capacity = properties["capacity_w"]
    assert (capacity["minimum"], capacity["maximum"]) == (MIN_CAPACITY_W, MAX_CAPACITY_W)
    assert properties["supply"]["enum"] == [*SUPPLIES, None]
    installed = properties["installed_ms"]
    assert (installed["minimum"], installed["maximum"]) == (1, MAX_TS_MS)


def test_the_schema_has_the_fields_and_limits_of_an_event() -> None:
    (reading, _, event, _) = json.loads(SCHEMA_PATH.read_text())["oneOf"]
    assert event["required"] == ["event", "meter_id", "ts", "seq"]
    assert event["properties"]["event"]["enum"] == list(EVENTS)
    for name in ("v", "meter_id", "ts", "seq"):
        said, known = event["properties"][name], reading["properties"][name]
        assert {**said, "description": ""} == {**known, "description": ""}
    gasp = encode_event("power_lost", "MAC000002", 1_387_815_300_000, 412)
    assert json.loads(gasp) == {
        "event": "power_lost",
        "meter_id": "MAC000002",
        "ts": 1_387_815_300_000,
        "seq": 412,
    }
    assert decode(gasp) == LostPower("MAC000002", 1_387_815_300_000)


def test_an_announcement_of_an_entry_is_one() -> None:
    entry = Meter(
        geohash="gcpuyj2k41vd",
        feeder="sim-t-000143",
        region="US-CA",
        commodity="electricity",
        premises="household",
        tariff="flat",
        cadence_ms=60_000,
        kind="interval",
        register_size=65_536,
        capacity_w=100_000,
        supply="off",
        installed_ms=1_356_998_400_000,
        solar_w=0,
        export=False,
    )
    said = Announced(
        "a",
        *("gcpuyj2k41vd", "electricity", "sim-t-000143", "US-CA", 60_000, "interval"),
        register_size=65_536_000,
        removed=False,
        capacity_w=100_000,
        supply="off",
        installed_ms=1_356_998_400_000,
    )

    assert decode(orjson.dumps(announcement("a", entry))) == said
    gone = decode(orjson.dumps(announcement("a", entry, removed=True)))
    assert gone == said._replace(removed=True)


def test_java_decodes_every_field() -> None:
    (path,) = (PROJECT / "jobs" / "java").rglob("ReadingColumn.java")
    constants = re.findall(r"^    ([A-Z_]+)\(", path.read_text(), re.MULTILINE)
    columns = tuple(map(str.lower, constants))
    assert columns[: len(FIELDS)] == FIELDS
    assert set(Announced._fields) <= set(columns)


def test_the_cold_job_asks_for_every_field_and_the_archive_keeps_it() -> None:
    assert cold.COLUMNS[: len(FIELDS)] == FIELDS
    assert tuple(COLUMNS.names) == (*FIELDS, *OF_THE_RECORD)


def test_the_oracle_has_the_columns_of_the_archive_but_for_the_folder() -> None:
    archived = [name for name in READINGS if name != "known_demand"]
    assert [*archived, "event_date"] == COLUMNS.names
