"""Shows in Redis what the notifier knows of messages, channels and silences; a Redis that is away
holds up nobody who is told."""

import logging
import threading
from collections.abc import Callable
from contextlib import suppress
from queue import Empty, SimpleQueue
from time import monotonic

from redis import Redis, RedisError

from adapters.connect import redis_client
from adapters.redis_choices import show_choices
from adapters.redis_notifier import say_seen, show
from contracts.deliveries import NOTIFIER_FIELD, SEEN_EACH_MS
from contracts.settings import Settings
from contracts.time import SECOND_MS
from services.notifier.shown import Shown

ANSWER_TIMEOUT_S = 5.0
TURN_S = 0.05
"""So long it waits at least for what is given."""

log = logging.getLogger("notifier")


class Showing:
    """A thread that writes what it is given, and that the notifier runs. Close it."""

    def __init__(self, settings: Settings, notifier: Callable[[int], bytes]) -> None:
        """
        Args:
            notifier: What the notifier goes by, and that it was seen at a time.
        """
        self._settings, self._notifier = settings, notifier
        self._turned_ms: int | None = None
        self._shown_to: str | None = None
        """The run of Redis that was shown all."""
        self._given: SimpleQueue[Shown] = SimpleQueue()
        self._wants_all = threading.Event()
        self._wants_all.set()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="showing", daemon=True)
        self._thread.start()

    @property
    def wants_all(self) -> bool:
        """Whether all is to be given, and not what has changed: Redis is new, was away, or began
        again, perhaps with what is older."""
        return self._wants_all.is_set()

    def turn(self, at_ms: int) -> None:
        """The notifier has done its work once more: who has not lately is away, and so is one to
        which Kafka does not answer."""
        self._turned_ms = at_ms

    def give(self, what: Shown) -> None:
        """Show what has changed."""
        is_any = what.fields or what.arrived or what.arrived_at_customers or what.choices
        if not self.wants_all and is_any:
            self._given.put(what)

    def give_all(self, what: Shown) -> None:
        """Show this and nothing else."""
        # From here on what the thread finds out is of this, or of something newer.
        self._wants_all.clear()
        with suppress(Empty):
            while True:
                self._given.get_nowait()
        self._given.put(what._replace(is_all=True))

    def close(self) -> None:
        """Write what is given, unless Redis is away, and end."""
        self._stop.set()
        self._given.put(Shown({}, {}))
        self._thread.join(ANSWER_TIMEOUT_S)

    def _run(self) -> None:
        with redis_client(self._settings.redis) as client:
            is_away, seen_s = False, float("-inf")
            while not (self._stop.is_set() and self._given.empty()):
                try:
                    if (what := self._next(seen_s)) is not None:
                        self._show(client, what)
                    turned_ms = self._turned_ms
                    if turned_ms is not None and monotonic() - seen_s >= SEEN_EACH_MS / SECOND_MS:
                        said = self._notifier(turned_ms)
                        run = say_seen(client, self._settings.namespace, said)
                        if run is None or run != self._shown_to:
                            self._wants_all.set()
                        seen_s = monotonic()
                    is_away = False
                except RedisError as error:
                    if not is_away:
                        log.warning("Redis does not answer, and shows nothing new: %s", error)
                    is_away, seen_s = True, float("-inf")
                    self._wants_all.set()
                    # Who is to end writes nothing after the one that takes its place.
                    if self._stop.wait(SEEN_EACH_MS / SECOND_MS):
                        return

    def _show(self, client: Redis, what: Shown) -> None:
        fields = dict(what.fields)
        if what.is_all:
            # Or it would seem that Redis were new.
            fields[NOTIFIER_FIELD] = self._notifier(self._turned_ms or 0)
        if what.choices is not None and (what.choices or what.is_all):
            show_choices(client, self._settings.namespace, what.choices, anew=what.is_all)
        run = show(
            *(client, self._settings.namespace, fields, what.arrived),
            at_customers=what.arrived_at_customers,
            anew=what.is_all,
        )
        if what.is_all:
            self._shown_to = run
        elif run != self._shown_to:
            self._wants_all.set()

    def _next(self, seen_s: float) -> Shown | None:
        """What is given next; None if nothing is until it is time to say that one runs."""
        each_s = SEEN_EACH_MS / SECOND_MS
        wait_s = min(max(seen_s + each_s - monotonic(), TURN_S), each_s)
        try:
            return self._given.get(timeout=wait_s)
        except Empty:
            return None
