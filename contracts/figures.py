"""Figures: the numbers that are kept of a meter's readings in a minute.

Jobs have them as whole numbers, registers, demand and energy in thousandths (`Figure.java` has the
same names); history keeps them in the commodity's units.
"""

from dataclasses import dataclass
from typing import Literal, LiteralString


@dataclass(frozen=True, slots=True)
class Figure:
    """A number that history keeps of a meter's minute."""

    name: LiteralString
    type: Literal["bigint", "timestamp", "double"]
    """In Cassandra. A timestamp travels as epoch ms; a double is thousandths inside the jobs."""
    nullable: bool = False
    """Whether it is null where no reading says anything of it."""


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
    Figure("demands", "bigint"),
    Figure("demand_sum", "double"),
    Figure("demand_min", "double", nullable=True),
    Figure("demand_max", "double", nullable=True),
    Figure("energy", "double", nullable=True),
    Figure("estimated", "bigint"),
)
"""Fields of the type `figures`, in its order; `demand_min` and `demand_max` are null where no
reading says a demand, `energy` where none says the energy of its interval."""

FIGURE_NAMES: tuple[LiteralString, ...] = tuple(figure.name for figure in FIGURES)

NULLABLE = frozenset(figure.name for figure in FIGURES if figure.nullable)
"""Figures that may be null; each is a double."""
