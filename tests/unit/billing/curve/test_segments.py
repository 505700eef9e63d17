"""Segments of several parts, or of none."""

from billing.curve.segments import joined_segments


def test_of_no_parts_there_are_no_segments() -> None:
    """As of a home that pays a standing charge, and of which nothing was read."""
    assert len(joined_segments()) == 0
