"""Nobody takes back what was issued by asking for less than was known then."""

from dataclasses import replace

import pytest

from billing.settlement.errors import RunError
from contracts.billing import RunArguments
from contracts.issued import StoredRun
from services.settlement.issue import check_order

THEN = RunArguments("first", "london", "2013-07", (100, 200), 1_000, "rules")


@pytest.mark.parametrize(
    ("until", "as_of_ms", "said"),
    [
        ((100, 199), 1_000, "readings_until of partition 1 is 199, before 200"),
        ((500,), 1_000, "readings_until of partition 1 is 0, before 200"),
        ((100, 200), 999, "masters_as_of_ms is 999, before 1000"),
    ],
)
def test_an_earlier_run_is_refused(until: tuple[int, ...], as_of_ms: int, said: str) -> None:
    asked = replace(THEN, readings_until=until, masters_as_of_ms=as_of_ms)
    with pytest.raises(RunError, match=said):
        check_order(asked, StoredRun(7, THEN, "issued", (), 0))


@pytest.mark.parametrize("until", [(100, 200), (101, 200), (100, 200, 5)])
def test_a_run_of_as_much_or_more_is_not(until: tuple[int, ...]) -> None:
    later = replace(THEN, kind="reconciliation", readings_until=until)
    check_order(later, StoredRun(7, THEN, "issued", (), 0))
    check_order(THEN, None)


def test_a_month_has_one_first_run() -> None:
    later = replace(THEN, masters_as_of_ms=2_000)
    with pytest.raises(RunError, match="london 2013-07 was issued by run 7: leave out the kind"):
        check_order(later, StoredRun(7, THEN, "issued", (), 0))
