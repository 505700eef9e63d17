"""Cassandra: the tables of a namespace's keyspace (`contracts/cassandra/*.cql`).

A minute of a meter is one on-time row (`corrected_at` = the epoch) plus one row per correction.
The minute is their merge: counts and sums added, minima and maxima taken, `first_*` from the row
with the smallest (`first_at`, `first_seq`), `last_*` from the row with the largest (`last_at`,
`last_seq`); of rows that share both the one with the largest `corrected_at` has the later word.
Periods likewise. A minute of a meter that reads seldom is left out where the period's row with the
same `corrected_at` says the same.

An alert is a row for each of its versions (`contracts.alerts`), the whole of it as JSON in `alert`.
"""

import zlib
from datetime import UTC, date, datetime
from pathlib import Path
from string import Template
from typing import LiteralString

from contracts.figures import FIGURE_NAMES, FIGURES
from contracts.settings import Settings
from contracts.time import SECOND_MS

ON_TIME = datetime.fromtimestamp(0, UTC)
"""`corrected_at` of a minute's on-time row."""

BUCKETS = 256
"""Of `minutes_by_meter`. A fleet of ten million meters makes partitions of some 500 MiB, one of a
hundred thousand of 5 MiB; docs/decisions/0010-meters-share-partitions.md."""

_MINUTE = ("meter_id", "minute", "corrected_at", "geohash", "commodity")

MINUTE_COLUMNS: tuple[LiteralString, ...] = (*_MINUTE, "figures")
"""Columns of both minute tables, besides what only the partition key has: `bucket` and `hour`, or
`area`."""

MINUTE_MESSAGE: tuple[LiteralString, ...] = (*_MINUTE, *FIGURE_NAMES)
"""What a row has on its way from job to job."""

_PERIOD = ("meter_id", "period", "corrected_at", "geohash", "commodity")

PERIOD_COLUMNS: tuple[LiteralString, ...] = (*_PERIOD, "figures")
"""Columns of `periods_by_meter`, besides `bucket` and `day`."""

PERIOD_MESSAGE: tuple[LiteralString, ...] = (*_PERIOD, *FIGURE_NAMES)
"""What a row has on its way from job to job."""

AREA_COLUMNS: tuple[LiteralString, ...] = (
    "area",
    "day",
    "commodity",
    "minute",
    "readings",
    "meters",
    "silent",
    "demand",
)
"""Columns of `area_minutes`."""

_ALERT = ("opened_at", "id", "version")
_OF_ALERT = ("at", "state", "severity", "alert")

ALERT_TABLES = ("alerts_by_day", "alerts_by_subject")
"""Tables of the versions of alerts: the same rows by two access paths."""

PARTITION_KEYS = {
    "minutes_by_meter": ("bucket", "hour"),
    "minutes_by_area": ("area", "minute"),
    "periods_by_meter": ("bucket", "day"),
    "area_minutes": ("area", "day"),
    "alerts_by_day": ("day", "kind"),
    "alerts_by_subject": ("subject", "month"),
}
"""Partition key of each table."""

COLUMNS = {
    "minutes_by_meter": ("bucket", "hour", *MINUTE_COLUMNS),
    "minutes_by_area": ("area", *MINUTE_COLUMNS),
    "periods_by_meter": ("bucket", "day", *PERIOD_COLUMNS),
    "area_minutes": AREA_COLUMNS,
    "alerts_by_day": ("day", "kind", *_ALERT, "subject", *_OF_ALERT),
    "alerts_by_subject": ("subject", "month", *_ALERT, "kind", *_OF_ALERT),
}
"""Columns of each table."""


def bucket_of(meter_id: str) -> int:
    """The bucket of a meter's rows: CRC-32 of its id, as zlib has it, modulo BUCKETS."""
    return zlib.crc32(meter_id.encode()) % BUCKETS


def month_of(time_ms: int) -> date:
    """The first day of a time's UTC month, as `alerts_by_subject` has it."""
    return datetime.fromtimestamp(time_ms / SECOND_MS, UTC).date().replace(day=1)


def keyspace(settings: Settings) -> str:
    """The namespace's keyspace."""
    return settings.namespace


def schema_statements(settings: Settings) -> list[str]:
    """The CQL that creates keyspace and tables, in order; running it again changes nothing."""
    values = {
        "keyspace": keyspace(settings),
        "replication": settings.cassandra.replication,
        "figures": ",\n    ".join(f"{figure.name} {figure.type}" for figure in FIGURES),
    }
    return [
        Template(path.read_text()).substitute(values)
        for path in sorted((Path(__file__).parent / "cassandra").glob("*.cql"))
    ]
