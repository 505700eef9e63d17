"""What is usual for a meter, against tables looked up one hour at a time."""

from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from contracts.models import UNUSUAL_USE
from contracts.settings import Settings
from contracts.time import DAY_MS, HOUR_MS, MINUTE_MS
from detection.errors import BrokenModelError
from detection.unusual.calendar import Calendar
from detection.unusual.model_files import TABLES, Model
from detection.unusual.tables import fit
from detection.unusual.usual import Usual, usual_wh
from detection.unusual.versions import PublishedModels
from tests.support.models import by_chance, publish_all
from tests.unit.detection.unusual.homes import homes

METERS = ("a", "b", "c")
BEGIN_MS = 1_356_998_400_000
"""Tuesday, 2013-01-01, UTC; a holiday of these models, as the Friday after is."""
FROM = (BEGIN_MS + 2 * DAY_MS, BEGIN_MS + 4 * DAY_MS + 5 * HOUR_MS)
"""From when on two versions are valid."""


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(data_dir=tmp_path, namespace="n")


@pytest.fixture
def published(settings: Settings) -> list[Model]:
    models = [by_chance(np.random.default_rng(seed), METERS, 300.0) for seed in (1, 2)]
    publish_all(settings, *zip(models, FROM, strict=True))
    return models


def models_of(settings: Settings) -> PublishedModels:
    return PublishedModels(settings.models_dir / UNUSUAL_USE)


def looked_up(model: Model, row: int, at_ms: int) -> tuple[float, float, float]:
    """The band of an hour of a row's meter, by the words of `detection.unusual.usual`."""
    local = datetime.fromtimestamp(at_ms / 1_000, UTC).astimezone(
        ZoneInfo(model.calendar.time_zone)
    )
    free = local.weekday() >= 5 or local.date() in model.calendar.holidays
    tables = model.tables
    middle = float(tables.loc[row, 0, int(free), local.hour])
    most = middle + float(tables.hi[row, 0, int(free), local.hour])
    base = float(tables.base_wh[row])
    return (base if base < middle else middle), middle, most


@pytest.mark.parametrize("meter", METERS)
def test_each_hour_is_of_the_version_that_judges_it(
    settings: Settings, published: list[Model], meter: str
) -> None:
    found = models_of(settings).usual(meter, BEGIN_MS, BEGIN_MS + 7 * DAY_MS)
    row = METERS.index(meter)

    assert (found.begin_ms, found.wh.shape) == (BEGIN_MS, (7 * 24, 3))
    for place, at_ms in enumerate(range(BEGIN_MS, BEGIN_MS + 7 * DAY_MS, HOUR_MS)):
        version = sum(at_ms >= each for each in FROM)
        if version == 0:
            assert np.isnan(found.wh[place]).all()
            continue
        model = published[version - 1]
        assert found.wh[place] == pytest.approx(looked_up(model, row, at_ms))
        assert found.own[place] == model.tables.own[row]


@pytest.mark.usefixtures("published")
def test_hours_are_whole_ones_around_what_is_asked_for(settings: Settings) -> None:
    begin_ms, end_ms = FROM[0] + 90 * MINUTE_MS, FROM[0] + 150 * MINUTE_MS
    found = models_of(settings).usual("a", begin_ms, end_ms)

    assert (found.begin_ms, len(found.wh)) == (FROM[0] + HOUR_MS, 2)
    halves = (found.wh[0] + found.wh[1]) / 2
    (band,) = found.over([(begin_ms, end_ms)])
    assert band == pytest.approx(tuple(halves))


def test_a_meter_without_tables_and_a_folder_without_models(
    settings: Settings, published: list[Model]
) -> None:
    assert published
    nobody = models_of(settings).usual("zz", FROM[0], FROM[0] + DAY_MS)
    none = PublishedModels(settings.models_dir / "none").usual("a", FROM[0], FROM[0] + DAY_MS)

    for found in (nobody, none):
        assert len(found.wh) == 24
        assert np.isnan(found.wh).all()
        assert found.over([(FROM[0], FROM[0] + HOUR_MS)]) == [None]
        assert found.is_own() is None


def test_part_of_an_hour_is_its_share_and_what_is_not_known_makes_a_whole_unknown() -> None:
    wh = np.array([[10.0, 20.0, 60.0], [30.0, 40.0, 80.0], [np.nan] * 3])
    usual = Usual(BEGIN_MS, wh, np.ones(3, dtype=np.bool_))
    half_ms = HOUR_MS // 2

    def over(begin: int, end: int, more_ms: int = 0) -> tuple[float, ...] | None:
        """By halves of an hour."""
        span = BEGIN_MS + begin * half_ms, BEGIN_MS + end * half_ms + more_ms
        (band,) = usual.over([span])
        return band

    assert over(0, 1) == over(1, 2) == pytest.approx((5, 10, 30))
    assert over(1, 3) == pytest.approx((20, 30, 70))
    assert over(0, 4) == pytest.approx((40, 60, 140))
    assert over(0, 4, more_ms=1) is None
    assert usual.over([]) == []


@pytest.mark.parametrize(
    ("own", "found"), [((1, 1, 0), True), ((1, 0, 1), False), ((0, 0, 1), False)]
)
def test_it_is_the_meters_own_where_all_that_is_known_is(own: tuple[int, ...], found: bool) -> None:
    wh = np.array([[1.0] * 3, [1.0] * 3, [np.nan] * 3])
    assert Usual(BEGIN_MS, wh, np.array(own, dtype=np.bool_)).is_own() is found


def test_a_model_that_is_broken_is_told_of_and_nothing_is_said(
    settings: Settings, published: list[Model]
) -> None:
    assert published
    for path in (settings.models_dir / UNUSUAL_USE).glob(f"*/{TABLES}"):
        path.write_bytes(b"broken")
    told: list[Exception] = []
    models = PublishedModels(settings.models_dir / UNUSUAL_USE, told.append)

    assert np.isnan(models.usual("a", FROM[0], FROM[0] + DAY_MS).wh).all()
    assert [type(each) for each in told] == [BrokenModelError]


def test_nine_of_ten_hours_are_below_what_is_usual_at_most() -> None:
    calendar = Calendar("Europe/London")
    hours = homes(20, 56)
    tables = fit(hours, calendar)
    places = calendar.places(hours.starts_ms)
    below = [
        hours.energy_mwh[row] / 1_000 <= usual_wh(tables, row, places)[:, 2]
        for row in range(len(hours.meters))
    ]

    # A floor lets some homes have more.
    assert 0.89 <= np.mean(below) < 0.97
