"""What simulated devices say is what the bridge's profiles of their kind read, and adds up to what
their appliances draw."""

from fractions import Fraction

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.settings import Settings
from services.bridge.mapping import Mapper
from services.bridge.routes import read_routes
from services.bridge.said import Message
from simulators.devices.kinds import SINCE_MS, Device, PulseBoard, TasmotaPlug
from simulators.devices.load import Load
from wattstream.demo_devices import BOARD, BRIDGE_FILE, EVERY_S, PLUG

T = 1_796_000_000_000
KETTLE = Load(((20, 2_000.0), (40, 1.5)))


def by_the_millisecond(load: Load, begin_ms: int, until_ms: int) -> Fraction:
    """Energy in Wh, the long way."""
    return Fraction(
        sum(Fraction(load.power_w(at_ms)) for at_ms in range(begin_ms, until_ms)), 3_600_000
    )


@given(st.integers(0, 10**13), st.integers(0, 400))
def test_energy_is_the_sum_of_power(at_ms: int, for_ms: int) -> None:
    load = Load(((1, 100.0), (2, 0.0), (1, 7.0)))
    drawn = load.energy_wh(at_ms + for_ms) - load.energy_wh(at_ms)
    assert drawn == pytest.approx(
        float(by_the_millisecond(load, at_ms, at_ms + for_ms)), abs=1e-4 + 1e-12 * at_ms
    )


def test_a_plug_counts_since_ever_in_kwh() -> None:
    plug = TasmotaPlug("p", KETTLE)
    minute_ms = T - T % 60_000
    (first,) = plug.publications(minute_ms)
    (second,) = plug.publications(minute_ms + 3_600_000)
    assert (first.topic, first.qos) == ("tele/p/SENSOR", 0)
    one, other = (orjson.loads(each.payload)["ENERGY"] for each in (first, second))
    # 20 of 60 s at 2,000 W and 40 at 1.5 W.
    assert other["Total"] - one["Total"] == pytest.approx(2 / 3 + 0.001, abs=0.0011)
    hours = (minute_ms - SINCE_MS) / 3_600_000
    assert one["Total"] == pytest.approx(hours * (2_000 + 3) / 3 / 1_000, abs=0.002)
    assert (one["Power"], one["Voltage"]) == (2_000, 230)


def test_a_board_forgets_no_flash() -> None:
    board = PulseBoard("b", KETTLE)
    assert list(board.publications(T)) == []
    flashes, at_ms = 0, T
    for step_ms in (1, 999, 5_000, 61_000, 7, 3_600_000):
        at_ms += step_ms
        (said,) = board.publications(at_ms)
        assert (said.topic, said.qos) == ("power/b", 1)
        flashes += orjson.loads(said.payload)["sensor_count_1"]
    assert flashes == int(KETTLE.energy_wh(at_ms)) - int(KETTLE.energy_wh(T))


def test_the_demonstrations_devices_are_meters_of_its_bridge() -> None:
    file = read_routes(BRIDGE_FILE, "bridge.toml")
    mapper = Mapper(file.route, {})
    every_ms = round(EVERY_S * 1_000)
    found: dict[str, list[tuple[float, float | None]]] = {}
    devices: tuple[Device, ...] = (
        TasmotaPlug(PLUG.name, PLUG.load),
        PulseBoard(BOARD.name, BOARD.load),
    )
    begin_ms = T - T % 60_000
    for n in range(100):
        at_ms = begin_ms + n * every_ms
        for device in devices:
            for each in device.publications(at_ms):
                message = Message(each.topic, each.payload, at_ms)
                heard = mapper.heard(message)
                (said,) = heard.said
                reading = mapper.reading(said, heard.route, message)
                assert reading is not None
                assert abs(reading.ts - at_ms) <= 1_000
                found.setdefault(reading.meter_id, []).append((reading.register, reading.demand))
    assert set(found) == {PLUG.name, f"{BOARD.name}:1"}
    for name, load in ((PLUG.name, PLUG.load), (f"{BOARD.name}:1", BOARD.load)):
        registers = [register for register, _ in found[name]]
        assert registers == sorted(registers)
        drawn = load.energy_wh(begin_ms + 99 * every_ms) - load.energy_wh(begin_ms + every_ms)
        first = registers[0] if name != PLUG.name else registers[1]
        assert registers[-1] - first == pytest.approx(drawn, abs=2)
    assert Settings().mqtt.url.startswith("mqtts://")
