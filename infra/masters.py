"""A namespace's masters: its database with the tables, and the connector that captures changes."""

import time
from collections.abc import Sequence
from contextlib import suppress
from urllib.parse import urlsplit

from psycopg import Connection, errors, sql

from adapters.captured_tables import published_tables
from adapters.kafka_connect import ConnectRest
from adapters.postgres import connect, connect_to_server
from contracts.capture import PUBLICATION, connector, slot
from contracts.database import CREATE_RECORD, RECORD, database, schema_files
from contracts.settings import Settings
from contracts.topics import masters
from infra.errors import StackError

LOCK = 0x57617474
"""Of a database, held while its schema is changed: PostgreSQL's advisory locks are numbers."""

SLOT_TIMEOUT_S = 30.0
POLL_S = 0.1


def provision_masters(settings: Settings) -> None:
    """Create the namespace's database, tables and connector; what is there already stays. Its
    topic is there.

    Raises:
        StackError: a file of the schema that was applied has changed since, or is not known.
        ConnectError: Kafka Connect does not answer, or refuses.
        psycopg.OperationalError: PostgreSQL does not answer.
    """
    provision_database(settings)
    with connect(settings) as connection:
        tables = published_tables(connection)
    with ConnectRest(settings) as rest:
        rest.put(connector(settings), configuration(settings, tables))


def provision_database(settings: Settings) -> None:
    """Create the namespace's database with its tables; what is there already stays.

    Raises:
        StackError: a file of the schema that was applied has changed since, or is not known.
        psycopg.OperationalError: PostgreSQL does not answer.
    """
    with connect_to_server(settings) as server:
        name = database(settings)
        if server.execute("SELECT FROM pg_database WHERE datname = %s", [name]).fetchone() is None:
            create = sql.SQL("CREATE DATABASE {} ENCODING 'UTF8' TEMPLATE template0")
            # Somebody else may make it meanwhile.
            with suppress(errors.DuplicateDatabase, errors.UniqueViolation):
                server.execute(create.format(sql.Identifier(name)))
    with connect(settings) as connection:
        _apply(settings, connection)


def erase_masters(settings: Settings) -> None:
    """Delete what captures changes, and the database.

    Raises:
        StackError, ConnectError, psycopg.OperationalError: as `erase_capture`.
    """
    erase_capture(settings)
    with connect_to_server(settings) as server:
        drop = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)")
        server.execute(drop.format(sql.Identifier(database(settings))))


def erase_capture(settings: Settings) -> None:
    """Delete the connector with what it remembers, and its slot; no more is captured.

    Raises:
        ConnectError: Kafka Connect does not answer, or the connector does not stop.
        StackError: somebody else goes on reading from the slot.
        psycopg.OperationalError: PostgreSQL does not answer.
    """
    with ConnectRest(settings) as rest:
        rest.remove(connector(settings))
    with connect_to_server(settings) as server:
        _drop_slot(server, slot(settings))


def configuration(settings: Settings, tables: Sequence[str]) -> dict[str, str]:
    """The connector: what it reads, and how its records look (`contracts.capture`).

    Args:
        tables: Those of the publication. A first copy would else be of all that there are, with
            the names of customers.
    """
    server = urlsplit(settings.postgres.url)
    prefix = settings.namespace
    return {
        "connector.class": "io.debezium.connector.postgresql.PostgresConnector",
        "tasks.max": "1",
        "database.hostname": server.hostname or "",
        "database.port": str(server.port or 5432),
        "database.user": server.username or "",
        "database.password": server.password or "",
        "database.dbname": database(settings),
        "topic.prefix": prefix,
        "plugin.name": "pgoutput",
        "slot.name": slot(settings),
        "publication.name": PUBLICATION,
        "publication.autocreate.mode": "disabled",
        "table.include.list": ",".join(f"public.{table}" for table in tables),
        "snapshot.mode": "initial",
        "poll.interval.ms": "100",
        "heartbeat.interval.ms": "1000",
        "heartbeat.action.query": "UPDATE heartbeat SET beat = clock_timestamp()",
        # An idle slot would keep all of the log.
        "lsn.flush.mode": "connector_and_driver",
        "retriable.restart.connector.wait.ms": "1000",
        # For a moment the slot may still be held for a connector that died.
        "slot.retry.delay.ms": "1000",
        "status.update.interval.ms": "1000",
        "decimal.handling.mode": "string",
        "time.precision.mode": "isostring",
        # A crash between a deletion and its tombstone would lose the tombstone: be it one record.
        "transforms": "beat,row,route",
        "transforms.beat.type": "org.apache.kafka.connect.transforms.Filter",
        "transforms.beat.predicate": "of_debezium",
        "predicates": "of_debezium",
        "predicates.of_debezium.type": (
            "org.apache.kafka.connect.transforms.predicates.TopicNameMatches"
        ),
        "predicates.of_debezium.pattern": "__debezium-heartbeat\\..*",
        "transforms.row.type": "io.debezium.transforms.ExtractNewRecordState",
        "transforms.row.delete.tombstone.handling.mode": "delete-to-tombstone",
        "transforms.row.add.headers": "op,source.ts_ms,source.lsn,source.table",
        "transforms.route.type": "org.apache.kafka.connect.transforms.RegexRouter",
        "transforms.route.regex": ".*",
        "transforms.route.replacement": masters(settings).name,
    }


def _apply(settings: Settings, connection: Connection) -> None:
    with connection.transaction():
        connection.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
        connection.execute(CREATE_RECORD)
        select = sql.SQL("SELECT name, sha256 FROM {}").format(sql.Identifier(RECORD))
        applied: dict[str, str] = dict(connection.execute(select).fetchall())
        known = {file.name: file for file in schema_files()}
        if strange := [
            name
            for name, digest in applied.items()
            if name not in known or known[name].sha256 != digest
        ]:
            raise StackError(
                f"database {database(settings)} has {', '.join(sorted(strange))} of another build: "
                "use that build, or bring changes as a further file of contracts/postgres"
            )
        insert = sql.SQL("INSERT INTO {} (name, sha256) VALUES (%s, %s)").format(
            sql.Identifier(RECORD)
        )
        for file in known.values():
            if file.name not in applied:
                # Without parameters it may be any number of statements, in any text.
                connection.execute(file.text.encode())
                connection.execute(insert, [file.name, file.sha256])


def _drop_slot(server: Connection, name: str) -> None:
    """Once nobody reads from it: a connector's connection ends after its answer."""
    deadline = time.monotonic() + SLOT_TIMEOUT_S
    while True:
        found = server.execute(
            "SELECT active_pid FROM pg_replication_slots WHERE slot_name = %s", [name]
        ).fetchone()
        if found is None:
            return
        if found[0] is None:
            server.execute("SELECT pg_drop_replication_slot(%s)", [name])
            return
        if time.monotonic() > deadline:
            raise StackError(
                f"replication slot {name} is still read by process {found[0]} of PostgreSQL after "
                f"{SLOT_TIMEOUT_S:.0f} s; end whoever that is"
            )
        time.sleep(POLL_S)
