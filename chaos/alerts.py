"""Which alerts of Prometheus a fault raises, and after how long."""

import time
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import httpx

from infra.settings import LOOPBACK, StackSettings

STEP_S = 5
"""As often as Prometheus looks at its rules."""
BEFORE_S = 2 * STEP_S
"""What was raised already then is no answer to the fault."""
ANSWER_TIMEOUT_S = 10.0


@dataclass(frozen=True, slots=True)
class Raised:
    """An alert, by the clock from the beginning of the harm."""

    alert: str
    severity: str
    seen_after_s: float
    """When what it tells of was seen."""
    fired_after_s: float | None
    """When somebody would have been told; None if it was over before."""


def raised_since(began_s: float) -> tuple[Raised, ...] | None:
    """What was raised since then, epoch seconds; None if Prometheus does not watch the stack, or
    does not answer."""
    stack = StackSettings()
    if not stack.watched.exists():
        return None
    asked = {
        "query": "ALERTS",
        "start": str(began_s - BEFORE_S),
        "end": str(time.time()),
        "step": str(STEP_S),
    }
    url = f"http://{LOOPBACK}:{stack.prometheus_port}/api/v1/query_range"
    try:
        answer = httpx.get(url, params=asked, timeout=ANSWER_TIMEOUT_S).raise_for_status()
    except httpx.HTTPError:
        return None
    return raised(answer.json()["data"]["result"], began_s)


def raised(series: Iterable[Any], began_s: float) -> tuple[Raised, ...]:
    """Alerts that were not there before, in the order in which they were seen.

    Args:
        series: Of the metric `ALERTS`, as Prometheus answers for a span.
    """
    seen: dict[tuple[str, str], float] = {}
    fired: dict[tuple[str, str], float] = {}
    for each in series:
        labels = each["metric"]
        key = labels["alertname"], labels["severity"]
        first_s = min(float(at_s) for at_s, _ in each["values"])
        seen[key] = min(seen.get(key, first_s), first_s)
        if labels["alertstate"] == "firing":
            fired[key] = min(fired.get(key, first_s), first_s)
    return tuple(
        Raised(*key, first_s - began_s, fired[key] - began_s if key in fired else None)
        for key, first_s in sorted(seen.items(), key=lambda item: (item[1], item[0]))
        if first_s >= began_s
    )
