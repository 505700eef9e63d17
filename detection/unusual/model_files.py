"""A version of the model as files: `tables.arrow`, `groups.json`, `card.json`.

`tables.arrow` is an Arrow file with a row a meter, sorted by id, in one batch: workers map it into
memory. Numbers are single precision: in half precision a day above 65 kWh would be infinite.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import pyarrow as pa
from numpy.typing import NDArray

from adapters.durable import sync
from detection.errors import BrokenModelError, ModelError
from detection.unusual.calendar import DAY_TYPES, Calendar
from detection.unusual.hours import HOURS_A_DAY
from detection.unusual.scoring import CHANNELS
from detection.unusual.spans import SPANS
from detection.unusual.tables import Group, Tables

TABLES, GROUPS, CARD = "tables.arrow", "groups.json", "card.json"
_NAMES = (TABLES, GROUPS, CARD)

ROWS_AT_ONCE = 10_000
"""Whose ids are looked at in one go: whoever judges meanwhile is not kept waiting by it."""

_CELL_SHAPE = (len(SPANS), DAY_TYPES, HOURS_A_DAY)
_CELLS = len(SPANS) * DAY_TYPES * HOURS_A_DAY

COLUMNS = pa.schema(
    [
        ("meter_id", pa.string()),
        ("group", pa.string()),
        ("own", pa.bool_()),
        ("loc", pa.list_(pa.float32(), _CELLS)),
        ("hi", pa.list_(pa.float32(), _CELLS)),
        ("records", pa.list_(pa.float32(), len(SPANS) + 1)),
        ("record_wh", pa.float32()),
        ("base_wh", pa.float32()),
        ("base_spread_wh", pa.float32()),
    ]
)
"""Fields of `tables.Tables`; `loc` and `hi` by span, day type and hour, hours run fastest."""


@dataclass(frozen=True, slots=True)
class HeldOut:
    """What was measured on homes that no threshold was set on."""

    homes: int
    home_days: float
    false_per_1000: float
    """Alerts for 1,000 home-days."""
    recall: dict[str, float]
    """Share found, by kind of injection."""


@dataclass(frozen=True, slots=True)
class Card:
    """Where a version comes from, and how good it is."""

    data: tuple[str, ...]
    """Files, or the archive of a namespace."""
    trained_from_ms: int
    trained_to_ms: int
    """Its tables are of [from, to), epoch ms."""
    calibrated_from_ms: int | None
    """Thresholds are of hours up to `trained_to_ms`; None if they are another model's."""
    meters: int
    own: int
    """Meters whose numbers are of their own hours."""
    asked_per_1000: float
    """False alerts for 1,000 home-days."""
    seed: int
    held_out: HeldOut
    """By whoever set the thresholds, on homes of its own."""
    code: str | None
    """Commit, with a + if there were changes; None where nobody knows."""
    thresholds: str | None = None
    """Whose they are: a version, or `thresholds.LONDON`; None if they are of its own hours."""


@dataclass(frozen=True, slots=True)
class Model:
    """All that judges an hour, and the card."""

    tables: Tables
    tau: tuple[float, ...]
    """Of each of `scoring.CHANNELS`."""
    calendar: Calendar
    card: Card


def contents(model: Model) -> dict[str, bytes]:
    """The files by name; equal models have equal files."""
    calendar = {
        "time_zone": model.calendar.time_zone,
        "holidays": sorted(day.isoformat() for day in model.calendar.holidays),
    }
    groups = {
        "tau": dict(zip(CHANNELS, model.tau, strict=True)),
        "groups": {name: asdict(group) for name, group in model.tables.groups.items()},
        "calendar": calendar,
    }
    return {
        TABLES: _arrow(model.tables),
        GROUPS: orjson.dumps(groups, option=orjson.OPT_INDENT_2),
        CARD: orjson.dumps(asdict(model.card), option=orjson.OPT_INDENT_2),
    }


def digest(files: dict[str, bytes]) -> str:
    """SHA-256 of the files' names and those of their contents, in the order of names."""
    return _digest({name: hashlib.sha256(files[name]).hexdigest() for name in files})


def _digest(of_files: Mapping[str, str]) -> str:
    lines = (f"{name} {of_files[name]}\n" for name in sorted(of_files))
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def _read_digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def save(folder: Path, model: Model) -> str:
    """Write a version into a folder of models, unpublished, and return its name: the day up to
    which it has learned, and what its digest begins with. It is whole as soon as it has its name.
    """
    files = contents(model)
    trained_to = datetime.fromtimestamp(model.card.trained_to_ms / 1_000, UTC)
    version = f"{trained_to:%Y-%m-%d}-{digest(files)[:8]}"
    if (folder / version).exists():
        return version
    unfinished = folder / f".{version}.new"
    unfinished.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        (unfinished / name).write_bytes(content)
        sync(unfinished / name)
    sync(unfinished)
    unfinished.rename(folder / version)
    sync(folder)
    return version


def read_digest(folder: Path, version: str) -> str:
    """The digest of a version's files as they are.

    Raises:
        ModelError: there is no such version.
        BrokenModelError: it cannot be read.
    """
    try:
        try:
            return _digest({name: _read_digest(folder / version / name) for name in _NAMES})
        except (FileNotFoundError, NotADirectoryError):
            known = ", ".join(versions(folder)) or "none"
    except OSError as error:
        raise BrokenModelError(
            f"{folder / version} cannot be read ({error}): let the workers of the jobs read it"
        ) from error
    raise ModelError(
        f"{folder} has no version {version!r}; it has {known}: give one of `wattstream model list`"
    )


def versions(folder: Path) -> list[str]:
    """Names of all versions that are there, published or not, sorted."""
    return sorted(path.parent.name for path in folder.glob(f"[!.]*/{CARD}"))


def load(folder: Path, version: str, sha256: str | None = None) -> Model:
    """A version; its tables are mapped into memory.

    Args:
        sha256: What its digest must be.

    Raises:
        ModelError: there is no such version.
        BrokenModelError: its files are not what they must be.
    """
    found = read_digest(folder, version)
    if sha256 not in (None, found):
        raise BrokenModelError(
            f"{folder / version} is not what was published (sha256 {found}, and the manifest says "
            f"{sha256}): bring it back from a backup, or publish another version"
        )
    try:
        groups = orjson.loads((folder / version / GROUPS).read_bytes())
        card = orjson.loads((folder / version / CARD).read_bytes())
        return Model(
            tables=_tables(folder / version / TABLES, groups["groups"]),
            tau=tuple(groups["tau"][name] for name in CHANNELS),
            calendar=Calendar(
                groups["calendar"]["time_zone"],
                frozenset(map(date.fromisoformat, groups["calendar"]["holidays"])),
            ),
            card=Card(
                **card | {"data": tuple(card["data"]), "held_out": HeldOut(**card["held_out"])}
            ),
        )
    except (KeyError, TypeError, ValueError, OSError, pa.ArrowException) as error:
        raise BrokenModelError(
            f"{folder / version} is no version of this model ({error}): train it again"
        ) from error


def _arrow(tables: Tables) -> bytes:
    names = list(tables.groups)
    columns = [
        pa.array([each.decode() for each in tables.ids.tolist()], pa.string()),
        pa.array([names[place] for place in tables.group.tolist()], pa.string()),
        pa.array(tables.own),
        _lists(tables.loc),
        _lists(tables.hi),
        _lists(tables.records),
        pa.array(tables.record_wh),
        pa.array(tables.base_wh),
        pa.array(tables.base_spread_wh),
    ]
    sink = pa.BufferOutputStream()
    with pa.ipc.new_file(sink, COLUMNS) as writer:
        writer.write_batch(pa.record_batch(columns, schema=COLUMNS))
    content: bytes = sink.getvalue().to_pybytes()
    return content


def _lists(numbers: NDArray[np.float32]) -> Any:  # noqa: ANN401
    flat = numbers.reshape(len(numbers), -1)
    return pa.FixedSizeListArray.from_arrays(pa.array(flat.ravel()), flat.shape[1])


def _tables(path: Path, groups: dict[str, Any]) -> Tables:
    batch = pa.ipc.open_file(pa.memory_map(str(path))).get_batch(0)
    if batch.schema != COLUMNS:
        raise ValueError(f"columns of {path.name} are {', '.join(batch.schema.names)}")

    def numbers(name: str, *shape: int) -> NDArray[np.float32]:
        column = batch.column(name)
        flat = column.flatten() if shape else column
        found: NDArray[np.float32] = flat.to_numpy().reshape(-1, *shape)
        return found if shape else found.ravel()

    return Tables(
        ids=_ids(batch.column("meter_id")),
        group=_places(batch.column("group"), list(groups)),
        own=batch.column("own").to_numpy(zero_copy_only=False),
        loc=numbers("loc", *_CELL_SHAPE),
        hi=numbers("hi", *_CELL_SHAPE),
        records=numbers("records", len(SPANS) + 1),
        record_wh=numbers("record_wh"),
        base_wh=numbers("base_wh"),
        base_spread_wh=numbers("base_spread_wh"),
        groups={
            name: Group(each["homes"], tuple(each["records"])) for name, each in groups.items()
        },
    )


def _ids(column: Any) -> NDArray[np.bytes_]:  # noqa: ANN401
    """Texts as an array, without an object for each."""
    _, offsets, data = column.buffers()
    ends = np.frombuffer(offsets, np.int32)[column.offset : column.offset + len(column) + 1]
    letters = np.frombuffer(data, np.uint8)
    width = int(np.diff(ends).max(initial=1))
    ids = np.zeros((len(column), width), dtype=np.uint8)
    for first in range(0, len(column), ROWS_AT_ONCE):
        of = ends[first : first + ROWS_AT_ONCE + 1]
        there = np.arange(width) < np.diff(of)[:, None]
        ids[first : first + ROWS_AT_ONCE][there] = letters[of[0] : of[-1]]
    found: NDArray[np.bytes_] = ids.reshape(-1).view(f"S{width}")
    return found


def _places(column: Any, names: Sequence[str]) -> NDArray[np.int64]:  # noqa: ANN401
    """Where each text is among the names.

    Raises:
        ValueError: it is not.
    """
    encoded = column.dictionary_encode()
    places = [names.index(each) for each in encoded.dictionary.to_pylist()]
    found: NDArray[np.int64] = np.array(places, dtype=np.int64)[encoded.indices.to_numpy()]
    return found
