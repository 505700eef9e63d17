"""Write live state to Redis: one call for all rows of a batch that share a hash.

Each function writes its whole batch and waits for the answer before it returns, so a checkpoint
never completes ahead of a write. A failed write raises: the job restarts from its checkpoint and
writes the same rows again; what is newer in Redis meanwhile stays.
"""

from collections import defaultdict

import orjson
import pandas as pd
import redis
from pyflink.table import DataTypes
from pyflink.table.udf import FunctionContext, ScalarFunction, UserDefinedScalarFunctionWrapper, udf

from contracts.endpoints import redis_client
from contracts.live import LiveArea, LiveMeter, areas_key, live_key
from contracts.live_write import write_unless_newer
from contracts.settings import Settings
from jobs.sinks import stamped_register

Hashes = dict[str, dict[str, bytes]]
"""Redis key to field to value."""


class _WriteLive(ScalarFunction):  # type: ignore[misc]
    def __init__(self, settings: Settings) -> None:
        self.settings = settings

    def open(self, function_context: FunctionContext) -> None:  # noqa: ARG002
        self.redis: redis.Redis = redis_client(self.settings)

    def close(self) -> None:
        self.redis.close()

    def is_deterministic(self) -> bool:
        return False

    def eval(self, slice_end: "pd.Series[pd.Timestamp]", *columns: pd.Series) -> "pd.Series[bool]":
        (commodity, area, meter_id, geohash, readings, due, last_stamped, *demands) = columns
        slice_end_ms = stamped_register.epoch_ms(slice_end)
        # A slice that ends on a minute belongs to the minute before.
        minute_ms = (slice_end_ms - 1) // 60_000 * 60_000
        rows = zip(
            slice_end_ms.tolist(),
            commodity,
            area,
            meter_id,
            geohash,
            readings.tolist(),
            due.tolist(),
            stamped_register.time_ms(last_stamped, minute_ms).tolist(),
            stamped_register.register(last_stamped).tolist(),
            *((demand / 1000).tolist() for demand in demands),
            strict=True,
        )
        hashes: Hashes = defaultdict(dict)
        for end, kind, place, meter, where, received, expected, last, register, *demand in rows:
            mean, lowest, highest = demand
            if meter:
                hashes[live_key(self.settings, place)][meter] = orjson.dumps(
                    LiveMeter(
                        slice_end_ms=end,
                        last_ms=last,
                        geohash=where,
                        commodity=kind,
                        readings=received,
                        expected=expected,
                        register=register,
                        demand=mean,
                        demand_min=lowest,
                        demand_max=highest,
                    )
                )
            else:
                hashes[areas_key(self.settings, kind)][place] = orjson.dumps(
                    LiveArea(slice_end_ms=end, meters=expected, readings=received, demand=mean)
                )
        self._write(hashes)
        return pd.Series([True] * len(slice_end))

    def _write(self, hashes: Hashes) -> None:
        with self.redis.pipeline(transaction=False) as pipeline:
            for key, fields in hashes.items():
                write_unless_newer(pipeline, key, fields)
            pipeline.execute()


def write_live(settings: Settings) -> UserDefinedScalarFunctionWrapper:
    """SQL function: (slice_end, commodity, area, meter_id, geohash, readings, expected,
    last_stamped, demand, demand_min, demand_max) of a meter's slice, demand in thousandths; with an
    empty meter_id of an area's, whose meters are `expected`. True once Redis has it."""
    return udf(_WriteLive(settings), result_type=DataTypes.BOOLEAN(), func_type="pandas")
