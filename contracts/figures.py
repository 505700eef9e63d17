"""Figures: the numbers that are kept of a meter's readings in a window of time.

While a window is open they are whole numbers, registers and demand in thousandths
(`WINDOW_FIGURES`; `Figure.java` has the same for the operators of the stream). History keeps of a
closed minute what follows from them, in the commodity's units (`FIGURES`).
"""

from dataclasses import dataclass
from typing import Literal, LiteralString


@dataclass(frozen=True, slots=True)
class WindowFigure:
    """A number of an open window; its rule adds up readings, and parts of a window alike."""

    name: str
    rule: Literal["sum", "min", "max"]
    of: str | None = None
    """Column of the readings it is made of; None counts them."""


WINDOW_FIGURES = (
    WindowFigure("readings", "sum"),
    WindowFigure("first_seq", "min", "seq"),
    WindowFigure("last_seq", "max", "seq"),
    # Registers stamped with their time, so that the least of them is the first.
    WindowFigure("first_stamped", "min", "stamped_register"),
    WindowFigure("last_stamped", "max", "stamped_register"),
    WindowFigure("low_register", "min", "register"),
    WindowFigure("high_register", "max", "register"),
    WindowFigure("demand_sum", "sum", "demand"),
    WindowFigure("demand_min", "min", "demand"),
    WindowFigure("demand_max", "max", "demand"),
)


@dataclass(frozen=True, slots=True)
class Figure:
    """A number that history keeps of a meter's minute."""

    name: LiteralString
    type: Literal["bigint", "timestamp", "double"]
    """In Cassandra. A timestamp travels as epoch ms."""


FIGURES = (
    Figure("readings", "bigint"),
    Figure("expected", "bigint"),
    Figure("first_seq", "bigint"),
    Figure("last_seq", "bigint"),
    Figure("first_at", "timestamp"),
    Figure("last_at", "timestamp"),
    Figure("first_register", "double"),
    Figure("last_register", "double"),
    Figure("low_register", "double"),
    Figure("high_register", "double"),
    Figure("demand_sum", "double"),
    Figure("demand_min", "double"),
    Figure("demand_max", "double"),
)
"""Fields of the type `figures`, in its order."""

FIGURE_NAMES: tuple[LiteralString, ...] = tuple(figure.name for figure in FIGURES)
