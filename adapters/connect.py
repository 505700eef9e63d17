"""Clients of the services, made from the settings in one place."""

from typing import TYPE_CHECKING

import redis
from cassandra.auth import PlainTextAuthProvider
from cassandra.cluster import EXEC_PROFILE_DEFAULT, Cluster, ExecutionProfile
from cassandra.policies import RoundRobinPolicy, TokenAwarePolicy

from contracts.settings import CassandraSettings, RedisSettings, Settings

if TYPE_CHECKING:
    from cassandra.cluster import Session

CASSANDRA_TIMEOUT_S = 30.0


def kafka_config(settings: Settings) -> dict[str, str | int | float | bool]:
    """librdkafka configuration that finds the brokers; callers add their own."""
    # Failures are raised; librdkafka's own log of them would bury the error that users see.
    return {"bootstrap.servers": settings.kafka_bootstrap, "log_level": 2}


def redis_client(settings: RedisSettings) -> "redis.Redis":
    """Redis client that returns text."""
    return redis.Redis.from_url(settings.url, decode_responses=True)


def cassandra_session(settings: CassandraSettings) -> "Session":
    """Connected session without a keyspace; close it with `session.cluster.shutdown()`.

    Raises:
        cassandra.cluster.NoHostAvailable: no contact point answers.
    """
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
    )
    return cluster.connect()
