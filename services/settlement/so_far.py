"""Keeps what the running month of each site of a namespace has cost so far, interim run by interim
run.

It writes nothing that cannot be made again, and nothing of it is a document or a line of the
ledger. One process a namespace works; others stand by until it ends.
"""

import logging
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import psycopg
import redis

from adapters.archive.frozen import FrozenArchive, frozen
from adapters.connect import redis_client
from adapters.live_questions import newest_slice
from adapters.live_store import asked
from adapters.master_rows import masters
from adapters.postgres import connect, newest_as_of_ms
from adapters.redis_so_far import write, write_problem
from adapters.uncollected import uncollected
from billing.tariffs.calendar import calendar_of
from contracts.errors import RequestError, WattStreamError
from contracts.masters import Masters
from contracts.settings import Settings
from services.settlement.entries import Look, entries
from services.settlement.interim import Interim

MASTERS_EACH_S = 3_600.0
"""Another word on masters settles the month from its first day: who moved is in it by the hour."""
STAND_BY_S = 5.0
LOCK = "wattstream so far"

log = logging.getLogger("settlement")


def keep(settings: Settings, stop: threading.Event) -> None:
    """Settle the namespace's running months again and again until `stop`. What cannot be reached or
    settled is told and tried again."""
    namespace = settings.namespace
    client = redis_client(settings.redis)
    log.info("%s: every %.0f s", namespace, settings.interim_s)
    while not stop.is_set():
        try:
            with connect(settings) as connection, _alone(connection, stop) as alone:
                if alone:
                    _work(settings, connection, client, stop)
        except (psycopg.Error, redis.RedisError) as problem:
            log.warning("%s: %s; tried again", namespace, problem)
            stop.wait(STAND_BY_S)
    client.close()
    log.info("stopped")


@contextmanager
def _alone(connection: psycopg.Connection, stop: threading.Event) -> Iterator[bool]:
    """Wait until nobody else does this work in the namespace; False once it is to stop. Who ends,
    however, is alone no longer: the lock is the session's."""
    told = False
    while not stop.is_set():
        row = connection.execute("SELECT pg_try_advisory_lock(hashtext(%s))", [LOCK]).fetchone()
        assert row is not None
        if row[0]:
            yield True
            return
        if not told:
            log.info("another process does it; this one stands by")
            told = True
        stop.wait(STAND_BY_S)
    yield False


@dataclass
class _Known:
    """Masters, and since when on the monotonic clock."""

    masters: Masters
    since_s: float


def _work(
    settings: Settings,
    connection: psycopg.Connection,
    client: "redis.Redis",
    stop: threading.Event,
) -> None:
    months = Months(settings.period_ms, settings.closing_ms)
    known: _Known | None = None
    while not stop.is_set():
        begun_s = time.monotonic()
        if known is None or not known.masters.sites or begun_s - known.since_s > MASTERS_EACH_S:
            known = _Known(masters(connection, newest_as_of_ms(connection)), begun_s)
        try:
            archive = frozen(settings)
            now_ms = asked(client, newest_slice(settings.namespace)) or archive.newest_ms()
        except (WattStreamError, OSError) as problem:
            log.warning("%s: %s; tried again", settings.namespace, problem)
        else:
            for site in known.masters.sites:
                if stop.is_set() or now_ms is None:
                    break
                _one(settings, client, months, known.masters, site.site_id, archive, now_ms)
        # Masters that were loaded right now are those of a minute ago in a minute.
        each_s = settings.interim_s if known.masters.sites else STAND_BY_S
        stop.wait(max(each_s - (time.monotonic() - begun_s), STAND_BY_S))


@uncollected()
def _one(
    settings: Settings,
    client: "redis.Redis",
    months: "Months",
    its: Masters,
    site_id: str,
    archive: FrozenArchive,
    now_ms: int,
) -> None:
    begun_s, is_closed = time.monotonic(), False
    try:
        interim, is_closed = months.of(its, site_id, now_ms)
        found = interim.look(archive, now_ms, is_closed=is_closed)
        took_ms = round((time.monotonic() - begun_s) * 1_000)
        look = Look(now_ms, time.time_ns() // 1_000_000, took_ms)
        site, customers = entries(found, its, look, settings.period_ms)
        write(client, settings.namespace, site, customers)
    except (WattStreamError, OSError) as problem:
        # A file may have been compacted away meanwhile; masters may contradict themselves.
        log.warning("%s: %s; tried again", site_id, problem)
        # What masters lack is not there in a while either, and the next month goes on.
        if is_closed and isinstance(problem, RequestError):
            months.over(site_id)
        write_problem(client, settings.namespace, site_id, str(problem))
        return
    if is_closed:
        months.over(site_id)
    log.info(
        "%s %s: %d customers, %d days settled, %.1f s",
        *(site_id, site.month, site.customers, found.settled_days),
        time.monotonic() - begun_s,
    )


@dataclass
class _Month:
    """A running month, and the masters that it is settled on."""

    masters: Masters
    name: str
    interim: Interim


class Months:
    """The running month of each site. One that is over is looked at once more when the stream has
    closed it, and then (`over`) the next one.

    Args:
        horizon_ms: How long after a period the stream has closed it.
    """

    def __init__(self, period_ms: int, horizon_ms: int) -> None:
        self._period_ms, self._horizon_ms = period_ms, horizon_ms
        self._its: dict[str, _Month] = {}

    def of(self, its: Masters, site_id: str, now_ms: int) -> tuple[Interim, bool]:
        """A site's, and whether it is closed; begun anew when masters say something else.

        Args:
            now_ms: How far the stream has come.

        Raises:
            BillingError: as `Interim`.
        """
        site = next(each for each in its.sites if each.site_id == site_id)
        closed_ms = now_ms - self._horizon_ms
        name = calendar_of(site, its.holidays).month_of(max(closed_ms, 0))
        before = self._its.get(site_id)
        if before is not None and before.interim.month.end_ms <= closed_ms:
            return before.interim, True
        if before is None or before.name != name or not _same(before.masters, its):
            interim = Interim(its, site_id, name, period_ms=self._period_ms)
            before = _Month(its, name, interim)
        self._its[site_id] = before
        return before.interim, False

    def over(self, site_id: str) -> None:
        """A month that is closed was looked at: the next one begins."""
        del self._its[site_id]


def _same(one: Masters, other: Masters) -> bool:
    """Whether they say the same, as of whatever instant."""
    names = (name for name in Masters.__slots__ if name != "as_of_ms")
    return one is other or all(getattr(one, name) == getattr(other, name) for name in names)
