"""What is said when Kafka Connect cannot be asked, and what it says of a connector that failed."""

import pytest

from adapters.kafka_connect import ConnectError, ConnectRest, failures, reason
from contracts.settings import Settings

TRACE = """org.apache.kafka.connect.errors.ConnectException: Task threw an uncaught exception.
\tat org.apache.kafka.connect.runtime.WorkerTask.run(WorkerTask.java:259)
Caused by: io.debezium.DebeziumException: Creation of replication slot failed
\tat io.debezium.connector.postgresql.PostgresConnectorTask.start(PostgresConnectorTask.java:1)
\t... 9 more
Caused by: org.postgresql.util.PSQLException: ERROR: all replication slots are in use
  Hint: Free one or increase max_replication_slots.
\tat org.postgresql.core.v3.QueryExecutorImpl.receiveErrorResponse(QueryExecutorImpl.java:2)
"""


def test_a_connect_that_cannot_be_reached_is_told_with_its_address() -> None:
    settings = Settings(connect_url="http://me:secret@127.0.0.1:1")

    with pytest.raises(ConnectError) as raised, ConnectRest(settings) as rest:
        rest.state("masters")

    message = str(raised.value)
    assert message.startswith("Kafka Connect does not answer at http://127.0.0.1:1 as it should (")
    assert "WATTSTREAM_CONNECT_URL" in message
    assert "secret" not in message


def test_the_reason_is_the_innermost_cause() -> None:
    assert reason(TRACE) == (
        "org.postgresql.util.PSQLException: ERROR: all replication slots are in use"
    )
    assert reason("") == ""


def test_a_connector_has_failed_where_a_task_of_it_has() -> None:
    def told(connector: str, *tasks: dict[str, str]) -> dict[str, object]:
        return {"status": {"connector": {"state": connector}, "tasks": list(tasks)}}

    answer = {
        "well": told("RUNNING", {"state": "RUNNING"}),
        "ill": told("RUNNING", {"state": "RUNNING"}, {"state": "FAILED", "trace": TRACE}),
        "starting": told("UNASSIGNED"),
        "wrong": told("FAILED"),
    }

    assert failures(answer) == {"ill": reason(TRACE), "wrong": ""}
