"""A month made day by day is the month made at once, whatever registers do in it."""

import random
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from itertools import pairwise

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from billing.curve.curve import segments
from billing.curve.energies import by_letter
from billing.curve.estimates import estimated
from billing.curve.points import joined
from billing.curve.registers import Registers
from billing.curve.rules import Rules
from billing.curve.segments import Segments, joined_segments
from billing.tariffs.calendar import Calendar
from contracts.billing import Letter
from contracts.masters import Edit, Installation
from contracts.time import DAY_MS, HOUR_MS, MINUTE_MS
from services.settlement.curve import Curve
from tests.support.chance import examples
from tests.support.london import ms
from tests.unit.services.settlement.archives import Memory, intervals, memory

LONDON = Calendar("Europe/London")
JULY = LONDON.local_month("2013-07")
HALF_HOUR_MS = 30 * MINUTE_MS


def installation(register_id: str = "m", **others: object) -> Installation:
    values = {
        "register_id": register_id,
        "premises_id": "home",
        "commodity": "electricity",
        "direction": "import",
        "source": "counter",
        "boundary": "interpolate",
        "begin_ms": 0,
        "end_ms": None,
        "cadence_ms": HALF_HOUR_MS,
        "max_w": 20_000,
        **others,
    }
    return Installation(**values)  # type: ignore[arg-type]


def curve(
    archive: Memory,
    registers: Sequence[Installation],
    edits: Sequence[Edit] = (),
    *,
    estimate: bool = False,
    open_until_ms: int | None = None,
) -> Segments:
    its = Curve(
        archive,
        Registers(registers),
        JULY,
        calendar=LONDON,
        rules=Rules(),
        edits=edits,
        estimate=estimate,
        open_until_ms=open_until_ms,
    )
    found = joined_segments(*its.pieces())
    return found.take((found.end_ms > JULY.begin_ms) & (found.begin_ms < JULY.end_ms))


def at_once(archive: Memory, registers: Sequence[Installation]) -> Segments:
    points = joined(archive.rows, registers)
    found, _ = segments(points, registers, calendar=LONDON)
    return found.take((found.end_ms > JULY.begin_ms) & (found.begin_ms < JULY.end_ms))


def same(one: Segments, other: Segments) -> None:
    for name in ("register", "begin_ms", "end_ms", "energy_mwh", "letter", "at_end"):
        np.testing.assert_array_equal(getattr(one, name), getattr(other, name), err_msg=name)


steps = st.lists(
    st.tuples(
        st.sampled_from([5 * MINUTE_MS, HALF_HOUR_MS, 7 * HOUR_MS, 3 * DAY_MS, 12 * DAY_MS]),
        st.integers(0, 800_000),
    ),
    min_size=4,
    max_size=30,
)
lives_of_registers = st.lists(
    st.tuples(steps, st.integers(2, 29), st.sampled_from(["", "low", "reset"])),
    min_size=1,
    max_size=3,
)


@settings(max_examples=examples(20))
@given(lives_of_registers, st.integers(-9, 20))
def test_day_by_day_is_at_once(
    lives: list[tuple[list[tuple[int, int]], int, str]], first_day: int
) -> None:
    said = []
    for number, (life, fault, what) in enumerate(lives):
        at_ms, register = JULY.begin_ms + first_day * DAY_MS, 10**9
        # A fall is decided by readings after it.
        further = [(HALF_HOUR_MS, 1)] * 3
        for place, (length_ms, energy) in enumerate([*life, *further]):
            at_ms += length_ms
            faulty = place == min(fault, len(life) - 1)
            register = energy if faulty and what == "reset" else register + energy
            said.append((f"m{number}", at_ms, 7 if faulty and what == "low" else register))
    archive = memory(said)
    registers = [installation(f"m{number}") for number in range(len(lives))]

    same(curve(archive, registers), at_once(archive, registers))


lives_of_intervals = st.lists(
    st.tuples(
        st.sampled_from([HALF_HOUR_MS, HALF_HOUR_MS, HALF_HOUR_MS, 7 * HOUR_MS, 3 * DAY_MS]),
        st.sampled_from([0, 100_000, 700_000, 10**8, -5_000]),
        st.sampled_from([0, 1]),
        st.sampled_from([None, HALF_HOUR_MS, DAY_MS]),
    ),
    min_size=4,
    max_size=40,
)


@settings(max_examples=examples(20))
@given(lives_of_intervals, st.integers(-9, 25), st.randoms(use_true_random=False))
def test_day_by_day_intervals_are_what_they_are_at_once(
    life: list[tuple[int, int, int, int | None]], first_day: int, shuffled: random.Random
) -> None:
    """Some of them below zero, or more than can be; some revised by as much as they were; some that
    say how long they were."""
    said, at_ms = [], JULY.begin_ms + first_day * DAY_MS
    lengths_ms: dict[int, int | None] = {}
    for step_ms, energy, revisions, length_ms in life:
        at_ms += step_ms
        lengths_ms[at_ms] = length_ms
        said += [("m", at_ms, energy, revision) for revision in range(revisions + 1)]
    in_order = _of_lengths(intervals(said), lengths_ms)
    shuffled.shuffle(said)
    archive = _of_lengths(intervals(said), lengths_ms)
    registers = [installation(source="interval")]

    same(curve(archive, registers), at_once(archive, registers))
    same(curve(archive, registers), curve(in_order, registers))


def _of_lengths(archive: Memory, lengths_ms: Mapping[int, int | None]) -> Memory:
    """With the lengths of the intervals that end at these times."""
    said = [lengths_ms[ts_ms] for ts_ms in archive.rows["ts"]]
    column = pl.Series("interval_ms", said, dtype=pl.Int64)
    return replace(archive, rows=archive.rows.with_columns(column))


def test_a_day_that_is_said_as_one_interval_is_billed_once() -> None:
    """A home of 0.2 kWh a half-hour, of whose 15 July (UTC) nobody has more than its 9.6 kWh."""
    day_ms = ms("2013-07-15T00:00")
    ends_ms = range(JULY.begin_ms - DAY_MS, JULY.end_ms + DAY_MS, HALF_HOUR_MS)
    said = [
        ("m", at_ms, 9_600_000 if at_ms == day_ms + DAY_MS else 200_000, 0)
        for at_ms in ends_ms
        if not day_ms < at_ms < day_ms + DAY_MS
    ]
    lengths_ms: dict[int, int | None] = dict.fromkeys((at_ms for _, at_ms, *_ in said), None)
    lengths_ms[day_ms + DAY_MS] = DAY_MS
    found = curve(
        _of_lengths(intervals(said), lengths_ms), [installation(source="interval")], estimate=True
    )
    letters = by_letter(found, 0, JULY.begin_ms, JULY.end_ms)
    assert letters == {Letter.A: 31 * 9_600_000}


def half_hours(begin_ms: int, end_ms: int, meter: str = "m") -> list[tuple[str, int, int]]:
    """A register that counts 100 Wh a half-hour."""
    count = (end_ms - begin_ms) // HALF_HOUR_MS
    return [(meter, begin_ms + n * HALF_HOUR_MS, 10**9 + n * 100_000) for n in range(count + 1)]


def test_a_silence_of_months_is_billed_where_it_was() -> None:
    said = [
        ("m", ms("2013-01-05T00:00"), 0),
        *half_hours(ms("2013-07-20T00:00"), ms("2013-07-21T00:00")),
    ]
    archive = memory(said)

    found = curve(archive, [installation()])

    assert int(found.begin_ms[0]) == ms("2013-01-05T00:00")
    assert (int(found.letter[0]), int(found.energy_mwh[0])) == (Letter.S, 10**9)


def test_a_wrong_register_right_before_the_month_is_left_out() -> None:
    said = half_hours(ms("2013-06-28T00:00"), ms("2013-07-02T00:00"))
    wrong = [n for n, (_, at_ms, _) in enumerate(said) if at_ms == JULY.begin_ms]
    said[wrong[0]] = ("m", JULY.begin_ms, 7)
    archive = memory(said)

    same(curve(archive, [installation()]), at_once(archive, [installation()]))


def test_what_comes_after_the_month_ends_its_last_step() -> None:
    said = [*half_hours(ms("2013-07-30T00:00"), ms("2013-07-31T20:00"))]
    last = said[-1][2]
    archive = memory([*said, ("m", ms("2013-08-09T00:00"), last + 10**6)])

    found = curve(archive, [installation()])

    assert int(found.end_ms[-1]) == ms("2013-08-09T00:00")
    assert int(found.energy_mwh[-1]) == 10**6


def test_an_opening_register_is_where_a_new_meter_begins() -> None:
    begin = ms("2013-07-10T00:10")
    its = installation(begin_ms=begin, opening_mwh=10**9 - 5_000)
    archive = memory(half_hours(ms("2013-07-10T00:30"), ms("2013-07-12T00:00")))

    found = curve(archive, [its])

    assert (int(found.begin_ms[0]), int(found.energy_mwh[0])) == (begin, 5_000)


def test_estimates_are_those_of_months_at_once() -> None:
    said = half_hours(ms("2013-05-20T00:00"), ms("2013-09-10T00:00"))
    gap = [each for each in said if not ms("2013-07-10T00:00") < each[1] < ms("2013-07-12T00:00")]
    archive = memory(gap)
    registers = [installation()]

    found = curve(archive, registers, estimate=True)

    whole, _ = segments(joined(archive.rows, registers), registers, calendar=LONDON)
    expected = estimated(whole, registers, calendar=LONDON)
    inside = (expected.end_ms > JULY.begin_ms) & (expected.begin_ms < JULY.end_ms)
    same(found, expected.take(inside))
    assert (found.letter == Letter.S).sum() > 10


@pytest.mark.parametrize("open_until_ms", [None, JULY.end_ms])
def test_an_open_end_is_estimated_where_it_is_asked_for(open_until_ms: int | None) -> None:
    archive = memory(half_hours(ms("2013-06-01T00:00"), ms("2013-07-20T00:00")))

    found = curve(archive, [installation()], estimate=True, open_until_ms=open_until_ms)

    guessed = found.take(found.letter == Letter.E)
    if open_until_ms is None:
        assert len(guessed) == 0
    else:
        assert int(guessed.end_ms.max()) == JULY.end_ms
        # It has never used anything but 100 Wh a half-hour: so it does in what is left.
        assert int(guessed.energy_mwh.sum()) == 100_000 * (
            (JULY.end_ms - ms("2013-07-20T00:00")) // HALF_HOUR_MS
        )


def test_an_edit_is_in_the_place_of_what_was_read() -> None:
    archive = memory(half_hours(ms("2013-06-01T00:00"), ms("2013-08-20T00:00")))
    begin, end = ms("2013-07-10T00:00"), ms("2013-07-11T00:00")

    found = curve(archive, [installation()], [Edit(1, "m", begin, end, 7, "wrong", "ada")])

    edit = found.take(found.letter == Letter.X)
    assert (int(edit.begin_ms[0]), int(edit.end_ms[-1])) == (begin, end)
    assert int(edit.energy_mwh.sum()) == 7
    others = found.take(found.letter == Letter.A)
    for one, other in pairwise(range(len(others))):
        assert others.end_ms[one] in (others.begin_ms[other], begin)


def test_only_the_plain_ones_are_read_once() -> None:
    plain = half_hours(ms("2013-06-25T00:00"), ms("2013-08-05T00:00"), "plain")
    odd = half_hours(ms("2013-06-25T00:00"), ms("2013-08-05T00:00"), "odd")
    odd[700] = ("odd", odd[700][1], 5)
    archive = memory([*plain, *odd])
    registers = [installation("plain"), replace(installation("odd"), register_id="odd")]

    its = Curve(archive, Registers(registers), JULY, calendar=LONDON, rules=Rules(), estimate=False)
    pieces = list(its.pieces())

    assert [each.rule for each in its.findings] == ["counter_decrease"]
    # The other one comes whole with the last piece, but for days before its fall.
    assert set(pieces[-1].register.tolist()) == {1}
    same(curve(archive, registers), at_once(archive, registers))


@pytest.mark.parametrize(
    ("source", "letter", "halves"), [("interval", Letter.E, 1), ("counter", Letter.S, 2)]
)
def test_what_a_collector_estimated_is_not_billed_as_measured(
    source: str, letter: Letter, halves: int
) -> None:
    said = half_hours(JULY.begin_ms - DAY_MS, JULY.end_ms + DAY_MS)
    at_ms = JULY.begin_ms + 10 * DAY_MS
    rows = memory(said).rows.with_columns(
        quality=pl.when(pl.col("ts") == at_ms).then(pl.lit("estimated"))
    )

    found = curve(Memory(rows), [installation(source=source)], estimate=True)

    chosen = found.take(found.letter != Letter.A)
    # Of a counter such a reading only shapes what the measured ones around it say.
    assert chosen.letter.tolist() == [letter] * halves
    assert chosen.energy_mwh.tolist() == [100_000] * halves
    assert int(chosen.begin_ms[0]) == at_ms - HALF_HOUR_MS
    whole = by_letter(found, 0, JULY.begin_ms, JULY.end_ms)
    assert sum(whole.values()) == 31 * 48 * 100_000


@pytest.mark.parametrize("open_until_ms", [None, JULY.end_ms])
@pytest.mark.parametrize("estimate", [False, True])
@pytest.mark.parametrize(
    ("last_day", "removed", "found"),
    [
        # 35 days and an hour before the month is over, in London, and 35 days.
        ("2013-06-26T22:00", None, True),
        ("2013-06-26T23:00", None, False),
        ("2013-06-01T00:00", None, True),
        ("2013-06-01T00:00", "2013-07-05", False),
    ],
)
def test_a_register_that_says_nothing_for_long_is_found(
    last_day: str,
    removed: str | None,
    found: bool,
    estimate: bool,
    open_until_ms: int | None,
) -> None:
    said = half_hours(ms("2013-05-01T00:00"), ms(last_day))
    its = installation(end_ms=None if removed is None else ms(removed))

    findings = findings_of(said, its, estimate=estimate, open_until_ms=open_until_ms)

    until_ms = JULY.end_ms
    told = [("prolonged", "m", ms(last_day), until_ms, "hold")] if found else []
    assert findings == told


def test_a_gap_of_which_the_total_is_known_holds_nothing_and_an_unknown_one_does() -> None:
    before = half_hours(ms("2013-05-01T00:00"), ms("2013-06-10T00:00"))
    after = [
        ("m", at_ms, 10**9 + register)
        for _, at_ms, register in half_hours(ms("2013-07-20T00:00"), ms("2013-08-05T00:00"))
    ]
    for source, count in (("counter", 0), ("interval", 1)):
        its = installation(source=source, max_w=None)
        assert len(findings_of([*before, *after], its, estimate=True)) == count


def findings_of(
    said: Sequence[tuple[str, int, int]],
    its: Installation,
    *,
    estimate: bool,
    open_until_ms: int | None = None,
) -> list[tuple[str, str, int, int, str]]:
    """What is found that holds bills."""
    found = Curve(
        memory(said),
        Registers([its]),
        JULY,
        calendar=LONDON,
        rules=Rules(),
        estimate=estimate,
        open_until_ms=open_until_ms,
    )
    list(found.pieces())
    return [
        (each.rule, each.register_id, each.begin_ms, each.end_ms, each.severity)
        for each in found.findings
        if each.severity == "hold"
    ]


@pytest.mark.parametrize(
    ("first", "last", "late", "shown"),
    [
        # On the half-hour the month begins with a reading, 1,438 half-hours after 1 June.
        ("2013-06-01T00:00", "2013-08-02T00:00", 0, 100_000 * 1_438),
        # Ten minutes later it begins between two: a third of a half-hour's 100 Wh before one.
        ("2013-06-01T00:00", "2013-08-02T00:00", 10 * MINUTE_MS, 100_000 * 1_437 + 66_666),
        # Nobody knows what a register showed before it was read, or shows since.
        ("2013-07-02T00:00", "2013-08-02T00:00", 0, None),
        ("2013-06-01T00:00", "2013-07-20T00:00", 0, None),
    ],
)
def test_what_a_register_showed_when_the_month_began(
    first: str, last: str, late: int, shown: int | None
) -> None:
    said = [
        (meter, at_ms + late, register)
        for meter, at_ms, register in half_hours(ms(first), ms(last))
    ]

    assert openings_of(said) == ({} if shown is None else {0: said[0][2] + shown})


def test_a_reading_of_the_day_on_which_the_month_begins_is_what_it_showed() -> None:
    # 1 March begins with UTC's day, in which its first reading is.
    said = half_hours(ms("2013-02-01T00:00"), ms("2013-04-02T00:00"))

    assert openings_of(said, "2013-03") == {0: said[28 * 48][2]}


def test_what_a_register_showed_is_told_only_if_it_counts_plainly() -> None:
    said = half_hours(ms("2013-06-01T00:00"), ms("2013-08-02T00:00"))
    gap = [each for each in said if not ms("2013-07-10") < each[1] < ms("2013-07-12")]
    wrong = [*said[:2_000], ("m", said[1_999][1] + MINUTE_MS, 5), *said[2_000:]]

    assert openings_of(gap) == openings_of(wrong) == {}


def openings_of(
    said: Sequence[tuple[str, int, int]] | Memory, month: str = "2013-07", source: str = "counter"
) -> dict[int, int]:
    span = LONDON.local_month(month)
    registers = Registers([installation(source=source)])
    archive = said if isinstance(said, Memory) else memory(said)
    found = Curve(archive, registers, span, calendar=LONDON, rules=Rules())
    list(found.pieces())
    return found.openings_mwh


def test_what_a_register_of_intervals_showed_is_told_only_if_it_counted_in_their_order() -> None:
    times = range(ms("2013-06-01T00:00"), ms("2013-08-02T00:00"), HALF_HOUR_MS)
    said = [("m", at_ms, 100_000 + place % 3, 0) for place, at_ms in enumerate(times)]
    late = [*said[:2_000], *said[2_001:], said[2_000]]
    before = intervals(said).rows.filter(pl.col("ts") <= JULY.begin_ms)

    in_order = openings_of(intervals(said), source="interval")

    assert in_order == {0: round(before["register"].to_numpy().max() * 1_000)}
    assert openings_of(intervals(late), source="interval") == {}


@dataclass(frozen=True)
class Watched(Memory):
    """An archive that remembers of which days readings were asked for."""

    asked: Counter[date] = field(default_factory=Counter)

    def readings(
        self, days: Collection[date], meters: Collection[str] | None = None
    ) -> pl.DataFrame:
        self.asked.update(days)
        return super().readings(days, meters)


def test_a_meter_that_is_silent_for_long_makes_no_run_read_all_the_time_between() -> None:
    silent = half_hours(ms("2012-05-01T00:00"), ms("2012-07-01T00:00"), "old")
    gap = ms("2013-07-10T00:00")
    others = half_hours(ms("2012-05-01T00:00"), ms("2013-08-10T00:00"))
    others = [each for each in others if not gap < each[1] < gap + 5 * HOUR_MS]
    archive = Watched(memory([*silent, *others]).rows)
    registers = [installation(), installation("old")]

    found = curve(archive, registers, estimate=True, open_until_ms=JULY.end_ms)

    alone = curve(memory(others), [installation()], estimate=True)
    same(found.take(found.register == 0), alone)
    assert (found.register == 1).any()
    # The search for their last points passes each day once; only what is near is read again.
    between = [date(2012, 8, 1) + timedelta(days=number) for number in range(300)]
    assert {archive.asked[day] for day in between} == {1}
