"""The rule of averages, value by value."""

from collections.abc import Sequence

import pytest

from detection.reference.averages import Average, average, average_as_it_was


@pytest.mark.parametrize(
    ("energies_mwh", "expected"),
    [
        ([500] * 5, Average(500, complete=True, state="normal")),
        ([700] * 5, Average(700, complete=True, state="theft")),
        ([650] * 5, Average(650, complete=True, state="theft")),
        ([650, 650, 650, 650, 649], Average(649.8, complete=True, state="normal")),
        ([100] * 5, Average(100, complete=True, state="outage")),
        ([100, 100, 100, 100, 101], Average(100.2, complete=True, state="normal")),
        ([0] * 5, Average(0, complete=True, state="outage")),
        ([500], Average(500, complete=False, state="normal")),
        ([], Average(None, complete=False, state="outage")),
    ],
)
def test_what_is_said_of_a_window(energies_mwh: Sequence[int], expected: Average) -> None:
    assert average(energies_mwh) == expected


@pytest.mark.parametrize(
    ("energies_mwh", "expected"),
    [
        ([500] * 5, Average(500, complete=True, state="normal")),
        ([700] * 5, Average(700, complete=True, state="theft")),
        ([650] * 5, Average(650, complete=True, state="theft")),
        ([100] * 5, Average(100, complete=True, state="outage")),
        ([0] * 5, Average(0, complete=True, state="outage")),
        ([500], Average(100, complete=False, state="outage")),
        ([], None),
    ],
)
def test_what_was_said_of_it_before(energies_mwh: Sequence[int], expected: Average | None) -> None:
    assert average_as_it_was(energies_mwh) == expected
