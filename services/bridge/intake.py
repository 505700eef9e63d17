"""A message on its way from the broker into the log: mapped, known again, handed over, told."""

import logging
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple, Protocol

from adapters.own_records import OwnRecord
from adapters.readings_writer import OnStored, Stored
from contracts.reading import Reading
from contracts.topics import MAX_MESSAGE_BYTES, Topic
from services.bridge.mapping import Heard, Last, Mapper, is_running
from services.bridge.registers import Register
from services.bridge.remembered import Remembered, digest, id_of, numbered
from services.bridge.said import Message, Said, UnmappedError
from services.bridge.window import Record, Slot, Window

MAX_PAYLOAD_BYTES = MAX_MESSAGE_BYTES - 64 * 1024
"""Of what is unmapped: its headers have room beside it."""
MAX_DETAIL = 500
CAUGHT_UP_S = 1.0
"""When nothing has come for so long, no backlog is left at the broker, even if it lets the bridge
send itself no mark."""
ROOM_PARTS = 10
"""Such a part of what is held makes room for what else waits: the rest may be the newest."""
RUNNING = "+"
"""Ends the id of a record whose register was made here, so that the last one is found again."""
UNMAPPED = "unmapped"
"""For the id of a record that is no reading."""

log = logging.getLogger("bridge")


class Publication(NamedTuple):
    """A message as the broker sends it."""

    topic: str
    payload: bytes
    qos: int
    mid: int
    is_again: bool
    """Whether the broker says that it may have sent it before."""
    is_retained: bool


class Writer(Protocol):
    """As `adapters.readings_writer`."""

    def write(self, reading: Reading, record_id: str, stored: OnStored | None = None) -> None:
        """Hand a reading over."""

    def put(
        self,
        topic: Topic,
        key: str | None,
        value: bytes,
        headers: Mapping[str, bytes],
        stored: OnStored | None = None,
    ) -> None:
        """Hand a record of another topic over."""


@dataclass(frozen=True, slots=True)
class _Held:
    """A message without a time of a backlog: of use only if none is newer."""

    message: Message
    publication: Publication
    slot: Slot


class Intake:
    """All messages of one session; for one thread.

    Args:
        writer_name: How the ids of its records begin, as `bridge/home/`.
        ends: Offset after the last record of each partition that is this bridge's.
        wall_ms: The clock on the wall.
        now_s: One that never goes back.
    """

    def __init__(
        self,
        writer: Writer,
        writer_name: str,
        unmapped: Topic,
        mapper: Mapper,
        window: Window,
        remembered: Remembered,
        ends: Sequence[int],
        *,
        wall_ms: Callable[[], int] = lambda: time.time_ns() // 1_000_000,
        now_s: Callable[[], float] = time.monotonic,
    ) -> None:
        self.counts: Counter[str] = Counter()
        self.unmapped_by_reason: Counter[str] = Counter()
        self.registers = dict(mapper.registers)
        """Those that are in the log."""
        self._writer = writer
        self._writer_name = writer_name
        self._unmapped_topic = unmapped
        self._mapper = mapper
        self._window = window
        self._remembered = remembered
        self._ends = dict(enumerate(ends))
        self._wall_ms, self._now_s = wall_ms, now_s
        self._is_backlog = False
        self._mark: Publication | None = None
        self._last_s = 0.0
        self._held: dict[str, _Held] = {}

    def recall(
        self, records: Iterable[OwnRecord], register_of: Callable[[bytes], tuple[str, Register]]
    ) -> int:
        """Know again what is in the log; how many records that is."""
        number = 0
        for record in records:
            number += 1
            place = Stored(record.partition, record.offset, 0)
            self._window.recall(place)
            if (of := numbered(record.record_id)) is None:
                self._remembered.add(record.record_id, Record(is_stored=True, place=place))
            else:
                self._window.recall_number(of.mid, of.which, record.record_id, place)
            self._ends[place.partition] = max(self._ends.get(place.partition, 0), place.offset + 1)
            is_running_one = record.record_id.endswith(RUNNING)
            if is_running_one or self._mapper.has_local_times:
                meter_id, register = register_of(record.value)
                self._mapper.note(meter_id, Last(register.ts_ms, register.amount))
                if is_running_one:
                    self._mapper.registers[meter_id] = self.registers[meter_id] = register
        return number

    @property
    def is_backlog(self) -> bool:
        """Whether what comes may have waited at the broker."""
        return self._is_backlog

    def connected(self, mark: Publication, *, session_present: bool) -> None:
        """The session is there; whether it was before.

        Args:
            mark: A message that this bridge sends itself: what comes before it has waited.
        """
        self._mark = mark
        self._window.connected(self._now_s())
        # What was promised comes again, and the rest does not.
        self._give_up(each for each in self._held.values() if not each.publication.qos)
        self._held.clear()
        self._is_backlog, self._last_s = session_present, self._now_s()

    def lost(self) -> None:
        """The broker is away."""
        self._window.lost(self._now_s())

    def receive(self, publication: Publication) -> None:
        """Take a message."""
        self._last_s = self._now_s()
        self.counts["received"] += 1
        slot = self._slot_of(publication)
        if publication.is_retained:
            # Said some time ago, and again at each subscription.
            self.counts["retained"] += 1
            self._window.seal(slot, self._now_s())
            return
        if self._mark is not None and publication.topic == self._mark.topic:
            if publication.payload == self._mark.payload:
                self._end_backlog()
            self._window.seal(slot, self._now_s())
            return
        message = Message(publication.topic, publication.payload, self._wall_ms(), self._is_backlog)
        self._take(message, publication, slot)

    def tick(self) -> None:
        """Look whether a backlog has ended, or cannot go on."""
        if not self._is_backlog or self._window.is_waiting:
            return
        if self._window.is_full:
            # The broker sends no more before it hears of one.
            self._make_room()
        elif self._now_s() - self._last_s >= CAUGHT_UP_S:
            self._end_backlog()

    def since(self, partitions: int) -> list[int]:
        """From where on the log has to be read after the bridge was killed, by partition."""
        known = {n: self._ends.get(n, 0) for n in range(partitions)}
        found = self._window.since(known, self._now_s())
        return [found[n] for n in range(partitions)]

    def beat(self, place: Stored) -> None:
        """The log has gone on: a heartbeat of this bridge is there."""
        self._ends[place.partition] = max(self._ends.get(place.partition, 0), place.offset + 1)

    def _slot_of(self, publication: Publication) -> Slot:
        which = digest(publication.topic, publication.payload)
        if not publication.qos:
            self.counts["at QoS 0"] += 1
            return Slot(which, 0)
        return self._window.take(publication.mid, which, is_again=publication.is_again)

    def _end_backlog(self) -> None:
        self._is_backlog = False
        held, self._held = self._held, {}
        for each in held.values():
            self._take(each.message, each.publication, each.slot)

    def _make_room(self) -> None:
        """Give up some of what is held, those that have waited longest."""
        waits = [topic for topic, each in self._held.items() if each.publication.qos]
        self._give_up(self._held.pop(topic) for topic in waits[: max(1, len(waits) // ROOM_PARTS)])

    def _take(self, message: Message, publication: Publication, slot: Slot) -> None:
        try:
            heard = self._heard(message)
        except UnmappedError as problem:
            self._unmapped(message, problem, slot)
            self._window.seal(slot, self._now_s())
            return
        if heard.waits_for_newer and message.is_backlog and self._is_backlog:
            before = self._held.pop(message.topic, None)
            self._held[message.topic] = _Held(message, publication, slot)
            if before is not None:
                self._give_up([before])
            return
        self._use(heard, message, publication, slot)
        self._window.seal(slot, self._now_s())

    def _heard(self, message: Message) -> Heard:
        if len(message.payload) > MAX_PAYLOAD_BYTES:
            raise UnmappedError("too_large", f"it has {len(message.payload)} bytes")
        try:
            return self._mapper.heard(message)
        except UnmappedError:
            raise
        except Exception as bug:
            log.exception("a message of %s is not understood", message.topic)
            raise UnmappedError("not_understood", repr(bug)) from bug

    def _use(self, heard: Heard, message: Message, publication: Publication, slot: Slot) -> None:
        # Where a message has no time the same one may come twice and mean two things.
        mid = None if heard.is_timed else slot.mid
        problem: UnmappedError | None = None
        for n, said in enumerate(heard.said):
            end = RUNNING if is_running(said) else ""
            record_id = f"{self._writer_name}{id_of(slot.which, mid, n)}{end}"
            known = self._remembered.find(record_id) or slot.records.get(record_id)
            if known is not None:
                self.counts["again" if publication.is_again else "repeated"] += 1
                slot.records[record_id] = known
                continue
            try:
                self._hand_over(said, heard, message, record_id, slot)
            except UnmappedError as found:
                problem = problem or found
        if problem is not None:
            self._unmapped(message, problem, slot)

    def _hand_over(
        self, said: Said, heard: Heard, message: Message, record_id: str, slot: Slot
    ) -> None:
        reading = self._mapper.reading(said, heard.route, message)
        if reading is None:
            return
        self.counts["readings"] += 1
        record = slot.records[record_id] = Record()
        if heard.is_timed:
            self._remembered.add(record_id, record)
        register = self._mapper.registers.get(reading.meter_id) if is_running(said) else None
        self._writer.write(
            reading, record_id, partial(self._stored, record, reading.meter_id, register)
        )

    def _stored(
        self, record: Record, meter_id: str, register: Register | None, place: Stored
    ) -> None:
        if register is not None:
            self.registers[meter_id] = register
        self.beat(place)
        record.is_stored, record.place = True, place
        self._window.drain(self._now_s())

    def _unmapped(self, message: Message, problem: UnmappedError, slot: Slot) -> None:
        self.counts["unmapped"] += 1
        self.unmapped_by_reason[problem.reason] += 1
        headers = {
            "mqtt_topic": message.topic.encode(),
            "reason": problem.reason.encode(),
            "detail": problem.detail[:MAX_DETAIL].encode(),
            "received_ms": str(message.received_ms).encode(),
        }
        value = b"" if problem.reason == "too_large" else message.payload
        record = slot.records[UNMAPPED] = Record()
        self._writer.put(
            self._unmapped_topic, message.topic, value, headers, partial(self._kept, record)
        )

    def _kept(self, record: Record, _: Stored) -> None:
        record.is_stored = True
        self._window.drain(self._now_s())

    def _give_up(self, held: Iterable[_Held]) -> None:
        for each in held:
            problem = UnmappedError("no_time", "it waited at the broker, and says no time")
            self._unmapped(each.message, problem, each.slot)
            self._window.seal(each.slot, self._now_s())
