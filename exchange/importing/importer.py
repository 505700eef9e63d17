"""What of a file is new goes into the log, once.

A chunk is up to 20,000 readings. First it is made durable in the ledger, with where the log ended
before; then it is sent, each reading with the chunk and its place as its id; then it leaves the
ledger. Of an importer that was killed in between, the next one reads back which of them are there,
and sends the others.
"""

import re
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Protocol

import numpy as np

from contracts.meters import Kind
from contracts.reading import MAX_ENERGY, MAX_METER_ID_LENGTH, MAX_REGISTER, Commodity, Reading
from contracts.time import DAY_MS, MINUTE_MS
from exchange.importing.ledger import Chunk, Ledger
from exchange.importing.report import Report
from exchange.importing.words import Compared, Mask, Words, compare, crossing, words_of
from exchange.tally import Tally
from exchange.values import UNSAID, Block, Found, Mark, Reason, Unusable

CHUNK = 20_000
ROLLS_OVER_MWH = MAX_REGISTER * 1000
METER_ID = re.compile(rf"[A-Za-z0-9_.:-]{{1,{MAX_METER_ID_LENGTH}}}")


class Log(Protocol):
    """Where readings go, in the order in which they are handed over."""

    def ends(self) -> Sequence[int]:
        """Where each partition ends now."""

    def send(self, readings: Iterable[tuple[str, Reading]]) -> None:
        """Send readings, each with its id; when it returns, all of them are stored."""

    def ids_since(self, ends: Sequence[int], begin: str) -> Iterator[str]:
        """Ids that begin so of the readings that are there, from where partitions ended."""


@dataclass(frozen=True, slots=True)
class Place:
    """What the registry knows of a meter."""

    geohash: str
    commodity: Commodity
    cadence_ms: int | None = None
    kind: Kind | None = None
    """What counts there: nothing else of it is taken. None if nobody says."""


Places = Callable[[Block], Place | None]
"""Where the meter of a block is; None if nobody knows."""


def resume(ledger: Ledger, log: Log) -> int:
    """Send what an importer that was killed did not.

    Returns:
        How many readings were missing.
    """
    missing = 0
    for chunk in ledger.chunks():
        there = set(log.ids_since(chunk.ends, _id(ledger, chunk.number, "")))
        left = [each for each in _with_ids(ledger, chunk) if each[0] not in there]
        log.send(left)
        missing += len(left)
        ledger.drop_chunk(chunk.number)
        ledger.keep()
    return missing


class Importer:
    """Takes what readers find; without a log it only says what would become of it."""

    def __init__(
        self,
        ledger: Ledger,
        log: Log | None,
        places: Places,
        *,
        chunk: int = CHUNK,
    ) -> None:
        self._ledger, self._log, self._places, self._chunk = ledger, log, places, chunk
        self._waiting: list[Reading] = []
        if log is not None:
            resume(ledger, log)

    def take(
        self,
        found: Iterable[Found],
        sha256: str,
        name: str,
        report: Report,
        progress: Callable[[Tally], None] = lambda _: None,
    ) -> Tally:
        """Import what a reader finds in a file, and say what became of it.

        Args:
            sha256: Of the file's content: it is the same file under another name.
        """
        tally = Tally()
        file = self._ledger.file_of(sha256, name)
        for each in found:
            tally.add(each)
            report.add(each)
            if isinstance(each, Block):
                for part in _parts(each, self._chunk):
                    for fault in self._take(part, file, tally):
                        tally.add(fault)
                        report.add(fault)
                progress(tally)
        self._send()
        if self._log is None:
            self._ledger.forget()
        else:
            self._ledger.keep()
        return tally

    def _take(self, block: Block, file: int, tally: Tally) -> Iterator[Unusable]:
        first, count = int(block.lines[0]), len(block)
        if not METER_ID.fullmatch(block.meter_id):
            detail = f"{block.meter_id!r} is no id of a meter: --meter THEIRS=OURS gives it one"
            yield Unusable(first, "", "unknown_meter", detail, count)
            return
        place = self._places(block)
        if place is None:
            detail = f"the registry has no meter {block.meter_id}: announce it, or say --geohash"
            yield Unusable(first, "", "unknown_meter", detail, count)
            return
        if place.commodity != block.commodity:
            detail = f"{block.meter_id} counts {place.commodity}, and the file {block.commodity}"
            yield Unusable(first, "", "unknown_meter", detail, count)
            return
        if place.kind is not None and place.kind != (kind := kind_of(block)):
            detail = (
                f"{block.meter_id} is announced as {place.kind}, and the file has {kind}s: "
                f"announce kind: {kind}, or give these an id of their own by --meter"
            )
            yield Unusable(first, "", "unknown_meter", detail, count)
            return
        largest = (MAX_REGISTER if block.is_register else MAX_ENERGY) * 1000
        least = 0 if block.is_register else -largest
        fits = (block.amounts <= largest) & (block.amounts >= least)
        if not fits.all():
            for line in block.lines[~fits].tolist():
                detail = (
                    f"it is beyond {largest // 1000:,} Wh or litres, or below {least // 1000:,}"
                )
                yield Unusable(line, "", "out_of_range", detail, 1)
            block = _those(block, fits)
        if len(block):
            yield from self._compare(block, place, file, tally)

    def _compare(self, block: Block, place: Place, file: int, tally: Tally) -> Iterator[Unusable]:
        meter = (block.meter_id, block.commodity)
        said = words_of(block, file, self._ledger.marks_of(block.marks))
        known = self._ledger.known(*meter, block.interval_ms, said)
        if not block.is_register:
            crossed = yield from self._crossed(block, said, known)
            if crossed.all():
                return
            block, said = _those(block, ~crossed), said[~crossed]
        found = compare(known, said, ordered=block.versions is not None)
        tally.sent += int(found.new.sum())
        tally.same += int(found.same.sum())
        tally.revised += int(found.revised.sum())
        for mask, reason, detail in _faults(found):
            for line in block.lines[mask].tolist():
                yield Unusable(line, "", reason, detail, 1)
        if len(found.words) != len(known) or not np.array_equal(found.words, known):
            self._ledger.learn(*meter, block.interval_ms, found.words)
        if not len(found.changed) or self._log is None:
            return
        register_mwh = 0
        if not block.is_register:
            register_mwh = self._ledger.register_mwh(*meter)
            total_mwh = register_mwh + int(found.differences.sum())
            self._ledger.set_register_mwh(*meter, total_mwh)
        taken = _those(block, found.new | found.revised)
        self._waiting += readings_of(taken, found, place, register_mwh)
        if len(self._waiting) >= self._chunk:
            self._send()

    def _crossed(self, block: Block, said: Words, known: Words) -> Generator[Unusable, None, Mask]:
        """Which intervals are of a time that is known in other ones: energy is counted once."""
        crossed = np.zeros(len(block), bool)
        others = self._ledger.beside(block.meter_id, block.commodity, block.interval_ms, said)
        for length_ms, near in ((block.interval_ms, known), *others):
            found = crossing(said, block.interval_ms, near, length_ms) & ~crossed
            crossed |= found
            detail = f"its time is known already in intervals of {length_ms / MINUTE_MS:g} min"
            if length_ms == block.interval_ms:
                detail += " that begin at another time"
            for line in block.lines[found].tolist():
                yield Unusable(line, "", "overlap", detail, 1)
        return crossed

    def _send(self) -> None:
        if not self._waiting:
            return
        waiting, self._waiting = self._waiting, []
        if self._log is None:
            return
        chunk = self._ledger.put_chunk(self._log.ends(), waiting)
        self._ledger.keep()
        self._log.send(_with_ids(self._ledger, chunk))
        self._ledger.drop_chunk(chunk.number)


def kind_of(block: Block) -> Kind:
    """What counts of a meter that says such values."""
    return "register" if block.is_register else "interval"


def readings_of(
    block: Block, found: Compared, place: Place, register_mwh: int
) -> Iterator[Reading]:
    """The readings that say what changed.

    Args:
        block: The values that are new or revised.
        register_mwh: What was sent of an interval meter before.
    """
    registers = block.amounts
    if not block.is_register:
        # It rolls over, as any dial does that counts for long.
        registers = (register_mwh + np.cumsum(found.differences)) % ROLLS_OVER_MWH
    step_ms = block.interval_ms or place.cadence_ms or DAY_MS
    which = [0] * len(block) if block.mark_of is None else block.mark_of.tolist()
    demands = [UNSAID] * len(block) if block.demands is None else block.demands.tolist()
    voltages = [np.nan] * len(block) if block.voltages is None else block.voltages.tolist()
    revisions = found.changed["revision"].tolist()
    for end_ms, register, difference, mark, revision, demand, voltage in zip(
        block.ends_ms.tolist(),
        registers.tolist(),
        found.differences.tolist(),
        which,
        revisions,
        demands,
        voltages,
        strict=True,
    ):
        its: Mark = block.marks[mark]
        yield Reading(
            meter_id=block.meter_id,
            geohash=place.geohash,
            commodity=block.commodity,
            ts=end_ms,
            seq=end_ms // step_ms,
            register=register / 1000,
            demand=None if demand == UNSAID else demand / 1000,
            voltage_v=None if voltage != voltage else voltage,
            energy=None if block.is_register else difference / 1000,
            interval_ms=block.interval_ms or None,
            revision=revision or None,
            quality=None if its.quality == "measured" else its.quality,
            quality_code=its.code,
        )


def _faults(found: Compared) -> tuple[tuple[Mask, Reason, str], ...]:
    return (
        (found.older, "older_version", "another file has said something newer of it"),
        (found.conflict, "conflict", "another line of the file says something else of it"),
    )


def _those(block: Block, mask: Mask) -> Block:
    """Some of a block's values."""
    if mask.all():
        return block
    return replace(
        block,
        ends_ms=block.ends_ms[mask],
        amounts=block.amounts[mask],
        lines=block.lines[mask],
        mark_of=None if block.mark_of is None else block.mark_of[mask],
        versions=None if block.versions is None else block.versions[mask],
        demands=None if block.demands is None else block.demands[mask],
        voltages=None if block.voltages is None else block.voltages[mask],
    )


def _parts(block: Block, most: int) -> Iterator[Block]:
    """A block in pieces that are no larger than a chunk, and in each of which time goes on."""
    cuts = {0, len(block), *range(0, len(block), most)}
    cuts.update((np.flatnonzero(np.diff(block.ends_ms) <= 0) + 1).tolist())
    if len(cuts) == 2:
        yield block
        return
    numbers = np.arange(len(block))
    for begin, end in pairwise(sorted(cuts)):
        yield _those(block, (numbers >= begin) & (numbers < end))


def _with_ids(ledger: Ledger, chunk: Chunk) -> Iterator[tuple[str, Reading]]:
    for row, reading in enumerate(chunk.readings):
        yield _id(ledger, chunk.number, str(row)), reading


def _id(ledger: Ledger, chunk: int, row: str) -> str:
    return f"import/{ledger.id}/{chunk}/{row}"
