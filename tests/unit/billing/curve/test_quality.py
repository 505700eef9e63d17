"""What others call the ways in which energy is known, and which is the worst."""

import pytest

from billing.curve.quality import espi, nem12, worst
from billing.curve.segments import Method
from contracts.billing import Letter


@pytest.mark.parametrize(
    ("letter", "method", "aemo", "green_button"),
    [
        (Letter.A, Method.MEASURED, "A", 17),
        (Letter.S, Method.PROFILE, "S24", 11),
        (Letter.S, Method.EVEN, "S17", 11),
        (Letter.E, Method.LINE, "S17", 9),
        (Letter.E, Method.PROFILE, "S15", 8),
        (Letter.E, Method.PROSPECTIVE, "E", 12),
        (Letter.F, Method.PROFILE, "F", 8),
        (Letter.X, Method.EDIT, "F18", 7),
        (Letter.N, Method.AT_LEAST, "N", 10),
    ],
)
def test_others_names(letter: Letter, method: Method, aemo: str, green_button: int) -> None:
    assert nem12(letter, method) == aemo
    assert espi(letter, method) == green_button


@pytest.mark.parametrize("letter", list(Letter))
@pytest.mark.parametrize("method", list(Method))
def test_everything_has_a_name(letter: Letter, method: Method) -> None:
    assert nem12(letter, method)[0] in "AEFNS"
    assert espi(letter, method) in (7, 8, 9, 10, 11, 12, 17)


def test_a_period_is_as_well_known_as_its_worst_part() -> None:
    assert worst([Letter.A, Letter.E, Letter.X]) == Letter.E
    assert worst([]) == Letter.N
