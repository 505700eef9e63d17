"""Kafka topics, and which partition a meter's readings belong to."""

from dataclasses import dataclass

from contracts.settings import Settings
from contracts.time import DAY_MS

MAX_MESSAGE_BYTES = 4 * 1024 * 1024
"""Largest record the readings topic takes; the broker refuses a larger one, to its producer."""


TIMESTAMP_AHEAD = "message.timestamp.after.max.ms"
"""Of topics whose producers stamp their records; since Kafka 3.6."""

HISTORY_RETENTION_MS = 7 * DAY_MS
"""How long rows of history wait for a Cassandra that is down."""

FACTS_RETENTION_MS = 30 * DAY_MS
"""How long facts are kept, for whoever wants to know why an alert was or was not."""

REQUESTS_RETENTION_MS = 30 * DAY_MS
"""How long it is known who asked the notifier for what: longer than any silence."""

NOTIFICATIONS_SEGMENT_BYTES = 64 * 1024 * 1024
"""Only what is in closed segments is compacted, and a notifier that starts reads all that is not:
of a storm, which is written again with each alert that joins it, that would be a gigabyte."""


@dataclass(frozen=True, slots=True)
class Topic:
    """A topic as it is created: its full name, partitions and broker-side configuration."""

    name: str
    partitions: int
    config: dict[str, str]


def readings(settings: Settings) -> Topic:
    """All messages of all meters, key = meter. The record's timestamp is the arrival.

    Retention is unlimited because a broker counts it from the record's timestamp: a replay of 2013
    would be deleted at once. For such a replay there is no bound on how old a stamp may be, only on
    how far ahead.
    """
    return Topic(
        f"{settings.namespace}.readings",
        settings.readings_partitions,
        {
            "message.timestamp.type": settings.readings_timestamp_type,
            TIMESTAMP_AHEAD: str(settings.arrival_ahead_ms),
            "retention.ms": "-1",
            "max.message.bytes": str(MAX_MESSAGE_BYTES),
        },
    )


def rejects(settings: Settings) -> Topic:
    """Messages that no total may count: the raw value, and headers that say whence and why."""
    return Topic(
        f"{settings.namespace}.rejects",
        1,
        {
            "message.timestamp.type": "LogAppendTime",
            "retention.ms": "-1",
            "max.message.bytes": str(2 * MAX_MESSAGE_BYTES),
        },
    )


def unmapped(settings: Settings) -> Topic:
    """Messages of devices that are no readings: the payload byte for byte, and headers that say
    whence, when and why."""
    return Topic(
        f"{settings.namespace}.unmapped",
        1,
        {
            "message.timestamp.type": "LogAppendTime",
            "retention.ms": "-1",
            "max.message.bytes": str(MAX_MESSAGE_BYTES),
        },
    )


def minutes(settings: Settings) -> Topic:
    """Rows of the meters' history on their way to Cassandra, key = meter; some come twice."""
    return _rows_of_history(settings, "minutes")


def periods(settings: Settings) -> Topic:
    """Rows of the meters' periods on their way to Cassandra, key = meter; some come twice."""
    return _rows_of_history(settings, "periods")


def area_minutes(settings: Settings) -> Topic:
    """Rows of the areas' history on their way to Cassandra, key = area; some come twice."""
    return _rows_of_history(settings, "area_minutes")


def _rows_of_history(settings: Settings, name: str) -> Topic:
    return Topic(
        f"{settings.namespace}.{name}",
        settings.readings_partitions,
        {
            "message.timestamp.type": "LogAppendTime",
            "retention.ms": str(HISTORY_RETENTION_MS),
        },
    )


def facts(settings: Settings) -> Topic:
    """What may be the matter with the network (`contracts.facts`), key = subject; some come
    twice."""
    return Topic(
        f"{settings.namespace}.facts",
        settings.readings_partitions,
        {
            "message.timestamp.type": "LogAppendTime",
            "retention.ms": str(FACTS_RETENTION_MS),
        },
    )


def alerts(settings: Settings) -> Topic:
    """Versions of alerts (`contracts.alerts`), key = id; some come twice.

    The highest version of each alert is kept, the others for as long as rows of history are: time
    enough for the history job to read them.
    """
    return Topic(
        f"{settings.namespace}.alerts",
        settings.readings_partitions,
        {
            "message.timestamp.type": "LogAppendTime",
            "cleanup.policy": "compact",
            "min.compaction.lag.ms": str(HISTORY_RETENTION_MS),
        },
    )


def alert_notes(settings: Settings) -> Topic:
    """What people say of alerts (`contracts.notes`), key = the alert's id; kept for ever, since
    nobody can say it again."""
    return Topic(
        f"{settings.namespace}.alert_notes",
        1,
        {"message.timestamp.type": "LogAppendTime", "retention.ms": "-1"},
    )


def notify_requests(settings: Settings) -> Topic:
    """What people ask of the notifier (`contracts.notify_requests`), key = id."""
    return Topic(
        f"{settings.namespace}.notify_requests",
        1,
        {
            "message.timestamp.type": "LogAppendTime",
            "retention.ms": str(REQUESTS_RETENTION_MS),
        },
    )


def choices(settings: Settings) -> Topic:
    """How customers want to be told (`contracts.choices`), key = the customer. The newest of each
    is kept; the API alone writes it."""
    return Topic(
        f"{settings.namespace}.choices",
        1,
        {"message.timestamp.type": "LogAppendTime", "cleanup.policy": "compact"},
    )


def notifications(settings: Settings) -> Topic:
    """What the notifier knows, and what it sends to whom; key = what it is of. The newest record of
    each key is kept, and records of one transaction are one step. The notifier alone writes it."""
    return Topic(
        f"{settings.namespace}.notifications",
        1,
        {
            "message.timestamp.type": "LogAppendTime",
            "cleanup.policy": "compact",
            "segment.bytes": str(NOTIFICATIONS_SEGMENT_BYTES),
            "max.message.bytes": str(MAX_MESSAGE_BYTES),
        },
    )


def meters(settings: Settings) -> Topic:
    """The registry, key = meter: the newest entry of each meter (`contracts.meters`) is kept."""
    return Topic(
        f"{settings.namespace}.meters",
        1,
        {"message.timestamp.type": "LogAppendTime", "cleanup.policy": "compact"},
    )


def masters(settings: Settings) -> Topic:
    """Who is where by which meter on which terms, as changes come (`contracts.capture`); key = the
    row. The newest record of each row is kept."""
    return Topic(
        f"{settings.namespace}.masters",
        1,
        {"message.timestamp.type": "LogAppendTime", "cleanup.policy": "compact"},
    )


def tenant_months(settings: Settings) -> Topic:
    """What a tenant's month came to by the reference mode of system C, key = tenant, customer and
    month. The newest is kept."""
    return Topic(
        f"{settings.namespace}.tenant_months",
        1,
        {"message.timestamp.type": "LogAppendTime", "cleanup.policy": "compact"},
    )


def all_topics(settings: Settings) -> tuple[Topic, ...]:
    """Every topic of the namespace."""
    return (
        readings(settings),
        rejects(settings),
        unmapped(settings),
        minutes(settings),
        periods(settings),
        area_minutes(settings),
        facts(settings),
        alerts(settings),
        alert_notes(settings),
        notify_requests(settings),
        choices(settings),
        notifications(settings),
        meters(settings),
        masters(settings),
        tenant_months(settings),
    )


def partition_of(meter_id: str, partitions: int) -> int:
    """Partition of a meter: what Kafka's default partitioner does with the key (murmur2)."""
    return (_murmur2(meter_id.encode()) & 0x7FFF_FFFF) % partitions


def _murmur2(data: bytes) -> int:
    """32-bit murmur2 as in Kafka's `Utils.murmur2`, as an unsigned integer."""
    mask, m = 0xFFFF_FFFF, 0x5BD1_E995
    h = (0x9747_B28C ^ len(data)) & mask
    whole = len(data) & ~3
    for i in range(0, whole, 4):
        k = int.from_bytes(data[i : i + 4], "little") * m & mask
        k = (k ^ (k >> 24)) * m & mask
        h = (h * m & mask) ^ k
    if tail := data[whole:]:
        h = (h ^ int.from_bytes(tail, "little")) * m & mask
    h = (h ^ (h >> 13)) * m & mask
    return h ^ (h >> 15)
