"""What is issued is the latest computation less what was issued before."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing.settlement.bills import bills
from billing.settlement.ledger import Rate, deltas, had_before, listed_only, retaxed, waiting
from contracts.billing import Charge, ChargeKey, LedgerLine, Letter

A, B, NOBODY = 924, 243, 0
ENERGY = "flat/1/energy"


def charge(
    customer_id: int,
    quantity: int,
    minor: int,
    *,
    component: str = ENERGY,
    band: str = "",
    letters: dict[Letter, int] | None = None,
) -> Charge:
    key = ChargeKey(customer_id, "home", "2013-03", component, band)
    by_letter = tuple((letters or {Letter.A: quantity}).items())
    return Charge(key, "mwh", quantity, minor * 10**12, minor, "S", by_letter)


def taxed(per_cent: int) -> Rate:
    return lambda _: Decimal(per_cent)


charges_of_a_run = st.dictionaries(
    st.tuples(st.sampled_from([A, B, NOBODY]), st.sampled_from([ENERGY, "flat/2/standing"])),
    st.tuples(st.integers(-(10**9), 10**9), st.integers(-(10**6), 10**6)),
    max_size=6,
).map(
    lambda found: [
        charge(customer, quantity, 0 if customer == NOBODY else minor, component=component)
        for (customer, component), (quantity, minor) in found.items()
    ]
)


@given(st.lists(charges_of_a_run, min_size=1, max_size=6))
def test_lines_add_up_to_the_latest_charges(runs: list[list[Charge]]) -> None:
    issued: list[LedgerLine] = []
    before: list[Charge] = []
    for charges in runs:
        issued += deltas(charges, issued, taxed(5), before=before).lines
        assert deltas(charges, issued, taxed(5), before=charges).lines == ()
        sums: Counter[tuple[ChargeKey, str]] = Counter()
        for line in issued:
            sums[line.key, "quantity"] += line.quantity
            sums[line.key, "minor"] += line.minor
        now = {each.key: each for each in charges if each.key.customer_id != NOBODY}
        for key in {key for key, _ in sums} | now.keys():
            for name in ("quantity", "minor"):
                expected = getattr(now[key], name) if key in now else 0
                assert sums[key, name] == expected
        before = charges


def test_a_move_credits_one_and_charges_the_other_as_much() -> None:
    first = [charge(A, 122_145, 1_494), charge(B, 148_993, 1_875)]
    issued = deltas(first, [], taxed(5)).lines
    corrected = [charge(A, 77_487, 891), charge(B, 193_651, 2_478)]

    lines = deltas(corrected, issued, taxed(5), before=first).lines

    assert [line.reason for line in issued] == ["first", "first"]
    assert {(line.key.customer_id, line.quantity, line.minor, line.reason) for line in lines} == {
        (A, -44_658, -603, "move"),
        (B, 44_658, 603, "move"),
    }


def test_what_was_nobodys_moves_to_who_is_found() -> None:
    before = [charge(NOBODY, 77, 0, component="electricity/import", band="vacant")]
    other = charge(A, 10, 1)
    issued = deltas([*before, other], [], taxed(5)).lines

    (line,) = deltas([charge(B, 77, 9), other], issued, taxed(5), before=[*before, other]).lines

    assert (line.key.customer_id, line.quantity, line.reason) == (B, 77, "move")


@pytest.mark.parametrize(
    ("now", "rules_changed", "reason"),
    [
        (charge(A, 100, 13), False, "price"),
        (charge(A, 100, 13), True, "rule"),
        (charge(A, 90, 9), False, "late_reading"),
        (charge(A, 90, 9, letters={Letter.X: 90}), False, "edit"),
        (charge(A, 90, 9, letters={Letter.E: 5, Letter.A: 85}), False, "estimate_replaced"),
    ],
)
def test_a_correction_says_why(now: Charge, rules_changed: bool, reason: str) -> None:
    was = charge(A, 100, 10, letters={Letter.E: 20, Letter.A: 80})
    if reason == "late_reading":
        was = charge(A, 100, 10)
    issued = deltas([was], [], taxed(5)).lines

    (line,) = deltas([now], issued, taxed(5), before=[was], rules_changed=rules_changed).lines

    assert line.reason == reason


def test_another_plan_takes_back_what_the_old_one_charged() -> None:
    was = charge(A, 100, 10)
    now = charge(A, 100, 12, component="dynamic/1/energy")
    issued = deltas([was], [], taxed(5)).lines

    lines = deltas([now], issued, taxed(5), before=[was]).lines

    assert [(line.key.component, line.minor, line.reason) for line in lines] == [
        ("dynamic/1/energy", 12, "plan"),
        (ENERGY, -10, "plan"),
    ]


def test_a_small_correction_waits_and_is_not_lost() -> None:
    was = charge(A, 100, 10)
    issued = deltas([was], [], taxed(5)).lines

    small = deltas([charge(A, 101, 12)], issued, taxed(5), minimum_minor=5)
    large = deltas([charge(A, 103, 17)], issued, taxed(5), minimum_minor=5)

    assert small.lines == ()
    assert [line.minor for line in small.held] == [2]
    assert [line.minor for line in large.lines] == [7]


def test_a_first_bill_is_never_too_small() -> None:
    assert [
        line.minor for line in deltas([charge(A, 1, 1)], [], taxed(5), minimum_minor=5).lines
    ] == [1]


def test_after_a_final_run_everything_waits_for_a_person() -> None:
    found = listed_only(deltas([charge(A, 1, 1)], [], taxed(5)))

    assert found.lines == ()
    assert [line.minor for line in found.held] == [1]


def test_rounding_of_a_shared_month_is_in_the_ledger_and_nobodys_energy_is_not() -> None:
    rounding = Charge(ChargeKey(NOBODY, "home", "2013-03", ENERGY, ""), "none", 0, 0, -1)
    energy = charge(NOBODY, 77, 0, component="electricity/import", band="vacant")

    lines = deltas([rounding, energy], [], taxed(5)).lines

    assert [(line.minor, line.reason) for line in lines] == [(-1, "rounding")]


def test_two_charges_of_a_key_are_refused() -> None:
    one = charge(A, 1, 1)
    with pytest.raises(ValueError, match="two charges have the key"):
        deltas([one, replace(one, minor=2)], [], taxed(5))


def told(found: Sequence[LedgerLine]) -> list[tuple[int, int, str, Decimal | None, str]]:
    return [
        (each.quantity, each.minor, each.tax_category, each.tax_rate, each.reason) for each in found
    ]


def test_a_tax_that_is_put_right_is_taken_back_and_issued_again() -> None:
    march = [charge(A, 100, 1_000)]
    issued = [*deltas(march, [], taxed(20)).lines]

    found = deltas(march, issued, taxed(5), before=march).lines

    assert told(found) == [
        (-100, -1_000, "S", Decimal(20), "rule"),
        (100, 1_000, "S", Decimal(5), "rule"),
    ]
    (correction,) = bills(found)
    # 2.00 is taken back, and 0.50 is due.
    assert (correction.totals.net, correction.totals.tax) == (0, -150)
    assert correction.kind == "credit_note"
    assert deltas(march, [*issued, *found], taxed(5), before=march).lines == ()


def test_what_was_issued_before_is_of_the_same_tax() -> None:
    march, moved = [charge(A, 100, 1_000)], [charge(A, 90, 900), charge(B, 10, 100)]
    first = deltas(march, [], taxed(20)).lines
    taxes = deltas(march, first, taxed(5), before=march).lines
    moves = deltas(moved, [*first, *taxes], taxed(5), before=march).lines

    # Of 10.00 with 20 % nothing is left; with 5 % they are all there is, of which 1.00 goes to B.
    assert [(had_before(line, first), line.minor) for line in taxes] == [
        (1_000, -1_000),
        (0, 1_000),
    ]
    issued = [*first, *taxes]
    own = [line for line in moves if line.key.customer_id == A]
    assert [(had_before(line, issued), line.minor) for line in own] == [(1_000, -100)]
    assert [set(retaxed(lines)) for lines in (first, taxes, moves)] == [
        *(set(), {march[0].key}, set())
    ]


def test_of_a_tax_that_is_put_right_no_half_waits() -> None:
    was, now = [charge(A, 100, 40)], [charge(A, 150, 60)]
    issued = [*deltas(was, [], taxed(20)).lines]

    found = deltas(now, issued, taxed(5), before=was, minimum_minor=50)

    # Issued without the other one, 60 would be due beside the 40 of before.
    assert [each.minor for each in found.lines] == [-40, 60]
    assert found.held == ()


def test_what_is_credited_has_the_tax_that_it_had() -> None:
    issued = [*deltas([charge(A, 100, 1_000)], [], taxed(20)).lines]

    gone = deltas([], issued, taxed(5), before=[charge(A, 100, 1_000)]).lines

    assert told(gone) == [(-100, -1_000, "S", Decimal(20), "late_reading")]


@pytest.mark.parametrize(
    ("was", "now", "issued_again"),
    [
        (("S", 5), ("S", 5), False),
        (("S", 5), ("S", 20), True),
        # An invoice says S of either word, and what is due is the same.
        (("S", 5), ("AA", 5), False),
        (("heating", 5), ("AA", 20), True),
        # Words for no tax that the law does not know are one category: Z.
        (("S", 0), ("free", 0), False),
        (("Z", 0), ("E", 0), True),
        (("E", 0), ("AE", 0), True),
        (("AE", 0), ("AE", 5), True),
        # With a rate it is standard, whatever it is called.
        (("E", 5), ("S", 5), False),
    ],
)
def test_a_tax_is_its_rate_and_what_the_law_calls_it(
    was: tuple[str, int], now: tuple[str, int], issued_again: bool
) -> None:
    (category, rate), (new_category, new_rate) = was, now
    march = [replace(charge(A, 100, 1_000), tax_category=category)]
    same = [replace(march[0], tax_category=new_category)]
    more = [replace(charge(A, 110, 1_100), tax_category=new_category)]
    first = deltas(march, [], taxed(rate)).lines

    found = deltas(same, first, taxed(new_rate), before=march).lines
    larger = deltas(more, first, taxed(new_rate), before=march).lines

    new = (new_category, Decimal(new_rate))
    back = (-100, -1_000, category, Decimal(rate), "rule")
    if issued_again:
        assert told(found) == [back, (100, 1_000, *new, "rule")]
        assert told(larger) == [back, (110, 1_100, *new, "rule")]
        assert len(bills(found)[0].totals.groups) == 2
    else:
        assert told(found) == []
        assert told(larger) == [(10, 100, *new, "late_reading")]
        assert had_before(larger[0], first) == 1_000
    assert deltas(same, [*first, *found], taxed(new_rate), before=same).lines == ()
    # Who leaves is given back all, by whatever words it was charged.
    gone = deltas([], [*first, *larger], taxed(new_rate), before=more).lines
    assert sum(line.minor for line in gone) == -1_100
    assert {(line.tax_rate, line.minor) for line in gone} == {(Decimal(new_rate), -1_100)}


taxes = st.tuples(st.sampled_from(["S", "AA", "Z", "E", "AE"]), st.sampled_from([0, 5, 20]))
taxed_runs = st.lists(st.tuples(st.integers(-1_000, 1_000), taxes), min_size=1, max_size=6)


@given(taxed_runs)
def test_each_tax_has_what_the_latest_run_taxes_by_it(
    runs: list[tuple[int, tuple[str, int]]],
) -> None:
    issued: list[LedgerLine] = []
    for minor, (category, rate) in runs:
        now = [replace(charge(A, minor, minor), tax_category=category)]
        issued += deltas(now, issued, taxed(rate)).lines
        groups = {
            (group.category, group.rate): group.net
            for bill in bills(issued)
            for group in bill.totals.groups
            if group.net
        }
        law = category if category in ("E", "AE") and not rate else "S" if rate else "Z"
        assert groups == ({(law, Decimal(rate)): minor} if minor else {})


def test_a_bill_that_waits_is_held_whole_and_issued_as_the_first() -> None:
    # Somebody else's of the same premises is issued meanwhile.
    charges = [charge(A, 5, 50), charge(B, 7, 70)]
    first = waiting(deltas(charges, [], taxed(5)), {A})
    assert [line.key.customer_id for line in first.lines] == [B]
    assert [line.key.customer_id for line in first.held] == [A]

    now = [charge(A, 6, 60), charge(B, 7, 70)]
    later = deltas(now, first.lines, taxed(5), before=charges, minimum_minor=1_000)

    (line,) = later.lines
    assert (line.key.customer_id, line.quantity, line.minor) == (A, 6, 60)
    assert line.reason == "first"


def test_what_follows_from_other_lines_has_their_reason() -> None:
    def discount(customer_id: int, minor: int) -> Charge:
        return replace(
            charge(customer_id, 0, minor, component="flat/2/discount"), unit="none", by_letter=()
        )

    before = [charge(A, 9, 90), discount(A, -9)]
    issued = deltas(before, [], taxed(5)).lines
    now = [charge(A, 5, 50), discount(A, -5), charge(B, 4, 40), discount(B, -4)]

    moved = deltas(now, issued, taxed(5), before=before).lines
    dearer = deltas([charge(A, 9, 99), discount(A, -10)], issued, taxed(5), before=before).lines

    assert sorted(line.minor for line in moved) == [-40, -4, 4, 40]
    assert {line.reason for line in moved} == {"move"}
    assert {line.reason for line in dearer} == {"price"}
