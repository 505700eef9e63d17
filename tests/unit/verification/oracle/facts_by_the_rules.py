"""Facts of feeders worked out slice by slice, as the rules are told: every meter is looked at anew
at each end, and its age is worked out from all that was written to its partition."""

from bisect import bisect_left
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from verification.oracle.count import Tally
from verification.oracle.decode import Beat

if TYPE_CHECKING:
    from tests.unit.verification.oracle.by_the_rules import Ledger, Word

Meter = tuple[str, str]


@dataclass
class _Home:
    feeder: str | None = None
    partition: int = 0
    life: int | None = None
    lag_us: int = 0
    ahead: tuple[int, int] | None = None
    signs: list[int] = field(default_factory=list)
    life_before_signs: int | None = None
    stands: int = 5
    mean: int | None = None
    area: str | None = None
    cadence: int = 0
    lost_power: int | None = None


@dataclass
class _Feeder:
    last_life: int = 0
    open: bool = False
    said: Any = None
    news: int = 0
    returned: list[tuple[Any, ...]] = field(default_factory=list)
    from_gone: bool = False
    supplied: list[tuple[int, int, int]] = field(default_factory=list)
    """In the slice: time, demand and cadence of the supply meter's readings."""
    mean: int | None = None
    before: int | None = None
    since: list[tuple[int, int]] = field(default_factory=list)
    """Amount, and when the interval began."""
    life_before: int = 0

    def end_supply(self) -> None:
        if self.last_life > self.life_before:
            self.life_before, self.before, self.since = self.last_life, self.mean, []
        for at, demand, cadence in sorted(self.supplied):
            step = abs(demand - (self.mean or 0)) // 12 * (1 if demand > (self.mean or 0) else -1)
            self.mean = demand if self.mean is None else self.mean + step
            if at > self.last_life:
                self.since.append((abs(demand), at - cadence))
            elif not self.since:
                self.before = self.mean
        self.supplied = []

    @property
    def supply(self) -> dict[str, Any]:
        amounts, begins = zip(*self.since, strict=True) if self.since else ((), ())
        return {
            "supply_before_w": None if self.before is None else self.before / 1000,
            "supply_least_w": min(amounts) / 1000 if amounts else None,
            "supply_from_ms": max(begins, default=None),
        }


class Feeders:
    """All feeders of a log; facts are put where they are given."""

    def __init__(
        self, tally: Tally, facts: dict[tuple[str, int], dict[str, Any]], length: int
    ) -> None:
        self.facts = facts
        self.homes: dict[Meter, _Home] = defaultdict(_Home)
        self.feeders: dict[str, _Feeder] = defaultdict(_Feeder)
        written: dict[int, list[tuple[int, Beat | None]]] = defaultdict(list)
        for partition, at in tally.readings.select("kafka_partition", "arrival_ms").iter_rows():
            written[partition].append((at, None))
        for at, partition, *_ in tally.ahead:
            written[partition].append((at, None))
        for at, partition, _, beat in tally.heartbeats:
            written[partition].append((at, beat))
        self.runs = {
            partition: _runs(sorted(_counted(each, length))) for partition, each in written.items()
        }

    def forget(self, meter: Meter) -> None:
        self.homes.pop(meter, None)

    def hear(
        self,
        meter: Meter,
        ledger: "Ledger",
        last: "Word | None",
        words: "list[Word]",
        new: "list[Word]",
        end: int,
    ) -> None:
        """A meter has heard its words of a slice; `last` is its latest reading of before."""
        home = self.homes[meter]
        life, mean, ahead = home.life, home.mean, home.ahead
        largest = max(word.ts for word in words)
        least = min(word.arrival_ms - word.ts for word in words)
        known = [ts for ts in (last and last.ts, ahead and ahead[0]) if ts is not None]
        if ahead and (_is_over(home, end) or any(word.seq > ahead[1] for word in words)):
            home.ahead = None
        if not known or ledger.set_back or ahead != home.ahead:
            home.lag_us = 1_000 * least
        else:
            home.lag_us = min(home.lag_us + max(0, largest - max(known)), 1_000 * least)
        there = largest + home.lag_us // 1_000
        home.life = max(there, 0 if life is None else life)
        home.partition = max(word.partition for word in words)
        home.cadence = ledger.cadence or 0
        announced = ledger.announced and ledger.announced.feeder
        if meter[1] == "supply" and announced:
            self.feeders[announced].supplied += [
                (word.ts + home.lag_us // 1_000, word.demand, home.cadence)
                for word in new
                if word.demand is not None
            ]
        if ledger.decided and ledger.demand is not None:
            moved = ledger.demand - (mean or 0)
            step = abs(moved) // 12 * (1 if moved > 0 else -1)
            home.mean = ledger.demand if mean is None else mean + step
        if home.feeder is None:
            return
        feeder = self.feeders[home.feeder]
        feeder.last_life = max(feeder.last_life, home.life)
        was, home.stands = home.stands, self._stands(home, end)
        if life is not None and was >= 2 and home.stands < 2:
            feeder.from_gone |= was == 5
            feeder.returned.append(
                _unmeasured(meter[0], home, [word.ts for word in words], life)
                if last is None or (ahead and last.ts < ahead[0])
                else _returned(meter[0], ledger, home, last, life, mean, new)
            )

    def sign(
        self, meter: Meter, ledger: "Ledger | None", sign: tuple[int, int, int, int], end: int
    ) -> None:
        """A meter has given a sign of life, after its words of the slice: its time and number, when
        and whence it came."""
        ts, seq, arrival, partition = sign
        home = self.homes[meter]
        lag_us = 1_000 * (arrival - ts)
        if home.ahead is None or seq > home.ahead[1] or _is_over(home, end):
            home.ahead, home.lag_us = (ts, seq), lag_us
        home.lag_us = min(home.lag_us, lag_us)
        if not home.signs:
            home.life_before_signs = home.life
        home.signs.append(ts)
        home.life = max(ts + home.lag_us // 1_000, home.life or 0)
        home.partition = partition
        home.cadence = (ledger.cadence if ledger else None) or 0

    def lose_power(self, meter: Meter, ts: int) -> None:
        """A meter has said that it lost power, after all else of the slice."""
        home = self.homes.get(meter)
        if home and home.life is not None and ts + home.lag_us // 1_000 >= home.life:
            home.lost_power = ts + home.lag_us // 1_000

    def _end_signs(self, meter_id: str, home: _Home, end: int) -> None:
        if home.signs and home.feeder is not None:
            feeder, life = self.feeders[home.feeder], home.life_before_signs
            feeder.last_life = max(feeder.last_life, home.life or 0)
            was, home.stands = home.stands, self._stands(home, end)
            if life is not None and was >= 2 and home.stands < 2:
                feeder.from_gone |= was == 5
                feeder.returned.append(_unmeasured(meter_id, home, home.signs, life))
        home.signs = []

    def _stands(self, home: _Home, end: int) -> int:
        if home.life is None:
            return 5
        lead = max(0, -(home.lag_us // 1_000))
        now = end - (min(lead, 10_000) if home.ahead else lead)
        runs = self.runs[home.partition]
        known = [run for run in runs[: bisect_left(runs, [end])] if run[0] < end]
        if not known:
            return 0
        # How often a writer was gone is remembered 64 times.
        age = 0
        for number, run in enumerate(known[-65:]):
            since = -(10**15) if number == 0 else run[0]
            last = run[bisect_left(run, end) - 1]
            age += max(0, min(now, last) - max(home.life, since))
        cadence = home.cadence
        silence = max(3 * cadence, 30_000)
        if age > max(10 * silence, 3_600_000):
            return 5
        if not cadence:
            return 0
        wait = max(cadence, 5_000) + 5_000
        limits = (cadence + 1_000, 2 * cadence + 1_000, silence, silence + wait)
        return sum(age > limit for limit in limits)

    def close(self, end: int, ledgers: "dict[Meter, Ledger]") -> None:
        """After a slice."""
        for meter, home in self.homes.items():
            self._end_signs(meter[0], home, end)
        behind: dict[str, dict[str, _Home]] = defaultdict(dict)
        for meter, ledger in ledgers.items():
            home = self.homes[meter]
            home.cadence = ledger.cadence or 0
            home.area = None if ledger.last is None else ledger.last.geohash[:5]
            counts = meter[1] == "electricity" and not meter[0].endswith(":export")
            home.feeder = ledger.announced.feeder if counts and ledger.announced else None
            home.stands = self._stands(home, end)
            if home.feeder is not None:
                feeder = self.feeders[home.feeder]
                feeder.last_life = max(feeder.last_life, home.life or 0)
                behind[home.feeder][meter[0]] = home
        for name, feeder in self.feeders.items():
            feeder.end_supply()
            self._judge(name, feeder, behind[name], end)

    def _judge(self, name: str, feeder: _Feeder, homes: dict[str, _Home], end: int) -> None:
        missed = {meter_id: home for meter_id, home in homes.items() if 1 <= home.stands <= 4}
        order = sorted(missed, key=lambda meter_id: (-(missed[meter_id].life or 0), meter_id))
        twice = sum(home.stands >= 2 for home in missed.values())
        silent = sum(home.stands >= 3 for home in missed.values())
        areas = Counter(home.area for home in homes.values() if home.area is not None)
        state = {
            "area": min(areas, key=lambda area: (-areas[area], area)) if areas else "",
            "members": len(homes),
            "alive": sum(home.stands < 5 for home in homes.values()),
            "missed": tuple(
                (meter_id, home.life, home.cadence, home.stands, _since(home))
                for meter_id, home in ((meter_id, missed[meter_id]) for meter_id in order[:500])
            ),
            "missed_count": len(missed),
            "missed_twice": twice,
            "silent": silent,
        }
        was, bad = feeder.open, len(missed) >= 4 or twice >= 3 or silent >= 1
        feeder.open = bad or (was and twice > 0)
        other = feeder.returned or state != feeder.said
        if was != feeder.open or (feeder.open and other) or feeder.from_gone:
            feeder.news = end
        quiet = end - feeder.news
        every = 60_000 if quiet <= 7_200_000 else 3_600_000 if quiet <= 86_400_000 else 86_400_000
        if not quiet or (feeder.open and end % every == 0):
            feeder.said = state
            returned = tuple(sorted(feeder.returned, key=lambda each: (each[1], each[0])))
            more = {"last_life_ms": feeder.last_life, "returned": returned[:500]}
            self.facts[name, end] = state | more | feeder.supply
        feeder.returned, feeder.from_gone = [], False


def _since(home: _Home) -> int | None:
    """When it lost power since its last sign of life."""
    lost = home.lost_power
    return None if lost is None or home.life is None or lost < home.life else lost


def _runs(arrivals: list[int]) -> list[list[int]]:
    """Arrivals that follow each other within 10 s."""
    runs: list[list[int]] = []
    for at in arrivals:
        if runs and at - runs[-1][-1] <= 10_000:
            runs[-1].append(at)
        else:
            runs.append([at])
    return runs


def _counted(written: list[tuple[int, Beat | None]], length: int) -> list[int]:
    """Arrivals while the writer had not closed."""
    slices: dict[int, list[tuple[int, Beat | None]]] = defaultdict(list)
    for at, beat in written:
        slices[at // length].append((at, beat))
    counted: list[int] = []
    closed = False
    for _, each in sorted(slices.items()):
        closing = [at for at, beat in each if beat is Beat.CLOSING]
        begins = any(beat is Beat.HEARTBEAT for _, beat in each) and not closing
        if not closed or begins:
            counted += [min([at, *closing]) for at, _ in each]
            closed = bool(closing)
    return counted


def _is_over(home: _Home, end: int) -> bool:
    return home.ahead is not None and end - home.ahead[0] - home.lag_us // 1_000 > 3_600_000


def _unmeasured(meter_id: str, home: _Home, times: list[int], life: int) -> tuple[Any, ...]:
    assert home.life is not None
    there = [ts + home.lag_us // 1_000 for ts in times]
    first = min((at for at in there if at > life), default=home.life)
    return meter_id, min(first, home.life), life, None, None


def _returned(
    meter_id: str,
    ledger: "Ledger",
    home: _Home,
    last: "Word",
    life: int | None,
    mean: int | None,
    new: "list[Word]",
) -> tuple[Any, ...]:
    lag = home.lag_us // 1_000
    points = sorted(new, key=lambda word: word.at)
    steps = [last]
    for point in points:
        if point.ts > steps[-1].ts:
            steps.append(point)
    silences = list(pairwise(steps))
    longest = max((other.ts - one.ts for one, other in silences), default=0)
    since, first = next(
        (pair for pair in silences if pair[1].ts - pair[0].ts == longest),
        (last, points[-1] if points else last),
    )
    since_ms = life if since is last else since.ts + lag
    assert since_ms is not None
    life_ms = max(since_ms, first.ts + lag)
    rise = first.register - since.register
    size = ledger.announced.register_size if ledger.announced else None
    if rise < 0 and size and 2 * since.register > size and 2 * first.register < size:
        rise += size
    demand = mean if first is last or first.demand is None else first.demand
    interval = ledger.announced is not None and ledger.announced.kind == "interval"
    gained = None
    if rise >= 0 and not ledger.exports and not interval:
        gained = max(0, rise - _energy(demand or 0, home.cadence)) / 1000
    away = max(0, life_ms - since_ms - home.cadence)
    return (
        *(meter_id, life_ms, since_ms, gained),
        None if mean is None else _energy(mean, away) / 1000,
    )


def _energy(demand: int, length: int) -> int:
    product = demand * length
    return abs(product) // 3_600_000 * (1 if product >= 0 else -1)
