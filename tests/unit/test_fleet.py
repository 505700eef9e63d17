from collections import Counter
from itertools import pairwise

import numpy as np
import orjson
import pytest
from jsonschema import Draft202012Validator

from contracts.reading import SCHEMA_PATH, encode
from simulators.errors import OptionError
from simulators.fleet import make_fleet
from simulators.london_grid import homes

T_S = 1_770_000_000


def test_the_register_is_the_integral_of_the_demand() -> None:
    fleet = make_fleet(50, seed=3)
    for begin_s, length_s in ((T_S, 3_600), (T_S + 40_000, 86_400), (T_S, 7 * 86_400)):
        instants = begin_s + np.arange(0, length_s, 10) + 5
        demand = np.array([fleet.demand(t) for t in instants])
        energy = fleet.register(begin_s + length_s) - fleet.register(begin_s)
        assert energy == pytest.approx(demand.sum(axis=0) * 10 / 3_600, rel=1e-6)


def test_a_reading_depends_on_seed_meter_and_time_alone() -> None:
    large, small = make_fleet(300, seed=1), make_fleet(100, seed=1)
    assert large.readings(T_S)[:100] == small.readings(T_S)
    assert small.readings(T_S) == make_fleet(100, seed=1).readings(T_S)
    other = make_fleet(100, seed=2).readings(T_S)
    assert all(
        one.demand != two.demand for one, two in zip(small.readings(T_S), other, strict=True)
    )


def test_registers_never_go_back_and_seq_counts_seconds() -> None:
    fleet = make_fleet(100, seed=1)
    seconds = [fleet.readings(T_S + second) for second in range(120)]
    for before, after in pairwise(seconds):
        for one, two in zip(before, after, strict=True):
            assert two.register >= one.register
            assert (two.seq, two.ts) == (one.seq + 1, one.ts + 1_000)


def test_readings_keep_the_contract() -> None:
    validator = Draft202012Validator(orjson.loads(SCHEMA_PATH.read_bytes()))
    readings = make_fleet(1_000, seed=1).readings(T_S)
    for reading in readings:
        validator.validate(orjson.loads(encode(reading)))
        assert round(reading.register, 3) == reading.register
        assert round(reading.demand, 3) == reading.demand
        assert reading.geohash in homes()
        assert (reading.voltage_v is None) == (reading.commodity != "electricity")
        assert reading.voltage_v is None or 225 < reading.voltage_v < 235
    shares = Counter(reading.commodity for reading in readings)
    assert shares["electricity"] > 600 and shares["gas"] > 100 and shares["water"] > 100
    assert readings[0].meter_id == "sim-000001"


@pytest.mark.parametrize("meters", [0, -1, 9_863])
def test_a_fleet_without_meters_or_with_too_many_is_refused(meters: int) -> None:
    with pytest.raises(OptionError, match=f"--meters is {meters}: give 1 to 9862"):
        make_fleet(meters, seed=1)
