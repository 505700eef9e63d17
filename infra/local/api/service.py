"""How the API is started and asked."""

from dataclasses import replace

import httpx

from adapters.authorities import authorities
from contracts.settings import PREFIX, Settings, names, variables
from infra.local.python_service import python_service
from infra.local.service import Service
from infra.settings import LOOPBACK, StackSettings

NAME = "api"
NEEDS = tuple(
    f"{PREFIX}{each}"
    for each in (
        *("KAFKA_", "REDIS_", "CASSANDRA_", "POSTGRES_", "FLINK_", "API_", "OIDC_", "LOG"),
        *("SLICE_MS", "PERIOD_MS", "READINGS_PARTITIONS", "DATA_DIR"),
        *("ARCHIVE_URL", "S3_"),
    )
)
"""How its settings begin: where it asks, where it answers, and how jobs cut time."""
EVERYWHERE = ("0.0.0.0", "::")
ANSWER_TIMEOUT_S = 5.0


def service(settings: Settings, stack: StackSettings) -> Service:
    """The API of all namespaces."""
    api = settings.api
    host = LOOPBACK if api.host in EVERYWHERE else api.host

    def ready() -> None:
        url = f"http://{host}:{api.port}/healthz"
        httpx.get(url, timeout=ANSWER_TIMEOUT_S, verify=authorities()).raise_for_status()

    needed = {each for each in names(Settings) if each.startswith(NEEDS)}
    made = python_service(NAME, ("-m", "services.api"), variables(settings, needed), stack, ready)
    ports = {f"{PREFIX}API_PORT": api.port, f"{PREFIX}API_METRICS_PORT": api.metrics_port}
    return replace(made, ports=ports, goes="first")
