"""Prometheus is told of each message once, however often the bridge begins anew."""

import threading
from collections import Counter
from dataclasses import dataclass, field
from typing import cast

from prometheus_client import REGISTRY

from services.bridge.intake import Intake
from services.bridge.metrics import Told

BROKER = "mqtts://house.example:8883"


@dataclass
class Counted:
    """As an intake counts."""

    counts: Counter[str] = field(default_factory=Counter)
    unmapped_by_reason: Counter[str] = field(default_factory=Counter)
    lock: threading.RLock = field(default_factory=threading.RLock)


def value(name: str, **labels: str) -> float:
    return REGISTRY.get_sample_value(f"wattstream_bridge_{name}", labels) or 0.0


def test_what_came_since_is_added_and_another_intake_goes_on() -> None:
    before = value("messages_total", became="received")
    first = Counted(Counter(received=5, unmapped=2), Counter(not_json=2))
    told = Told(BROKER)

    told.tell(cast(Intake, first), is_connected=True)
    first.counts["received"] += 3
    told.tell(cast(Intake, first), is_connected=True)
    told.tell(cast(Intake, first), is_connected=False)
    assert value("messages_total", became="received") == before + 8
    assert value("connected", broker=BROKER) == 0

    unmapped = value("unmapped_total", reason="not_json")
    second = Counted(Counter(received=1), Counter(not_json=1))
    Told(BROKER).tell(cast(Intake, second), is_connected=True)
    assert value("messages_total", became="received") == before + 9
    assert value("unmapped_total", reason="not_json") == unmapped + 1
    assert value("connected", broker=BROKER) == 1
