"""Which run options ask for."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from contracts.settings import Settings
from simulators.errors import FileError, OptionError
from simulators.fleet.plan import FleetPlan
from simulators.run.request import FleetOptions, RunOptions, requested_run
from simulators.run.scenario import load_scenario, run_of
from simulators.run.simulation import load_run

RULES = Settings()
START = datetime(2026, 3, 1, 12, tzinfo=UTC)


def test_without_options_a_hundred_meters_of_london_read_in_real_time() -> None:
    assert requested_run(RULES, RunOptions()) == load_run(RULES, FleetPlan(100, 1, "london"))


def test_options_describe_fleet_network_and_run() -> None:
    options = RunOptions(
        fleet=FleetOptions(meters=30, place="us", commodity="gas", cadence="5s", solar=0.0, ev=0.5),
        seed=4,
        start=START,
        seconds=90,
        rate="max",
        late=0.1,
        late_max="20m",
        repeat=0.2,
        malformed=0.3,
        processes=2,
        settle=False,
        record=False,
    )

    run = requested_run(RULES, options)

    assert run.plan == FleetPlan(30, 4, "london", "us", "gas", "5s", 0.0, 0.5)
    assert (run.network.late_share, run.network.late_max_s) == (0.1, 1_200)
    assert (run.network.repeat_share, run.network.malformed_share) == (0.2, 0.3)
    assert (run.start, run.seconds, run.rate, run.processes) == (START, 90, float("inf"), 2)
    assert (run.settle, run.record) == (False, False)


def test_a_scenario_is_run_as_it_stands() -> None:
    for name in ("storm", "legacy-theft"):
        assert requested_run(RULES, RunOptions(scenario=name)) == run_of(load_scenario(name))


def test_what_is_given_takes_the_place_of_what_the_scenario_says() -> None:
    storm = run_of(load_scenario("storm"))
    options = RunOptions(
        scenario="storm",
        fleet=FleetOptions(meters=7_000, solar=0.25),
        seconds=3_600,
        rate="500",
        late=0.0,
        late_max="2h",
        processes=3,
        settle=True,
        record=False,
    )

    run = requested_run(RULES, options)

    assert run == replace(
        storm,
        plan=replace(storm.plan, meters=7_000, solar=0.25),
        network=storm.network.model_copy(update={"late_share": 0.0, "late_max_s": 7_200.0}),
        seconds=3_600,
        rate=500.0,
        processes=3,
        settle=True,
        record=False,
    )


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (RunOptions(rate="fast"), "--rate is 'fast'"),
        (RunOptions(late=2.0), "--late is 2"),
        (RunOptions(late_max=""), "--late-max is ''"),
        (RunOptions(fleet=FleetOptions(profile="")), "--profile is ''"),
        (RunOptions(scenario="storm", late_max="soon"), "--late-max is 'soon'"),
        (RunOptions(scenario="storm", late=2.0), "scenario storm: network.late_share is 2"),
    ],
)
def test_a_value_that_cannot_be_used_is_named(options: RunOptions, message: str) -> None:
    with pytest.raises(OptionError, match=message):
        requested_run(RULES, options)


def test_a_scenario_that_is_not_there_is_refused() -> None:
    with pytest.raises(FileError, match="no scenario nowhere"):
        requested_run(RULES, RunOptions(scenario="nowhere"))
