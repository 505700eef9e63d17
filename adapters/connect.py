"""Clients of the services, made from the settings in one place."""

from typing import TYPE_CHECKING

from contracts.settings import CassandraSettings, RedisSettings, Settings

# A client's library is loaded when the client is made: most processes ask few of the services.
if TYPE_CHECKING:
    import redis.asyncio
    from cassandra.cluster import Session

CASSANDRA_TIMEOUT_S = 30.0
CASSANDRA_CONNECT_S = 20.0
"""For each step of the way to a session. The driver's own two seconds are too short for a store
that is up, on a machine whose cores all have others to serve; one that is down refuses at once."""

REDIS_CONNECTIONS = 32
"""Of an asynchronous client: who finds none free waits, and does not fail."""
REDIS_WAIT_S = 2.0
"""For a free connection."""
REDIS_TIMEOUT_S = 3.0
"""For an answer to somebody who waits for it: a store that takes longer is away. On a machine whose
cores all have others to serve, one that is up takes more than a second now and then."""


def kafka_config(settings: Settings) -> dict[str, str | int | float | bool]:
    """librdkafka configuration that finds the brokers; callers add their own."""
    # Failures are raised; librdkafka's own log of them would bury the error that users see.
    return {"bootstrap.servers": settings.kafka_bootstrap, "log_level": 2}


def storing_config(settings: Settings) -> dict[str, str | int | float | bool]:
    """The same of a producer whose records are each stored once, in their order, where the meter
    that is their key belongs (`contracts.topics.partition_of`)."""
    return kafka_config(settings) | {
        "acks": "all",
        "enable.idempotence": True,
        "compression.type": "lz4",
        "partitioner": "murmur2_random",
        "linger.ms": 5,
    }


def redis_client(settings: RedisSettings) -> "redis.Redis":
    """Redis client that returns text."""
    import redis

    return redis.Redis.from_url(settings.url, decode_responses=True)


def async_redis_client(settings: RedisSettings) -> "redis.asyncio.Redis":
    """Redis client of an event loop that returns text; close it with `aclose()`."""
    import redis.asyncio
    from redis.maint_notifications import MaintNotificationsConfig

    from adapters.redis_pool import PatientPool

    pool = PatientPool.from_url(
        settings.url,
        decode_responses=True,
        max_connections=REDIS_CONNECTIONS,
        timeout=REDIS_WAIT_S,
        socket_timeout=REDIS_TIMEOUT_S,
        socket_connect_timeout=REDIS_TIMEOUT_S,
        # Neither is of use here, and who connects would wait for an answer to each.
        driver_info=None,
        maint_notifications_config=MaintNotificationsConfig(enabled=False),
    )
    return redis.asyncio.Redis(connection_pool=pool)


def cassandra_session(
    settings: CassandraSettings, *, connect_s: float = CASSANDRA_CONNECT_S
) -> "Session":
    """Connected session without a keyspace; close it with `session.cluster.shutdown()`.

    Args:
        connect_s: How long each step of the way there may take.

    Raises:
        cassandra.cluster.NoHostAvailable: no contact point answers.
    """
    from cassandra.auth import PlainTextAuthProvider
    from cassandra.cluster import EXEC_PROFILE_DEFAULT, Cluster, ExecutionProfile
    from cassandra.policies import RoundRobinPolicy, TokenAwarePolicy

    auth = None
    if settings.username is not None:
        password = settings.password
        auth = PlainTextAuthProvider(
            settings.username, password.get_secret_value() if password else None
        )
    profile = ExecutionProfile(
        load_balancing_policy=TokenAwarePolicy(RoundRobinPolicy()),
        # Longer than a server waits: it is the server that gives up.
        request_timeout=CASSANDRA_TIMEOUT_S,
    )
    cluster = Cluster(
        settings.hosts.split(","),
        port=settings.port,
        auth_provider=auth,
        protocol_version=5,
        execution_profiles={EXEC_PROFILE_DEFAULT: profile},
        connect_timeout=connect_s,
        control_connection_timeout=connect_s,
    )
    return cluster.connect()
