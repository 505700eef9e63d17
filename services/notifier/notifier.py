"""Tells people of a namespace's alerts: hears, keeps, and only then sends."""

import logging
import threading
import time
from collections.abc import Iterable, Iterator
from queue import Empty, SimpleQueue

from confluent_kafka import KafkaException

from adapters.notifications_topic import AnotherWriterError, NotificationsTopic
from contracts.alerts import Alert
from contracts.errors import OperationError
from contracts.notes import Note
from contracts.settings import Settings
from contracts.topics import alert_notes, alerts
from services.notifier.channels.alertmanager import Poster, standing
from services.notifier.channels.worker import Tried, Worker
from services.notifier.configured import Configured, configured
from services.notifier.heard_topic import HeardTopic
from services.notifier.kept import Record, RecordError
from services.notifier.serving import Serving
from services.notifier.step import Event, Result, Tick

TURN_S = 0.5
"""So long a turn waits for alerts."""
AGAIN_S = 5.0
"""After an error of Kafka's everything begins anew."""

log = logging.getLogger("notifier")


def notify(settings: Settings, stop: threading.Event) -> None:
    """Tell people of the alerts of the namespace until `stop`. A broker that does not answer is
    asked again.

    Raises:
        NotifyError: `notify.toml`, a text or an address cannot be used.
        AnotherWriterError: another notifier has taken over.
        RecordError: the topic of notifications has what is none of this notifier's.
    """
    known = configured(settings)
    problem = ""
    while not stop.is_set():
        try:
            _serve(settings, known, stop)
        except (AnotherWriterError, RecordError):
            raise
        except (KafkaException, OperationError) as error:
            said = error.args[0].str() if isinstance(error, KafkaException) else str(error)
            if said != problem:
                log.warning("%s; tried again each %g s", said, AGAIN_S)
            problem = said
            stop.wait(AGAIN_S)
    log.info("stopped")


class _TopicLog:
    """The topic of notifications as a log."""

    def __init__(self, topic: NotificationsTopic) -> None:
        self._topic = topic

    def read(self) -> Iterator[Record]:
        return (Record(key, value) for key, value in self._topic.read())

    def append(self, those: Iterable[Record]) -> None:
        self._topic.append(those)


def _serve(settings: Settings, known: Configured, stop: threading.Event) -> None:
    """Until `stop`, or something of Kafka's fails."""
    serving = Serving(known.notify, _TopicLog(NotificationsTopic(settings)))
    tried: SimpleQueue[Tried] = SimpleQueue()
    workers = {
        name: Worker(name, known.senders[name], known.writers[name], tried.put)
        for name in known.senders
    }
    posters = {name: Poster(name, show) for name, show in known.posters.items()}
    heard: list[HeardTopic] = []
    try:
        # Notes are heard first: who has acknowledged an alert is not told of it.
        heard.append(HeardTopic(settings, alert_notes(settings), Note, serving.state))
        heard.append(HeardTopic(settings, alerts(settings), Alert, serving.state))
        log.info("telling of alerts of %s, by %s", settings.namespace, settings.notify_file)
        clock = _Clock()
        while not stop.is_set():
            _turn(serving, heard, tried, clock)
            sending = {message.channel: message for message in serving.to_send()}
            for name, worker in workers.items():
                worker.give(sending.get(name))
            now_ms = clock.now_ms()
            for name, poster in posters.items():
                shown = standing(serving.state, known.notify, name, now_ms)
                poster.give(list(shown), now_ms)
    finally:
        for worker in workers.values():
            worker.stop()
        for poster in posters.values():
            poster.stop()
        for topic in heard:
            topic.close()


def _turn(
    serving: Serving, heard: list[HeardTopic], tried: "SimpleQueue[Tried]", clock: "_Clock"
) -> None:
    notes, of_alerts = heard
    events: list[Event] = [*notes.hear(0.0), *of_alerts.hear(TURN_S)]
    now_ms = clock.now_ms()
    events += _results(tried, now_ms)
    # Until all is heard, what is over may seem to go on.
    if all(topic.is_heard_whole for topic in heard):
        events.append(Tick(now_ms))
    serving.turn(events, [topic.read for topic in heard])


def _results(tried: "SimpleQueue[Tried]", now_ms: int) -> Iterator[Result]:
    while True:
        try:
            message, sent = tried.get_nowait()
        except Empty:
            return
        if not sent.problem:
            log.info("message %s has gone to %s", message.id, message.channel)
        yield Result(message.channel, message.id, now_ms, sent.problem, sent.is_refused)


class _Clock:
    """The time on the wall, which does not go back."""

    def __init__(self) -> None:
        self._latest_ms = 0

    def now_ms(self) -> int:
        self._latest_ms = max(self._latest_ms, time.time_ns() // 1_000_000)
        return self._latest_ms
