"""What the errors of the services' clients mean to a user.

Apart from `adapters.connect`, since a job's workers need not load every client. HTTP errors are not
here: they do not say who was asked, and who asks knows (`adapters.flink`).
"""

import re

import psycopg
import redis
from cassandra import DriverException, InvalidRequest
from cassandra.cluster import NoHostAvailable
from confluent_kafka import KafkaError, KafkaException

from adapters.kept_records import ABSENT
from contracts.settings import Settings, without_password

_NO_KEYSPACE = re.compile(r"keyspace '?(\w+)'? does not exist", re.IGNORECASE)
"""How Cassandra says it; a namespace's keyspace is named after it."""

_NO_DATABASE = re.compile(r'database "(\w+)" does not exist')
"""How PostgreSQL says it, likewise."""


def explain(error: Exception, settings: Settings) -> str | None:
    """What a client's error means: the service, its address and what to do.

    Returns:
        One line, or None if no client of a service and no file is at fault.
    """
    if isinstance(error, KafkaException):
        cause = error.args[0] if error.args else error
        if isinstance(cause, KafkaError) and cause.code() in ABSENT:
            return (
                f"Kafka at {settings.kafka_bootstrap} lacks a topic of that namespace "
                f"({cause.str()}): `wattstream submit -n NAMESPACE` makes all"
            )
        reason = cause.str() if isinstance(cause, KafkaError) else str(cause)
        return _unanswered("Kafka", settings.kafka_bootstrap, reason, "KAFKA_BOOTSTRAP")
    if isinstance(error, InvalidRequest) and (absent := _NO_KEYSPACE.search(str(error))):
        name = absent[1]
        return f"there is no namespace {name}: `wattstream submit -n {name}` makes it"
    if isinstance(error, NoHostAvailable | DriverException):
        hosts = error.errors if isinstance(error, NoHostAvailable) else None
        reason = "; ".join(map(str, hosts.values())) if isinstance(hosts, dict) else str(error)
        address = settings.cassandra.address
        return _unanswered("Cassandra", address, reason, "CASSANDRA_HOSTS", "CASSANDRA_PORT")
    if isinstance(error, redis.RedisError):
        return _unanswered("Redis", settings.redis.url, str(error), "REDIS_URL")
    if isinstance(error, psycopg.OperationalError):
        if absent := _NO_DATABASE.search(str(error)):
            name = absent[1]
            return f"there is no namespace {name}: `wattstream submit -n {name}` makes it"
        return _unanswered("PostgreSQL", settings.postgres.url, str(error), "POSTGRES_URL")
    if isinstance(error, TimeoutError) and not str(error):
        return "a service did not answer in time; see `wattstream status`"
    if isinstance(error, OSError):
        return f"{error.filename}: {error.strerror}" if error.filename else str(error)
    return None


def _unanswered(service: str, address: str, reason: str, *fields: str) -> str:
    variables = " and ".join(f"WATTSTREAM_{each}" for each in fields)
    return " ".join(
        f"{service} does not answer at {without_password(address)} as it should ({reason}); see "
        f"`wattstream status`, start it with `wattstream up`, or set {variables}".split()
    )
