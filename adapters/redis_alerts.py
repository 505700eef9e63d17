"""Alerts in Redis: each as its highest version says it, in whatever order versions are written.

A job that restarts writes again what it wrote since its checkpoint, and one that was given up may
not know it yet. So the comparison is made where the state is, in Redis (`redis_alerts.lua`): a
version gives way to a higher one only. Ids of closed alerts are remembered when the alerts have
left, so that no version of before brings one back.

The time that alerts leave by is their own: the greatest `at_ms` of all that were written.
"""

from collections.abc import Iterable
from importlib.resources import files
from itertools import islice

import redis
from msgspec.json import Encoder

from contracts.alerts import (
    CLOSED_KEPT_MS,
    KINDS,
    MOST_CHANGES,
    MOST_NEWEST,
    Alert,
    alert_changes_key,
    alerts_key,
    alerts_time_key,
    closed_alerts_key,
    newest_alerts_key,
)

SCRIPT = files("adapters").joinpath("redis_alerts.lua").read_text()

ALERTS_A_CALL = 100
"""Redis does nothing else meanwhile, and an alert of many homes has tens of KiB."""

MOST_LEFT = 10_000
"""Closed alerts that have left and whose ids are remembered: weeks of them. Of one before, a lower
version would be taken for a new alert until its closing is written again, too."""

_encode = Encoder().encode


def write_alerts(client: "redis.Redis", namespace: str, alerts: Iterable[Alert]) -> None:
    """Write versions of alerts, each unless its alert has a higher one; the answer is waited for.

    Raises:
        redis.RedisError: Redis does not answer, or refuses. Some may be written, and all may be
            written again.
    """
    script = client.register_script(SCRIPT)
    keys = [
        alerts_key(namespace),
        closed_alerts_key(namespace),
        alerts_time_key(namespace),
        alert_changes_key(namespace),
        *(newest_alerts_key(namespace, kind) for kind in KINDS),
    ]
    rest = map(_encode, alerts)
    while part := list(islice(rest, ALERTS_A_CALL)):
        script(keys=keys, args=[CLOSED_KEPT_MS, MOST_LEFT, MOST_NEWEST, MOST_CHANGES, *part])
