"""What takes readings over HTTP dies, or the log behind it, while gateways send again what was not
answered."""

from collections.abc import Callable

from chaos.fault import Fault, FaultError
from chaos.posted import ALL, Posted
from chaos.scene import Scene

DEATHS = 5


def _kill_api(scene: Scene) -> str:
    def harm(posted: Posted) -> None:
        for death in range(DEATHS):
            posted.await_answers((death + 1) / (DEATHS + 2))
            scene.pause(0, 0.1)
            posted.kill()
            posted.begin()

    return _delivered(scene, harm)


def _kill_log(scene: Scene) -> str:
    def harm(posted: Posted) -> None:
        posted.await_answers(1 / 3)
        scene.kill("kafka")
        posted.kill()
        posted.begin()
        scene.wait_until_ready("kafka")

    return _delivered(scene, harm)


def _delivered(scene: Scene, harm: Callable[[Posted], None]) -> str:
    """The remark for the report.

    Raises:
        FaultError: a reading that was answered with 202 is not in the log, or is there twice.
    """
    with Posted(scene.settings) as posted:
        with posted.posting():
            harm(posted)
        found = posted.arrived()
    return told(len(ALL), len(ALL & set(found)), found.total())


def told(answered: int, distinct: int, records: int) -> str:
    """The remark for the report.

    Raises:
        FaultError: readings are missing, or are there twice.
    """
    if distinct < answered or records > answered:
        raise FaultError(
            f"of {answered:,} readings that were answered with 202 {answered - distinct:,} are not "
            f"in the log, and {records - distinct:,} records of it are more than there should be"
        )
    return f"{answered:,} readings over HTTP, each once"


FAULTS = (
    Fault(
        "api-killed",
        "Is every reading in the log once that the API has answered with 202, though it dies five "
        "times and gateways send again what was not answered?",
        _kill_api,
    ),
    Fault(
        "kafka-killed-under-api",
        "And if the log dies, and the API while it is away?",
        _kill_log,
    ),
)
