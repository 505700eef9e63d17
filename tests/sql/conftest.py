"""A local Flink, without the stack."""

import os
from collections.abc import Iterator

import pytest

from infra.prerequisites import require_java_home
from infra.settings import StackSettings
from tests.sql.cluster import Cluster, cluster

OPTIONS = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"
"""It lives for a minute or two, and each statement is code that runs once: the optimising compiler
would not earn back what it takes."""


@pytest.fixture(scope="package", autouse=True)
def java() -> Iterator[None]:
    """The Java that Flink's planner runs on, here in a process beside this one."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(os.environ, "JAVA_HOME", str(require_java_home()))
        patch.setitem(os.environ, "JVM_ARGS", OPTIONS)
        # What Flink's lib folder has besides what its package brings, on the class path as there: a
        # job that brought it would have it copied and hashed, and all its classes loaded anew.
        patch.setitem(os.environ, "HADOOP_CLASSPATH", str(StackSettings().jvm_dir("flink") / "*"))
        yield


@pytest.fixture(scope="package")
def running(java: None) -> Iterator[Cluster]:  # noqa: ARG001
    """A small Flink for all tests without functions in Python."""
    with cluster() as found:
        yield found
