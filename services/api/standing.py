"""Alerts of a namespace as they stand, of which only what has changed is read again."""

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from adapters import live_questions as ask
from adapters.live_store import AsyncLiveStore
from contracts.alerts import Alert
from contracts.notes import Note

T = TypeVar("T")

AT_ONCE = 200
"""Alerts that are read together: Redis, and the event loop, do nothing else meanwhile."""
WHOLE_EACH_S = 60.0
"""All are read so often whatever changes are told: a store that was put back from elsewhere tells
of none."""


@dataclass(frozen=True, slots=True)
class Standing:
    """Alerts as they stand, each with its notes."""

    alerts: Sequence[Alert]
    notes: dict[str, list[Note]]


class StandingAlerts:
    """What is known of the alerts of a namespace; one looks at a time."""

    def __init__(self, live: AsyncLiveStore, namespace: str) -> None:
        self._live, self._namespace = live, namespace
        self._alerts: dict[str, Alert] = {}
        self._notes: dict[str, list[Note]] = {}
        self._place: str | None = None
        self._whole_s = 0.0

    async def look(self) -> Standing:
        """How all of them stand now.

        Raises:
            redis.RedisError: Redis does not answer.
        """
        changes = None
        if self._place is not None and time.monotonic() - self._whole_s < WHOLE_EACH_S:
            changes = await self._live.ask(ask.alert_changes(self._namespace, self._place))
        if changes is None or not changes.whole:
            await self._read_all()
        elif changes.ids:
            await self._read(changes.ids)
            self._place = changes.place
        return Standing(list(self._alerts.values()), dict(self._notes))

    async def _read_all(self) -> None:
        begun_s = time.monotonic()
        # What changes while the parts are read is read again then.
        place = await self._live.ask(ask.last_alert_change(self._namespace))
        alerts: dict[str, Alert] = {}
        notes: dict[str, list[Note]] = {}
        cursor = 0
        while True:
            cursor, part = await self._live.ask(ask.alerts_part(self._namespace, cursor, AT_ONCE))
            alerts |= part
            notes |= await self._live.ask(ask.notes(self._namespace, list(part)))
            if not cursor:
                break
        self._alerts, self._notes = alerts, notes
        self._place, self._whole_s = place, begun_s

    async def _read(self, ids: Sequence[str]) -> None:
        alerts: dict[str, Alert] = {}
        notes: dict[str, list[Note]] = {}
        for part in _parts(ids):
            alerts |= await self._live.ask(ask.some_alerts(self._namespace, part))
            notes |= await self._live.ask(ask.notes(self._namespace, part))
        for an_id in ids:
            _put(self._alerts, an_id, alerts.get(an_id))
            _put(self._notes, an_id, notes.get(an_id) if an_id in alerts else None)


def _parts(ids: Sequence[str]) -> Iterable[Sequence[str]]:
    return (ids[start : start + AT_ONCE] for start in range(0, len(ids), AT_ONCE))


def _put(known: dict[str, T], an_id: str, value: T | None) -> None:
    if value is None:
        known.pop(an_id, None)
    else:
        known[an_id] = value
