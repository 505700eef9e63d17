"""`wattstream bench models`: how long who judges hours waits for a new version of the model.

Versions of tables made by chance are published in a folder of their own; batches of hours are
judged by the function of the hot job before, while and after the next one is loaded.
"""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Thread
from time import perf_counter

import numpy as np
from numpy.typing import NDArray
from rich.table import Table

from contracts.hours import KEPT_HOURS
from contracts.settings import PROJECT
from contracts.time import HOUR_MS
from detection.unusual.calendar import DAY_TYPES, Calendar
from detection.unusual.hours import HOURS_A_DAY
from detection.unusual.judging import judged
from detection.unusual.model_files import Card, HeldOut, Model, save
from detection.unusual.scoring import CHANNELS
from detection.unusual.spans import SPANS
from detection.unusual.tables import EVERYONE, Group, Tables
from detection.unusual.versions import PublishedModels, publish
from infra.provenance import origin

FIRST_MS, NEXT_MS = 1_000 * HOUR_MS, 2_000 * HOUR_MS
"""From when on the versions judge."""


@dataclass(frozen=True, slots=True)
class Waits:
    """How long batches took, ms."""

    batches: int
    median: float
    longest: float

    @classmethod
    def of(cls, took_s: list[float]) -> "Waits":
        """Of batches that took so long."""
        ms = 1_000 * np.array(took_s)
        return cls(len(ms), float(np.median(ms)), float(ms.max()))


@dataclass(frozen=True, slots=True)
class Outcome:
    """How long everything took."""

    meters: int
    rows: int
    """Of a batch."""
    load_ms: float
    """Of a version, while nothing is judged."""
    alone: Waits
    while_loaded: Waits
    """While the next version is loaded."""
    by_the_next: Waits
    """The first batches that the next version judges."""


def run(meters: int, rows: int) -> Outcome:
    """Judge batches of so many hours by tables of so many meters."""
    random = np.random.default_rng(1)
    ids = tuple(f"meter-{n:09}" for n in range(meters))
    with TemporaryDirectory(prefix="wattstream-models-") as name:
        folder = Path(name)
        one, two = (save(folder, _model(random, ids, text)) for text in ("one", "two"))
        publish(folder, one, FIRST_MS, 0)
        models = PublishedModels(folder)
        began_s = perf_counter()
        models.look()
        models.wait()
        load_s = perf_counter() - began_s
        batches = _batches(random, ids, rows)

        def judge(at_ms: int) -> float:
            chosen, energies = next(batches)
            began_s = perf_counter()
            judged(models, chosen, np.full(rows, at_ms), energies)
            return perf_counter() - began_s

        # What is touched for the first time is read from the disk, or at least looked up.
        for _ in range(20):
            judge(FIRST_MS + HOUR_MS)
        alone = [judge(FIRST_MS + HOUR_MS) for _ in range(200)]
        publish(folder, two, NEXT_MS, 0)
        during = [judge(FIRST_MS + HOUR_MS)]
        loading = Thread(target=models.wait)
        loading.start()
        while loading.is_alive():
            during.append(judge(FIRST_MS + HOUR_MS))
        after = [judge(NEXT_MS + KEPT_HOURS * HOUR_MS) for _ in range(200)]
    return Outcome(meters, rows, 1_000 * load_s, Waits.of(alone), Waits.of(during), Waits.of(after))


def _model(random: np.random.Generator, ids: tuple[str, ...], text: str) -> Model:
    count = len(ids)

    def numbers(*shape: int) -> NDArray[np.float32]:
        return random.uniform(100, 900, (count, *shape)).astype(np.float32)

    cells = (len(SPANS), DAY_TYPES, HOURS_A_DAY)
    tables = Tables(
        ids=np.array([each.encode() for each in ids]),
        group=np.zeros(count, dtype=np.int64),
        own=np.ones(count, dtype=np.bool_),
        loc=numbers(*cells),
        hi=numbers(*cells),
        records=numbers(len(SPANS) + 1),
        record_wh=numbers(),
        base_wh=numbers(),
        base_spread_wh=numbers(),
        groups={EVERYONE: Group(count, (1.0,) * (len(SPANS) + 1))},
    )
    card = Card((text,), 0, 0, 0, count, count, 5.0, 1, HeldOut(0, 0.0, 0.0, {"none": 0.0}), None)
    return Model(tables, (1.0,) * len(CHANNELS), Calendar(), card)


def _batches(
    random: np.random.Generator, ids: tuple[str, ...], rows: int
) -> Iterator[tuple[list[str], NDArray[np.int64]]]:
    while True:
        chosen = [ids[n] for n in random.integers(0, len(ids), rows).tolist()]
        yield chosen, random.integers(0, 900_000, (rows, KEPT_HOURS))


def content(outcome: Outcome, command: str) -> dict[str, object]:
    """The outcome as JSON has it."""
    return {**origin(command, PROJECT), **asdict(outcome)}


def table(outcome: Outcome) -> Table:
    """The outcome on a terminal of 80 columns."""
    table = Table(
        title=f"{outcome.rows:,} hours a batch, {outcome.meters:,} meters",
        caption=f"a version is loaded in {outcome.load_ms:,.0f} ms",
        box=None,
        padding=(0, 1, 0, 0),
        header_style="dim",
    )
    table.add_column("judged", no_wrap=True)
    for heading in ("batches", "median, ms", "longest, ms"):
        table.add_column(heading, justify="right", no_wrap=True)
    for name, waits in (
        ("alone", outcome.alone),
        ("while the next version is loaded", outcome.while_loaded),
        ("by the next version, at first", outcome.by_the_next),
    ):
        table.add_row(name, f"{waits.batches:,}", f"{waits.median:.1f}", f"{waits.longest:.1f}")
    return table
