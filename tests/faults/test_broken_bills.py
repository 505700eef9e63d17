"""Builds that bill wrongly are found by the tests of their parts, without a stack: part of
`make proof`."""

from pathlib import Path

import pytest

from contracts.settings import PROJECT
from tests.support.broken import Break, break_in, copy_of_python, failed, is_there, of_name

BILLING, UNIT = Path("billing"), "tests/unit/billing"

BREAKS = [
    Break(
        "bill-with-float-money",
        BILLING / "tariffs" / "rating.py",
        "rounded(quantity * in_eighths(price) * WHOLE * by.denominator, by.numerator)",
        "round(quantity / float(by) * float(price) * 10**EXACT_DECIMALS)",
        f"{UNIT}/tariffs/test_london.py::test_exact_sums_of_a_hundred_homes",
    ),
    Break(
        "month-by-utc",
        BILLING / "tariffs" / "calendar.py",
        "        return Span(self._begin_ms(first), self._begin_ms(following))\n",
        """\
        utc = self if self.time_zone == "UTC" else Calendar("UTC")
        return Span(utc._begin_ms(first), utc._begin_ms(following))
""",
        f"{UNIT}/settlement/test_london.py::test_a_local_month",
    ),
    Break(
        "gap-booked-at-reconnect",
        BILLING / "curve" / "curve.py",
        "letter[gap], method[gap] = Letter.S, Method.EVEN",
        "letter[gap], method[gap], at_end = Letter.S, Method.EVEN, at_end | gap",
        f"{UNIT}/curve/test_simulated_faults.py::"
        "test_a_silent_counter_has_its_energy_where_it_was_used",
    ),
    Break(
        "lines-rounded-after-the-sum",
        BILLING / "tariffs" / "rating.py",
        "minor=minor(exact, plan.currency),",
        """\
minor=minor(exact + sum(each.exact for each in lines), plan.currency)
                    - sum(each.minor for each in lines),""",
        f"{UNIT}/tariffs/test_london.py::test_monthly_bills_of_a_hundred_homes",
    ),
    # As a temporal join has it: who is not known yet when a reading arrives is not there.
    Break(
        "who-was-known-at-the-arrival",
        Path("adapters", "master_rows.py"),
        """\
            SELECT premises_id, customer_id, {_VALID}
            FROM occupancy WHERE {_KNOWN} {where} ORDER BY premises_id, valid_from
""",
        """\
            SELECT premises_id, customer_id, epoch_ms(greatest(valid_from, recorded_from)),
                epoch_ms(valid_to)
            FROM occupancy WHERE {_KNOWN} {where} AND coalesce(valid_to > recorded_from, true)
            ORDER BY premises_id, valid_from
""",
        "tests/bills/test_issue.py::"
        "test_a_move_that_is_recorded_late_gives_deltas_and_changes_no_document",
    ),
]


@of_name(BREAKS)
def test_what_is_broken_on_purpose_is_there(given: Break) -> None:
    assert is_there(given, PROJECT / given.found_by.partition("::")[0])


@pytest.fixture
def python(tmp_path: Path) -> Path:
    """A copy of what is Python, with its tests."""
    return copy_of_python(tmp_path)


@pytest.mark.proof
def test_bills_that_are_not_broken_pass(python: Path) -> None:
    assert failed(python, *(each.found_by for each in BREAKS)) == set()


@pytest.mark.proof
@of_name(BREAKS)
def test_a_broken_bill_is_found(python: Path, given: Break) -> None:
    break_in(python, given)

    assert failed(python, given.found_by) == {given.found_by.partition("::")[2]}
