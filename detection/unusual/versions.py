"""Which version of the model judges which hour, and what it says of it.

The manifest alone decides, by the hour that is judged: not by when it is judged, nor by which
version came first. So a replay, a batch and a stream that was down for a day say the same. For that
a version may be published only for hours that nobody can have judged yet.
"""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic

import numpy as np
import orjson
from numpy.typing import NDArray
from pydantic import ValidationError

from adapters.durable import alone, replace
from contracts.models import MANIFEST, ModelManifest, PublishedModel
from contracts.time import HOUR_MS
from detection.errors import BrokenModelError, ModelError
from detection.unusual.model_files import Card, Model, load, read_digest, versions
from detection.unusual.scoring import Scorer, score, used_wh
from detection.unusual.usual import Usual, usual_wh

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

LEAD_MS = HOUR_MS
"""From the newest closed hour to the first that a new version judges, at least: those who judge
look at the manifest before each batch."""

AGAIN_S = 60.0
"""After this time what is broken is looked at again."""
MOST_LOADED = 3
"""Versions in memory: hours of two come for as long as some meters are late, and one is to come."""
LOADED_AHEAD = 2
"""The newest ones of the manifest, which are loaded before anybody asks for them."""

_LOCK = "_publishing.lock"


def manifest(folder: Path) -> ModelManifest:
    """The manifest of a folder of models; empty if there is none.

    Raises:
        BrokenModelError: it is unreadable.
    """
    try:
        return _read_manifest(folder)
    except FileNotFoundError:
        return ModelManifest()
    except OSError as error:
        raise _unreadable(folder / MANIFEST, error) from error


def _read_manifest(folder: Path) -> ModelManifest:
    """The manifest that is there.

    Raises:
        BrokenModelError: it is none.
        OSError: it cannot be read, or is not there.
    """
    path = folder / MANIFEST
    content = path.read_bytes()
    try:
        return ModelManifest.model_validate(orjson.loads(content))
    except (orjson.JSONDecodeError, ValidationError) as error:
        raise BrokenModelError(
            f"{path} is not a manifest ({error}); it says which model judges which hour: bring it "
            "back from a backup"
        ) from error


def _unreadable(path: Path, error: OSError) -> BrokenModelError:
    return BrokenModelError(
        f"{path} cannot be read ({error.strerror}); it says which model judges which hour: let the "
        "workers of the jobs read it, or bring it back from a backup"
    )


def cards(
    folder: Path, known: ModelManifest
) -> tuple[dict[str, Card], list[BrokenModelError | ModelError]]:
    """The cards of all versions that are there or published, and why some have none: they are not
    there, are broken, or are not what was published."""
    published = {each.version: each.sha256 for each in known.versions}
    good: dict[str, Card] = {}
    broken: list[BrokenModelError | ModelError] = []
    for version in sorted({*versions(folder), *published}):
        try:
            good[version] = load(folder, version, published.get(version)).card
        except (BrokenModelError, ModelError) as error:
            broken.append(error)
    return good, broken


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
    channel: Integers
    """The one of `scoring.CHANNELS` that the score is of; -1 without a score."""
    used_wh: Floats
    """What it looks at, ..."""
    usual_wh: Floats
    """... and what is usual of that."""
    version: NDArray[np.object_]
    """None where there was none, or it has no tables of the meter."""

    @classmethod
    def nothing(cls, rows: int) -> "Scores":
        """Nothing is said of so many rows."""
        return cls(
            np.full(rows, np.nan),
            np.full(rows, -1, dtype=np.int64),
            np.full(rows, np.nan),
            np.full(rows, np.nan),
            np.full(rows, None, dtype=object),
        )


class PublishedModels:
    """The published versions of a folder.

    The newest ones are loaded aside as soon as the manifest has them, LEAD_MS before an hour asks
    for them; an older one is when it is asked for, and waited for.

    What is broken raises; or, for somebody who must go on, it is told of, and what was good before
    goes on: the manifest that was read last, and for the hours of a version the one before it. Each
    score names its version, so nobody takes it for another one's.
    """

    def __init__(
        self, folder: Path, tell: Callable[[BrokenModelError | ModelError], None] | None = None
    ) -> None:
        """
        Args:
            tell: Is told of what is broken, once in AGAIN_S; without it errors are raised.
        """
        self._folder = folder
        self._tell = tell
        self._seen: tuple[int, int, int] | None = None
        self._manifest = ModelManifest()
        self._loader = ThreadPoolExecutor(max_workers=1, thread_name_prefix="models")
        self._loads: dict[PublishedModel, Future[_Ready]] = {}
        """Those that were asked for last are the last."""
        self._failed: set[PublishedModel] = set()
        self._again_s: dict[str, float] = {}

    def look(self) -> bool:
        """Read the manifest if it has been replaced, and say whether any version is published."""
        if not self._waits(MANIFEST):
            try:
                self._look()
            except BrokenModelError as error:
                self._fail(MANIFEST, error)
        return bool(self._manifest.versions)

    def _look(self) -> None:
        """Read the manifest if it has been replaced.

        Raises:
            BrokenModelError: it is unreadable, or is no longer there.
        """
        path = self._folder / MANIFEST
        try:
            state = path.stat()
            seen = (state.st_mtime_ns, state.st_size, state.st_ino)
            if seen != self._seen:
                self._manifest, self._seen = _read_manifest(self._folder), seen
                for published in self._manifest.versions[-LOADED_AHEAD:]:
                    if published not in self._loads and not self._waits(published.version):
                        self._keep(published, self._load(published))
        except (FileNotFoundError, NotADirectoryError) as error:
            # Until the first one nothing is published. Nobody takes that back by removing it.
            if self._seen is not None:
                raise _unreadable(path, error) from error
        except OSError as error:
            raise _unreadable(path, error) from error

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
            BrokenModelError, ModelError: the manifest or a version is not what it must be, and
                nobody is told.
        """
        said = Scores.nothing(len(hours_ms))
        for rows, ready in self._by_version(hours_ms):
            meters = ready.rows_of([meter_ids[row] for row in rows.tolist()])
            rows, meters = rows[meters >= 0], meters[meters >= 0]
            if len(rows):
                ready.say(said, rows, meters, hours_ms[rows], spans_wh[rows], base_wh[rows])
        return said

    def usual(self, meter_id: str, begin_ms: int, end_ms: int) -> Usual:
        """What is usual for a meter in the hours that a time lies in, whole ones of UTC.

        Args:
            begin_ms: Of the time, epoch ms; it ends before `end_ms`.

        Raises:
            As `scores`.
        """
        first, last = begin_ms // HOUR_MS, -(-end_ms // HOUR_MS)
        said = Usual.nothing(first * HOUR_MS, last - first)
        hours_ms = np.arange(first, last, dtype=np.int64) * HOUR_MS
        for hours, ready in self._by_version(hours_ms):
            (row,) = ready.rows_of([meter_id]).tolist()
            if row >= 0:
                tables, places = ready.model.tables, ready.model.calendar.places(hours_ms[hours])
                said.wh[hours] = usual_wh(tables, row, places)
                said.own[hours] = tables.own[row]
        return said

    def _by_version(self, hours_ms: Integers) -> "Iterator[tuple[Integers, _Ready]]":
        """Versions that judge hours, each with the places of its hours."""
        if not self.look():
            return
        place = self._places(hours_ms)
        for n in np.unique(place[place >= 0]).tolist():
            ready = self._ready(n)
            if ready is not None:
                yield np.flatnonzero(place == n), ready

    def are_there(self, hours_ms: Integers) -> NDArray[np.bool_]:
        """Whether a version is valid for hours, by the start of each: as the manifest was at the
        last look."""
        valid: NDArray[np.bool_] = self._places(hours_ms) >= 0
        return valid

    def _places(self, hours_ms: Integers) -> Integers:
        """Of each hour the place of its version in the manifest; -1 before the first."""
        begins = np.array([each.valid_from_ms for each in self._manifest.versions], dtype=np.int64)
        places: Integers = np.searchsorted(begins, hours_ms, side="right") - 1
        return places

    def wait(self) -> None:
        """Wait for what is being loaded, so that nobody has to who judges."""
        wait(self._loads.values())

    def _ready(self, number: int) -> "_Ready | None":
        """The version of that number in the manifest; if it cannot be read, one before it."""
        for published in reversed(self._manifest.versions[: number + 1]):
            ready = self._of(published)
            if ready is not None:
                return ready
        return None

    def _of(self, published: PublishedModel) -> "_Ready | None":
        """A version; None if it could not be read the last time."""
        load = self._loads.pop(published, None)
        if load is None:
            if self._waits(published.version):
                return None
            load = self._load(published)
        if published in self._failed and not load.done():
            # Who goes on without it does not wait for it.
            self._keep(published, load)
            return None
        try:
            ready = load.result()
        except (BrokenModelError, ModelError) as error:
            self._fail(published.version, error)
            self._failed.add(published)
            return None
        self._failed.discard(published)
        self._keep(published, load)
        return ready

    def _load(self, published: PublishedModel) -> "Future[_Ready]":
        return self._loader.submit(_Ready.of, self._folder, published)

    def _keep(self, published: PublishedModel, load: "Future[_Ready]") -> None:
        self._loads[published] = load
        while len(self._loads) > MOST_LOADED:
            del self._loads[next(iter(self._loads))]

    def _waits(self, name: str) -> bool:
        return monotonic() < self._again_s.get(name, 0.0)

    def _fail(self, name: str, error: BrokenModelError | ModelError) -> None:
        if self._tell is None:
            raise error
        self._again_s[name] = monotonic() + AGAIN_S
        self._tell(error)


@dataclass(frozen=True, slots=True)
class _Ready:
    version: str
    model: Model
    scorer: Scorer
    rows: dict[str, int] = field(default_factory=dict)
    """Of the meters that were asked for: a table of all would have to be made first."""

    @classmethod
    def of(cls, folder: Path, published: PublishedModel) -> "_Ready":
        """A version, ready to judge.

        Raises:
            BrokenModelError, ModelError: as `model_files.load`.
        """
        model = load(folder, published.version, published.sha256)
        return cls(published.version, model, Scorer.of(model.tables))

    def rows_of(self, meter_ids: Sequence[str]) -> Integers:
        """The rows of meters; -1 of one without."""
        new = [each for each in set(meter_ids) if each not in self.rows]
        if new:
            rows = self.model.tables.rows_of(new).tolist()
            self.rows.update(zip(new, rows, strict=True))
        return np.array([self.rows[each] for each in meter_ids], dtype=np.int64)

    def say(
        self,
        into: Scores,
        rows: Integers,
        meters: Integers,
        hours_ms: Integers,
        spans_wh: Floats,
        base_wh: Floats,
    ) -> None:
        """Say the scores of some rows."""
        places = self.model.calendar.places(hours_ms)
        found = self.scorer.channels(meters, places.day_type, places.hour, spans_wh, base_wh)
        tau = np.array(self.model.tau)
        into.version[rows] = self.version
        into.score[rows] = score(found, tau)
        judged = ~np.isnan(into.score[rows])
        channel = np.argmax(np.nan_to_num(found[judged] / tau, nan=-np.inf), axis=-1)
        usual = self.scorer.usual_wh(meters, places.day_type, places.hour)[judged]
        used = used_wh(spans_wh, base_wh)[judged]
        rows, each = rows[judged], np.arange(len(channel))
        into.channel[rows] = channel
        into.used_wh[rows] = used[each, channel]
        into.usual_wh[rows] = usual[each, channel]


def _time(ms: int) -> str:
    return f"{datetime.fromtimestamp(ms / 1_000, UTC):%Y-%m-%dT%H:%M}"
