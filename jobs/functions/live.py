"""Write live state to Redis: one command for all rows of a batch that share a hash.

Each function writes its whole batch and waits for the answer before it returns, so a checkpoint
never completes ahead of a write. A failed write raises: the job restarts from its checkpoint and
writes the same rows again; what is newer in Redis meanwhile stays.
"""

from collections import defaultdict
from typing import Any

import pandas as pd
import redis
from msgspec.json import Encoder
from pyflink.table import DataTypes
from pyflink.table.udf import FunctionContext, ScalarFunction, UserDefinedScalarFunctionWrapper, udf

from adapters.connect import redis_client
from adapters.redis_live import write_slices
from contracts.live import LiveArea, areas_key, live_key
from contracts.settings import Settings

Hashes = dict[str, dict[Any, bytes]]
"""Redis key, or what is in it, to field to value."""

_json = Encoder().encode


class _RedisFunction(ScalarFunction):  # type: ignore[misc]
    def __init__(self, settings: Settings) -> None:
        # The job's graph holds what this function needs, and no secret of others.
        self.store, self.namespace = settings.redis, settings.namespace

    def open(self, function_context: FunctionContext) -> None:  # noqa: ARG002
        self.redis: redis.Redis = redis_client(self.store)

    def close(self) -> None:
        self.redis.close()

    def is_deterministic(self) -> bool:
        return False

    def write(self, hashes: Hashes, slice_end_ms: "pd.Series[int]") -> "pd.Series[bool]":
        """Write values of slices with these ends, and wait for the answer."""
        write_slices(self.redis, hashes, (int(slice_end_ms.min()), int(slice_end_ms.max())))
        return pd.Series([True] * len(slice_end_ms))


class _WriteLiveMeters(_RedisFunction):
    def eval(self, slice_end_ms: "pd.Series[int]", *columns: pd.Series) -> "pd.Series[bool]":
        by_area: Hashes = defaultdict(dict)
        for area, meter_id, value in zip(*columns, strict=True):
            by_area[area][meter_id] = value
        hashes = {live_key(self.namespace, area): fields for area, fields in by_area.items()}
        return self.write(hashes, slice_end_ms)


class _WriteLiveAreas(_RedisFunction):
    def eval(self, slice_end_ms: "pd.Series[int]", *columns: pd.Series) -> "pd.Series[bool]":
        (commodity, area, meters, readings, demand) = columns
        values = zip(
            slice_end_ms.tolist(),
            meters.tolist(),
            readings.tolist(),
            (demand / 1000).tolist(),
            strict=True,
        )
        hashes: Hashes = defaultdict(dict)
        for kind, place, value in zip(commodity, area, values, strict=True):
            hashes[areas_key(self.namespace, kind)][place] = _json(LiveArea(*value))
        return self.write(hashes, slice_end_ms)


def write_live_meters(settings: Settings) -> UserDefinedScalarFunctionWrapper:
    """SQL function: (slice_end_ms, area, meter_id, value) of a meter's slice, the value as
    `live_meter_json` makes it; true once Redis has it."""
    return udf(_WriteLiveMeters(settings), result_type=DataTypes.BOOLEAN(), func_type="pandas")


def write_live_areas(settings: Settings) -> UserDefinedScalarFunctionWrapper:
    """SQL function: (slice_end_ms, commodity, area, meters, readings, demand) of an area's slice,
    demand in thousandths; true once Redis has it."""
    return udf(_WriteLiveAreas(settings), result_type=DataTypes.BOOLEAN(), func_type="pandas")
