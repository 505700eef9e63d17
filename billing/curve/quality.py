"""What others call the ways in which energy is known."""

from collections.abc import Iterable

from billing.curve.segments import Method
from contracts.billing import Letter

NEM12 = {
    (Letter.N, None): "N",
    (Letter.E, None): "E",
    (Letter.E, Method.LINE): "S17",
    (Letter.E, Method.PROFILE): "S15",
    (Letter.E, Method.FLEET): "S15",
    (Letter.F, None): "F",
    (Letter.S, None): "S24",
    (Letter.S, Method.EVEN): "S17",
    (Letter.A, None): "A",
    (Letter.X, None): "F18",
}
ESPI = {
    (Letter.N, None): 10,
    (Letter.E, None): 12,
    (Letter.E, Method.LINE): 9,
    (Letter.E, Method.PROFILE): 8,
    (Letter.E, Method.FLEET): 8,
    (Letter.F, None): 8,
    (Letter.F, Method.LINE): 9,
    (Letter.S, None): 11,
    (Letter.A, None): 17,
    (Letter.X, None): 7,
}


def nem12(letter: Letter, method: Method) -> str:
    """Quality and method flag of AEMO's NEM12."""
    return NEM12.get((letter, method), NEM12[letter, None])


def espi(letter: Letter, method: Method) -> int:
    """QualityOfReading of Green Button."""
    return ESPI.get((letter, method), ESPI[letter, None])


def worst(letters: Iterable[Letter]) -> Letter:
    """The letter of what is known in several ways; of nothing, that nothing can be said."""
    return min(letters, default=Letter.N)
