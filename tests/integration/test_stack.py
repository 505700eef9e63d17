"""The stack and what a namespace keeps in it: doing it again changes nothing."""

from collections.abc import Iterator
from io import StringIO

import pytest
from confluent_kafka.admin import AdminClient
from rich.console import Console

from adapters.connect import cassandra_session, kafka_config, redis_client
from contracts import topics
from contracts.access import session_key, sessions_of_key, tokens_key
from contracts.history import keyspace
from contracts.settings import Settings
from contracts.topics import all_topics
from infra.errors import StackError
from infra.local import stack as local_stack
from infra.provision import erase, provision


def test_up_again_changes_nothing(stack: Settings) -> None:
    before = {state.name: state.pid for state in local_stack.status(stack)}

    local_stack.up(stack, Console(file=StringIO()))

    after = local_stack.status(stack)
    assert {state.name: state.pid for state in after} == before
    assert all(state.ready for state in after)


def test_a_namespace_is_made_and_erased_and_others_stay(stack: Settings) -> None:
    mine = stack.model_copy(update={"namespace": "test_stack_mine"})
    other = stack.model_copy(update={"namespace": "test_stack_mine2"})
    for settings in (mine, other):
        provision(settings)
        provision(settings)
        with redis_client(settings.redis) as client:
            client.set(f"{settings.namespace}:live:here", "1")

    erase(mine)
    erase(mine)

    assert remains(mine) == (set(), False, False)
    assert remains(other) == ({topic.name for topic in all_topics(other)}, True, True)
    erase(other)
    assert remains(other) == (set(), False, False)


def test_what_was_sent_may_stay(stack: Settings) -> None:
    settings = stack.model_copy(update={"namespace": "test_stack_kept"})
    provision(settings)
    for folder in (settings.recordings_dir, settings.archive_dir):
        folder.mkdir(parents=True)
    n = settings.namespace
    with redis_client(settings.redis) as client:
        client.hset(tokens_key(n), "id", "{}")
        client.set(session_key(n, "id"), "{}")
        client.zadd(sessions_of_key(n, "id"), {"id": 0})
    of_callers = (tokens_key(n), session_key(n, "id"), sessions_of_key(n, "id"))

    erase(settings, keep_readings=True)

    asked = (topics.alert_notes, topics.notify_requests, topics.choices)
    said = (topics.readings, topics.meters, *asked, topics.masters)
    sent = {topic_of(settings).name for topic_of in said}
    assert remains(settings) == (sent, False, False)
    assert settings.recordings_dir.exists()
    assert not settings.archive_dir.exists()
    with redis_client(settings.redis) as client:
        assert client.exists(*of_callers) == len(of_callers)
        erase(settings)
        assert not client.exists(*of_callers)
    assert not settings.recordings_dir.exists()


OTHER_KEY = "meter_id text, day date, minute timestamp, PRIMARY KEY ((meter_id, day), minute)"
OTHER_COLUMNS = "bucket int, hour timestamp, meter_id text, PRIMARY KEY ((bucket, hour), meter_id)"


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        (OTHER_KEY, r"partition key \(meter_id, day\)"),
        (OTHER_COLUMNS, r"columns \(bucket, hour, meter_id\)"),
    ],
)
def test_a_table_of_an_earlier_build_is_refused_with_advice(
    earlier: Settings, columns: str, message: str
) -> None:
    table = f"{keyspace(earlier)}.minutes_by_meter"
    change(earlier, f"DROP TABLE {table}")
    change(earlier, f"CREATE TABLE {table} ({columns})")

    with pytest.raises(StackError, match=f"{message} .* reset --keep-readings"):
        provision(earlier)


def test_a_type_of_another_build_is_refused(earlier: Settings) -> None:
    change(earlier, f"ALTER TYPE {keyspace(earlier)}.figures ADD power_factor double")

    with pytest.raises(StackError, match=r"fields \(readings, .*, power_factor\)"):
        provision(earlier)


@pytest.fixture
def earlier(stack: Settings) -> Iterator[Settings]:
    """A namespace whose keyspace is to be that of another build."""
    settings = stack.model_copy(update={"namespace": "test_stack_old"})
    provision(settings)
    yield settings
    erase(settings)


def change(settings: Settings, statement: str) -> None:
    """Alter the schema behind the project's back."""
    session = cassandra_session(settings.cassandra)
    try:
        session.execute(statement, timeout=120)
    finally:
        session.cluster.shutdown()


def remains(settings: Settings) -> tuple[set[str], bool, bool]:
    """The namespace's topics, whether its keyspace exists, whether its Redis key does."""
    existing = AdminClient(kafka_config(settings)).list_topics(timeout=120).topics
    session = cassandra_session(settings.cassandra)
    try:
        keyspaces = {row.keyspace_name for row in session.execute(KEYSPACES)}
    finally:
        session.cluster.shutdown()
    with redis_client(settings.redis) as client:
        key = client.exists(f"{settings.namespace}:live:here")
    return (
        {topic for topic in existing if topic.startswith(f"{settings.namespace}.")},
        keyspace(settings) in keyspaces,
        bool(key),
    )


KEYSPACES = "SELECT keyspace_name FROM system_schema.keyspaces"
