"""Points of curves: which register said what when, of several words the last, and what intervals
counted, of several words all."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import polars as pl
from numpy.typing import NDArray

from billing.curve.errors import CurveError
from billing.curve.registers import Counts, Registers, times
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
UNSAID = np.iinfo(np.int64).min
"""Energy of a point that says none."""


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
    energy_mwh: NDArray[np.int64] | None = None
    """What the interval that ends there counted, by all that was said of it, as `register_mwh`;
    `UNSAID` of points that say none, None if all do."""
    interval_ms: NDArray[np.int64] | None = None
    """How long that interval says it was; 0 of points that do not say, None if none does."""

    def __len__(self) -> int:
        return len(self.register)

    def of(self, register: int) -> slice:
        """Where the points of a register are."""
        first, last = np.searchsorted(self.register, [register, register + 1])
        return slice(int(first), int(last))

    def only(self, chosen: NDArray[np.bool_] | NDArray[np.intp]) -> "Points":
        """Some of them, by a mask or by their places."""
        letter = None if self.letter is None else self.letter[chosen]
        energy_mwh = None if self.energy_mwh is None else self.energy_mwh[chosen]
        interval_ms = None if self.interval_ms is None else self.interval_ms[chosen]
        return Points(
            *(self.register[chosen], self.ts_ms[chosen], self.register_mwh[chosen]),
            *(letter, energy_mwh, interval_ms),
        )

    @property
    def says_energy(self) -> NDArray[np.bool_]:
        """Which of them say what their interval counted: their register is nothing to go by."""
        found = np.zeros(len(self), dtype=np.bool_)
        if self.energy_mwh is not None:
            found |= self.energy_mwh != UNSAID
        return found

    @property
    def said_mwh(self) -> NDArray[np.int64]:
        """What each of them counts by: what it says of its interval, or else its register."""
        if self.energy_mwh is None:
            return self.register_mwh
        return np.where(self.says_energy, self.energy_mwh, self.register_mwh)

    def are_nothing(self, sentinels: Sequence[int]) -> NDArray[np.bool_]:
        """Which of them count by a number that means "nothing". An interval of 0 is one in which
        nothing was used, whatever a register that shows 0 means."""
        held = [each for each in sentinels if each <= np.iinfo(np.int64).max]
        found: NDArray[np.bool_] = np.isin(self.said_mwh, np.array(held, dtype=np.int64))
        found &= ~self.says_energy | (self.said_mwh != 0)
        return found

    def cadence_ms(self, counts: Counts) -> NDArray[np.float64]:
        """How long before each of them the one before it should be: as long as its interval says it
        was, or else by its installation; infinite where nobody knows."""
        usual_ms = counts.cadence_ms[self.register]
        if self.interval_ms is None:
            return usual_ms
        return np.where(self.interval_ms > 0, self.interval_ms, usual_ms)

    def counted_mwh(self) -> NDArray[np.int64]:
        """What was counted up to each point but the first: what it says of its interval, or else
        what the register rose by since the point before. From one register to another it means
        nothing."""
        risen_mwh = np.diff(self.register_mwh)
        if self.energy_mwh is None:
            return risen_mwh
        return np.where(self.says_energy[1:], self.energy_mwh[1:], risen_mwh)

    def most_mwh(self, counts: Counts, gap_cadences: float) -> NDArray[np.float64]:
        """The most that can have been counted up to each point but the first, as `counted_mwh`;
        infinite where nobody knows. An interval after a gap had no more time than its own.

        A float is exact enough: the limit is met to one part in 10^15.
        """
        register, lasted_ms = self.register[1:], np.diff(self.ts_ms).astype(np.float64)
        cadence_ms = self.cadence_ms(counts)[1:]
        after_gap = self.says_energy[1:] & (lasted_ms > gap_cadences * cadence_ms)
        lasted_ms[after_gap] = cadence_ms[after_gap]
        is_known = np.isfinite(counts.max_w[register])
        found = np.full(len(register), np.inf)
        found[is_known] = counts.max_w[register[is_known]] * (lasted_ms[is_known] / 3_600)
        return found


def joined(readings: pl.DataFrame, registers: Sequence[Installation]) -> Points:
    """Points of these registers; what others say is left out.

    Args:
        readings: Rows of the archive in any order: `meter_id`, `commodity`, `ts`, `seq`,
            `register` (Wh or litres), and `revision`, `kafka_offset`, `quality`, `energy` (Wh or
            litres, which counts of interval registers; with `revision`) and `interval_ms` where
            they are known.

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
        *_energies(readings, known),
    ).filter(pl.col("place").is_not_null())
    found = _of_intervals(found, known)
    if not _ascends(found["place"].to_numpy(), found["ts"].to_numpy()):
        found = found.sort("place", "ts", *words, maintain_order=True)
        if "energy_mwh" in found.columns:
            found = _summed(found)
        found = found.unique(["place", "ts"], keep="last", maintain_order=True)
    points = Points(
        found["place"].to_numpy(),
        found["ts"].to_numpy(),
        found["register_mwh"].to_numpy(),
        found["letter"].to_numpy() if "letter" in found.columns else None,
        found["energy_mwh"].fill_null(UNSAID).to_numpy() if "energy_mwh" in found.columns else None,
        found["interval_ms"].fill_null(0).to_numpy() if "interval_ms" in found.columns else None,
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


def _energies(readings: pl.DataFrame, registers: Registers) -> list[pl.Expr]:
    """The energy that each reading says, and of how long; none if nobody says any, or no register
    was ever of intervals."""
    if "energy" not in readings.columns or not registers.have_intervals:
        return []
    if readings["energy"].null_count() == readings.height:
        return []
    energy_mwh = (pl.col("energy") * 1_000 + 0.5).floor().cast(pl.Int64).alias("energy_mwh")
    if "interval_ms" not in readings.columns:
        return [energy_mwh]
    return [energy_mwh, pl.col("interval_ms").cast(pl.Int64)]


def _of_intervals(found: pl.DataFrame, registers: Registers) -> pl.DataFrame:
    """Without energies of registers that are not of intervals: they count by what they show."""
    if "energy_mwh" not in found.columns:
        return found
    is_interval = registers.is_interval(found["place"].to_numpy(), found["ts"].to_numpy())
    counts = pl.Series(is_interval) & found["energy_mwh"].is_not_null()
    said = [name for name in ("energy_mwh", "interval_ms") if name in found.columns]
    return found.with_columns(pl.when(counts).then(pl.col(name)).alias(name) for name in said)


def _summed(found: pl.DataFrame) -> pl.DataFrame:
    """With what all words of an instant come to as the energy of each, and the longest time that
    any of them says. A revision says by how much it differs from what was said before, and counts
    once for each number; what has no number replaces what was said so before.

    Args:
        found: In order, later words last.
    """
    word = ["place", "ts", "seq", "revision"]
    first = found.unique(word, keep="first", maintain_order=True)
    last = found.unique(word, keep="last", maintain_order=True)
    energy_mwh = pl.col("energy_mwh")
    once = pl.when(pl.col("revision") > 0).then(first["energy_mwh"]).otherwise(energy_mwh)
    is_said = energy_mwh.is_not_null().any()
    of_all = pl.when(is_said).then(energy_mwh.sum()).over("place", "ts")
    summed = last.with_columns(energy_mwh=once).with_columns(energy_mwh=of_all)
    if "interval_ms" not in summed.columns:
        return summed
    return summed.with_columns(pl.col("interval_ms").max().over("place", "ts"))


def _ascends(place: NDArray[np.int32], ts_ms: NDArray[np.int64]) -> bool:
    """Whether registers and times are in order, and no instant comes twice."""
    same, more = place[1:] == place[:-1], place[1:] > place[:-1]
    return bool(np.all(more | (same & (ts_ms[1:] > ts_ms[:-1]))))


def _multiplied(points: Points, registers: Registers) -> Points:
    """With registers times the multiplier of the installation that they are in."""
    if not registers.multiplied:
        return points
    register_mwh, says_energy = points.register_mwh.copy(), points.says_energy
    energy_mwh = None if points.energy_mwh is None else points.energy_mwh.copy()
    for place in registers.multiplied:
        installations = registers.own[place]
        for at in range(*points.of(place).indices(len(points))):
            ts_ms = int(points.ts_ms[at])
            register_mwh[at] = _times(register_mwh[at], installations, ts_ms)
            if energy_mwh is not None and says_energy[at]:
                # An interval that ends when a meter is exchanged was counted by the one before.
                energy_mwh[at] = _times(energy_mwh[at], installations, ts_ms - 1)
    return replace(points, register_mwh=register_mwh, energy_mwh=energy_mwh)


def _times(mwh: np.int64, installations: Sequence[Installation], at_ms: int) -> int:
    """An amount times the multiplier of the installation that had begun by a time."""
    begun = [one for one in installations if one.begin_ms <= at_ms]
    installation = begun[-1] if begun else installations[0]
    value = times(int(mwh), installation.multiplier)
    if abs(value) >= 2**63:
        raise CurveError(
            f"register {installation.register_id}: {mwh} times the multiplier "
            f"{installation.multiplier} is more than 64 bits hold: correct the multiplier"
        )
    return value
