"""What is said of masters after what captures them was killed."""

import pytest

from chaos.fault import FaultError
from chaos.faults.capture import told
from contracts.capture import Difference
from verification.masters import Checked


def test_rows_that_are_the_same_are_told() -> None:
    assert told(1_200, 200, 201, Checked(340, 5, [])) == (
        "1,200 moves meanwhile, 340 rows the same on the topic"
    )


def test_a_row_that_differs_is_a_fault() -> None:
    lost = Difference("tenant", ("chaos-7",), {"tenant_id": "chaos-7"}, None)

    with pytest.raises(FaultError, match=r"1 rows otherwise .* first of tenant \('chaos-7',\)"):
        told(1_200, 200, 200, Checked(340, 5, [lost]))


def test_a_deletion_that_is_not_told_is_a_fault() -> None:
    with pytest.raises(FaultError, match=r"200 tenants have left, and .* of 199 only"):
        told(1_200, 200, 199, Checked(340, 5, []))


@pytest.mark.parametrize(("committed", "rows"), [(0, 340), (1_200, 0)])
def test_nothing_compared_shows_nothing(committed: int, rows: int) -> None:
    with pytest.raises(FaultError, match="shows nothing"):
        told(committed, 0, 0, Checked(rows, 5, []))
