"""A month that is looked at again and again is the month settled at once, and in the end its first
bill, line by line (T12)."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal

import numpy as np
import polars as pl
import pytest

from billing.curve.registers import Registers
from billing.curve.rules import Rules
from billing.settlement.settle import settle
from billing.settlement.settlement import Settlement
from billing.settlement.written import charges_text
from billing.tariffs.calendar import Calendar
from billing.tariffs.errors import TariffError
from contracts.billing import RunArguments
from contracts.masters import Installation, Masters, Price, VeeRule
from contracts.time import DAY_MS, HOUR_MS
from services.settlement.curve import Curve
from services.settlement.interim import Interim
from services.settlement.remembered import Remembered
from services.settlement.run import run
from tests.support.chance import seeds
from tests.support.london import ms
from tests.unit.billing.settlement.homes import A, B, installed, masters
from tests.unit.services.settlement.archives import Memory, intervals, memory

LONDON = Calendar("Europe/London")
JULY = LONDON.local_month("2013-07")
FOREVER = 2**62

TERMS = """
id = "all"
name = "All"
commodity = "electricity"
currency = "GBP"
prices_include_tax = false
[[component]]
kind = "energy"
bands = [
    {name = "peak", from = "16:00", to = "19:00", price = "0.3"},
    {name = "rest", price = "0.1"},
]
[[component]]
kind = "standing"
per_day = "0.25"
[[component]]
kind = "demand"
price = "4.5"
"""
STEP_MS = 2 * HOUR_MS
OPEN = replace(installed("open", "counter"), cadence_ms=STEP_MS)
FALLS = replace(installed("falls", "counter"), cadence_ms=STEP_MS)
GAPS = replace(installed("gaps", "interval"), cadence_ms=STEP_MS)
ITS = masters(
    [(A, 0, ms("2013-07-12T10:40")), (B, ms("2013-07-12T10:40"), None)],
    plan_id="all",
    registers=[OPEN, FALLS, GAPS],
    terms={"all": TERMS},
)
"""Three registers at one home, which changes hands within a half-hour."""

Word = tuple[str, int, int]


def words() -> list[Word]:
    """What the registers say from a day before July to a day after it, each other one than the
    others; one falls, one lacks readings, a fourth is nobody's for a week."""
    said = []
    times = range(JULY.begin_ms - DAY_MS, JULY.end_ms + DAY_MS, STEP_MS)
    for place, at_ms in enumerate(times):
        said.append(("open", at_ms, 7_000_000 + 31_000 * place + place % 5))
        fallen = at_ms > ms("2013-07-20T03:00")
        said.append(("falls", at_ms, (0 if fallen else 90_000_000) + 17_001 * place))
        if place % 50 not in (7, 8, 9):
            said.append(("gaps", at_ms, 3_000_000 + 11_003 * place))
        if ms("2013-07-03T00:00") < at_ms < ms("2013-07-10T00:00"):
            said.append(("stranger", at_ms, 5_000 * place))
    return said


WORDS = words()
FIRST = RunArguments("first", "london", "2013-07", (FOREVER,), ITS.as_of_ms, "test")


def at_once(archive: Memory, its: Masters = ITS) -> Settlement:
    """The month so far, from nothing but the archive."""
    met = sorted(set(archive.rows["meter_id"]) & {"stranger"})
    nowhere = Installation("", "", "electricity", "import", "counter", "interpolate", 0, None)
    registers = Registers(
        [*its.installations, *(replace(nowhere, register_id=each) for each in met)]
    )
    curve = Curve(archive, registers, JULY, calendar=LONDON, rules=Rules())
    return settle(its, "london", registers, curve.pieces(), "2013-07", kind="interim")


def without_days(settlement: Settlement) -> str:
    """Its charges but standing ones, which are of days and not of readings."""
    return charges_text(
        each for each in settlement.charges if not each.key.component.endswith("/standing")
    )


@pytest.mark.parametrize("seed", seeds(8))
def test_each_look_is_the_month_settled_at_once(seed: int) -> None:
    rng = np.random.default_rng(seed)
    late = rng.random(len(WORDS)) < rng.choice([0, 0.001, 0.02])
    arrived = np.argsort(np.arange(len(WORDS)) + late * rng.integers(1, 600), kind="stable")
    log = [WORDS[place] for place in arrived.tolist()]
    cuts = rng.integers(1, len(WORDS), 5).tolist()
    its = Interim(ITS, "london", "2013-07")

    for cut in sorted(cuts):
        archive = memory(log[:cut])
        newest_ms = max(at_ms for _, at_ms, _ in log[:cut])
        found = its.look(archive, newest_ms).run.settlement
        assert without_days(found) == without_days(at_once(archive))
    everything = memory(log)
    closed = its.look(everything, JULY.end_ms, is_closed=True).run
    first = run(FIRST, ITS, everything)

    assert charges_text(closed.settlement.charges) == charges_text(first.settlement.charges)
    assert closed.settlement.balances == first.settlement.balances
    assert sorted(map(repr, closed.findings)) == sorted(map(repr, first.findings))


@pytest.mark.parametrize("seed", range(3))
def test_intervals_come_to_the_same_in_each_look_whatever_comes_late(seed: int) -> None:
    rng = np.random.default_rng(seed)
    times = range(JULY.begin_ms - DAY_MS, JULY.end_ms + DAY_MS, STEP_MS)
    energies = {at_ms: 31_000 + place % 7 * 1_000 for place, at_ms in enumerate(times)}
    said = [("gaps", at_ms, mwh, 0) for at_ms, mwh in energies.items()]
    log = [said[place] for place in np.argsort(rng.random(len(said)) * 90 + np.arange(len(said)))]
    for at_ms in rng.choice(times, 20, replace=False).tolist():
        place = next(at for at, word in enumerate(log) if word[1] == at_ms)
        log[place] = ("gaps", at_ms, energies[at_ms] - 9_000, 0)
        log.insert(int(rng.integers(place + 1, len(log) + 1)), ("gaps", at_ms, 9_000, 1))
    its, gaps = Interim(ITS, "london", "2013-07"), replace(ITS, installations=ITS.installations[2:])

    for cut in (len(log) // 3, len(log) // 2, len(log) - 30):
        archive = intervals(log[:cut])
        newest_ms = max(at_ms for _, at_ms, *_ in log[:cut])
        found = its.look(archive, newest_ms).run.settlement
        assert without_days(found) == without_days(at_once(archive))
    closed = its.look(intervals(log), JULY.end_ms, is_closed=True).run.settlement
    in_order = run(FIRST, gaps, intervals(said)).settlement

    assert charges_text(closed.charges) == charges_text(in_order.charges)
    (balance,) = closed.balances
    assert balance.billed_mwh == sum(
        mwh for at_ms, mwh in energies.items() if JULY.begin_ms < at_ms <= JULY.end_ms
    )


def test_a_further_half_hour_settles_its_day_alone() -> None:
    its = Interim(ITS, "london", "2013-07")
    before = [word for word in WORDS if word[1] < ms("2013-07-28T12:00")]
    after = [word for word in WORDS if word[1] < ms("2013-07-28T13:00")]
    ordered = sorted(WORDS, key=lambda word: word[1])
    tomorrow = [word for word in ordered if word[1] < ms("2013-07-29T03:00")]

    first = its.look(memory(sorted(before, key=lambda word: word[1])), JULY.end_ms)
    second = its.look(memory(sorted(after, key=lambda word: word[1])), JULY.end_ms)
    third = its.look(memory(tomorrow), JULY.end_ms)
    # A word of the 5th that comes now: the month is settled from its begin.
    late = its.look(memory([*tomorrow, ("open", ms("2013-07-05T09:10"), 9_000_000)]), JULY.end_ms)

    assert first.settled_days == late.settled_days - 1 == 29
    assert (second.settled_days, third.settled_days) == (1, 2)


def test_who_was_met_before_a_file_vanished_is_met_again(monkeypatch: pytest.MonkeyPatch) -> None:
    archive, its = memory(WORDS), Interim(ITS, "london", "2013-07")
    usual, met = Memory.meters, set[str]()

    def vanishing(self: Memory, days: Collection[date]) -> pl.DataFrame:
        if "stranger" in met:
            raise FileNotFoundError
        met.update(usual(self, days)["meter_id"])
        return usual(self, days)

    with monkeypatch.context() as patched:
        patched.setattr(Memory, "meters", vanishing)
        with pytest.raises(FileNotFoundError):
            its.look(archive, JULY.end_ms)

    found = its.look(archive, JULY.end_ms).run.settlement
    assert without_days(found) == without_days(at_once(archive))


def test_days_that_have_not_begun_are_not_charged_for() -> None:
    archive = memory([word for word in WORDS if word[1] < ms("2013-07-10T11:00")])

    found = Interim(ITS, "london", "2013-07").look(archive, ms("2013-07-10T11:00"))

    # Ten days have begun, all of them A's; in the whole month A has the first instant of twelve.
    (standing,) = [
        each for each in found.run.settlement.charges if each.key.component == "all/2/standing"
    ]
    assert (standing.key.customer_id, standing.quantity, standing.minor) == (A, 10, 250)


def test_the_last_points_are_those_of_the_archive() -> None:
    known = [word for word in WORDS if word[1] < ms("2013-07-10T11:00")]
    expected = {meter: (at_ms, register) for meter, at_ms, register in known}

    found = Interim(ITS, "london", "2013-07").look(memory(known), JULY.end_ms)

    told = {
        each.register_id: (int(found.last_ms[place]), int(found.last_mwh[place]))
        for place, each in enumerate(found.registers)
    }
    assert told == expected


def test_what_has_no_price_yet_has_the_last_one_and_no_bill() -> None:
    known = [word for word in WORDS if word[0] == "open" and word[1] < ms("2013-07-10T11:00")]
    its = masters([(A, 0, None)], registers=[OPEN], prices=daily("2013-07-10T00:00"))

    found = Interim(its, "london", "2013-07").look(memory(known), JULY.end_ms)
    whole = masters([(A, 0, None)], registers=[OPEN], prices=daily("2013-08-02T00:00"))
    expected = at_once(memory(known), whole)

    assert charges_text(found.run.settlement.charges) == charges_text(expected.charges)
    with pytest.raises(TariffError, match="has no price from 2013-07-10T00:00"):
        run(replace(FIRST, masters_as_of_ms=its.as_of_ms), its, memory(WORDS))


def daily(until: str) -> Sequence[Price]:
    """One price, told day by day."""
    begins = range(ms("2013-06-30T00:00"), ms(until), DAY_MS)
    return [Price("lcl-dtou", at, at + DAY_MS, Decimal("0.1176"), "Normal") for at in begins]


def test_what_is_remembered_is_what_the_archive_says() -> None:
    counted = Counted(WORDS)
    its = Remembered()
    days = [date(2013, 7, 5), date(2013, 7, 6)]

    one = its.of(counted).readings(days, {"open"})
    again = its.of(counted).readings(days, {"open"})
    more = its.of(counted).readings(days, {"open", "falls"})

    assert one.equals(again)
    assert set(more["meter_id"]) == {"open", "falls"}
    assert counted.asked == [{"open"}, {"open"}, {"falls"}, {"falls"}]
    later = Counted([*WORDS, ("open", ms("2013-07-06T12:10"), 9_000_000)])
    assert its.of(later).readings(days, {"open"}).height == one.height + 1
    assert later.asked == [{"open"}]


def test_no_more_is_remembered_than_it_may() -> None:
    counted = Counted(WORDS)
    its = Remembered(most_rows=12)
    days = [date(2013, 7, 5), date(2013, 7, 6)]

    found = [its.of(counted).readings(days, {"open"}) for _ in range(2)]

    assert found[0].equals(found[1])
    assert counted.asked == [{"open"}] * 3


class Counted(Memory):
    """An archive that keeps what it was asked for."""

    def __init__(self, said: Sequence[Word]) -> None:
        super().__init__(memory(said).rows)
        object.__setattr__(self, "asked", [])

    asked: list[set[str]]

    def readings(
        self, days: Collection[date], meters: Collection[str] | None = None
    ) -> pl.DataFrame:
        if meters is not None:
            self.asked.append(set(meters))
        return super().readings(days, meters)


# What January ends with means "nothing" from February on.
FROM_FEBRUARY = VeeRule("high", {"sentinels": [13_800_000]}, "review", ms("2013-02-01T00:00"), None)


@pytest.mark.parametrize("rules", [(), (FROM_FEBRUARY,)])
def test_what_was_counted_right_before_the_month_is_a_peak_of_the_one_before(
    rules: tuple[VeeRule, ...],
) -> None:
    step_ms, begin_ms = HOUR_MS // 2, ms("2013-02-01T00:00")
    ratchet = 'price = "4.5"\nratchet_months = 1\nratchet_percent = "100"'
    its = masters(
        [(A, 0, None)],
        plan_id="all",
        registers=[replace(OPEN, cadence_ms=step_ms, opening_mwh=None)],
        terms={"all": TERMS.replace('price = "4.5"', ratchet)},
    )
    its = replace(its, vee_rules=rules)
    times = range(begin_ms - DAY_MS, begin_ms + 2 * HOUR_MS, step_ms)
    said = [
        ("open", at_ms, 100_000 * place + (9_000_000 if at_ms >= begin_ms else 0))
        for place, at_ms in enumerate(times)
    ]
    interim = Interim(its, "london", "2013-02")

    interim.look(memory([word for word in said if word[1] < begin_ms]), begin_ms)
    found = interim.look(memory(said), times[-1]).run.settlement

    arguments = RunArguments("interim", "london", "2013-02", (len(said),), its.as_of_ms, "test")
    for charges in (found.charges, run(arguments, its, memory(said)).settlement.charges):
        (demand,) = [each for each in charges if each.unit == "w"]
        # 9.1 kWh in the last half-hour of January.
        assert demand.quantity == 18_200
