"""How often who may ask: a bucket for each, which fills evenly and holds a burst."""

from dataclasses import dataclass, field

MOST_BUCKETS = 10_000
"""Of those who asked lately; a bucket that is full again says nothing and may go."""


@dataclass(slots=True)
class _Bucket:
    left: float
    at_s: float


@dataclass(slots=True)
class Rates:
    """The buckets of all who ask."""

    _buckets: dict[str, _Bucket] = field(default_factory=dict)

    def wait_s(self, who: str, per_second: float, burst: float, now_s: float) -> float:
        """How long who asks must wait until the request may be answered; 0 takes it off.

        Args:
            now_s: On a clock that only goes forward.
        """
        bucket = self._buckets.get(who)
        if bucket is None:
            if len(self._buckets) >= MOST_BUCKETS:
                self._forget(now_s - burst / per_second)
            bucket = self._buckets[who] = _Bucket(burst, now_s)
        filled = bucket.left + (now_s - bucket.at_s) * per_second
        bucket.left, bucket.at_s = min(burst, filled), now_s
        if bucket.left < 1:
            return (1 - bucket.left) / per_second
        bucket.left -= 1
        return 0.0

    def _forget(self, before_s: float) -> None:
        self._buckets = {who: each for who, each in self._buckets.items() if each.at_s >= before_s}
