"""What brings readings from MQTT devices dies, or the broker between, or the log behind."""

from collections.abc import Callable

from chaos.bridged import Bridged
from chaos.fault import Fault, FaultError
from chaos.scene import Scene
from infra.local.brokers import chosen

MESSAGES = 4_000
DEATHS = 5
OUTLIVED = 3
"""Deaths of the bridge while something else is away, too."""


def _kill_bridge(scene: Scene) -> str:
    def harm(bridged: Bridged, part: Callable[[], None]) -> None:
        for _ in range(DEATHS):
            part()
            bridged.kill()
            bridged.begin()

    return _delivered(scene, DEATHS, harm)


def _restart_broker(scene: Scene) -> str:
    broker = chosen(scene.stack)

    def harm(bridged: Bridged, part: Callable[[], None]) -> None:
        for n in range(OUTLIVED):
            part()
            bridged.kill()
            if n == 1:
                scene.stop(broker.name)
                scene.start(broker.name)
            bridged.begin()

    return f"{broker.name}: {_delivered(scene, OUTLIVED, harm)}"


def _kill_log(scene: Scene) -> str:
    def harm(bridged: Bridged, part: Callable[[], None]) -> None:
        part()
        scene.kill("kafka")
        bridged.kill()
        bridged.begin()
        part()
        scene.wait_until_ready("kafka")

    return _delivered(scene, 2, harm)


def _kill_broker(scene: Scene) -> str:
    broker = chosen(scene.stack)

    def harm(_: Bridged, part: Callable[[], None]) -> None:
        part()
        scene.kill(broker.name)
        scene.wait_until_ready(broker.name)

    return f"{broker.name}: {_delivered(scene, 1, harm, broker_forgets=broker.forgets)}"


def _delivered(
    scene: Scene,
    parts: int,
    harm: Callable[[Bridged, Callable[[], None]], None],
    *,
    broker_forgets: bool = False,
) -> str:
    """The remark for the report.

    Args:
        harm: Has a part of the messages published now and then.
        broker_forgets: Whether what it acknowledged may be gone, which is then told.

    Raises:
        FaultError: a reading that the broker acknowledged is not in the log, or is there twice.
    """
    with Bridged(scene.settings) as bridged:
        published = 0

        def part() -> None:
            nonlocal published
            number = MESSAGES // (parts + 1)
            bridged.publish(published, number)
            published += number

        harm(bridged, part)
        part()
        bridged.await_answers()
        found = bridged.arrived(published)
    return told(published, len(found), found.total(), broker_forgets=broker_forgets)


def told(published: int, distinct: int, records: int, *, broker_forgets: bool) -> str:
    """The remark for the report.

    Raises:
        FaultError: readings are missing that may not be, or are there twice.
    """
    lost, doubled = published - distinct, records - distinct
    if doubled or (lost and not broker_forgets):
        raise FaultError(
            f"of {published:,} readings that the MQTT broker acknowledged {lost:,} are not in the "
            f"log, and {doubled:,} are there twice"
        )
    if not distinct:
        raise FaultError("no reading came over MQTT: that shows nothing of the bridge")
    remark = f"{published:,} readings over MQTT, each once"
    return f"{remark}, but {lost:,} that the broker forgot" if lost else remark


FAULTS = (
    Fault(
        "bridge-killed",
        "Is every reading in the log once that an MQTT broker acknowledged, though the bridge dies "
        "five times?",
        _kill_bridge,
    ),
    Fault(
        "mqtt-broker-restarted",
        "And if the broker is ended and started, while the bridge dies three times?",
        _restart_broker,
    ),
    Fault(
        "kafka-killed-under-bridge",
        "And if the log dies, and the bridge while it is away?",
        _kill_log,
    ),
    Fault(
        "mqtt-broker-killed",
        "How many acknowledged readings does a broker forget that dies (HiveMQ none), and is "
        "any there twice?",
        _kill_broker,
    ),
)
