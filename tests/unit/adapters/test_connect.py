"""What is loaded before anybody connects."""

import subprocess
import sys

OTHERS = {"cassandra", "numpy", "redis"}
"""Clients of other stores, and what they bring."""


def test_who_asks_kafka_alone_loads_no_client_of_another_store() -> None:
    code = "import sys, services.bridge.__main__, services.pacemaker.__main__; print(*sys.modules)"
    loaded = {*subprocess.check_output([sys.executable, "-c", code], text=True).split()}

    assert {"adapters.connect", "confluent_kafka"} <= loaded
    assert not OTHERS & loaded
