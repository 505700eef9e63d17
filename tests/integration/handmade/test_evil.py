"""No input takes a job down or vanishes: each evil message is rejected as it came, with a reason,
and the good readings around it count.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

import orjson
import pytest

from contracts.jobs import JOBS
from contracts.reading import HEARTBEAT, Reading, encode
from contracts.rejects import REASONS, Reason
from contracts.settings import CLOCK_BEHIND_MS, Settings
from contracts.time import MINUTE_MS
from contracts.topics import readings
from infra.flink.submission import running
from simulators.sending.recorder import Record
from tests.support.cql import minutes_of_day
from tests.support.examples import Example, all_examples, examples
from tests.support.send import meter_in, send
from tests.support.verify import assert_equal, assert_no_job_failed
from verification.report import Report
from verification.rows import Reject, RejectKey
from verification.stores.rejects import read_rejects

if TYPE_CHECKING:
    from cassandra.cluster import Session

    from tests.integration.handmade.conftest import Written

YEAR_MS = 365 * 86_400_000
STEP_MS = 1_000
LATE_BY_MS = 500

PLAIN: Example = next(example for example in examples("bytes") if example.name == "plain")
"""What most examples of good readings differ from."""

Spoil = Callable[[bytes], bytes | None]
"""Makes another message of an encoded reading."""


def as_it_is(example: Example) -> Spoil:
    """The example, whatever the reading is."""
    return lambda _: example.message


def of_the_reading(example: Example) -> Spoil:
    """The example with the meter, the time and the number of the reading."""

    def spoil(value: bytes) -> bytes:
        fields, message = orjson.loads(value), example.message
        assert message is not None
        for name in ("meter_id", "ts", "seq"):
            own = str(fields[name]).encode()
            message = message.replace(str(PLAIN.values[name]).encode(), own)
        return message

    return spoil


def can_be_of_a_reading(example: Example) -> bool:
    """Whether it is a good reading that says once, and plainly, of which meter and time it is."""
    if example.verdict != "reading":
        return False
    same = ("meter_id", "geohash", "commodity", "ts")
    message = example.message
    return (
        message is not None
        and all(example.values[name] == PLAIN.values[name] for name in same)
        and all(message.count(str(PLAIN.values[name]).encode()) == 1 for name in ("meter_id", "ts"))
    )


def ahead_by(ahead_ms: int) -> Spoil:
    """The reading of a meter whose clock is ahead of the arrival by so much."""

    def spoil(value: bytes) -> bytes:
        ts = orjson.loads(value)["ts"] + LATE_BY_MS + ahead_ms
        return orjson.dumps(orjson.loads(value) | {"ts": ts})

    return spoil


def in_seconds(value: bytes) -> bytes:
    """The reading with its time in seconds."""
    message = orjson.loads(value)
    return orjson.dumps(message | {"ts": message["ts"] // 1000})


EVIL: dict[str, tuple[Reason, Spoil]] = {
    **{
        example.name: (cast("Reason", example.verdict), as_it_is(example))
        for example in all_examples()
        if example.verdict in REASONS
    },
    "a clock a year ahead": ("clock_ahead", ahead_by(YEAR_MS)),
    "a clock just too far ahead": ("clock_ahead", ahead_by(10_001)),
    "a clock just too far behind": ("clock_behind", ahead_by(-CLOCK_BEHIND_MS - 1)),
    "seconds": ("clock_behind", in_seconds),
}

ODD: dict[str, Spoil] = {
    **{
        example.name: of_the_reading(example)
        for example in (*examples("bytes"), *examples("fields"))
        if can_be_of_a_reading(example)
    },
    "a clock ahead as far as it may": ahead_by(10_000),
}
"""What looks wrong and is good by the contract."""

REVISIONS = {
    example.name
    for example in (*examples("bytes"), *examples("fields"))
    if example.name in ODD and example.values["revision"]
}
"""Those of them that say that they revise a reading: kept, and no reading more."""


@dataclass(frozen=True)
class Outcome:
    """What was sent, what came of it."""

    report: Report
    sent: dict[str, tuple[RejectKey, Record]]
    """Evil messages by name: where they are in the topic."""
    good: int
    """Readings, revisions not counted."""
    rejects: dict[RejectKey, Reject]
    midnight_ms: int
    """Of the day on which it was sent."""


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
                geohash=PLAIN.values["geohash"],
                commodity=PLAIN.values["commodity"],
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


@dataclass(frozen=True)
class Sent:
    """What was written, and where it is in the topic."""

    log: Log
    keys: list[RejectKey]


def write(by_hand: Settings, midnight_ms: int) -> Sent:
    """Every message between good readings."""
    log = Log(by_hand, midnight_ms + MINUTE_MS)
    for name, (_, spoil) in EVIL.items():
        log.add_step(name, spoil, evil=True)
    for name, spoil in ODD.items():
        log.add_step(name, spoil, evil=False)
    log.good -= len(REVISIONS)
    log.let_two_writers_cross()
    return Sent(log, send(by_hand, "evil", log.records))


@pytest.fixture(scope="module")
def outcome(by_hand: Settings, written: "Written", report: Report) -> Outcome:
    """All of it settled."""
    log, keys = written.evil.log, written.evil.keys
    return Outcome(
        report,
        {name: (keys[index], log.records[index]) for name, index in log.evil.items()},
        log.good,
        dict(read_rejects(by_hand)),
        midnight_ms=log.begin_ms - MINUTE_MS,
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


def test_every_good_reading_is_stored(outcome: Outcome, by_hand: Settings, cql: "Session") -> None:
    meters = [meter_in(partition, by_hand) for partition in range(by_hand.readings_partitions)]
    rows = [
        row for meter_id in meters for row in minutes_of_day(cql, meter_id, outcome.midnight_ms)
    ]

    assert sum(row["readings"] for row in rows) == outcome.good
    assert_equal(outcome.report)


def test_nothing_else_is_rejected(outcome: Outcome) -> None:
    assert outcome.rejects.keys() == {key for key, _ in outcome.sent.values()}


@pytest.mark.usefixtures("outcome")
def test_no_job_failed(by_hand: Settings) -> None:
    assert running(by_hand).keys() == set(JOBS)
    assert_no_job_failed(by_hand)
