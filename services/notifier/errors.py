"""What can be wrong with what the notifier is told to do."""

from contracts.errors import RequestError


class NotifyError(RequestError):
    """`notify.toml`, a text or an address cannot be used as it stands; says which, and what to
    do."""
