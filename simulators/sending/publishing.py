"""Publishes the registry of a fleet on the topic of meters."""

from collections.abc import Iterator, Mapping

import numpy as np
import orjson
from confluent_kafka import KafkaError, Producer

from adapters.connect import storing_config
from contracts import topics
from contracts.meters import Meter
from contracts.reading import COMMODITIES
from contracts.settings import Settings
from simulators.errors import SendError
from simulators.fleet.registry import TARIFFS, Registry
from simulators.sending.partitions import admin_client, partition_count

FLUSH_TIMEOUT_S = 60.0
POLL_EVERY = 10_000


def publish(settings: Settings, registry: Registry, customers: Mapping[str, str]) -> None:
    """Write each meter's entry; the newest of a meter is the one that counts.

    Args:
        customers: Who is billed for a meter, of those that are somebody's.

    Raises:
        TopicError: no broker, or no such topic.
        SendError: Kafka did not take all.
    """
    topic = topics.meters(settings).name
    partition_count(admin_client(settings), topic, settings)
    problems: list[KafkaError] = []

    def note(problem: KafkaError | None, _: object) -> None:
        if problem is not None:
            problems.append(problem)

    producer = Producer(
        storing_config(settings)
        | {
            "delivery.report.only.error": True,
            "on_delivery": note,
            "log_level": 2,
        }
    )
    for number, (meter_id, entry) in enumerate(entries(registry)):
        if meter_id in customers:
            entry["customer"] = customers[meter_id]
        while True:
            try:
                producer.produce(topic, orjson.dumps(entry), meter_id)
                break
            except BufferError:
                producer.poll(0.1)
        if number % POLL_EVERY == 0:
            producer.poll(0)
    unanswered = producer.flush(FLUSH_TIMEOUT_S)
    if problems or unanswered:
        reason = problems[0].str() if problems else f"no answer within {FLUSH_TIMEOUT_S:g} s"
        raise SendError(
            f"{unanswered + len(problems)} meters were not taken by {topic}: {reason}; check the "
            f"broker at {settings.kafka_bootstrap}"
        )


def entries(registry: Registry) -> Iterator[tuple[str, Meter]]:
    """The entry of each meter, by its id."""
    columns = (
        registry.meter_id.astype(str),
        registry.geohash.astype(str),
        registry.announced_feeder.astype(str),
        np.array(COMMODITIES)[registry.commodity],
        np.where(registry.business, "business", "household"),
        np.array(TARIFFS)[registry.tariff],
        registry.cadence_ms,
        registry.solar_w,
        registry.is_export,
        registry.region_code.astype(str),
        registry.time_zone.astype(str),
        registry.capacity_w,
        registry.installed_ms,
    )
    for (
        meter_id,
        geohash,
        feeder,
        commodity,
        premises,
        tariff,
        cadence_ms,
        solar_w,
        export,
        *rest,
    ) in zip(*(column.tolist() for column in columns), strict=True):
        region, time_zone, capacity_w, installed_ms = rest
        entry = Meter(
            geohash=geohash,
            feeder=feeder,
            commodity=commodity,
            cadence_ms=cadence_ms,
            solar_w=solar_w,
            export=export,
            kind=registry.kind,
        )
        if commodity != "supply":
            entry["premises"] = premises
            entry["tariff"] = tariff
            entry["supply"] = "on"
        if capacity_w:
            entry["capacity_w"] = capacity_w
        if installed_ms:
            entry["installed_ms"] = installed_ms
        if region:
            entry["region"] = region
        if time_zone:
            entry["time_zone"] = time_zone
        yield meter_id, entry
