"""What of the demonstration's devices is in the log is shown, the newest of each: with a broker
played by librdkafka."""

import time

from confluent_kafka import Producer
from rich.console import Console

from contracts.reading import HEARTBEAT, Reading, encode
from contracts.topics import readings
from tests.support.played_broker import played_broker
from wattstream.demo_devices import OverMqtt

AT_MS = 1_796_000_000_000
PATIENCE_S = 60.0


def test_the_newest_reading_of_each_device_is_shown() -> None:
    console = Console(width=80)
    with played_broker() as settings:
        topic = readings(settings).name
        producer = Producer({"bootstrap.servers": settings.kafka_bootstrap, "log_level": 2})
        producer.produce(topic, HEARTBEAT, partition=0)
        announced = b'{"meter": {"geohash": "u33db", "commodity": "gas"}}'
        producer.produce(topic, announced, b"announced", 1)
        for meter_id, seq, register, demand in (
            ("demo-kettle", 1, 100.0, 1_950.0),
            ("demo-kettle", 2, 102.7, 0.5),
            ("demo-boiler:1", 1, 7.0, None),
        ):
            said = Reading(meter_id, "u33db", "electricity", AT_MS, seq, register, demand)
            producer.produce(topic, encode(said), meter_id.encode(), 1, timestamp=AT_MS)
        assert producer.flush(60) == 0
        seen = OverMqtt(settings)
        deadline_s = time.monotonic() + PATIENCE_S
        while (part := seen.part()).rows < 2:
            assert time.monotonic() < deadline_s
        seen.close()
    with console.capture() as told:
        console.print(part.draw(2))
        console.print(part.draw(1))
    lines = [line.split() for line in told.get().splitlines()]
    assert lines[0][:4] == ["over", "MQTT", "demand", "register"]
    assert lines[1][:3] == ["demo-boiler:1", "7", "Wh"]
    assert lines[2][:5] == ["demo-kettle", "0", "W", "103", "Wh"]
    assert ["...", "and", "1", "more"] in lines
