"""The loop of a service that asks Kafka again and again."""

import logging
import threading
from collections.abc import Callable

from confluent_kafka import KafkaException


def tick_until(
    stop: threading.Event, tick: Callable[[], None], tick_s: float, log: logging.Logger
) -> None:
    """Tick every `tick_s` seconds until `stop`. A broker that does not answer is asked again; the
    log says once that it does not, and once that it does again."""
    answered = True
    while not stop.is_set():
        try:
            tick()
            if not answered:
                log.info("Kafka answers again")
            answered = True
        except KafkaException as problem:
            if answered:
                log.warning("Kafka does not answer: %s", problem.args[0].str())
            answered = False
        stop.wait(tick_s)
