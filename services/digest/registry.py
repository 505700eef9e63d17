"""The registry as consumers ask for it: entries by meter, and meters by customer.

Nothing here asks Kafka or Redis.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from msgspec import DecodeError, Struct
from msgspec.json import Decoder

from contracts.digest import WHOLE
from contracts.errors import OperationError
from contracts.reading import Commodity
from services.digest.standing import Placed


class EntryError(OperationError):
    """A record of the topic of meters is no entry."""


class Registered(Struct, frozen=True, gc=False):
    """What is needed here of a meter's entry."""

    geohash: str
    commodity: Commodity
    region: str | None = None
    customer: str | None = None


class Change(NamedTuple):
    """What is to be written of a meter."""

    meter_id: str
    entry: bytes | None
    """None if it has left."""
    customer_before: str | None
    customer: str | None


_decode = Decoder(Registered).decode


def registered(meter_id: str, entry: bytes) -> Registered:
    """What an entry says.

    Raises:
        EntryError: it is none.
    """
    try:
        # As a whole: readers of Redis could not read the text otherwise.
        return _decode(entry.decode())
    except (DecodeError, UnicodeDecodeError, RecursionError) as problem:
        raise EntryError(f"the entry of meter {meter_id} is none: {problem}") from None


@dataclass(slots=True)
class Registry:
    """The registry of a namespace."""

    _meters: dict[str, Registered] = field(default_factory=dict)
    _numbers: defaultdict[Commodity, Counter[str]] = field(
        default_factory=lambda: defaultdict(Counter)
    )
    """Of meters, by region and of WHOLE."""

    def __len__(self) -> int:
        return len(self._meters)

    def __iter__(self) -> Iterator[str]:
        return iter(self._meters)

    def __contains__(self, meter_id: str) -> bool:
        return meter_id in self._meters

    def take(self, meter_id: str, entry: bytes | None) -> Change | None:
        """Take an entry, or None for its removal, and say what is to be written: nothing where
        there is nothing to remove.

        Raises:
            EntryError: it is no entry; the one before stays.
        """
        after = None if entry is None else registered(meter_id, entry)
        before = self._meters.pop(meter_id, None)
        if before is not None:
            self._count(before, -1)
        if after is not None:
            self._meters[meter_id] = after
            self._count(after, 1)
        elif before is None:
            return None
        return Change(
            meter_id,
            entry,
            None if before is None else before.customer,
            None if after is None else after.customer,
        )

    def known(self, commodity: Commodity, live: Mapping[str, Placed]) -> Counter[str]:
        """How many meters of a commodity there are, by region and of WHOLE: in the registry or with
        a live value."""
        numbers = self._numbers[commodity].copy()
        for meter_id, (_, value) in live.items():
            entry = self._meters.get(meter_id)
            if entry is None or entry.commodity != commodity:
                numbers.update(_counted(value.region))
        return +numbers

    def _count(self, entry: Registered, one: int) -> None:
        for name in _counted(entry.region):
            self._numbers[entry.commodity][name] += one


def merged(changes: Iterable[Change]) -> dict[str, Change]:
    """Several changes of a meter as one, by meter."""
    found: dict[str, Change] = {}
    for change in changes:
        if (first := found.get(change.meter_id)) is not None:
            change = change._replace(customer_before=first.customer_before)
        found[change.meter_id] = change
    return found


def _counted(region: str | None) -> tuple[str, ...]:
    return (WHOLE,) if region is None else (WHOLE, region)
