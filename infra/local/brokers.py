"""The MQTT brokers that there are to choose from."""

from collections.abc import Callable
from dataclasses import dataclass

from contracts.settings import Settings
from infra.local.hivemq.service import service as hivemq
from infra.local.mosquitto.service import service as mosquitto
from infra.local.service import Service
from infra.settings import StackSettings


@dataclass(frozen=True, slots=True)
class Broker:
    """One of them."""

    name: str
    """Of the service and of the setting."""
    make: Callable[[Settings, StackSettings], Service]
    forgets: bool
    """Whether what it has acknowledged may be gone when it is killed."""


BROKERS = {
    each.name: each
    for each in (
        Broker("mosquitto", mosquitto, forgets=True),
        Broker("hivemq", hivemq, forgets=False),
    )
}


def chosen(stack: StackSettings) -> Broker:
    """The one that the stack has."""
    return BROKERS[stack.mqtt_broker]
