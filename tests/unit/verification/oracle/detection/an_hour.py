"""A meter's hour in which nothing is the matter."""

from verification.rows import HourFact

AN_HOUR = HourFact(
    area="gcpuy",
    energy=900.0,
    by_demand=900.0,
    readings=12,
    expected=12,
    register=4_500.0,
    fell_ms=None,
    off_ms=None,
    installed_ms=None,
)
