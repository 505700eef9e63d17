"""Which version of the model judges which hour, and what it says.

The manifest alone decides, by the hour that is judged: not by when it is judged, nor by which
version came first. So a replay, a batch and a stream that was down for a day say the same. For that
a version may be published only for hours that nobody can have judged yet.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import orjson
from numpy.typing import NDArray
from pydantic import ValidationError

from adapters.durable import alone, replace
from contracts.models import MANIFEST, ModelManifest, PublishedModel
from contracts.time import HOUR_MS
from detection.errors import BrokenModelError, ModelError
from detection.unusual.model_files import Model, load, read_digest
from detection.unusual.scoring import Scorer, score

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

LEAD_MS = HOUR_MS
"""From the newest closed hour to the first that a new version judges, at least: those who judge
look at the manifest before each batch."""

_LOCK = "_publishing.lock"


def manifest(folder: Path) -> ModelManifest:
    """The manifest of a folder of models; empty if there is none.

    Raises:
        BrokenModelError: it is unreadable.
    """
    try:
        return ModelManifest.model_validate(orjson.loads((folder / MANIFEST).read_bytes()))
    except FileNotFoundError:
        return ModelManifest()
    except (orjson.JSONDecodeError, ValidationError) as error:
        raise BrokenModelError(
            f"{folder / MANIFEST} is not a manifest ({error}); it says which model judges which "
            "hour: bring it back from a backup"
        ) from error


def publish(folder: Path, version: str, valid_from_ms: int, closed_ms: int) -> ModelManifest:
    """Let a version judge hours from `valid_from_ms` on.

    Args:
        closed_ms: Event time up to which hours are closed, and may have been judged, epoch ms.

    Raises:
        ModelError: there is no such version, or `valid_from_ms` is not the start of an hour, or is
            too early: earlier than an hour after `closed_ms`, not after the version before, or
            within what the version has learned.
    """
    if valid_from_ms % HOUR_MS:
        raise ModelError(f"valid from {_time(valid_from_ms)}: give the start of an hour")
    found = read_digest(folder, version)
    card = load(folder, version, found).card
    refusal = ModelError(f"another version is being published in {folder}; try again")
    with alone(folder / _LOCK, refusal):
        known = manifest(folder)
        bounds = [
            (closed_ms + LEAD_MS, f"hours up to {_time(closed_ms)} are closed"),
            (card.trained_to_ms, f"it has learned from hours up to {_time(card.trained_to_ms)}"),
        ]
        if known.versions:
            last = known.versions[-1]
            text = f"{last.version} is valid from {_time(last.valid_from_ms)}"
            bounds.append((last.valid_from_ms + HOUR_MS, text))
        earliest_ms, why = max(bounds)
        earliest_ms = -(-earliest_ms // HOUR_MS) * HOUR_MS
        if valid_from_ms < earliest_ms:
            raise ModelError(
                f"{version} cannot be valid from {_time(valid_from_ms)}: {why}; give "
                f"{_time(earliest_ms)} or later"
            )
        new = PublishedModel(version=version, valid_from_ms=valid_from_ms, sha256=found)
        changed = ModelManifest(versions=(*known.versions, new))
        content = orjson.dumps(changed.model_dump(), option=orjson.OPT_INDENT_2)
        replace(folder / MANIFEST, content)
    return changed


@dataclass(frozen=True, slots=True)
class Scores:
    """What was said of rows; one element a row."""

    score: Floats
    """NaN where nobody can say: no version, a meter without tables, or an incomplete hour."""
    version: NDArray[np.object_]
    """None where there was none."""


class PublishedModels:
    """The published versions of a folder, each loaded when an hour asks for it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._seen: tuple[int, int, int] | None = None
        self._manifest = ModelManifest()
        self._loaded: dict[str, _Ready] = {}

    def scores(
        self,
        meter_ids: Sequence[str],
        hours_ms: Integers,
        spans_wh: Floats,
        base_wh: Floats,
    ) -> Scores:
        """The scores of rows, in any order and of any hours.

        Args:
            hours_ms: Start of each hour, epoch ms.
            spans_wh: By row and span (`spans.SPANS`).
            base_wh: Third smallest hour of the last 24.

        Raises:
            BrokenModelError, ModelError: the manifest or a version is not what it must be.
        """
        self._look()
        begins = np.array([each.valid_from_ms for each in self._manifest.versions], dtype=np.int64)
        place = np.searchsorted(begins, hours_ms, side="right") - 1
        found = np.full(len(hours_ms), np.nan)
        names = np.full(len(hours_ms), None, dtype=object)
        for n in np.unique(place[place >= 0]).tolist():
            published = self._manifest.versions[n]
            rows = np.flatnonzero(place == n)
            names[rows] = published.version
            ready = self._ready(published)
            meters = np.array([ready.rows.get(meter_ids[row], -1) for row in rows.tolist()])
            rows, meters = rows[meters >= 0], meters[meters >= 0]
            found[rows] = ready.scores(meters, hours_ms[rows], spans_wh[rows], base_wh[rows])
        return Scores(found, names)

    def _look(self) -> None:
        """Read the manifest if it has been replaced."""
        try:
            state = (self._folder / MANIFEST).stat()
        except FileNotFoundError:
            self._seen, self._manifest = None, ModelManifest()
            return
        seen = (state.st_mtime_ns, state.st_size, state.st_ino)
        if seen != self._seen:
            self._manifest = manifest(self._folder)
            self._seen = seen

    def _ready(self, published: PublishedModel) -> "_Ready":
        if published.version not in self._loaded:
            model = load(self._folder, published.version, published.sha256)
            rows = {meter: row for row, meter in enumerate(model.tables.meters)}
            self._loaded[published.version] = _Ready(model, Scorer.of(model.tables), rows)
        return self._loaded[published.version]


@dataclass(frozen=True, slots=True)
class _Ready:
    model: Model
    scorer: Scorer
    rows: dict[str, int]

    def scores(
        self, meters: Integers, hours_ms: Integers, spans_wh: Floats, base_wh: Floats
    ) -> Floats:
        places = self.model.calendar.places(hours_ms)
        channels = self.scorer.channels(meters, places.day_type, places.hour, spans_wh, base_wh)
        return score(channels, np.array(self.model.tau))


def _time(ms: int) -> str:
    return f"{datetime.fromtimestamp(ms / 1_000, UTC):%Y-%m-%dT%H:%M}"
