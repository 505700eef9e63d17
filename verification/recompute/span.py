"""A span of event time in whole minutes."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from contracts.errors import RequestError
from contracts.time import DAY_MS, MINUTE_MS

_EPOCH = date(1970, 1, 1)


class SpanError(RequestError):
    """The span that was asked for is none; the message says what to give."""


@dataclass(frozen=True, slots=True)
class Span:
    """Event time [from_ms, to_ms), epoch ms."""

    from_ms: int
    to_ms: int

    @property
    def minutes_ms(self) -> range:
        """Starts of its minutes, epoch ms."""
        return range(self.from_ms, self.to_ms, MINUTE_MS)

    def touches(self, day: str) -> bool:
        """Whether it has a part of the UTC day `YYYY-MM-DD`."""
        start_ms = (date.fromisoformat(day) - _EPOCH).days * DAY_MS
        return self.from_ms < start_ms + DAY_MS and start_ms < self.to_ms

    def until(self, end_ms: int) -> "Span":
        """Its part before `end_ms`; empty if there is none."""
        return Span(self.from_ms, max(self.from_ms, min(self.to_ms, end_ms)))

    def in_whole(self, length_ms: int) -> "Span":
        """The least span of whole windows of this length that has all of it."""
        return Span(self.from_ms // length_ms * length_ms, -(-self.to_ms // length_ms) * length_ms)

    def __bool__(self) -> bool:
        return self.from_ms < self.to_ms


def parse_span(from_: datetime, to: datetime) -> Span:
    """The span between two times, which are UTC unless they say otherwise.

    Raises:
        SpanError: a time is not a whole minute, or the span is empty.
    """
    from_ms, to_ms = _parse_minute("--from", from_), _parse_minute("--to", to)
    if from_ms >= to_ms:
        raise SpanError(f"--to is {to} and --from is {from_}: give a --to after --from")
    return Span(from_ms, to_ms)


def _parse_minute(option: str, time: datetime) -> int:
    aware = time if time.tzinfo else time.replace(tzinfo=UTC)
    since = aware - datetime.fromtimestamp(0, UTC)
    if since % timedelta(minutes=1):
        raise SpanError(f"{option} is {time}: give a whole minute")
    return since // timedelta(milliseconds=1)
