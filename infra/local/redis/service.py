"""How the Redis process is configured, started and asked."""

from pathlib import Path

from adapters.connect import redis_client
from contracts.settings import Settings
from infra.local.service import Service
from infra.local.templates import filled_in
from infra.settings import StackSettings, client_ports, stack_data_dir

TEMPLATE = Path(__file__).with_name("redis.conf")


def service(settings: Settings, stack: StackSettings) -> Service:
    """The server."""
    port = client_ports(settings).redis
    config = stack.run_dir("redis") / "redis.conf"
    data_dir = stack_data_dir(settings) / "redis"

    values = {"port": port, "data_dir": data_dir, "data_mib": stack.redis_data_mib}

    def prepare() -> None:
        data_dir.mkdir(parents=True, exist_ok=True)

    def ready() -> None:
        with redis_client(settings.redis) as client:
            client.ping()

    return Service(
        name="redis",
        command=("redis-server", str(config)),
        environment={},
        ports={"WATTSTREAM_REDIS_URL": port},
        log=stack.log_dir / "redis.log",
        files={config: filled_in(TEMPLATE, values)},
        made_of=(),
        prepare=prepare,
        ready=ready,
        goes="first",
    )
