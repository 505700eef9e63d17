"""What one namespace keeps in the services: made, and erased."""

import shutil
import time
from collections.abc import Callable, Collection, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from confluent_kafka import KafkaError, KafkaException
from confluent_kafka.admin import (
    AdminClient,
    AlterConfigOpType,
    ConfigEntry,
    ConfigResource,
    NewTopic,
)

from adapters.archive.location import is_read, opened
from adapters.connect import cassandra_session, kafka_config, redis_client
from adapters.flink import FlinkRest
from contracts.access import session_key, sessions_of_key, tokens_key
from contracts.figures import FIGURE_NAMES
from contracts.history import COLUMNS, PARTITION_KEYS, keyspace, schema_statements
from contracts.jobs import BATCHES, JOBS, REFERENCES
from contracts.settings import Settings
from contracts.topics import (
    TIMESTAMP_AHEAD,
    Topic,
    alert_notes,
    all_topics,
    choices,
    masters,
    meters,
    notify_requests,
    readings,
)
from infra.errors import StackError
from infra.masters import erase_capture, erase_masters, provision_masters
from infra.settings import flink_state_dirs

if TYPE_CHECKING:
    from cassandra.metadata import KeyspaceMetadata, TableMetadata

TIMEOUT_S = 60.0
ANSWER_TIMEOUT_S = 15.0
DROP_TIMEOUT_S = 120.0
POLL_S = 0.2
TIMESTAMP_TYPE = "message.timestamp.type"
REDIS_BATCH = 1_000
LATER = (
    KafkaError.NON_EMPTY_GROUP,
    KafkaError.NOT_COORDINATOR,
    KafkaError.COORDINATOR_NOT_AVAILABLE,
    KafkaError.COORDINATOR_LOAD_IN_PROGRESS,
)
"""A group whose job is just ending, or a broker that has only just begun to keep groups."""


def provision(settings: Settings) -> None:
    """Create the namespace's topics, keyspace, database and tables, and what captures changes of
    masters; what is there already stays, but for how far ahead of the broker's clock a reading may
    be stamped, which becomes as the settings say.

    Raises:
        StackError: a topic exists with other partitions or configuration, or a table with another
            partition key or without a column, or a type with other fields.
        Exception: a service does not answer; `adapters.errors.explain` says which.
    """
    provision_topics(settings)
    session = cassandra_session(settings.cassandra)
    try:
        for statement in schema_statements(settings):
            session.execute(statement, timeout=DROP_TIMEOUT_S)
        _check_history(settings, session.cluster.metadata.keyspaces[keyspace(settings)])
    finally:
        session.cluster.shutdown()
    provision_masters(settings)


def erase(settings: Settings, *, keep_readings: bool = False) -> None:
    """Delete everything of the namespace, in the services and on disk; nothing of any other.

    Its jobs are cancelled first, or they would write again.

    Args:
        keep_readings: Delete only what jobs made, not the readings that were sent, nor the registry
            of their meters, nor masters with what was billed, nor the recordings, nor what people
            said of alerts, which the same readings make again, or asked of the notifier, nor who
            may ask the API.

    Raises:
        StackError: a topic is still there, or a consumer group still in use, after a minute.
        FlinkError: Flink does not answer.
        Exception: another service does not answer; `adapters.errors.explain` says which.
    """
    said = (alert_notes, notify_requests, choices)
    sent = (readings, meters, masters, *said) if keep_readings else ()
    sent_topics = {topic_of(settings).name for topic_of in sent}
    sent_folders = (
        {settings.recordings_dir, settings.fleets_dir, settings.imports_dir}
        if keep_readings
        else set()
    )
    _cancel_jobs(settings)
    if not keep_readings:
        # Before its topic, which it writes.
        erase_masters(settings)
    _delete_topics(settings, {topic.name for topic in all_topics(settings)} - sent_topics)
    _delete_consumer_groups(settings)
    session = cassandra_session(settings.cassandra)
    try:
        session.execute(f"DROP KEYSPACE IF EXISTS {keyspace(settings)}", timeout=DROP_TIMEOUT_S)
    finally:
        session.cluster.shutdown()
    n = settings.namespace
    kept = (tokens_key(n), session_key(n, ""), sessions_of_key(n, "")) if keep_readings else ()
    _delete_live(settings, kept)
    _delete_files(settings, sent_folders)


def erase_topics(settings: Settings) -> None:
    """Delete everything of a namespace for which `provision_topics` is all that was made: of which
    there is neither a job nor history nor masters, but what services told Redis of it, and files.

    Raises:
        StackError: a topic is still there after a minute.
        Exception: Kafka or Redis does not answer; `adapters.errors.explain` says which.
    """
    _delete_topics(settings, {topic.name for topic in all_topics(settings)})
    _delete_live(settings)
    _delete_files(settings)


def recapture(settings: Settings) -> None:
    """Write the topic of the masters' changes anew: every row as it is now.

    Raises:
        StackError, ConnectError, Exception: as `erase` and `provision`.
    """
    erase_capture(settings)
    _delete_topics(settings, {masters(settings).name})
    provision_topics(settings)
    provision_masters(settings)


def provision_topics(settings: Settings) -> None:
    """Create the namespace's topics alone, where no job of it runs; those that are there stay, as
    of `provision`.

    Raises:
        StackError: a topic exists with other partitions or configuration.
        confluent_kafka.KafkaException: the broker does not answer.
    """
    admin = AdminClient(kafka_config(settings))
    topics = all_topics(settings)
    existing = admin.list_topics(timeout=ANSWER_TIMEOUT_S).topics
    _create(
        admin,
        [topic for topic in topics if topic.name not in existing],
        settings.kafka_replication,
    )
    for topic in topics:
        if topic.name in existing:
            _check(admin, topic, len(existing[topic.name].partitions))


def _create(admin: AdminClient, topics: list[Topic], replicas: int) -> None:
    if not topics:
        return
    created = admin.create_topics(
        [
            NewTopic(topic.name, topic.partitions, replication_factor=replicas, config=topic.config)
            for topic in topics
        ]
    )
    for future in created.values():
        future.result(TIMEOUT_S)


def _check(admin: AdminClient, topic: Topic, partitions: int) -> None:
    if partitions != topic.partitions:
        raise StackError(
            f"topic {topic.name} has {partitions} partitions and the settings want "
            f"{topic.partitions}; set WATTSTREAM_READINGS_PARTITIONS={partitions}, or start the "
            "namespace anew with `wattstream reset`"
        )
    resource = ConfigResource(ConfigResource.Type.TOPIC, topic.name)
    actual = admin.describe_configs([resource])[resource].result(TIMEOUT_S)
    # Retention and sizes are the operator's to change; who stamps the time is not.
    stamped, wanted = actual[TIMESTAMP_TYPE].value, topic.config[TIMESTAMP_TYPE]
    if stamped != wanted:
        raise StackError(
            f"topic {topic.name} has {TIMESTAMP_TYPE}={stamped}, and {wanted} is wanted; alter the "
            "topic, or for the readings set WATTSTREAM_READINGS_TIMESTAMP_TYPE"
        )
    # Nor is how far ahead one may stamp it, which the settings say.
    ahead = topic.config.get(TIMESTAMP_AHEAD)
    if ahead is not None and actual[TIMESTAMP_AHEAD].value != ahead:
        entry = ConfigEntry(TIMESTAMP_AHEAD, ahead, incremental_operation=AlterConfigOpType.SET)
        resource.add_incremental_config(entry)
        admin.incremental_alter_configs([resource])[resource].result(TIMEOUT_S)


def partition_key(table: "TableMetadata") -> tuple[str, ...]:
    """Names of the columns of a table's partition key."""
    return tuple(column.name for column in table.partition_key)


def _check_history(settings: Settings, found: "KeyspaceMetadata") -> None:
    for name, columns in COLUMNS.items():
        table = found.tables[name]
        _check_names(settings, name, "partition key", partition_key(table), PARTITION_KEYS[name])
        # Columns of the operator's own may be there too.
        known = [column for column in columns if column in table.columns]
        _check_names(settings, name, "columns", known, columns)
    fields = found.user_types["figures"].field_names
    _check_names(settings, "figures", "fields", fields, FIGURE_NAMES)


def _check_names(
    settings: Settings, name: str, what: str, found: Sequence[str], wanted: Sequence[str]
) -> None:
    if tuple(found) != tuple(wanted):
        raise StackError(
            f"{keyspace(settings)}.{name} has the {what} ({', '.join(found)}) of another build, "
            f"and ({', '.join(wanted)}) is wanted; `wattstream reset --keep-readings --namespace "
            f"{settings.namespace}` and `wattstream submit` compute history anew from the readings "
            "that Kafka has"
        )


def _delete_topics(settings: Settings, names: set[str]) -> None:
    admin = AdminClient(kafka_config(settings))

    def there() -> set[str]:
        return names.intersection(admin.list_topics(timeout=ANSWER_TIMEOUT_S).topics)

    if present := there():
        for future in admin.delete_topics(sorted(present)).values():
            future.result(TIMEOUT_S)
    _wait(there, "topics still there")


def _delete_consumer_groups(settings: Settings) -> None:
    """The history job starts where its group is: of new topics it would leave out the beginning."""
    admin = AdminClient(kafka_config(settings))
    groups = {settings.job_name(job) for job in (*JOBS, *REFERENCES)}

    def in_use() -> set[str]:
        deleted = admin.delete_consumer_groups(sorted(groups), request_timeout=TIMEOUT_S)
        for group, future in deleted.items():
            try:
                future.result()
            except KafkaException as error:
                code = error.args[0].code()
                if code in LATER:
                    continue
                if code != KafkaError.GROUP_ID_NOT_FOUND:
                    raise
            groups.discard(group)
        return groups

    _wait(in_use, "consumer groups still there")


def _delete_live(settings: Settings, kept: tuple[str, ...] = ()) -> None:
    """All keys in Redis but those that begin with one of `kept`."""
    with redis_client(settings.redis) as client:
        found = client.scan_iter(match=f"{settings.namespace}:*", count=REDIS_BATCH)
        keys = [key for key in found if not key.startswith(kept)]
        for start in range(0, len(keys), REDIS_BATCH):
            client.unlink(*keys[start : start + REDIS_BATCH])


def _delete_files(settings: Settings, kept: Collection[Path] = ()) -> None:
    """All folders but those of `kept`."""
    if settings.archive_dir not in kept and is_read(settings):
        opened(settings).erase()
    for folder in (
        settings.recordings_dir,
        settings.fleets_dir,
        # What is not in the log any more has to be imported again.
        settings.imports_dir,
        settings.batches_dir,
        *flink_state_dirs(settings),
    ):
        if folder.exists() and folder not in kept:
            shutil.rmtree(folder)
    settings.job_package.unlink(missing_ok=True)


def _cancel_jobs(settings: Settings) -> None:
    with FlinkRest(settings) as rest:
        kinds = (*JOBS, *REFERENCES, *BATCHES)
        ids = [rest.running(settings.job_name(kind)) for kind in kinds]
        rest.cancel(*filter(None, ids))


def _wait(remaining: Callable[[], set[str]], failure: str) -> None:
    """Poll until nothing remains."""
    deadline = time.monotonic() + TIMEOUT_S
    while left := remaining():
        if time.monotonic() > deadline:
            raise StackError(f"{failure} after {TIMEOUT_S:.0f} s: {', '.join(sorted(left))}")
        time.sleep(POLL_S)
