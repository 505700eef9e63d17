"""The real stack, for the tests that need it."""

from collections.abc import Iterator

import pytest
from rich.console import Console

from contracts.settings import Settings
from infra import stack as local_stack


@pytest.fixture(scope="session")
def stack() -> Iterator[Settings]:
    """Settings of a stack that is up; one that was down before is stopped afterwards."""
    settings = Settings()
    was_up = any(state.pid for state in local_stack.status(settings))
    local_stack.up(settings, Console(stderr=True))
    yield settings
    if not was_up:
        local_stack.down(settings)
