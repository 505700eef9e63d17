"""Whether the topic of the masters' changes says what their tables have."""

from dataclasses import dataclass

from adapters.captured_tables import Captured, captured, slot_problem
from adapters.masters_topic import SILENT_S, CaptureError, changes_until
from adapters.postgres import connect
from contracts.capture import HEARTBEAT, Difference, differences, newest, rows_of, slot
from contracts.settings import Settings

LOOKS = 3
"""A change that is just on its way is none the next time."""


@dataclass(frozen=True, slots=True)
class Checked:
    """What a check found."""

    rows: int
    tables: int
    differences: list[Difference]


def check(settings: Settings, silent_s: float = SILENT_S) -> Checked:
    """Compare topic and tables, whoever writes meanwhile; the heartbeat's own table is left out.

    Args:
        silent_s: So long no heartbeat may come, as while what captures changes starts.

    Raises:
        CaptureError: the replication slot is lost, or changes do not come.
        psycopg.OperationalError: PostgreSQL does not answer.
        confluent_kafka.KafkaException: the broker does not answer.
    """
    with connect(settings) as connection:
        if problem := slot_problem(connection, slot(settings)):
            raise CaptureError(
                f"{problem}: what was changed since is not on the topic; `wattstream masters "
                f"recapture -n {settings.namespace}` writes it anew"
            )
        state = captured(connection)
        found = _differences(settings, state, silent_s)
        for _ in range(LOOKS - 1):
            if not found:
                break
            state = captured(connection)
            again = _differences(settings, state, silent_s)
            found = [each for each in found if each in again]
    compared = [rows for name, rows in state.rows.items() if name != HEARTBEAT]
    return Checked(sum(map(len, compared)), len(compared), found)


def _differences(settings: Settings, state: Captured, silent_s: float) -> list[Difference]:
    known = newest(changes_until(settings, state.lsn, silent_s)).values()
    return [
        difference
        for name, table in state.tables.items()
        if name != HEARTBEAT
        for difference in differences(name, state.rows[name], rows_of(known, table))
    ]
