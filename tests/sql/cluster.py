"""A small Flink in the JVM beside the tests, which runs one job after another.

A local environment starts a cluster for each of its jobs, which takes longer than what most of them
do. Jobs with functions in Python are left to one: it sets their workers up as well.
"""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import pytest
from pyflink.common import Configuration
from pyflink.datastream import StreamExecutionEnvironment
from pyflink.java_gateway import get_gateway
from pyflink.table import EnvironmentSettings, StreamTableEnvironment
from pyflink.util.java_utils import to_jarray

from infra.prerequisites import require_java_home
from infra.settings import StackSettings
from jobs.build import CONFIGURATION

OPTIONS = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"
"""It lives for a minute or two, and each statement is code that runs once: the optimising compiler
would not earn back what it takes."""
OWN = CONFIGURATION | {"parallelism.default": "1"}
"""Of jobs: as they are, but each operator has one instance."""
SLOTS = 4
"""At a time there is one job, of one instance."""


class Cluster:
    """Where jobs run."""

    def __init__(self, address: Any) -> None:  # noqa: ANN401
        self._host, self._port = address.getHost(), address.getPort()

    def environment(self, settings: EnvironmentSettings | None = None) -> StreamTableEnvironment:
        """One whose jobs run there, as jobs are configured; a streaming one unless settings are
        others."""
        jvm = get_gateway().jvm
        remote = jvm.org.apache.flink.streaming.api.environment.StreamExecutionEnvironment
        environment = StreamExecutionEnvironment(
            remote.createRemoteEnvironment(
                self._host,
                self._port,
                configured()._j_configuration,
                to_jarray(jvm.String, []),
            )
        )
        return StreamTableEnvironment.create(environment, settings)


def configured(values: Mapping[str, str] = OWN) -> Configuration:
    """A configuration of Flink, that of jobs unless values are others."""
    made = Configuration()
    for key, value in values.items():
        made.set_string(key, value)
    return made


@contextmanager
def java() -> Iterator[None]:
    """The Java that Flink's planner runs on, here in a process beside this one."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(os.environ, "JAVA_HOME", str(require_java_home()))
        patch.setitem(os.environ, "JVM_ARGS", OPTIONS)
        # What Flink's lib folder has besides what its package brings, on the class path as there: a
        # job that brought it would have it copied and hashed, and all its classes loaded anew.
        patch.setitem(os.environ, "HADOOP_CLASSPATH", str(StackSettings().jvm_dir("flink") / "*"))
        yield


@contextmanager
def cluster() -> Iterator[Cluster]:
    """One that runs until it is left."""
    of = get_gateway().jvm.org.apache.flink.runtime.minicluster
    any_port = configured({"rest.bind-port": "0"})
    built = (
        of.MiniClusterConfiguration.Builder()
        .setConfiguration(any_port._j_configuration)
        .setNumTaskManagers(1)
        .setNumSlotsPerTaskManager(SLOTS)
        .build()
    )
    running = of.MiniCluster(built)
    running.start()
    try:
        yield Cluster(running.getRestAddress().get())
    finally:
        running.close()
