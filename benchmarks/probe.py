"""Meters whose every reading is followed: when it was sent, and when each store showed it; and when
alerts of all meters were on their topic."""

import heapq
import threading
import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from random import Random
from typing import Self

from msgspec.json import Decoder

from adapters.alert_feed import AlertFeed
from adapters.connect import cassandra_session, redis_client
from contracts.history import ON_TIME, keyspace
from contracts.live import LiveMeter, live_key
from contracts.reading import AREA_LENGTH, Commodity, Reading, encode
from contracts.settings import Settings
from contracts.time import MINUTE_MS, SECOND_MS
from simulators.sending.partitions import meters_in
from simulators.sending.recorder import Record
from simulators.sending.sender import Sender

METERS = 200
GEOHASH = "gcpvj0e5k0"
COMMODITY: Commodity = "electricity"
DELAY_MEDIAN_S, DELAY_SIGMA = 0.3, 0.75
"""Delay of a reading on the network: lognormal, as of a cellular network, in which one of 200 takes
more than 2 s."""
TICK_S, REDIS_S, CASSANDRA_S = 0.02, 0.05, 0.5
"""How often readings that are due are sent, and the stores are asked."""
MINUTES_ASKED = 4


@dataclass(frozen=True, slots=True)
class Sent:
    """A reading that Kafka has."""

    meter_id: str
    ts_ms: int
    arrival_ms: int


@dataclass(slots=True)
class Seen:
    """When the stores first showed what, epoch ms."""

    values: dict[tuple[str, int, int], int] = field(default_factory=dict)
    """By meter, end of the slice in which the value was said, and readings that it knows."""
    rows: dict[tuple[str, int, int], int] = field(default_factory=dict)
    """By meter, minute and `corrected_at`."""
    alerts: dict[int, list[int]] = field(default_factory=lambda: defaultdict(list))
    """By the end of the slice that opened them."""


class Probe:
    """Writes to the last partition, which nobody else may, and watches; a context manager."""

    def __init__(self, settings: Settings, seed: int) -> None:
        self._settings = settings
        self._rng = Random(seed)
        self._partition = settings.readings_partitions - 1
        self._stop = threading.Event()
        self._errors: list[Exception] = []
        self.sent: list[Sent] = []
        self.seen = Seen()
        self._threads = [
            threading.Thread(target=self._guarded, args=(part,), daemon=True)
            for part in (
                self._send,
                self._watch_redis,
                self._watch_cassandra,
                self._watch_alerts,
            )
        ]

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()

    def raise_error(self) -> None:
        """Raise what ended a thread, if anything did."""
        if self._errors:
            raise self._errors[0]

    def _guarded(self, part: Callable[[], None]) -> None:
        try:
            part()
        except Exception as error:
            self._errors.append(error)

    def _send(self) -> None:
        due: list[tuple[int, int, str]] = []
        meters = meters_in(self._partition, self._settings, "probe", METERS)
        next_ms = _now_ms() // SECOND_MS * SECOND_MS + SECOND_MS
        with Sender(self._settings, "probe", 0, (self._partition,), record=False) as sender:
            while not self._stop.wait(TICK_S):
                now_ms = _now_ms()
                while next_ms <= now_ms:
                    for number, meter in enumerate(meters):
                        ts_ms = next_ms + number * SECOND_MS // METERS
                        delay_s = self._rng.lognormvariate(0, DELAY_SIGMA) * DELAY_MEDIAN_S
                        heapq.heappush(due, (ts_ms + round(delay_s * 1_000), ts_ms, meter))
                    next_ms += SECOND_MS
                batch: list[Sent] = []
                while due and due[0][0] <= now_ms:
                    _, ts_ms, meter = heapq.heappop(due)
                    batch.append(Sent(meter, ts_ms, now_ms))
                if batch:
                    sender.send([self._record(each) for each in batch])
                    self.sent += batch

    def _record(self, each: Sent) -> Record:
        reading = Reading(
            meter_id=each.meter_id,
            geohash=GEOHASH,
            commodity=COMMODITY,
            ts=each.ts_ms,
            seq=each.ts_ms // SECOND_MS,
            register=round(each.ts_ms / 3_600, 3),
            demand=1_000.0,
        )
        return Record(self._partition, each.arrival_ms, each.meter_id.encode(), encode(reading))

    def _watch_redis(self) -> None:
        key = live_key(self._settings.namespace, COMMODITY, GEOHASH[:AREA_LENGTH])
        decode = Decoder(LiveMeter).decode
        with redis_client(self._settings.redis) as client:
            while not self._stop.wait(REDIS_S):
                found, now_ms = client.hgetall(key), _now_ms()
                for meter, text in found.items():
                    value = decode(text)
                    key_of_value = (str(meter), value.slice_end_ms, value.readings)
                    self.seen.values.setdefault(key_of_value, now_ms)

    def _watch_cassandra(self) -> None:
        session = cassandra_session(self._settings.cassandra)
        rows_of = session.prepare(
            f"SELECT meter_id, corrected_at FROM {keyspace(self._settings)}.minutes_by_area "
            "WHERE area = ? AND minute = ?"
        )
        try:
            while not self._stop.wait(CASSANDRA_S):
                this_minute = _now_ms() // MINUTE_MS
                for minute in range(this_minute - MINUTES_ASKED, this_minute + 1):
                    at = datetime.fromtimestamp(minute * 60, UTC)
                    found = session.execute(rows_of, (GEOHASH[:AREA_LENGTH], at))
                    now_ms = _now_ms()
                    for meter_id, corrected_at in found:
                        corrected_ms = round(
                            (corrected_at.replace(tzinfo=UTC) - ON_TIME).total_seconds() * 1_000
                        )
                        key = (meter_id, minute * MINUTE_MS, corrected_ms)
                        self.seen.rows.setdefault(key, now_ms)
        finally:
            session.cluster.shutdown()

    def _watch_alerts(self) -> None:
        with AlertFeed(self._settings) as feed:
            for alert in feed.until(self._stop):
                if alert.version == 1:
                    self.seen.alerts[alert.opened_at_ms].append(_now_ms())


def _now_ms() -> int:
    return time.time_ns() // 1_000_000
