"""Alerts into a Redis that lost them."""

from adapters.alert_feed import kept_alerts
from adapters.connect import redis_client
from adapters.redis_alerts import read_alerts, write_alerts
from contracts.settings import Settings


def rebuild_alerts(settings: Settings) -> int:
    """Write to Redis what the topic of alerts has; nothing higher in Redis is replaced.

    Returns:
        How many alerts Redis has.

    Raises:
        OperationError: there is no topic of alerts.
        confluent_kafka.KafkaException: the broker does not answer.
        redis.RedisError: Redis does not answer.
    """
    with redis_client(settings.redis) as client:
        write_alerts(client, settings.namespace, kept_alerts(settings))
        return len(read_alerts(client, settings.namespace))
