"""How large a run is."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Size:
    """Load and durations of a run."""

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


FULL = Size(5_000, 20_000, quiet_s=300, away_s=120, long_away_s=200, held_s=60)
SHORT = Size(500, 2_000, quiet_s=20, away_s=15, long_away_s=25, held_s=25)
