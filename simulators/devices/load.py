"""What an appliance draws: steps of power that repeat, so that its energy is known at any time."""

from bisect import bisect_right
from dataclasses import dataclass
from itertools import accumulate

from contracts.time import HOUR_MS, SECOND_MS


@dataclass(frozen=True, slots=True)
class Load:
    """Steps, each so many seconds at so many W; the first begins at the epoch and again after the
    last."""

    steps: tuple[tuple[int, float], ...]

    def power_w(self, at_ms: int) -> float:
        """What it draws at a time, epoch ms."""
        ends = list(accumulate(length_s * SECOND_MS for length_s, _ in self.steps))
        return self.steps[bisect_right(ends, at_ms % ends[-1])][1]

    def energy_wh(self, until_ms: int) -> float:
        """What it has drawn from the epoch until then."""
        lengths_ms = [length_s * SECOND_MS for length_s, _ in self.steps]
        cycles, left_ms = divmod(until_ms, sum(lengths_ms))
        drawn = cycles * sum(
            length_ms * power_w
            for length_ms, (_, power_w) in zip(lengths_ms, self.steps, strict=True)
        )
        for length_ms, (_, power_w) in zip(lengths_ms, self.steps, strict=True):
            drawn += min(left_ms, length_ms) * power_w
            left_ms -= min(left_ms, length_ms)
        return drawn / HOUR_MS
