"""Why there is no curve."""

from contracts.errors import RequestError


class CurveError(RequestError):
    """What is known of a register does not do for a curve; the message says what to give."""
