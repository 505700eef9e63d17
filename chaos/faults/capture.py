"""What captures changes of masters dies while people move, or their database, or the broker."""

from adapters.captured_tables import captured
from adapters.masters_topic import changes_until
from adapters.postgres import connect
from chaos.fault import Fault, FaultError
from chaos.moves import Moves
from chaos.scene import READY_TIMEOUT_S, Scene
from contracts.settings import Settings
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
    begun = _place(scene.settings)
    with Moves(scene.settings, scene.rng.randrange(2**32)) as moves:
        for _ in range(DEATHS):
            scene.pause(2, 4)
            scene.kill(*services)
            scene.wait_until_ready(*services)
        scene.pause(2, 4)
    scene.wait_until_ready(*ON_THE_WAY)
    # A worker that answers has yet to take over from the one that died, and to go on with capture.
    checked = check(scene.settings, READY_TIMEOUT_S)
    changes = changes_until(scene.settings, _place(scene.settings))
    # What was told twice has one place.
    gone = {
        each.lsn
        for each in changes
        if each.table == "tenant" and each.row is None and each.lsn > begun
    }
    return told(moves.committed, moves.left, len(gone), checked)


def _place(settings: Settings) -> int:
    """How far PostgreSQL has written its log."""
    with connect(settings) as connection:
        return captured(connection).lsn


def told(committed: int, left: int, gone: int, checked: Checked) -> str:
    """The remark for the report.

    Args:
        left: Tenants who were taken away meanwhile, as far as PostgreSQL said that it was done.
        gone: Of whom the topic says so; may be more.

    Raises:
        FaultError: topic and tables are not the same, or nothing was there to compare.
    """
    if gone < left:
        raise FaultError(
            f"{left:,} tenants have left, and the topic of masters says so of {gone:,} only"
        )
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
