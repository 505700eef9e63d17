"""How far live state is behind the log, watched all the time."""

import threading
import time

import orjson
import redis

from adapters.connect import redis_client
from chaos.fault import FaultError
from contracts.live import group_key
from contracts.reading import COMMODITIES
from contracts.settings import Settings

POLL_S = 0.5
LEAST_TAIL_S = 10.0
"""Live state that is behind for other reasons goes on in steps."""


class Freshness:
    """Watches the newest slice in Redis; use it as a context manager.

    Live state stands still for as long as no newer slice comes, whether Redis answers or not.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._stop = threading.Event()
        self._lock = threading.Lock()
        self._newest_ms = 0
        self._since = time.monotonic()
        self._longest_s = 0.0
        self._thread = threading.Thread(target=self._watch, name="chaos-freshness", daemon=True)

    def __enter__(self) -> "Freshness":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def begin(self) -> None:
        """Forget what was before."""
        with self._lock:
            self._longest_s = 0.0

    @property
    def longest_standstill_s(self) -> float:
        """Longest time without a newer slice since `begin`, one that still lasts included."""
        with self._lock:
            return max(self._longest_s, time.monotonic() - self._since)

    def _watch(self) -> None:
        with redis_client(self._settings.redis) as client:
            while not self._stop.wait(POLL_S):
                try:
                    newest_ms = newest_slice_end_ms(client, self._settings)
                except redis.RedisError:
                    continue
                now = time.monotonic()
                with self._lock:
                    if newest_ms > self._newest_ms:
                        self._newest_ms = newest_ms
                        self._longest_s = max(self._longest_s, now - self._since)
                        self._since = now


def hold_while_live_goes_on(settings: Settings, seconds: float) -> None:
    """Let time pass in which live state has to go on until the end.

    Raises:
        FaultError: there was no newer slice in the last third of the time.
    """
    last_s = min(max(seconds / 3, LEAST_TAIL_S), seconds)
    with redis_client(settings.redis) as client:
        time.sleep(seconds - last_s)
        before_ms = newest_slice_end_ms(client, settings)
        time.sleep(last_s)
        if newest_slice_end_ms(client, settings) <= before_ms:
            raise FaultError(f"live state stood still in the last {last_s:.0f} of {seconds:.0f} s")


def newest_slice_end_ms(client: "redis.Redis", settings: Settings) -> int:
    """End of the newest slice in which something of an area changed, 0 without one."""
    return max(
        (
            int(orjson.loads(value)["slice_end_ms"])
            for commodity in COMMODITIES
            for value in client.hvals(group_key(settings.namespace, "area", commodity))
        ),
        default=0,
    )
