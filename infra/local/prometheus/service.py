"""How the Prometheus process is configured, started and asked."""

import httpx

from adapters.authorities import authorities
from contracts.settings import PROJECT, Settings
from infra.local.prometheus.targets import targets
from infra.local.service import Service
from infra.local.templates import filled_in
from infra.settings import LOOPBACK, StackSettings, stack_data_dir

TEMPLATE = PROJECT / "infra" / "local" / "prometheus" / "prometheus.yml"
RULES = PROJECT / "infra" / "watched" / "rules.yml"
KEPT = "7d"
ANSWER_TIMEOUT_S = 2.0


def service(settings: Settings, stack: StackSettings) -> Service:
    """The server."""
    port = stack.prometheus_port
    run_dir, data_dir = stack.run_dir("prometheus"), stack_data_dir(settings) / "prometheus"
    config, rules = run_dir / "prometheus.yml", run_dir / "rules.yml"
    values = {"rules": rules, "targets": "\n".join(_targets(settings, stack))}

    def ready() -> None:
        url = f"http://{LOOPBACK}:{port}/-/ready"
        httpx.get(url, timeout=ANSWER_TIMEOUT_S, verify=authorities()).raise_for_status()

    return Service(
        name="prometheus",
        command=(
            "prometheus",
            f"--config.file={config}",
            f"--web.listen-address={LOOPBACK}:{port}",
            f"--storage.tsdb.path={data_dir}",
            f"--storage.tsdb.retention.time={KEPT}",
            f"--storage.tsdb.retention.size={stack.prometheus_disk_mb}MB",
            "--log.level=warn",
        ),
        environment={},
        ports={"WATTSTREAM_STACK_PROMETHEUS_PORT": port},
        log=stack.log_dir / "prometheus.log",
        files={config: filled_in(TEMPLATE, values), rules: RULES.read_text()},
        made_of=(),
        prepare=lambda: data_dir.mkdir(parents=True, exist_ok=True),
        ready=ready,
    )


def _targets(settings: Settings, stack: StackSettings) -> list[str]:
    """Lines of the configuration."""
    return [
        f'      - {{targets: ["{LOOPBACK}:{port}"], labels: {{process: {name}}}}}'
        for name, port in targets(settings, stack).items()
    ]
