"""The stores' content worked out word by word and slice by slice, as the rules are told.

Slow, and for small logs: every slice end is looked at, with every meter. The oracle comes to the
same by running sums over all meters at once.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any, NamedTuple

from contracts.settings import Settings
from contracts.time import DAY_MS, MINUTE_MS
from tests.unit.verification.oracle.facts_by_the_rules import Feeders
from tests.unit.verification.oracle.minutes_by_the_rules import Minutes
from verification.oracle.count import Tally
from verification.oracle.seqs import step

Meter = tuple[str, str]
Json = dict[str, Any]
Row = tuple[str, str, int, int]


class Word(NamedTuple):
    """A usable reading."""

    ts: int
    seq: int
    register: int
    demand: int | None
    energy: int | None
    revision: int
    quality: str | None
    geohash: str
    voltage_v: float | None
    late: bool
    arrival_ms: int
    offset: int
    partition: int

    @property
    def at(self) -> tuple[int, int]:
        return self.ts, self.seq


@dataclass
class Ledger:
    """What is known of a meter in one life."""

    announced: Any = None
    seen: dict[tuple[int, ...], Word] = field(default_factory=dict)
    news: set[tuple[int, int]] = field(default_factory=set)
    last: Word | None = None
    first: tuple[int, int] | None = None
    readings: int = 0
    repeats: int = 0
    revisions: int = 0
    learned: list[int] = field(default_factory=list)
    resets: int = 0
    reset_ms: int | None = None
    total: int = 0
    base: tuple[int, int, int] = (0, 0, 0)
    energies: dict[int, int] = field(default_factory=lambda: defaultdict(int))
    demand: int | None = None
    said: Json | None = None
    new_at_end: int = 0
    decided: bool = False
    set_back: bool = False
    exports: bool = False

    def classify(self, word: Word) -> str:
        key = (*word.at, word.revision)
        before = self.seen.get(key)
        self.seen[key] = word
        if word.revision:
            return "repeat" if before else "revision"
        if before is None:
            return "new"
        same = (before.register, before.demand, before.energy) == word[2:5]
        return "repeat" if same else "revision"

    @property
    def cadence(self) -> int | None:
        if self.announced is not None and self.announced.cadence_ms is not None:
            return int(self.announced.cadence_ms)
        return min(self.learned[-2:]) if self.learned else None

    @property
    def holds_until(self) -> int:
        assert self.last is not None
        return self.last.ts + max(3 * (self.cadence or 1_800_000), 30_000)

    @property
    def energy_today(self) -> int:
        assert self.last is not None
        if self.announced is not None and self.announced.kind == "interval":
            return self.energies[day(self.last.ts - 1)]
        return self.total - self.base[2]

    @property
    def lost(self) -> int:
        seqs = [seq for _, seq in sorted(self.news)]
        return sum(step(*pair) - 1 for pair in pairwise(seqs))

    def apply(self, word: Word, kind: str) -> tuple[bool, bool, bool]:
        """Whether the word became the last, whether it advanced, and whether by a reset."""
        last = self.last
        self.readings += kind == "new"
        self.revisions += kind == "revision"
        if kind == "new":
            self.news.add(word.at)
        if word.energy is not None and (kind == "new" or word.revision):
            self.energies[day(word.ts - 1)] += word.energy
        if last is None:
            self.last, self.first, self.base = word, word.at, (word.ts, word.register, 0)
            return True, False, False
        if word.at < last.at:
            self.set_back |= kind == "new" and word.seq > last.seq
            ts, register, total = self.base
            if (
                word.late
                and kind == "new"
                and ts < word.ts <= day(last.ts - 1)
                and word.register >= register
            ):
                self.base = (word.ts, word.register, total + word.register - register)
            return False, False, False
        self.last = word
        if word.at == last.at:
            self.total += word.register - last.register
            if word.at == self.first:
                self.base = (word.ts, word.register, self.total)
            return True, False, False
        if (
            not word.revision
            and word.seq > last.seq
            and (word.ts - last.ts) // (word.seq - last.seq) > 0
        ):
            self.learned.append((word.ts - last.ts) // (word.seq - last.seq))
        if day(word.ts - 1) != day(last.ts - 1):
            self.base = (last.ts, last.register, self.total)
        if word.register >= last.register:
            self.total += word.register - last.register
            return True, True, False
        size = None if self.announced is None else self.announced.register_size
        if size and last.register * 2 > size and word.register * 2 < size:
            self.total += size - last.register + word.register
            return True, True, False
        self.resets += 1
        self.reset_ms = word.ts
        return True, True, True

    def slice(self, words: list[Word]) -> bool:
        """Apply the readings of a slice; whether any of them was kept."""
        last, total = self.last, self.total
        decider, moved, was_reset, kept_any = None, False, False, False
        on_time: dict[tuple[int, int], Word] = {}
        self.new_at_end, self.set_back = 0, False
        for word in words:
            kind = self.classify(word)
            if kind == "repeat":
                self.repeats += 1
                continue
            kept_any = True
            self.new_at_end += kind == "new"
            before = self.last
            became_last, advanced, reset = self.apply(word, kind)
            marks_last = word.revision and before is not None and word.at == before.at
            if became_last and not marks_last:
                decider = word
            if not word.revision and not word.late:
                on_time[word.at] = word
            if advanced:
                moved, was_reset = True, reset
        self.decided = decider is not None
        self.exports |= any((word.demand or 0) < 0 for word in on_time.values())
        if decider is not None:
            said = [word.demand for word in on_time.values() if word.demand is not None]
            if not decider.late and said:
                self.demand = truncated(sum(said), len(said))
            elif decider.late and decider.demand is not None and not decider.revision:
                self.demand = decider.demand
            else:
                self.demand = None
                assert self.last is not None
                register = self.announced is None or self.announced.kind == "register"
                steady = moved and not was_reset and register
                if last is not None and steady and self.last.ts > last.ts:
                    told = truncated((self.total - total) * 3_600_000, self.last.ts - last.ts)
                    self.demand = told if abs(told) <= 10**12 else None
        return kept_any

    def value(self, end_ms: int, commodity: str) -> Json:
        assert self.last is not None
        last, announced = self.last, self.announced
        volts = last.voltage_v
        return {
            "slice_end_ms": end_ms,
            "last_ms": last.ts,
            "holds_until_ms": self.holds_until,
            "late": last.late,
            "geohash": last.geohash,
            "commodity": commodity,
            "register": last.register / 1000,
            "demand": None if self.demand is None else self.demand / 1000,
            "energy_today": self.energy_today / 1000,
            "readings": self.readings,
            "repeats": self.repeats,
            "revisions": self.revisions,
            "lost": self.lost,
            "resets": self.resets,
            "reset_ms": self.reset_ms,
            "cadence_ms": self.cadence,
            "voltage_v": None if volts is None else int(volts * 100 + 0.5) / 100,
            "quality": last.quality or "measured",
            "feeder": None if announced is None else announced.feeder,
            "region": None if announced is None else announced.region,
        }


@dataclass
class Outcome:
    """What the stores must hold, by the keys of `verification.rows`; values are plain."""

    live: dict[tuple[str, str, str], Json] = field(default_factory=dict)
    all_repeats: dict[tuple[str, str, str], int] = field(default_factory=dict)
    groups: dict[tuple[str, str, str], tuple[Any, ...]] = field(default_factory=dict)
    area_minutes: dict[tuple[str, str, int], tuple[Any, ...]] = field(default_factory=dict)
    largest: dict[tuple[str, str], tuple[int, list[tuple[str, str, float]]]] = field(
        default_factory=dict
    )
    minutes: dict[Row, Json] = field(default_factory=dict)
    periods: dict[Row, Json] = field(default_factory=dict)
    facts: dict[tuple[str, int], Json] = field(default_factory=dict)
    feeder_minutes: dict[tuple[str, int], Json] = field(default_factory=dict)


def day(ms: int) -> int:
    return ms - ms % DAY_MS


def truncated(dividend: int, divisor: int) -> int:
    quotient = abs(dividend) // divisor
    return quotient if dividend >= 0 else -quotient


def _place(row: Json) -> Json:
    return {"offset": row["kafka_offset"], "partition": row["kafka_partition"]}


def outcome(tally: Tally, settings: Settings, last_end_ms: int) -> Outcome:
    """Of a log's usable readings and announcements; all windows of arrival are taken to close with
    the slice at `last_end_ms`."""
    length = settings.slice_ms
    words: dict[int, dict[Meter, list[Word]]] = defaultdict(lambda: defaultdict(list))
    announcements: dict[int, list[tuple[int, Any]]] = defaultdict(list)
    for row in tally.readings.iter_rows(named=True):
        demand = row["demand"]
        if demand is None and row["energy"] is not None and row["interval_ms"] is not None:
            hours = 2 * row["interval_ms"]
            demand = (row["energy"] * 7_200_000 + row["interval_ms"]) // hours
        names = ("ts", "seq", "register", "energy", "revision", "quality", "geohash", "voltage_v")
        fields = {name: row[name] for name in (*names, "late", "arrival_ms")}
        word = Word(**fields, demand=demand, **_place(row))
        at = word.arrival_ms if word.late else word.ts
        words[at - at % length + length][row["meter_id"], row["commodity"]].append(word)
    for arrival_ms, _, offset, said in tally.announcements:
        announcements[arrival_ms - arrival_ms % length + length].append((offset, said))
    signs: dict[int, list[tuple[Meter, tuple[int, int, int, int]]]] = defaultdict(list)
    for arrival_ms, partition, _, meter_id, commodity, ts, seq in tally.ahead:
        sign = ((meter_id, commodity), (ts, seq, arrival_ms, partition))
        signs[arrival_ms - arrival_ms % length + length].append(sign)
    gasps: dict[int, list[tuple[str, int]]] = defaultdict(list)
    for arrival_ms, _, _, event in tally.gasps:
        gasps[arrival_ms - arrival_ms % length + length].append((event.meter_id, event.ts))
    ends = sorted({*words, *announcements, *signs})
    result, ledgers = Outcome(), dict[Meter, Ledger]()
    rows: dict[Row, list[tuple[str, Word]]] = defaultdict(list)
    periods: dict[Row, list[tuple[str, Word]]] = defaultdict(list)
    asked_at: dict[Row, int] = {}
    cadences: dict[tuple[Meter, int], int] = {}
    before: dict[tuple[str, str, str], tuple[int, ...]] = {}
    of_minute: dict[tuple[str, str, int], list[tuple[int, ...]]] = {}
    touched: set[tuple[str, str, int]] = set()
    feeders = Feeders(tally, result.facts)
    of_feeders = Minutes(result.feeder_minutes, length)
    for end in range(ends[0], last_end_ms + 1, length):
        for _, said in sorted(announcements[end], key=lambda item: item[0]):
            meter = (said.meter_id, said.commodity)
            if said.removed:
                ledgers.pop(meter, None)
                feeders.forget(meter)
            else:
                ledgers.setdefault(meter, Ledger()).announced = said
        for ledger in ledgers.values():
            ledger.new_at_end = 0
        for meter, said_of in words[end].items():
            ledger = ledgers.setdefault(meter, Ledger())
            in_order = sorted(
                said_of,
                key=lambda w: (w.late, *((0, 0) if w.late else w.at), w.offset),
            )
            probe = Ledger(seen=dict(ledger.seen))
            kinds = [probe.classify(word) for word in in_order]
            for kind, word in zip(kinds, in_order, strict=True):
                if kind == "repeat":
                    continue
                window = word.arrival_ms - word.arrival_ms % settings.correction_window_ms
                corrected_at = window if word.late else 0
                last_ms = window + settings.correction_window_ms - 1
                minute_row = (*meter, word.ts - word.ts % MINUTE_MS, corrected_at)
                rows[minute_row].append((kind, word))
                asked_at[minute_row] = last_ms - last_ms % length + length if word.late else end
                period = word.ts - word.ts % settings.period_ms
                periods[*meter, period, corrected_at].append((kind, word))
            last_before = ledger.last
            kept = ledger.slice(in_order)
            if kept:
                ledger.said = None
            feeders.hear(meter, ledger, last_before, in_order, kinds, end)
        for meter, each in signs[end]:
            feeders.sign(meter, ledgers.get(meter), each)
        for meter_id, ts in gasps[end]:
            feeders.lose_power((meter_id, "electricity"), ts)
        for meter, ledger in ledgers.items():
            cadences[meter, end] = ledger.cadence or 0
            if ledger.last is not None:
                now = ledger.value(end, meter[1])
                told = ("feeder", "region", "cadence_ms", "holds_until_ms", "energy_today")
                if ledger.said is None or any(now[name] != ledger.said[name] for name in told):
                    ledger.said = now
        feeders.close(end, ledgers)
        of_feeders.close(end, ledgers)
        if end % MINUTE_MS == 0:
            for by, ten in _largest(ledgers, end).items():
                if ten != result.largest.get(by, (0, []))[1]:
                    result.largest[by] = (end, ten)
        figures = _groups(ledgers, end)
        for group in {*before, *figures}:
            now_drawn = figures.get(group, (0, 0, 0, 0, 0, 0))
            changed = now_drawn[:5] != before.get(group, (0, 0, 0, 0, 0))
            if changed or now_drawn[5]:
                demand, reporting, holding, silent, energy = now_drawn[:5]
                result.groups[group] = (
                    end,
                    demand / 1000,
                    reporting,
                    holding,
                    silent,
                    energy / 1000,
                )
            if group[0] == "area":
                minute = (end - 1) - (end - 1) % MINUTE_MS
                slot = (group[2], group[1], minute)
                of_minute.setdefault(slot, []).append(now_drawn)
                if changed or now_drawn[5]:
                    touched.add(slot)
            before[group] = now_drawn[:5]
    for slot in touched:
        if slot[2] + MINUTE_MS <= last_end_ms:
            there = [each for each in of_minute[slot] if sum(each[1:4])]
            result.area_minutes[slot] = (
                sum(each[5] for each in of_minute[slot]),
                max((each[1] + each[2] for each in there), default=0),
                max((each[3] for each in there), default=0),
                truncated(sum(each[0] for each in there), max(len(there), 1)) / 1000,
            )
    for (meter_id, commodity), ledger in ledgers.items():
        if ledger.last is not None and ledger.said is not None:
            live_key = (commodity, ledger.last.geohash[:5], meter_id)
            result.live[live_key] = ledger.said
            result.all_repeats[live_key] = ledger.repeats
    of_period: dict[Row, int] = defaultdict(int)
    for meter_id, commodity, minute, corrected_at in rows:
        period = minute - minute % settings.period_ms
        of_period[meter_id, commodity, period, corrected_at] += 1
    for key, figures_of in _rows(rows):
        meter_id, commodity, minute, corrected_at = key
        alone = of_period[meter_id, commodity, minute - minute % settings.period_ms, corrected_at]
        cadence = cadences.get(((meter_id, commodity), asked_at[key]), 0)
        if alone > 1 or cadence < settings.period_ms:
            result.minutes[key] = figures_of
    for key, figures_of in _rows(periods):
        if key[3] or key[2] + settings.period_ms <= last_end_ms:
            result.periods[key] = figures_of
    return result


def _largest(
    ledgers: dict[Meter, Ledger], end: int
) -> dict[tuple[str, str], list[tuple[str, str, float]]]:
    values: dict[tuple[str, str], list[tuple[int, str, str]]] = defaultdict(list)
    for (meter_id, commodity), ledger in ledgers.items():
        last = ledger.last
        if last is None:
            continue
        if ledger.new_at_end or ledger.holds_until >= end:
            values[commodity, "power"].append((-(ledger.demand or 0), meter_id, last.geohash[:5]))
        if day(last.ts - 1) == day(end - 1):
            values[commodity, "energy"].append((-ledger.energy_today, meter_id, last.geohash[:5]))
    return {
        (commodity, measure): [
            (meter_id, area, -value / 1000)
            for value, meter_id, area in sorted(values[commodity, measure])[:10]
            if value < 0
        ]
        for commodity in ("electricity", "gas")
        for measure in ("power", "energy")
    }


def _groups(ledgers: dict[Meter, Ledger], end: int) -> dict[tuple[str, str, str], tuple[int, ...]]:
    sums: dict[tuple[str, str, str], list[int]] = {}
    for (_, commodity), ledger in ledgers.items():
        if ledger.last is None:
            continue
        names = {"area": ledger.last.geohash[:5]}
        if ledger.announced is not None:
            names |= {"feeder": ledger.announced.feeder, "region": ledger.announced.region}
        reports = ledger.new_at_end > 0
        holds = not reports and ledger.holds_until >= end
        today = day(ledger.last.ts - 1) == day(end - 1)
        adds = (
            (ledger.demand or 0) if reports or holds else 0,
            int(reports),
            int(holds),
            int(not reports and not holds),
            ledger.energy_today if today else 0,
            ledger.new_at_end,
        )
        for group, name in names.items():
            if name is not None:
                total = sums.setdefault((group, commodity, name), [0] * 6)
                for n, value in enumerate(adds):
                    total[n] += value
    return {key: tuple(total) for key, total in sums.items()}


def _rows(
    rows: dict[Row, list[tuple[str, Word]]],
) -> Iterator[tuple[Row, Json]]:
    for key, words in rows.items():
        groups: dict[tuple[int, int], list[tuple[str, Word]]] = defaultdict(list)
        for kind, word in words:
            groups[word.at].append((kind, word))
        ordered = [groups[at] for at in sorted(groups)]
        counted = [
            [word for _, word in group if not word.revision][-1]
            for group in ordered
            if any(kind == "new" for kind, _ in group)
        ]
        final = [group[-1][1] for group in ordered]
        demands = [word.demand for word in counted if word.demand is not None]
        energies = [word.energy for word in counted if word.energy is not None]
        energies += [w.energy for _, w in words if w.revision and w.energy is not None]
        steps = [step(a.seq, b.seq) for a, b in pairwise(final)]
        estimates = [w for w in counted if w.quality not in (None, "measured", "final")]
        yield (
            key,
            {
                "geohash": final[-1].geohash,
                "readings": len(counted),
                "expected": 1 + sum(steps) if counted else 0,
                "first_seq": final[0].seq,
                "last_seq": final[-1].seq,
                "first_at": final[0].ts,
                "last_at": final[-1].ts,
                "first_register": final[0].register / 1000,
                "last_register": final[-1].register / 1000,
                "low_register": min(word.register for word in final) / 1000,
                "high_register": max(word.register for word in final) / 1000,
                "demands": len(demands),
                "demand_sum": sum(demands) / 1000,
                "demand_min": min(demands) / 1000 if demands else None,
                "demand_max": max(demands) / 1000 if demands else None,
                "energy": sum(energies) / 1000 if energies else None,
                "estimated": len(estimates),
            },
        )
