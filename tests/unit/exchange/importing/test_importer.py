import random
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from io import BytesIO
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.errors import OperationError
from contracts.meters import Kind, Meter
from contracts.reading import Reading
from exchange.formats import nem12
from exchange.importing.importer import Importer, Place, resume
from exchange.importing.ledger import Ledger
from exchange.importing.registry import Registry
from exchange.importing.report import Report
from exchange.tally import Tally
from exchange.values import MEASURED, Block, Found, Mark, Seen, Unusable
from tests.support.chance import seeds
from tests.unit.exchange.files import DATA

HALF_HOUR_MS = 1_800_000
FIRST_WH = 10**9


class Killed(Exception):  # noqa: N818
    pass


class MemoryLog:
    """A log in memory, which may be killed after some readings."""

    def __init__(self) -> None:
        self.records: list[tuple[str, Reading]] = []
        self.dies_after: int | None = None

    def ends(self) -> Sequence[int]:
        return [len(self.records)]

    def send(self, readings: Iterable[tuple[str, Reading]]) -> None:
        for each in readings:
            if self.dies_after is not None:
                if not self.dies_after:
                    raise Killed
                self.dies_after -= 1
            self.records.append(each)
        if self.dies_after == 0:
            raise Killed

    def ids_since(self, ends: Sequence[int], begin: str) -> Iterator[str]:
        return (name for name, _ in self.records[ends[0] :] if name.startswith(begin))

    @property
    def readings(self) -> list[Reading]:
        return [reading for _, reading in self.records]

    def totals_mwh(self) -> dict[tuple[str, int], int]:
        """Of each interval, by meter and end."""
        sums: dict[tuple[str, int], int] = {}
        for each in self.readings:
            assert each.energy is not None
            key = (each.meter_id, each.ts)
            sums[key] = sums.get(key, 0) + round(each.energy * 1000)
        return sums


def anywhere(block: Block) -> Place:
    return Place("r1r0f", block.commodity)


def nem(text: str | bytes) -> list[Found]:
    return list(nem12.read(BytesIO(text.encode() if isinstance(text, str) else text)))


def take(
    ledger: Ledger, log: MemoryLog, found: list[Found], name: str = "a", chunk: int = 20_000
) -> Tally:
    tally = Importer(ledger, log, anywhere, chunk=chunk).take(found, name, name, Report())
    assert tally.closes
    return tally


def counts(tally: Tally) -> tuple[int, int, int]:
    return tally.sent, tally.same, tally.revised


@pytest.fixture
def ledger() -> Iterator[Ledger]:
    ledger = Ledger(None)
    yield ledger
    ledger.close()


def day(date: str, wh: int, flag: str = "A", update: str = "") -> str:
    return f"300,{date}," + ",".join([str(wh)] * 48) + f",{flag},,,{update},\n"


def month(*days: str) -> str:
    return "200,NCDE001111,E1,1,E1,N1,S1,Wh,30,\n" + "".join(days) + "900\n"


def test_a_day_as_readings(ledger: Ledger) -> None:
    log = MemoryLog()
    tally = take(ledger, log, nem(month(day("20240115", 10, "S14"))))
    assert counts(tally) == (48, 0, 0)
    first, second = log.readings[:2]
    assert first == Reading(
        meter_id="NCDE001111",
        geohash="r1r0f",
        commodity="electricity",
        ts=1_705_242_600_000,
        seq=1_705_242_600_000 // HALF_HOUR_MS,
        register=FIRST_WH + 10,
        demand=None,
        energy=10,
        interval_ms=HALF_HOUR_MS,
        quality="substituted",
        quality_code="S14",
    )
    assert (second.seq, second.register) == (first.seq + 1, FIRST_WH + 20)


def test_the_same_file_again_sends_nothing(ledger: Ledger) -> None:
    log = MemoryLog()
    found = nem((DATA / "Example_NEM12_powercor.csv").read_bytes())
    assert counts(take(ledger, log, found)) == (48, 0, 48)
    # Its first version is an old one now, but it is its own.
    assert counts(take(ledger, log, found)) == (0, 96, 0)
    assert len(log.records) == 96


def test_a_later_line_is_one_revision_with_the_difference(ledger: Ledger) -> None:
    log = MemoryLog()
    take(ledger, log, nem((DATA / "Example_NEM12_powercor.csv").read_bytes()))
    first, revised = log.readings[:48], log.readings[48:]
    assert sum(each.energy or 0 for each in first) == pytest.approx(53_328)
    assert sum(each.energy or 0 for each in revised) == pytest.approx(106_656)
    assert {each.revision for each in first} == {None}
    assert {each.revision for each in revised} == {1}
    assert set(log.totals_mwh().values()) == {3_333_000}


def test_a_file_of_another_name_with_other_values_is_newer(ledger: Ledger) -> None:
    log = MemoryLog()
    old, new = nem(month(day("20240115", 10))), nem(month(day("20240115", 7)))
    take(ledger, log, old, "old")
    assert counts(take(ledger, log, new, "new")) == (0, 0, 48)
    assert {each.energy for each in log.readings[48:]} == {-3}
    again = take(ledger, log, old, "old")
    assert counts(again) == (0, 0, 0)
    assert again.unusable == {"older_version": 48}


def test_an_update_time_counts_more_than_the_order_of_files(ledger: Ledger) -> None:
    log = MemoryLog()
    take(ledger, log, nem(month(day("20240115", 10, update="20240302000000"))), "first")
    older = take(ledger, log, nem(month(day("20240115", 7, update="20240301000000"))), "second")
    assert older.unusable == {"older_version": 48}
    newer = take(ledger, log, nem(month(day("20240115", 8, update="20240303000000"))), "third")
    assert counts(newer) == (0, 0, 48)
    assert {each.energy for each in log.readings[48:]} == {-2}


def test_what_is_confirmed_later_is_not_replaced_by_something_in_between(ledger: Ledger) -> None:
    log = MemoryLog()
    take(ledger, log, nem(month(day("20240115", 10, update="20240301000000"))), "first")
    same = take(ledger, log, nem(month(day("20240115", 10, update="20240303000000"))), "third")
    assert counts(same) == (0, 48, 0)
    older = take(ledger, log, nem(month(day("20240115", 7, update="20240302000000"))), "second")
    assert older.unusable == {"older_version": 48}


def test_an_estimate_that_is_confirmed_is_a_revision_without_energy(ledger: Ledger) -> None:
    log = MemoryLog()
    take(ledger, log, nem(month(day("20240115", 10, "E52"))), "first")
    assert counts(take(ledger, log, nem(month(day("20240115", 10))), "second")) == (0, 0, 48)
    assert {(each.energy, each.quality, each.revision) for each in log.readings[48:]} == {
        (0, None, 1)
    }


def test_shuffled_days_give_the_same_totals() -> None:
    dates = [f"202401{number:02d}" for number in range(1, 29)]
    totals = []
    for seed in range(3):
        order = random.Random(seed).sample(dates, len(dates)) if seed else dates
        ledger, log = Ledger(None), MemoryLog()
        for date in order:
            take(ledger, log, nem(month(day(date, int(date) % 97))), date)
        totals.append(log.totals_mwh())
        assert log.readings[-1].register == FIRST_WH + sum(totals[-1].values()) / 1000
        ledger.close()
    assert totals[0] == totals[1] == totals[2]
    assert len(totals[0]) == 28 * 48


def test_a_revised_file_gives_the_totals_of_the_revised_file_alone(ledger: Ledger) -> None:
    first = nem(month(day("20240115", 10), day("20240116", 11)))
    revised = nem(month(day("20240115", 12), day("20240116", 11), day("20240117", 5)))
    log, alone = MemoryLog(), MemoryLog()
    take(ledger, log, first, "first")
    assert counts(take(ledger, log, revised, "revised")) == (48, 48, 48)
    other = Ledger(None)
    take(other, alone, revised, "revised")
    other.close()
    assert log.totals_mwh() == alone.totals_mwh()


@pytest.mark.parametrize("seed", seeds(20))
def test_killed_anywhere_and_again_each_is_there_once(tmp_path: Path, seed: int) -> None:
    found = nem((DATA / "Example_NEM12_multiple_meters.csv").read_bytes())
    log, generator = MemoryLog(), random.Random(seed)
    kills = 0
    while True:
        ledger = Ledger(tmp_path / "ledger.sqlite")
        log.dies_after = generator.randrange(150) if kills < 4 else None
        try:
            take(ledger, log, found, chunk=100)
        except Killed:
            kills += 1
            continue
        finally:
            ledger.close()
        break
    names = [name for name, _ in log.records]
    assert len(set(names)) == len(names)
    assert kills == 4
    assert len(log.totals_mwh()) == len(log.records) == 768
    assert sum(log.totals_mwh().values()) == (1_920 + 1_920 + 19_200 + 3_840) * 1000


def test_what_was_not_sent_is_sent_without_the_file(tmp_path: Path) -> None:
    log, path = MemoryLog(), tmp_path / "ledger.sqlite"
    log.dies_after = 30
    ledger = Ledger(path)
    with pytest.raises(Killed):
        take(ledger, log, nem(month(day("20240115", 10))))
    ledger.close()
    log.dies_after = None
    ledger = Ledger(path)
    assert resume(ledger, log) == 18
    assert resume(ledger, log) == 0
    ledger.close()
    assert [each.ts for each in log.readings] == [
        1_705_240_800_000 + number * HALF_HOUR_MS for number in range(1, 49)
    ]


def test_without_a_log_nothing_is_kept(tmp_path: Path) -> None:
    path, found = tmp_path / "ledger.sqlite", nem(month(day("20240115", 10)))
    for _ in range(2):
        ledger = Ledger(path)
        tally = Importer(ledger, None, anywhere).take(found, "a", "a", Report())
        assert counts(tally) == (48, 0, 0)
        ledger.close()


def test_a_ledger_is_read_while_another_one_writes_there(tmp_path: Path) -> None:
    """What that one had kept by then is known, and nothing is kept here."""
    path, log = tmp_path / "ledger.sqlite", MemoryLog()
    first, second = nem(month(day("20240115", 10, "S14"))), nem(month(day("20240116", 10)))
    writing = Ledger(path)
    Importer(writing, log, anywhere).take(first, "first", "first", Report())
    writing.file_of("uncommitted", "uncommitted")
    reading = Ledger(None, path)
    for found, expected in (
        (first, (0, 48, 0)),
        (second, (48, 0, 0)),
        (nem(month(day("20240115", 10, "E52"))), (0, 0, 48)),
        (first, (0, 48, 0)),
    ):
        tally = Importer(reading, None, anywhere).take(found, f"{found}", "x", Report())
        assert counts(tally) == expected
    Importer(writing, log, anywhere).take(second, "second", "second", Report())
    reading.close()
    reading = Ledger(None, path)
    again = Importer(reading, None, anywhere).take(second, "second", "second", Report())
    assert counts(again) == (0, 48, 0)
    # 15 minutes of an hour that is known as half-hours.
    quarter = hourly("NCDE001111", 15, 1_705_240_800_000 // 60_000, 1)
    crossing = Importer(reading, None, anywhere).take(quarter, "q", "q", Report())
    assert crossing.unusable == {"overlap": 1}
    reading.close()
    writing.close()
    assert len(log.records) == 96


@pytest.mark.parametrize("content", [b"no ledger", b"x" * 10_000])
def test_a_ledger_that_is_none_is_named(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "ledger.sqlite"
    path.write_bytes(content)
    for paths in ((path, None), (None, path)):
        with pytest.raises(OperationError, match=r"ledger\.sqlite: what was imported before"):
            Ledger(*paths)
    with pytest.raises(OperationError, match=r"nowhere/ledger\.sqlite"):
        Ledger(tmp_path / "nowhere" / "ledger.sqlite")


def test_a_ledger_with_damaged_sheets_is_named(tmp_path: Path) -> None:
    path, found = tmp_path / "ledger.sqlite", one(1000)
    ledger = Ledger(path)
    take(ledger, MemoryLog(), found)
    ledger.close()
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE sheet SET words = x'00'")
    for paths in ((path, None), (None, path)):
        ledger = Ledger(*paths)
        with pytest.raises(OperationError, match=r"ledger\.sqlite"):
            Importer(ledger, None, anywhere).take(found, "b", "b", Report())
        ledger.close()


def test_registers_are_sent_as_they_are(ledger: Ledger) -> None:
    log = MemoryLog()
    found = nem((DATA / "Example_NEM13_consumption_data.csv").read_bytes())
    assert counts(take(ledger, log, found)) == (2, 0, 0)
    assert [(each.ts, each.register, each.energy, each.interval_ms) for each in log.readings] == [
        (1_065_310_255_000, 6_342_800, None, None),
        (1_073_433_813_000, 7_654_900, None, None),
    ]


def one(*amounts: int, ordered: bool = False, mark: Mark = MEASURED) -> list[Found]:
    """Values of one hour after the other, each on a line of its own."""
    return [
        Seen(len(amounts)),
        *(
            Block(
                "m",
                "electricity",
                3_600_000,
                np.array([3_600_000], np.int64),
                np.array([amount], np.int64),
                np.array([line], np.int64),
                (mark,),
                versions=np.zeros(1, np.int64) if ordered else None,
            )
            for line, amount in enumerate(amounts, start=1)
        ),
    ]


def test_two_lines_without_an_order_are_in_conflict(ledger: Ledger) -> None:
    log = MemoryLog()
    tally = take(ledger, log, one(1000, 2000))
    assert counts(tally) == (1, 0, 0)
    assert tally.unusable == {"conflict": 1}
    assert counts(take(Ledger(None), MemoryLog(), one(1000, 2000, ordered=True))) == (1, 0, 1)


def test_a_register_rolls_over_before_no_reading_has_it(ledger: Ledger) -> None:
    """A plant of 100 MW passes 100 GWh in six weeks."""
    log, most = MemoryLog(), 10**9
    found: list[Found] = [Seen(100)]
    for hour in range(1, 101):
        for each in one(most * 1000)[1:]:
            assert isinstance(each, Block)
            found.append(replace(each, ends_ms=each.ends_ms * hour))
    take(ledger, log, found)
    registers = [each.register for each in log.readings]
    assert registers[:2] == [2 * most, 3 * most]
    assert registers[-3:] == [99 * most, 0, most]


@pytest.mark.parametrize("amount", [10**12 + 1, -(10**12) - 1])
def test_amounts_that_no_reading_has(ledger: Ledger, amount: int) -> None:
    tally = take(ledger, MemoryLog(), one(amount))
    assert tally.unusable == {"out_of_range": 1}


def test_meters_that_nobody_knows(ledger: Ledger) -> None:
    importer = Importer(ledger, MemoryLog(), lambda _: None)
    tally = importer.take(one(1000), "a", "a", Report())
    assert tally.unusable == {"unknown_meter": 1}
    wrong = Importer(ledger, MemoryLog(), lambda _: Place("r1r0f", "gas"))
    assert wrong.take(one(1000), "b", "b", Report()).unusable == {"unknown_meter": 1}
    found = [replace(each, meter_id="a b") if isinstance(each, Block) else each for each in one(1)]
    assert take(ledger, MemoryLog(), found, "c").unusable == {"unknown_meter": 1}


def hourly(meter: str, minutes: int, first_min: int, *amounts: int) -> list[Found]:
    """Intervals one after the other, from so many minutes on."""
    length_ms = minutes * 60_000
    ends_ms = first_min * 60_000 + length_ms * np.arange(1, len(amounts) + 1, dtype=np.int64)
    lines = np.arange(1, len(amounts) + 1, dtype=np.int64)
    said = np.array(amounts, np.int64)
    return [Seen(len(said)), Block(meter, "electricity", length_ms, ends_ms, said, lines)]


@pytest.mark.parametrize("first", [15, 30, 60])
@pytest.mark.parametrize("second", [15, 30, 60, 1440])
def test_hours_that_are_known_count_once_in_whatever_length(
    ledger: Ledger, first: int, second: int
) -> None:
    """Of a day, from its second hour on, and as much of the next one."""
    log = MemoryLog()
    part = 1440 // first // 2
    take(ledger, log, hourly("m", first, 720, *[first] * part), "first")
    again = take(ledger, log, hourly("m", second, 0, *[second] * (2 * 1440 // second)), "second")
    if first == second:
        assert counts(again) == (3 * part, part, 0)
    else:
        known = (720 + second - 1) // second
        assert again.unusable == {"overlap": known}
        assert again.sent == 2 * 1440 // second - known
    # A minute is a thousandth of a Wh.
    minutes = [
        minute
        for each in log.readings
        for minute in range((each.ts - (each.interval_ms or 0)) // 60_000, each.ts // 60_000)
    ]
    assert len(minutes) == len(set(minutes)) == sum(log.totals_mwh().values())
    elsewhere = take(ledger, log, hourly("other", second, 0, second), "third")
    assert counts(elsewhere) == (1, 0, 0)


@pytest.mark.parametrize("shift", [1, 15, 29])
@pytest.mark.parametrize("count", [1, 3, 1025])
def test_intervals_that_begin_at_another_time_overlap(
    ledger: Ledger, shift: int, count: int
) -> None:
    """A sheet of the ledger ends within those that are known."""
    log = MemoryLog()
    take(ledger, log, hourly("m", 30, 1023 * 30, *range(count)), "first")
    begin = 1023 * 30 - 30 + shift
    other = take(ledger, log, hourly("m", 30, begin, *range(count + 3)), "second")
    assert other.unusable == {"overlap": count + 1}
    assert other.sent == 2
    assert counts(take(ledger, log, hourly("m", 30, 1023 * 30, *range(count)), "first")) == (
        *(0, count, 0),
    )


def test_two_channels_of_one_flow_in_a_file(ledger: Ledger) -> None:
    """Records 200 of the same channel with other lengths."""
    quarter = "200,NCDE001111,E1,1,E1,N1,S1,Wh,15,\n"
    text = month(day("20240115", 2)).replace("900\n", quarter)
    text += "300,20240115," + ",".join(["1"] * 96) + ",A,,,\n900\n"
    log = MemoryLog()
    tally = take(ledger, log, nem(text))
    assert tally.unusable == {"overlap": 96}
    assert sum(log.totals_mwh().values()) == 48 * 2_000


@given(
    st.lists(
        st.tuples(st.integers(1, 4), st.integers(0, 9), st.integers(1, 5)), min_size=1, max_size=8
    )
)
def test_no_minute_is_counted_twice(files: list[tuple[int, int, int]]) -> None:
    ledger, log = Ledger(None), MemoryLog()
    for number, (minutes, first, count) in enumerate(files):
        take(ledger, log, hourly("m", minutes, first, *[minutes] * count), str(number))
    ledger.close()
    spans = sorted({(each.ts - (each.interval_ms or 0), each.ts) for each in log.readings})
    assert all(end_ms <= begin_ms for (_, end_ms), (begin_ms, _) in pairwise(spans))


def into(kind: Kind, found: list[Found]) -> tuple[Tally, Report, MemoryLog]:
    """What becomes of it in a meter of which this counts."""
    log, report = MemoryLog(), Report()
    place = Place("r1r0f", "electricity", kind=kind)
    tally = Importer(Ledger(None), log, lambda _: place).take(found, "a", "a", report)
    assert tally.closes
    return tally, report, log


def test_only_what_counts_of_a_meter_is_taken() -> None:
    """Differences of an interval meter's registers are no energy; energies of a register meter
    count nowhere."""
    registers = nem((DATA / "Example_NEM13_consumption_data.csv").read_bytes())
    expected: list[tuple[list[Found], Kind, Kind]] = [
        (one(1000), "interval", "register"),
        (registers, "register", "interval"),
    ]
    for found, kind, other in expected:
        taken, _, log = into(kind, found)
        assert taken.sent == taken.values == len(log.records)
        refused, report, log = into(other, found)
        assert refused.unusable == {"unknown_meter": refused.values}
        assert log.records == []
        assert isinstance(report.first[0], Unusable)
        assert f"is announced as {other}" in report.first[0].detail
        assert f"announce kind: {kind}" in report.first[0].detail


def test_the_registry_says_what_counts() -> None:
    announced: list[Meter] = []
    block = next(each for each in one(1000) if isinstance(each, Block))
    registry = Registry({}, "r1r0f", lambda _, entry: announced.append(entry))
    assert registry.place_of(block) == Place("r1r0f", "electricity", 3_600_000, "interval")
    assert announced[0]["kind"] == "interval"


@given(st.lists(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 9)), max_size=8), max_size=6))
def test_the_log_says_what_the_last_file_said(files: list[list[tuple[int, int]]]) -> None:
    ledger, log = Ledger(None), MemoryLog()
    expected: dict[tuple[str, int], int] = {}
    for number, values in enumerate(files):
        found: list[Found] = [Seen(len(values))]
        for line, (hour, amount) in enumerate(values, start=1):
            end_ms = (hour + 1) * 3_600_000
            expected["m", end_ms] = amount
            found.append(
                Block(
                    "m",
                    "electricity",
                    3_600_000,
                    np.array([end_ms], np.int64),
                    np.array([amount], np.int64),
                    np.array([line], np.int64),
                    versions=np.zeros(1, np.int64),
                )
            )
        take(ledger, log, found, str(number), chunk=3)
        tally = take(ledger, log, found, str(number))
        assert (tally.sent, tally.revised) == (0, 0)
    assert log.totals_mwh() == expected
    ledger.close()
