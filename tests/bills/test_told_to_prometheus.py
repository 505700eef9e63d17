"""What Prometheus is told of a database: findings that wait for somebody, and what is captured."""

import psycopg
import pytest

from adapters.captured_tables import Slot, slot_of
from contracts.capture import slot
from contracts.settings import Settings
from services.exporter.bills import Bills
from services.exporter.metrics import EXCEPTIONS_OPEN, SLOT_KEPT, SLOT_LOST, Metric


def told(settings: Settings) -> dict[tuple[Metric, tuple[str, ...]], float]:
    return {
        (metric, labels[1:]): value
        for metric, labels, value in Bills().look([settings])
        if labels[0] == settings.namespace
    }


def find(database: psycopg.Connection, register: str, severity: str, *, closed: bool) -> None:
    database.execute(
        """
        INSERT INTO vee_exception (register_id, begin_ms, end_ms, rule, severity, closed_at)
        VALUES (%s, 0, 1, 'gap', %s, CASE WHEN %s THEN clock_timestamp() END)
        """,
        [register, severity, closed],
    )


def test_findings_that_are_open_are_counted_by_severity(
    settings: Settings, database: psycopg.Connection
) -> None:
    find(database, "a", "hold", closed=False)
    find(database, "b", "hold", closed=False)
    find(database, "c", "hold", closed=True)
    find(database, "d", "note", closed=False)
    database.commit()

    found = told(settings)

    assert found[EXCEPTIONS_OPEN, ("hold",)] == 2
    assert found[EXCEPTIONS_OPEN, ("review",)] == 0
    assert found[EXCEPTIONS_OPEN, ("note",)] == 1


def test_a_slot_says_what_is_kept_for_it_and_without_one_all_is_lost(
    settings: Settings, database: psycopg.Connection
) -> None:
    database.commit()
    assert told(settings)[SLOT_LOST, ()] == 1
    assert (SLOT_KEPT, ()) not in told(settings)

    name = slot(settings)
    database.autocommit = True
    database.execute("SELECT pg_create_logical_replication_slot(%s, 'pgoutput')", [name])
    try:
        begun = slot_of(database, name)
        for register in map(str, range(200)):
            find(database, register, "note", closed=False)
        found = told(settings)
        later = slot_of(database, name)
    finally:
        database.execute("SELECT pg_drop_replication_slot(%s)", [name])

    assert found[SLOT_LOST, ()] == 0
    assert begun is not None
    assert later is not None
    assert begun.kept_bytes < found[SLOT_KEPT, ()] <= later.kept_bytes
    assert slot_of(database, name) is None
    assert later == Slot(is_lost=False, kept_bytes=later.kept_bytes)


def test_a_namespace_without_a_database_is_an_error(settings: Settings) -> None:
    with pytest.raises(psycopg.OperationalError):
        told(settings.model_copy(update={"namespace": "nowhere"}))
