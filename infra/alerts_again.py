"""Alerts, and what people say of them, into a Redis that lost them."""

from adapters.alert_feed import kept_alerts
from adapters.connect import redis_client
from adapters.note_topic import kept_notes
from adapters.redis_alerts import write_alerts
from adapters.redis_notes import write_notes
from contracts.alerts import alerts_key
from contracts.settings import Settings


def rebuild_alerts(settings: Settings) -> int:
    """Write to Redis what the topics of alerts and of notes have; nothing higher in Redis is
    replaced.

    Returns:
        How many alerts Redis has.

    Raises:
        OperationError: there is no topic of alerts, or of notes.
        confluent_kafka.KafkaException: the broker does not answer.
        redis.RedisError: Redis does not answer.
    """
    with redis_client(settings.redis) as client:
        write_alerts(client, settings.namespace, kept_alerts(settings))
        write_notes(client, settings.namespace, kept_notes(settings))
        return int(client.hlen(alerts_key(settings.namespace)))
