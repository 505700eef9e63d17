"""Meters by their ids, a part at a time: those that a caller may see and that pass its filters."""

from dataclasses import dataclass
from typing import Literal, NamedTuple

from adapters import live_questions as ask
from contracts.meters import Meter
from contracts.reading import Commodity
from services.api.caller import Caller
from services.api.parts import Parts

LOOKED_AT = 2_000
"""Entries that one request looks at: a filter that few of them pass gives short parts."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which meters somebody asks for; None of a filter asks for all."""

    q: str = ""
    """How their ids begin."""
    commodity: Commodity | None = None
    area: str | None = None
    premises: Literal["household", "business"] | None = None
    tariff: Literal["flat", "dynamic"] | None = None
    customer: str | None = None

    @property
    def filters(self) -> tuple[str | None, ...]:
        """What is asked of a meter besides its id."""
        return self.commodity, self.area, self.premises, self.tariff, self.customer

    def passes(self, entry: Meter | None) -> bool:
        """Whether a meter is such a one; of one that the registry has not, nothing is known."""
        if entry is None:
            return not any(self.filters)
        return (
            self.commodity in (None, entry["commodity"])
            and (self.area is None or entry["geohash"].startswith(self.area))
            and self.premises in (None, entry.get("premises"))
            and self.tariff in (None, entry.get("tariff"))
            and self.customer in (None, entry.get("customer"))
        )


class Listed(NamedTuple):
    """A meter of the list."""

    meter_id: str
    commodity: Commodity
    area: str | None
    """Where it was heard, of one that the registry has not."""
    entry: Meter | None


class Part(NamedTuple):
    """A part of the list."""

    meters: list[Listed]
    last: str | None
    """The id after which the next one begins; None if this is the last."""


async def listed(
    parts: Parts, who: Caller, wanted: Wanted, from_id: str | None, limit: int
) -> Part:
    """The meters after an id, so many at most.

    Raises:
        redis.RedisError: Redis does not answer.
    """
    mine = who.customer if who.customer is not None else wanted.customer
    # A customer's meters are few, and found without a look at any other.
    if mine is not None:
        ids = await parts.live.ask(ask.customers_meters(who.namespace, mine))
        ids = [each for each in ids if each.startswith(wanted.q) and each > (from_id or "")]
        ids, more = ids[:LOOKED_AT], len(ids) > LOOKED_AT
    else:
        most = LOOKED_AT if any(wanted.filters) else limit
        asked = ask.meter_ids(who.namespace, prefix=wanted.q, after=from_id, most=most)
        ids = await parts.live.ask(asked)
        more = len(ids) == most
    known = await parts.live.ask(ask.entries(who.namespace, ids))
    found: list[Listed] = []
    last = None
    for meter_id in ids:
        if len(found) == limit:
            more = True
            break
        last, entry = meter_id, known.get(meter_id)
        if not who.owns(entry) or not wanted.passes(entry):
            continue
        if entry is not None:
            found.append(Listed(meter_id, entry["commodity"], None, entry))
        else:
            found += await _unannounced(parts, who, meter_id)
    return Part(found, last if more else None)


async def _unannounced(parts: Parts, who: Caller, meter_id: str) -> list[Listed]:
    known = await parts.live.ask(ask.known(who.namespace, meter_id))
    if not known.anything:
        return []
    return [Listed(meter_id, known.main, known.area(known.main), known.entry)]
