"""Alertmanager is shown what is open, again and again: it remembers nothing that it is not told
again, and routes, silences and repeats by itself."""

import logging
import threading
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from typing import TypeAlias, TypedDict

import orjson

from contracts.alerts import Alert
from contracts.time import MINUTE_MS, SECOND_MS
from services.notifier.channels.http import post
from services.notifier.channels.sending import Sent
from services.notifier.composing import end_ms
from services.notifier.errors import NotifyError
from services.notifier.rules import Notify
from services.notifier.state import Group, Known, State

SHOWN_EACH_S = 60.0
STANDS_MS = 5 * MINUTE_MS
"""What is not shown for so long Alertmanager takes for over."""

log = logging.getLogger("notifier")


class Posted(TypedDict):
    """An alert as its API v2 takes it."""

    labels: dict[str, str]
    """What it is known by: one with another severity is another one, and the first ends after
    STANDS_MS."""
    annotations: dict[str, str]
    startsAt: str
    endsAt: str
    generatorURL: str


Post: TypeAlias = Callable[[Sequence[Posted]], Sent]


def standing(state: State, notify: Notify, channel: str, now_ms: int) -> Iterator[Posted]:
    """What a channel is shown: alerts of its rules that count and are open, and those that ended
    and are not left yet. Who is told only if nobody looks after it is shown nothing before."""
    rules = {rule.name: rule for rule in notify.rule}
    for group in state.all(Group):
        rule = rules.get(group.rule)
        if rule is None or channel not in rule.channels:
            continue
        last = group.changes if channel in rule.to else group.escalated_once
        for an_id, member in group.members.items():
            known = state.get(Known, an_id)
            if member.opened is not None and member.opened.number <= last and known is not None:
                is_over = member.closed is not None
                until_ms = end_ms(known.alert) if is_over else now_ms + STANDS_MS
                yield _posted(known.alert, rule.name, notify.page, until_ms)


def _posted(alert: Alert, rule: str, page: str, until_ms: int) -> Posted:
    return {
        "labels": {
            "alertname": alert.kind,
            "alert_id": alert.id,
            "subject": alert.subject,
            "area": alert.area,
            "severity": alert.severity,
            "rule": rule,
        },
        "annotations": {"summary": alert.evidence.text, "homes": str(alert.homes_count)},
        "startsAt": utc(min(alert.onset_ms, until_ms)),
        "endsAt": utc(until_ms),
        "generatorURL": f"{page.rstrip('/')}/alerts/{alert.id}",
    }


def utc(at_ms: int) -> str:
    """A time as its API takes it."""
    return datetime.fromtimestamp(at_ms / SECOND_MS, UTC).isoformat(timespec="milliseconds")


def alertmanager(name: str, url: str) -> Post:
    """How a channel is shown alerts.

    Args:
        url: Of Alertmanager, without a path of its API.

    Raises:
        NotifyError: it is none; does not show it.
    """
    if not url.startswith(("http://", "https://")):
        raise NotifyError(f"channel.{name}: the address is no http:// nor https:// URL: give one")

    def show(alerts: Sequence[Posted]) -> Sent:
        return post(f"{url.rstrip('/')}/api/v2/alerts", orjson.dumps(alerts), {})

    return show


class Poster:
    """A thread that shows a channel what is open. What fails is shown at the next time."""

    def __init__(self, name: str, show: Post, *, each_s: float = SHOWN_EACH_S) -> None:
        self._name = name
        self._show = show
        self._each_s = each_s
        self._changed = threading.Condition()
        self._alerts: Sequence[Posted] = ()
        self._there: list[tuple[dict[str, str], bool]] = []
        """Each alert, and whether it is open."""
        self._is_new = False
        self._is_stopped = False
        threading.Thread(target=self._work, name=f"channel {name}", daemon=True).start()

    def give(self, alerts: Sequence[Posted], now_ms: int) -> None:
        """What there is now. It is shown at once where it is not what there was."""
        there = [(each["labels"], each["endsAt"] > utc(now_ms)) for each in alerts]
        with self._changed:
            self._is_new = self._is_new or there != self._there
            self._alerts, self._there = alerts, there
            self._changed.notify_all()

    def stop(self) -> None:
        """Show no more."""
        with self._changed:
            self._is_stopped = True
            self._changed.notify_all()

    def _work(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._is_new or self._is_stopped, self._each_s)
                if self._is_stopped:
                    return
                alerts, self._is_new = self._alerts, False
            if alerts and (sent := self._show(alerts)).problem:
                log.warning("channel %s: %s; shown again", self._name, sent.problem)
