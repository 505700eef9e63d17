"""Redis: how far live state has come, what is open, and how people are told of it."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import product

import redis

from adapters.live_questions import alerts_part, clock, fleet, last_alert_change
from adapters.live_store import asked
from adapters.redis_notifier import told
from contracts.alerts import KINDS, SEVERITIES
from contracts.settings import Settings
from contracts.time import SECOND_MS
from services.exporter.metrics import (
    ALERTS_OPEN,
    DEAD_LETTERS,
    DEMAND,
    DIGEST_LOOKED,
    HOT_READ_ON,
    LIVE_MOVED,
    METERS,
    NOTIFIER_SEEN,
    ON_THEIR_WAY,
    REDIS_MOST,
    REDIS_USED,
    STREAM_TIME,
    Sample,
)

ANSWER_TIMEOUT_S = 5.0
AT_ONCE = 500


@dataclass(slots=True)
class _Counted:
    """Alerts of a namespace that are open, by kind and severity."""

    change: str = ""
    """The last one that was seen; nothing is counted again before the next."""
    counts: Counter[tuple[str, str]] = field(default_factory=Counter)


class Live:
    """Live state of all namespaces."""

    name = "redis"

    def __init__(self, settings: Settings) -> None:
        self._client: redis.Redis = redis.Redis.from_url(
            settings.redis.url,
            decode_responses=True,
            socket_timeout=ANSWER_TIMEOUT_S,
            socket_connect_timeout=ANSWER_TIMEOUT_S,
        )
        self._counted: dict[str, _Counted] = {}

    def look(self, served: Sequence[Settings]) -> Iterator[Sample]:
        """How it does.

        Raises:
            redis.RedisError: Redis does not answer.
        """
        memory = self._client.info("memory")
        yield REDIS_USED.of(memory["used_memory"])
        yield REDIS_MOST.of(memory["maxmemory"])
        names = [each.namespace for each in served]
        self._counted = {name: each for name, each in self._counted.items() if name in names}
        for name in names:
            yield from self._clock(name)
            yield from self._fleet(name)
            yield from self._alerts(name)
            yield from self._notifier(name)

    def _clock(self, name: str) -> Iterator[Sample]:
        found = asked(self._client, clock(name))
        if found is None:
            return
        times = {
            STREAM_TIME: found.slice_end_ms,
            LIVE_MOVED: found.moved_ms,
            HOT_READ_ON: found.read_ms,
            DIGEST_LOOKED: found.seen_ms,
        }
        for metric, at_ms in times.items():
            if at_ms is not None:
                yield metric.of(at_ms / SECOND_MS, name)

    def _fleet(self, name: str) -> Iterator[Sample]:
        for commodity, drawn in asked(self._client, fleet(name)).items():
            states = {
                "known": drawn.known,
                "reporting": drawn.reporting,
                "holding": drawn.holding,
                "silent": drawn.silent,
            }
            for state, number in states.items():
                yield METERS.of(number, name, commodity, state)
            yield DEMAND.of(drawn.demand, name, commodity)

    def _alerts(self, name: str) -> Iterator[Sample]:
        counted = self._counted.setdefault(name, _Counted())
        change = asked(self._client, last_alert_change(name))
        if change != counted.change:
            counted.counts = self._count(name)
            counted.change = change
        for kind, severity in product(KINDS, SEVERITIES):
            yield ALERTS_OPEN.of(counted.counts[kind, severity], name, kind, severity)

    def _count(self, name: str) -> Counter[tuple[str, str]]:
        still_open: dict[str, tuple[str, str]] = {}
        cursor = -1
        while cursor:
            cursor, part = asked(self._client, alerts_part(name, max(cursor, 0), AT_ONCE))
            for an_id, alert in part.items():
                if alert.state != "closed":
                    still_open[an_id] = alert.kind, alert.severity
        return Counter(still_open.values())

    def _notifier(self, name: str) -> Iterator[Sample]:
        found = asked(self._client, told(name))
        if found.notifier is None:
            return
        yield NOTIFIER_SEEN.of(found.notifier.seen_ms / SECOND_MS, name)
        # What was asked for again is on its way, too.
        dead = Counter(each.channel for each in found.dead.values() if each.again_ms is None)
        for channel in found.notifier.channels:
            now = found.channels.get(channel)
            waiting = 0 if now is None else now.waiting + (now.sending is not None)
            yield ON_THEIR_WAY.of(waiting, name, channel)
            yield DEAD_LETTERS.of(dead[channel], name, channel)
