"""Hours as they are handed on, and what is said of them."""

from pathlib import Path

import numpy as np
import pytest

from contracts.hours import KEPT_HOURS, NOT_WHOLE
from contracts.time import HOUR_MS
from detection.unusual.calendar import Calendar
from detection.unusual.hours import Hours
from detection.unusual.judging import energies_of, judged
from detection.unusual.model_files import save
from detection.unusual.spans import used
from detection.unusual.train import train
from detection.unusual.versions import PublishedModels, publish
from tests.unit.detection.unusual.homes import homes, hour_ms

DAYS = 97


@pytest.fixture(scope="module")
def hours() -> Hours:
    made = homes(20, DAYS + 4)
    made.energy_mwh[:, DAYS * 24 + 40] += 5_000_000
    made.complete[3, DAYS * 24 + 30 :: 7] = False
    made.energy_mwh[~made.complete] = 0
    return made


@pytest.fixture(scope="module")
def models(hours: Hours, tmp_path_factory: pytest.TempPathFactory) -> PublishedModels:
    folder = tmp_path_factory.mktemp("models")
    version = save(folder, train(hours.of_days(0, DAYS), Calendar(), 20.0))
    publish(folder, version, hour_ms(DAYS), 0)
    return PublishedModels(folder)


def handed_on(hours: Hours, home: int, column: int) -> bytes:
    """As the hot job does when the hour is over."""
    span = slice(column - KEPT_HOURS + 1, column + 1)
    known = np.where(hours.complete[home, span], hours.energy_mwh[home, span], NOT_WHOLE)
    return known.astype("<i4").tobytes()


def test_four_bytes_an_hour_the_earliest_first() -> None:
    first = b"".join(n.to_bytes(4, "little", signed=True) for n in (-1, 258, *range(25)))
    second = bytes(4 * 27)

    assert energies_of([first, second]).tolist() == [[-1, 258, *range(25)], [0] * 27]


def test_what_is_said_is_what_the_model_says_of_all_hours(
    hours: Hours, models: PublishedModels
) -> None:
    seen = used(hours)
    columns = np.arange((DAYS + 1) * 24, (DAYS + 4) * 24)
    unusual = 0
    for home in range(5):
        meter = hours.meters[home]
        before = np.arange(columns[0] - 3, columns[-1] + 1)
        of_all = models.scores(
            [meter] * len(before),
            hours.starts_ms[before],
            seen.spans_wh[home, before],
            seen.base_wh[home, before],
        ).score
        energies = energies_of([handed_on(hours, home, column) for column in columns])
        found = judged(models, [meter] * len(columns), hours.starts_ms[columns] + HOUR_MS, energies)

        np.testing.assert_array_equal(found.said.score, of_all[3:])
        highest = [np.fmax.reduce(of_all[n : n + 4]) for n in range(len(columns))]
        np.testing.assert_array_equal(found.highest, highest)
        said = ~np.isnan(found.said.score)
        assert [each is not None for each in found.channels] == said.tolist()
        unusual += np.count_nonzero(found.said.score > 1)
    assert unusual > 3


def test_without_a_model_nothing_is_said(hours: Hours, tmp_path: Path) -> None:
    energies = energies_of([handed_on(hours, 0, (DAYS + 1) * 24)])
    found = judged(
        PublishedModels(tmp_path / "nowhere"), ["home-000"], np.array([hour_ms(DAYS + 1)]), energies
    )

    assert np.isnan([found.said.score, found.highest, found.said.used_wh]).all()
    assert [*found.channels, *found.said.version] == [None, None]
