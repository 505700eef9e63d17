"""Versions of the model: made, kept, published, and which of them judges an hour."""

import errno
import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from threading import Event
from typing import Any

import numpy as np
import orjson
import pytest
from numpy.typing import NDArray

from contracts.models import MANIFEST
from contracts.time import HOUR_MS
from detection.errors import BrokenModelError, DataError, ModelError
from detection.unusual.calendar import Calendar, public_holidays
from detection.unusual.hours import Hours
from detection.unusual.model_files import (
    GROUPS,
    TABLES,
    Card,
    Model,
    contents,
    load,
    read_digest,
    save,
    versions,
)
from detection.unusual.scoring import Scorer, score
from detection.unusual.spans import used
from detection.unusual.train import train
from detection.unusual.versions import PublishedModels, cards, manifest, publish
from tests.unit.detection.unusual.homes import homes, hour_ms

DAYS = 97
CALENDAR = Calendar("Europe/London", public_holidays("GB-ENG", [2013]))
GROUP_OF = {f"home-{n:03}": "household" for n in range(15)}


@pytest.fixture(scope="module")
def hours() -> Hours:
    return homes(20, DAYS + 10)


@pytest.fixture(scope="module")
def model(hours: Hours) -> Model:
    return train(hours.of_days(0, DAYS), CALENDAR, 5.0, group_of=GROUP_OF, data=("a",), code="c")


@pytest.fixture(scope="module")
def second(hours: Hours) -> Model:
    return train(hours.of_days(0, DAYS + 3), CALENDAR, 20.0, data=("a",), code="c")


def test_a_card_says_what_was_learned_from_what(model: Model) -> None:
    card = model.card

    assert (card.trained_from_ms, card.trained_to_ms) == (hour_ms(DAYS - 56), hour_ms(DAYS))
    assert card.calibrated_from_ms == hour_ms(56)
    assert (card.meters, card.own, card.asked_per_1000, card.seed) == (20, 20, 5.0, 1)
    assert (card.held_out.homes, card.held_out.home_days) == (7, 7 * 28)
    assert card.held_out.recall["6 kW at 17"] == 1.0
    assert set(model.tables.groups) == {"household", "everyone"}


def test_the_same_data_makes_the_same_files(hours: Hours, model: Model) -> None:
    again = train(hours.of_days(0, DAYS), CALENDAR, 5.0, group_of=GROUP_OF, data=("a",), code="c")
    other = train(
        hours.of_days(0, DAYS), CALENDAR, 5.0, group_of=GROUP_OF, data=("a",), code="c", seed=2
    )

    assert contents(again) == contents(model)
    assert contents(other) != contents(model)


def test_many_homes_are_tested_by_a_sample(hours: Hours, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("detection.unusual.train.MOST_TESTED", 15)
    made = train(hours, CALENDAR, 5.0)

    assert (made.card.held_out.homes, made.card.meters) == (5, 20)


def test_as_many_false_alerts_as_nothing(hours: Hours) -> None:
    with pytest.raises(DataError, match="0 false alerts were asked for"):
        train(hours, CALENDAR, 0.0)


def test_what_is_read_is_what_was_made(tmp_path: Path, model: Model) -> None:
    version = save(tmp_path, model)

    assert version.startswith("2013-04-08-")
    assert versions(tmp_path) == [version]
    assert save(tmp_path, model) == version
    read = load(tmp_path, version)
    assert (read.tau, read.calendar, read.card) == (model.tau, model.calendar, model.card)
    assert contents(read) == contents(model)
    np.testing.assert_array_equal(read.tables.scales(), model.tables.scales())


def test_a_version_that_is_not_there(tmp_path: Path, model: Model) -> None:
    version = save(tmp_path, model)

    with pytest.raises(ModelError, match=f"has no version 'x'; it has {version}: give one"):
        load(tmp_path, "x")
    with pytest.raises(ModelError, match="it has none"):
        load(tmp_path / "elsewhere", "x")


def test_files_that_are_not_what_was_published(tmp_path: Path, model: Model) -> None:
    version = save(tmp_path, model)
    published = read_digest(tmp_path, version)
    (tmp_path / version / GROUPS).write_bytes(b"{}")

    with pytest.raises(BrokenModelError, match="is not what was published"):
        load(tmp_path, version, published)
    with pytest.raises(BrokenModelError, match="is no version of this model"):
        load(tmp_path, version)


def test_tables_of_other_columns(tmp_path: Path, model: Model) -> None:
    version = save(tmp_path, model)
    path = tmp_path / version / TABLES
    path.write_bytes(path.read_bytes()[:200])

    with pytest.raises(BrokenModelError, match="is no version of this model"):
        load(tmp_path, version)


def test_published_versions_are_in_the_manifest(
    tmp_path: Path, model: Model, second: Model
) -> None:
    one, two = save(tmp_path, model), save(tmp_path, second)
    publish(tmp_path, one, hour_ms(DAYS), closed_ms=0)
    publish(tmp_path, two, hour_ms(DAYS + 3), closed_ms=hour_ms(DAYS + 2))

    found = manifest(tmp_path).versions
    assert [(each.version, each.valid_from_ms) for each in found] == [
        (one, hour_ms(DAYS)),
        (two, hour_ms(DAYS + 3)),
    ]
    assert [each.sha256 for each in found] == [read_digest(tmp_path, each) for each in (one, two)]


@pytest.mark.parametrize(
    ("valid_from_ms", "closed_ms", "message"),
    [
        (hour_ms(DAYS, 5) + 1, 0, "give the start of an hour"),
        (hour_ms(DAYS - 1, 23), 0, r"it has learned .*2013-04-08T00:00; give 2013-04-08T00:00"),
        (
            hour_ms(DAYS, 5),
            hour_ms(DAYS, 5),
            r"hours up to 2013-04-08T05:00 are closed; give 2013-04-08T06:00 or later",
        ),
        # 6:30 is not closed whole.
        (hour_ms(DAYS, 7), hour_ms(DAYS, 6) + 1, "give 2013-04-08T08:00 or later"),
    ],
)
def test_a_version_is_not_valid_from_too_early(
    tmp_path: Path, model: Model, valid_from_ms: int, closed_ms: int, message: str
) -> None:
    version = save(tmp_path, model)

    with pytest.raises(ModelError, match=message):
        publish(tmp_path, version, valid_from_ms, closed_ms)
    assert not (tmp_path / MANIFEST).exists()


def test_a_version_comes_after_the_one_before(tmp_path: Path, model: Model) -> None:
    version = save(tmp_path, model)
    publish(tmp_path, version, hour_ms(DAYS, 9), closed_ms=0)

    with pytest.raises(ModelError, match=f"{version} is valid from .*; give 2013-04-08T10:00"):
        publish(tmp_path, version, hour_ms(DAYS, 9), closed_ms=0)


def test_a_manifest_that_is_none(tmp_path: Path) -> None:
    (tmp_path / MANIFEST).write_text('{"versions": [{"version": 1}]}')

    with pytest.raises(BrokenModelError, match="is not a manifest"):
        manifest(tmp_path)


def rows_of(hours: Hours, home: int, columns: list[int]) -> tuple[list[str], list[NDArray[Any]]]:
    seen = used(hours)
    return (
        [hours.meters[home]] * len(columns),
        [hours.starts_ms[columns], seen.spans_wh[home, columns], seen.base_wh[home, columns]],
    )


def test_an_hour_is_judged_by_the_version_of_its_time(
    tmp_path: Path, hours: Hours, model: Model, second: Model
) -> None:
    one, two = save(tmp_path, model), save(tmp_path, second)
    published = PublishedModels(tmp_path)
    columns = [day * 24 + 3 for day in (DAYS + 4, DAYS - 1, DAYS, DAYS + 3, DAYS + 2)]
    meter_ids, rows = rows_of(hours, 2, columns)

    nothing = published.scores(meter_ids, *rows)
    publish(tmp_path, one, hour_ms(DAYS), closed_ms=0)
    first = published.scores(meter_ids, *rows)
    publish(tmp_path, two, hour_ms(DAYS + 3, 3), closed_ms=0)
    both = published.scores(meter_ids, *rows)

    assert np.isnan(nothing.score).all()
    assert nothing.version.tolist() == [None] * 5
    assert first.version.tolist() == [one, None, one, one, one]
    assert both.version.tolist() == [two, None, one, two, one]
    np.testing.assert_array_equal(both.score[[2, 4]], first.score[[2, 4]])
    assert (both.score[[0, 3]] != first.score[[0, 3]]).all()
    # As whoever starts afterwards finds it.
    again = PublishedModels(tmp_path).scores(meter_ids, *rows)
    np.testing.assert_array_equal(again.score, both.score)


def test_scores_are_those_of_the_tables(tmp_path: Path, hours: Hours, model: Model) -> None:
    publish(tmp_path, save(tmp_path, model), hour_ms(DAYS), closed_ms=0)
    columns = list(range(DAYS * 24, (DAYS + 10) * 24))
    meter_ids, rows = rows_of(hours, 7, columns)
    places = CALENDAR.places(hours.starts_ms[columns])
    channels = Scorer.of(model.tables).channels(
        np.array(7), places.day_type, places.hour, rows[1], rows[2]
    )

    found = PublishedModels(tmp_path).scores(
        [*meter_ids, "nobody"], *(np.concatenate([each, each[-1:]]) for each in rows)
    )

    np.testing.assert_array_equal(found.score[:-1], score(channels, np.array(model.tau)))
    assert np.isnan(found.score[-1])


def test_a_published_version_that_has_changed_is_refused(
    tmp_path: Path, hours: Hours, model: Model
) -> None:
    version = save(tmp_path, model)
    publish(tmp_path, version, hour_ms(DAYS), closed_ms=0)
    path = tmp_path / version / GROUPS
    path.write_bytes(path.read_bytes().replace(b"household", b"homestead"))
    meter_ids, rows = rows_of(hours, 2, [DAYS * 24])

    with pytest.raises(BrokenModelError, match="is not what was published"):
        PublishedModels(tmp_path).scores(meter_ids, *rows)


def test_the_manifest_is_replaced_as_a_whole(tmp_path: Path, model: Model) -> None:
    version = save(tmp_path, model)
    publish(tmp_path, version, hour_ms(DAYS), closed_ms=0)
    before = os.open(tmp_path / MANIFEST, os.O_RDONLY)
    try:
        publish(tmp_path, version, hour_ms(DAYS) + HOUR_MS, closed_ms=0)
        # Who has the old one open reads the old one.
        assert len(orjson.loads(os.read(before, 10**6))["versions"]) == 1
    finally:
        os.close(before)
    assert len(manifest(tmp_path).versions) == 2


def test_a_version_appears_as_a_whole(tmp_path: Path, model: Model) -> None:
    version = save(tmp_path, model)
    unfinished = replace(model, card=replace(model.card, code="other"))
    (tmp_path / ".2013-04-08-00000000.new").mkdir()
    (tmp_path / ".2013-04-08-00000000.new" / "card.json").write_text("{}")

    assert versions(tmp_path) == [version]
    assert save(tmp_path, unfinished) != version


def test_a_score_says_what_it_is_of(tmp_path: Path, hours: Hours, model: Model) -> None:
    publish(tmp_path, save(tmp_path, model), hour_ms(DAYS), closed_ms=0)
    columns = list(range(DAYS * 24, (DAYS + 10) * 24))
    found = set()
    for home in range(len(hours.meters)):
        meter_ids, (starts_ms, spans_wh, base_wh) = rows_of(hours, home, columns)
        said = PublishedModels(tmp_path).scores(meter_ids, starts_ms, spans_wh, base_wh)
        places = CALENDAR.places(starts_ms)
        tables, scales = model.tables, model.tables.scales()
        for n in range(len(columns)):
            place = (places.day_type[n], places.hour[n])
            loc = tables.loc[home][(slice(None), *place)].astype(float)
            hi = tables.hi[home][(slice(None), *place)].astype(float)
            base = float(tables.base_wh[home])
            used_wh = [*spans_wh[n], spans_wh[n, 0], base_wh[n]]
            usual_wh = [*loc, loc[0], base]
            units = [
                *(hi * scales[home, :3]),
                float(tables.record_wh[home]),
                float(tables.base_spread_wh[home]) * scales[home, 3],
            ]
            channels = [
                (used - usual) / unit / tau
                for used, usual, unit, tau in zip(used_wh, usual_wh, units, model.tau, strict=True)
            ]
            best = int(np.argmax(channels))
            assert said.channel[n] == best
            assert said.score[n] == pytest.approx(channels[best])
            assert (said.used_wh[n], said.usual_wh[n]) == (used_wh[best], usual_wh[best])
            found.add(best)
    assert found == set(range(5))


def test_the_version_before_a_broken_one_judges(
    tmp_path: Path, hours: Hours, model: Model, second: Model, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = [0.0]
    monkeypatch.setattr("detection.unusual.versions.monotonic", lambda: clock[0])
    one, two = save(tmp_path, model), save(tmp_path, second)
    publish(tmp_path, one, hour_ms(DAYS), closed_ms=0)
    publish(tmp_path, two, hour_ms(DAYS + 3), closed_ms=0)
    path = tmp_path / two / GROUPS
    good = path.read_bytes()
    path.write_bytes(good.replace(b"everyone", b"somebody"))
    told: list[BrokenModelError | ModelError] = []
    published = PublishedModels(tmp_path, told.append)
    meter_ids, rows = rows_of(hours, 2, [(DAYS + 4) * 24, DAYS * 24])

    assert published.scores(meter_ids, *rows).version.tolist() == [one, one]
    assert published.scores(meter_ids, *rows).version.tolist() == [one, one]
    assert [f"{two} is not what was published" in str(error) for error in told] == [True]
    good_cards, broken = cards(tmp_path, manifest(tmp_path))
    assert (list(good_cards), [str(each) for each in broken]) == ([one], [str(told[0])])

    clock[0] = 61.0
    assert published.scores(meter_ids, *rows).version.tolist() == [one, one]
    published.wait()
    assert published.scores(meter_ids, *rows).version.tolist() == [one, one]
    assert len(told) == 2
    path.write_bytes(good)
    clock[0] = 122.0
    published.scores(meter_ids, *rows)
    published.wait()
    assert published.scores(meter_ids, *rows).version.tolist() == [two, one]
    assert len(told) == 2

    (tmp_path / one / TABLES).unlink()
    started = PublishedModels(tmp_path, told.append).scores(meter_ids, *rows)
    assert started.version.tolist() == [two, None]
    assert np.isnan(started.score[1])


class Gate:
    """Lets versions be loaded, but for one that is held up."""

    def __init__(self, held_up: str) -> None:
        self.held_up, self.opened, self.loaded = held_up, Event(), list[str]()

    def load(self, folder: Path, version: str, sha256: str | None) -> Model:
        self.loaded.append(version)
        if version == self.held_up:
            assert self.opened.wait(60)
        return load(folder, version, sha256)


def test_a_version_is_loaded_before_it_is_asked_for(
    tmp_path: Path, hours: Hours, model: Model, second: Model, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, two = save(tmp_path, model), save(tmp_path, second)
    gate = Gate(two)
    publish(tmp_path, one, hour_ms(DAYS), closed_ms=0)
    monkeypatch.setattr("detection.unusual.versions.load", gate.load)
    published = PublishedModels(tmp_path)
    meter_ids, rows = rows_of(hours, 2, [DAYS * 24, (DAYS + 1) * 24])
    assert published.scores(meter_ids, *rows).version.tolist() == [one, one]

    monkeypatch.undo()
    publish(tmp_path, two, hour_ms(DAYS + 3), closed_ms=0)
    monkeypatch.setattr("detection.unusual.versions.load", gate.load)
    assert published.scores(meter_ids, *rows).version.tolist() == [one, one]
    gate.opened.set()
    published.wait()
    assert gate.loaded == [one, two]

    # It is there.
    later, rows = rows_of(hours, 2, [(DAYS + 4) * 24])
    assert published.scores(later, *rows).version.tolist() == [two]
    assert gate.loaded == [one, two]


def test_a_version_that_was_broken_is_not_waited_for(
    tmp_path: Path, hours: Hours, model: Model, second: Model, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = [0.0]
    monkeypatch.setattr("detection.unusual.versions.monotonic", lambda: clock[0])
    one, two = save(tmp_path, model), save(tmp_path, second)
    publish(tmp_path, one, hour_ms(DAYS), closed_ms=0)
    publish(tmp_path, two, hour_ms(DAYS + 3), closed_ms=0)
    path = tmp_path / two / GROUPS
    good = path.read_bytes()
    path.write_bytes(b"{}")
    published = PublishedModels(tmp_path, lambda _: None)
    meter_ids, rows = rows_of(hours, 2, [(DAYS + 4) * 24])
    assert published.scores(meter_ids, *rows).version.tolist() == [one]

    path.write_bytes(good)
    gate = Gate(two)
    monkeypatch.setattr("detection.unusual.versions.load", gate.load)
    clock[0] = 61.0
    assert published.scores(meter_ids, *rows).version.tolist() == [one]
    assert published.scores(meter_ids, *rows).version.tolist() == [one]
    gate.opened.set()
    published.wait()
    assert published.scores(meter_ids, *rows).version.tolist() == [two]
    assert gate.loaded == [two]


def test_many_versions_are_loaded_when_they_are_asked_for(
    tmp_path: Path, hours: Hours, model: Model
) -> None:
    """No more than three are kept."""
    known = []
    for day in range(6):
        known.append(save(tmp_path, replace(model, card=replace(model.card, code=f"{day}"))))
        publish(tmp_path, known[day], hour_ms(DAYS + day), closed_ms=0)
    published = PublishedModels(tmp_path)
    meter_ids, rows = rows_of(hours, 2, [(DAYS + day) * 24 for day in (0, 5, 1, 4, 2, 3)])

    for _ in range(2):
        found = published.scores(meter_ids, *rows)
        assert found.version.tolist() == [known[day] for day in (0, 5, 1, 4, 2, 3)]


def test_a_manifest_that_is_broken_leaves_the_one_before(
    tmp_path: Path, hours: Hours, model: Model, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = [0.0]
    monkeypatch.setattr("detection.unusual.versions.monotonic", lambda: clock[0])
    version = save(tmp_path, model)
    publish(tmp_path, version, hour_ms(DAYS), closed_ms=0)
    good = (tmp_path / MANIFEST).read_bytes()
    told: list[BrokenModelError | ModelError] = []
    published = PublishedModels(tmp_path, told.append)
    meter_ids, rows = rows_of(hours, 2, [DAYS * 24])
    assert published.look()

    (tmp_path / MANIFEST).write_bytes(b"{")
    assert published.scores(meter_ids, *rows).version.tolist() == [version]
    assert published.look()
    assert ["is not a manifest" in str(error) for error in told] == [True]
    started = PublishedModels(tmp_path, told.append)
    assert not started.look()

    (tmp_path / MANIFEST).write_bytes(good)
    clock[0] = 61.0
    assert started.scores(meter_ids, *rows).version.tolist() == [version]
    assert len(told) == 2


def gone(path: Path) -> None:
    path.unlink()


def looping(path: Path) -> None:
    path.unlink()
    path.symlink_to(path.name)


@pytest.mark.parametrize(
    ("lose", "why"),
    [(gone, "No such file or directory"), (looping, "Too many levels of symbolic links")],
)
def test_a_manifest_that_cannot_be_read_leaves_the_one_before(
    tmp_path: Path,
    hours: Hours,
    model: Model,
    monkeypatch: pytest.MonkeyPatch,
    lose: Callable[[Path], None],
    why: str,
) -> None:
    clock = [0.0]
    monkeypatch.setattr("detection.unusual.versions.monotonic", lambda: clock[0])
    version = save(tmp_path, model)
    publish(tmp_path, version, hour_ms(DAYS), closed_ms=0)
    good = (tmp_path / MANIFEST).read_bytes()
    told: list[BrokenModelError | ModelError] = []
    published, strict = PublishedModels(tmp_path, told.append), PublishedModels(tmp_path)
    meter_ids, rows = rows_of(hours, 2, [DAYS * 24])
    assert published.look()
    assert strict.look()

    lose(tmp_path / MANIFEST)
    assert published.scores(meter_ids, *rows).version.tolist() == [version]
    assert published.scores(meter_ids, *rows).version.tolist() == [version]
    assert [f"{MANIFEST} cannot be read ({why})" in str(error) for error in told] == [True]
    with pytest.raises(BrokenModelError, match="bring it back from a backup"):
        strict.look()

    clock[0] = 61.0
    assert published.look()
    assert len(told) == 2
    (tmp_path / MANIFEST).unlink(missing_ok=True)
    (tmp_path / MANIFEST).write_bytes(good)
    clock[0] = 122.0
    assert published.scores(meter_ids, *rows).version.tolist() == [version]
    assert strict.look()
    assert len(told) == 2


def test_where_no_manifest_was_ever_there_nothing_is_broken(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    told: list[BrokenModelError | ModelError] = []

    for folder in (tmp_path, tmp_path / "nothing", tmp_path / "file"):
        assert not PublishedModels(folder, told.append).look()
        assert not PublishedModels(folder).look()
    assert told == []

    (tmp_path / MANIFEST).symlink_to(MANIFEST)
    assert not PublishedModels(tmp_path, told.append).look()
    assert len(told) == 1


def test_a_version_whose_folder_cannot_be_read_is_broken(
    tmp_path: Path, hours: Hours, model: Model, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, two = save(tmp_path, model), save(tmp_path, replace(model, card=other(model)))
    publish(tmp_path, one, hour_ms(DAYS), closed_ms=0)
    publish(tmp_path, two, hour_ms(DAYS + 3), closed_ms=0)
    told: list[BrokenModelError | ModelError] = []
    published = PublishedModels(tmp_path, told.append)
    meter_ids, rows = rows_of(hours, 2, [(DAYS + 4) * 24])

    looping(tmp_path / two / GROUPS)
    assert published.scores(meter_ids, *rows).version.tolist() == [one]
    gone(tmp_path / two / GROUPS)

    # As a folder of which the server has another one by then.
    def stale(_: Path) -> list[str]:
        raise OSError(errno.ESTALE, os.strerror(errno.ESTALE))

    monkeypatch.setattr("detection.unusual.model_files.versions", stale)
    again = PublishedModels(tmp_path, told.append)
    assert again.scores(meter_ids, *rows).version.tolist() == [one]
    assert ["cannot be read" in str(error) for error in told] == [True, True]


def other(model: Model) -> Card:
    return replace(model.card, code="other")
