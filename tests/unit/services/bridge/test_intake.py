"""What the broker is told, and when: a broker and a Kafka at the calls of their clients."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import orjson
import pytest

from adapters.own_records import OwnRecord
from adapters.readings_writer import OnStored, Stored
from contracts.reading import Reading, encode
from contracts.settings import Settings
from contracts.topics import Topic, partition_of, unmapped
from services.bridge.bridge import _register_of
from services.bridge.intake import Intake, Publication
from services.bridge.mapping import Mapper, Place
from services.bridge.registers import Register
from services.bridge.remembered import Remembered
from services.bridge.routes import Route
from services.bridge.window import CERTAIN_S, Window

PARTITIONS = 4
NAME = "bridge/home/"
METERS = ("m1", "m2", "m3", "board:1", "board:2")
MARK = Publication("wattstream/home/mark", b"now", 1, 0, is_again=False, is_retained=False)
ROUTES = (
    Route(topic="meters/+/reading", profile="native"),
    Route(topic="power/+", profile="pulses", wh_per_pulse=1, interval="1m"),
    Route(topic="zigbee2mqtt/+", profile="zigbee2mqtt"),
    Route(topic="tele/+/SENSOR", profile="tasmota", zone="Europe/Berlin"),
)


@dataclass
class Log:
    """A Kafka that stores when it is told to, each partition in its order."""

    waiting: list[tuple[str, Reading | bytes, str, Mapping[str, bytes], OnStored | None]] = field(
        default_factory=list
    )
    records: list[OwnRecord] = field(default_factory=list)
    readings: list[Reading] = field(default_factory=list)
    unmapped: list[tuple[bytes, Mapping[str, bytes]]] = field(default_factory=list)
    ends: list[int] = field(default_factory=lambda: [0] * PARTITIONS)

    def write(self, reading: Reading, record_id: str, stored: OnStored | None = None) -> None:
        """As the writer does."""
        self.waiting.append((record_id, reading, reading.meter_id, {}, stored))

    def put(
        self,
        topic: Topic,
        key: str | None,
        value: bytes,
        headers: Mapping[str, bytes],
        stored: OnStored | None = None,
    ) -> None:
        """As the writer does."""
        assert topic == unmapped(Settings())
        self.waiting.append(("", value, key or "", headers, stored))

    def store(self, number: int | None = None, first: int = 0) -> None:
        """Take so many of what is waiting, all if absent."""
        taken = self.waiting[first:][:number]
        del self.waiting[first : first + len(taken)]
        for record_id, said, key, headers, stored in taken:
            partition = partition_of(key, PARTITIONS)
            place = Stored(partition, self.ends[partition], 1)
            if isinstance(said, Reading):
                self.ends[partition] += 1
                self.readings.append(said)
                self.records.append(OwnRecord(partition, place.offset, record_id, encode(said)))
            else:
                self.unmapped.append((said, headers))
            if stored is not None:
                stored(place)


@dataclass
class Bench:
    """A bridge between a broker and a log that are played; `again` is a bridge that was killed and
    has started anew, by what the log has."""

    log: Log = field(default_factory=Log)
    receive_maximum: int = 5
    since: list[int] = field(default_factory=lambda: [0] * PARTITIONS)
    registers: dict[str, Register] = field(default_factory=dict)
    acks: list[int] = field(default_factory=list)
    clock_s: float = 1_000.0

    def __post_init__(self) -> None:
        places = {meter: Place("u33db", "electricity", 60_000) for meter in METERS}
        self.intake = Intake(
            self.log,
            NAME,
            unmapped(Settings()),
            Mapper(ROUTES, places, dict(self.registers)),
            Window(self.acks.append, self.receive_maximum),
            Remembered(self.receive_maximum),
            self.since,
            wall_ms=lambda: round(self.clock_s * 1_000),
            now_s=lambda: self.clock_s,
        )
        found = [r for r in self.log.records if r.offset >= self.since[r.partition]]
        self.intake.recall(found, _register_of)
        self.intake.connected(MARK, session_present=False)

    def again(self) -> "Bench":
        """After kill -9, with the last checkpoint: what was on its way to the log did not come."""
        self.log.waiting.clear()
        return Bench(
            self.log,
            self.receive_maximum,
            self.intake.since(PARTITIONS),
            dict(self.intake.registers),
            clock_s=self.clock_s,
        )

    def hear(
        self,
        topic: str,
        payload: bytes,
        mid: int,
        *,
        again: bool = False,
        retained: bool = False,
        qos: int = 1,
    ) -> None:
        """The broker sends a message."""
        self.intake.receive(Publication(topic, payload, qos, mid, again, retained))

    def reading(self, meter: str, ts: int, mid: int, *, again: bool = False) -> None:
        """The broker sends a reading."""
        self.hear(
            f"meters/{meter}/reading",
            orjson.dumps({"ts": ts, "register": ts}),
            mid,
            again=again,
        )


@pytest.fixture
def bench() -> Bench:
    """A bridge whose session is new."""
    return Bench()


def test_nothing_is_told_before_it_is_stored_and_all_in_order(bench: Bench) -> None:
    for mid, meter in enumerate(("m1", "m2", "m3"), 1):
        bench.reading(meter, 60_000, mid)
    assert bench.acks == []

    bench.log.store(2, first=1)
    assert bench.acks == []

    bench.log.store()
    assert bench.acks == [1, 2, 3]


def test_a_message_of_several_readings_is_told_when_the_last_one_is_stored(bench: Bench) -> None:
    bench.hear("power/board", b'{"sensor_count_1":17,"sensor_count_2":16}', 7)
    bench.log.store(1)
    assert bench.acks == []

    bench.log.store()

    assert bench.acks == [7]
    assert [(r.meter_id, r.register) for r in bench.log.readings] == [
        ("board:1", 17),
        ("board:2", 16),
    ]


def test_no_message_of_an_older_connection_is_told(bench: Bench) -> None:
    bench.reading("m1", 60_000, 1)
    bench.reading("m2", 60_000, 2)
    bench.intake.lost()
    bench.log.store(1)
    assert bench.acks == []

    bench.intake.connected(MARK, session_present=True)
    bench.log.store()
    assert bench.acks == []

    # The broker sends both again, under numbers that may be others.
    bench.reading("m1", 60_000, 11, again=True)
    bench.reading("m2", 60_000, 12, again=True)
    assert bench.acks == [11, 12]
    assert [r.meter_id for r in bench.log.readings] == ["m1", "m2"]


def test_what_comes_again_while_it_is_on_its_way_waits_for_it(bench: Bench) -> None:
    bench.reading("m1", 60_000, 1)
    bench.intake.lost()
    bench.intake.connected(MARK, session_present=True)
    bench.reading("m1", 60_000, 1, again=True)
    assert bench.acks == []

    bench.log.store()

    assert bench.acks == [1]
    assert len(bench.log.readings) == 1
    assert bench.intake.counts["again"] == 1


def test_a_bridge_that_was_killed_sends_what_is_missing_and_nothing_twice(bench: Bench) -> None:
    for mid in range(1, 6):
        bench.reading("m1", mid * 60_000, mid)
    bench.log.store(3)
    assert bench.acks == [1, 2, 3]

    # The broker may not have heard of any.
    after = bench.again()
    for mid in range(1, 6):
        after.reading("m1", mid * 60_000, mid, again=True)
    after.log.store()

    assert after.acks == [1, 2, 3, 4, 5]
    assert [r.ts for r in after.log.readings] == [mid * 60_000 for mid in range(1, 6)]


def test_a_publisher_that_repeats_a_reading_adds_nothing(bench: Bench) -> None:
    bench.reading("m1", 60_000, 1)
    bench.log.store()
    bench.reading("m1", 60_000, 2)

    assert bench.acks == [1, 2]
    assert len(bench.log.readings) == 1
    assert bench.intake.counts["repeated"] == 1


def test_the_same_pulses_twice_are_twice_the_energy_unless_they_come_again(bench: Bench) -> None:
    said = b'{"sensor_count_1":17}'
    bench.hear("power/board", said, 1)
    bench.hear("power/board", said, 2)
    bench.log.store(1)

    after = bench.again()
    after.hear("power/board", said, 1, again=True)
    after.hear("power/board", said, 2, again=True)
    after.hear("power/board", said, 3)
    after.log.store()

    assert [r.register for r in after.log.readings] == [17, 34, 51]
    assert after.acks == [1, 2, 3]


def test_a_register_goes_on_from_the_log_where_a_checkpoint_is_older_or_lost(bench: Bench) -> None:
    for mid in (1, 2):
        bench.hear("power/board", b'{"sensor_count_1":17}', mid)
    bench.log.store()

    after = Bench(bench.log)
    after.hear("power/board", b'{"sensor_count_1":5}', 3)
    after.log.store()

    assert after.log.readings[-1].register == 39


def test_a_number_that_the_broker_uses_again_is_another_message(bench: Bench) -> None:
    said = b'{"sensor_count_1":17}'
    for mid in (1, 2, 3, 4, 5, 6):
        bench.hear("power/board", said, mid)
        bench.log.store()
    # Number 1 came more than five messages ago: this one was on its way when the connection went.
    bench.intake.lost()
    bench.intake.connected(MARK, session_present=True)
    bench.hear("power/board", said, 1, again=True)
    bench.log.store()
    # Of the last five any may come again.
    bench.hear("power/board", said, 4, again=True)

    assert bench.log.readings[-1].register == 7 * 17


def test_a_number_that_is_given_again_at_once_is_another_message(bench: Bench) -> None:
    said = b'{"sensor_count_1":17}'
    bench.hear("power/board", said, 1)
    bench.log.store()
    bench.clock_s += CERTAIN_S + 1
    # The broker has heard of it, and gives the lowest number that is free. The connection went
    # before this one was here.
    bench.intake.lost()
    bench.intake.connected(MARK, session_present=True)
    bench.hear("power/board", said, 1, again=True)
    bench.log.store()
    assert [r.register for r in bench.log.readings] == [17, 34]

    # That it was heard of shows at once where the number is used for another one.
    bench.hear("power/board", b'{"sensor_count_1":5}', 1)
    bench.log.store()
    bench.intake.lost()
    bench.intake.connected(MARK, session_present=True)
    bench.hear("power/board", said, 1, again=True)
    bench.log.store()
    assert [r.register for r in bench.log.readings] == [17, 34, 39, 56]


def test_after_a_kill_a_number_stands_for_the_last_message_that_had_it(bench: Bench) -> None:
    for pulses in (17, 5):
        bench.hear("power/board", b'{"sensor_count_1":%d}' % pulses, 1)
        bench.log.store()

    after = bench.again()
    after.hear("power/board", b'{"sensor_count_1":17}', 1, again=True)
    after.log.store()
    assert [r.register for r in after.log.readings] == [17, 22, 39]

    # None that may come again came within two minutes.
    last = after.again()
    last.clock_s += CERTAIN_S + 1
    last.intake.lost()
    last.intake.connected(MARK, session_present=True)
    last.hear("power/board", b'{"sensor_count_1":17}', 1, again=True)
    last.log.store()
    assert last.log.readings[-1].register == 56


def test_a_board_that_is_heard_again_twice_is_counted_once(bench: Bench) -> None:
    bench.hear("power/board", b'{"sensor_count_1":17}', 1)
    for _ in range(2):
        bench.intake.lost()
        bench.intake.connected(MARK, session_present=True)
        bench.hear("power/board", b'{"sensor_count_1":17}', 1, again=True)
    bench.log.store()

    assert [r.register for r in bench.log.readings] == [17]
    assert bench.acks == [1]


def test_10_000_times_17_pulses_with_5_kills_are_170_000() -> None:
    bench, said = Bench(receive_maximum=100), b'{"sensor_count_1":17}'
    sent, heard_of, kills = 0, 0, {1_999, 3_333, 5_000, 7_777, 9_998}
    while heard_of < 10_000:
        # As many as may be on their way, from the first that the broker has not heard of.
        for n in range(heard_of, min(heard_of + 100, 10_000)):
            bench.hear("power/board", said, n % 60_000 + 1, again=n < sent)
        until = min(heard_of + 100, 10_000)
        sent = max(sent, until)
        if kill := next((each for each in kills if heard_of <= each < until), None):
            kills.remove(kill)
            bench.log.store(kill - heard_of)
            # Of what was told not all has arrived.
            heard_of += (kill - heard_of) // 2
            bench = bench.again()
            continue
        bench.log.store()
        bench.clock_s += 60
        heard_of = until

    registers = [r.register for r in bench.log.readings]
    assert registers == [17 * n for n in range(1, 10_001)]
    assert registers[-1] == 170_000


def test_a_retained_message_is_no_reading(bench: Bench) -> None:
    bench.hear("meters/m1/reading", b'{"ts":60000,"register":1}', 1, retained=True)
    bench.log.store()

    assert bench.acks == [1]
    assert bench.log.readings == []
    assert bench.intake.counts["retained"] == 1


@pytest.mark.parametrize(
    ("topic", "payload", "reason"),
    [
        ("meters/m1/reading", b"\x00\xffnot json", "not_json"),
        ("meters/m9/reading", b'{"ts":1,"register":1}', "unknown_meter"),
        ("doors/front", b"open", "no_route"),
        ("meters/m1/reading", b"[" * 2_000, "not_json"),
    ],
)
def test_what_is_no_reading_is_kept_byte_for_byte_and_told_when_it_is(
    bench: Bench, topic: str, payload: bytes, reason: str
) -> None:
    bench.hear(topic, payload, 1)
    bench.reading("m1", 60_000, 2)
    bench.log.store(1, first=1)
    assert bench.acks == []

    bench.log.store()

    assert bench.acks == [1, 2]
    ((value, headers),) = bench.log.unmapped
    assert value == payload
    assert headers["mqtt_topic"] == topic.encode()
    assert headers["reason"] == reason.encode()
    assert headers["received_ms"] == b"1000000"
    assert bench.intake.unmapped_by_reason == {reason: 1}


def test_a_bug_of_a_profile_keeps_the_message_and_harms_no_other(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(Mapper, "heard", broken)
    bench.reading("m1", 60_000, 1)
    bench.log.store()

    assert bench.acks == [1]
    assert bench.log.unmapped[0][1]["reason"] == b"not_understood"


def test_a_payload_that_no_record_has_room_for_is_told_without_it(bench: Bench) -> None:
    bench.hear("meters/m1/reading", b" " * 5_000_000, 1)
    bench.log.store()

    assert bench.acks == [1]
    assert [(value, h["reason"]) for value, h in bench.log.unmapped] == [(b"", b"too_large")]


def test_one_unknown_counter_of_a_board_does_not_hide_the_other(bench: Bench) -> None:
    bench.hear("power/board", b'{"sensor_count_1":17,"sensor_count_3":5}', 1)
    bench.log.store()

    assert [r.meter_id for r in bench.log.readings] == ["board:1"]
    assert [h["reason"] for _, h in bench.log.unmapped] == [b"unknown_meter"]
    assert bench.acks == [1]


def test_of_a_backlog_without_times_only_the_newest_is_a_reading(bench: Bench) -> None:
    bench.intake.connected(MARK, session_present=True)
    for mid, kwh in enumerate((1, 2, 3), 1):
        bench.hear("zigbee2mqtt/m1", orjson.dumps({"energy": kwh}), mid)
    bench.log.store()
    assert (bench.acks, bench.log.readings) == ([1, 2], [])

    bench.clock_s += 0.9
    bench.intake.tick()
    assert bench.log.waiting == []
    bench.clock_s += 0.2
    bench.intake.tick()
    bench.log.store()

    assert [(r.register, r.ts) for r in bench.log.readings] == [(3_000, 1_000_000)]
    assert bench.acks == [1, 2, 3]
    assert [h["reason"] for _, h in bench.log.unmapped] == [b"no_time"] * 2
    # What comes now is of now.
    bench.hear("zigbee2mqtt/m1", b'{"energy":4}', 4)
    bench.log.store()
    assert bench.log.readings[-1].register == 4_000


def test_a_backlog_of_the_repeated_hour_goes_on_from_the_log(bench: Bench) -> None:
    said = b'{"Time":"2024-10-27T02:%d:00","ENERGY":{"Total":%d}}'
    # Received at 02:10 summer time.
    bench.clock_s = 1_729_987_800
    bench.hear("tele/m1/SENSOR", said % (10, 1), 1)
    bench.log.store()

    after = bench.again()
    after.intake.connected(MARK, session_present=True)
    after.clock_s += 10_000
    for mid, minute in enumerate((10, 40, 10, 40), 1):
        after.hear("tele/m1/SENSOR", said % (minute, mid), mid, again=mid == 1)
    after.log.store()

    first_ms = 1_729_987_800_000
    assert [(r.ts - first_ms) // 60_000 for r in after.log.readings] == [0, 30, 60, 90]


def test_a_backlog_ends_where_the_mark_comes_though_messages_never_pause(bench: Bench) -> None:
    bench.intake.connected(MARK, session_present=True)
    bench.hear(MARK.topic, b"of an earlier connection", 1)
    bench.hear("zigbee2mqtt/m1", b'{"energy":1}', 2)
    bench.hear("zigbee2mqtt/m1", b'{"energy":2}', 3)
    assert bench.intake.is_backlog
    bench.hear(MARK.topic, MARK.payload, 4)
    bench.hear("zigbee2mqtt/m1", b'{"energy":3}', 5)
    bench.log.store()

    assert [r.register for r in bench.log.readings] == [2_000, 3_000]
    assert [h["reason"] for _, h in bench.log.unmapped] == [b"no_time"]
    assert bench.acks == [1, 2, 3, 4, 5]


def test_a_backlog_that_waits_for_what_is_held_goes_on(bench: Bench) -> None:
    bench.intake.connected(MARK, session_present=True)
    bench.hear("zigbee2mqtt/m1", b'{"energy":1}', 1)
    for mid in range(2, 6):
        bench.reading("m2", mid * 60_000, mid)
    bench.clock_s += 10
    bench.intake.tick()
    # It is Kafka that is awaited.
    assert bench.log.unmapped == []
    bench.log.store()
    assert bench.acks == []

    bench.intake.tick()
    bench.log.store()

    assert bench.acks == [1, 2, 3, 4, 5]
    assert [h["reason"] for _, h in bench.log.unmapped] == [b"no_time"]


def test_of_more_topics_than_may_be_on_their_way_only_the_oldest_are_given_up() -> None:
    topics, window = 150, 100
    bench = Bench(receive_maximum=window)
    bench.intake.connected(MARK, session_present=True)
    waiting = list(range(1, topics + 1))
    sent = 0
    while bench.intake.is_backlog:
        # The broker sends as many as it has not heard of, and then the mark.
        while waiting and sent - len(bench.acks) < window:
            sent += 1
            bench.hear(f"zigbee2mqtt/m{waiting.pop(0)}", b'{"energy":1}', sent)
        if not waiting and sent - len(bench.acks) < window:
            sent += 1
            bench.hear(MARK.topic, MARK.payload, sent)
        bench.clock_s += 2
        bench.intake.tick()
        bench.log.store()

    given_up = [h["mqtt_topic"] for _, h in bench.log.unmapped if h["reason"] == b"no_time"]
    # In tenths of what is held, and the mark needs a place, too.
    assert given_up == [b"zigbee2mqtt/m%d" % n for n in range(1, 61)]
    assert bench.acks == list(range(1, sent + 1))


def test_what_is_held_when_the_connection_goes_comes_again(bench: Bench) -> None:
    bench.intake.connected(MARK, session_present=True)
    bench.hear("zigbee2mqtt/m1", b'{"energy":1}', 1)
    bench.intake.lost()
    bench.intake.connected(MARK, session_present=True)
    bench.hear("zigbee2mqtt/m1", b'{"energy":1}', 1, again=True)
    bench.clock_s += 2
    bench.intake.tick()
    bench.log.store()

    assert bench.acks == [1]
    assert [r.register for r in bench.log.readings] == [1_000]
    assert bench.log.unmapped == []


def test_nobody_is_told_of_a_message_at_qos_0(bench: Bench) -> None:
    bench.hear("meters/m1/reading", b'{"ts":60000,"register":1}', 0, qos=0)
    bench.log.store()

    assert (bench.acks, len(bench.log.readings)) == ([], 1)
    assert bench.intake.counts["at QoS 0"] == 1


def test_two_equal_messages_at_qos_0_keep_no_other_from_being_told(bench: Bench) -> None:
    for _ in range(2):
        bench.hear("zigbee2mqtt/m1", b'{"energy":1}', 0, qos=0)
    bench.log.store()
    for mid in range(1, 6):
        bench.reading("m2", mid * 60_000, mid)
    bench.log.store()

    assert len(bench.log.readings) == 7
    assert bench.acks == [1, 2, 3, 4, 5]


def test_two_equal_messages_of_one_number_are_told_each_when_its_own_is_stored(
    bench: Bench,
) -> None:
    bench.hear("power/board", b'{"sensor_count_1":17}', 1)
    bench.intake.lost()
    # A session that is new counts from one again.
    bench.intake.connected(MARK, session_present=False)
    bench.hear("power/board", b'{"sensor_count_1":17}', 1)
    bench.log.store(1)
    assert bench.acks == []

    bench.log.store()

    assert bench.acks == [1]
    assert [r.register for r in bench.log.readings] == [17, 34]


def test_messages_at_qos_0_push_none_that_may_come_again_out_of_a_checkpoint(
    bench: Bench,
) -> None:
    partition = partition_of("m1", PARTITIONS)
    bench.reading("m1", 60_000, 1)
    bench.log.store()
    for n in range(2, 20):
        bench.hear("meters/m1/reading", b'{"ts":%d,"register":1}' % (n * 60_000), 0, qos=0)
    bench.intake.lost()
    bench.intake.connected(MARK, session_present=True)
    bench.log.store()

    assert bench.intake.since(PARTITIONS)[partition] == 0


def test_a_checkpoint_does_not_pass_what_was_recalled_before_it_can_have_come_again(
    bench: Bench,
) -> None:
    bench.reading("m1", 60_000, 1)
    bench.hear("power/board", b'{"sensor_count_1":17}', 2)
    bench.log.store()

    # One that is ended before the broker let it in.
    last = bench.again().again()
    last.reading("m1", 60_000, 1, again=True)
    last.hear("power/board", b'{"sensor_count_1":17}', 2, again=True)
    last.log.store()

    assert len(last.log.readings) == 2
    assert last.acks == [1, 2]
    last.clock_s += CERTAIN_S + 1
    assert last.intake.since(PARTITIONS) == last.log.ends


def test_a_checkpoint_passes_what_the_broker_has_certainly_heard_of(bench: Bench) -> None:
    partition = partition_of("m1", PARTITIONS)
    for n in range(3):
        bench.reading("m1", n * 60_000, n + 1)
    bench.log.store()
    # The last PUBACKs may be lost.
    assert bench.intake.since(PARTITIONS)[partition] == 0

    for n in range(3, 10):
        bench.reading("m1", n * 60_000, n + 1)
        bench.log.store()
    # But no more than may be on their way.
    assert bench.intake.since(PARTITIONS)[partition] == 10 - bench.receive_maximum

    bench.clock_s += CERTAIN_S + 1
    assert bench.intake.since(PARTITIONS)[partition] == 10

    bench.reading("m1", 600_000, 11)
    bench.intake.lost()
    bench.log.store()
    bench.clock_s += 10 * CERTAIN_S
    # As long as the broker is away it cannot have heard.
    assert bench.intake.since(PARTITIONS)[partition] == 10


def test_heartbeats_move_a_checkpoint_along_in_partitions_that_are_quiet(bench: Bench) -> None:
    bench.intake.beat(Stored(2, 41, 1))

    assert bench.intake.since(PARTITIONS)[2] == 42


def test_a_register_in_the_checkpoint_is_one_that_is_stored(bench: Bench) -> None:
    bench.hear("power/board", b'{"sensor_count_1":17}', 1)
    assert bench.intake.registers == {}

    bench.log.store()

    assert bench.intake.registers["board:1"].amount == 17
