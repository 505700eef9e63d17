"""What is no alert on their topic is named by its place."""

import pytest
from confluent_kafka import Message

from adapters.alert_feed import _alert
from contracts.errors import OperationError


@pytest.mark.parametrize(
    "value", [b"", b"{}", b"[]", b'{"id": "\xff"}', b'{"since": ' + b"[" * 1_000]
)
def test_what_is_no_alert_is_named_by_its_place(value: bytes) -> None:
    message = Message(topic="demo.alerts", partition=2, offset=7, value=value)

    with pytest.raises(OperationError, match=r"offset 7 of partition 2 of demo\.alerts is no al"):
        _alert(message)
