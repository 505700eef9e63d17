"""The registers of a site as their installations say, made ready once for many days of readings."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import NamedTuple, overload

import numpy as np
import polars as pl
from numpy.typing import NDArray

from billing.curve.errors import CurveError
from contracts.masters import Installation
from contracts.reading import Commodity

MICRO = 1_000_000


@dataclass(frozen=True)
class Counts:
    """How registers count, arrays by place; of one that was installed again, as it was first."""

    cadence_ms: NDArray[np.float64]
    """Infinite where nobody knows."""
    max_w: NDArray[np.float64]
    """Infinite where nobody knows."""
    is_interval: NDArray[np.bool_]
    is_monthly: NDArray[np.bool_]
    at_end: NDArray[np.bool_]


class Said(NamedTuple):
    """A register that an installation began or ended with."""

    ts_ms: int
    mwh: int
    opens: bool


class Registers(Sequence[Installation]):
    """Installations as a list, with what is often asked of it. Functions that take a list of them
    take this, too, and are faster then.

    Raises:
        CurveError: a multiplier is not above 0, or a register is made of intervals of a length that
            nobody says.
    """

    def __init__(self, installations: Sequence[Installation]) -> None:
        self._installations = tuple(installations)
        for each in self._installations:
            _check(each)

    @classmethod
    def of(cls, registers: Sequence[Installation]) -> "Registers":
        """The list, made ready unless it is already."""
        return registers if isinstance(registers, cls) else cls(registers)

    @overload
    def __getitem__(self, place: int) -> Installation: ...
    @overload
    def __getitem__(self, place: slice) -> Sequence[Installation]: ...
    def __getitem__(self, place: int | slice) -> Installation | Sequence[Installation]:
        return self._installations[place]

    def __len__(self) -> int:
        return len(self._installations)

    def __iter__(self) -> Iterator[Installation]:
        return iter(self._installations)

    @cached_property
    def places(self) -> dict[tuple[str, Commodity], int]:
        """Where each register is: the place of the first of its own installations.

        A register that was installed several times has one curve all the same; rows of its later
        installations stay empty.
        """
        found: dict[tuple[str, Commodity], int] = {}
        for place, each in enumerate(self):
            found.setdefault((each.register_id, each.commodity), place)
        return found

    @cached_property
    def own(self) -> dict[int, list[Installation]]:
        """The installations of each register, by its place, in the order of time."""
        found: dict[int, list[Installation]] = {}
        for each in self:
            found.setdefault(self.places[each.register_id, each.commodity], []).append(each)
        for installations in found.values():
            installations.sort(key=lambda each: each.begin_ms)
        return found

    @cached_property
    def table(self) -> pl.DataFrame:
        """`meter_id`, `commodity` and `place` of each register."""
        ids, commodities = zip(*self.places, strict=True) if self.places else ((), ())
        columns = {"meter_id": ids, "commodity": commodities, "place": tuple(self.places.values())}
        schema = {"meter_id": pl.String, "commodity": pl.String, "place": pl.Int32}
        return pl.DataFrame(columns, schema=schema)

    @cached_property
    def counts(self) -> Counts:
        """How each register counts."""
        places = np.fromiter(self.own, dtype=np.int64, count=len(self.own))
        first = [installations[0] for installations in self.own.values()]

        def numbers(values: Sequence[int | None]) -> NDArray[np.float64]:
            found = np.full(len(self), np.inf)
            found[places] = [np.inf if value is None else value for value in values]
            return found

        def truths(values: Sequence[bool]) -> NDArray[np.bool_]:
            found = np.zeros(len(self), dtype=np.bool_)
            found[places] = values
            return found

        return Counts(
            numbers([each.cadence_ms for each in first]),
            numbers([each.max_w for each in first]),
            truths([each.source == "interval" for each in first]),
            truths([each.source == "month_to_date" for each in first]),
            truths([each.boundary == "at_reading" for each in first]),
        )

    @cached_property
    def said(self) -> dict[int, list[Said]]:
        """What installations of registers began and ended with, by place, in the order of time: at
        one instant the old meter closes before the new one opens."""
        found = {}
        for place, installations in self.own.items():
            said = [
                Said(at_ms, times(mwh, each.multiplier), opens)
                for each in installations
                for at_ms, mwh, opens in (
                    (each.begin_ms, each.opening_mwh, True),
                    (each.end_ms, each.closing_mwh, False),
                )
                if mwh is not None and at_ms is not None
            ]
            if said:
                found[place] = sorted(said, key=lambda each: (each.ts_ms, each.opens))
        return found

    @cached_property
    def have_intervals(self) -> bool:
        """Whether a register was ever one of intervals."""
        return any(each.source == "interval" for each in self)

    def is_interval(self, place: NDArray[np.int32], end_ms: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Whether registers were of intervals when some time ended. What ends when a meter is
        exchanged was counted by the one before."""
        found = self.counts.is_interval[place]
        for register in self._changed:
            at = np.flatnonzero(place == register)
            begins_ms = [each.begin_ms for each in self.own[register]]
            which = np.searchsorted(begins_ms, end_ms[at], side="left") - 1
            sources = np.array([each.source == "interval" for each in self.own[register]])
            found[at] = sources[np.maximum(which, 0)]
        return found

    @cached_property
    def _changed(self) -> tuple[int, ...]:
        """Places of registers that were of intervals only at times."""
        return tuple(
            place
            for place in self.several
            if len({each.source == "interval" for each in self.own[place]}) > 1
        )

    @cached_property
    def several(self) -> tuple[int, ...]:
        """Places of registers that were installed more than once."""
        return tuple(place for place, each in self.own.items() if len(each) > 1)

    @cached_property
    def multiplied(self) -> tuple[int, ...]:
        """Places of registers with a multiplier."""
        return tuple(
            place
            for place, installations in self.own.items()
            if any(each.multiplier != 1 for each in installations)
        )


def times(register_mwh: int, multiplier: Decimal) -> int:
    """A register times its multiplier of six decimals, rounded down."""
    return register_mwh * int(multiplier * MICRO) // MICRO


def _check(installation: Installation) -> None:
    if installation.multiplier <= 0:
        raise CurveError(
            f"register {installation.register_id}: multiplier is {installation.multiplier}: give "
            "one above 0"
        )
    if installation.source == "interval" and installation.cadence_ms is None:
        raise CurveError(
            f"register {installation.register_id}: cadence_ms is None: give the length of its "
            "intervals, without which nobody knows what a gap lacks"
        )
