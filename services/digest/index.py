"""Meters in Redis by id, customer and place, kept in step with the registry and with live state.

What is there is read once, and from then on only what changes is written: each part of it with
all that belongs to the same meters, so that whoever goes on after a crash can tell from the
registry's hash which sets a meter is in.
"""

import logging
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain, islice
from typing import TypeVar

import redis

from adapters.redis_digest import FIELDS_A_CALL
from contracts.digest import customer_key, meter_ids_key, places_key, registry_key
from contracts.reading import COMMODITIES, Commodity
from services.digest.registry import Change, EntryError, Registry, merged
from services.digest.standing import Placed

FIELDS_A_CHANGE = 4
"""The entry, the id, and a customer who has the meter no longer and one who has it."""

Each = TypeVar("Each")

log = logging.getLogger("digest")


class Index:
    """Of a namespace. All calls raise `redis.RedisError` if Redis does not answer or refuses; then
    nobody knows what is written: begin anew."""

    def __init__(self, client: "redis.Redis", namespace: str) -> None:
        self._client = client
        self._namespace = namespace
        self._registry = registry_key(namespace)
        self._ids = meter_ids_key(namespace)
        self._missing: dict[Commodity, set[str]] = {each: set() for each in COMMODITIES}
        self.registry = Registry()
        self.places: dict[Commodity, dict[str, str]] = {
            commodity: _hash(client, places_key(namespace, commodity)) for commodity in COMMODITIES
        }

    def begin(self, entries: Mapping[str, bytes]) -> int:
        """Bring Redis in step with the whole registry; returns how many entries were written or
        removed."""
        left = dict(entries)
        written: set[str] = set()
        changes: list[Change] = []
        for name, held in self._client.hscan_iter(self._registry, count=FIELDS_A_CALL):
            meter_id, entry = str(name), str(held).encode()
            # What is written meanwhile is perhaps told twice.
            if meter_id in written:
                continue
            written.add(meter_id)
            self._take(meter_id, entry)
            wanted = left.pop(meter_id, None)
            if wanted != entry and (change := self._take(meter_id, wanted)) is not None:
                changes.append(change)
        changes += filter(None, (self._take(*each) for each in left.items()))
        self._write(changes)
        ids = {str(each) for each, _ in self._client.zscan_iter(self._ids, count=FIELDS_A_CALL)}
        self._write_ids(set(self._known()) - ids, ids - set(self._known()))
        return len(changes)

    def follow(self, records: Iterable[tuple[str, bytes | None]]) -> int:
        """Take records of the topic of meters, each a meter with its entry or None; returns how
        many entries were written or removed."""
        changes = merged(filter(None, (self._take(*each) for each in records)))
        self._write(list(changes.values()))
        return len(changes)

    def put_places(self, commodity: Commodity, meters: Mapping[str, Placed]) -> None:
        """Where the meters of a commodity are. One that is not among them leaves when it is missed
        a second time: it may have moved while areas were read."""
        places = self.places[commodity]
        missing = places.keys() - meters.keys()
        gone = missing & self._missing[commodity]
        self._missing[commodity] = missing - gone
        key = places_key(self._namespace, commodity)
        moved = [(each, area) for each, (area, _) in meters.items() if places.get(each) != area]
        for part in _parts(moved, FIELDS_A_CALL // 2):
            pipeline = self._client.pipeline(transaction=True)
            pipeline.hset(key, items=list(chain.from_iterable(part)))
            pipeline.zadd(self._ids, {meter_id: 0 for meter_id, _ in part})
            pipeline.execute()
            places.update(part)
        for meter_ids in _parts(sorted(gone), FIELDS_A_CALL // 2):
            for meter_id in meter_ids:
                del places[meter_id]
            pipeline = self._client.pipeline(transaction=True)
            pipeline.hdel(key, *meter_ids)
            if unknown := [each for each in meter_ids if not self._is_known(each)]:
                pipeline.zrem(self._ids, *unknown)
            pipeline.execute()

    def _take(self, meter_id: str, entry: bytes | None) -> Change | None:
        try:
            return self.registry.take(meter_id, entry)
        except EntryError as problem:
            log.warning("%s: %s; the meter is left out", self._namespace, problem)
            # As whoever reads the compacted topic later finds it.
            return self.registry.take(meter_id, None)

    def _write(self, changes: Sequence[Change]) -> None:
        for part in _parts(changes, FIELDS_A_CALL // FIELDS_A_CHANGE):
            entries = {each.meter_id: each.entry for each in part if each.entry is not None}
            gone = [each.meter_id for each in part if each.entry is None]
            unknown = [each for each in gone if not self._is_known(each)]
            left, come = defaultdict(list), defaultdict(list)
            for each in part:
                if each.customer_before is not None:
                    left[each.customer_before].append(each.meter_id)
                if each.customer is not None:
                    come[each.customer].append(each.meter_id)
            pipeline = self._client.pipeline(transaction=True)
            for customer, meter_ids in left.items():
                pipeline.srem(customer_key(self._namespace, customer), *meter_ids)
            for customer, meter_ids in come.items():
                pipeline.sadd(customer_key(self._namespace, customer), *meter_ids)
            if entries:
                pipeline.hset(self._registry, items=list(chain.from_iterable(entries.items())))
                pipeline.zadd(self._ids, dict.fromkeys(entries, 0))
            if gone:
                pipeline.hdel(self._registry, *gone)
            if unknown:
                pipeline.zrem(self._ids, *unknown)
            pipeline.execute()

    def _write_ids(self, come: set[str], gone: set[str]) -> None:
        for part in _parts(sorted(come), FIELDS_A_CALL):
            self._client.zadd(self._ids, dict.fromkeys(part, 0))
        for part in _parts(sorted(gone), FIELDS_A_CALL):
            self._client.zrem(self._ids, *part)

    def _known(self) -> Iterator[str]:
        yield from self.registry
        for places in self.places.values():
            yield from places

    def _is_known(self, meter_id: str) -> bool:
        return meter_id in self.registry or any(
            meter_id in places for places in self.places.values()
        )


def _hash(client: "redis.Redis", key: str) -> dict[str, str]:
    found = client.hscan_iter(key, count=FIELDS_A_CALL)
    return {str(name): str(value) for name, value in found}


def _parts(items: Sequence[Each], number: int) -> Iterator[list[Each]]:
    rest = iter(items)
    while part := list(islice(rest, number)):
        yield part
