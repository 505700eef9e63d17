"""The importer against a broker played by librdkafka."""

from collections.abc import Iterable, Iterator
from io import BytesIO
from pathlib import Path

import orjson
import pytest
from confluent_kafka import OFFSET_BEGINNING, Producer

from adapters import readings_writer
from adapters.kept_records import ends_of, reader, until
from contracts.meters import Meter
from contracts.reading import HEARTBEAT, ID_HEADER, Reading
from contracts.settings import Settings
from contracts.topics import meters, readings
from exchange.formats import nem12
from exchange.importing.importer import Importer
from exchange.importing.kafka_log import KafkaLog
from exchange.importing.ledger import Ledger
from exchange.importing.registry import Registry, registered, registered_if_there
from exchange.importing.report import Report
from exchange.tally import Tally
from tests.support.played_broker import played_broker
from tests.unit.exchange.files import DATA


class Killed(Exception):  # noqa: N818
    pass


class DyingLog(KafkaLog):
    """Hands so many readings of a chunk over, and is gone before anybody knows that they are
    stored."""

    def send(self, said: Iterable[tuple[str, Reading]]) -> None:
        super().send(list(said)[:70])
        raise Killed


@pytest.fixture(scope="module")
def settings() -> Iterator[Settings]:
    with played_broker() as settings:
        producer = Producer({"bootstrap.servers": settings.kafka_bootstrap, "log_level": 2})
        producer.produce(readings(settings).name, HEARTBEAT, partition=0)
        entry: Meter = {
            "geohash": "r1r0fsnz",
            "commodity": "electricity",
            "cadence_ms": 900_000,
            "kind": "interval",
            "solar_w": 0,
            "export": False,
        }
        producer.produce(meters(settings).name, orjson.dumps(entry), "NCDE001111", partition=0)
        assert producer.flush(30) == 0
        yield settings


@pytest.fixture(autouse=True)
def _stamped(monkeypatch: pytest.MonkeyPatch) -> None:
    """The broker that is played does not say what its topics are like."""
    monkeypatch.setattr(readings_writer, "stamped_by", lambda *_: "LogAppendTime")


def records(settings: Settings) -> dict[str, dict[str, object]]:
    """Values of readings that the importer wrote, by id, each of which is there once."""
    topic, found = readings(settings), {}
    ends = ends_of(settings, topic)
    consumer = reader(settings, topic, [OFFSET_BEGINNING] * len(ends))
    for message in until(consumer, ends, settings, topic):
        headers = dict(message.headers() or [])
        if ID_HEADER in headers:
            name = bytes(headers[ID_HEADER]).decode()
            assert name not in found
            found[name] = orjson.loads(bytes(message.value() or b""))
    consumer.close()
    return found


def take(settings: Settings, path: Path, log: KafkaLog) -> Tally:
    places = Registry(registered(settings), "r1r0f", log.announce)
    ledger = Ledger(path)
    try:
        content = (DATA / "Example_NEM12_multiple_meters.csv").read_bytes()
        importer = Importer(ledger, log, places.place_of, chunk=100)
        return importer.take(nem12.read(BytesIO(content)), "a", "a", Report())
    finally:
        ledger.close()


def test_killed_between_sending_and_knowing_and_again(settings: Settings, tmp_path: Path) -> None:
    path = tmp_path / "ledger.sqlite"
    for _ in range(3):
        with pytest.raises(Killed):
            take(settings, path, DyingLog(settings))
    tally = take(settings, path, KafkaLog(settings))
    assert tally.closes
    assert tally.used == 768
    found = records(settings)
    assert len(found) == 768
    assert sum(each["energy"] for each in found.values()) == 1_920 + 1_920 + 19_200 + 3_840  # type: ignore[misc]
    places = {each["meter_id"]: each["geohash"] for each in found.values()}
    assert places["NCDE001111"] == "r1r0fsnz"
    assert places["NCDE001111:export"] == "r1r0f"
    again = take(settings, path, KafkaLog(settings))
    assert (again.sent, again.revised, again.same) == (0, 0, 768)
    assert len(records(settings)) == 768
    # Who was not known is in the registry now, with what counts.
    known = dict(registered(settings))
    assert known["NCDE001111:export"].cadence_ms == 900_000
    assert {each.kind for each in known.values()} == {"interval"}
    assert registered_if_there(settings) == known
    assert set(known) == set(places)


def test_a_registry_that_does_not_say_what_counts_means_the_register(settings: Settings) -> None:
    producer = Producer({"bootstrap.servers": settings.kafka_bootstrap, "log_level": 2})
    entry = {"geohash": "r1r0fsnz", "commodity": "gas", "cadence_ms": 900_000}
    producer.produce(meters(settings).name, orjson.dumps(entry), "unsaid", partition=0)
    assert producer.flush(30) == 0
    assert registered(settings)["unsaid"].kind == "register"


def test_without_a_broker_no_registry_is_asked() -> None:
    assert registered_if_there(Settings(kafka_bootstrap="127.0.0.1:1")) is None
