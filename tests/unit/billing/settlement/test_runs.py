from dataclasses import replace

import pytest

from billing.settlement.errors import RunError
from billing.settlement.runs import (
    check_after_final,
    check_closed,
    check_grace,
    encoded,
    fingerprint,
)
from contracts.billing import Charge, ChargeKey, Letter
from contracts.energy import Span

MARCH = Span(1_362_096_000_000, 1_364_770_800_000)
CHARGE = Charge(
    ChargeKey(1, "home", "2013-03", "flat/1/energy", ""),
    "mwh",
    2**62,
    2**70,
    7,
    "S",
    ((Letter.A, 2**62),),
)


def test_grace_is_at_least_the_horizon() -> None:
    check_grace(3, 3)
    with pytest.raises(RunError, match="grace_ms is 2"):
        check_grace(2, 3)


def test_only_an_interim_run_looks_at_a_month_that_is_not_over() -> None:
    check_closed("first", MARCH, MARCH.end_ms)
    check_closed("interim", MARCH, MARCH.begin_ms)
    with pytest.raises(RunError, match="a first run bills until 1364770800000"):
        check_closed("first", MARCH, MARCH.end_ms - 1)


def test_after_the_final_run_a_person_issues() -> None:
    check_after_final("reconciliation", ["first", "reconciliation"])
    with pytest.raises(RunError, match="after the final one"):
        check_after_final("reconciliation", ["first", "final"])


def test_bytes_are_the_same_in_any_order_and_others_for_any_other_charge() -> None:
    other = replace(CHARGE, key=replace(CHARGE.key, band="night"))

    assert encoded([CHARGE, other]) == encoded([other, CHARGE])
    assert (
        encoded([CHARGE]) == b'[1,"home","2013-03","flat/1/energy","","mwh","4611686018427387904",'
        b'"1180591620717411303424","7","S",{"A":"4611686018427387904"}]'
    )
    for changed in (
        replace(CHARGE, minor=8),
        replace(CHARGE, exact=2**70 + 1),
        replace(CHARGE, by_letter=((Letter.E, 2**62),)),
    ):
        assert fingerprint([changed]) != fingerprint([CHARGE])
