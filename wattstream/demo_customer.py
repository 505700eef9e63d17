"""The customer of the demonstration: where it lives, and how it has chosen to be told."""

import numpy as np

from contracts.choices import KINDS_TO_CHOOSE, Choice
from simulators.demand.values import make_fleet, values
from simulators.faults.choice import resolve
from simulators.faults.kinds import FeederOutage
from simulators.fleet.plan import FleetPlan, make_registry
from wattstream.demo_receivers import HOME_CHANNEL

CUSTOMER = "ada"
ADDRESS = "ada@homes.example"


def home_of(plan: FleetPlan, outage: FeederOutage) -> str:
    """The meter of the customer: the first of the fleet whose power goes off, so that it is told
    of something."""
    registry = make_registry(plan)
    fleet = make_fleet(registry)
    # Whom it hits depends on the fleet alone, and not on when the run begins.
    (fault,) = resolve(
        (outage,),
        registry,
        lambda meter, ts_ms: values(fleet, meter, ts_ms),
        seed=plan.seed,
        begin_ms=0,
    )
    hit = registry.take(np.sort(fault.meter).astype(np.int64))
    return str(hit.meter_id[~hit.is_export][0].decode())


def chosen(at_ms: int) -> Choice:
    """How the customer wants to be told since a time: by mail, of all there is."""
    return Choice(
        customer=CUSTOMER,
        at_ms=at_ms,
        channel=HOME_CHANNEL,
        address=ADDRESS,
        kinds=KINDS_TO_CHOOSE,
        zone="UTC",
        language="en",
    )
