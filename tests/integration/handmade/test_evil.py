"""No input takes a job down or vanishes: each evil message is rejected as it came, with a reason,
and the good readings around it count.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import orjson
import pytest

from contracts.jobs import JOBS
from contracts.reading import HEARTBEAT, Reading, encode
from contracts.rejects import Reason
from contracts.settings import Settings
from contracts.time import MINUTE_MS
from contracts.topics import readings
from infra.flink.submission import running
from simulators.sending.recorder import Record
from tests.support.cql import minutes_of_day
from tests.support.send import meter_in, send
from tests.support.verify import assert_equal, assert_no_job_failed, verified
from verification.report import Report
from verification.rows import Reject, RejectKey
from verification.stores.rejects import read_rejects

if TYPE_CHECKING:
    from cassandra.cluster import Session

YEAR_MS = 365 * 86_400_000
STEP_MS = 1_000
LATE_BY_MS = 500
TWO_MEGABYTES = 2 * 1024 * 1024
NINE_MEGABYTES = 9 * 1024 * 1024

Spoil = Callable[[bytes], bytes | None]
"""Makes another message of an encoded reading."""


def having(**texts: str) -> Spoil:
    """The reading with these fields set to raw JSON texts, which need not be JSON."""

    def spoil(value: bytes) -> bytes:
        fields = {name: orjson.dumps(field).decode() for name, field in orjson.loads(value).items()}
        pairs = (f'"{name}":{text}' for name, text in (fields | texts).items())
        return "{{{}}}".format(",".join(pairs)).encode()

    return spoil


def without(field: str) -> Spoil:
    """The reading without one of its fields."""
    return lambda value: orjson.dumps(
        {name: content for name, content in orjson.loads(value).items() if name != field}
    )


def in_meter_id(content: bytes) -> Spoil:
    """The reading with these bytes at the beginning of its meter_id."""
    return lambda value: value.replace(b'"meter_id":"', b'"meter_id":"' + content)


def ahead_by(ahead_ms: int) -> Spoil:
    """The reading of a meter whose clock is ahead of the arrival by so much."""

    def spoil(value: bytes) -> bytes:
        ts = orjson.loads(value)["ts"] + LATE_BY_MS + ahead_ms
        return orjson.dumps(orjson.loads(value) | {"ts": ts})

    return spoil


EVIL: dict[str, tuple[Reason, Spoil]] = {
    "no value": ("empty", lambda _: None),
    "no bytes": ("empty", lambda _: b""),
    "blanks": ("not_json", lambda _: b" \n"),
    "half a message": ("not_json", lambda value: value[: len(value) // 2]),
    "a brace behind": ("not_json", lambda value: value + b"}"),
    "text behind": ("not_json", lambda value: value + b" and so on"),
    "two messages": ("not_json", lambda value: value + value),
    "not a number": ("not_json", having(demand="NaN")),
    "infinity": ("not_json", having(register="Infinity")),
    "2 MB of nothing": ("not_json", lambda _: bytes(TWO_MEGABYTES)),
    "2 MB without end": ("not_json", lambda _: b'"' + b"a" * TWO_MEGABYTES),
    "invalid UTF-8": ("not_json", in_meter_id(b"\xff")),
    "a surrogate in UTF-8": ("not_json", in_meter_id(b"\xed\xa0\x80")),
    "UTF-16": ("not_json", lambda value: value.decode().encode("utf-16")),
    "UTF-16 without a mark": ("not_json", lambda value: value.decode().encode("utf-16-le")),
    "a byte order mark": ("not_json", lambda value: b"\xef\xbb\xbf" + value),
    "arrays 100,000 deep": ("not_json", lambda _: b"[" * 100_000 + b"]" * 100_000),
    "arrays 100,000 deep in a field": (
        "not_json",
        having(note="[" * 100_000 + "]" * 100_000),
    ),
    "9 MB of blanks, small on the wire": ("too_large", lambda _: b" " * NINE_MEGABYTES),
    "a reading of 9 MB, small on the wire": (
        "too_large",
        having(note=f'"{"a" * NINE_MEGABYTES}"'),
    ),
    "an array of a reading": ("not_an_object", lambda value: b"[" + value + b"]"),
    "an empty array": ("not_an_object", lambda _: b"[]"),
    "an integer": ("not_an_object", lambda _: b"17"),
    "JSON's null": ("not_an_object", lambda _: b"null"),
    "version 2": ("unsupported_version", having(v="2")),
    "version null": ("unsupported_version", having(v="null")),
    "an empty object": ("missing", lambda _: b"{}"),
    "no register": ("missing", without("register")),
    "null for the time": ("missing", having(ts="null")),
    "an integer for a string": ("wrong_type", having(meter_id="12")),
    "a string for a number": ("wrong_type", having(register='"12.5"')),
    "a time with a fraction": ("wrong_type", having(ts="1.5")),
    "the last of duplicate keys has the wrong type": (
        "wrong_type",
        lambda value: value[:-1] + b',"meter_id":12}',
    ),
    "a heartbeat of 1": ("wrong_type", lambda _: b'{"heartbeat":1}'),
    "a heartbeat that is false": ("out_of_range", lambda _: b'{"heartbeat":false}'),
    "a time before the epoch": ("out_of_range", having(ts="-1")),
    "a time of 400 digits": ("out_of_range", having(ts="9" * 400)),
    "a register of 2,000 digits": ("out_of_range", having(register="9" * 2_000)),
    "a register below zero": ("out_of_range", having(register="-0.001")),
    "a register of 1e400": ("out_of_range", having(register="1e400")),
    "a demand of -1e400": ("out_of_range", having(demand="-1e400")),
    "an unknown commodity": ("out_of_range", having(commodity='"steam"')),
    "half of a surrogate pair": ("out_of_range", having(meter_id='"\\ud800"')),
    "a meter_id of 2 MB": ("out_of_range", in_meter_id(b"a" * TWO_MEGABYTES)),
    "a clock a year ahead": ("clock_ahead", ahead_by(YEAR_MS)),
    "a clock just too far ahead": ("clock_ahead", ahead_by(10_001)),
}

ODD: dict[str, Spoil] = {
    "version 1": having(v="1"),
    "version 1.0": having(v="1.0"),
    "no voltage": having(voltage_v="null"),
    "an unknown field of 2 MB": having(note=f'"{"a" * TWO_MEGABYTES}"'),
    "half of a surrogate pair in an unknown field": having(note='"\\ud800"'),
    "arrays 999 deep in an unknown field": having(note="[" * 999 + "]" * 999),
    "a register with an exponent": having(register="1.25e3"),
    "duplicate keys of which the last is good": (
        lambda value: b'{"meter_id":12,"register":1e400,' + value[1:]
    ),
    "an escape in a field's name": lambda value: value.replace(b"meter_id", b"\\u006deter_id"),
    "blanks around": lambda value: b"\r\n\t " + value + b" \n",
    "a clock ahead as far as it may": ahead_by(10_000),
}
"""What looks wrong and is good by the contract."""


@dataclass(frozen=True)
class Outcome:
    """What was sent, what came of it."""

    report: Report
    sent: dict[str, tuple[RejectKey, Record]]
    """Evil messages by name: where they are in the topic."""
    good: int
    rejects: dict[RejectKey, Reject]


class Log:
    """A log under construction, over all partitions in turn; arrivals are `STEP_MS` apart."""

    def __init__(self, settings: Settings, begin_ms: int) -> None:
        self.settings = settings
        self.begin_ms = begin_ms
        self.records: list[Record] = []
        self.evil: dict[str, int] = {}
        """Index into `records` by name."""
        self.good = 0
        self.meters = [meter_in(partition, settings) for partition in range(self.partitions)]

    @property
    def partitions(self) -> int:
        return self.settings.readings_partitions

    def add_step(self, name: str, spoil: Spoil, evil: bool) -> None:
        """A good reading, and what `spoil` makes of the next one of the same meter."""
        number = len(self.records)
        partition = number // 2 % self.partitions
        arrival_ms = self.begin_ms + number * STEP_MS
        key = self.meters[partition].encode()
        values = [self.reading(partition, number + turn, arrival_ms) for turn in range(2)]
        self.records += [
            Record(partition, arrival_ms, key, values[0]),
            Record(partition, arrival_ms, key, spoil(values[1])),
        ]
        if evil:
            self.evil[name] = number + 1
        self.good += 1 if evil else 2

    def reading(self, partition: int, seq: int, arrival_ms: int) -> bytes:
        return encode(
            Reading(
                meter_id=self.meters[partition],
                geohash="gcpvj0du",
                commodity="electricity",
                ts=arrival_ms - LATE_BY_MS,
                seq=seq,
                register=1_000.0 + seq,
                demand=100.0 + seq,
                voltage_v=230.5,
            )
        )

    def let_two_writers_cross(self) -> None:
        """Arrivals in one partition that go back: as far as they may, and farther."""
        now_ms = self.begin_ms + len(self.records) * STEP_MS
        slack_ms = self.settings.slack_ms
        key = self.meters[0].encode()
        back_ms = now_ms - slack_ms
        self.records += [
            Record(0, now_ms, None, HEARTBEAT),
            Record(0, back_ms, key, self.reading(0, 1_000, back_ms)),
        ]
        self.good += 1
        back_ms -= 1
        went_back = {
            "a reading whose arrival went back": self.reading(0, 1_001, back_ms),
            "a heartbeat whose arrival went back": HEARTBEAT,
        }
        for name, value in went_back.items():
            self.evil[name] = len(self.records)
            self.records.append(Record(0, back_ms, key, value))


@pytest.fixture(scope="module")
def outcome(by_hand: Settings, midnight_ms: int) -> Outcome:
    """Every message between good readings, sent and settled."""
    log = Log(by_hand, midnight_ms + MINUTE_MS)
    for name, (_, spoil) in EVIL.items():
        log.add_step(name, spoil, evil=True)
    for name, spoil in ODD.items():
        log.add_step(name, spoil, evil=False)
    log.let_two_writers_cross()
    keys = send(by_hand, "evil", log.records)
    report = verified(by_hand)
    return Outcome(
        report,
        {name: (keys[index], log.records[index]) for name, index in log.evil.items()},
        log.good,
        dict(read_rejects(by_hand)),
    )


def assert_rejected(outcome: Outcome, settings: Settings, name: str, reason: Reason) -> None:
    """The rejects topic holds the message, byte for byte, and says whence and why; of one that is
    too large, only the latter."""
    key, record = outcome.sent[name]
    topic = readings(settings).name
    value = None if reason == "too_large" else record.value
    assert outcome.rejects.get(key) == Reject(reason, topic, record.arrival_ms, value)


@pytest.mark.parametrize("name", EVIL)
def test_it_is_rejected_as_it_came_and_with_its_reason(
    outcome: Outcome, by_hand: Settings, name: str
) -> None:
    reason, _ = EVIL[name]
    assert_rejected(outcome, by_hand, name, reason)


@pytest.mark.parametrize(
    "name", ["a reading whose arrival went back", "a heartbeat whose arrival went back"]
)
def test_it_is_rejected_if_two_writers_crossed(
    outcome: Outcome, by_hand: Settings, name: str
) -> None:
    assert_rejected(outcome, by_hand, name, "arrival_went_back")


def test_every_good_reading_is_stored(
    outcome: Outcome, by_hand: Settings, cql: "Session", midnight_ms: int
) -> None:
    meters = [meter_in(partition, by_hand) for partition in range(by_hand.readings_partitions)]
    rows = [row for meter_id in meters for row in minutes_of_day(cql, meter_id, midnight_ms)]

    assert sum(row["readings"] for row in rows) == outcome.good
    assert_equal(outcome.report)


def test_nothing_else_is_rejected(outcome: Outcome) -> None:
    assert outcome.rejects.keys() == {key for key, _ in outcome.sent.values()}


@pytest.mark.usefixtures("outcome")
def test_no_job_failed(by_hand: Settings) -> None:
    assert running(by_hand).keys() == set(JOBS)
    assert_no_job_failed(by_hand)
