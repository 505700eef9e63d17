from dataclasses import replace

import numpy as np
import orjson
import pytest
from jsonschema import Draft202012Validator

from contracts.reading import COMMODITIES, MAX_DEMAND, MAX_REGISTER, MAX_SEQ, MAX_TS_MS, SCHEMA_PATH
from simulators.batch import Batch, Intervals, concatenate
from simulators.demand.values import make_fleet, values
from simulators.fleet.plan import FleetPlan, make_registry
from simulators.sending.encoding import BLOCK, encoder

FLEET = make_fleet(make_registry(FleetPlan(300, commodity="mixed", place="us", solar=0.5)))
NOON_MS = 1_781_870_400_000 // 86_400_000 * 86_400_000 + 43_200_000


def readings(number: int) -> Batch:
    meter = (np.arange(number) % len(FLEET.registry)).astype(np.int32)
    return values(FLEET, meter, NOON_MS + np.arange(number, dtype=np.int64) // 300 * 1_000)


def test_messages_say_what_the_readings_are() -> None:
    batch = readings(2 * BLOCK + 17)
    assert (batch.demand_m < 0).any() and np.isnan(batch.voltage_v).any()
    registry = FLEET.registry
    validator = Draft202012Validator(orjson.loads(SCHEMA_PATH.read_bytes()))
    for row, message in enumerate(encoder(registry).encode(batch)):
        meter = batch.meter[row]
        said = orjson.loads(message)
        assert said == {
            "meter_id": registry.meter_id[meter].decode(),
            "geohash": registry.geohash[meter].decode(),
            "commodity": COMMODITIES[registry.commodity[meter]],
            "ts": batch.ts_ms[row],
            "seq": batch.seq[row],
            "register": batch.register_m[row] / 1_000,
            "demand": batch.demand_m[row] / 1_000,
            "voltage_v": None if np.isnan(batch.voltage_v[row]) else batch.voltage_v[row],
        }
        if row % 100 == 0:
            validator.validate(said)


def test_numbers_of_any_length() -> None:
    numbers = [0, 1, 9, 10, 999, 1_000, 1_001, 9_999, 10_000, 10_001, 99_999_999, 100_000_000]
    numbers += [10**digits + 1 for digits in range(3, 13)]
    amounts = np.array(numbers, dtype=np.int64)
    signed = np.concatenate([amounts, -amounts])
    batch = readings(len(signed))
    batch = replace(
        batch,
        register_m=np.concatenate([amounts, amounts]),
        demand_m=signed,
        seq=np.concatenate([amounts, amounts]),
        ts_ms=np.concatenate([amounts, amounts]),
        voltage_v=np.arange(len(signed)) * 33_333.3,
    )
    for row, message in enumerate(encoder(FLEET.registry).encode(batch)):
        said = orjson.loads(message)
        assert said["demand"] == signed[row] / 1_000
        assert said["register"] == abs(signed[row]) / 1_000
        assert said["seq"] == said["ts"] == abs(signed[row])
        assert said["voltage_v"] == pytest.approx(batch.voltage_v[row], abs=1e-9)
        assert isinstance(said["ts"], int)


def test_the_contracts_largest_numbers() -> None:
    batch = replace(
        readings(1),
        ts_ms=np.array([MAX_TS_MS]),
        seq=np.array([MAX_SEQ]),
        register_m=np.array([MAX_REGISTER * 1_000]),
        demand_m=np.array([-MAX_DEMAND * 1_000]),
    )
    said = orjson.loads(encoder(FLEET.registry).encode(batch)[0])
    assert (said["ts"], said["seq"]) == (MAX_TS_MS, MAX_SEQ)
    assert (said["register"], said["demand"]) == (MAX_REGISTER, -MAX_DEMAND)


def test_what_has_no_room_is_an_error_that_names_the_field() -> None:
    batch = replace(readings(1), demand_m=np.array([10**15]))
    with pytest.raises(ValueError, match="demand is 1000000000000"):
        encoder(FLEET.registry).encode(batch)


INTERVALS = make_registry(FleetPlan(300, cadence="mixed", kind="interval"))


def of_intervals(number: int) -> Batch:
    """Readings with every mix of what an interval may be, and energies of any length and sign."""
    row = np.arange(number)
    energy_m = 7 * 10 ** (row % 13) * np.where(row % 2, -1, 1)
    return replace(
        readings(number),
        meter=(row % len(INTERVALS)).astype(np.int32),
        intervals=Intervals(energy_m, row % 3 == 0, (row % 5 == 0).astype(np.int8)),
    )


def test_messages_of_interval_meters_say_energy_and_no_demand() -> None:
    batch = of_intervals(BLOCK + 177)
    assert batch.intervals is not None
    for row, message in enumerate(encoder(INTERVALS).encode(batch)):
        meter = batch.meter[row]
        marks = {"quality": "estimated"} if row % 3 == 0 else {}
        assert orjson.loads(message) == {
            "meter_id": INTERVALS.meter_id[meter].decode(),
            "geohash": INTERVALS.geohash[meter].decode(),
            "commodity": "electricity",
            "interval_ms": INTERVALS.cadence_ms[meter],
            "ts": batch.ts_ms[row],
            "seq": batch.seq[row],
            "register": batch.register_m[row] / 1_000,
            "energy": batch.intervals.energy_m[row] / 1_000,
            "voltage_v": None if np.isnan(batch.voltage_v[row]) else batch.voltage_v[row],
            **marks,
            **({"revision": 1} if row % 5 == 0 else {}),
        }


def test_a_part_of_interval_readings_joins_to_the_whole() -> None:
    batch = of_intervals(90)
    parts = concatenate(batch.take(slice(0, 31)), batch.take(np.arange(31, 90)))
    encode = encoder(INTERVALS)
    assert encode.encode(parts) == encode.encode(batch)


def test_a_negative_demand_leaves_no_trace_in_the_next_block() -> None:
    encode = encoder(FLEET.registry)
    batch = readings(50)
    plain = replace(batch, demand_m=np.abs(batch.demand_m))
    expected = encoder(FLEET.registry).encode(plain)
    encode.encode(replace(batch, demand_m=np.full(50, -123_456_789_012_345 // 1_000)))
    assert encode.encode(plain) == expected
