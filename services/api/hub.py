"""Event streams: who listens, and to what; a slow one harms nobody.

Of state the latest frame wins: who reads slowly is told less often, and never anything old. Of
alerts nothing is left out: who has too many before it is told to begin anew. Topics are looked at
once for all who listen, by tasks that end with the last of them.
"""

import asyncio
import logging
import secrets
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Self

from redis import RedisError

from contracts.errors import OperationError
from services.api.envelope import Metrics
from services.api.feeds import AlertLog, AlertNews, Frame, Look, event
from services.api.parts import Parts
from services.api.standing import Standing

log = logging.getLogger(__name__)

LOOK_EACH_S = 1.0
MOST_STREAMS = 1_000
MOST_OF_ONE = 4
"""Streams of a token, with those of its sessions: a browser needs one."""
MOST_WAITING = 500
"""Alerts that one who does not read may have before it."""

AWAY = event("away", b'{"store":"Redis"}')
RESYNC = event("resync", b"{}")


class FullError(OperationError):
    """There is no further place; says whose limit it is."""


@dataclass(slots=True, eq=False)
class Listener:
    """Somebody who listens."""

    who: str
    """Whose places it counts among."""
    waiting: dict[str, Frame] = field(default_factory=dict)
    """By topic, what is to be sent next."""
    alerts: list[Frame] = field(default_factory=list)
    due: asyncio.Event = field(default_factory=asyncio.Event)
    closing: bool = False

    def tell(self, topic: str, change: Frame, whole: Frame) -> None:
        """Have a frame sent: all of the topic, if what was to be sent before is not sent yet."""
        self.waiting[topic] = whole if topic in self.waiting else change
        self.due.set()

    def tell_alert(self, frame: Frame) -> None:
        """Have an alert sent, after those before it."""
        if len(self.alerts) >= MOST_WAITING:
            self.alerts = [RESYNC]
        else:
            self.alerts.append(frame)
        self.due.set()

    def take(self) -> Frame:
        """All that is to be sent."""
        frames = [*self.waiting.values(), *self.alerts]
        self.waiting.clear()
        self.alerts.clear()
        self.due.clear()
        return b"".join(frames)


@dataclass(slots=True)
class _Feed:
    look: Look
    listeners: set[Listener] = field(default_factory=set)
    last: Frame | None = None
    task: asyncio.Task[None] | None = None


@dataclass(slots=True)
class _Alerts:
    standing: Callable[[], Awaitable[Standing]]
    told: dict[Listener, Callable[[AlertNews], Frame | None]] = field(default_factory=dict)
    log: AlertLog = field(default_factory=AlertLog)
    task: asyncio.Task[None] | None = None


class Hub:
    """All streams of the process."""

    def __init__(self, parts: Parts, metrics: Metrics) -> None:
        self._parts = parts
        self._metrics = metrics
        self._listeners: set[Listener] = set()
        self._of_one: Counter[str] = Counter()
        self._feeds: dict[str, _Feed] = {}
        self._alerts: dict[str, _Alerts] = {}
        self.run = secrets.token_hex(4)
        """Of alerts' numbers: another process has others."""

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        self.close_all()
        for feed in self._feeds.values():
            _end(feed.task)
        for alerts in self._alerts.values():
            _end(alerts.task)

    @property
    def open(self) -> int:
        """Streams that are open."""
        return len(self._listeners)

    def close_all(self) -> None:
        """Let all streams end, each with a word."""
        for each in self._listeners:
            each.closing = True
            each.due.set()

    def join(self, who: str) -> Listener:
        """Take a place.

        Raises:
            FullError: there is none.
        """
        if len(self._listeners) >= MOST_STREAMS:
            raise FullError("The server has as many streams as it may.")
        if self._of_one[who] >= MOST_OF_ONE:
            raise FullError(f"There are {MOST_OF_ONE} streams of this token: one is enough.")
        listener = Listener(who)
        self._listeners.add(listener)
        self._of_one[who] += 1
        self._metrics.streams.set(len(self._listeners))
        return listener

    def leave(self, listener: Listener) -> None:
        """Give a place back."""
        self._listeners.discard(listener)
        self._of_one[listener.who] -= 1
        if not self._of_one[listener.who]:
            del self._of_one[listener.who]
        self._metrics.streams.set(len(self._listeners))
        for key, feed in list(self._feeds.items()):
            feed.listeners.discard(listener)
            if not feed.listeners:
                _end(feed.task)
                del self._feeds[key]
        for alerts in self._alerts.values():
            alerts.told.pop(listener, None)

    def cut(self, reason: str) -> None:
        """Count a stream that the server ends."""
        self._metrics.cut.labels(reason).inc()

    def listen(self, listener: Listener, key: str, make: Callable[[], Look]) -> None:
        """Tell somebody of a topic, all of it at first."""
        feed = self._feeds.get(key)
        if feed is None:
            feed = self._feeds[key] = _Feed(make())
            feed.task = asyncio.create_task(self._follow(key, feed))
        feed.listeners.add(listener)
        if feed.last is not None:
            listener.tell(key, feed.last, feed.last)

    def listen_to_alerts(
        self,
        listener: Listener,
        namespace: str,
        standing: Callable[[], Awaitable[Standing]],
        frame: Callable[[AlertNews], Frame | None],
        last_id: str | None,
    ) -> None:
        """Tell somebody of alerts from now on, or after the last one that it knows.

        Args:
            frame: The frame of one for this listener; None if it is none of its concern.
        """
        alerts = self._alerts.get(namespace)
        if alerts is None:
            alerts = self._alerts[namespace] = _Alerts(standing)
            alerts.task = asyncio.create_task(self._follow_alerts(alerts))
        if last_id is not None:
            run, _, number = last_id.partition("-")
            known = run == self.run and number.isascii() and number.isdecimal()
            missed = alerts.log.since(int(number)) if known else None
            if missed is None:
                listener.tell_alert(RESYNC)
            for each in missed or ():
                if (told := frame(each)) is not None:
                    listener.tell_alert(told)
        alerts.told[listener] = frame

    async def _follow(self, key: str, feed: _Feed) -> None:
        away = False
        while True:
            try:
                news = await feed.look()
            except (RedisError, OSError):
                if not away:
                    _tell_all(feed, key, AWAY, AWAY)
                away = True
            except Exception:
                log.exception("a topic cannot be looked at")
            else:
                if news.whole is not None:
                    feed.last = news.whole
                    change = news.whole if away else news.change
                    if change is not None:
                        _tell_all(feed, key, change, news.whole)
                away = False
            await asyncio.sleep(LOOK_EACH_S)

    async def _follow_alerts(self, alerts: _Alerts) -> None:
        """Goes on while the process does: who was away is told what came meanwhile."""
        while True:
            try:
                found = await alerts.standing()
                for each in alerts.log.see(found.alerts, found.notes):
                    for listener, frame in alerts.told.items():
                        if (told := frame(each)) is not None:
                            listener.tell_alert(told)
            except (RedisError, OSError):
                log.debug("alerts are away with Redis")
            except Exception:
                log.exception("alerts cannot be looked at")
            await asyncio.sleep(LOOK_EACH_S)


def _tell_all(feed: _Feed, key: str, change: Frame, whole: Frame) -> None:
    for each in feed.listeners:
        each.tell(key, change, whole)


def _end(task: asyncio.Task[None] | None) -> None:
    if task is not None:
        task.cancel()
