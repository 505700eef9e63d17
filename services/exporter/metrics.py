"""What Prometheus is told of the platform as a whole: each metric with its labels.

Times are seconds since the epoch, spans are seconds.
"""

from typing import NamedTuple


class Metric(NamedTuple):
    """A metric, as Prometheus knows it."""

    name: str
    """A counter's without `_total`."""
    says: str
    labels: tuple[str, ...] = ()
    is_counter: bool = False

    def of(self, value: float, *labels: str) -> "Sample":
        """A sample.

        Args:
            labels: Values, in the order of the labels.
        """
        assert len(labels) == len(self.labels), self.name
        return Sample(self, labels, float(value))


class Sample(NamedTuple):
    """A value of a metric."""

    metric: Metric
    labels: tuple[str, ...]
    value: float


OF_PART = ("part",)
OF_NAMESPACE = ("namespace",)
OF_JOB = (*OF_NAMESPACE, "flink_job")
"""A label `job` is Prometheus' own."""

PART_ANSWERS = Metric(
    "wattstream_part_answers", "Whether a part answered when it was asked last: 1 or 0.", OF_PART
)
PART_LOOKED = Metric(
    "wattstream_part_looked_timestamp_seconds", "When a part was last looked at.", OF_PART
)

TOPIC_RECORDS = Metric(
    "wattstream_topic_records",
    "Records that were ever written into a topic, by Kafka's offsets.",
    (*OF_NAMESPACE, "topic"),
    is_counter=True,
)
HELD_BACK = Metric(
    "wattstream_readings_held_back",
    "Readings behind the first one of a producer's transaction that is open: no job may read them.",
    OF_NAMESPACE,
)
REJECTS = Metric(
    "wattstream_rejects",
    "Messages that no total may count, since the exporter began, by reason.",
    (*OF_NAMESPACE, "reason"),
    is_counter=True,
)

JOB_RUNS = Metric(
    "wattstream_job_runs", "Whether all tasks of a job run that is to run: 1 or 0.", OF_JOB
)
JOB_BEHIND = Metric(
    "wattstream_job_records_behind",
    "Records between where a job has read and the end of its topics, by Kafka's offsets.",
    OF_JOB,
)
JOB_CHECKPOINT_AGE = Metric(
    "wattstream_job_checkpoint_age_seconds",
    "Since a job has completed a checkpoint, or was started if it has completed none.",
    OF_JOB,
)
JOB_CHECKPOINT_EACH = Metric(
    "wattstream_job_checkpoint_interval_seconds", "How often a job begins a checkpoint.", OF_JOB
)
JOB_FAILURES = Metric(
    "wattstream_job_failures_lately", "How often a job failed in the last 5 min.", OF_JOB
)
JOB_FAILED_AGO = Metric(
    "wattstream_job_failed_seconds_ago",
    "Since a job failed last; of one that did so lately.",
    OF_JOB,
)

STREAM_TIME = Metric(
    "wattstream_stream_timestamp_seconds",
    "Stream time: the end of the newest slice in which something of live state changed.",
    OF_NAMESPACE,
)
LIVE_MOVED = Metric(
    "wattstream_live_moved_timestamp_seconds",
    "When live state moved last, by the clock on the wall.",
    OF_NAMESPACE,
)
HOT_READ_ON = Metric(
    "wattstream_hot_read_timestamp_seconds",
    "When the hot job was last seen to have read on, by the clock on the wall.",
    OF_NAMESPACE,
)
DIGEST_LOOKED = Metric(
    "wattstream_digest_looked_timestamp_seconds",
    "When the digest looked last, by the clock on the wall.",
    OF_NAMESPACE,
)
METERS = Metric(
    "wattstream_meters",
    "Meters as live state has them: known, and of these reporting, holding their value, silent.",
    (*OF_NAMESPACE, "commodity", "state"),
)
DEMAND = Metric(
    "wattstream_demand",
    "What all meters of a commodity draw: W, litres per hour of gas and water.",
    (*OF_NAMESPACE, "commodity"),
)
ALERTS_OPEN = Metric(
    "wattstream_alerts_open", "Alerts that are open.", (*OF_NAMESPACE, "kind", "severity")
)
NOTIFIER_SEEN = Metric(
    "wattstream_notifier_seen_timestamp_seconds",
    "When the notifier said last that it runs, by the clock on the wall.",
    OF_NAMESPACE,
)
ON_THEIR_WAY = Metric(
    "wattstream_messages_on_their_way",
    "Messages of the notifier that have not gone yet.",
    (*OF_NAMESPACE, "channel"),
)
DEAD_LETTERS = Metric(
    "wattstream_dead_letters",
    "Messages of the notifier that have not arrived and are tried no more.",
    (*OF_NAMESPACE, "channel"),
)

REDIS_USED = Metric("wattstream_redis_used_bytes", "Memory that Redis uses for what it holds.")
REDIS_MOST = Metric(
    "wattstream_redis_most_bytes", "Memory beyond which Redis refuses writes; 0: there is none."
)

EXCEPTIONS_OPEN = Metric(
    "wattstream_bill_exceptions_open",
    "What runs of bills found that a person should look at; what holds, holds bills.",
    (*OF_NAMESPACE, "severity"),
)
SLOT_KEPT = Metric(
    "wattstream_capture_kept_bytes",
    "Of PostgreSQL's log, what is kept until it was captured.",
    OF_NAMESPACE,
)
SLOT_LOST = Metric(
    "wattstream_capture_lost",
    "Whether changes of masters are lost that were not captured: 1 or 0.",
    OF_NAMESPACE,
)

DISK_FREE = Metric("wattstream_disk_free_bytes", "Free on the disk of the data folder.")
DISK_SIZE = Metric("wattstream_disk_size_bytes", "The size of the disk of the data folder.")
FILES_IMPORTED = Metric(
    "wattstream_import_files", "Files that the importer knows, by their content.", OF_NAMESPACE
)
READINGS_UNSENT = Metric(
    "wattstream_import_chunks_unsent",
    "Pieces of files that the importer knows and that are not all in the log yet.",
    OF_NAMESPACE,
)

METRICS = (
    *(PART_ANSWERS, PART_LOOKED, TOPIC_RECORDS, HELD_BACK, REJECTS),
    *(JOB_RUNS, JOB_BEHIND, JOB_CHECKPOINT_AGE, JOB_CHECKPOINT_EACH, JOB_FAILURES, JOB_FAILED_AGO),
    *(STREAM_TIME, LIVE_MOVED, HOT_READ_ON, DIGEST_LOOKED, METERS, DEMAND, ALERTS_OPEN),
    *(REDIS_USED, REDIS_MOST, NOTIFIER_SEEN, ON_THEIR_WAY, DEAD_LETTERS),
    *(EXCEPTIONS_OPEN, SLOT_KEPT, SLOT_LOST),
    *(DISK_FREE, DISK_SIZE, FILES_IMPORTED, READINGS_UNSENT),
)
"""All of them."""
