"""A local Flink, without the stack."""

from collections.abc import Iterator

import pytest

from tests.sql.cluster import Cluster, cluster, java


@pytest.fixture(scope="package", autouse=True)
def java_beside() -> Iterator[None]:
    """For all tests."""
    with java():
        yield


@pytest.fixture(scope="package")
def running(java_beside: None) -> Iterator[Cluster]:  # noqa: ARG001
    """A small Flink for all tests without functions in Python."""
    with cluster() as found:
        yield found
