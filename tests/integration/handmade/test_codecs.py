"""Batches that a producer compressed, with each codec that Kafka has."""

from typing import TYPE_CHECKING

from confluent_kafka import Producer

from adapters.connect import kafka_config
from adapters.kafka import topic_ends
from contracts.reading import HEARTBEAT, Reading
from contracts.settings import Settings
from contracts.topics import readings
from simulators.sending.closing import pass_time
from simulators.sending.recorder import Record, Recorder
from simulators.sending.sender import Sender
from tests.support.send import meter_in, record
from tests.support.verify import assert_equal

if TYPE_CHECKING:
    from tests.integration.handmade.conftest import Written
    from verification.report import Report

CODECS = ("none", "gzip", "snappy", "lz4", "zstd")
EACH = 20
"""Heartbeats, and readings, of a codec: enough alike for a producer to keep what it compressed."""
SECOND_MS = 1_000


def write(by_hand: Settings, midnight_ms: int) -> int:
    """Readings of a meter in each partition, and heartbeats before them, compressed with one codec
    after another; their number."""
    begin_ms = midnight_ms
    for codec in CODECS:
        records: list[Record] = []
        for partition in range(by_hand.readings_partitions):
            records += [
                Record(partition, begin_ms + step * SECOND_MS, None, HEARTBEAT)
                for step in range(EACH)
            ]
            meter_id = meter_in(partition, by_hand)
            records += [
                record(
                    by_hand,
                    Reading(
                        meter_id,
                        "gcpvj0du",
                        "electricity",
                        begin_ms + step * SECOND_MS,
                        (begin_ms - midnight_ms) // SECOND_MS + step,
                        (begin_ms - midnight_ms) / SECOND_MS + step,
                        400,
                    ),
                    500,
                )
                for step in range(EACH, 2 * EACH)
            ]
        produce(by_hand, codec, records)
        begin_ms += 2 * EACH * SECOND_MS
    with Sender(by_hand, "codecs-end") as sender:
        pass_time(sender, begin_ms)
    return EACH * by_hand.readings_partitions * len(CODECS)


def produce(settings: Settings, codec: str, records: list[Record]) -> None:
    """Write the records as a producer of anyone's does, and record them."""
    topic = readings(settings)
    producer = Producer(kafka_config(settings) | {"compression.type": codec, "linger.ms": 100})
    offset = topic_ends(settings)
    offsets = []
    for each in records:
        producer.produce(
            topic.name, each.value, each.key, each.partition, timestamp=each.arrival_ms
        )
        offsets.append(offset[each.partition])
        offset[each.partition] += 1
    assert producer.flush(30) == 0
    with Recorder(settings.recordings_dir / f"codecs-{codec}.parquet") as recorder:
        recorder.add(records, offsets)


def test_every_codec_of_kafka_is_read(written: "Written", report: "Report") -> None:
    assert_equal(report)
    assert report.counts.on_time >= written.compressed
