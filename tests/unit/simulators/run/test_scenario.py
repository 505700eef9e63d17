from functools import partial
from pathlib import Path

import numpy as np
import pytest

from simulators.demand.values import make_fleet, values
from simulators.errors import FileError, OptionError
from simulators.faults.choice import resolve
from simulators.faults.effects import apply
from simulators.fleet.plan import make_registry
from simulators.run.scenario import Scenario, load_scenario, ready_scenarios, run_of
from simulators.supply.supplied import with_supply

MINIMAL = """
description = "test"
start = 2013-01-15T16:00:00Z
minutes = 10
"""
NAMES = (
    "ami",
    "backfill",
    "blackout",
    "clocks",
    "evening-peak",
    "flicker",
    "intervals",
    "legacy-theft",
    "malformed",
    "messy",
    "nested",
    "odd-hours",
    "outages",
    "overload",
    "quiet",
    "storm",
    "thieves",
    "writer-dead",
)


def load(tmp_path: Path, text: str, **overrides: object) -> Scenario:
    file = tmp_path / "mine.toml"
    file.write_text(text)
    return load_scenario(str(file), overrides)


def test_all_ready_scenarios_load_and_say_what_they_are_in_one_line() -> None:
    scenarios = ready_scenarios()
    assert [scenario.name for scenario in scenarios] == list(NAMES)
    for scenario in scenarios:
        assert "\n" not in scenario.description and 20 < len(scenario.description) <= 63


def test_fleet_and_network_take_seed_and_beginning_from_the_scenario(tmp_path: Path) -> None:
    scenario = load(tmp_path, MINIMAL + "seed = 4\n[network]\nlate_share = 0.1\n")
    assert scenario.name == "mine"
    assert scenario.begin_ms == 1_358_265_600_000
    assert scenario.end_ms == scenario.begin_ms + 600_000
    assert scenario.network.seed == scenario.fleet.seed == 4
    assert scenario.network.begin_ms == scenario.begin_ms
    assert scenario.network.late_share == 0.1
    assert scenario.rate == float("inf") and scenario.faults == ()


def test_what_the_command_line_says_takes_the_files_place(tmp_path: Path) -> None:
    text = MINIMAL + "rate = 10\n[fleet]\nmeters = 5\ncadence = '5s'\n"
    scenario = load(tmp_path, text, seed=9, rate="max", fleet={"meters": 7})
    assert (scenario.seed, scenario.network.seed, scenario.rate) == (9, 9, float("inf"))
    assert (scenario.fleet.meters, scenario.fleet.cadence) == (7, "5s")
    assert load(tmp_path, text, rate=None, fleet={"meters": None}).rate == 10


def test_a_scenario_is_a_run(tmp_path: Path) -> None:
    text = MINIMAL + "[network]\nlate_share = 0.1\n[[faults]]\nkind = 'spike'\ncount = 1\n"
    scenario = load(tmp_path, text)
    run = run_of(scenario, processes=2)
    assert (run.name, run.seconds, run.rate, run.processes) == ("mine", 600, float("inf"), 2)
    assert (run.plan, run.network, run.faults) == (
        scenario.fleet,
        scenario.network,
        scenario.faults,
    )
    assert run.start == scenario.start
    live = run_of(load(tmp_path, text, rate="real"))
    assert live.rate is None and live.start is None


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "scenario mine: description is missing"),
        (MINIMAL + "minuts = 3", "minuts is not an option"),
        (MINIMAL.replace("Z", ""), "start is "),
        (MINIMAL.replace("10", "-10"), "minutes is -10: give 0.01 to"),
        (MINIMAL + "rate = 'fast'", "rate is 'fast': give `max`, `real` or readings a second"),
        (MINIMAL + "[network]\nlate_share = 1.4", "network.late_share is 1.4: give 0 to 1"),
        (MINIMAL + "[network]\nseed = 1", "network.seed is not an option"),
        (
            MINIMAL + "[[network.link_losses]]\nareas=['london']\nafter_minutes=1\nminutes=1",
            "network.link_losses[1].areas[1] is 'london'",
        ),
        (MINIMAL + "[fleet]\nmeters = 0", "fleet.meters is 0: give 1 to"),
        (MINIMAL + "[fleet]\nmetres = 10", "fleet.metres is not an option"),
        (
            MINIMAL + "[[faults]]\nkind = 'spike'\ncount = 1\nafter_minutes = 10",
            "faults[1] (spike) would begin after 10 minutes, but the run is over after 10",
        ),
        (
            MINIMAL + "[[faults]]\nkind = 'theft_bypass'\ncount = 1\nminutes = 3\nshare_read = 2",
            "faults[1].theft_bypass.share_read is 2: give 0 to 1",
        ),
    ],
)
def test_a_wrong_value_names_its_field(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(OptionError) as error:
        load(tmp_path, text)
    assert message in str(error.value)


def test_a_scenario_that_is_none_is_refused_with_those_there_are(tmp_path: Path) -> None:
    with pytest.raises(FileError, match=r"no scenario strom: .*quiet, storm, thieves"):
        load_scenario("strom")
    with pytest.raises(FileError, match="cannot be read as TOML"):
        load(tmp_path, "description = ")


@pytest.mark.parametrize("name", NAMES)
def test_every_fleet_is_large_enough_for_its_faults(name: str) -> None:
    scenario = load_scenario(name)
    fleet = make_fleet(make_registry(scenario.fleet))
    fleet = with_supply(fleet, scenario.fleet, scenario.faults, scenario.begin_ms)
    faults = resolve(
        scenario.faults,
        fleet.registry,
        partial(values, fleet),
        seed=scenario.seed,
        begin_ms=scenario.begin_ms,
    )
    assert len(faults) == len(scenario.faults)
    assert all(len(fault.meter) for fault in faults)


FEW_THIEVES = """
description = "Two weeks of thieves"
start = 2013-02-05T00:00:00Z
minutes = 20_160
[fleet]
meters = 60
cadence = "30m"
[[faults]]
kind = "theft_bypass"
count = 12
after_minutes = 7_200
spread_minutes = 4_320
minutes = 5_760
share_read = 0.25
[[faults]]
kind = "high_use"
count = 6
after_minutes = 7_200
spread_minutes = 4_320
minutes = 2_880
factor = 1.4
"""


def test_what_thieves_let_the_meter_see_is_still_consistent(tmp_path: Path) -> None:
    """Of London's homes: energy is demand times time, but where the register was tampered with."""
    scenario = load(tmp_path, FEW_THIEVES)
    fleet = make_fleet(make_registry(scenario.fleet))
    fleet = with_supply(fleet, scenario.fleet, scenario.faults, scenario.begin_ms)
    faults = resolve(
        scenario.faults,
        fleet.registry,
        partial(values, fleet),
        seed=scenario.seed,
        begin_ms=scenario.begin_ms,
    )
    scaled = [fault for fault in faults if fault.options.kind in ("theft_bypass", "high_use")]
    assert sum(len(fault.meter) for fault in scaled) == 18
    for fault in scaled:
        for row, meter in enumerate(fault.meter.tolist()):
            ts_ms = np.arange(
                fault.start_ms[row] - 3_600_000, fault.end_ms[row] + 3_600_000, 1_800_000
            )
            clean = values(fleet, np.full(len(ts_ms), meter, dtype=np.int32), ts_ms)
            came = apply(faults, clean)
            energy_m = np.diff(came.register_m)
            assert energy_m.min() >= 0
            # register and fault round down, at both ends of the half-hour
            assert np.abs(energy_m - came.demand_m[1:] / 2).max() < 3
            gap_m = clean.register_m[-1] - clean.register_m[0] - energy_m.sum()
            assert gap_m > 0 if fault.options.kind == "theft_bypass" else gap_m < 0


@pytest.mark.parametrize("text", ['fleet = "x"', "network = 3"])
def test_a_table_that_is_none_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "odd.toml"
    path.write_text(f'description = "odd"\nstart = 2013-01-15T16:00:00Z\nminutes = 1\n{text}\n')
    with pytest.raises(OptionError, match=r"give a table \["):
        load_scenario(str(path), {"fleet": {"meters": 5}})
