"""Write live state to Redis: one command for all rows of a batch that share a hash.

Each function writes its whole batch and waits for the answer before it returns, so a checkpoint
never completes ahead of a write. A failed write raises: the job restarts from its checkpoint and
writes the same rows again; what is newer in Redis meanwhile stays.
"""

from collections import defaultdict
from typing import Any

import pandas as pd
import redis
from msgspec.json import Decoder, Encoder
from pyflink.table import DataTypes
from pyflink.table.udf import FunctionContext, ScalarFunction, UserDefinedScalarFunctionWrapper, udf

from adapters.connect import redis_client
from adapters.redis_alerts import write_alerts
from adapters.redis_live import LiveWriter, removal
from adapters.redis_notes import notes_of, write_notes
from contracts.alerts import Alert
from contracts.live import LiveGroup, group_key, largest_key, live_key
from contracts.settings import Settings

Hashes = dict[Any, dict[Any, bytes]]
"""What names a hash of Redis, to field to value."""

_json = Encoder().encode
_alert = Decoder(Alert).decode


class _RedisFunction(ScalarFunction):  # type: ignore[misc]
    def __init__(self, settings: Settings) -> None:
        # The job's graph holds what this function needs, and no secret of others.
        self.store, self.namespace = settings.redis, settings.namespace

    def open(self, function_context: FunctionContext) -> None:  # noqa: ARG002
        self.redis: redis.Redis = redis_client(self.store)
        self.writer = LiveWriter(self.redis)

    def close(self) -> None:
        self.redis.close()

    def is_deterministic(self) -> bool:
        return False

    def write(self, hashes: Hashes, slice_end_ms: "pd.Series[int]") -> "pd.Series[bool]":
        """Write values of slices with these ends, and wait for the answer."""
        self.writer.write(hashes, (int(slice_end_ms.min()), int(slice_end_ms.max())))
        return pd.Series([True] * len(slice_end_ms))


class _WriteLiveMeters(_RedisFunction):
    def eval(self, *columns: pd.Series) -> "pd.Series[bool]":
        slice_end_ms, commodity, area, meter_id, value = _by_slice(columns, 0)
        if value.isna().any():
            value = value.where(value.notna(), slice_end_ms.map(removal))
        hashes: Hashes = defaultdict(dict)
        for kind, place, meter, text in zip(commodity, area, meter_id, value, strict=True):
            hashes[kind, place][meter] = text
        keyed = {live_key(self.namespace, *names): fields for names, fields in hashes.items()}
        return self.write(keyed, slice_end_ms)


class _WriteLiveGroups(_RedisFunction):
    def eval(self, *columns: pd.Series) -> "pd.Series[bool]":
        group, name, commodity, slice_end_ms, demand, *meters, energy = _by_slice(columns, 3)
        values = zip(
            slice_end_ms.tolist(),
            (demand / 1000).tolist(),
            *(count.tolist() for count in meters),
            (energy / 1000).tolist(),
            strict=True,
        )
        hashes: Hashes = defaultdict(dict)
        for kind, each, of, value in zip(group, name, commodity, values, strict=True):
            hashes[kind, of][each] = _json(LiveGroup(*value))
        keyed = {group_key(self.namespace, *names): fields for names, fields in hashes.items()}
        return self.write(keyed, slice_end_ms)


class _WriteLiveLargest(_RedisFunction):
    def eval(self, *columns: pd.Series) -> "pd.Series[bool]":
        slice_end_ms, commodity, measure, value = _by_slice(columns, 0)
        hashes: Hashes = defaultdict(dict)
        for of, by, text in zip(commodity, measure, value, strict=True):
            hashes[largest_key(self.namespace, of)][by] = text
        return self.write(hashes, slice_end_ms)


class _WriteLiveAlerts(_RedisFunction):
    def eval(self, alert: pd.Series) -> "pd.Series[bool]":
        write_alerts(self.redis, self.namespace, map(_alert, alert))
        return pd.Series([True] * len(alert))


class _WriteLiveNotes(_RedisFunction):
    def eval(self, note: pd.Series) -> "pd.Series[bool]":
        write_notes(self.redis, self.namespace, notes_of(note))
        return pd.Series([True] * len(note))


def _by_slice(columns: tuple[pd.Series, ...], end: int) -> tuple[pd.Series, ...]:
    """The rows of a batch in the order of the slices' ends, which that column has, and otherwise as
    they came: of several for one field the last one counts."""
    if columns[end].is_monotonic_increasing:
        return columns
    order = columns[end].argsort(kind="stable")
    return tuple(column.iloc[order].reset_index(drop=True) for column in columns)


def write_live_meters(settings: Settings) -> UserDefinedScalarFunctionWrapper:
    """SQL function: (slice_end_ms, commodity, area, meter_id, value), the value a `LiveMeter` as
    JSON, or null if the meter is no longer in the area; true once Redis has it."""
    return udf(_WriteLiveMeters(settings), result_type=DataTypes.BOOLEAN(), func_type="pandas")


def write_live_groups(settings: Settings) -> UserDefinedScalarFunctionWrapper:
    """SQL function: (kind, name, commodity, slice_end_ms, demand, reporting, holding, silent,
    energy_today) of an area's, feeder's or region's slice, demand and energy in thousandths; true
    once Redis has it."""
    return udf(_WriteLiveGroups(settings), result_type=DataTypes.BOOLEAN(), func_type="pandas")


def write_live_largest(settings: Settings) -> UserDefinedScalarFunctionWrapper:
    """SQL function: (slice_end_ms, commodity, measure, value), the value a `Largest` as JSON; true
    once Redis has it."""
    return udf(_WriteLiveLargest(settings), result_type=DataTypes.BOOLEAN(), func_type="pandas")


def write_live_alerts(settings: Settings) -> UserDefinedScalarFunctionWrapper:
    """SQL function: (alert), a version of a `contracts.alerts.Alert` as JSON; true once Redis has
    it, or a higher one of the same alert."""
    return udf(_WriteLiveAlerts(settings), result_type=DataTypes.BOOLEAN(), func_type="pandas")


def write_live_notes(settings: Settings) -> UserDefinedScalarFunctionWrapper:
    """SQL function: (note), a `contracts.notes.Note` as JSON in UTF-8; true once Redis has it, or
    if it is none: whoever may write a note must not be able to stop alerts."""
    return udf(_WriteLiveNotes(settings), result_type=DataTypes.BOOLEAN(), func_type="pandas")
