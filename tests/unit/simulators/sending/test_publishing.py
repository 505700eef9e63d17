"""The registry of a fleet on its topic: each meter, and whose some of them are."""

import json

from confluent_kafka import Producer

from adapters.kept_records import kept
from contracts.topics import meters
from simulators.fleet.plan import FleetPlan, make_registry
from simulators.sending.publishing import publish
from tests.support.played_broker import played_broker


def test_every_meter_is_there_and_those_that_are_somebodys_say_so() -> None:
    registry = make_registry(FleetPlan(20, seed=3))
    ids = registry.meter_id.astype(str).tolist()
    with played_broker() as played:
        settings = played.model_copy(update={"namespace": "registry"})
        producer = Producer({"bootstrap.servers": settings.kafka_bootstrap, "log_level": 2})
        # The broker makes topics as they are written, and publishing wants one that is there.
        producer.produce(meters(settings).name, None, b"nobody", 0)
        assert producer.flush(60) == 0
        publish(settings, registry, {ids[4]: "ada", "elsewhere": "bob"})
        found = {
            (record.key() or b"").decode(): json.loads(record.value() or b"")
            for record in kept(settings, meters(settings))
        }

    assert found.keys() == set(ids)
    assert {each: entry["customer"] for each, entry in found.items() if "customer" in entry} == {
        ids[4]: "ada"
    }
