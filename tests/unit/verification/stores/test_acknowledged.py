"""A producer's recording says what the topic says, or is told where it does not: with a broker
played by librdkafka."""

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import polars as pl
import pytest
from confluent_kafka import Message, Producer
from rich.console import Console

from contracts.settings import Settings
from contracts.topics import readings
from tests.support.played_broker import played_broker
from verification.oracle.log import RECORDED, RecordingError
from verification.stores import acknowledged
from verification.stores.acknowledged import require_same

SILENT = Console(quiet=True)
BEGIN_MS = 1_790_000_000_000
Row = dict[str, int | bytes | None]


@pytest.fixture(scope="module")
def sent(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Settings, list[Row]]]:
    """Records that a producer wrote, as its delivery reports say."""
    rows: list[Row] = []

    def delivered(arrival_ms: int, _: object, message: Message) -> None:
        rows.append(
            {
                "partition": message.partition(),
                "offset": message.offset(),
                # The report of the broker that is played says another time than its records.
                "arrival_ms": arrival_ms,
                "key": message.key(),
                "value": message.value(),
            }
        )

    with played_broker() as broker:
        settings = broker.model_copy(update={"data_dir": tmp_path_factory.mktemp("data")})
        producer = Producer({"bootstrap.servers": broker.kafka_bootstrap, "log_level": 2})
        for n in range(20):
            for partition in (1, 3):
                key = None if n % 5 == 0 else b"m%d" % n
                producer.produce(
                    readings(settings).name,
                    b"%d" % n,
                    key,
                    partition,
                    timestamp=BEGIN_MS + n,
                    on_delivery=partial(delivered, BEGIN_MS + n),
                )
        assert producer.flush(60) == 0
        yield settings, rows


def recording(folder: Path, rows: list[Row]) -> Path:
    path = folder / "mine.parquet"
    pl.DataFrame(rows, RECORDED).write_parquet(path)
    return path


def test_what_was_acknowledged_is_in_the_topic(
    sent: tuple[Settings, list[Row]], tmp_path: Path
) -> None:
    settings, rows = sent
    require_same(settings, recording(tmp_path, rows), SILENT)
    # In any order, and where others wrote between.
    require_same(settings, recording(tmp_path, rows[::-3]), SILENT)


@pytest.mark.parametrize(
    ("column", "wrong", "words"),
    [
        ("arrival_ms", lambda row: row["arrival_ms"] + 1, "record the time that the delivery"),
        ("key", lambda _: b"other", r"key is b'other', and the topic b'm7': record what was sent"),
        ("key", lambda _: None, "key is None, and the topic b'm7'"),
        ("value", lambda _: b"8", "value is b'8', and the topic b'7'"),
    ],
)
def test_one_record_that_is_otherwise_is_named(
    sent: tuple[Settings, list[Row]],
    tmp_path: Path,
    column: str,
    wrong: Callable[[Row], object],
    words: str,
) -> None:
    settings, rows = sent
    changed = [
        {**row, column: wrong(row)} if (row["partition"], row["offset"]) == (3, 7) else row
        for row in rows
    ]
    with pytest.raises(RecordingError, match=words) as refusal:
        require_same(settings, recording(tmp_path, changed), SILENT)  # type: ignore[arg-type]
    assert "mine.parquet says of partition 3 offset 7 that" in str(refusal.value)


def test_no_more_is_looked_at_than_the_beginning(
    sent: tuple[Settings, list[Row]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(acknowledged, "LOOKED_AT", 7)
    settings, rows = sent
    changed = [{**row, "value": b"?"} if row["offset"] == 7 else row for row in rows]
    require_same(settings, recording(tmp_path, changed), SILENT)
