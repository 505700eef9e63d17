"""Who tells Prometheus how it does, and at which port of this machine."""

from collections.abc import Mapping
from dataclasses import replace

from contracts.settings import PREFIX, Settings
from infra.local.service import Service
from infra.settings import StackSettings

FLINK = ("flink-jobmanager", "flink-taskmanager")
PROGRAMS = ("capture", "pacemaker", "ingest", "digest", "notifier", "bridge", "exporter")
"""Processes of `services/` that listen to nobody else."""
API = "api"
"""Has a port for Prometheus that is its own, watched or not."""

VARIABLE = "WATTSTREAM_STACK_METRICS_PORT"


def port_of(name: str, stack: StackSettings) -> int:
    """Where one of FLINK or PROGRAMS tells how it does."""
    return stack.metrics_port + (*FLINK, *PROGRAMS).index(name)


def targets(settings: Settings, stack: StackSettings) -> Mapping[str, int]:
    """The port of each that tells Prometheus how it does."""
    ports = {name: port_of(name, stack) for name in (*FLINK, *PROGRAMS)}
    return ports | {API: settings.api.metrics_port}


def telling(service: Service, stack: StackSettings) -> Service:
    """One of PROGRAMS, so that it tells how it does where the stack is watched."""
    if not stack.watched.exists():
        return service
    port = port_of(service.name, stack)
    metrics = {f"{PREFIX}METRICS_PORT": str(port), f"{PREFIX}METRICS_HOST": "127.0.0.1"}
    return replace(
        service,
        environment={**service.environment, **metrics},
        ports={**service.ports, VARIABLE: port},
    )
