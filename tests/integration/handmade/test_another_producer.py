"""A producer that is no simulator records what Kafka acknowledged, and verification takes it."""

from functools import partial
from pathlib import Path

import polars as pl
import pytest
from confluent_kafka import Message, Producer
from rich.console import Console

from adapters.connect import kafka_config
from contracts.reading import HEARTBEAT, Reading, encode
from contracts.settings import Settings
from contracts.topics import readings
from tests.support.send import meter_in
from tests.support.verify import assert_equal, verified
from verification.oracle.log import RecordingError
from verification.report import verify

SECOND_MS = 1_000
EACH = 90
SCHEMA = {
    **{"partition": pl.Int32, "offset": pl.Int64, "arrival_ms": pl.Int64},
    **{"key": pl.Binary, "value": pl.Binary},
}
"""As contracts/README.md has it (A recording)."""


@pytest.fixture
def recorded(by_hand: Settings, midnight_ms: int, tmp_path: Path) -> Path:
    """Readings of a meter in each partition, one late, and time that passes after them."""
    rows: list[tuple[object, ...]] = []

    def delivered(error: object, message: Message) -> None:
        assert error is None
        _, arrival_ms = message.timestamp()
        rows.append(
            (message.partition(), message.offset(), arrival_ms, message.key(), message.value())
        )

    producer = Producer(kafka_config(by_hand) | {"enable.idempotence": True})
    produce = partial(producer.produce, readings(by_hand).name, on_delivery=delivered)
    for n in range(EACH):
        for partition in range(by_hand.readings_partitions):
            meter_id = meter_in(partition, by_hand)
            at_ms = midnight_ms + n * SECOND_MS
            said = Reading(meter_id, "gcpvj0du", "electricity", at_ms, n, n / 4, 900.0)
            late_ms = 60_000 if n == EACH - 1 else 400
            produce(encode(said), meter_id.encode(), partition, timestamp=at_ms + late_ms)
    end_ms = midnight_ms + EACH * SECOND_MS + 60_000 + by_hand.closing_ms
    for partition in range(by_hand.readings_partitions):
        produce(HEARTBEAT, None, partition, timestamp=end_ms)
    assert producer.flush(60) == 0
    path = tmp_path / "sent.parquet"
    pl.DataFrame(rows, SCHEMA, orient="row").write_parquet(path)
    return path


def test_every_store_holds_what_another_producer_recorded(
    by_hand: Settings, recorded: Path
) -> None:
    with pytest.raises(RecordingError):
        verify(by_hand, Console(quiet=True))
    wrong = recorded.with_name("wrong.parquet")
    sent = pl.read_parquet(recorded)
    sent.with_columns(pl.col("arrival_ms") + 1).write_parquet(wrong)
    with pytest.raises(RecordingError, match="record the time that the delivery report has"):
        verify(by_hand, Console(quiet=True), recorded=[wrong])

    report = verified(by_hand, [recorded])

    assert_equal(report)
    assert report.counts.late >= by_hand.readings_partitions
    # What other tests write after it, they verify with it.
    by_hand.recordings_dir.mkdir(parents=True, exist_ok=True)
    sent.write_parquet(by_hand.recordings_dir / "another-0.parquet")
