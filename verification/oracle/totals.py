"""Totals of one meter over the readings of one window, accumulated reading by reading."""

from dataclasses import dataclass

from contracts.reading import AREA_LENGTH
from verification.oracle.decode import Fields
from verification.rows import LiveSlice, Minute


@dataclass(slots=True)
class Totals:
    """Register and demand are in thousandths, times in epoch ms."""

    geohash: str
    commodity: str
    readings: int
    first_seq: int
    last_seq: int
    first_at: int
    last_at: int
    first_register: int
    last_register: int
    low_register: int
    high_register: int
    demand_sum: int
    demand_min: int
    demand_max: int

    def add(self, reading: Fields, demand: int) -> None:
        """Count one more reading by a demand; the order of the readings does not matter."""
        _, geohash, commodity, ts, seq, register, *_ = reading
        self.readings += 1
        self.demand_sum += demand
        if geohash > self.geohash:
            self.geohash = geohash
        if commodity > self.commodity:
            self.commodity = commodity
        if seq < self.first_seq:
            self.first_seq = seq
        elif seq > self.last_seq:
            self.last_seq = seq
        if register < self.low_register:
            self.low_register = register
        elif register > self.high_register:
            self.high_register = register
        if demand < self.demand_min:
            self.demand_min = demand
        elif demand > self.demand_max:
            self.demand_max = demand
        # Readings of one instant may differ: the first register is their lowest, the last their
        # highest, whatever order they came in.
        if ts < self.first_at:
            self.first_at, self.first_register = ts, register
        elif ts == self.first_at and register < self.first_register:
            self.first_register = register
        if ts > self.last_at:
            self.last_at, self.last_register = ts, register
        elif ts == self.last_at and register > self.last_register:
            self.last_register = register

    @property
    def area(self) -> str:
        """The area whose totals this counts in."""
        return self.geohash[:AREA_LENGTH]

    @property
    def expected(self) -> int:
        """Readings that the sequence numbers say there are."""
        return self.last_seq - self.first_seq + 1

    @property
    def mean_demand(self) -> int:
        """Thousandths, cut towards zero."""
        mean = abs(self.demand_sum) // self.readings
        return mean if self.demand_sum >= 0 else -mean

    def minute(self) -> Minute:
        """The row of the history tables."""
        return Minute(
            self.geohash,
            self.commodity,
            self.readings,
            self.expected,
            self.first_seq,
            self.last_seq,
            self.first_at,
            self.last_at,
            self.first_register / 1000,
            self.last_register / 1000,
            self.low_register / 1000,
            self.high_register / 1000,
            self.demand_sum / 1000,
            self.demand_min / 1000,
            self.demand_max / 1000,
        )

    def live(self, slice_end_ms: int) -> LiveSlice:
        """The live state, if this is the meter's latest slice."""
        return LiveSlice(
            slice_end_ms,
            self.last_at,
            self.geohash,
            self.commodity,
            self.readings,
            self.expected,
            self.last_register / 1000,
            self.mean_demand / 1000,
            self.demand_min / 1000,
            self.demand_max / 1000,
        )


def totals_of(reading: Fields, demand: int) -> Totals:
    """Totals of a single reading, counted by a demand."""
    _, geohash, commodity, ts, seq, register, *_ = reading
    return Totals(
        geohash,
        commodity,
        1,
        seq,
        seq,
        ts,
        ts,
        register,
        register,
        register,
        register,
        demand,
        demand,
        demand,
    )
