"""A fleet for the benchmark of bills: homes of London's June of 2013, shifted and scaled, whose
readings are archived as the cold job and a compaction leave them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

from billing.tariffs.plan import EXAMPLES
from contracts.masters import (
    Contract,
    Installation,
    Masters,
    Occupancy,
    PlanVersion,
    Premises,
    Site,
    TaxRate,
)
from contracts.time import DAY_MS, MINUTE_MS
from simulators.london.lcl import read_london
from simulators.london.tariffs import dynamic_prices

Ints = NDArray[np.int64]

HALF_HOUR_MS = 30 * MINUTE_MS
SLOTS = 48
DAYS = 30
BEGIN_MS = 1_370_044_800_000
"""2013-06-01T00:00Z."""
END_MS = BEGIN_MS + DAYS * DAY_MS
LOST, MOVED, UNKNOWN = 0.001, 0.05, 0.01
"""Shares: of readings; of homes that change hands; of those whose new occupant nobody knows."""
PLAN = "lcl-dtou"
SITE = Site("fleet", "UTC", "GBP", "GB-domestic")
NEWCOMERS = 10**9
"""Added to a home's number, it is the customer who came after."""


@dataclass(frozen=True, slots=True)
class Fleet:
    """Homes of a month, each by its number."""

    opening_mwh: Ints
    """Registers at the beginning of the month."""
    source: Ints
    """Which of London's homes it lives like, ..."""
    shift_days: Ints
    """... so many days on ..."""
    scale: Ints
    """... and so many thousandths of it."""
    moves_ms: Ints
    """When it changes hands; never is after the month."""
    is_unknown: NDArray[np.bool_]
    """Whether nobody knows who came."""

    def __len__(self) -> int:
        return len(self.opening_mwh)

    @property
    def ids(self) -> list[str]:
        """Names of homes and registers, in order."""
        return [name_of(number) for number in range(len(self))]


def name_of(number: int) -> str:
    """The name of a home, and of its register."""
    return f"SIM{number:07d}"


def complete_homes(path: Path) -> Ints:
    """mWh of London's homes that lack no half-hour of June: a row a home."""
    readings = read_london(path).readings
    begin_ms = readings["ts"].to_numpy() - HALF_HOUR_MS
    june = (begin_ms >= BEGIN_MS) & (begin_ms < END_MS)
    home = readings["meter_id"].cast(pl.String).rank("dense").to_numpy().astype(np.int64) - 1
    energy = np.full((home.max() + 1, DAYS * SLOTS), -1, dtype=np.int64)
    place = (begin_ms[june] - BEGIN_MS) // HALF_HOUR_MS
    energy[home[june], place] = readings["demand_mw"].to_numpy()[june] // 2
    complete: Ints = energy[(energy >= 0).all(axis=1)]
    return complete


def fleet(homes: int, kinds: int, rng: np.random.Generator, unknown: float | None = None) -> Fleet:
    """A fleet that lives like so many kinds of homes; its readings go on with the same numbers.

    Args:
        unknown: Share of those who come whom nobody knows; UNKNOWN if absent.
    """
    source = rng.integers(0, kinds, homes)
    shift_days = rng.integers(0, 4, homes) * 7
    scale = rng.integers(500, 1_500, homes)
    opening_mwh = rng.integers(0, 50_000_000_000, homes)
    others = np.random.default_rng(3)
    moved = others.random(homes) < MOVED
    at_ms = BEGIN_MS + others.integers(1, DAYS * SLOTS, homes) * HALF_HOUR_MS
    is_unknown = others.random(homes) < (UNKNOWN if unknown is None else unknown)
    return Fleet(
        opening_mwh, source, shift_days, scale, np.where(moved, at_ms, 2**62), is_unknown & moved
    )


def write(
    folder: Path, its: Fleet, homes_mwh: Ints, rng: np.random.Generator, lost: float | None = None
) -> tuple[int, Ints]:
    """Write an archive of the fleet's month, a file a UTC day. How many readings there are, and
    the last register of each home.

    Args:
        lost: Share of readings that are not there; LOST if absent.
    """
    share = LOST if lost is None else lost
    count = len(its)
    ids = np.array(its.ids)
    registers = its.opening_mwh.copy()
    last_mwh = its.opening_mwh.copy()
    # What is read at the end of a day is of the next day's file.
    held = np.ones(count, dtype=np.bool_)
    rows = 0
    for day in range(DAYS):
        place = (day + its.shift_days) % DAYS * SLOTS
        energy = np.empty((count, SLOTS), dtype=np.int64)
        for slot in range(SLOTS):
            energy[:, slot] = homes_mwh[its.source, place + slot] * its.scale // 1_000
        counted = registers[:, np.newaxis] + np.cumsum(energy, axis=1)
        kept = (rng.random(count * SLOTS) >= share).reshape(count, SLOTS)
        rows += int(kept.sum())
        in_file = np.concatenate((registers[:, np.newaxis], counted[:, :-1]), axis=1)
        known = np.concatenate((held[:, np.newaxis], kept[:, :-1]), axis=1)
        _write_day(folder, BEGIN_MS + day * DAY_MS, ids, in_file, known)
        place_of_last = SLOTS - 1 - kept[:, ::-1].argmax(axis=1)
        any_kept = kept.any(axis=1)
        last_mwh[any_kept] = counted[any_kept, place_of_last[any_kept]]
        registers, held = counted[:, -1], kept[:, -1]
    _write_day(folder, END_MS, ids, registers[:, np.newaxis], held[:, np.newaxis])
    return rows, last_mwh


def _write_day(
    folder: Path, begin_ms: int, ids: NDArray[np.str_], registers: Ints, known: NDArray[np.bool_]
) -> None:
    slots = registers.shape[1]
    ts = np.tile(begin_ms + np.arange(slots) * HALF_HOUR_MS, len(ids))
    chosen = known.reshape(-1)
    table = pl.DataFrame(
        {
            "meter_id": np.repeat(ids, slots)[chosen],
            "commodity": np.full(int(chosen.sum()), "electricity"),
            "ts": ts[chosen],
            "seq": ts[chosen] // HALF_HOUR_MS,
            "register": registers.reshape(-1)[chosen] / 1_000,
            "revision": np.zeros(int(chosen.sum()), dtype=np.int64),
            "kafka_partition": np.zeros(int(chosen.sum()), dtype=np.int32),
            "kafka_offset": ts[chosen] // HALF_HOUR_MS,
        }
    )
    day = folder / f"event_date={datetime.fromtimestamp(begin_ms / 1_000, UTC):%Y-%m-%d}"
    day.mkdir(parents=True)
    table.write_parquet(day / "part-0.parquet", compression="snappy", row_group_size=250_000)


def masters_of(
    its: Fleet, *, everybody: bool = False, only: Sequence[int] | None = None
) -> Masters:
    """Who lives where in the fleet.

    Args:
        everybody: Newcomers that nobody knows, too.
        only: Of some homes; of all if absent.
    """
    numbers = range(len(its)) if only is None else only
    occupancies = [each for number in numbers for each in _occupancies(its, number, everybody)]
    terms = (EXAMPLES / f"{PLAN}.toml").read_text()
    return Masters(
        as_of_ms=END_MS,
        sites=(SITE,),
        premises=tuple(Premises(name_of(number), SITE.site_id) for number in numbers),
        occupancies=tuple(occupancies),
        installations=tuple(_installation(name_of(number)) for number in numbers),
        contracts=tuple(
            Contract(each.premises_id, each.customer_id, "electricity", PLAN, 0, None)
            for each in occupancies
        ),
        plans=(PlanVersion(PLAN, 1, date(2000, 1, 1), None, terms),),
        prices=dynamic_prices(),
        tax_rates=(TaxRate("GB-domestic", "S", date(2000, 1, 1), None, Decimal(5)),),
    )


def _occupancies(its: Fleet, number: int, everybody: bool) -> Iterator[Occupancy]:
    home, move_ms = name_of(number), int(its.moves_ms[number])
    if move_ms >= END_MS:
        yield Occupancy(home, number + 1, 0, None)
        return
    yield Occupancy(home, number + 1, 0, move_ms)
    if everybody or not its.is_unknown[number]:
        yield Occupancy(home, NEWCOMERS + number + 1, move_ms, None)


def _installation(register_id: str) -> Installation:
    return Installation(
        register_id=register_id,
        premises_id=register_id,
        commodity="electricity",
        direction="import",
        source="counter",
        boundary="interpolate",
        begin_ms=0,
        end_ms=None,
        cadence_ms=HALF_HOUR_MS,
    )
