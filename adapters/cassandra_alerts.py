"""Versions of alerts as rows of Cassandra (`contracts/cassandra/*alerts*.cql`), and read back."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

import pandas as pd
from msgspec import Struct
from msgspec.json import Decoder

from adapters.cassandra_history import Column, cql_day
from contracts.alerts import Alert, id_parts
from contracts.history import month_of

if TYPE_CHECKING:
    from cassandra.cluster import Session


class _Row(Struct):
    """What a row has beside the alert itself: of any kind, also of one that is not known here."""

    id: str
    version: int
    kind: str
    subject: str
    state: str
    severity: str
    opened_at_ms: int
    at_ms: int


_row = Decoder(_Row).decode
_alert = Decoder(Alert).decode


def alert_columns(versions: Iterable[bytes]) -> dict[str, Column]:
    """The columns of all tables of alerts, as `HistoryWriter.write` takes them.

    Args:
        versions: Values of the topic of alerts.

    Raises:
        msgspec.DecodeError: one is no alert.
    """
    values = list(versions)
    rows = list(map(_row, values))
    opened_at = pd.Series([row.opened_at_ms for row in rows], dtype="int64")
    return {
        "id": pd.Series([row.id for row in rows], dtype="object"),
        "version": pd.Series([row.version for row in rows], dtype="int32"),
        "kind": pd.Series([row.kind for row in rows], dtype="object"),
        "subject": pd.Series([row.subject for row in rows], dtype="object"),
        "state": pd.Series([row.state for row in rows], dtype="object"),
        "severity": pd.Series([row.severity for row in rows], dtype="object"),
        "opened_at": opened_at,
        "at": pd.Series([row.at_ms for row in rows], dtype="int64"),
        "day": cql_day(opened_at),
        "month": cql_day(_month_begin_ms(opened_at)),
        "alert": pd.Series([value.decode() for value in values], dtype="object"),
    }


def _month_begin_ms(time_ms: "pd.Series[int]") -> "pd.Series[int]":
    months = time_ms.to_numpy().astype("datetime64[ms]").astype("datetime64[M]")
    return pd.Series(months.astype("datetime64[ms]").astype("int64"))


def read_versions(session: "Session", keyspace: str, an_id: str) -> list[Alert]:
    """All versions of an alert that Cassandra has, in their order.

    Raises:
        ValueError: it is no id of an alert.
        cassandra.DriverException, cassandra.cluster.NoHostAvailable: Cassandra does not answer as
            it should.
    """
    _, subject, opened_at_ms = id_parts(an_id)
    rows = session.execute(
        f"SELECT alert FROM {keyspace}.alerts_by_subject"
        " WHERE subject = %s AND month = %s AND opened_at = %s AND id = %s",
        (subject, month_of(opened_at_ms), opened_at_ms, an_id),
    )
    return [_alert(row.alert) for row in rows]
