"""The published models, from their files: which version judges which hour, and its tables."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from contracts.models import MANIFEST, UNUSUAL_USE, ModelManifest
from contracts.settings import Settings
from verification.errors import VerificationError

Floats = NDArray[np.float64]

CHANNELS = ("1 h", "6 h", "24 h", "record", "base")
"""What of an hour is looked at."""
SPANS = (1, 6, 24)
"""Hours of the first ones."""

_CELLS = (len(SPANS), 2, 24)
"""Spans, working and free days, hours of the day."""


@dataclass(frozen=True)
class Version:
    """One that judges hours which begin at a time or later, up to the next one's."""

    name: str
    valid_from_ms: int
    folder: Path

    def tables(self) -> "Tables":
        """What it knows.

        Raises:
            VerificationError: its files cannot be read.
        """
        try:
            return _tables(self.folder)
        except (OSError, KeyError, ValueError, pl.exceptions.PolarsError) as error:
            raise VerificationError(
                f"{self.folder} is no version of the model ({error!r}): what it judges cannot be "
                "verified; bring it back from a backup"
            ) from error


@dataclass(frozen=True)
class Tables:
    """A row a meter, as `docs/detection.md` has the model."""

    rows: dict[str, int]
    """Of meters, by id."""
    usual: Floats
    """By row, span, kind of day and hour: the median, Wh."""
    spread: Floats
    """Likewise the unit that energies above it are told in, ..."""
    scale: Floats
    """... and in how many of these, by row, span, and at last base load: a root of what the home
    and its group reached."""
    record: Floats
    base: Floats
    base_spread: Floats
    tau: Floats
    """Of each channel."""
    time_zone: str
    holidays: Sequence[date]


def published(settings: Settings) -> list[Version]:
    """The versions that judge, the earliest first; none if nothing is published.

    Raises:
        VerificationError: the manifest cannot be read.
    """
    folder = settings.models_dir / UNUSUAL_USE
    try:
        said = ModelManifest.model_validate_json((folder / MANIFEST).read_bytes())
    except (FileNotFoundError, NotADirectoryError):
        return []
    except (OSError, ValueError) as error:
        raise VerificationError(
            f"{folder / MANIFEST} cannot be read ({error}): it says which model judges which hour; "
            "bring it back from a backup"
        ) from error
    return [
        Version(each.version, each.valid_from_ms, folder / each.version) for each in said.versions
    ]


def _tables(folder: Path) -> Tables:
    frame = pl.read_ipc(folder / "tables.arrow")
    about = json.loads((folder / "groups.json").read_text())

    def numbers(name: str, *shape: int) -> Floats:
        found: Floats = frame[name].to_numpy().astype(np.float64)
        return found.reshape(len(frame), *shape) if shape else found

    own = numbers("records", len(SPANS) + 1)
    shared = np.array([_records(about, name) for name in frame["group"]], dtype=np.float64)
    shared = shared.reshape(own.shape)
    return Tables(
        rows={meter_id: row for row, meter_id in enumerate(frame["meter_id"])},
        usual=numbers("loc", *_CELLS),
        spread=numbers("hi", *_CELLS),
        scale=(np.maximum(own, 0.5 * shared) * shared) ** 0.5,
        record=numbers("record_wh"),
        base=numbers("base_wh"),
        base_spread=numbers("base_spread_wh"),
        tau=np.array([about["tau"][name] for name in CHANNELS]),
        time_zone=about["calendar"]["time_zone"],
        holidays=[date.fromisoformat(day) for day in about["calendar"]["holidays"]],
    )


def _records(about: dict[str, Any], group: str) -> list[float]:
    records: list[float] = about["groups"][group]["records"]
    return records
