"""Readings of MQTT devices in the log, through a real broker, while what they pass dies."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from chaos.bridged import DEVICE, METERS, Bridged
from contracts.settings import MqttSettings
from infra.local.brokers import BROKERS
from infra.settings import StackSettings
from tests.broker.conftest import Brokers
from tests.support.hivemq import FETCHED, with_hivemq
from tests.support.own_service import PATIENCE_S, own
from tests.support.redis_server import free_port
from tests.support.waiting import until

MESSAGES = 4_000
PULSES = 17


@pytest.fixture(scope="module", params=["mosquitto", pytest.param("hivemq", marks=FETCHED)])
def passed(request: pytest.FixtureRequest, brokers: Brokers) -> Iterator[Brokers]:
    """What readings pass, with each of the MQTT brokers."""
    if request.param == "mosquitto":
        yield brokers
        return
    mqtt = MqttSettings(url=f"mqtts://127.0.0.1:{free_port()}")
    settings = brokers.settings.model_copy(update={"mqtt": mqtt})
    with own(BROKERS[request.param].make(settings, with_hivemq(StackSettings()))) as known:
        yield replace(brokers, settings=settings, mqtt=known)


@pytest.fixture
def bridged(passed: Brokers) -> Iterator[Bridged]:
    """A device, and a bridge that listens to it."""
    with Bridged(passed.settings.model_copy(update={"namespace": "bridge_test"})) as known:
        yield known


def _each_once(bridged: Bridged, number: int) -> None:
    bridged.await_answers()
    found = bridged.arrived(number)
    assert set(found) == {(f"m{n % METERS}", n + 1) for n in range(number)}
    assert found.total() == number


def test_a_bridge_that_dies_five_times_loses_and_doubles_nothing(bridged: Bridged) -> None:
    for part in range(5):
        bridged.publish(part * MESSAGES // 5, MESSAGES // 5)
        bridged.kill()
        bridged.begin()

    _each_once(bridged, MESSAGES)


def test_a_broker_that_is_ended_and_started_keeps_what_it_acknowledged(
    bridged: Bridged, passed: Brokers
) -> None:
    bridged.publish(0, MESSAGES // 2)
    bridged.kill()
    passed.mqtt.end()
    passed.mqtt.begin()
    bridged.begin()
    bridged.publish(MESSAGES // 2, MESSAGES // 2)

    _each_once(bridged, MESSAGES)


@pytest.mark.parametrize("passed", [pytest.param("hivemq", marks=FETCHED)], indirect=True)
def test_a_broker_that_writes_before_it_answers_forgets_nothing_when_it_is_killed(
    bridged: Bridged, passed: Brokers
) -> None:
    bridged.kill()
    bridged.publish(0, MESSAGES // 2)
    passed.mqtt.kill()
    passed.mqtt.begin()
    bridged.publish(MESSAGES // 2, MESSAGES // 2)
    bridged.await_answers()
    passed.mqtt.kill()
    passed.mqtt.begin()
    bridged.begin()

    _each_once(bridged, MESSAGES)


def test_all_that_came_while_the_bridge_was_away_arrives(bridged: Bridged) -> None:
    bridged.kill()
    bridged.publish(0, 5_000)
    bridged.await_answers()
    bridged.begin()

    _each_once(bridged, 5_000)


def test_a_log_that_dies_and_a_bridge_that_dies_without_it(
    bridged: Bridged, passed: Brokers
) -> None:
    bridged.publish(0, MESSAGES // 2)
    passed.kafka.kill()
    bridged.kill()
    bridged.begin()
    bridged.publish(MESSAGES // 2, MESSAGES // 2)
    passed.kafka.begin()

    _each_once(bridged, MESSAGES)


def test_pulses_are_never_counted_twice_and_never_lost(bridged: Bridged) -> None:
    number, deaths = 10_000, 5
    for part in range(deaths):
        for _ in range(number // deaths):
            bridged.send(f"power/{DEVICE}", b'{"sensor_count_1":%d}' % PULSES)
        bridged.kill()
        bridged.begin()
        assert part < deaths
    bridged.await_answers()
    bridged.arrived(number)

    registers = bridged.registers(f"{DEVICE}:1")
    assert registers == [PULSES * n for n in range(1, number + 1)]
    assert registers[-1] == 170_000


def test_a_retained_message_is_a_reading_when_it_is_sent_and_not_at_a_subscription(
    bridged: Bridged,
) -> None:
    bridged.send(f"meters/{DEVICE}/m0", b'{"ts":1,"register":0}', retain=True)
    bridged.await_answers()
    assert bridged.arrived(1) == {("m0", 1): 1}
    bridged.kill()
    bridged.begin()
    bridged.publish(1, 1)
    bridged.await_answers()
    found = bridged.arrived(2)
    # An empty payload takes it from the broker again; it is no reading, and would be on its way to
    # the bridge of the next test.
    bridged.send(f"meters/{DEVICE}/m0", b"", retain=True)
    bridged.await_answers()
    until(lambda: len(bridged.unmapped()) > 0, PATIENCE_S)

    assert found == {("m0", 1): 1, ("m1", 2): 1}


def test_a_topic_of_another_device_is_not_written(bridged: Bridged) -> None:
    bridged.send("meters/neighbour/m0", b'{"ts":1,"register":0}')
    bridged.publish(1, 1)
    bridged.await_answers()

    assert bridged.arrived(1) == {("m1", 2): 1}
    assert bridged.unmapped() == []


def test_broken_payloads_are_kept_byte_for_byte_and_harm_no_other(bridged: Bridged) -> None:
    broken = b'\x00\xff{"ts": '
    for n in range(10):
        bridged.publish(n * 99, 99)
        bridged.send(f"meters/{DEVICE}/m0", broken + bytes([n]))

    _each_once(bridged, 990)
    kept = sorted(payload for payload, _ in bridged.unmapped())
    assert kept == [broken + bytes([n]) for n in range(10)]
    assert {headers["reason"] for _, headers in bridged.unmapped()} == {b"not_json"}
