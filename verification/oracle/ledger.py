"""What is known of each meter after each slice in which something was said of it.

Nothing here walks from reading to reading. A meter's last reading only ever moves forward, so the
words that became the last, the *tops*, are a running maximum, and all that depends on the last and
the one before it (energy, resets, cadence) is a difference of two neighbours among them, added up.
Counts are sums over words in their order. Only where the day begins needs a walk, over the few late
readings from before midnight that come after it.

Rows of all meters lie behind each other in the order of `words.words_of`, so a running value of one
life is that of all rows less what it was where the life began.
"""

import numpy as np
import numpy.typing as npt
import polars as pl

from contracts.live import HOLD_CADENCES, SHORTEST_HOLD_MS, UNKNOWN_CADENCE_MS
from contracts.reading import AREA_LENGTH, MAX_DEMAND
from contracts.time import DAY_MS, HOUR_MS
from verification.oracle.seqs import steps
from verification.oracle.words import ANNOUNCEMENT, LATE, ON_TIME

Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

NONE = -1
"""Index of no row."""

UNKNOWN = -(2**62)
"""Stands for a demand or energy that is not said."""

_MAX_TOLD = MAX_DEMAND * 1000


def states_of(ledger: "Ledger") -> pl.DataFrame:
    """The states of all meters, by meter and slice.

    Returns:
        A line for each meter and slice in which it was told something: `meter`, `life`,
        `slice_end_ms`; `known`, whether the meter has a value after it, without which what follows
        means nothing; `removed`, whether the life begins in it with a removal; `new`, how many
        readings came in it; `kept`, whether a reading did that was no repeat; `told`, whether
        anything but repeats did; `decided`, whether one did that says what the meter draws; `area`;
        `interval`, `register_size` and `capacity_w` (0 if not known) by the registry; and the
        value's fields by their names in `contracts.live`, in thousandths and centivolts, but for
        `lost`.
    """
    return ledger.states()


def lost_of(words: pl.DataFrame) -> pl.DataFrame:
    """`lost`, the readings that never came, of each `life` of the words."""
    apart = steps(pl.col("seq").shift().over("life"), pl.col("seq"))
    return (
        words.lazy()
        .filter("new")
        .select("life", "rank", "seq")
        .unique("rank")
        .sort("rank")
        .with_columns(lost=apart - 1)
        .group_by("life")
        .agg(pl.col("lost").sum())
        .collect()
    )


class Runs:
    """Rows that belong together and lie together, by where each run begins."""

    def __init__(self, begins: Flags) -> None:
        self.index = np.arange(len(begins), dtype=np.int64)
        self.start = np.maximum.accumulate(np.where(begins, self.index, 0))

    def latest(self, rows: Flags) -> Ints:
        """Index of the latest of these rows up to each row, of the same run; else NONE."""
        latest = np.maximum.accumulate(np.where(rows, self.index, NONE))
        return np.where(latest >= self.start, latest, NONE)

    def sum(self, values: Ints) -> Ints:
        """Running sum within each run."""
        # It may wrap around over all runs, which the difference undoes.
        sums: Ints = np.cumsum(values, dtype=np.int64)
        since: Ints = sums - (sums - values)[self.start]
        return since

    def ends(self) -> Ints:
        """Index of the last row of each run."""
        return np.flatnonzero(_ends(self.start))


def truncated(dividend: Ints, divisor: Ints | int) -> Ints:
    """Quotients, rounded towards 0."""
    quotient: Ints = np.sign(dividend) * (np.abs(dividend) // divisor)
    return quotient


def pick(values: Ints, rows: Ints, default: int) -> Ints:
    """Values at some rows, each perhaps NONE, for which there is a default."""
    return np.where(rows == NONE, default, values[rows]) if len(values) else rows


class Ledger:
    """What each word changes: arrays with a number for each row of the words."""

    def __init__(self, words: pl.DataFrame) -> None:
        """Of words of slices that have closed, as `words.words_of` makes them."""
        self.words = words

        def ints(name: str, null: int = 0) -> Ints:
            return words[name].cast(pl.Int64).fill_null(null).to_numpy()

        def flags(name: str) -> Flags:
            return words[name].fill_null(value=False).to_numpy()

        self.life, self.slice_end, self.form = ints("life"), ints("slice_end_ms"), ints("form")
        self.ts, self.seq, self.register = ints("ts"), ints("seq"), ints("register")
        self.demand, self.energy = ints("demand", UNKNOWN), ints("energy", UNKNOWN)
        self.rank, self.marked = ints("rank"), ints("revision") > 0
        self.new, self.repeat = flags("new"), flags("repeat")
        self.removed = flags("removed")
        self.size, self.capacity = ints("register_size"), ints("capacity_w")

        self.said = self.form != ANNOUNCEMENT
        self.kept = self.said & ~self.repeat
        self.lives = Runs(changes(self.life))
        self.slices = Runs(changes(self.life) | changes(self.slice_end))

        ranks = np.where(self.kept, self.rank, 0)
        self.top = self.kept & (ranks == np.maximum.accumulate(ranks))
        self.last = self.lives.latest(self.top)
        """Row of the last reading after each row."""
        self.announced = self.lives.latest(~self.said & ~self.removed)
        """Row of the announcement that counts."""

        tops = np.flatnonzero(self.top)
        before = np.concatenate(([NONE], tops[:-1])) if len(tops) else tops
        alike = (before != NONE) & (self.life[before] == self.life[tops])
        self.before = np.full(len(words), NONE, dtype=np.int64)
        """Of a top: the one before it."""
        self.before[tops] = np.where(alike, before, NONE)
        there = self.before != NONE
        self.advance = self.top & there & (self.rank[self.before] < self.rank)
        self.revises_last = self.top & there & (self.rank[self.before] == self.rank)

        rise = self.register - self.register[self.before]
        size = pick(self.size, self.announced, 0)
        fell = self.advance & (rise < 0)
        over = fell & (self.register[self.before] * 2 > size) & (self.register * 2 < size)
        self.reset = fell & ~over
        step = np.where(over, size + rise, rise)
        step[~(self.advance | self.revises_last) | self.reset] = 0
        self.step = step
        """What the register gained by a word, or another word on the latest reading changes."""
        self.total = self.lives.sum(step)
        """What the register has counted since the meter is known."""

    def states(self) -> pl.DataFrame:
        """As `states_of`."""
        ends = self.slices.ends()
        last = self.last[ends]
        known = last != NONE
        cadence = self.cadence()[ends]
        hold = HOLD_CADENCES * np.where(cadence == NONE, UNKNOWN_CADENCE_MS, cadence)
        holds_until = self.ts[last] + np.maximum(hold, SHORTEST_HOLD_MS)
        kinds = self.announced_text("kind")
        interval = (kinds == "interval").fill_null(value=False).to_numpy()
        today = np.where(interval, self._interval_energy_today(), self._register_energy_today())
        deciders = self._deciders(ends)
        demand = self._demand(ends, deciders, interval[ends])
        resets = self.lives.latest(self.reset)
        new_in_life = self.lives.sum(self.new.astype(np.int64))
        told_anew = self.kept | (self.form == ANNOUNCEMENT)
        of_last = self.words.select("geohash", "voltage_v", "quality", "form")[np.maximum(last, 0)]
        frame = pl.DataFrame(
            {
                "meter": self.words["meter"].gather(ends),
                "life": self.life[ends],
                "slice_end_ms": self.slice_end[ends],
                "known": known,
                "removed": self._in_slice(self.removed)[ends] > 0,
                "new": self._in_slice(self.new)[ends],
                "kept": self._in_slice(self.kept)[ends] > 0,
                "told": self._in_slice(told_anew)[ends] > 0,
                "decided": deciders != NONE,
                "last_ms": self.ts[last],
                "holds_until_ms": holds_until,
                "late": (of_last["form"] == LATE),
                "geohash": of_last["geohash"],
                "register": self.register[last],
                "demand": demand,
                "energy_today": today[ends],
                "readings": new_in_life[ends],
                "repeats": self.lives.sum(self.repeat.astype(np.int64))[ends],
                "revisions": self.lives.sum((self.kept & ~self.new).astype(np.int64))[ends],
                "resets": self.lives.sum(self.reset.astype(np.int64))[ends],
                "reset_ms": pick(self.ts, resets, NONE)[ends],
                "cadence_ms": cadence,
                "voltage_v": (of_last["voltage_v"] * 100 + 0.5).floor(),
                "quality": of_last["quality"].fill_null("measured"),
                "feeder": self.announced_text("feeder").gather(ends),
                "region": self.announced_text("region").gather(ends),
                "interval": interval[ends],
                "register_size": pick(self.size, self.announced, 0)[ends],
                "capacity_w": pick(self.capacity, self.announced, 0)[ends],
            }
        )
        return frame.with_columns(
            pl.when(pl.col("demand") != UNKNOWN).then("demand").alias("demand"),
            *(
                pl.when(pl.col(name) != NONE).then(name).alias(name)
                for name in ("reset_ms", "cadence_ms")
            ),
            area=pl.col("geohash").str.head(AREA_LENGTH),
        )

    def _in_slice(self, rows: Flags) -> Ints:
        return self.slices.sum(rows.astype(np.int64))

    def announced_text(self, name: str) -> pl.Series:
        """What the registry says after each row; null where it says nothing."""
        rows = pl.Series(self.announced)
        return self.words[name].gather(rows.set(rows == NONE, None))

    def cadence(self) -> Ints:
        """Announced, else the smaller of the last two that were learned; NONE if neither is."""
        seqs = self.seq - self.seq[self.before]
        times = self.ts - self.ts[self.before]
        learned = np.where(
            self.advance & ~self.marked & (seqs > 0), times // np.maximum(seqs, 1), 0
        )
        rows = np.flatnonzero(learned > 0)
        cadence = np.full(len(learned), NONE, dtype=np.int64)
        if len(rows):
            before = np.concatenate((rows[:1], rows[:-1]))
            alike = self.life[before] == self.life[rows]
            cadence[rows] = np.minimum(
                learned[rows], np.where(alike, learned[before], learned[rows])
            )
        learned_then = pick(cadence, self.lives.latest(cadence != NONE), NONE)
        announced = self.words["cadence_ms"].fill_null(NONE).to_numpy()
        announced_then = pick(announced, self.announced, NONE)
        return np.where(announced_then != NONE, announced_then, learned_then)

    def still_first(self) -> Flags:
        """Where the latest reading is said, or said again, which is the first one of all."""
        first = self.top & (self.before == NONE)
        first_rank = pick(self.rank, self.lives.latest(first), 0)
        still: Flags = first | (self.revises_last & (self.rank == first_rank))
        return still

    def _register_energy_today(self) -> Ints:
        """Total less that of the base: the latest point known at or before the day's start."""
        still_first = self.still_first()
        day = _day(self.ts)
        next_day = self.advance & (day != day[self.before])
        base_ts = np.where(next_day, self.ts[self.before], self.ts)
        base_register = np.where(next_day, self.register[self.before], self.register)
        base_total = np.where(next_day, self.total[self.before], self.total)
        based = still_first | next_day
        base = self.lives.latest(based)

        last_ms = pick(self.ts, self.last, 0)
        candidates = self.new & (self.form == LATE) & ~self.top & (base != NONE)
        candidates &= (self.ts <= _day(last_ms)) & (self.ts > base_ts[base])
        segment, point = NONE, (0, 0, 0)
        for row in np.flatnonzero(candidates):
            if base[row] != segment:
                segment = base[row]
                point = (
                    int(base_ts[segment]),
                    int(base_register[segment]),
                    int(base_total[segment]),
                )
            ts, register, total = point
            if self.ts[row] > ts and self.register[row] >= register:
                there = int(self.register[row])
                point = (int(self.ts[row]), there, total + there - register)
                base_total[row], based[row] = point[2], True
        return self.total - pick(base_total, self.lives.latest(based), 0)

    def _interval_energy_today(self) -> Ints:
        """Energies said of the day of the last reading."""
        last_day = _day(pick(self.ts, self.last, 0))
        says = self.kept & (self.new | self.marked) & (self.energy != UNKNOWN)
        counts = says & (_day(self.ts) == last_day)
        days = Runs(changes(self.life) | changes(last_day))
        return days.sum(np.where(counts, self.energy, 0))

    def _deciders(self, ends: Ints) -> Ints:
        """Of each slice's end: the row of the slice that says what the meter draws, or NONE."""
        deciding = self.top & ~(self.marked & self.revises_last)
        return self.slices.latest(deciding)[ends]

    def _demand(self, ends: Ints, decider: Ints, interval: Flags) -> Ints:
        """Of each slice's end: said by the readings, told by the register, or as it was."""
        decided = decider != NONE
        told = np.where(interval, UNKNOWN, self._told_by_register(ends))
        says = ~self.marked[decider] & (self.demand[decider] != UNKNOWN)
        of_late = np.where(says, self.demand[decider], told)
        mean = self._mean_on_time()[ends]
        of_on_time = np.where(mean == UNKNOWN, told, mean)
        at_end = np.where(self.form[decider] == LATE, of_late, of_on_time)
        lives = Runs(changes(self.life[ends]))
        return pick(at_end, lives.latest(decided), UNKNOWN)

    def _mean_on_time(self) -> Ints:
        """Of the readings on time of each slice so far, each as it was said last."""
        says = np.flatnonzero(self.kept & ~self.marked & (self.form == ON_TIME))
        rows = says[_ends(self.rank[says]) & (self.demand[says] != UNKNOWN)]
        counted = np.zeros(len(self.words), dtype=np.int64)
        counted[rows] = 1
        number = self.slices.sum(counted)
        total = self.slices.sum(np.where(counted > 0, self.demand, 0))
        return np.where(number > 0, truncated(total, np.maximum(number, 1)), UNKNOWN)

    def _told_by_register(self, ends: Ints) -> Ints:
        """Energy since the last reading before the slice, by the time since then."""
        start = self.slices.start[ends]
        same_life = start > self.lives.start[ends]
        last_before = np.where(same_life, self.last[start - 1], NONE)
        advance = self.slices.latest(self.advance)[ends]
        time = self.ts[self.last[ends]] - self.ts[last_before]
        energy = self.total[ends] - self.total[start - 1]
        tells = (last_before != NONE) & (advance != NONE) & (time > 0) & ~self.reset[advance]
        time = np.where(tells, time, 1)
        whole, rest = np.abs(energy) // time, np.abs(energy) % time
        tells &= whole <= _MAX_TOLD // HOUR_MS
        demand = np.where(tells, whole, 0) * HOUR_MS + np.where(tells, rest, 0) * HOUR_MS // time
        tells &= demand <= _MAX_TOLD
        return np.where(tells, np.sign(energy) * demand, UNKNOWN)


def changes(values: Ints | Flags) -> Flags:
    """Where a value differs from the one before it; the first does."""
    return np.concatenate(([True], values[1:] != values[:-1]))[: len(values)]


def _ends(values: Ints) -> Flags:
    """Where a value differs from the one after it; the last does."""
    return changes(values[::-1])[::-1]


def _day(ts: Ints) -> Ints:
    """Start of the day that an interval which ends at `ts` belongs to."""
    return (ts - 1) // DAY_MS * DAY_MS
