"""A replay never writes arrivals older than those that a partition holds."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from rich.console import Console

from adapters.kafka import topic_ends
from contracts.settings import PROJECT, Settings
from simulators.errors import TopicError
from simulators.london.replay import replay_london
from simulators.run.summary import Summary
from simulators.sending.sender import Sender
from tests.support.namespaces import fresh_topics

EXTRACT = PROJECT / "simulators" / "data" / "lcl_extract.csv.gz"
NEWER_MS = int(datetime(2013, 1, 9, tzinfo=UTC).timestamp() * 1_000)


@pytest.fixture
def empty(broker: Settings) -> Iterator[Settings]:
    """Settings of a namespace without jobs."""
    with fresh_topics(broker, "test_refusal") as settings:
        yield settings


def replay(settings: Settings, day: date) -> Summary:
    """One day of London."""
    return replay_london(
        settings, EXTRACT, start=day, end=day.replace(day=day.day + 1), console=Console(quiet=True)
    )


def recordings(settings: Settings) -> dict[Path, bytes]:
    """Every file in the folder of the recordings."""
    return {path: path.read_bytes() for path in settings.recordings_dir.iterdir()}


def test_a_replay_of_older_readings_writes_nothing_and_says_what_to_do(empty: Settings) -> None:
    with Sender(empty, "newer") as sender:
        sender.send_heartbeats([2], NEWER_MS)
    before = topic_ends(empty), recordings(empty)

    with pytest.raises(TopicError) as refusal:
        replay(empty, date(2013, 1, 7))

    for part in (
        f"partition 2 of {empty.namespace}.readings",
        "2013-01-09T00:00:00.000+00:00",
        "2013-01-07T",
        "`wattstream reset`",
        "--namespace",
        "WATTSTREAM_NAMESPACE",
    ):
        assert part in str(refusal.value)
    assert (topic_ends(empty), recordings(empty)) == before


def test_a_replay_into_a_topic_whose_broker_stamps_is_refused(broker: Settings) -> None:
    stamped = broker.model_copy(update={"readings_timestamp_type": "LogAppendTime"})
    with fresh_topics(stamped, "test_refusal_stamped") as settings:
        with pytest.raises(TopicError, match="=LogAppendTime: the broker would stamp"):
            replay(settings, date(2013, 1, 7))
        assert not any(topic_ends(settings))


def test_a_replay_of_newer_readings_goes_on(empty: Settings) -> None:
    first = replay(empty, date(2013, 1, 7))
    begun = topic_ends(empty)

    second = replay(empty, date(2013, 1, 9))

    assert first.sent == second.sent > 0
    assert sum(topic_ends(empty)) >= sum(begun) + second.sent
