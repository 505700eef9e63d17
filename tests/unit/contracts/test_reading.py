"""Wherever a reading's fields stand, they are the same: in the schema, in Java, in the archive, in
the oracle."""

import json
import re
from dataclasses import fields

from contracts.archive import COLUMNS
from contracts.reading import (
    COMMODITIES,
    MAX_DEMAND,
    MAX_REGISTER,
    MAX_SEQ,
    MAX_TS_MS,
    MAX_VOLTAGE_V,
    SCHEMA_PATH,
    SCHEMA_VERSION,
    Reading,
)
from contracts.settings import PROJECT
from jobs import cold
from verification.oracle.count import READINGS

FIELDS = tuple(field.name for field in fields(Reading))
OF_THE_RECORD = ("arrival_ms", "kafka_partition", "kafka_offset", "late", "event_date")
"""What the archive adds to what a message says."""


def test_the_schema_has_the_fields_and_limits_of_a_reading() -> None:
    (schema, _) = json.loads(SCHEMA_PATH.read_text())["oneOf"]
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
    }


def test_java_decodes_every_field() -> None:
    (path,) = (PROJECT / "jobs" / "java").rglob("ReadingColumn.java")
    constants = re.findall(r"^    ([A-Z_]+)\(", path.read_text(), re.MULTILINE)
    assert tuple(map(str.lower, constants))[: len(FIELDS)] == FIELDS


def test_the_cold_job_asks_for_every_field_and_the_archive_keeps_it() -> None:
    assert cold.COLUMNS[: len(FIELDS)] == FIELDS
    assert tuple(COLUMNS.names) == (*FIELDS, *OF_THE_RECORD)


def test_the_oracle_has_the_columns_of_the_archive_but_for_the_folder() -> None:
    assert [*READINGS, "event_date"] == COLUMNS.names
