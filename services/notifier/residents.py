"""Who is a customer of which meter, as the registry says it: whom an alert is to be told as one of
the own home. Nothing here asks Kafka."""

import sys
from collections import defaultdict
from collections.abc import Iterator, Mapping

from msgspec import Struct

from contracts.alerts import FOR_CUSTOMERS, Alert, is_cut
from contracts.meters import Meter, behind


class Home(Struct, frozen=True, gc=False):
    """What is needed here of a meter: a hundred thousand of them are held."""

    customer: str
    behind: str


class Residents:
    """The customers of a namespace's meters."""

    def __init__(self) -> None:
        self._homes: dict[str, Home] = {}

    def __len__(self) -> int:
        return len(self._homes)

    def take(self, meter_id: str, entry: Meter | None) -> None:
        """Take a meter's entry, or None for its removal. What is nobody's is not held, nor what
        counts the export of a home that has another meter."""
        customer = None if entry is None or entry["export"] else entry.get("customer")
        if entry is None or not customer:
            self._homes.pop(meter_id, None)
        else:
            self._homes[meter_id] = Home(customer, sys.intern(behind(entry)))

    def hit_by(self, alert: Alert) -> Mapping[str, tuple[str, ...]]:
        """The customers whose homes an alert hits, each with those meters in their order. Of a list
        of homes that is cut, who is behind the feeder and comes after its end may be hit."""
        found: dict[str, list[str]] = defaultdict(list)
        if alert.kind in FOR_CUSTOMERS:
            for meter_id in self._hit(alert):
                if (home := self._homes.get(meter_id)) is not None:
                    found[home.customer].append(meter_id)
        return {customer: tuple(sorted(meters)) for customer, meters in found.items()}

    def _hit(self, alert: Alert) -> Iterator[str]:
        yield from dict.fromkeys((alert.subject, *alert.homes))
        if is_cut(alert):
            last = alert.homes[-1]
            # All are looked at, since feeders of so many homes are few.
            for meter_id, home in self._homes.items():
                if home.behind == alert.subject and meter_id > last:
                    yield meter_id
