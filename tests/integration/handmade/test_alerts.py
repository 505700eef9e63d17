"""Alerts from their topic to people: every version in Cassandra, and what comes as it comes; and
what people say of them, back to people."""

import time
from collections.abc import Iterator, Sequence
from threading import Event
from typing import TYPE_CHECKING

import msgspec
import pytest
from confluent_kafka import Producer

from adapters.alert_feed import AlertFeed
from adapters.connect import kafka_config, redis_client
from adapters.flink import FlinkRest
from adapters.kafka import topic_ends
from adapters.note_topic import say
from adapters.progress import certainly_read
from adapters.redis_alerts import write_alerts
from contracts.alerts import FEED_KINDS, Alert
from contracts.notes import Note
from contracts.settings import Settings
from contracts.time import MINUTE_MS
from contracts.topics import Topic, alert_notes, alerts
from infra.alerts_again import rebuild_alerts
from tests.support.alerts import OPENED_MS, an_alert
from tests.support.cql import day_of, utc
from tests.support.namespaces import fresh_namespace, submit
from tests.support.verify import assert_no_job_failed
from wattstream.alerts import Story, standing, story_of

if TYPE_CHECKING:
    from cassandra.cluster import Session

POLL_S = 0.5

HOMES = tuple(f"{'h' * 60}{n:04}" for n in range(500))
"""As many as an alert names, each as long as an id may be."""
FIRST = an_alert(subject="by-hand", homes=HOMES, homes_count=502, homes_out=502)
SECOND = msgspec.structs.replace(
    FIRST, version=2, state="updated", severity="critical", at_ms=OPENED_MS + MINUTE_MS
)
THIRD = msgspec.structs.replace(
    SECOND, version=3, state="closed", at_ms=OPENED_MS + 2 * MINUTE_MS, homes_out=0
)
SILENT = an_alert("meter_silent", "by-hand:export", severity="notice")
SEEN = Note(FIRST.id, 1_764_363_600_000, "ada", "acknowledged", "crew on its way")
HEARD = Note(FIRST.id, 1_764_363_600_001, "grace :x: [red]", "note", "a tree fell\non the line")


def send(settings: Settings, versions: Sequence[Alert]) -> None:
    """Put versions on the topic, as the job that makes them does."""
    producer = Producer(kafka_config(settings))
    for each in versions:
        producer.produce(alerts(settings).name, msgspec.json.encode(each), each.id.encode())
    assert producer.flush(120) == 0


def wait_until_stored(settings: Settings, kind: str, topic: Topic) -> None:
    """Return when a job has read all that is on the topic: what it has read before a checkpoint is
    in its store."""
    ends = topic_ends(settings, topic)
    with FlinkRest(settings) as flink:
        while True:
            job = flink.find(settings.job_name(kind))
            assert job is not None
            read = certainly_read(settings, flink, job, topic)
            if read is not None and all(at >= end for at, end in zip(read, ends, strict=True)):
                return
            assert_no_job_failed(settings)
            time.sleep(POLL_S)


def of_the_network(found: Sequence[Alert]) -> list[Alert]:
    """Without those of the feed, which stops when the tests have written what they write."""
    return [each for each in found if each.kind not in FEED_KINDS]


@pytest.fixture(scope="module")
def by_hand(stack: Settings) -> Iterator[Settings]:
    """A namespace of its own: of alerts that no log makes, whoever verifies the others' finds that
    they must not be there."""
    with fresh_namespace(stack, "test_alerts_by_hand") as settings:
        submit(settings)
        yield settings


@pytest.fixture(scope="module", autouse=True)
def stored(by_hand: Settings) -> None:
    """All versions, one of them twice and after a higher one, and two notes; and records that are
    neither."""
    producer = Producer(kafka_config(by_hand))
    producer.produce(alerts(by_hand).name, None, FIRST.id.encode())
    for value in (None, b"", b"{", b'{"id": "outage:by-hand:1"}', b'{"id": "\xff"}'):
        producer.produce(alert_notes(by_hand).name, value, FIRST.id.encode())
    assert producer.flush(120) == 0
    send(by_hand, [FIRST, SECOND, SILENT, THIRD, FIRST])
    for note in (HEARD, SEEN, SEEN):
        say(by_hand, note)
    wait_until_stored(by_hand, "history", alerts(by_hand))
    wait_until_stored(by_hand, "watch", alert_notes(by_hand))


def test_every_version_is_there_by_day_and_by_subject(cql: "Session") -> None:
    by_day = cql.execute(
        "SELECT * FROM alerts_by_day WHERE day = %s AND kind = 'outage'", (day_of(OPENED_MS),)
    )
    by_subject = cql.execute(
        "SELECT * FROM alerts_by_subject WHERE subject = 'by-hand' AND month = '2013-12-01'"
    )

    for rows in (by_day, by_subject):
        assert [
            (row["id"], row["version"], row["state"], row["severity"], row["opened_at"], row["at"])
            for row in rows
        ] == [
            (FIRST.id, 1, "opened", "major", utc(OPENED_MS), utc(OPENED_MS)),
            (FIRST.id, 2, "updated", "critical", utc(OPENED_MS), utc(OPENED_MS + MINUTE_MS)),
            (FIRST.id, 3, "closed", "critical", utc(OPENED_MS), utc(OPENED_MS + 2 * MINUTE_MS)),
        ]


def test_an_alert_is_read_back_whole_with_all_versions(by_hand: Settings) -> None:
    assert story_of(by_hand, FIRST.id) == Story([FIRST, SECOND, THIRD], [SEEN, HEARD], [])
    assert story_of(by_hand, SILENT.id) == Story([SILENT], [], [])
    assert story_of(by_hand, "outage:by-hand:1") == Story([], [], [])


def test_the_latest_version_is_redis_where_cassandra_is_behind_or_away(by_hand: Settings) -> None:
    fifth = msgspec.structs.replace(FIRST, version=5, state="updated")
    away = by_hand.model_copy(
        update={"cassandra": by_hand.cassandra.model_copy(update={"port": 1})}
    )
    with redis_client(by_hand.redis) as client:
        write_alerts(client, by_hand.namespace, [SILENT, fifth])

    stand = standing(by_hand, None)
    assert of_the_network(stand.alerts) == [fifth, SILENT]
    assert stand.notes == {FIRST.id: [SEEN, HEARD]}
    assert standing(by_hand, "meter_silent").alerts == [SILENT]
    story = story_of(by_hand, FIRST.id)
    assert story.versions == [FIRST, SECOND, THIRD, fifth]
    assert story.remarks == ["Not in Cassandra yet: 1 of the versions before 5."]
    story = story_of(away, FIRST.id)
    assert (story.versions, story.notes) == ([fifth], [SEEN, HEARD])
    (remark,) = story.remarks
    assert remark.startswith("Cassandra does not answer")
    assert remark.endswith("This is the latest version alone, as Redis has it.")


def test_a_redis_that_lost_its_alerts_has_them_again_from_the_topic(by_hand: Settings) -> None:
    with redis_client(by_hand.redis) as client:
        for key in client.scan_iter(f"{by_hand.namespace}:alerts*"):
            client.delete(key)

    rebuilt = rebuild_alerts(by_hand)

    again = standing(by_hand, None)
    assert 2 <= rebuilt <= len(again.alerts)
    assert of_the_network(again.alerts) == [SILENT, THIRD]
    assert again.notes == {FIRST.id: [SEEN, HEARD]}


def test_what_comes_is_told_in_the_order_of_versions(by_hand: Settings) -> None:
    stop = Event()
    told: list[Alert] = []
    with AlertFeed(by_hand) as feed:
        send(by_hand, [SECOND, THIRD])
        for each in feed.until(stop):
            told += of_the_network([each])
            if len(told) == 2:
                stop.set()

    assert told == [SECOND, THIRD]
