"""How large a round is."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Size:
    """Load and durations of a round."""

    meters: int
    rate: int
    """Readings a second on the wall."""
    quiet_s: float
    """How long a partition is quiet."""
    away_s: float
    """How long Cassandra is stopped."""
    long_away_s: float
    """How long Cassandra is stopped when it is longer than every retry."""
    held_s: float
    """How long a disk stays full, or Cassandra is throttled."""
    parallelisms: tuple[int, ...]
    """To which the jobs are rescaled, one after the other."""
    calm_s: tuple[float, float]
    """Shortest and longest time before a fault."""


# Between one fault and the next: less and more than a checkpoint's interval.
FULL = Size(
    5_000,
    21_000,
    quiet_s=300,
    away_s=120,
    long_away_s=180,
    held_s=45,
    parallelisms=(1, 3),
    calm_s=(4, 14),
)
SHORT = Size(
    500,
    1_500,
    quiet_s=20,
    away_s=10,
    long_away_s=20,
    held_s=15,
    parallelisms=(1,),
    calm_s=(0.2, 2),
)
