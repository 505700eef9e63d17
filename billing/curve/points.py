"""Points of curves: which register said what when, of several words the last."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import polars as pl
from numpy.typing import NDArray

from billing.curve.errors import CurveError
from billing.curve.registers import Registers, times
from contracts.billing import Letter
from contracts.masters import Installation
from contracts.reading import Quality

LETTERS: dict[Quality, Letter] = {
    "estimated": Letter.E,
    "substituted": Letter.E,
    "final": Letter.F,
    "edited": Letter.X,
}
"""Of qualities that whoever collects readings says; all others were measured."""
KEY = ["meter_id", "commodity"]
LATER_WORD = ("seq", "revision", "kafka_offset")
"""Of two readings of an instant, the one that is larger in the first of these that differs."""


@dataclass(frozen=True)
class Points:
    """Arrays of one length, sorted by register and time; no instant of a register comes twice."""

    register: NDArray[np.int32]
    """Place in the caller's list of registers: of several installations of one, the first."""
    ts_ms: NDArray[np.int64]
    register_mwh: NDArray[np.int64]
    """Thousandths of a Wh or litre, times the installation's multiplier."""
    letter: NDArray[np.uint8] | None = None
    """`contracts.billing.Letter` of what was read; None if all was measured (A)."""

    def __len__(self) -> int:
        return len(self.register)

    def of(self, register: int) -> slice:
        """Where the points of a register are."""
        first, last = np.searchsorted(self.register, [register, register + 1])
        return slice(int(first), int(last))

    def only(self, chosen: NDArray[np.bool_]) -> "Points":
        """Some of them."""
        letter = None if self.letter is None else self.letter[chosen]
        return Points(self.register[chosen], self.ts_ms[chosen], self.register_mwh[chosen], letter)


def joined(readings: pl.DataFrame, registers: Sequence[Installation]) -> Points:
    """Points of these registers; what others say is left out.

    Args:
        readings: Rows of the archive in any order: `meter_id`, `commodity`, `ts`, `seq`,
            `register` (Wh or litres), and `revision`, `kafka_offset` and `quality` where they are
            known.

    Raises:
        CurveError: a multiplier is not above 0, or makes a register larger than 64 bits hold.
    """
    known = Registers.of(registers)
    words = [name for name in LATER_WORD if name in readings.columns]
    found = readings.select(
        _places(readings, known),
        pl.col("ts").cast(pl.Int64),
        (pl.col("register") * 1_000).round().cast(pl.Int64).alias("register_mwh"),
        *words,
        *_letters(readings),
    ).filter(pl.col("place").is_not_null())
    if not _ascends(found["place"].to_numpy(), found["ts"].to_numpy()):
        found = found.sort("place", "ts", *words, maintain_order=True).unique(
            ["place", "ts"], keep="last", maintain_order=True
        )
    points = Points(
        found["place"].to_numpy(),
        found["ts"].to_numpy(),
        found["register_mwh"].to_numpy(),
        found["letter"].to_numpy() if "letter" in found.columns else None,
    )
    return _multiplied(points, known)


def _places(readings: pl.DataFrame, registers: Registers) -> pl.Series:
    """Places of the readings' registers, null of those that are not known.

    Rows of a register that follow each other, as compacted files have them, are looked up once.
    """
    begins = readings.select(pl.any_horizontal(pl.col(*KEY).ne_missing(pl.col(*KEY).shift())))
    first = np.flatnonzero(begins.to_series().to_numpy())
    runs = readings.select(KEY)[first].join(
        registers.table, on=KEY, how="left", maintain_order="left"
    )
    number = np.diff(np.append(first, readings.height))
    which = np.repeat(np.arange(len(first)), number)
    return runs["place"].gather(which).alias("place")


def _letters(readings: pl.DataFrame) -> list[pl.Expr]:
    """The letter of each reading; none if nobody says anything but that it was measured."""
    if "quality" not in readings.columns or readings["quality"].is_in([*LETTERS]).not_().all():
        return []
    names, letters = [*LETTERS], [int(letter) for letter in LETTERS.values()]
    letter = pl.col("quality").replace_strict(
        names, letters, default=int(Letter.A), return_dtype=pl.UInt8
    )
    return [letter.alias("letter")]


def _ascends(place: NDArray[np.int32], ts_ms: NDArray[np.int64]) -> bool:
    """Whether registers and times are in order, and no instant comes twice."""
    same, more = place[1:] == place[:-1], place[1:] > place[:-1]
    return bool(np.all(more | (same & (ts_ms[1:] > ts_ms[:-1]))))


def _multiplied(points: Points, registers: Registers) -> Points:
    """With registers times the multiplier of the installation that they are in."""
    if not registers.multiplied:
        return points
    register_mwh = points.register_mwh.copy()
    for place in registers.multiplied:
        installations = registers.own[place]
        for at in range(*points.of(place).indices(len(points))):
            begun = [one for one in installations if one.begin_ms <= points.ts_ms[at]]
            installation = begun[-1] if begun else installations[0]
            value = times(int(register_mwh[at]), installation.multiplier)
            if value >= 2**63:
                raise CurveError(
                    f"register {installation.register_id}: {register_mwh[at]} times the multiplier "
                    f"{installation.multiplier} is more than 64 bits hold: correct the multiplier"
                )
            register_mwh[at] = value
    return replace(points, register_mwh=register_mwh)
