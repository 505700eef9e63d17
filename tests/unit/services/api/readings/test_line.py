"""A line is a reading by the contract's rules, or is told what is wrong with it."""

import math
from typing import Any

import orjson
import pytest

from contracts.reading import Reading, encode
from services.api.readings.line import Refused, read
from tests.support.examples import Example, all_examples

SAID: dict[str, Any] = {
    "meter_id": "MAC000002",
    "geohash": "gcpuyj2k41vd",
    "commodity": "electricity",
    "ts": 1_357_000_200_000,
    "seq": 753_889,
    "register": 12_345.678,
    "demand": 438,
    "voltage_v": 230.1,
}
STRICTER = (b"1e400", b"\\ud800", b"9" * 400, b"4" * 400)
"""In a field that no reading has the contract lets these be: no double, and half a surrogate pair.
They are refused here."""
LOOSER = "1,001 deep with the message"
"""Such a field is left out of what goes into the log, so it may be somewhat deeper here."""


def line(**more: Any) -> bytes:  # noqa: ANN401
    return orjson.dumps(SAID | more)


def small(example: Example) -> bool:
    return example.message is not None and len(example.message) < 1_000_000


@pytest.mark.parametrize(
    "example", [each for each in all_examples() if small(each)], ids=lambda each: each.name
)
def test_what_the_contract_takes_for_a_reading_is_one(example: Example) -> None:
    message = example.message
    assert message is not None
    found = read(message)
    if example.name.endswith(LOOSER):
        assert isinstance(found, Reading)
        return
    if example.verdict != "reading" or any(each in message for each in STRICTER):
        assert isinstance(found, Refused)
        return
    assert isinstance(found, Reading), found
    said = {name: getattr(found, name) for name in example.values}
    for name in ("register", "demand", "energy"):
        if said[name] is not None:
            said[name] = math.floor(said[name] * 1_000 + 0.5)
    said["revision"] = said["revision"] or 0
    assert said == example.values
    # What goes into the log says the same.
    assert read(encode(found)) == found


@pytest.mark.parametrize(
    ("said", "field", "words"),
    [
        (line(ts="2013-01-01"), "ts", ('it is "2013-01-01"', "epoch milliseconds UTC")),
        (line(ts=1.5), "ts", ("it is 1.5", "an integer")),
        (line(ts=True), "ts", ("it is true", "an integer")),
        (line(seq=-1), "seq", ("it is -1", "0 to 9007199254740991")),
        (line(register=None), "register", ("it is missing", "Wh or litres")),
        (line(register="12.5"), "register", ('it is "12.5"', "a number from 0 to")),
        (line(register=[[[]]]), "register", ("it is [[[]]]",)),
        (line(meter_id="a b"), "meter_id", ('it is "a b"', "1 to 64 of")),
        (line(meter_id="x" * 500), "meter_id", ("x…", "1 to 64 of")),
        (line(commodity="steam"), "commodity", ("electricity, gas, water, supply",)),
        (line(geohash="gcpa"), "geohash", ("5 to 12",)),
        (line(quality="fine"), "quality", ("measured, estimated",)),
        (line(v=2), "v", ("it is 2", "give 1")),
        (line(heartbeat=True), "heartbeat", ("readings alone",)),
        (line(meter={}), "meter", ("readings alone",)),
        (line(event="power_lost"), "event", ('"power_lost"', "readings alone")),
        (b"[1]", None, ("it is [1]", "one JSON object")),
        (b'{"meter_id":', None, ("no JSON", "one object a line")),
        (b"\xff\xfe", None, ("no JSON",)),
        (b'{"meter_id":' + b"[" * 900 + b"]" * 900 + b"}", "meter_id", ("nested too deep",)),
    ],
)
def test_what_is_wrong_is_told_by_field_value_and_remedy(
    said: bytes, field: str | None, words: tuple[str, ...]
) -> None:
    found = read(said)
    assert isinstance(found, Refused), found
    assert found.field == field
    for each in words:
        assert each in found.detail
    assert len(found.detail) < 400


def test_fields_that_are_not_known_are_left_out() -> None:
    assert read(line(more={"deep": [1]}, event=None)) == read(line())
