"""What grows with every month is looked for by an index."""

import psycopg
import pytest


@pytest.mark.parametrize(
    ("query", "index"),
    [
        ("SELECT * FROM document WHERE month = '2013-03'", "document_month_idx"),
        ("SELECT * FROM vee_exception WHERE opened_by_run IN (7)", "vee_exception_opened"),
        ("SELECT * FROM vee_exception WHERE closed_by_run IN (7)", "vee_exception_closed"),
        (
            "SELECT max(month) FROM ledger_line "
            "WHERE customer_id > 0 AND split_part(component, '/', 1) = 'flat'",
            "ledger_line_split_part_month_idx",
        ),
        ("SELECT * FROM ledger_line WHERE month = '2013-03' AND customer_id = 1", "ledger_line_"),
        ("SELECT * FROM ledger_line WHERE document_id = 1", "ledger_line_document_id_idx"),
        ("SELECT * FROM document_line WHERE document_id = 1", "ledger_line_document_id_idx"),
        ("SELECT * FROM document_line WHERE document_id = 1", "later_line_document_id_idx"),
        ("SELECT * FROM waiting_line", "ledger_line_run_id_idx1"),
        ("SELECT * FROM charge WHERE run_id = 1 AND customer_id = 1", "charge_"),
    ],
)
def test_there_is_one(database: psycopg.Connection, query: str, index: str) -> None:
    # Of a small table PostgreSQL would rather read all.
    database.execute("SET enable_seqscan = off")
    plan = "\n".join(row[0] for row in database.execute("EXPLAIN " + query))
    assert index in plan
