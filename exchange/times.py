"""Local times of files as instants.

A zone's clocks skip an hour in spring, of which no time exists, and repeat one in autumn, of which
each time is two instants. What the text does not say is said by the order of the file: each time is
later than the one before it, or each is earlier. Never is the zone of this machine asked.
"""

from datetime import UTC, datetime, timedelta, tzinfo

from exchange.errors import UnusableError

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class TimeError(UnusableError, ValueError):
    """A local time that is no instant, or two."""


def epoch_ms(instant: datetime) -> int:
    """Of a time that says its offset."""
    return (instant - EPOCH) // timedelta(milliseconds=1)


def instants_ms(local: datetime, zone: tzinfo) -> tuple[int, ...]:
    """The instants, epoch ms UTC, at which a zone's clocks show this: none, one or two."""
    found = []
    for fold in (0, 1):
        instant = local.replace(tzinfo=zone, fold=fold).astimezone(UTC)
        if instant.astimezone(zone).replace(tzinfo=None) == local.replace(fold=0):
            found.append(epoch_ms(instant))
    return tuple(sorted(set(found)))


class LocalTimes:
    """Instants of the local times of one meter, in the order of a file."""

    def __init__(self, zone: tzinfo, *, backwards: bool = False) -> None:
        """`backwards`: each time is earlier than the one before it."""
        self._zone, self._backwards = zone, backwards
        self._last_ms: int | None = None

    def at_ms(self, local: datetime) -> int:
        """The instant of the file's next local time.

        Raises:
            TimeError: there is none, or there are two and nothing says which.
        """
        found = instants_ms(local, self._zone)
        if not found:
            raise TimeError("no_such_time", f"clocks of {self._zone} never showed {local}")
        at_ms = found[0] if len(found) == 1 else self._one_of(local, found)
        self._last_ms = at_ms
        return at_ms

    def _one_of(self, local: datetime, found: tuple[int, ...]) -> int:
        last_ms = self._last_ms
        if last_ms is None:
            raise TimeError(
                "ambiguous_time",
                f"clocks of {self._zone} showed {local} twice, and no time before it says which",
            )
        if self._backwards:
            following = [each for each in reversed(found) if each < last_ms]
        else:
            following = [each for each in found if each > last_ms]
        if not following:
            raise TimeError(
                "ambiguous_time",
                f"clocks of {self._zone} showed {local} twice, and it is there more often",
            )
        return following[0]
