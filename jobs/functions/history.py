"""SQL functions that write rows of history to Cassandra.

Each writes its whole batch and waits for every acknowledgement before it returns, so a checkpoint
never completes ahead of a write. A row is a function of the log alone: writing it again after a
restart changes nothing.
"""

import gc

import pandas as pd
from pyflink.table import DataTypes
from pyflink.table.udf import FunctionContext, ScalarFunction, UserDefinedScalarFunctionWrapper, udf

from adapters.cassandra_alerts import alert_columns
from adapters.cassandra_history import Column, HistoryWriter, cql_day
from contracts.figures import FIGURE_NAMES, NULLABLE
from contracts.history import (
    ALERT_TABLES,
    AREA_COLUMNS,
    COLUMNS,
    MINUTE_MESSAGE,
    PERIOD_MESSAGE,
    bucket_of,
    keyspace,
)
from contracts.reading import AREA_LENGTH
from contracts.settings import Settings
from contracts.time import HOUR_MS


class _HistoryFunction(ScalarFunction):  # type: ignore[misc]
    def __init__(self, settings: Settings) -> None:
        # The job's graph holds what this function needs, and no secret of others.
        self.cassandra, self.keyspace = settings.cassandra, keyspace(settings)

    def open(self, function_context: FunctionContext) -> None:  # noqa: ARG002
        self.writer = HistoryWriter(self.cassandra, self.keyspace)
        # Rows are so many objects that the collector looks through all there are again and again.
        gc.collect()
        gc.freeze()

    def close(self) -> None:
        self.writer.close()

    def is_deterministic(self) -> bool:
        return False


class _WriteRows(_HistoryFunction):
    """Rows of figures of a meter, into one or more tables."""

    tables: tuple[str, ...]
    message: tuple[str, ...]

    def open(self, function_context: FunctionContext) -> None:
        super().open(function_context)
        self.inserts = [self.writer.insert(table, COLUMNS[table]) for table in self.tables]

    def eval(self, *values: pd.Series) -> "pd.Series[bool]":
        columns: dict[str, Column] = dict(zip(self.message, values, strict=True))
        columns["figures"] = pd.DataFrame({name: columns.pop(name) for name in FIGURE_NAMES})
        columns["bucket"] = pd.Series(list(map(bucket_of, columns["meter_id"])), dtype="int32")
        self.derive(columns)
        self.writer.write(self.inserts, columns, NULLABLE)
        return _acknowledged(values[0])

    def derive(self, columns: dict[str, Column]) -> None:
        """Add what only the partition keys have."""
        raise NotImplementedError


class _WriteMinutes(_WriteRows):
    tables, message = ("minutes_by_meter", "minutes_by_area"), MINUTE_MESSAGE

    def derive(self, columns: dict[str, Column]) -> None:
        columns["hour"] = columns["minute"] // HOUR_MS * HOUR_MS
        columns["area"] = columns["geohash"].str[:AREA_LENGTH]


class _WritePeriods(_WriteRows):
    tables, message = ("periods_by_meter",), PERIOD_MESSAGE

    def derive(self, columns: dict[str, Column]) -> None:
        period = columns["period"]
        assert isinstance(period, pd.Series)
        columns["day"] = cql_day(period)


class _WriteAreaMinutes(_HistoryFunction):
    def open(self, function_context: FunctionContext) -> None:
        super().open(function_context)
        self.by_day = self.writer.insert("area_minutes", AREA_COLUMNS)

    def eval(
        self, area: pd.Series, commodity: pd.Series, minute: pd.Series, *values: pd.Series
    ) -> "pd.Series[bool]":
        given = (area, cql_day(minute), commodity, minute, *values)
        self.writer.write([self.by_day], dict(zip(AREA_COLUMNS, given, strict=True)))
        return _acknowledged(minute)


class _WriteAlerts(_HistoryFunction):
    def open(self, function_context: FunctionContext) -> None:
        super().open(function_context)
        self.inserts = [self.writer.insert(table, COLUMNS[table]) for table in ALERT_TABLES]

    def eval(self, alert: pd.Series) -> "pd.Series[bool]":
        self.writer.write_singly(self.inserts, alert_columns(alert))
        return _acknowledged(alert)


def _acknowledged(rows: pd.Series) -> "pd.Series[bool]":
    return pd.Series([True] * len(rows))


def write_minutes(settings: Settings) -> UserDefinedScalarFunctionWrapper:
    """SQL function: MINUTE_MESSAGE, times in epoch ms, NULLABLE figures perhaps null; true once
    both minute tables have it."""
    return udf(_WriteMinutes(settings), result_type=DataTypes.BOOLEAN(), func_type="pandas")


def write_periods(settings: Settings) -> UserDefinedScalarFunctionWrapper:
    """SQL function: PERIOD_MESSAGE, as `write_minutes`; true once their table has it."""
    return udf(_WritePeriods(settings), result_type=DataTypes.BOOLEAN(), func_type="pandas")


def write_area_minutes(settings: Settings) -> UserDefinedScalarFunctionWrapper:
    """SQL function: (area, commodity, minute, readings, meters, silent, demand), the minute in
    epoch ms; true once Cassandra has it."""
    return udf(_WriteAreaMinutes(settings), result_type=DataTypes.BOOLEAN(), func_type="pandas")


def write_alerts(settings: Settings) -> UserDefinedScalarFunctionWrapper:
    """SQL function: a version of an alert, JSON in UTF-8; true once both tables of alerts have
    it."""
    return udf(_WriteAlerts(settings), result_type=DataTypes.BOOLEAN(), func_type="pandas")
