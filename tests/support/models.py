"""Models of unusual use with tables by hand or by chance, published for a test."""

from collections.abc import Sequence
from datetime import date

import numpy as np
from numpy.typing import NDArray

from contracts.models import UNUSUAL_USE
from contracts.settings import Settings
from detection.unusual.calendar import DAY_TYPES, Calendar
from detection.unusual.model_files import Card, HeldOut, Model, save
from detection.unusual.scoring import CHANNELS
from detection.unusual.spans import SPANS
from detection.unusual.tables import EVERYONE, Group, Tables
from detection.unusual.versions import publish

CARD = Card((), 0, 0, 0, 0, 0, 5.0, 1, HeldOut(0, 0.0, 0.0, {"none": 0.0}), None)


def ids_of(meters: Sequence[str]) -> NDArray[np.bytes_]:
    """As tables have them."""
    return np.array([each.encode() for each in sorted(meters)], dtype=np.bytes_)


def even(meters: Sequence[str], usual_wh: float, tau: Sequence[float]) -> Model:
    """One by which meters use the same in each hour, and spread by no more than the least."""
    cells = np.ones((len(meters), len(SPANS), DAY_TYPES, 24), dtype=np.float32)
    by_span = np.array(SPANS, dtype=np.float32)[:, None, None]
    floors = np.array([100, 250, 500], dtype=np.float32)[:, None, None]
    single = np.ones(len(meters), dtype=np.float32)
    tables = Tables(
        ids=ids_of(meters),
        group=np.zeros(len(meters), dtype=np.int64),
        own=np.ones(len(meters), dtype=np.bool_),
        loc=cells * by_span * np.float32(usual_wh),
        hi=cells * floors,
        records=np.ones((len(meters), len(SPANS) + 1), dtype=np.float32),
        record_wh=single * 100,
        base_wh=single * np.float32(usual_wh),
        base_spread_wh=single * 30,
        groups={EVERYONE: Group(len(meters), (1.0,) * (len(SPANS) + 1))},
    )
    return Model(tables, tuple(tau), Calendar(), CARD)


def by_chance(rng: np.random.Generator, meters: Sequence[str], usual_wh: float) -> Model:
    """One whose numbers differ by meter, kind of day and hour; some are not known."""
    shape = (len(meters), len(SPANS), DAY_TYPES, 24)
    by_span = np.array(SPANS)[:, None, None]
    names = ("business", "household")
    base_wh = rng.uniform(0, usual_wh, len(meters))
    base_wh[rng.random(len(meters)) < 0.2] = np.nan
    tables = Tables(
        ids=ids_of(meters),
        group=rng.integers(0, len(names), len(meters)),
        own=rng.random(len(meters)) < 0.5,
        loc=(rng.uniform(0, 2, shape) * by_span * usual_wh).astype(np.float32),
        hi=(rng.uniform(0.1, 1, shape) * by_span * usual_wh).astype(np.float32),
        records=rng.uniform(0.2, 4, (len(meters), len(SPANS) + 1)).astype(np.float32),
        record_wh=rng.uniform(0.1, 2, len(meters)).astype(np.float32) * np.float32(usual_wh),
        base_wh=base_wh.astype(np.float32),
        base_spread_wh=rng.uniform(0.1, 1, len(meters)).astype(np.float32) * np.float32(usual_wh),
        groups={
            name: Group(1, tuple(rng.uniform(1, 3, len(SPANS) + 1).tolist())) for name in names
        },
    )
    calendar = Calendar(
        str(rng.choice(["UTC", "Europe/London", "Asia/Kolkata", "America/St_Johns"])),
        frozenset({date(2013, 1, 1), date(2013, 1, 4)}),
    )
    return Model(tables, tuple(rng.uniform(0.2, 0.8, len(CHANNELS)).tolist()), calendar, CARD)


def publish_all(settings: Settings, *models: tuple[Model, int]) -> list[str]:
    """Let models judge hours, each from a time on, and return their names."""
    folder = settings.models_dir / UNUSUAL_USE
    names = []
    for model, valid_from_ms in models:
        names.append(save(folder, model))
        publish(folder, names[-1], valid_from_ms, 0)
    return names
