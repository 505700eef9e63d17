"""The stack and what a namespace keeps in it: doing it again changes nothing."""

from io import StringIO

from confluent_kafka.admin import AdminClient
from rich.console import Console

from contracts.endpoints import cassandra_session, kafka_config, redis_client
from contracts.history import keyspace
from contracts.settings import Settings
from contracts.topics import all_topics
from infra import stack as local_stack
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


def remains(settings: Settings) -> tuple[set[str], bool, bool]:
    """The namespace's topics, whether its keyspace exists, whether its Redis key does."""
    topics = AdminClient(kafka_config(settings)).list_topics(timeout=30).topics
    session = cassandra_session(settings)
    try:
        keyspaces = {row.keyspace_name for row in session.execute(KEYSPACES)}
    finally:
        session.cluster.shutdown()
    with redis_client(settings) as client:
        key = client.exists(f"{settings.namespace}:live:here")
    return (
        {topic for topic in topics if topic.startswith(f"{settings.namespace}.")},
        keyspace(settings) in keyspaces,
        bool(key),
    )


KEYSPACES = "SELECT keyspace_name FROM system_schema.keyspaces"
