"""Numbers of facts have three decimals: as whole thousandths they can be compared exactly."""


def thousandths(value: float) -> int:
    """How many there are in a number of a fact."""
    return round(1_000 * value)
