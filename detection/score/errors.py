"""Why nothing could be scored."""

from contracts.errors import RequestError


class ScoreError(RequestError):
    """Labels, alerts or what belongs to them are not there or not as they must be; the message says
    what to do."""
