"""Whoever reads what a topic has does not wait for a broker that is gone."""

import socket

import pytest

from adapters import kept_records
from contracts.errors import OperationError
from contracts.settings import Settings
from contracts.topics import alerts


def test_a_broker_that_goes_away_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept_records, "SILENT_S", 0.1)
    with socket.socket() as taken:
        # A port on which nobody listens.
        taken.bind(("127.0.0.1", 0))
        settings = Settings(namespace="demo", kafka_bootstrap=f"127.0.0.1:{taken.getsockname()[1]}")
        topic = alerts(settings)
        ends = [3, 0, 5, 0]
        # Where they end is known: it was there a moment ago.
        monkeypatch.setattr(kept_records, "topic_ends", lambda *_: ends)

        with pytest.raises(
            OperationError,
            match=r"nothing for 0\.1 s, and 2 of 4 partitions of demo\.alerts .* `wattstream up`",
        ):
            list(kept_records.kept(settings, topic))
