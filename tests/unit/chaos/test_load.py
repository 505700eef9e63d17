"""The load of a round has outages, and a fleet that is large enough for them."""

import pytest

from chaos.load import OUTAGES, fleet
from chaos.size import FULL, SHORT, Size
from contracts.settings import Settings
from simulators.demand.values import make_fleet, values
from simulators.faults.choice import resolve
from simulators.fleet.plan import make_registry


@pytest.mark.parametrize("size", [SHORT, FULL])
def test_feeders_go_dark_from_the_first_minutes_on(size: Size) -> None:
    run = fleet(Settings(_env_file=None), size, seed=7)  # type: ignore[call-arg]
    assert run.start is not None
    begin_ms = int(run.start.timestamp() * 1_000)
    registry = make_registry(run.plan)
    everything = make_fleet(registry)

    faults = resolve(
        run.faults,
        registry,
        lambda meter, ts_ms: values(everything, meter, ts_ms),
        seed=run.plan.seed,
        begin_ms=begin_ms,
    )

    assert len(faults) == len(OUTAGES)
    first = faults[0]
    assert len(set(first.place.tolist())) == 5
    assert begin_ms + 30_000 <= min(first.start_ms) < begin_ms + 510_000
    assert set((first.end_ms - first.start_ms).tolist()) == {90_000}
