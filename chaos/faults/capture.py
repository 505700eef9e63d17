"""What captures changes of masters dies while people move, or their database, or the broker."""

from chaos.fault import Fault, FaultError
from chaos.moves import Moves
from chaos.scene import Scene
from verification.masters import Checked, check

DEATHS = 2
"""The second may come while what was lost by the first is repeated."""
ON_THE_WAY = ("postgresql", "connect", "kafka")
"""What a change of masters passes through."""


def _kill_connect(scene: Scene) -> str:
    return _moved_while_killed(scene, "connect")


def _kill_postgresql(scene: Scene) -> str:
    return _moved_while_killed(scene, "postgresql")


def _kill_all(scene: Scene) -> str:
    return _moved_while_killed(scene, *ON_THE_WAY)


def _moved_while_killed(scene: Scene, *services: str) -> str:
    with Moves(scene.settings, scene.rng.randrange(2**32)) as moves:
        for _ in range(DEATHS):
            scene.pause(2, 4)
            scene.kill(*services)
            scene.wait_until_ready(*services)
        scene.pause(2, 4)
    scene.wait_until_ready(*ON_THE_WAY)
    return told(moves.committed, check(scene.settings))


def told(committed: int, checked: Checked) -> str:
    """The remark for the report.

    Raises:
        FaultError: topic and tables are not the same, or nothing was there to compare.
    """
    if checked.differences:
        first = checked.differences[0]
        raise FaultError(
            f"the topic of masters has {len(checked.differences):,} rows otherwise than their "
            f"tables, the first of {first.table} {first.key}"
        )
    if not committed or not checked.rows:
        raise FaultError(
            f"{committed:,} moves were written and {checked.rows:,} rows compared: that shows "
            "nothing of masters"
        )
    return f"{committed:,} moves meanwhile, {checked.rows:,} rows the same on the topic"


FAULTS = (
    Fault(
        "connect-killed",
        "Is every change of masters on their topic when what captures it dies, twice?",
        _kill_connect,
    ),
    Fault(
        "postgresql-killed",
        "Do masters keep what was committed when PostgreSQL dies, and does their topic have it?",
        _kill_postgresql,
    ),
    Fault(
        "capture-killed",
        "And when both die at once with the broker, which has the topic and how far it was read?",
        _kill_all,
    ),
)
