"""The oracle's judgement of a message against the published JSON Schema."""

import json
import re
import sys
from collections.abc import Iterator
from dataclasses import fields
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator, ValidationError
from jsonschema.validators import extend

from contracts.meters import (
    MAX_CAPACITY_W,
    MAX_FEEDER_LENGTH,
    MAX_REGION_LENGTH,
    MIN_CAPACITY_W,
)
from contracts.reading import (
    COMMODITIES,
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
    SCHEMA_PATH,
    Reading,
    encode,
)
from contracts.rejects import REASONS
from tests.support.examples import Example, all_examples, examples
from verification.oracle.decode import Announced, Beat, LostPower, decode

GOOD: dict[str, Any] = {
    "meter_id": "MAC000002",
    "geohash": "gcpuyj2k41vd",
    "commodity": "electricity",
    "ts": 1357000200000,
    "seq": 753889,
    "register": 12345.678,
    "demand": 438,
    "voltage_v": 230.1,
}

GOOD_VERDICTS = ("reading", "announcement", "heartbeat")

METER: dict[str, Any] = {
    "meter_id": "MAC000002",
    "geohash": "gcpuyj2k41vd",
    "commodity": "electricity",
    "feeder": "t-1",
    "region": "GB-LND",
    "cadence_ms": 1_800_000,
    "kind": "interval",
    "register_size": 65_536,
    "removed": False,
    "capacity_w": 100_000,
    "supply": "off",
    "installed_ms": 1_356_998_400_000,
}

# Python takes 1.0 for an integer; the schema's words ("without fraction or exponent") do not.
_TYPES = Draft202012Validator.TYPE_CHECKER.redefine("integer", lambda _, x: type(x) is int)


def _matches(_: object, pattern: str, instance: object, __: object) -> Iterator[ValidationError]:
    # In the schema's dialect `$` is the end; Python's stands before a last line break, too.
    if isinstance(instance, str) and not re.search(pattern.replace("$", r"\Z"), instance):
        yield ValidationError(f"{instance!r} does not match {pattern!r}")


_Validator: Any = extend(  # type: ignore[no-untyped-call]
    Draft202012Validator, {"pattern": _matches}, type_checker=_TYPES
)
SCHEMA = _Validator(json.loads(SCHEMA_PATH.read_text()))


def message(**changes: Any) -> bytes:  # noqa: ANN401
    """GOOD with fields changed; a value of `...` leaves the field out."""
    said = {name: value for name, value in (GOOD | changes).items() if value is not ...}
    return json.dumps(said).encode()


def raw(name: str, text: str) -> bytes:
    """GOOD with the JSON text of one field replaced."""
    return message(**{name: "@"}).replace(b'"@"', text.encode())


def schema_allows(value: bytes) -> bool:
    """Whether the published schema takes the message; JSON is read by the standard library."""
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(10 * limit)
    try:
        parsed = json.loads(value, parse_int=lambda digits: int(digits[:25]))
        return bool(SCHEMA.is_valid(parsed))
    finally:
        sys.setrecursionlimit(limit)


def decoded(example: Example) -> object:
    """What `decode` has to say of the example's message."""
    match example.verdict:
        case "reading":
            return tuple(example.values.values())
        case "announcement":
            return Announced(**example.values)
        case "heartbeat" if "values" in example.line:
            said = example.line["values"]
            if "meter_id" in said:
                return LostPower(said["meter_id"], said["lost_power_ms"])
            return Beat.CLOSING if said["closing"] else Beat.HEARTBEAT
        case "heartbeat":
            return beat(json.loads(example.message or b""))
        case reason:
            return reason


def beat(fields: dict[str, Any]) -> Beat | LostPower:
    """Which one a message is that is one."""
    if "heartbeat" not in fields:
        return LostPower(fields["meter_id"], fields["ts"])
    return Beat.CLOSING if fields.get("closing") is True else Beat.HEARTBEAT


@pytest.mark.parametrize("example", all_examples(), ids=lambda example: example.name)
def test_a_message_is_what_the_contract_says(example: Example) -> None:
    value = example.message

    assert decode(value) == decoded(example)
    # The schema knows nothing of bytes, and ignores a heartbeat's v.
    if value and example.verdict not in ("too_large", "not_json"):
        good = example.verdict in GOOD_VERDICTS
        ignored = example.verdict == "unsupported_version" and b"heartbeat" in value
        assert ignored or schema_allows(value) == good


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ("", Beat.HEARTBEAT),
        (',"closing":true', Beat.CLOSING),
        (',"closing":false', Beat.HEARTBEAT),
        (',"closing":1', Beat.HEARTBEAT),
        (',"closing":null', Beat.HEARTBEAT),
        (',"closing":true,"event":"power_lost"', Beat.CLOSING),
    ],
)
def test_a_heartbeat_closes_by_true_alone(more: str, said: Beat) -> None:
    assert decode(f'{{"heartbeat":true{more}}}'.encode()) is said


def test_every_reason_has_an_example() -> None:
    of_time = {"clock_ahead", "clock_behind", "arrival_went_back"}

    verdicts = {example.verdict for example in all_examples()}

    assert verdicts == {*GOOD_VERDICTS, *REASONS} - of_time


@pytest.mark.parametrize(
    ("field", "least", "most"),
    [
        ("ts", 0, MAX_TS_MS),
        ("seq", 0, MAX_SEQ),
        ("register", 0, MAX_REGISTER * 1000),
        ("demand", -MAX_DEMAND * 1000, MAX_DEMAND * 1000),
        ("voltage_v", 0, MAX_VOLTAGE_V),
        ("meter_id", 1, MAX_METER_ID_LENGTH),
        ("geohash", MIN_GEOHASH_LENGTH, MAX_GEOHASH_LENGTH),
        ("energy", -MAX_ENERGY * 1000, MAX_ENERGY * 1000),
        ("interval_ms", 1, MAX_INTERVAL_MS),
        ("revision", 0, MAX_REVISION),
        ("quality_code", 1, MAX_QUALITY_CODE_LENGTH),
        ("announced meter_id", 1, MAX_METER_ID_LENGTH),
        ("announced geohash", MIN_GEOHASH_LENGTH, MAX_GEOHASH_LENGTH),
        ("announced feeder", 1, MAX_FEEDER_LENGTH),
        ("announced region", 1, MAX_REGION_LENGTH),
        ("announced cadence_ms", 1, MAX_INTERVAL_MS),
        ("announced register_size", 1, MAX_REGISTER * 1000),
        ("announced capacity_w", MIN_CAPACITY_W, MAX_CAPACITY_W),
        ("announced installed_ms", 1, MAX_TS_MS),
    ],
)
def test_examples_show_each_limit_and_what_is_beyond(field: str, least: int, most: int) -> None:
    shown = {example.name: example for example in examples("limits")}

    for name, limit in (("at the least", least), ("at the most", most)):
        value = shown[f"{field} {name}"].values[field.split()[-1]]
        assert (len(value) if isinstance(value, str) else value) == limit
    for name in ("below the least", "above the most"):
        assert shown[f"{field} {name}"].verdict == "out_of_range"


def nested(levels: int, brackets: str = "[]") -> str:
    """Arrays, or objects, within one another."""
    if brackets == "[]":
        return "[" * levels + "]" * levels
    return '{"a":' * levels + "0" + "}" * levels


@pytest.mark.parametrize("brackets", ["[]", "{}"])
@pytest.mark.parametrize("other", ["0", "1e400", '"\\ud800"'])
def test_a_message_may_be_nested_1000_deep(brackets: str, other: str) -> None:
    """Itself the first level; also where orjson leaves the word to the standard parser."""

    def unknown(levels: int) -> bytes:
        return b'{"other": %s, ' % other.encode() + raw("unknown", nested(levels, brackets))[1:]

    assert isinstance(decode(unknown(999)), tuple)
    assert decode(unknown(1_000)) == "not_json"


@pytest.mark.parametrize("brackets", ["[]", "{}"])
def test_a_known_field_may_be_nested_1000_deep_and_is_wrong(brackets: str) -> None:
    assert decode(raw("demand", nested(999, brackets))) == "wrong_type"
    assert decode(raw("demand", nested(1_000, brackets))) == "not_json"


def test_an_array_may_be_nested_1000_deep() -> None:
    assert decode(nested(1_000).encode()) == "not_an_object"
    assert decode(nested(1_001).encode()) == "not_json"
    assert decode(b"[" * 1_000) == "not_json"
    assert decode(f"[1e400,{nested(999)}]".encode()) == "not_an_object"


def test_how_deep_a_message_is_does_not_depend_on_the_caller() -> None:
    def from_far_down(frames: int) -> object:
        return decode(nested(1_000).encode()) if frames == 0 else from_far_down(frames - 1)

    assert from_far_down(500) == "not_an_object"


@pytest.mark.parametrize("text", ["[" * 2_000, '\\"' + "{" * 2_000, "\\\\" * 3 + "[" * 1_001])
def test_brackets_in_strings_are_no_levels(text: str) -> None:
    assert isinstance(decode(raw("unknown", f'"{text}"')), tuple)


def test_neighbours_are_no_levels() -> None:
    assert isinstance(decode(message(unknown=[[], {}] * 2_000)), tuple)


def test_a_string_without_end_takes_one_pass() -> None:
    assert decode(b'{"' + b"[" * 2_000 + b'\\"' * 2_000_000) == "not_json"


@pytest.mark.parametrize("fill", [b" ", b"{", b"\xff"])
def test_more_than_4_mib_are_too_large_whatever_they_are(fill: bytes) -> None:
    assert decode(message() + fill * (4 * 1024 * 1024 + 1 - len(message()))) == "too_large"


def test_4_mib_are_not_too_large() -> None:
    assert isinstance(decode(message().ljust(4 * 1024 * 1024)), tuple)


def thousandths(most: int) -> st.SearchStrategy[float]:
    """Numbers of three decimals, as far from 0 as this."""
    return st.integers(-most * 1000, most * 1000).map(lambda n: n / 1000)


@given(
    st.builds(
        Reading,
        meter_id=st.from_regex(r"[A-Za-z0-9_.:-]{1,64}", fullmatch=True),
        geohash=st.from_regex(r"[0-9bcdefghjkmnpqrstuvwxyz]{5,12}", fullmatch=True),
        commodity=st.sampled_from(COMMODITIES),
        ts=st.integers(0, MAX_TS_MS),
        seq=st.integers(0, MAX_SEQ),
        register=st.integers(0, MAX_REGISTER * 1000).map(lambda n: n / 1000),
        demand=st.none() | thousandths(MAX_DEMAND),
        voltage_v=st.none() | st.floats(0, MAX_VOLTAGE_V),
        energy=st.none() | thousandths(MAX_ENERGY),
        interval_ms=st.none() | st.integers(1, MAX_INTERVAL_MS),
        revision=st.none() | st.integers(0, MAX_REVISION),
        quality=st.none() | st.sampled_from(QUALITIES),
        quality_code=st.none() | st.from_regex(r"[ -~]{1,16}", fullmatch=True),
    )
)
def test_what_is_encoded_comes_back(reading: Reading) -> None:
    assert decode(encode(reading)) == (
        reading.meter_id,
        reading.geohash,
        reading.commodity,
        reading.ts,
        reading.seq,
        round(reading.register * 1000),
        None if reading.demand is None else round(reading.demand * 1000),
        reading.voltage_v,
        None if reading.energy is None else round(reading.energy * 1000),
        reading.interval_ms,
        reading.revision or 0,
        reading.quality,
        reading.quality_code,
    )


ODD_VALUES = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.sampled_from(["gas", "gcpuy", "", "ä", "final", "interval"])
)


@given(
    st.dictionaries(
        st.sampled_from([*(field.name for field in fields(Reading)), "v", "heartbeat"]), ODD_VALUES
    )
)
def test_any_object_is_judged_as_by_the_schema(changes: dict[str, Any]) -> None:
    value = message(**changes)
    assume(not ("v" in changes and "heartbeat" in changes))  # the schema ignores a heartbeat's v
    assert (not isinstance(decode(value), str)) == schema_allows(value)


@given(st.dictionaries(st.sampled_from([*METER, "customer", "solar_w"]), ODD_VALUES))
def test_any_announcement_is_judged_as_by_the_schema(changes: dict[str, Any]) -> None:
    value = json.dumps({"meter": METER | changes}).encode()
    assert (not isinstance(decode(value), str)) == schema_allows(value)


@given(st.binary())
def test_no_bytes_are_too_odd(value: bytes) -> None:
    verdict = decode(value)
    assert isinstance(verdict, str | tuple | Beat)
