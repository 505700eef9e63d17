"""Whether a namespace is there. A store that has nothing of it cannot tell: it may be empty."""

from collections.abc import Collection

from adapters.kafka import topic_names
from contracts.errors import OperationError
from contracts.settings import Settings
from contracts.topics import readings
from services.namespaces import namespaces


class NamespaceError(OperationError):
    """There is no such namespace; the message says which there are."""


def require_namespace(settings: Settings) -> None:
    """Ask Kafka for the namespace.

    Raises:
        NamespaceError: nobody made it.
        confluent_kafka.KafkaException: the broker does not answer.
    """
    if (told := absent(settings, topic_names(settings))) is not None:
        raise NamespaceError(told)


def absent(settings: Settings, topics: Collection[str]) -> str | None:
    """That the namespace is none of those that have these topics, and what to do; None if it is."""
    if readings(settings).name in topics:
        return None
    there = sorted(each.namespace for each in namespaces(topics, settings))
    others = f"there are {', '.join(there)}" if there else "there is none yet"
    return (
        f"there is no namespace {settings.namespace} at {settings.kafka_bootstrap}, {others}: give "
        f"one with --namespace, or make it with `wattstream submit -n {settings.namespace}`"
    )
