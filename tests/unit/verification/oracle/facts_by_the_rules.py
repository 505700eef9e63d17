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
    usable: int | None = None
    signed: int | None = None
    lag_us: int | None = None
    ahead: tuple[int, int] | None = None
    signs: list[int] = field(default_factory=list)
    life_before_signs: int | None = None
    stands: int = 5
    mean: int | None = None
    area: str | None = None
    cadence: int = 0
    lost_power: int | None = None

    @property
    def life(self) -> int | None:
        return max((at for at in (self.usable, self.signed) if at is not None), default=None)

    @property
    def is_ahead(self) -> bool:
        return self.signed is not None and (self.usable is None or self.signed > self.usable)

    def overtaken(self, ts: int, seq: int) -> bool:
        if self.ahead is None:
            return False
        earlier, fewer = self.ahead[0] - ts, self.ahead[1] - seq
        if earlier <= 0 or not self.cadence:
            return (earlier, fewer) == (0, 0)
        return (earlier + self.cadence // 2) // self.cadence == fewer

    def there(self, ts: int) -> int:
        return ts + (self.lag_us or 0) // 1_000


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

    def __init__(self, tally: Tally, facts: dict[tuple[str, int], dict[str, Any]]) -> None:
        self.facts = facts
        self.homes: dict[Meter, _Home] = defaultdict(_Home)
        self.feeders: dict[str, _Feeder] = defaultdict(_Feeder)
        written: dict[int, list[tuple[int, int, Beat | None]]] = defaultdict(list)
        columns = ("kafka_partition", "kafka_offset", "arrival_ms")
        for partition, offset, at in tally.readings.select(columns).iter_rows():
            written[partition].append((offset, at, None))
        for at, partition, offset, *_ in tally.ahead:
            written[partition].append((offset, at, None))
        for at, partition, offset, beat in tally.heartbeats:
            written[partition].append((offset, at, beat))
        self.writers = {partition: _Writer(each) for partition, each in written.items()}

    def forget(self, meter: Meter) -> None:
        self.homes.pop(meter, None)

    def hear(
        self,
        meter: Meter,
        ledger: "Ledger",
        last: "Word | None",
        words: "list[Word]",
        kinds: list[str],
        end: int,
    ) -> None:
        """A meter has heard its words of a slice; `last` is its latest reading of before."""
        new = [word for kind, word in zip(kinds, words, strict=True) if kind != "repeat"]
        home = self.homes[meter]
        life, mean, ahead = home.life, home.mean, home.is_ahead
        home.cadence = ledger.cadence or 0
        signs = [word for word in words if not home.overtaken(word.ts, word.seq)]
        if signs:
            largest = max(word.ts for word in signs)
            least = 1_000 * min(word.arrival_ms - word.ts for word in signs)
            if home.lag_us is not None and not ledger.set_back:
                grown = max(0, largest - last.ts) if last else 0
                least = min(home.lag_us + grown, least)
            home.lag_us = least
            home.usable = max(home.there(largest), home.usable or 0)
        home.partition = max(word.partition for word in words)
        announced = ledger.announced and ledger.announced.feeder
        if meter[1] == "supply" and announced:
            self.feeders[announced].supplied += [
                (home.there(word.ts), word.demand, home.cadence)
                for kind, word in zip(kinds, words, strict=True)
                if kind == "new" and word.demand is not None
            ]
        if ledger.decided and ledger.demand is not None:
            moved = ledger.demand - (mean or 0)
            step = abs(moved) // 12 * (1 if moved > 0 else -1)
            home.mean = ledger.demand if mean is None else mean + step
        if home.feeder is None:
            return
        feeder = self.feeders[home.feeder]
        feeder.last_life = max(feeder.last_life, home.life or 0)
        was, home.stands = home.stands, self._stands(home, end)
        if life is not None and was >= 2 and home.stands < 2:
            feeder.from_gone |= was == 5
            feeder.returned.append(
                _unmeasured(meter[0], home, [home.there(word.ts) for word in signs], life)
                if last is None or ahead
                else _returned(meter[0], ledger, home, last, life, mean, new)
            )

    def sign(self, meter: Meter, ledger: "Ledger | None", sign: tuple[int, int, int, int]) -> None:
        """A meter has given a sign of life, after its words of the slice: its time and number, when
        and whence it came."""
        ts, seq, arrival, partition = sign
        behind = ledger and ledger.announced and ledger.announced.feeder
        if ledger is None or (ledger.last is None and not behind):
            return
        home = self.homes[meter]
        home.cadence = ledger.cadence or 0
        if home.overtaken(ts, seq):
            return
        if not home.signs:
            home.life_before_signs = home.life
        home.ahead = (ts, seq)
        home.signs.append(arrival)
        home.signed = max(arrival, home.signed or 0)
        home.partition = partition

    def lose_power(self, meter: Meter, ts: int) -> None:
        """A meter has said that it lost power, after all else of the slice."""
        home = self.homes.get(meter)
        if home and home.life is not None and home.there(ts) >= home.life:
            home.lost_power = home.there(ts)

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
        lead = 10_000 if home.is_ahead else max(0, -((home.lag_us or 0) // 1_000))
        age = self.writers[home.partition].age(home.life, end - lead, end)
        cadence = home.cadence
        silence = max(3 * cadence, 30_000)
        if age > max(10 * silence, 3_600_000):
            return 5
        if not cadence:
            return 0
        wait = max(cadence, 5_000) + 5_000
        once = cadence + max(1_000, cadence // 5)
        limits = (once, 2 * cadence + 1_000, silence, silence + wait)
        lost = _since(home)
        at_once = lost is not None and lost <= home.life + once
        return max(sum(age > limit for limit in limits), int(at_once))

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
            behind_one = ledger.announced and ledger.announced.feeder
            instead = None if home.area is None else f"area:{home.area}"
            home.feeder = (behind_one or instead) if counts else None
            home.stands = self._stands(home, end)
            if home.feeder is not None:
                feeder = self.feeders[home.feeder]
                feeder.last_life = max(feeder.last_life, home.life or 0)
                behind[home.feeder][meter[0]] = home
        for name, feeder in self.feeders.items():
            feeder.end_supply()
            self._judge(name, feeder, behind[name], end)

    def _judge(self, name: str, feeder: _Feeder, homes: dict[str, _Home], end: int) -> None:
        least = 2 if name.startswith("area:") else 1
        missed = {meter_id: home for meter_id, home in homes.items() if least <= home.stands <= 4}
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
        due = sum((home.life or 0) + home.cadence > feeder.last_life for home in missed.values())
        was, bad = feeder.open, due >= 4 or twice >= 3 or silent >= 1
        feeder.open = bad or (was and (twice > 0 or len(missed) >= 4))
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


class _Writer:
    """Of a partition: when it wrote, and was gone or closed: since when, until when, and when that
    was known."""

    def __init__(self, records: list[tuple[int, int, Beat | None]]) -> None:
        self.wrote: list[int] = []
        self.gone: list[tuple[int, int, int]] = []
        for _, at, beat in sorted(records, key=lambda each: each[0]):
            if self.wrote and at - self.wrote[-1] > 10_000:
                self._stand(self.wrote[-1], at, at, self._until() > self.wrote[-1])
            if beat is Beat.CLOSING:
                self._stand(at, at + 10_000, at, self._until() >= at)
            elif beat is Beat.HEARTBEAT and self._until() > at:
                since, _, known = self.gone.pop()
                if since < at:
                    self.gone.append((since, at, known))
            self.wrote.append(at)

    def _until(self) -> int:
        return self.gone[-1][1] if self.gone else 0

    def _stand(self, since: int, until: int, known: int, still: bool) -> None:
        if still:
            since, before, known = self.gone.pop()
            until = max(before, until)
        self.gone.append((since, until, known))

    def age(self, life: int, now: int, end: int) -> int:
        """How much time has gone since, by what was written before a slice's end."""
        wrote = bisect_left(self.wrote, end)
        if not wrote:
            return 0
        now = min(now, self.wrote[wrote - 1])
        # How often a writer was gone or closed is remembered 64 times.
        gone = [each for each in self.gone if each[2] < end][-64:]
        stood = sum(max(0, min(until, now) - max(since, life)) for since, until, _ in gone)
        return now - life - stood


def _unmeasured(meter_id: str, home: _Home, times: list[int], life: int) -> tuple[Any, ...]:
    assert home.life is not None
    first = min((at for at in times if at > life), default=home.life)
    return meter_id, min(first, home.life), life, None, None, home.cadence


def _returned(
    meter_id: str,
    ledger: "Ledger",
    home: _Home,
    last: "Word",
    life: int | None,
    mean: int | None,
    new: "list[Word]",
) -> tuple[Any, ...]:
    lag = (home.lag_us or 0) // 1_000
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
        home.cadence,
    )


def _energy(demand: int, length: int) -> int:
    product = demand * length
    return abs(product) // 3_600_000 * (1 if product >= 0 else -1)
