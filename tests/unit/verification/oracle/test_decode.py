"""The oracle's judgement of a message against the published JSON Schema."""

import json
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from jsonschema.validators import extend

from contracts.reading import (
    COMMODITIES,
    HEARTBEAT,
    MAX_DEMAND,
    MAX_REGISTER,
    MAX_SEQ,
    MAX_TS_MS,
    MAX_VOLTAGE_V,
    SCHEMA_PATH,
    Reading,
    encode,
)
from verification.oracle.decode import decode

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
FIELDS = ("MAC000002", "gcpuyj2k41vd", "electricity", 1357000200000, 753889, 12345678, 438000)

# Python takes 1.0 for an integer; the schema's words ("without fraction or exponent") do not.
_TYPES = Draft202012Validator.TYPE_CHECKER.redefine("integer", lambda _, x: type(x) is int)
_Validator: Any = extend(Draft202012Validator, type_checker=_TYPES)  # type: ignore[no-untyped-call]
SCHEMA = _Validator(json.loads(SCHEMA_PATH.read_text()))

NUMBER_TOO_LONG = "9" * 5_000


def message(**changes: Any) -> bytes:  # noqa: ANN401
    """GOOD with fields changed; a value of `...` leaves the field out."""
    fields = {name: value for name, value in (GOOD | changes).items() if value is not ...}
    return json.dumps(fields).encode()


def raw(name: str, text: str) -> bytes:
    """GOOD with the JSON text of one field replaced."""
    return message(**{name: "@"}).replace(b'"@"', text.encode())


USABLE = [
    message(),
    message(voltage_v=...),
    message(voltage_v=None),
    message(v=1),
    message(v=1.0),
    message(unknown={"deep": [1, None]}),
    message(meter_id="a" * 64),
    message(geohash="gcpuy"),
    message(commodity="gas"),
    message(commodity="water"),
    message(ts=0),
    message(ts=MAX_TS_MS),
    message(seq=0),
    message(seq=MAX_SEQ),
    message(register=0),
    message(register=MAX_REGISTER),
    message(demand=-MAX_DEMAND),
    message(demand=MAX_DEMAND),
    message(voltage_v=MAX_VOLTAGE_V),
    raw("register", "-0.0"),
    raw("seq", "-0"),
    raw("unknown", "1e400"),
    raw("unknown", NUMBER_TOO_LONG),
    raw("unknown", '"\\ud800"'),
    b" \r\n\t" + message() + b"\n",
]

REJECTED = [
    (None, "empty"),
    (b"", "empty"),
    (b"{" * (4 * 1024 * 1024), "not_json"),
    (b" ", "not_json"),
    (b"{", "not_json"),
    (b"{}{}", "not_json"),
    (b'{"meter_id": "a",}', "not_json"),
    (b"\xef\xbb\xbf" + message(), "not_json"),
    (message().replace(b"MAC", b"\xff\xfe\xfd"), "not_json"),
    (message().replace(b"MAC", b"\xed\xa0\x80"), "not_json"),
    (message().replace(b"MAC", b"\x00"), "not_json"),
    (raw("register", "NaN"), "not_json"),
    (raw("register", "-Infinity"), "not_json"),
    (raw("register", "01"), "not_json"),
    (raw("register", "1."), "not_json"),
    (message().decode().encode("utf-16"), "not_json"),
    (b"[" * 100_000 + b"]" * 100_000, "not_json"),
    (b"[]", "not_an_object"),
    (b"[" + message() + b"]", "not_an_object"),
    (b"null", "not_an_object"),
    (b"true", "not_an_object"),
    (b"1e400", "not_an_object"),
    (b'"text"', "not_an_object"),
    (b"7" * (2 * 1024 * 1024), "not_an_object"),
    (message(v=2), "unsupported_version"),
    (message(v="1"), "unsupported_version"),
    (message(v=None), "unsupported_version"),
    (message(v=True), "unsupported_version"),
    (message(v=2, meter_id=...), "unsupported_version"),
    (b'{"heartbeat": false}', "out_of_range"),
    (b'{"heartbeat": 1}', "wrong_type"),
    (b"{}", "missing"),
    *((message(**{name: ...}), "missing") for name in GOOD if name != "voltage_v"),
    *((message(**{name: None}), "missing") for name in GOOD if name != "voltage_v"),
    *((message(**{name: True}), "wrong_type") for name in GOOD),
    *((message(**{name: [1]}), "wrong_type") for name in GOOD),
    *((message(**{name: "1"}), "wrong_type") for name in GOOD if GOOD[name] != str(GOOD[name])),
    (message(meter_id=7), "wrong_type"),
    (message(geohash=7), "wrong_type"),
    (message(commodity=7), "wrong_type"),
    (raw("ts", "1357000200000.0"), "wrong_type"),
    (raw("ts", "1.3570002e12"), "wrong_type"),
    (raw("ts", "1e400"), "wrong_type"),
    (raw("seq", "1.0"), "wrong_type"),
    (message(meter_id=""), "out_of_range"),
    (message(meter_id="a" * 65), "out_of_range"),
    (message(meter_id="a b"), "out_of_range"),
    (message(meter_id="Zähler"), "out_of_range"),
    (raw("meter_id", '"\\ud800"'), "out_of_range"),
    (message(geohash="gcpu"), "out_of_range"),
    (message(geohash="gcpua"), "out_of_range"),
    (message(geohash="GCPUY"), "out_of_range"),
    (message(geohash="g" * 13), "out_of_range"),
    (message(commodity="steam"), "out_of_range"),
    (message(ts=-1), "out_of_range"),
    (message(ts=MAX_TS_MS + 1), "out_of_range"),
    (message(ts=2**63), "out_of_range"),
    (message(ts=10**30), "out_of_range"),
    (raw("ts", NUMBER_TOO_LONG), "out_of_range"),
    (raw("seq", "-" + NUMBER_TOO_LONG), "out_of_range"),
    (message(seq=-1), "out_of_range"),
    (message(seq=MAX_SEQ + 1), "out_of_range"),
    (message(register=-0.001), "out_of_range"),
    (message(register=MAX_REGISTER + 1), "out_of_range"),
    (raw("register", "1e400"), "out_of_range"),
    (raw("register", NUMBER_TOO_LONG), "out_of_range"),
    (raw("demand", "-1e400"), "out_of_range"),
    (message(demand=MAX_DEMAND + 0.5), "out_of_range"),
    (message(voltage_v=-1), "out_of_range"),
    (message(voltage_v=MAX_VOLTAGE_V + 1), "out_of_range"),
    (message(meter_id=..., ts="x"), "missing"),
    (message(meter_id="", geohash=7), "out_of_range"),
    (message(demand="x", voltage_v=-1), "wrong_type"),
]


def schema_allows(value: bytes) -> bool:
    """Whether the published schema takes the message; JSON is read by the standard library."""
    parsed = json.loads(value, parse_int=lambda digits: int(digits[:25]))
    return bool(SCHEMA.is_valid(parsed))


@pytest.mark.parametrize("value", USABLE, ids=range(len(USABLE)))
def test_usable_messages_are_what_the_schema_allows(value: bytes) -> None:
    assert isinstance(decode(value), tuple)
    assert schema_allows(value)


@pytest.mark.parametrize(("value", "reason"), REJECTED, ids=range(len(REJECTED)))
def test_rejected_messages_are_what_the_schema_forbids(value: bytes | None, reason: str) -> None:
    assert decode(value) == reason
    if reason not in ("empty", "not_json"):
        assert value is not None
        assert not schema_allows(value)


def test_fields_come_in_thousandths() -> None:
    assert decode(message()) == (*FIELDS, 230.1)
    assert decode(message(voltage_v=...)) == (*FIELDS, None)


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


def test_heartbeat() -> None:
    assert decode(HEARTBEAT) is None
    assert decode(b'{"heartbeat": true, "v": 1, "meter_id": 7}') is None
    assert decode(b'{"heartbeat": true, "v": 2}') == "unsupported_version"
    assert schema_allows(HEARTBEAT)


def test_last_of_a_repeated_field_wins() -> None:
    assert decode(b'{"ts": "x", ' + message()[1:]) == (*FIELDS, 230.1)
    assert decode(message()[:-1] + b', "ts": "x"}') == "wrong_type"


@pytest.mark.parametrize(
    ("number", "expected"),
    [(0, 0), (1.2345, 1235), (1.2344, 1234), (-0.0005, 0), (-0.0006, -1), (-1.5, -1500)],
)
def test_halves_of_a_thousandth_round_up(number: float, expected: int) -> None:
    assert decode(message(demand=number)) == (*FIELDS[:-1], expected, 230.1)


@given(
    st.builds(
        Reading,
        meter_id=st.from_regex(r"[A-Za-z0-9_.:-]{1,64}", fullmatch=True),
        geohash=st.from_regex(r"[0-9bcdefghjkmnpqrstuvwxyz]{5,12}", fullmatch=True),
        commodity=st.sampled_from(COMMODITIES),
        ts=st.integers(0, MAX_TS_MS),
        seq=st.integers(0, MAX_SEQ),
        register=st.integers(0, MAX_REGISTER * 1000).map(lambda n: n / 1000),
        demand=st.integers(-MAX_DEMAND * 1000, MAX_DEMAND * 1000).map(lambda n: n / 1000),
        voltage_v=st.none() | st.floats(0, MAX_VOLTAGE_V),
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
        round(reading.demand * 1000),
        reading.voltage_v,
    )


@given(
    st.dictionaries(
        st.sampled_from([*GOOD, "v", "heartbeat"]),
        st.none()
        | st.booleans()
        | st.integers()
        | st.floats(allow_nan=False, allow_infinity=False)
        | st.sampled_from(["gas", "gcpuy", "", "ä"]),
    )
)
def test_any_object_is_judged_as_by_the_schema(changes: dict[str, Any]) -> None:
    value = message(**changes)
    assume(not ("v" in changes and "heartbeat" in changes))  # the schema ignores a heartbeat's v
    assert (not isinstance(decode(value), str)) == schema_allows(value)


@given(st.binary())
def test_no_bytes_are_too_odd(value: bytes) -> None:
    verdict = decode(value)
    assert verdict is None or isinstance(verdict, str | tuple)
