"""The broker that is there only where somebody has chosen it."""

import pytest

from infra.settings import StackSettings

OURS = StackSettings().hivemq_dir
"""As it was before a test set a stack of its own."""
FETCHED = pytest.mark.skipif(
    not (OURS / "stamp").exists(),
    reason="HiveMQ was not fetched: `WATTSTREAM_STACK_MQTT_BROKER=hivemq make setup`, then this",
)


def with_hivemq(stack: StackSettings) -> StackSettings:
    """The same, with what was fetched."""
    stack.local_dir.mkdir(parents=True, exist_ok=True)
    if not stack.hivemq_dir.is_symlink():
        stack.hivemq_dir.symlink_to(OURS)
    return stack
