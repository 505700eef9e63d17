"""The stack and what a namespace keeps in it: doing it again changes nothing."""

from io import StringIO

import pytest
from confluent_kafka.admin import AdminClient
from rich.console import Console

from contracts import topics
from contracts.endpoints import cassandra_session, kafka_config, redis_client
from contracts.history import keyspace
from contracts.settings import Settings
from contracts.topics import all_topics
from infra import stack as local_stack
from infra.errors import StackError
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
        with redis_client(settings) as client:
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

    erase(settings, keep_readings=True)

    sent = {topics.readings(settings).name, topics.meters(settings).name}
    assert remains(settings) == (sent, False, False)
    assert settings.recordings_dir.exists()
    assert not settings.archive_dir.exists()
    erase(settings)
    assert not settings.recordings_dir.exists()


def test_a_table_of_an_earlier_build_is_refused_with_advice(stack: Settings) -> None:
    settings = stack.model_copy(update={"namespace": "test_stack_old"})
    provision(settings)
    session = cassandra_session(settings)
    session.execute(f"DROP TABLE {keyspace(settings)}.minutes_by_meter", timeout=60)
    session.execute(
        f"CREATE TABLE {keyspace(settings)}.minutes_by_meter (meter_id text, day date, "
        "minute timestamp, PRIMARY KEY ((meter_id, day), minute))",
        timeout=60,
    )
    session.cluster.shutdown()

    with pytest.raises(StackError, match=r"key \(meter_id, day\) .* reset --keep-readings"):
        provision(settings)

    erase(settings)


def remains(settings: Settings) -> tuple[set[str], bool, bool]:
    """The namespace's topics, whether its keyspace exists, whether its Redis key does."""
    existing = AdminClient(kafka_config(settings)).list_topics(timeout=30).topics
    session = cassandra_session(settings)
    try:
        keyspaces = {row.keyspace_name for row in session.execute(KEYSPACES)}
    finally:
        session.cluster.shutdown()
    with redis_client(settings) as client:
        key = client.exists(f"{settings.namespace}:live:here")
    return (
        {topic for topic in existing if topic.startswith(f"{settings.namespace}.")},
        keyspace(settings) in keyspaces,
        bool(key),
    )


KEYSPACES = "SELECT keyspace_name FROM system_schema.keyspaces"
