"""What a channel does: one try to send a message, and what became of it."""

from collections.abc import Callable
from typing import NamedTuple, TypeAlias

from services.notifier.messages import Message
from services.notifier.wording import Words

TIMEOUT_S = 10.0
"""Of a try. Whether the message arrived all the same nobody knows then: it is sent again with its
id."""


class Sent(NamedTuple):
    """What became of a try. What is said of a problem has no address and no secret in it."""

    problem: str = ""
    """Empty: it arrived."""
    is_refused: bool = False
    """It is the message that is not wanted, so that there is no use in another try."""
    retry_after_s: float = 0.0
    """Before that the receiver wants none."""


Send: TypeAlias = Callable[[Message, Words], Sent]
"""Raises nothing: a failure is an answer."""
SendTo: TypeAlias = Callable[[str, Message, Words], Sent]
"""As `Send`, to an address that a customer gave (`contracts.choices`)."""
