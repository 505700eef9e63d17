"""Every fault, in the order in which they are run and reported."""

from chaos.fault import Fault
from chaos.faults import bridge, capture, delivery, deployment, gateways, processes, storage, stores

FAULTS: tuple[Fault, ...] = (
    *processes.FAULTS,
    *stores.FAULTS,
    *storage.FAULTS,
    *deployment.FAULTS,
    *delivery.FAULTS,
    *capture.FAULTS,
    *bridge.FAULTS,
    *gateways.FAULTS,
)


def named(name: str) -> Fault:
    """The fault of that name.

    Raises:
        KeyError: there is none.
    """
    return {fault.name: fault for fault in FAULTS}[name]
