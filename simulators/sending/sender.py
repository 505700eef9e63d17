"""The one writer of its partitions: sends records in order and records what was acknowledged."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import numpy as np
from confluent_kafka import KafkaError, KafkaException, Producer
from numpy.typing import NDArray

from adapters.connect import storing_config
from contracts import topics
from contracts.reading import HEARTBEAT
from contracts.settings import Settings
from simulators.errors import OptionError, SendError
from simulators.sending.paced_offsets import make_room, paced_offsets
from simulators.sending.partitions import (
    admin_client,
    end_offsets,
    iso,
    newest_arrivals,
    partition_count,
    refuse_broker_stamps,
    refuse_older,
    timestamp_type,
)
from simulators.sending.recorder import Record, Recorder

POLL_EVERY = 1_000
FLUSH_TIMEOUT_S = 180.0
"""Brokers restart, and what they have not acknowledged is sent again."""


class Sender:
    """Writes to `partitions` of the readings topic (all of them unless told otherwise).

    No other process may write there meanwhile: offsets are counted, not asked for, and arrivals
    would go back. A pacemaker's heartbeats, the last of which may come after a writer has returned
    to a partition, are left out of the count at the end. Use it as a context manager; leaving it
    completes the recording `<recordings_dir>/<run>-<process>.parquet`.

    Raises:
        TopicError: no broker, no topic.
        OptionError: no such partition, or the recording exists.
    """

    def __init__(
        self,
        settings: Settings,
        run: str,
        process: int = 0,
        partitions: Collection[int] | None = None,
        *,
        record: bool = True,
    ) -> None:
        self.settings = settings
        self.topic = topics.readings(settings).name
        self._admin = admin_client(settings)
        self.partition_count = partition_count(self._admin, self.topic, settings)
        self.partitions = tuple(range(self.partition_count) if partitions is None else partitions)
        if foreign := set(self.partitions) - set(range(self.partition_count)):
            raise OptionError(
                f"{self.topic} has partitions 0 to {self.partition_count - 1}, not {foreign}"
            )
        self._first_offset = end_offsets(self._admin, self.topic, self.partitions)
        self._next_offset = dict(self._first_offset)
        self._newest_ms = newest_arrivals(self._admin, self.topic, self.partitions)
        self._failed: dict[int, KafkaError] = {}
        self._producer = Producer(_producer_config(settings) | {"on_delivery": self._note_loss})
        self._posted = 0
        self._lost = 0
        self._first_loss: KafkaError | None = None
        self._recorder = (
            Recorder(settings.recordings_dir / f"{run}-{process}.parquet") if record else None
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._recorder is not None:
            self._recorder.close()
        if error is None:
            self._make_room_for_paced_heartbeats()

    @property
    def recording(self) -> Path | None:
        """The Parquet file of this run, there once the sender is closed; None if it has none."""
        return None if self._recorder is None else self._recorder.path

    @property
    def backlog(self) -> int:
        """Posted records that Kafka has not answered yet."""
        return len(self._producer)

    @property
    def lost(self) -> int:
        """Posted records that Kafka did not take."""
        return self._lost

    @property
    def acknowledged(self) -> int:
        """Posted records that Kafka has stored."""
        return self._posted - self.backlog - self._lost

    def refuse_broker_stamps(self) -> None:
        """Ask before the first record whether the topic keeps the arrivals that it is sent.

        Raises:
            TopicError: the broker stamps them.
        """
        refuse_broker_stamps(self.topic, timestamp_type(self._admin, self.topic))

    def refuse_older(self, first_arrivals: Mapping[int, int]) -> None:
        """Ask before the first record whether time may begin there.

        Raises:
            TopicError: a partition holds newer arrivals.
        """
        refuse_older(self.topic, first_arrivals, self._newest_ms, self.settings.slack_ms)

    def send(self, records: Sequence[Record]) -> None:
        """Write records, each partition's in the order of arrival; return once all are stored.

        Raises:
            SendError: Kafka did not take one; those it took are in the recording.
        """
        self._failed.clear()
        for index, record in enumerate(records):
            self._produce(index, record)
            if index % POLL_EVERY == 0:
                self._producer.poll(0)
        self._flush()
        self._record([r for index, r in enumerate(records) if index not in self._failed])
        if self._failed:
            index, problem = min(self._failed.items())
            raise SendError(
                f"{len(self._failed)} of {len(records)} records were not taken, the first for "
                f"{self.topic} partition {records[index].partition}, arrival "
                f"{iso(records[index].arrival_ms)}: {self._why(problem)}"
            )

    def post(
        self,
        partitions: NDArray[np.int32],
        arrivals_ms: NDArray[np.int64],
        keys: Sequence[bytes | None],
        values: Sequence[bytes | None],
    ) -> None:
        """Hand records over, each partition's in the order of arrival, without waiting for Kafka
        unless its queue is full; `finish` waits.

        Raises:
            SendError: Kafka did not take an earlier one: the recording says more than the topic.
        """
        self._producer.poll(0)
        self._refuse_losses()
        produce, topic = self._producer.produce, self.topic
        for partition, arrival_ms, key, value in zip(
            partitions.tolist(), arrivals_ms.tolist(), keys, values, strict=True
        ):
            try:
                # positional, without callbacks: names would cost a third of the call
                produce(topic, value, key, partition, None, None, arrival_ms)
            except BufferError:
                self._post_when_there_is_room(Record(partition, arrival_ms, key, value))
        self._posted += len(partitions)
        offsets = np.empty(len(partitions), dtype=np.int64)
        for partition in np.unique(partitions).tolist():
            rows = np.flatnonzero(partitions == partition)
            offsets[rows] = self._next_offset[partition] + np.arange(len(rows))
            self._next_offset[partition] += len(rows)
        if self._recorder is not None:
            self._recorder.add_columns(partitions, offsets, arrivals_ms, keys, values)

    def finish(self) -> None:
        """Wait until Kafka has answered all that was posted.

        Raises:
            SendError: it did not take all.
        """
        self._flush()
        self._refuse_losses()

    def send_heartbeats(self, partitions: Iterable[int], arrival_ms: int) -> None:
        """Tell these partitions that it is `arrival_ms`."""
        self.send([Record(partition, arrival_ms, None, HEARTBEAT) for partition in partitions])

    def _flush(self) -> None:
        self._producer.flush(FLUSH_TIMEOUT_S)
        if unanswered := len(self._producer):
            raise SendError(
                f"{unanswered} records to {self.topic} were not acknowledged within "
                f"{FLUSH_TIMEOUT_S:g} s: check the broker at {self.settings.kafka_bootstrap}"
            )

    def _post_when_there_is_room(self, record: Record) -> None:
        while True:
            self._producer.poll(0.01)
            self._refuse_losses()
            try:
                self._producer.produce(
                    self.topic,
                    record.value,
                    record.key,
                    record.partition,
                    timestamp=record.arrival_ms,
                )
                return
            except BufferError:
                continue

    def _note_loss(self, problem: KafkaError | None, _: object) -> None:
        if problem is not None:
            self._lost += 1
            self._first_loss = self._first_loss or problem

    def _refuse_losses(self) -> None:
        if self._first_loss is not None:
            raise SendError(
                f"{self._lost} records were not taken by {self.topic}: "
                f"{self._why(self._first_loss)}, then `wattstream reset`, since the recording says "
                "more than the topic"
            )

    def _why(self, problem: KafkaError) -> str:
        """What Kafka said, and what to do."""
        if problem.code() == KafkaError.INVALID_TIMESTAMP:
            ahead_s = self.settings.arrival_ahead_ms / 1_000
            return (
                f"{problem.str()}: an arrival may be {ahead_s:g} s ahead of the broker's clock, "
                "windows' closing included; begin earlier (--start), or set "
                "WATTSTREAM_ARRIVAL_AHEAD_MS and run `wattstream provision`"
            )
        return f"{problem.str()}; check the broker at {self.settings.kafka_bootstrap}"

    def _produce(self, index: int, record: Record) -> None:
        while True:
            try:
                self._producer.produce(
                    self.topic,
                    record.value,
                    record.key,
                    record.partition,
                    timestamp=record.arrival_ms,
                    on_delivery=partial(self._note_failure, index),
                )
                return
            except BufferError:
                self._producer.poll(0.1)
            except KafkaException as problem:
                self._failed[index] = problem.args[0]
                return

    def _note_failure(self, index: int, problem: KafkaError | None, _: object) -> None:
        if problem is not None:
            self._failed[index] = problem

    def _record(self, records: Sequence[Record]) -> None:
        offsets = []
        for record in records:
            offsets.append(self._next_offset[record.partition])
            self._next_offset[record.partition] += 1
        if self._recorder is not None:
            self._recorder.add(records, offsets)

    def _make_room_for_paced_heartbeats(self) -> None:
        """Correct the recorded offsets where a pacemaker wrote; refuse any other writer."""
        # Anew: that of the beginning may have lost its brokers in hours.
        actual = end_offsets(admin_client(self.settings), self.topic, self.partitions)
        paced: dict[int, list[int]] = {}
        for partition, end in actual.items():
            begin, counted = self._first_offset[partition], self._next_offset[partition]
            if end == counted:
                continue
            paced[partition] = paced_offsets(self.settings, self.topic, partition, begin, end)
            if end != counted + len(paced[partition]):
                raise SendError(
                    f"partition {partition} of {self.topic} ends at {end}, not at "
                    f"{counted + len(paced[partition])}: another writer wrote to it during this "
                    f"run, so the offsets in {self.recording} are wrong. Each partition has one "
                    "writer; empty the namespace with `wattstream reset` and run again"
                )
        if paced and self.recording is not None and self.recording.exists():
            make_room(self.recording, paced)


def _producer_config(settings: Settings) -> dict[str, Any]:
    return {
        **storing_config(settings),
        "batch.size": 1_000_000,
        # Before compression; the broker counts after it.
        "message.max.bytes": 4 * topics.MAX_MESSAGE_BYTES,
        "queue.buffering.max.messages": 500_000,
        "delivery.timeout.ms": int(FLUSH_TIMEOUT_S * 1_000) - 10_000,
        "delivery.report.only.error": True,
        # Well before a pacemaker takes the partition for quiet.
        "reconnect.backoff.max.ms": 1_000,
    }
