"""How far a job has read its topics: as its metrics say, which is at once, and as its checkpoints
say, which is certain; and how far it is behind.

The offsets that a job commits to Kafka say it too, but late: an idle reader of Flink's commits when
its poll of Kafka returns, which takes up to 10 s.
"""

import re
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TypeAlias
from urllib.parse import urlsplit
from urllib.request import url2pathname

from adapters.flink import Checkpoint, FlinkRest, Job
from adapters.kafka import Offsets
from contracts.jobs import JOBS
from contracts.settings import Settings
from contracts.topics import Topic

Ends: TypeAlias = Sequence[tuple[Topic, list[int]]]
"""Topics, each with the offset after the last record of each of its partitions."""

POLL_S = 0.1
TOLD_S = 10.0
"""How long to wait until Flink tells of a checkpoint that it has completed."""
IDLE_POLL_S = 10.0
"""How long a reader of Flink's that finds nothing waits for Kafka before it commits."""
METADATA = "_metadata"
BEGINNING, AS_COMMITTED = -2, -3
"""Stand for the first offset of a partition, and for that which the group has committed."""
NEVER = b"\x80" + bytes(7)
"""Where the reading of a partition ends that is read for ever."""


def lag(read: list[int], ends: list[int]) -> int:
    """Records that the job has not read, over all partitions."""
    return sum(max(end - offset, 0) for offset, end in zip(read, ends, strict=True))


class Behind:
    """How far jobs are behind the ends of their topics, by Kafka's offsets; for who asks again and
    again.

    A job is where its last checkpoint says. Of one that has completed a checkpoint since it was
    last started the metrics say more: nobody asks those of a job that does not get on, which are
    of its life before.
    """

    def __init__(self, settings: Settings, flink: FlinkRest) -> None:
        self._settings = settings
        self._flink = flink
        self._kafka = Offsets(settings)
        self._seen: dict[str, tuple[Checkpoint, Sequence[list[int] | None]]] = {}

    def records(self, kind: str, job: Job) -> int:
        """Records that the job, one of `contracts.jobs.JOBS`, has not read.

        Raises:
            FlinkError, confluent_kafka.KafkaException: either does not answer.
        """
        topics = [topic_of(self._settings) for topic_of in JOBS[kind].reads]
        ends = self._kafka.ends(topics)
        starts = self._kafka.begins(topics)
        read = self._saved(kind, job, topics)
        if self._flink.gets_on(job):
            handed_on = [_handed_on(self._flink, job, topic) for topic in topics]
            read = list(map(_farthest, read, handed_on))
        # What is not kept any more, nobody can read.
        return sum(map(lag, map(_farthest, read, starts), ends))

    def _saved(self, kind: str, job: Job, topics: Sequence[Topic]) -> list[list[int]]:
        """Where the job would go on if it failed, by topic and partition."""
        state = self._flink.latest_state(job)
        if state is None and JOBS[kind].keeps_state:
            return [[0] * topic.partitions for topic in topics]
        committed = self._kafka.committed(job.name, topics)
        told = [None] * len(topics) if state is None else self._told(job, state, topics)
        return [
            of_group if in_state is None else _without_names(in_state, of_group)
            for in_state, of_group in zip(told, committed, strict=True)
        ]

    def _told(
        self, job: Job, state: Checkpoint, topics: Sequence[Topic]
    ) -> Sequence[list[int] | None]:
        """What a checkpoint says of each topic, as of `offsets_in`; None, too, if it cannot be read
        from here. A large one is read once."""
        seen, told = self._seen.get(job.id, (None, ()))
        if seen != state and (content := _content(state)) is not None:
            told = [offsets_in(content, topic) for topic in topics]
            self._seen[job.id] = (state, told)
        return told or [None] * len(topics)


def _farthest(some: Sequence[int], others: Sequence[int | None]) -> list[int]:
    return [max(one, other or 0) for one, other in zip(some, others, strict=True)]


def _without_names(read: Sequence[int], committed: Sequence[int]) -> list[int]:
    """With numbers in the place of BEGINNING and AS_COMMITTED."""
    return [
        max(of_group if at == AS_COMMITTED else at, 0)
        for at, of_group in zip(read, committed, strict=True)
    ]


def _handed_on(flink: FlinkRest, job: Job, topic: Topic) -> list[int | None]:
    """Offset of the next record per partition by the metrics of the job's sources: 0 of one of
    which nothing has been read since a restart, None of one that they do not tell of."""
    # Flink has no points within the parts of a metric's name.
    name = re.escape(topic.name.replace(".", "_"))
    last = flink.totals(job.id, "Source", rf".*\.topic\.{name}\.partition\.\d+\.currentOffset")
    told = [
        [at for of, at in last.items() if f".partition.{n}." in of] for n in range(topic.partitions)
    ]
    return [min(of_partition) + 1 if of_partition else None for of_partition in told]


def seemingly_behind(flink: FlinkRest, job: Job, ends: Ends) -> int | None:
    """Records before the ends of topics that the job's sources have not handed on, by its metrics;
    None while Flink does not tell of every partition.

    Metrics are some seconds old, and after a restart for a while those of before it, which may be
    ahead. Of a partition of which nothing has been read since a restart all is behind.
    """
    behind = 0
    for topic, ends_of_topic in ends:
        told = _handed_on(flink, job, topic)
        read = [at for at in told if at is not None]
        if len(read) < len(told):
            return None
        behind += lag(read, ends_of_topic)
    return behind


def certainly_read(
    settings: Settings, flink: FlinkRest, job: Job, topic: Topic, least_id: int = 0
) -> list[int] | None:
    """Offset of the next record per partition, 0 before the first, by the last checkpoint that the
    job completed: what comes before is in its state, and stays there when it restarts. None before
    its first checkpoint.

    Where that checkpoint cannot be read from here, what the job has committed to Kafka since tells.

    Args:
        least_id: Number of a completed checkpoint, of which Flink may not tell yet.
    """
    checkpoint = _latest(flink, job, least_id)
    if checkpoint is None:
        return None
    content = _content(checkpoint)
    if content is None and flink.latest_checkpoint(job) != checkpoint:
        # The next one was completed meanwhile, and this one deleted.
        return certainly_read(settings, flink, job, topic, least_id)
    read = None if content is None else offsets_in(content, topic)
    if read is None:
        # Until then the group may have what a job before this one committed, which may be ahead.
        time.sleep(IDLE_POLL_S)
        read = [AS_COMMITTED] * topic.partitions
    if AS_COMMITTED in read:
        offsets = Offsets(settings)
        (committed,) = offsets.committed(job.name, [topic])
        offsets.forget(job.name)
        read = _without_names(read, committed)
    return [max(at, 0) for at in read]


def _latest(flink: FlinkRest, job: Job, least_id: int) -> Checkpoint | None:
    deadline = time.monotonic() + TOLD_S
    while True:
        checkpoint = flink.latest_checkpoint(job)
        told = checkpoint is not None and checkpoint.id >= least_id
        if told or not least_id:
            return checkpoint
        if time.monotonic() > deadline:
            return None
        time.sleep(POLL_S)


def offsets_in(content: bytes, topic: Topic) -> list[int] | None:
    """Offset of the next record per partition in the metadata of a checkpoint, BEGINNING or
    AS_COMMITTED before the first; None if these say nothing of the topic.

    A part of a topic is there as Flink's KafkaPartitionSplitSerializer writes it: length and text
    of the name, partition, where to go on, and where to end. It is there more than once: that which
    has come farthest is of the reader, the others are where reading began.
    """
    name = topic.name.encode()
    split = re.escape(len(name).to_bytes(2) + name) + b"(.{4})(.{8})" + re.escape(NEVER)
    found = [
        (int.from_bytes(partition), int.from_bytes(offset, signed=True))
        for partition, offset in re.findall(split, content, re.DOTALL)
    ]
    if not found:
        return None
    return [
        max((at for of, at in found if of == n), default=BEGINNING) for n in range(topic.partitions)
    ]


def _content(checkpoint: Checkpoint) -> bytes | None:
    """The metadata of a checkpoint, with all small states; None if it is not on this machine."""
    url = urlsplit(checkpoint.url)
    if url.scheme != "file":
        return None
    try:
        return (Path(url2pathname(url.path)) / METADATA).read_bytes()
    except OSError:
        return None
