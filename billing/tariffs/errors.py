"""Why something cannot be priced."""

from contracts.errors import RequestError


class TariffError(RequestError):
    """A plan, a price, a calendar or a rate does not say what things cost; the message names field
    and value, and says what to give."""
