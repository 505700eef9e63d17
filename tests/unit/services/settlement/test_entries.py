"""The live tail is the difference that the next interim run makes, and 0 once there is nothing more
to come (T12)."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal
from types import SimpleNamespace

import pytest

from billing.settlement.errors import RunError
from billing.settlement.tail import Tail, tail
from billing.tariffs.plan import EXAMPLES, load
from contracts.masters import Installation, Masters, TaxRate
from contracts.settings import Settings
from contracts.so_far import CustomerSoFar, SiteSoFar
from contracts.time import HOUR_MS, MINUTE_MS
from services.settlement.entries import Look, entries
from services.settlement.interim import Interim, SoFar
from services.settlement.so_far import Months, _one
from tests.support.london import HALF_HOUR_MS, ms
from tests.unit.billing.settlement.homes import VAT, A, B, installed, masters, version
from tests.unit.services.settlement.archives import memory

BEGIN_MS, END_MS = ms("2013-06-30T23:00"), ms("2013-07-31T23:00")
"""July in London."""
PERIOD_MS = HALF_HOUR_MS
COUNTER = installed("m", "counter")
EXPORT = replace(installed("sun", "counter"), direction="export")

Word = tuple[str, int, int]


def words(until_ms: int, *registers: str) -> list[Word]:
    """Half-hours of some registers, none like the next."""
    times = range(BEGIN_MS - HOUR_MS, until_ms + 1, HALF_HOUR_MS)
    return [
        (register, at_ms, 1_000_000 + sum(100_000 + 7_919 * (n % 13) for n in range(place)))
        for register in registers or ("m",)
        for place, at_ms in enumerate(times)
    ]


def looked(
    its: Masters, said: list[Word], *, is_closed: bool = False
) -> tuple[SoFar, SiteSoFar, dict[int, CustomerSoFar]]:
    now_ms = max(at_ms for _, at_ms, _ in said)
    found = Interim(its, "london", "2013-07").look(memory(said), now_ms, is_closed=is_closed)
    return found, *entries(found, its, Look(now_ms, 1, 2), PERIOD_MS)


def tails(site: SiteSoFar, customers: Mapping[int, CustomerSoFar], *live: Word) -> dict[int, Tail]:
    told = {(meter, "electricity"): (at_ms, mwh / 1_000) for meter, at_ms, mwh in live}
    return {
        who: tail(each.registers, told, site.prices, site.end_ms)  # type: ignore[arg-type]
        for who, each in customers.items()
    }


def exact(found: SoFar, customer_id: int) -> int:
    """What energy alone costs a customer, 10^-14 GBP."""
    kinds = ("energy", "tiers", "levy", "export", "discount")
    return sum(
        each.exact
        for each in found.run.settlement.charges
        if each.key.customer_id == customer_id and each.key.component.endswith(kinds)
    )


@pytest.mark.parametrize("plan_id", ["lcl-flat", "evening-peak", "blocks", "solar"])
@pytest.mark.parametrize(
    ("archived", "live"),
    [
        ("2013-07-10T14:00", "2013-07-10T14:30"),
        # Over the begin of the evening's peak, and within a half-hour.
        ("2013-07-10T14:30", "2013-07-10T15:30"),
        ("2013-07-10T14:30", "2013-07-10T15:17"),
        ("2013-07-10T22:30", "2013-07-10T23:10"),
    ],
)
def test_a_tail_is_what_the_next_run_adds(plan_id: str, archived: str, live: str) -> None:
    registers = [COUNTER, EXPORT] if plan_id == "solar" else [COUNTER]
    its = sold(plan_id, registers)
    ids = [each.register_id for each in registers]
    said = words(ms(archived), *ids)
    last = {meter: mwh for meter, _, mwh in said}
    further = [(each, ms(live), last[each] + 123_457) for each in ids]

    before, site, customers = looked(its, said)
    (found,) = tails(site, customers, *further).values()
    after, later_site, later = looked(its, [*said, *further])

    # Where tax is taken out of prices, these are rounded to 10^-14 a thousandth, and lines are.
    limit = 123_457 if plan_id == "solar" else 0
    assert abs(exact(after, A) - exact(before, A) - found.net) <= limit * len(ids)
    assert found.net != 0
    assert sum(found.energy_mwh.values()) == 123_457 * len(ids)
    assert customers[A].import_mwh["electricity"] + 123_457 == later[A].import_mwh["electricity"]
    assert tails(later_site, later, *further)[A] == Tail({}, newest_ms=ms(live))


def sold(plan_id: str, registers: list[Installation]) -> Masters:
    """A plan of those that come with the project, of somebody who has it all the time."""
    text = (EXAMPLES / f"{plan_id}.toml").read_text()
    its = masters([(A, 0, None)], plan_id=plan_id, registers=registers, terms={plan_id: text})
    reduced = TaxRate("GB-domestic", "reduced", date(2000, 1, 1), None, Decimal(5))
    others = [replace(VAT, category=each) for each in ("Z", "E", "O")]
    plan = load(text, plan_id)
    site = replace(its.sites[0], currency=plan.currency)
    return replace(its, sites=(site,), tax_rates=(VAT, reduced, *others))


def test_a_flat_price_is_exact_and_so_is_its_tax() -> None:
    said = words(ms("2013-07-10T14:00"))
    further = ("m", ms("2013-07-10T14:30"), said[-1][2] + 1_000_000)

    _, site, customers = looked(sold("lcl-flat", [COUNTER]), said)
    found = tails(site, customers, further)[A]

    # A kWh at 14.228 p, and 5 % of it.
    assert (found.net, found.tax) == (14_228_000_000_000, 711_400_000_000)
    assert (site.archived_ms, site.customers) == (ms("2013-07-10T14:00"), 1)


def test_who_moves_meanwhile_has_his_own_part() -> None:
    moved_ms = ms("2013-07-10T14:10")
    its = masters([(A, 0, moved_ms), (B, moved_ms, None)], plan_id="lcl-flat", registers=[COUNTER])
    said = words(ms("2013-07-10T14:00"))
    further = ("m", ms("2013-07-10T14:30"), said[-1][2] + 100_000)

    _, site, customers = looked(its, said)
    found = tails(site, customers, further)

    parts = {who: sum(each.energy_mwh.values()) for who, each in found.items()}
    assert parts == {A: 33_333, B: 66_667}


def test_what_belongs_to_its_end_is_the_later_ones() -> None:
    moved_ms = ms("2013-07-10T14:10")
    register = replace(COUNTER, boundary="at_reading")
    its = masters([(A, 0, moved_ms), (B, moved_ms, None)], plan_id="lcl-flat", registers=[register])
    said = words(ms("2013-07-10T14:00"))
    further = ("m", ms("2013-07-10T14:30"), said[-1][2] + 100_000)

    _, site, customers = looked(its, said)
    parts = {
        who: sum(each.energy_mwh.values()) for who, each in tails(site, customers, further).items()
    }

    assert parts == {A: 0, B: 100_000}


def test_what_fell_or_leapt_waits_for_the_archive() -> None:
    its = sold("lcl-flat", [replace(COUNTER, max_w=10_000)])
    said = words(ms("2013-07-10T14:00"))
    last, at_ms = said[-1][2], ms("2013-07-10T14:30")
    _, site, customers = looked(its, said)

    for counted, not_known in ((-1, 1), (5_000_001, 1), (5_000_000, 0), (0, 0)):
        found = tails(site, customers, ("m", at_ms, last + counted))[A]
        assert found.not_known == not_known, counted
        expected = 0 if not_known else counted
        assert sum(found.energy_mwh.values()) == expected, counted
    (silent,) = tails(site, customers).values()
    assert (silent.silent, silent.newest_ms) == (1, None)


def test_without_a_contract_energy_has_no_price() -> None:
    its = replace(sold("lcl-flat", [COUNTER]), contracts=())
    said = words(ms("2013-07-10T14:00"))

    _, site, customers = looked(its, said)
    found = tails(site, customers, ("m", ms("2013-07-10T14:30"), said[-1][2] + 5_000))[A]

    assert (found.net, found.unpriced_mwh) == (0, 5_000)


@pytest.mark.parametrize("is_closed", [False, True])
def test_a_contract_without_a_price_hides_no_other_one(is_closed: bool) -> None:
    its = masters([(A, 0, END_MS - HOUR_MS), (B, END_MS - HOUR_MS, None)], registers=[COUNTER])
    ada, ben = sorted(its.contracts, key=lambda each: each.customer_id)
    flat = replace(ada, plan_id="lcl-flat")
    its = replace(its, contracts=(flat, ben), plans=(*its.plans, version("lcl-flat")))
    said = words(END_MS - (0 if is_closed else HALF_HOUR_MS))
    further = ("m", END_MS, said[-1][2] + 5_000)

    _, site, customers = looked(its, said, is_closed=is_closed)

    assert [each.plan_id for each in site.unpriced] == ["lcl-dtou"]
    assert "has no price from 2013-07-31T22:00" in site.unpriced[0].why
    assert (customers[A].unpriced, customers[B].unpriced) == ([], [0])
    assert customers[A].net_minor == site.net_minor > 0 == customers[B].net_minor
    assert customers[B].import_mwh["electricity"] > 0 and site.broken == []
    found = tails(site, customers, further)[B]
    assert (found.net, found.unpriced_mwh) == (0, 0 if is_closed else 5_000)


def test_the_month_ends_the_tail_and_once_it_is_closed_there_is_none() -> None:
    its = sold("lcl-flat", [COUNTER])
    said = words(END_MS - HALF_HOUR_MS)
    over = ("m", END_MS + HALF_HOUR_MS, said[-1][2] + 100_000)

    _, site, customers = looked(its, said)
    found = tails(site, customers, over)[A]
    _, closed, nobody = looked(its, [*said, over], is_closed=True)

    # An hour that the month has half of.
    assert sum(found.energy_mwh.values()) == 50_000
    assert closed.is_closed and nobody[A].registers == []
    assert tails(closed, nobody, over)[A] == Tail({})
    assert nobody[A].import_mwh["electricity"] == customers[A].import_mwh["electricity"] + 50_000


def test_sums_are_those_of_the_customers_lines() -> None:
    _, site, customers = looked(sold("lcl-flat", [COUNTER]), words(ms("2013-07-10T14:00")))

    (own,) = customers.values()
    assert own.net_minor == sum(line.minor for line in own.lines) == site.net_minor > 0
    assert own.gross_minor == own.net_minor + own.tax_minor == site.gross_minor
    assert site.broken == []


def test_a_month_that_is_over_is_closed_once_before_the_next() -> None:
    its, closing = sold("lcl-flat", [COUNTER]), 3 * MINUTE_MS
    months = Months(PERIOD_MS, closing)

    july, is_closed = months.of(its, "london", END_MS - 1)
    same, still = months.of(replace(its, as_of_ms=its.as_of_ms + 1), "london", END_MS + closing - 1)
    closed, over = months.of(its, "london", END_MS + closing)
    again, _ = months.of(its, "london", END_MS + closing)
    months.over("london")
    august, begun = months.of(its, "london", END_MS + closing)

    assert (july.month.end_ms, is_closed) == (END_MS, False)
    assert (same is july, still) == (True, False)
    # Until it was looked at, it waits.
    assert (closed is again is july, over) == (True, True)
    assert (august.month.begin_ms, begun) == (END_MS, False)
    other, _ = months.of(replace(its, contracts=()), "london", END_MS + closing)
    assert other is not august


@pytest.mark.parametrize(
    ("problem", "is_over"),
    [(FileNotFoundError("compacted away"), False), (RunError("no calorific values"), True)],
)
def test_a_month_is_closed_though_a_file_vanishes(
    monkeypatch: pytest.MonkeyPatch, problem: Exception, is_over: bool
) -> None:
    its, months = sold("lcl-flat", [COUNTER]), Months(PERIOD_MS, 0)
    july, _ = months.of(its, "london", END_MS - 1)
    told: list[tuple[object, ...]] = []
    client = SimpleNamespace(hset=lambda *said: told.append(said))

    def look(*_: object, **__: object) -> SoFar:
        raise problem

    monkeypatch.setattr(Interim, "look", look)
    archive = memory(words(END_MS))
    _one(Settings(), client, months, its, "london", archive, END_MS)  # type: ignore[arg-type]

    (said,) = told
    assert said[-2:] == ("london", str(problem))
    assert (months.of(its, "london", END_MS)[0] is not july) == is_over
