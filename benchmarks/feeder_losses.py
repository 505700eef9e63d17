"""`wattstream bench losses`: how well losses of feeders are found, on homes that were measured.

Feeders are made of real homes, each shifted by whole weeks; a supply meter measures them with what
transformers, cables and street lights lose, and with its errors. On half of the feeders somebody
takes electricity past the meter after the rule has learned. The rule is the product's, day by day.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray
from rich.table import Table

from contracts.alerts import Alert
from contracts.facts import DAY_WAIT_MS, HALF_HOUR_MS, HALF_HOURS, FeederDay, MeterDay
from contracts.settings import PROJECT
from contracts.time import DAY_MS
from infra.provenance import origin
from jobs.rules.all import read
from jobs.rules.feeder_loss import RULE
from jobs.rules.loss_alert import USE
from simulators.london.lcl import read_london

Floats = NDArray[np.float64]

DAYS, LEARNED_DAYS = 49, 21
HOMES = 50
WEEK = 7 * HALF_HOURS
MOST_WEEKS_SHIFTED = 8
MOST_THIEVES = 8
SEEN = 0.25
"""Which share of what he takes a thief's meter sees."""
BEGIN_WITHIN_DAYS = 5
"""A theft begins so long after the learning at most."""
COMPLETE = 0.99
"""Homes with a smaller share of their half-hours are left out."""
SHARES = ((0.005, 0.02), (0.02, 0.05), (0.05, 0.10), (0.10, 0.30))
"""Of the feeder's energy that is stolen: rows of the table."""
FEEDER, AREA = "f", "gcpuv"


@dataclass(frozen=True, slots=True)
class Errors:
    """How wrong meters are."""

    supply_gain: float = 0.005
    """Standard deviation of the supply meter's gain."""
    home_gain: float = 0.005
    noise: float = 0.003
    """Of a half-hour of the supply, as a share."""
    wander: float = 0.01
    """Of the slow error of the supply (24 h), as a share of the mean load."""
    away: float = 0.0
    """Share of its days of which a home's register is not known at the end."""


@dataclass(frozen=True, slots=True)
class Trial:
    """What became of a feeder."""

    thieves: tuple[str, ...]
    share: float
    """Of the feeder's energy that was stolen since the beginning; 0 of an honest one."""
    begin_day: int | None
    """On which day the theft began."""
    opened: tuple[int, ...]
    """Days of alerts that were opened, those before the theft began among them."""
    suspects: tuple[str, ...]
    """At the end, of the alert that was opened because of it."""
    dropped: tuple[str, ...]
    """Homes of which that alert says that they use much less than they used to."""

    @property
    def false(self) -> int:
        """Alerts without a theft."""
        return sum(self.begin_day is None or day < self.begin_day for day in self.opened)

    @property
    def found_after_days(self) -> int | None:
        """On which day of the theft it was found, from 1; None if it was not."""
        if self.begin_day is None:
            return None
        right = [day for day in self.opened if day >= self.begin_day]
        return right[0] - self.begin_day + 1 if right else None


def homes_of(path: Path) -> Floats:
    """Half-hours of homes, a row a home: kWh; short gaps are filled.

    Raises:
        RequestError: the file is none of London's.
    """
    readings = read_london(path).readings
    begin_ms = readings["ts"].to_numpy() - HALF_HOUR_MS
    first_ms = int(begin_ms.min()) // DAY_MS * DAY_MS
    place = (begin_ms - first_ms) // HALF_HOUR_MS
    home = readings["meter_id"].cast(pl.String).rank("dense").to_numpy().astype(np.int64) - 1
    energy = np.full((home.max() + 1, place.max() + 1), np.nan)
    energy[home, place] = readings["demand_mw"].to_numpy() / 2e6
    kept: Floats = energy[np.isnan(energy).mean(axis=1) < 1 - COMPLETE]
    for row in kept:
        gap = np.isnan(row)
        row[gap] = np.interp(np.flatnonzero(gap), np.flatnonzero(~gap), row[~gap])
    return kept


def run(homes: Floats, feeders: int, errors: Errors, seed: int) -> list[Trial]:
    """So many honest feeders, and as many with thieves, made of these homes."""
    rng = np.random.default_rng(seed)
    trials = []
    for _ in range(feeders):
        taken = _feeder(homes, rng)
        trials.append(_trial(taken, (), None, errors, rng))
        often = np.flatnonzero(taken.mean(axis=1) >= np.quantile(taken.mean(axis=1), 0.2))
        thieves = rng.choice(often, rng.integers(1, MOST_THIEVES + 1), replace=False)
        begin = LEARNED_DAYS * HALF_HOURS + int(rng.integers(0, BEGIN_WITHIN_DAYS * HALF_HOURS))
        trials.append(_trial(taken, thieves.tolist(), begin, errors, rng))
    return trials


def _feeder(homes: Floats, rng: np.random.Generator) -> Floats:
    """What some homes take, each of another week on."""
    length = DAYS * HALF_HOURS
    picked = rng.choice(len(homes), HOMES, replace=False)
    weeks = (homes.shape[1] - length) // WEEK - MOST_WEEKS_SHIFTED
    first = rng.integers(0, weeks) * WEEK + rng.integers(0, MOST_WEEKS_SHIFTED, HOMES) * WEEK
    return np.stack([homes[home, at : at + length] for home, at in zip(picked, first, strict=True)])


def _trial(
    taken: Floats,
    thieves: Sequence[int],
    begin: int | None,
    errors: Errors,
    rng: np.random.Generator,
) -> Trial:
    supplied = _supplied(taken, errors, rng)
    seen = taken * (1 + rng.normal(0, errors.home_gain, (len(taken), 1)))
    share = 0.0
    if begin is not None:
        seen[thieves, begin:] *= SEEN
        share = float(taken[thieves, begin:].sum() * (1 - SEEN) / taken[:, begin:].sum())
    alerts = list(_alerts(_facts(supplied, seen, errors, rng)))
    opened = tuple(_day(each.opened_at_ms) for each in alerts if each.state == "opened")
    begin_day = None if begin is None else begin // HALF_HOURS
    right = [day for day in opened if begin_day is not None and day >= begin_day]
    of_first = [each for each in alerts if right and _day(each.opened_at_ms) == right[0]]
    return Trial(
        tuple(_home(each) for each in thieves),
        share,
        begin_day,
        opened,
        of_first[-1].homes if of_first else (),
        _dropped(of_first[-1]) if of_first else (),
    )


def _dropped(alert: Alert) -> tuple[str, ...]:
    named = (name.partition(" ") for name in alert.evidence.numbers)
    return tuple(home for what, _, home in named if what == USE)


def _supplied(taken: Floats, errors: Errors, rng: np.random.Generator) -> Floats:
    """What the supply meter counts of it: losses and lights included, kWh a half-hour."""
    total = taken.sum(axis=0)
    power_kw = 2 * total
    without_load_kw = 0.35 * rng.uniform(0.7, 1.3)
    with_load_kw = 2.4 / 60**2 * rng.uniform(0.4, 1.6) * power_kw**2
    half_hour = np.arange(len(total)) % HALF_HOURS
    lights_kw = ((half_hour < 12) | (half_hour >= 36)) * rng.uniform(0, 0.6)
    true = total + (without_load_kw + with_load_kw + lights_kw) / 2
    measured = true * (1 + rng.normal(0, errors.supply_gain))
    measured = measured * (1 + rng.normal(0, errors.noise, len(true)))
    wandered: Floats = measured + errors.wander * measured.mean() * _wander(len(true), rng)
    return wandered


def _wander(length: int, rng: np.random.Generator) -> Floats:
    """An error that forgets itself in a day (AR(1)), of standard deviation 1."""
    kept = np.exp(-1 / HALF_HOURS)
    wander = np.empty(length)
    wander[0] = rng.normal()
    for at, new in enumerate(rng.normal(0, np.sqrt(1 - kept**2), length - 1), 1):
        wander[at] = kept * wander[at - 1] + new
    return wander


def _facts(
    supplied: Floats, seen: Floats, errors: Errors, rng: np.random.Generator
) -> Iterator[FeederDay]:
    """As registers in whole Wh say it."""
    registers = np.zeros((len(seen) + 1, DAYS * HALF_HOURS + 1), dtype=np.int64)
    counted = np.vstack([np.maximum(supplied, 0), seen])
    registers[:, 1:] = np.floor(counted.cumsum(axis=1) * 1_000)
    away = rng.random((len(seen), DAYS)) < errors.away
    for day in range(DAYS):
        first = day * HALF_HOURS
        gained = registers[:, first : first + HALF_HOURS + 1] - registers[:, first : first + 1]
        meters = [
            MeterDay(_home(home), _until(each, away[home, day]))
            for home, each in enumerate(gained[1:].tolist())
        ]
        day_ms = day * DAY_MS
        yield FeederDay(
            subject=FEEDER,
            at_ms=day_ms + DAY_MS + DAY_WAIT_MS,
            day_ms=day_ms,
            area=AREA,
            supply=MeterDay(f"{FEEDER}:supply", tuple(gained[0].tolist())),
            meters=tuple(meters),
            meters_count=len(meters),
        )


def _until(gained: list[int], is_away: bool) -> tuple[int | None, ...]:
    return (*gained[:-1], None) if is_away else tuple(gained)


def _alerts(facts: Iterator[FeederDay]) -> Iterator[Alert]:
    state, rules = RULE.kept(), read()
    for fact in facts:
        state, said = RULE.step(state, fact, rules)
        yield from said


def _day(opened_at_ms: int) -> int:
    return (opened_at_ms - DAY_WAIT_MS) // DAY_MS - 1


def _home(number: int) -> str:
    return f"m{number:03}"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What all trials together say."""

    feeders: int
    false_per_1000_feeder_days: float
    found: Mapping[str, tuple[int, int]]
    """By the share that was stolen, percent: found, of how many."""
    days: Mapping[str, float]
    """By that, the median of days to the alert; absent where none was found."""
    suspects_right: tuple[int, int]
    """Suspects that are thieves, of all suspects."""
    thieves_found: tuple[int, int]
    """Thieves that are suspected, of all of feeders that were found."""
    thieves_dropped: tuple[int, int]
    """Thieves whose use dropped by the alert, of the same."""
    honest_dropped: tuple[int, int]
    """The others of these feeders whose use dropped, of all of them."""


def outcome(trials: Sequence[Trial]) -> Outcome:
    """The figures."""
    found: dict[str, tuple[int, int]] = {}
    days: dict[str, float] = {}
    for least, most in SHARES:
        name = f"{100 * least:g} to {100 * most:g}"
        after = [each.found_after_days for each in trials if least <= each.share < most]
        known = [each for each in after if each is not None]
        found[name] = (len(known), len(after))
        if known:
            days[name] = float(np.median(known))
    told = [each for each in trials if each.found_after_days is not None]
    both = sum(len(set(each.suspects) & set(each.thieves)) for each in told)
    thieves = sum(len(each.thieves) for each in told)
    dropped = sum(len(each.dropped) for each in told)
    both_dropped = sum(len(set(each.dropped) & set(each.thieves)) for each in told)
    # Days of learning have no other rule than the coarse one; a theft's days are not honest.
    honest_days = sum(
        DAYS - LEARNED_DAYS if each.begin_day is None else each.begin_day - LEARNED_DAYS
        for each in trials
    )
    return Outcome(
        feeders=len(trials),
        false_per_1000_feeder_days=1_000 * sum(each.false for each in trials) / honest_days,
        found=found,
        days=days,
        suspects_right=(both, sum(len(each.suspects) for each in told)),
        thieves_found=(both, thieves),
        thieves_dropped=(both_dropped, thieves),
        honest_dropped=(dropped - both_dropped, HOMES * len(told) - thieves),
    )


def content(outcomes: Mapping[float, Outcome], command: str) -> dict[str, object]:
    """The outcomes by wander as JSON has them."""
    return {
        **origin(command, PROJECT),
        "outcomes": [{"wander": wander, **asdict(each)} for wander, each in outcomes.items()],
    }


def table(outcomes: Mapping[float, Outcome]) -> Table:
    """The outcomes by wander, in 80 columns."""
    shown = Table(title="Losses of feeders", box=None, padding=(0, 1, 0, 0), header_style="dim")
    names = [f"{100 * least:g}-{100 * most:g} %" for least, most in SHARES]
    for heading in ("wander", "false*", *names, "suspects", "thieves"):
        shown.add_column(heading, justify="right", no_wrap=True)
    for wander, each in outcomes.items():
        shown.add_row(
            f"{wander:.1%}",
            f"{each.false_per_1000_feeder_days:.2f}",
            *(_found(*each.found[name], each.days.get(name)) for name in each.found),
            _share(*each.suspects_right),
            _share(*each.thieves_found),
        )
    shown.caption = (
        "* for 1,000 feeder-days; found by the share that is stolen, with the median of days; "
        "suspects that are thieves, and thieves that are suspected. Alerts say that use dropped of "
        f"{_all(each.thieves_dropped for each in outcomes.values())} of their thieves, and of "
        f"{_all(each.honest_dropped for each in outcomes.values())} of the other homes"
    )
    return shown


def _all(shares: Iterable[tuple[int, int]]) -> str:
    parts, wholes = zip(*shares, strict=True)
    return _share(sum(parts), sum(wholes))


def _found(part: int, whole: int, days: float | None) -> str:
    return _share(part, whole) + ("" if days is None else f" {days:g} d")


def _share(part: int, whole: int) -> str:
    return f"{part / whole:.3f}" if whole else "-"
