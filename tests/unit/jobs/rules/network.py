"""A feeder whose homes read in turn, dark now and then, and the facts that are said of it."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from msgspec.structs import replace

from contracts.facts import (
    ALIVE_SILENCES,
    EACH_HOUR_FOR_MS,
    EACH_MINUTE_FOR_MS,
    MISSED,
    MISSED_AFTER_MS,
    MISSED_AFTER_PERCENT,
    MISSED_TWICE,
    SHORTEST_LIFE_MS,
    SHORTEST_SILENCE_MS,
    SHORTEST_WAIT_MS,
    SILENT,
    SILENT_CADENCES,
    SILENT_LONG,
    WAIT_MORE_MS,
    FeederSlice,
    Missed,
    Returned,
)
from contracts.time import DAY_MS, HOUR_MS, MINUTE_MS

T0 = 1_387_815_300_000
"""23 December 2013, 16:15:00."""
SLICE_MS = 5_000
FEEDER, AREA = "sim-t-000143", "gcpuy"


@dataclass(frozen=True)
class Dark:
    """Some homes are not heard; times since T0."""

    homes: Sequence[int]
    begin_ms: int
    end_ms: int
    rho: float | None = 0.0
    """What registers count meanwhile, as a share of the usual; None if they do not tell."""
    gasping: Sequence[int] = ()
    """Those of the homes that say that they lose power when it begins, ..."""
    gasps_after_ms: int = 0
    """... and are heard so much later."""


@dataclass(frozen=True)
class Home:
    """A home that reads each cadence, from its phase on; times since T0."""

    number: int
    cadence_ms: int
    phase_ms: int
    dark: Sequence[Dark] = ()
    lost: frozenset[int] = frozenset()
    """Numbers of single readings that get lost."""

    @property
    def meter_id(self) -> str:
        return f"m{self.number:03}"

    def reads(self, until_ms: int) -> list[int]:
        """When it is heard, before a time."""
        times = range(self.phase_ms, until_ms, self.cadence_ms)
        return [
            at_ms
            for number, at_ms in enumerate(times)
            if number not in self.lost
            and not any(dark.begin_ms <= at_ms < dark.end_ms for dark in self.dark)
        ]

    def lost_power_ms(self, life_ms: int, end_ms: int) -> int | None:
        """When it lost power since a time, as was heard until another; since the epoch."""
        said = [
            T0 + dark.begin_ms
            for dark in self.dark
            if self.number in dark.gasping
            and life_ms <= dark.begin_ms
            and dark.begin_ms + dark.gasps_after_ms < end_ms
        ]
        return said[-1] if said else None


@dataclass(frozen=True)
class Network:
    """A feeder's homes."""

    homes: Sequence[Home]
    until_ms: int
    heard: dict[int, list[int]] = field(default_factory=dict, repr=False)

    def __post_init__(self) -> None:
        self.heard.update({home.number: home.reads(self.until_ms) for home in self.homes})

    def slices(self) -> Iterator[FeederSlice]:
        """What there is to say at the end of each slice."""
        before: dict[int, int] = {}
        for end_ms in range(SLICE_MS, self.until_ms + 1, SLICE_MS):
            lives = {
                home.number: self.heard[home.number][heard - 1]
                for home in self.homes
                if (heard := bisect_left(self.heard[home.number], end_ms))
            }
            returned = [
                self._returned(home, before[home.number])
                for home in self.homes
                if home.number in before
                and lives[home.number] > before[home.number]
                and _stands(end_ms - SLICE_MS - before[home.number], home.cadence_ms)
                >= MISSED_TWICE
            ]
            yield self._slice(end_ms, lives, returned)
            before = lives

    def _slice(
        self, end_ms: int, lives: dict[int, int], returned: Sequence[Returned]
    ) -> FeederSlice:
        alive = [
            home
            for home in self.homes
            if home.number in lives and end_ms - lives[home.number] <= _lives_for_ms(home)
        ]
        known = [
            Missed(
                home.meter_id,
                T0 + lives[home.number],
                home.cadence_ms,
                _stands(end_ms - lives[home.number], home.cadence_ms),
                home.lost_power_ms(lives[home.number], end_ms),
            )
            for home in alive
        ]
        missed = sorted(
            (at_once for each in known if (at_once := _at_once(each)).stands),
            key=lambda each: (-each.life_ms, each.meter_id),
        )
        at_ms = T0 + end_ms
        return FeederSlice(
            subject=FEEDER,
            at_ms=at_ms,
            area=AREA,
            members=len(self.homes),
            alive=len(alive),
            last_life_ms=T0 + max(lives.values(), default=-1),
            missed=tuple(missed),
            missed_count=len(missed),
            missed_twice=sum(each.stands >= MISSED_TWICE for each in missed),
            silent=sum(each.stands >= SILENT for each in missed),
            returned=tuple(returned),
        )

    def _returned(self, home: Home, since_ms: int) -> Returned:
        heard = self.heard[home.number]
        life_ms = heard[bisect_right(heard, since_ms)]
        rhos = [
            dark.rho for dark in home.dark if since_ms < dark.end_ms and life_ms > dark.begin_ms
        ]
        rho = rhos[0] if rhos else 1.0
        expected = (life_ms - since_ms - home.cadence_ms) / 3_600
        return Returned(
            home.meter_id,
            T0 + life_ms,
            T0 + since_ms,
            None if rho is None else rho * expected,
            None if rho is None else expected,
            home.cadence_ms,
        )

    def facts(self) -> list[FeederSlice]:
        """What is said of it: from when something is the matter each change, and again the same,
        until nothing is; and who comes back that had not lived."""
        said: list[FeederSlice] = []
        matters, state, news_ms = False, None, 0
        for fact in self.slices():
            before, before_state = matters, state
            due = sum(each.life_ms + each.cadence_ms > fact.last_life_ms for each in fact.missed)
            if due >= 4 or fact.missed_twice >= 3 or fact.silent:
                matters = True
            elif not fact.missed_twice and fact.missed_count < 4:
                matters = False
            gone = any(self._was_gone(each, fact.at_ms) for each in fact.returned)
            state = (fact.alive, fact.missed, fact.missed_twice, fact.silent)
            changed = matters != before or bool(fact.returned) or state != before_state
            if gone or ((matters or before) and changed):
                news_ms = fact.at_ms
                said.append(fact)
            elif matters and fact.at_ms % _apart_ms(fact.at_ms - news_ms) == 0:
                said.append(fact)
        return said

    def _was_gone(self, returned: Returned, at_ms: int) -> bool:
        (home,) = (each for each in self.homes if each.meter_id == returned.meter_id)
        return at_ms - SLICE_MS - returned.silent_since_ms > _lives_for_ms(home)


def network(
    count: int,
    until_ms: int,
    darks: Sequence[Dark] = (),
    *,
    cadence_ms: int = 5_000,
    apart_ms: int = 100,
) -> Network:
    """Homes that read at one cadence, one after the other."""
    return Network(
        [
            Home(
                number,
                cadence_ms,
                number * apart_ms,
                [dark for dark in darks if number in dark.homes],
            )
            for number in range(count)
        ],
        until_ms,
    )


def shifted(fact: FeederSlice, by_ms: int, feeder: str = FEEDER) -> FeederSlice:
    """The same some time later, or of another feeder, whose meters have its name before theirs."""
    prefix = "" if feeder == FEEDER else f"{feeder}-"
    return replace(
        fact,
        subject=feeder,
        at_ms=fact.at_ms + by_ms,
        last_life_ms=fact.last_life_ms + by_ms,
        missed=tuple(
            replace(each, meter_id=prefix + each.meter_id, life_ms=each.life_ms + by_ms)
            for each in fact.missed
        ),
        returned=tuple(
            replace(
                each,
                meter_id=prefix + each.meter_id,
                life_ms=each.life_ms + by_ms,
                silent_since_ms=each.silent_since_ms + by_ms,
            )
            for each in fact.returned
        ),
    )


def ids(numbers: Iterable[int]) -> tuple[str, ...]:
    """Meters of homes."""
    return tuple(f"m{number:03}" for number in sorted(numbers))


def _apart_ms(old_ms: int) -> int:
    """How far apart facts are that say the same, so long after the first of them."""
    if old_ms <= EACH_MINUTE_FOR_MS:
        return MINUTE_MS
    return HOUR_MS if old_ms <= EACH_HOUR_FOR_MS else DAY_MS


def _silent_after_ms(cadence_ms: int) -> int:
    return max(SILENT_CADENCES * cadence_ms, SHORTEST_SILENCE_MS)


def _lives_for_ms(home: Home) -> int:
    return max(ALIVE_SILENCES * _silent_after_ms(home.cadence_ms), SHORTEST_LIFE_MS)


def _at_once(missed: Missed) -> Missed:
    """As missed if it lost power before it would be."""
    if missed.stands or missed.lost_power_ms is None:
        return missed
    before_ms = missed.life_ms + _missed_after_ms(missed.cadence_ms)
    return replace(missed, stands=MISSED) if missed.lost_power_ms <= before_ms else missed


def _missed_after_ms(cadence_ms: int) -> int:
    return cadence_ms + max(MISSED_AFTER_MS, cadence_ms * MISSED_AFTER_PERCENT // 100)


def _stands(age_ms: int, cadence_ms: int) -> int:
    """How one stands of which nothing was heard for so long; 0 if it has missed nothing."""
    silent_ms = _silent_after_ms(cadence_ms)
    limits = {
        MISSED: _missed_after_ms(cadence_ms),
        MISSED_TWICE: 2 * cadence_ms + MISSED_AFTER_MS,
        SILENT: silent_ms,
        SILENT_LONG: silent_ms + max(cadence_ms, SHORTEST_WAIT_MS) + WAIT_MORE_MS,
    }
    return max((stands for stands, limit_ms in limits.items() if age_ms > limit_ms), default=0)
