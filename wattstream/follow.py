"""What running months have cost so far: the last interim run, and what registers counted since."""

import threading
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from redis import RedisError
from rich.console import Console, RenderableType
from rich.live import Live as ScreenLive

from adapters import live_questions as ask
from adapters.live_store import LiveStore
from adapters.redis_so_far import (
    customer_so_far,
    customers_so_far,
    problems_so_far,
    sites_so_far,
)
from billing.settlement.errors import RunError
from billing.settlement.tail import Live, Tail, tail
from contracts.reading import Commodity
from contracts.settings import Settings
from contracts.so_far import CustomerSoFar, RegisterSoFar, SiteSoFar
from wattstream.beside import beside
from wattstream.follow_tables import Row, picture

FEW = 50
"""So many registers are asked for one by one; of more, all meters are looked through."""
REFRESH_S = 1.0
REST_FACTOR = 4.0
"""A large site takes a second or two to add up: no more than a fifth of a processor."""
FAILURES_IN_A_ROW = 10


@dataclass
class Follow:
    """Reads what is wanted, again and again, and draws it.

    Args:
        site_id: All sites if absent.
        customer_id: Of one customer.
    """

    settings: Settings
    store: LiveStore
    site_id: str | None = None
    customer_id: int | None = None
    _customers: dict[str, tuple[int, Mapping[int, CustomerSoFar]]] = field(default_factory=dict)
    """Of sites, by when they were computed: these are large."""

    def picture(self) -> RenderableType:
        """What is true now.

        Raises:
            RunError: there is no such site or customer.
            redis.RedisError: Redis does not answer.
        """
        namespace = self.settings.namespace
        known = self.store.ask(sites_so_far(namespace))
        problems = self.store.ask(problems_so_far(namespace))
        chosen = {each: its for each, its in known.items() if self.site_id in (None, each)}
        if known and not chosen:
            raise RunError(f"site is {self.site_id!r}, and there are {', '.join(sorted(known))}")
        rows = list(self._rows(chosen))
        if chosen and not rows:
            raise RunError(
                f"customer is {self.customer_id}, who has nothing in the running month of "
                f"{', '.join(sorted(chosen))}: give another"
            )
        return picture(rows, problems, time.time_ns() // 1_000_000, one=self.customer_id)

    def _rows(self, sites: Mapping[str, SiteSoFar]) -> Iterator[Row]:
        if self.customer_id is not None:
            found = self.store.ask(
                customer_so_far(self.settings.namespace, [*sites], self.customer_id)
            )
            for site_id, customer in found.items():
                yield self._row(sites[site_id], {self.customer_id: customer})
            return
        for site_id, site in sorted(sites.items()):
            yield self._row(site, self._of_site(site_id, site))

    def _of_site(self, site_id: str, site: SiteSoFar) -> Mapping[int, CustomerSoFar]:
        kept = self._customers.get(site_id)
        if kept is None or kept[0] != site.computed_ms:
            found = self.store.ask(customers_so_far(self.settings.namespace, site_id))
            kept = self._customers[site_id] = (site.computed_ms, found)
        return kept[1]

    def _row(self, site: SiteSoFar, customers: Mapping[int, CustomerSoFar]) -> Row:
        registers = [each for customer in customers.values() for each in customer.registers]
        live = live_of(self.store, self.settings.namespace, registers)

        def tail_of(own: Sequence[RegisterSoFar]) -> Tail:
            return tail(own, live, site.prices, site.end_ms)

        return Row(site, customers, tail_of(registers))


def live_of(
    store: LiveStore, namespace: str, registers: Sequence[RegisterSoFar]
) -> dict[tuple[str, Commodity], Live]:
    """What registers say now, of those that have a live value."""
    wanted = {(each.register_id, each.commodity) for each in registers}
    if len(wanted) > FEW:
        return dict(_looked_through(store, namespace, wanted))
    found: dict[tuple[str, Commodity], Live] = {}
    for register_id, commodity in wanted:
        area = store.ask(ask.known(namespace, register_id)).area(commodity)
        if area is None:
            continue
        meter = store.ask(ask.live_meter(namespace, commodity, area, register_id))
        if meter is not None:
            found[register_id, commodity] = (meter.last_ms, meter.register)
    return found


def _looked_through(
    store: LiveStore, namespace: str, wanted: Iterable[tuple[str, Commodity]]
) -> Iterator[tuple[tuple[str, Commodity], Live]]:
    kept = frozenset(wanted)
    commodities = {commodity for _, commodity in kept}
    for commodity in commodities:
        for area in store.ask(ask.groups(namespace, "area", commodity)):
            meters = store.ask(ask.all_of_area(namespace, commodity, area))
            for meter_id, meter in meters.items():
                if (meter_id, commodity) in kept:
                    yield (meter_id, commodity), (meter.last_ms, meter.register)


def show(follow: Follow, console: Console, ended: threading.Event) -> None:
    """Draw the picture again and again until `ended`. A store that does not answer once, on a busy
    machine, costs a picture and not the table."""
    failures = 0
    with ScreenLive(console=console, auto_refresh=False) as screen:
        while not ended.is_set():
            begun_s = time.monotonic()
            try:
                screen.update(follow.picture(), refresh=True)
                failures = 0
            except RedisError:
                failures += 1
                if failures == FAILURES_IN_A_ROW:
                    raise
            took_s = time.monotonic() - begun_s
            ended.wait(max(REFRESH_S, REST_FACTOR * took_s))


@contextmanager
def settling(settings: Settings) -> Iterator[None]:
    """Have the namespace's running months settled for as long as the context lasts; if somebody
    does so already, the process that is started here stands by."""
    with beside("settlement", settings):
        yield
