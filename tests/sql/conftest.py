"""A local Flink, without the stack."""

import os
from collections.abc import Iterator

import pytest

from infra.prerequisites import require_java_home

OPTIONS = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"
"""It lives for a minute or two, and each statement is code that runs once: the optimising compiler
would not earn back what it takes."""


@pytest.fixture(scope="package", autouse=True)
def java() -> Iterator[None]:
    """The Java that Flink's planner runs on, here in a process beside this one."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(os.environ, "JAVA_HOME", str(require_java_home()))
        patch.setitem(os.environ, "JVM_ARGS", OPTIONS)
        yield
