"""Hours that models judge: worked out by hand, and by chance against what the hot job does."""

from binascii import crc32
from collections.abc import Callable, Iterable, Mapping

import numpy as np
import polars as pl
import pytest

from contracts.facts import ODD_SCORE, TURN_HOURS
from contracts.hours import KEPT_HOURS, NOT_WHOLE
from contracts.models import MANIFEST, UNUSUAL_USE
from contracts.settings import Settings
from contracts.time import HOUR_MS, MINUTE_MS
from detection.unusual.judging import judged
from detection.unusual.versions import PublishedModels
from tests.support.log import Sent, reading
from tests.support.log import T as HALF_PAST
from tests.support.models import by_chance, even, publish_all
from tests.unit.verification.oracle.conftest import Judge
from verification.errors import VerificationError
from verification.oracle.detection.judged import SMALL, judged_hours
from verification.oracle.detection.models import published
from verification.rows import JudgedFact

T = HALF_PAST - 30 * MINUTE_MS
"""Midnight; hour n ends n hours later."""
TAU = (2.0, 4.0, 8.0, 4.0, 1.0)
TURNS = (24, 49)
"""Of meter "a": said whatever they were."""

Hours = Callable[..., dict[int, JudgedFact]]


@pytest.fixture
def version(settings: Settings) -> str:
    """A model by which meter "a" uses 900 Wh an hour."""
    (name,) = publish_all(settings, (even(["a"], 900.0, TAU), T))
    return name


def home(energies: Mapping[int, float], count: int = 60, lost: Iterable[int] = ()) -> list[Sent]:
    """Reads at each full hour, and uses 900 Wh but where it is said otherwise."""
    gone, register = set(lost), 0.0
    sent: list[Sent] = [(T + 500, reading(T, seq=0, register=0.0))]
    for number in range(1, count + 1):
        register = round(register + energies.get(number, 900.0), 3)
        at_ms = T + number * HOUR_MS
        if number not in gone:
            sent.append((at_ms + 500, reading(at_ms, seq=number, register=register)))
    return sent


@pytest.fixture
def hours(judge: Judge) -> Hours:
    """The facts of a log by the number of their hour."""

    def of(*parts: Iterable[Sent]) -> dict[int, JudgedFact]:
        sent = sorted((each for part in parts for each in part), key=lambda each: each[0])
        found = judge(*sent, until=sent[-1][0] + HOUR_MS).judged_hours
        assert {meter_id for meter_id, _ in found} <= {"a"}
        assert all(each.is_decided for each in found.values())
        return {(at_ms - T) // HOUR_MS: each.rows[0] for (_, at_ms), each in found.items()}

    return of


def others(found: Mapping[int, JudgedFact]) -> dict[int, JudgedFact]:
    """Those whose turn it is not."""
    return {number: fact for number, fact in found.items() if number not in TURNS}


def test_without_a_model_no_hour_is_said(hours: Hours) -> None:
    assert hours(home({30: 9_000.0})) == {}


def test_hours_are_said_in_turn_from_the_first_that_a_model_is_for(
    hours: Hours, settings: Settings
) -> None:
    publish_all(settings, (even(["b"], 900.0, TAU), T + TURNS[0] * HOUR_MS))
    nothing = JudgedFact("gcpuy", None, None, None, None, None)
    assert hours(home({30: 9_000.0})) == {TURNS[1]: nothing}


def test_the_hour_of_which_a_model_is_valid_first_may_be_said_in_turn(
    hours: Hours, settings: Settings
) -> None:
    publish_all(settings, (even(["b"], 900.0, TAU), T + (TURNS[0] - 1) * HOUR_MS))
    assert set(hours(home({}))) == set(TURNS)


def test_each_25th_hour_is_said_whatever_it_was(hours: Hours, version: str) -> None:
    found = hours(home({24: 850.0}))

    assert found == {
        24: JudgedFact("gcpuy", 0.0, "base", 900.0, 900.0, version),
        49: JudgedFact("gcpuy", 0.0, "1 h", 900.0, 900.0, version),
    }


def test_an_hour_that_is_unusual_and_three_more(hours: Hours, version: str) -> None:
    found = others(hours(home({30: 1_140.0})))

    # 240 Wh more than 900 in units of 100 Wh, over 2; in six hours in units of 250 Wh, over 4.
    later = JudgedFact("gcpuy", 0.24, "6 h", 5_640.0, 5_400.0, version)
    assert found == {
        30: JudgedFact("gcpuy", 1.2, "1 h", 1_140.0, 900.0, version),
        31: later,
        32: later,
        33: later,
    }


@pytest.mark.usefixtures("version")
def test_before_a_day_has_passed_less_is_looked_at(hours: Hours) -> None:
    # Of the first five hours it is not known what was used in six.
    found = hours(home({2: 1_040.0}, count=12))

    assert {number: (each.score, each.channel) for number, each in found.items()} == {
        2: (0.7, "1 h"),
        3: (0.0, "1 h"),
        4: (0.0, "1 h"),
        5: (0.0, "1 h"),
    }


def test_a_base_load_is_the_third_smallest_hour_of_a_day(hours: Hours, version: str) -> None:
    # Two hours without use; 60 Wh more in all others, in units of 30 Wh, over 1.
    energies = dict.fromkeys(range(25, 50), 960.0) | {30: 0.0, 40: 0.0}
    found = others(hours(home(energies, count=48)))

    assert list(found) == [48]
    assert found[48] == JudgedFact("gcpuy", 2.0, "base", 960.0, 900.0, version)


def test_an_hour_that_is_not_whole_is_not_judged(hours: Hours, version: str) -> None:
    found = others(hours(home({30: 1_150.0, 34: 1_150.0}, lost=[31])))

    # Hours 31 and 32 were not read at the end, or at the beginning.
    nothing = JudgedFact("gcpuy", None, None, None, None, version)
    assert {number: each.score for number, each in found.items()} == {
        30: 1.25,
        32: None,
        33: 0.0,
        34: 1.25,
        35: 0.0,
        36: 0.0,
        37: 0.0,
    }
    assert found[32] == nothing


def test_in_its_turn_an_hour_is_said_that_is_not_whole(hours: Hours, version: str) -> None:
    nothing = JudgedFact("gcpuy", None, None, None, None, version)
    # Read at its end only; and not at all.
    assert hours(home({}, lost=[48]))[49] == nothing
    assert list(hours(home({}, lost=[49]))) == [24]


@pytest.mark.usefixtures("version")
def test_an_hour_in_which_the_register_fell_is_not_judged(hours: Hours) -> None:
    fell = home({30: 1_150.0, 31: -900.0, 32: 1_150.0})
    assert {number: each.score for number, each in others(hours(fell)).items()} == {
        30: 1.25,
        31: None,
        32: 1.25,
        33: 0.0,
        34: 0.0,
        35: 0.0,
    }


@pytest.mark.usefixtures("version")
@pytest.mark.parametrize(
    ("minute", "seq", "gained", "score"),
    [
        (15, 999, 250.0, 1.2),
        (15, 999, -10.0, None),
        (15, 999, 510.0, None),
        (30, 1_000, 510.0, 1.2),
        (30, 1_000, 490.0, None),
    ],
)
def test_an_hour_is_whole_if_all_in_it_is_between_its_beginning_and_its_end(
    hours: Hours, minute: int, seq: int, gained: float, score: float | None
) -> None:
    begin_ms, register = T + 29 * HOUR_MS, 28 * 900.0 + 1_140.0

    def said(at_min: int, minute: int, seq: int, gained: float) -> Sent:
        word = reading(begin_ms + minute * MINUTE_MS, seq=seq, register=register + gained)
        return begin_ms + at_min * MINUTE_MS + 500, word

    # What was read at half past is known when something is said of it, or of a quarter past.
    more = [said(30, 30, 1_000, 500.0), said(45, minute, seq, gained)]
    found = hours(home({29: 1_140.0, 30: 1_140.0}), more)

    assert found[30].score == score


def test_a_version_judges_the_hours_that_begin_in_its_time(
    settings: Settings, hours: Hours
) -> None:
    one, two = publish_all(
        settings,
        (even(["a"], 900.0, TAU), T + 10 * HOUR_MS),
        (even(["a"], 900.0, (1.0, 4.0, 8.0, 4.0, 1.0)), T + 30 * HOUR_MS),
    )
    found = others(hours(home({5: 1_140.0, 30: 1_150.0, 31: 1_150.0})))

    assert (found[30].score, found[30].model) == (1.25, one)
    assert (found[31].score, found[31].model) == (2.5, two)
    assert min(found) == 30


@pytest.mark.usefixtures("version")
def test_of_a_score_between_two_thousandths_both_are_right(judge: Judge) -> None:
    sent = home({30: 1_150.1, 40: 1_020.1})
    found = judge(*sent, until=sent[-1][0] + HOUR_MS)

    either = found.judged_hours["a", T + 30 * HOUR_MS]
    assert either.is_sure
    assert {row.score for row in either.rows} == {1.25, 1.251}
    # 0.6005 is 0.6 or 0.601, of which one is more than 0.6.
    perhaps = found.judged_hours["a", T + 40 * HOUR_MS]
    assert not perhaps.is_sure
    assert found.undecided == {("unusual_use", "a")}


def test_files_that_cannot_be_read_are_told_of(
    judge: Judge, settings: Settings, version: str
) -> None:
    folder = settings.models_dir / UNUSUAL_USE
    (folder / version / "groups.json").unlink()
    with pytest.raises(VerificationError, match="is no version of the model"):
        judge(*home({}), until=T + 61 * HOUR_MS)
    (folder / MANIFEST).write_text("{")
    with pytest.raises(VerificationError, match="cannot be read"):
        judge(*home({}), until=T + 61 * HOUR_MS)


@pytest.mark.parametrize("seed", range(5))
def test_models_say_the_same_of_any_hours(settings: Settings, seed: int) -> None:
    rng = np.random.default_rng(seed)
    meters = [f"m{number}" for number in range(6)]
    publish_all(
        settings,
        (by_chance(rng, meters[:5], 300.0), T + 30 * HOUR_MS),
        (by_chance(rng, meters[1:], 300.0), T + 70 * HOUR_MS),
    )
    rows = []
    for life, meter_id in enumerate([*meters, "m0"]):
        number = int(rng.integers(1, 40)) + (200 if life == len(meters) else 0)
        for _ in range(120):
            rows.append((life, meter_id, T + number * HOUR_MS, rng.random() > 0.02, number))
            number += int(rng.choice([1] * 60 + [2, 3, 4, 30]))
    lives, names, ends, whole, _ = zip(*rows, strict=True)
    energy = rng.integers(0, 900_000, len(rows))
    frame = pl.DataFrame(
        {
            "life": lives,
            "meter_id": names,
            "at_ms": ends,
            "area": "gcpuy",
            "whole": whole,
            "energy": energy,
        }
    )

    found = judged_hours(frame.sample(fraction=1, shuffle=True, seed=seed), published(settings))

    kept = np.full((len(rows), KEPT_HOURS), NOT_WHOLE)
    at = {(life, end): row for row, (life, _, end, *_) in enumerate(rows)}
    for row, (life, _, end, *_) in enumerate(rows):
        for ago in range(KEPT_HOURS):
            other = at.get((life, end - ago * HOUR_MS))
            if other is not None and whole[other]:
                kept[row, -1 - ago] = energy[other]
    models = PublishedModels(settings.models_dir / UNUSUAL_USE)
    said = judged(models, names, np.array(ends), kept)
    highest = said.highest.round(3)
    expected = {}
    for row, (_, meter_id, end, *_) in enumerate(rows):
        model = said.said.version[row]
        turn = end // HOUR_MS + crc32(meter_id.encode())
        if highest[row] > ODD_SCORE or (said.has_model[row] and turn % TURN_HOURS == 0):
            score = said.said.score[row]
            fact = JudgedFact("gcpuy", None, None, None, None, model)
            if not np.isnan(score):
                fact = fact._replace(
                    score=score.round(3),
                    channel=said.channels[row],
                    used_wh=said.said.used_wh[row].round(3),
                    usual_wh=said.said.usual_wh[row].round(3),
                )
            expected[meter_id, end] = fact
    assert len(expected) > 100
    assert {key: each.rows[0] for key, each in found.items()} == expected
    assert {each.channel for each in expected.values()} >= {"1 h", "6 h", "24 h", "record", None}
    assert SMALL < 1e-6
