import pytest

from billing.settlement.errors import RunError
from billing.settlement.runs import check_after_final, check_closed, check_grace
from contracts.energy import Span

MARCH = Span(1_362_096_000_000, 1_364_770_800_000)


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
