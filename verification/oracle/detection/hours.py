"""The hours of meters that a log makes facts of, all of them at once.

A meter's latest reading only moves forward, so the rows of its words in which that is in one hour
lie together: a run. What the hour has counted at its end is a running sum over the run.
"""

from collections.abc import Mapping

import numpy as np
import polars as pl

from contracts.facts import COUNTED_PERCENT, JUDGED_WH, USED_WH, WELL_READ_PERCENT
from contracts.hours import LONGEST_STEP_MS, MOST_MWH, READ_WITHIN_MS
from contracts.meters import EXPORT_SUFFIX
from contracts.reading import AREA_LENGTH
from contracts.time import HOUR_MS
from verification.oracle.detection.idle import idle_hours, zero_hours
from verification.oracle.history import thousandths
from verification.oracle.ledger import (
    NONE,
    UNKNOWN,
    Flags,
    Ints,
    Ledger,
    Runs,
    changes,
    pick,
    truncated,
)
from verification.oracle.seqs import steps
from verification.rows import FactKey, HourFact

MORE_HOURS = 2
"""So many are said after one in which the register lags, or counts while nothing is connected."""
MORE_HOURS_OF_A_FALL = 24
HELD_CADENCES = 2
"""A demand holds for so many cadences at most, and for an hour."""
MOST_READINGS = 2**24 - 1
"""More are not counted in an hour, nor expected."""

_BEFORE_ALL = -2
"""Number of no hour."""


def hours_of(ledger: Ledger, meters: pl.DataFrame) -> pl.DataFrame:
    """Each hour of a home that is over, by life and time.

    Args:
        meters: As `words.meters_of` makes them.

    Returns:
        `place`; `meter_id`, `life`; `at_ms`, its end; whether it is `whole` (`contracts.hours`);
        and what a fact says of it, energies and register in thousandths.
    """
    homes = meters.filter(
        pl.col("commodity") == "electricity", ~pl.col("meter_id").str.ends_with(EXPORT_SUFFIX)
    )
    return _Hours(ledger).over().join(homes, on="meter", maintain_order="left")


def meter_hours(hours: pl.DataFrame) -> dict[FactKey, HourFact]:
    """Those that are said as something may be the matter, by meter and end.

    Args:
        hours: As `hours_of` makes them.
    """
    said = _said(hours)
    in_units = said.with_columns(
        thousandths(said[name]) for name in ("energy", "by_demand", "register")
    )
    return {
        (meter_id, at_ms): HourFact(*values)
        for meter_id, at_ms, *values in in_units.select(
            "meter_id", "at_ms", *HourFact._fields[:-1]
        ).iter_rows()
    }


def _said(hours: pl.DataFrame) -> pl.DataFrame:
    """Those in which something is odd, and some after them."""
    life, at_ms = hours["life"].to_numpy(), hours["at_ms"].to_numpy()
    zero = (hours["energy"] <= 0).to_numpy()
    idle = pl.Series("idle_hours", idle_hours(life, at_ms // HOUR_MS, zero))
    hours = hours.with_columns(
        pl.Series("zero_hours", zero_hours(life, at_ms // HOUR_MS, zero)),
        idle.replace(NONE, None),
    )
    judged = hours.filter(
        pl.col("by_demand") >= 1_000 * JUDGED_WH,
        100 * pl.col("readings") >= WELL_READ_PERCENT * pl.col("expected"),
    )
    lags = 100 * pl.col("energy") < COUNTED_PERCENT * pl.col("by_demand")
    used = pl.col("off_ms").is_not_null() & (pl.col("energy") > 1_000 * USED_WH)
    fell = (pl.col("fell_ms") > pl.col("at_ms") - HOUR_MS).fill_null(value=False)
    places = pl.concat(
        [
            judged.filter(_lately(lags, MORE_HOURS)).select("place"),
            hours.filter(
                _lately(used, MORE_HOURS)
                | _lately(fell, MORE_HOURS_OF_A_FALL)
                | pl.col("idle_hours").is_not_null()
            ).select("place"),
        ]
    ).unique()
    return hours.join(places, on="place", how="semi", maintain_order="left")


def _lately(odd: pl.Expr, hours: int) -> pl.Expr:
    """Whether an hour of a life is odd, or one of so many before it."""
    return odd.cast(pl.Int32).rolling_max(hours + 1, min_samples=1).over("life") > 0


class _Hours:
    def __init__(self, ledger: Ledger) -> None:
        self.ledger = ledger
        self.last_ms = pick(ledger.ts, ledger.last, 0)
        self.hour = np.where(ledger.last == NONE, _BEFORE_ALL, _hour(self.last_ms))
        begins = changes(ledger.life) | changes(self.hour)
        self.runs = Runs(begins)
        kinds = ledger.announced_text("kind")
        self.interval: Flags = (kinds == "interval").fill_null(value=False).to_numpy()
        self.kinds = Runs(begins | changes(self.interval))
        """Runs in which the same counts, register or intervals."""

    def over(self) -> pl.DataFrame:
        """Each hour that is over, by meter and time.

        Returns:
            The columns of `hours_of`, with `meter` in place of its id.
        """
        ledger = self.ledger
        rows = self._ends()
        begun = self.runs.start[rows]
        interval = self.interval[rows]
        energy = np.where(interval, self._intervals()[rows], self._gained()[rows])
        drawn, by_demand = self._drawn()
        without = interval | ~drawn[rows]
        fell = pick(ledger.ts, ledger.lives.latest(ledger.reset), NONE)[rows]
        installed = ledger.words["installed_ms"].fill_null(NONE).to_numpy()
        values = {
            "energy": energy,
            "by_demand": np.where(without, UNKNOWN, by_demand[rows]),
            "readings": np.minimum(self._readings()[rows], MOST_READINGS),
            "expected": np.minimum(self._expected()[rows], MOST_READINGS),
            "register": ledger.register[ledger.last[rows]],
            "fell_ms": np.where(interval, NONE, fell),
            "off_ms": self._off_since(rows, begun),
            "installed_ms": pick(installed, ledger.announced, NONE)[rows],
        }
        frame = pl.DataFrame(
            {
                "place": rows,
                "meter": ledger.words["meter"].gather(rows),
                "life": ledger.life[rows],
                "at_ms": (self.hour[rows] + 1) * HOUR_MS,
                "area": ledger.words["geohash"].gather(ledger.last[rows]).str.head(AREA_LENGTH),
                "whole": self._whole(rows, values),
                **values,
            }
        )
        return frame.with_columns(
            pl.when(pl.col("by_demand") != UNKNOWN).then("by_demand").alias("by_demand"),
            *(
                pl.when(pl.col(name) != NONE).then(name).alias(name)
                for name in ("fell_ms", "off_ms", "installed_ms")
            ),
        )

    def _ends(self) -> Ints:
        """Row after which each hour is over: the one before a reading of a later hour, or the end
        of the first slice after which the latest reading is of the hour's very end."""
        life, number = self.ledger.life, len(self.ledger.life)
        at_end = self.ledger.slices.ends()
        at_end = at_end[(self.hour[at_end] != _BEFORE_ALL) & (self.last_ms[at_end] % HOUR_MS == 0)]
        last = self.runs.ends()
        last = last[(self.hour[last] != _BEFORE_ALL) & (last + 1 < number)]
        last = last[life[last] == life[np.minimum(last + 1, number - 1)]]
        rows = np.sort(np.concatenate((at_end, last)))
        _, first = np.unique(self.runs.start[rows], return_index=True)
        return rows[first]

    def _in_hour(self) -> Flags:
        """Readings of the hour that their meter's latest one is in."""
        so: Flags = self.ledger.kept & (_hour(self.ledger.ts) == self.hour)
        return so

    def _readings(self) -> Ints:
        return self.runs.sum((self.ledger.new & self._in_hour()).astype(np.int64))

    def _numbers(self) -> Ints:
        """By how much the sequence number grew from the reading before."""
        ledger = self.ledger
        seqs = pl.DataFrame({"before": ledger.seq[ledger.before], "seq": ledger.seq})
        grown: Ints = seqs.select(steps(pl.col("before"), pl.col("seq"))).to_series().to_numpy()
        return grown

    def _expected(self) -> Ints:
        """Steps of sequence numbers; the first reading of all is one."""
        ledger = self.ledger
        first = ledger.top & (ledger.before == NONE)
        return self.runs.sum(np.where(ledger.advance, self._numbers(), first.astype(np.int64)))

    def _whole(self, rows: Ints, values: Mapping[str, Ints]) -> Flags:
        """Whether all that was used in the hours that end with these rows was measured, and nothing
        else."""
        ledger = self.ledger
        first, following = self.runs.start[rows], np.minimum(rows + 1, len(ledger.life) - 1)
        before = ledger.before[first]
        length = ledger.ts - ledger.ts[ledger.before]
        follows = (self._numbers() == 1) & (length <= LONGEST_STEP_MS)
        tells = ledger.advance & ((length <= READ_WITHIN_MS) | follows)
        read_then = ledger.ts[before] == self.hour[rows] * HOUR_MS
        at_start = (before != NONE) & (tells[first] | read_then)
        at_end = tells[following] | (self.last_ms[rows] % HOUR_MS == 0)
        odd = self._set_back() | self._out_of_range()
        misread = self.runs.sum((odd & ~self.interval).astype(np.int64))[rows] > 0
        counts_alike = self.kinds.start[rows] == first
        all_came = ~self.interval[rows] | (values["readings"] == values["expected"])
        may_be = (values["energy"] >= 0) & (values["energy"] <= MOST_MWH)
        whole: Flags = at_start & at_end & ~misread & counts_alike & all_came & may_be
        return whole

    def _set_back(self) -> Flags:
        """Where the latest reading, or another word on it, says less than was said before."""
        ledger = self.ledger
        follows = ledger.advance | ledger.revises_last
        lower: Flags = follows & (ledger.register < ledger.register[ledger.before])
        return lower

    def _out_of_range(self) -> Flags:
        """Where an earlier reading of the hour is said to be below its beginning, or above the
        latest one."""
        ledger = self.ledger
        begin = ledger.register[ledger.before[self.runs.start]]
        latest = ledger.register[ledger.last]
        outside = (ledger.register < begin) | (ledger.register > latest)
        earlier: Flags = self._in_hour() & ~ledger.top & outside
        return earlier

    def _gained(self) -> Ints:
        """By the register."""
        no_step = self.ledger.still_first()
        return self.kinds.sum(np.where(no_step, 0, self.ledger.step))

    def _intervals(self) -> Ints:
        ledger = self.ledger
        says = (ledger.new | ledger.marked) & (ledger.energy != UNKNOWN)
        counts = says & self._in_hour() & self.interval
        return self.kinds.sum(np.where(counts, ledger.energy, 0))

    def _drawn(self) -> tuple[Flags, Ints]:
        """Whether demands are said, and the energy that they say."""
        ledger = self.ledger
        says = ledger.advance & ~ledger.marked & (ledger.demand != UNKNOWN)
        cadence = ledger.cadence()
        cadence = np.where(cadence == NONE, 0, cadence)
        held = np.minimum(ledger.ts - ledger.ts[ledger.before], HELD_CADENCES * cadence)
        time = np.where(says, ledger.demand, 0) * np.where(says, np.minimum(held, HOUR_MS), 0)
        drawn: Flags = self.runs.sum(says.astype(np.int64)) > 0
        return drawn, truncated(self.runs.sum(time), HOUR_MS)

    def _off_since(self, rows: Ints, begun: Ints) -> Ints:
        """End of the slice in which the registry said that nothing is connected, if that was before
        the latest reading before the hour."""
        ledger = self.ledger
        off = (ledger.words["supply"] == "off").fill_null(value=False).to_numpy()
        said = np.flatnonzero(~ledger.said & ~ledger.removed)
        before = np.concatenate((said[:1], said[:-1]))
        again = off[before] & (ledger.life[before] == ledger.life[said])
        if len(said):
            again[0] = False
        switched = np.zeros(len(off), dtype=np.bool_)
        switched[said[off[said] & ~again]] = True
        since = pick(ledger.slice_end, ledger.lives.latest(switched), NONE)[rows]
        announced = ledger.announced[rows]
        heard = ledger.before[begun]
        counts = (announced != NONE) & off[announced] & (heard != NONE)
        return np.where(counts & (since <= ledger.ts[heard]), since, NONE)


def _hour(ts: Ints) -> Ints:
    """Number of the hour that a reading is in; its end belongs to it."""
    return (ts - 1) // HOUR_MS
