"""Why something cannot be priced."""

from contracts.errors import RequestError


class TariffError(RequestError):
    """A plan, a price, a calendar or a rate does not say what things cost; the message names field
    and value, and says what to give."""


class ComparisonError(RequestError):
    """What is known of somebody's use is no ground to compare plans by. The message says why, and
    names nothing that is somebody else's: customers read it."""
