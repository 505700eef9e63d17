"""How much of what is made up by chance is tried: the usual profile of Hypothesis tries a quarter,
`--hypothesis-profile all` tries all, as `make proof` does."""

from hypothesis import settings

USUAL, ALL = 25, 100
"""Examples by either profile, of a test that does not say how many."""


def examples(many: int) -> int:
    """Of so many examples, those that are tried."""
    tried = settings.default.max_examples if settings.default is not None else ALL
    return max(1, many * tried // ALL)


def seeds(many: int) -> range:
    """Of so many seeds, those that are tried."""
    return range(examples(many))
