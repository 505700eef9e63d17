"""Tells people of a namespace's alerts: hears, keeps, and only then sends."""

import logging
import threading
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from functools import partial
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import TypeVar

from confluent_kafka import KafkaException

from adapters.notifications_topic import AnotherWriterError, NotificationsTopic
from contracts.alerts import Alert
from contracts.errors import OperationError
from contracts.notes import Note
from contracts.notify_requests import Request
from contracts.settings import Settings
from contracts.topics import alert_notes, alerts, notify_requests
from services.notifier import metrics
from services.notifier.channels.alertmanager import Poster, standing
from services.notifier.channels.pool import Pool, Sending, Tried
from services.notifier.channels.sending import TIMEOUT_S
from services.notifier.configured import Configured, configured
from services.notifier.customers_topics import ChoicesTopic, MetersTopic
from services.notifier.errors import NotifyError
from services.notifier.heard_topic import HeardTopic
from services.notifier.kept import Record, RecordError
from services.notifier.rules import Notify
from services.notifier.serving import Serving
from services.notifier.showing import Showing
from services.notifier.shown import notifier, of_customers, shown, whole
from services.notifier.state import Changes, Read, State
from services.notifier.step import Event, Result, Tick

TURN_S = 0.5
"""So long a turn waits for alerts."""
AGAIN_S = 5.0
"""After an error of Kafka's everything begins anew."""
SAID_AGAIN_S = 60.0
"""As long as it is the same error it is logged so often."""
TO_CUSTOMERS_AT_ONCE = 4
"""Tries of a channel of customers; to who reads another channel goes one message after another."""

log = logging.getLogger("notifier")

T = TypeVar("T", bound="HeardTopic | ChoicesTopic | MetersTopic")


def wall_ms() -> int:
    """The time on the wall."""
    return time.time_ns() // 1_000_000


def notify(settings: Settings, stop: threading.Event, now_ms: Callable[[], int] = wall_ms) -> None:
    """Tell people of the alerts of the namespace until `stop`. A broker that does not answer is
    asked again, and `notify.toml` is read again when it changes.

    Args:
        now_ms: The time by which people are told.

    Raises:
        NotifyError: `notify.toml`, a text or an address cannot be used as the process begins.
        AnotherWriterError: another notifier has taken over.
        RecordError: the topic of notifications has what is none of this notifier's.
    """
    version = _version(settings.notify_file)
    known = _configured(settings)

    def goes_on() -> bool:
        return not stop.is_set() and _version(settings.notify_file) == version

    problem, told_s = "", 0.0
    while not stop.is_set():
        try:
            _serve(settings, known, goes_on, _Clock(now_ms))
        except (AnotherWriterError, RecordError):
            raise
        except (KafkaException, OperationError) as error:
            said = error.args[0].str() if isinstance(error, KafkaException) else str(error)
            if said != problem or time.monotonic() - told_s >= SAID_AGAIN_S:
                log.warning("%s; tried again each %g s", said, AGAIN_S)
                problem, told_s = said, time.monotonic()
            stop.wait(AGAIN_S)
        if not stop.is_set() and not goes_on():
            version = _version(settings.notify_file)
            try:
                known = _configured(settings)
            except NotifyError as error:
                log.error("%s; as long as that is so, what was read before holds", error)
    log.info("stopped")


def _version(file: Path) -> tuple[int, int] | None:
    """What changes when a file does."""
    try:
        found = file.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size


def _configured(settings: Settings) -> Configured | None:
    """What the file says; None if nobody is to be told of anything."""
    if settings.notify_file.exists() and (known := configured(settings)).notify.tells_anybody:
        return known
    log.info(
        "%s is not there or has no rule: nobody is told; docs/notifications.md says what it has, "
        "and it is read when it is there",
        settings.notify_file,
    )
    return None


class _TopicLog:
    """The topic of notifications as a log."""

    def __init__(self, topic: NotificationsTopic) -> None:
        self._topic = topic

    def read(self) -> Iterator[Record]:
        return (Record(key, value) for key, value in self._topic.read())

    def append(self, those: Iterable[Record]) -> None:
        self._topic.append(those)


def _serve(
    settings: Settings, known: Configured | None, goes_on: Callable[[], bool], clock: "_Clock"
) -> None:
    """As long as it goes on, or until something of Kafka's fails."""
    began_ms, file = clock.now_ms(), str(settings.notify_file)
    notify = Notify() if known is None else known.notify
    showing = Showing(settings, lambda seen_ms: notifier(notify, file, began_ms, seen_ms))
    try:
        if known is None:
            while goes_on():
                showing.turn(wall_ms())
                time.sleep(TURN_S)
        else:
            _tell(settings, known, goes_on, clock, showing)
    finally:
        showing.close()


def _tell(
    settings: Settings,
    known: Configured,
    goes_on: Callable[[], bool],
    clock: "_Clock",
    showing: Showing,
) -> None:
    serving = Serving(known.notify, _TopicLog(NotificationsTopic(settings)))
    tried: SimpleQueue[Tried] = SimpleQueue()
    pools = {name: Pool(name, tried.put) for name in known.senders} | {
        name: Pool(name, tried.put, threads=TO_CUSTOMERS_AT_ONCE) for name in known.to_customers
    }
    posters = {name: Poster(name, show) for name, show in known.posters.items()}
    for name in pools:
        metrics.begin(name)
    heard: _Heard | None = None
    with_customers = bool(known.to_customers)
    try:
        heard = _Heard(settings, serving.state, with_customers=with_customers)
        log.info("telling of alerts of %s, by %s", settings.namespace, settings.notify_file)
        busy: Mapping[str, bytes] = {}
        while goes_on():
            changes = _turn(serving, heard, tried, clock)
            showing.turn(wall_ms())
            before, busy = busy, of_customers(serving.state, known.notify)
            showing.give(shown(changes, {} if busy == before else busy))
            # Before it is known what all have chosen, it would seem that some have not.
            if showing.wants_all and heard.is_heard_whole:
                everything = shown(whole(serving.state), busy)
                showing.give_all(
                    everything if with_customers else everything._replace(choices=None)
                )
            _give(serving, known, pools)
            now_ms = clock.now_ms()
            for name, poster in posters.items():
                poster.give(list(standing(serving.state, known.notify, name, now_ms)), now_ms)
        showing.give(shown(_keep_what_went(serving, pools.values(), tried, clock)))
    finally:
        for pool in pools.values():
            pool.stop()
        for poster in posters.values():
            poster.stop()
        if heard is not None:
            heard.close()


def _give(serving: Serving, known: Configured, pools: Mapping[str, Pool]) -> None:
    """Let those send who do so what there is to be sent."""
    by_channel: dict[str, list[Sending]] = {name: [] for name in pools}
    for message in serving.to_send():
        if message.channel in pools:
            by_channel[message.channel].append(Sending(message, partial(known.send, message)))
    for letter in serving.to_customers():
        if letter.choice.channel in pools:
            attempt = partial(known.send_to_customer, letter)
            by_channel[letter.choice.channel].append(Sending(letter.message, attempt))
    for name, pool in pools.items():
        pool.give(by_channel[name])


class _Heard:
    """All topics that are heard. Close it."""

    def __init__(self, settings: Settings, state: State, *, with_customers: bool) -> None:
        """
        Raises:
            OperationError: one of the topics is not there.
            confluent_kafka.KafkaException: the broker does not answer.
        """
        self._open: list[HeardTopic | ChoicesTopic | MetersTopic] = []
        self._are_customers_known = False
        try:
            # What people say is heard first: who has acknowledged an alert is not told of it.
            self._notes = self._opened(HeardTopic(settings, alert_notes(settings), Note, state))
            self._requests = self._opened(
                HeardTopic(settings, notify_requests(settings), Request, state)
            )
            self._customers: tuple[ChoicesTopic, MetersTopic] | None = None
            if with_customers:
                choices = self._opened(ChoicesTopic(settings))
                self._customers = choices, self._opened(MetersTopic(settings))
            self._alerts = self._opened(HeardTopic(settings, alerts(settings), Alert, state))
        except BaseException:
            self.close()
            raise

    def _opened(self, topic: T) -> T:
        self._open.append(topic)
        return topic

    def events(self) -> Iterator[Event]:
        """What is new. Of alerts nothing before it is known whose homes they are."""
        yield from self._notes.hear(0.0)
        yield from self._requests.hear(0.0)
        if self._customers is None:
            yield from self._alerts.hear(TURN_S)
            return
        choices, meters = self._customers
        yield from choices.hear()
        meters.hear()
        if choices.is_heard_whole and meters.is_heard_whole:
            if not self._are_customers_known:
                self._are_customers_known = True
                log.info("it is known whose %d meters are", len(meters.residents))
            for heard in self._alerts.hear(TURN_S):
                assert isinstance(heard.what, Alert)
                yield heard._replace(customers=meters.residents.hit_by(heard.what))

    @property
    def read(self) -> list[Read]:
        """How far topics are heard that are not read whole each time."""
        return [self._notes.read, self._requests.read, self._alerts.read]

    @property
    def is_heard_whole(self) -> bool:
        """Whether all is heard that was there in the beginning."""
        return all(topic.is_heard_whole for topic in self._open)

    def close(self) -> None:
        """Let all clients go."""
        for topic in self._open:
            topic.close()


def _keep_what_went(
    serving: Serving,
    pools: Collection[Pool],
    tried: "SimpleQueue[Tried]",
    clock: "_Clock",
) -> Changes:
    """What arrives while the notifier stops does not go again when it is started."""
    for pool in pools:
        pool.stop()
    until_s = time.monotonic() + TIMEOUT_S
    for pool in pools:
        pool.wait(max(until_s - time.monotonic(), 0.0))
    return serving.turn(list(_results(tried, clock.now_ms())))


def _turn(serving: Serving, heard: _Heard, tried: "SimpleQueue[Tried]", clock: "_Clock") -> Changes:
    events: list[Event] = list(heard.events())
    now_ms = clock.now_ms()
    events += _results(tried, now_ms)
    # Until all is heard, what is over may seem to go on.
    if heard.is_heard_whole:
        events.append(Tick(now_ms))
    return serving.turn(events, heard.read)


def _results(tried: "SimpleQueue[Tried]", now_ms: int) -> Iterator[Result]:
    while True:
        try:
            message, sent = tried.get_nowait()
        except Empty:
            return
        metrics.tell(message.channel, sent)
        if not sent.problem:
            log.info("message %s has gone to %s", message.id, message.channel)
        elif sent.is_refused:
            log.error(
                "message %s to %s is refused: %s; `wattstream notify again %s` tries it again",
                *(message.id, message.channel, sent.problem, message.id),
            )
        yield Result(
            *(message.channel, message.id, now_ms, sent.problem, sent.is_refused),
            customer=message.customer,
        )


class _Clock:
    """A time that does not go back."""

    def __init__(self, now_ms: Callable[[], int]) -> None:
        self._now_ms = now_ms
        self._latest_ms = 0

    def now_ms(self) -> int:
        self._latest_ms = max(self._latest_ms, self._now_ms())
        return self._latest_ms
