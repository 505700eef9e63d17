"""A local Flink, without the stack."""

import os
from collections.abc import Iterator

import pytest

from infra.prerequisites import require_java_home


@pytest.fixture(scope="package", autouse=True)
def java() -> Iterator[None]:
    """The Java that Flink's planner runs on, here in a process beside this one."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(os.environ, "JAVA_HOME", str(require_java_home()))
        yield
