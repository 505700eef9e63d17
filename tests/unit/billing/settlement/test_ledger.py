"""What is issued is the latest computation less what was issued before."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing.settlement.bills import bills
from billing.settlement.ledger import deltas, had_before, listed_only, retaxed, waiting
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
        issued += deltas(charges, issued, before=before).lines
        assert deltas(charges, issued, before=charges).lines == ()
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
    issued = deltas(first, []).lines
    corrected = [charge(A, 77_487, 891), charge(B, 193_651, 2_478)]

    lines = deltas(corrected, issued, before=first).lines

    assert [line.reason for line in issued] == ["first", "first"]
    assert {(line.key.customer_id, line.quantity, line.minor, line.reason) for line in lines} == {
        (A, -44_658, -603, "move"),
        (B, 44_658, 603, "move"),
    }


def test_what_was_nobodys_moves_to_who_is_found() -> None:
    before = [charge(NOBODY, 77, 0, component="electricity/import", band="vacant")]
    other = charge(A, 10, 1)
    issued = deltas([*before, other], []).lines

    (line,) = deltas([charge(B, 77, 9), other], issued, before=[*before, other]).lines

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
    issued = deltas([was], []).lines

    (line,) = deltas([now], issued, before=[was], rules_changed=rules_changed).lines

    assert line.reason == reason


def test_another_plan_takes_back_what_the_old_one_charged() -> None:
    was = charge(A, 100, 10)
    now = charge(A, 100, 12, component="dynamic/1/energy")
    issued = deltas([was], []).lines

    lines = deltas([now], issued, before=[was]).lines

    assert [(line.key.component, line.minor, line.reason) for line in lines] == [
        ("dynamic/1/energy", 12, "plan"),
        (ENERGY, -10, "plan"),
    ]


def test_a_small_correction_waits_and_is_not_lost() -> None:
    was = charge(A, 100, 10)
    issued = deltas([was], []).lines

    small = deltas([charge(A, 101, 12)], issued, minimum_minor=5)
    large = deltas([charge(A, 103, 17)], issued, minimum_minor=5)

    assert small.lines == ()
    assert [line.minor for line in small.held] == [2]
    assert [line.minor for line in large.lines] == [7]


def test_a_first_bill_is_never_too_small() -> None:
    assert [line.minor for line in deltas([charge(A, 1, 1)], [], minimum_minor=5).lines] == [1]


def test_after_a_final_run_everything_waits_for_a_person() -> None:
    found = listed_only(deltas([charge(A, 1, 1)], []))

    assert found.lines == ()
    assert [line.minor for line in found.held] == [1]


def test_rounding_of_a_shared_month_is_in_the_ledger_and_nobodys_energy_is_not() -> None:
    rounding = Charge(ChargeKey(NOBODY, "home", "2013-03", ENERGY, ""), "none", 0, 0, -1)
    energy = charge(NOBODY, 77, 0, component="electricity/import", band="vacant")

    lines = deltas([rounding, energy], []).lines

    assert [(line.minor, line.reason) for line in lines] == [(-1, "rounding")]


def test_two_charges_of_a_key_are_refused() -> None:
    one = charge(A, 1, 1)
    with pytest.raises(ValueError, match="two charges have the key"):
        deltas([one, replace(one, minor=2)], [])


def taxed(per_cent: int) -> Callable[[LedgerLine | Charge], Decimal]:
    return lambda _: Decimal(per_cent)


def told(found: Sequence[LedgerLine]) -> list[tuple[int, int, str, Decimal | None, str]]:
    return [
        (each.quantity, each.minor, each.tax_category, each.tax_rate, each.reason) for each in found
    ]


def test_a_tax_that_is_put_right_is_taken_back_and_issued_again() -> None:
    march = [charge(A, 100, 1_000)]
    issued = [*deltas(march, [], rate=taxed(20)).lines]

    found = deltas(march, issued, before=march, rate=taxed(5)).lines

    assert told(found) == [
        (-100, -1_000, "S", Decimal(20), "rule"),
        (100, 1_000, "S", Decimal(5), "rule"),
    ]
    (correction,) = bills(found, taxed(5))
    # 2.00 is taken back, and 0.50 is due.
    assert (correction.totals.net, correction.totals.tax) == (0, -150)
    assert correction.kind == "credit_note"
    assert deltas(march, [*issued, *found], before=march, rate=taxed(5)).lines == ()


def test_what_was_issued_before_is_of_the_same_tax() -> None:
    march, moved = [charge(A, 100, 1_000)], [charge(A, 90, 900), charge(B, 10, 100)]
    first = deltas(march, [], rate=taxed(20)).lines
    taxes = deltas(march, first, before=march, rate=taxed(5)).lines
    moves = deltas(moved, [*first, *taxes], before=march, rate=taxed(5)).lines

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
    issued = [*deltas(was, [], rate=taxed(20)).lines]

    found = deltas(now, issued, before=was, rate=taxed(5), minimum_minor=50)

    # Issued without the other one, 60 would be due beside the 40 of before.
    assert [each.minor for each in found.lines] == [-40, 60]
    assert found.held == ()


def test_what_is_credited_has_the_tax_that_it_had() -> None:
    issued = [*deltas([charge(A, 100, 1_000)], [], rate=taxed(20)).lines]

    gone = deltas([], issued, before=[charge(A, 100, 1_000)], rate=taxed(5)).lines

    assert told(gone) == [(-100, -1_000, "S", Decimal(20), "late_reading")]


def test_another_category_is_another_tax() -> None:
    was = [charge(A, 100, 1_000)]
    now = [replace(was[0], tax_category="AE", minor=1_010)]
    issued = [*deltas(was, [], rate=taxed(5)).lines]

    found = deltas(now, issued, before=was, rate=taxed(5)).lines

    assert [(each.minor, each.tax_category) for each in found] == [(-1_000, "S"), (1_010, "AE")]


def test_of_lines_that_do_not_say_their_tax_it_is_what_it_is_now() -> None:
    was = [charge(A, 100, 1_000)]
    issued = [*deltas(was, []).lines]
    assert issued[0].tax_rate is None

    found = deltas([charge(A, 110, 1_100)], issued, before=was, rate=taxed(5)).lines

    assert told(found) == [(10, 100, "S", Decimal(5), "late_reading")]


def test_a_bill_that_waits_is_held_whole_and_issued_as_the_first() -> None:
    # Somebody else's of the same premises is issued meanwhile.
    charges = [charge(A, 5, 50), charge(B, 7, 70)]
    first = waiting(deltas(charges, []), {A})
    assert [line.key.customer_id for line in first.lines] == [B]
    assert [line.key.customer_id for line in first.held] == [A]

    now = [charge(A, 6, 60), charge(B, 7, 70)]
    later = deltas(now, first.lines, before=charges, minimum_minor=1_000)

    (line,) = later.lines
    assert (line.key.customer_id, line.quantity, line.minor) == (A, 6, 60)
    assert line.reason == "first"


def test_what_follows_from_other_lines_has_their_reason() -> None:
    def discount(customer_id: int, minor: int) -> Charge:
        return replace(
            charge(customer_id, 0, minor, component="flat/2/discount"), unit="none", by_letter=()
        )

    before = [charge(A, 9, 90), discount(A, -9)]
    issued = deltas(before, []).lines
    now = [charge(A, 5, 50), discount(A, -5), charge(B, 4, 40), discount(B, -4)]

    moved = deltas(now, issued, before=before).lines
    dearer = deltas([charge(A, 9, 99), discount(A, -10)], issued, before=before).lines

    assert sorted(line.minor for line in moved) == [-40, -4, 4, 40]
    assert {line.reason for line in moved} == {"move"}
    assert {line.reason for line in dearer} == {"price"}
