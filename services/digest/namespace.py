"""The digest of one namespace, look by look."""

import logging
import math
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import redis
from msgspec.json import Decoder, Encoder

from adapters.redis_digest import Replacement, look, read_areas, read_meters, write_clock
from contracts.digest import (
    WHOLE,
    clock_key,
    fleet_key,
    fleet_minutes_key,
    rollup_key,
    top_key,
    totals_key,
)
from contracts.live import LiveGroup
from contracts.reading import COMMODITIES, Commodity
from contracts.settings import Settings
from services.digest.clock import ReadOn, clock_of
from services.digest.fleet_minutes import FleetMinutes
from services.digest.index import Index
from services.digest.pace import Pace
from services.digest.rollups import fleet, meters_of, roll_up
from services.digest.standing import Placed, Standing, Value, place, standing, totals

SAID_EACH_S = 60.0
"""So often at most the log has a line of what was done since the one before."""

_value = Decoder(Value).decode
_json = Encoder().encode

log = logging.getLogger("digest")


@dataclass(slots=True)
class _Done:
    """What was done since it was said last."""

    times: int = 0
    areas: int = 0
    meters: int = 0
    cost_s: float = 0.0


class Digested:
    """What is written of a namespace, and how far it has come.

    All calls raise `redis.RedisError` if Redis does not answer, refuses, or has lost what was
    there, and `msgspec.DecodeError` if something there is none of this build's: begin anew then.
    """

    def __init__(self, settings: Settings, client: "redis.Redis") -> None:
        self.settings = settings
        self.read_on = ReadOn()
        self._name = settings.namespace
        self._client = client
        self._looked = False
        self._slice_end_ms: int | None = None
        self._index: Index | None = None
        self._minutes = FleetMinutes(client, settings.namespace)
        self._areas, self._meters = Pace(), Pace()
        self._known: dict[Commodity, Counter[str]] = {}
        self._done, self._said_s = _Done(), -math.inf

    def take(self, records: Sequence[tuple[str, bytes | None]]) -> None:
        """Write what is new in the registry: all that the topic of meters has at first, and then
        what comes, each a meter with its entry or None."""
        if self._index is not None:
            number = self._index.follow(records)
        else:
            # Before all else: that the clock is gone says from now on that the rest is.
            self._look()
            # Of several entries of a meter the last one counts.
            entries = {each: text for each, text in dict(records).items() if text is not None}
            index = Index(self._client, self._name)
            number = index.begin(entries)
            self._index = index
        if number:
            self._meters.moved()
            of = len(self._index.registry)
            log.info("%s: %d meters of the registry are new or gone, of %d", self._name, number, of)

    def tick(self) -> None:
        """Look how far live state has come, and digest it if that is due."""
        slice_end_ms = self._look()
        if slice_end_ms != self._slice_end_ms:
            self._slice_end_ms = slice_end_ms
            self._areas.moved()
            self._meters.moved()
        now_s = time.monotonic()
        meters_due = self._meters.due(now_s)
        if meters_due or self._areas.due(now_s):
            self.digest(meters=meters_due)

    def _look(self) -> int | None:
        """Write how far live state has come; the end of its newest slice."""
        before, slice_end_ms = look(self._client, self._name)
        wall_ms = time.time_ns() // 1_000_000
        clock = clock_of(before, slice_end_ms, self.read_on.read_ms, wall_ms)
        if not write_clock(self._client, self._name, clock, again=self._looked):
            raise redis.RedisError(f"{clock_key(self._name)} is gone, and perhaps all else")
        self._looked = True
        return slice_end_ms

    def digest(self, *, meters: bool) -> None:
        """Digest what the areas draw and, if asked for, the live values of all meters. Without the
        registry, of which nobody knows how many meters there are, nothing is done."""
        if self._index is None:
            return
        begun_s = time.thread_time()
        areas = {each: read_areas(self._client, self._name, each) for each in COMMODITIES}
        new = Replacement(self._client, self._name)
        read_s = time.thread_time()
        if meters:
            for commodity in COMMODITIES:
                self._put_standing(new, self._index, commodity, areas[commodity])
        meters_s = time.thread_time() - read_s
        self._put_areas(new, areas)
        new.swap()
        cost_s = time.thread_time() - begun_s
        ended_s = time.monotonic()
        self._areas.done(ended_s, cost_s - meters_s)
        if meters:
            self._meters.done(ended_s, cost_s)
        self._say(sum(map(len, areas.values())), cost_s)

    def _put_areas(
        self, new: Replacement, areas: Mapping[Commodity, Mapping[str, LiveGroup]]
    ) -> None:
        fleets: dict[str, bytes] = {}
        for commodity, of_commodity in areas.items():
            rolled = roll_up(of_commodity)
            for precision, cells in rolled.cells.items():
                key = rollup_key(self._name, commodity, precision)
                new.put(key, {cell: _json(each) for cell, each in cells.items()})
            known = self._known[commodity][WHOLE]
            if known or rolled.whole is not None:
                drawn = fleet(rolled.whole, known)
                fleets[commodity] = _json(drawn)
                if self._slice_end_ms is not None:
                    self._minutes.see(commodity, self._slice_end_ms, drawn)
            else:
                new.put(fleet_minutes_key(self._name, commodity), {})
        new.put(fleet_key(self._name), fleets)

    def _put_standing(
        self,
        new: Replacement,
        index: Index,
        commodity: Commodity,
        areas: Mapping[str, LiveGroup],
    ) -> None:
        meters: dict[str, Placed] = {}
        numbers = {area: meters_of(group) for area, group in areas.items()}
        for area, found in read_meters(self._client, self._name, commodity, numbers):
            for meter_id, text in found.items():
                place(meters, meter_id, Placed(area, _value(text)))
        index.put_places(commodity, meters)
        known = self._known[commodity] = index.registry.known(commodity, meters)
        stands = Standing({}, {})
        if self._slice_end_ms is not None:
            stands = standing(meters, self._slice_end_ms)
        top = {name: _json(each) for name, each in stands.top.items()}
        new.put(top_key(self._name, commodity), top)
        total = totals(stands.registers_m, known, self._slice_end_ms)
        new.put(
            totals_key(self._name, commodity),
            {region: _json(each) for region, each in total.items()},
        )
        self._done.meters += len(meters)

    def _say(self, areas: int, cost_s: float) -> None:
        done, now_s = self._done, time.monotonic()
        done.times += 1
        done.areas += areas
        done.cost_s += cost_s
        if now_s - self._said_s < SAID_EACH_S:
            return
        log.info(
            "%s: digested %d times: %d areas and %d meters read in %.2f s of a processor; the "
            "newest slice ends at %s",
            self._name,
            done.times,
            done.areas,
            done.meters,
            done.cost_s,
            self._slice_end_ms,
        )
        self._done, self._said_s = _Done(), now_s
