"""The real stack, for the tests that need it, and what all tests with made-up examples share."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings

from adapters.terminal import terminal
from contracts.settings import Settings
from infra.local import stack as local_stack
from infra.settings import StackSettings
from tests.support.chance import ALL, USUAL

HANGS_AFTER_S = {"browser": 600, "broker": 1_800, "integration": 1_800, "faults": 3_600}
"""For one test on the stack, or on brokers, with what it sets up: far beyond what it takes, also on
a busy machine."""


# Nothing asserts how long something takes: on a busy machine an example, and making one, takes any
# time.
for name, examples in {"usual": USUAL, "all": ALL}.items():
    hypothesis_settings.register_profile(
        name,
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow],
        max_examples=examples,
    )
hypothesis_settings.load_profile("usual")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A test that hangs fails."""
    for item in items:
        for folder, seconds in HANGS_AFTER_S.items():
            if item.path.is_relative_to(Path(__file__).parent / folder):
                item.add_marker(pytest.mark.timeout(seconds))


@pytest.fixture(scope="session")
def stack() -> Iterator[Settings]:
    """Settings of a stack that is up; one that was down before is stopped afterwards."""
    settings = Settings()
    with _the_only_run():
        was_up = any(state.pid for state in local_stack.status(settings))
        local_stack.up(settings, terminal(stderr=True))
        yield settings
        if not was_up:
            local_stack.down()


@contextmanager
def _the_only_run() -> Iterator[None]:
    """Wait for another run of these tests on this stack: both would use the same namespaces."""
    lock = StackSettings().run_dir("integration-tests.lock")
    lock.parent.mkdir(parents=True, exist_ok=True)
    with lock.open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        yield
