"""Prometheus beside containers: the local stack's configuration and rules, for that of the Compose
file and, by manifests of the Prometheus operator, for one that a cluster has already."""

import argparse
from collections.abc import Mapping
from typing import Any

import yaml

from contracts.jobs import JOBS
from contracts.settings import PROJECT, Settings
from infra.deploy.flink import METRICS_PORT as FLINK_PORT
from infra.deploy.manifest import text_of
from infra.local.prometheus.service import RULES, TEMPLATE
from infra.local.prometheus.targets import API, FLINK, PROGRAMS
from infra.local.templates import filled_in

PORT = 18_200
"""Where each process of ours tells how it does; one for all, since each has a host of its own."""
MONITORED = "hot"
"""Of this job is the cluster that WATTSTREAM_FLINK_REST_URL names in Kubernetes."""
RULES_IN_CONTAINER = "/etc/prometheus/rules.yml"

DEPLOY = PROJECT / "infra" / "deploy"
COMPONENT = DEPLOY / "kubernetes" / "components" / "prometheus"
MADE = "by `python -m infra.deploy.prometheus`."


def of_compose() -> str:
    """The local configuration, but that each target has a host of its own."""
    ports = dict.fromkeys(FLINK, FLINK_PORT) | dict.fromkeys(PROGRAMS, PORT)
    ports |= {API: Settings.model_construct().api.metrics_port}
    targets = [
        f'      - {{targets: ["{name}:{port}"], labels: {{process: {name}}}}}'
        for name, port in ports.items()
    ]
    values = {"rules": RULES_IN_CONTAINER, "targets": "\n".join(targets)}
    _, *lines = filled_in(TEMPLATE, values).splitlines(keepends=True)
    return f"# Made of {TEMPLATE.relative_to(PROJECT)} {MADE}\n" + "".join(lines)


def pod_monitor() -> Mapping[str, Any]:
    """Whom the operator's Prometheus asks: each pod with a port of the name `metrics`."""
    local = yaml.safe_load(of_compose())
    (scraped,) = local["scrape_configs"]
    (kept,) = scraped["metric_relabel_configs"]
    # The exporter asks one cluster of Flink: that the jobs of others do not run there is no alarm.
    elsewhere = "|".join(job for job in JOBS if job != MONITORED)
    process = "__meta_kubernetes_pod_label_app_kubernetes_io_name"
    endpoint = {
        "port": "metrics",
        "interval": local["global"]["scrape_interval"],
        "scrapeTimeout": local["global"]["scrape_timeout"],
        # Or the namespace of Kubernetes would take the place of ours.
        "honorLabels": True,
        "relabelings": [
            {"targetLabel": "job", "replacement": scraped["job_name"]},
            {"sourceLabels": [process], "targetLabel": "process"},
        ],
        "metricRelabelings": [
            {"sourceLabels": kept["source_labels"], "regex": kept["regex"], "action": "keep"},
            {
                "sourceLabels": ["__name__", "flink_job"],
                "regex": f"wattstream_job_runs;({elsewhere})",
                "action": "drop",
            },
        ],
    }
    return _manifest(
        "PodMonitor",
        {
            "selector": {"matchLabels": {"app.kubernetes.io/part-of": "wattstream"}},
            "podMetricsEndpoints": [endpoint],
        },
    )


def prometheus_rule() -> Mapping[str, Any]:
    """The rules, as the operator takes them."""
    return _manifest("PrometheusRule", yaml.safe_load(RULES.read_text()))


def _manifest(kind: str, spec: Mapping[str, Any]) -> Mapping[str, Any]:
    return {
        "apiVersion": "monitoring.coreos.com/v1",
        "kind": kind,
        "metadata": {"name": "wattstream"},
        "spec": spec,
    }


def files() -> dict[str, str]:
    """All that is made, by its path below `infra/deploy/`."""
    component = COMPONENT.relative_to(DEPLOY)
    monitor = f"# Made of {TEMPLATE.relative_to(PROJECT)} {MADE}\n" + text_of(pod_monitor())
    rules = f"# Made of {RULES.relative_to(PROJECT)} {MADE}\n" + text_of(prometheus_rule())
    return {
        "compose/prometheus.yml": of_compose(),
        f"{component}/monitor.yaml": monitor,
        f"{component}/rules.yaml": rules,
    }


def main() -> None:
    """Write Prometheus' files for Compose and for the Prometheus operator again."""
    argparse.ArgumentParser(
        prog="python -m infra.deploy.prometheus", description=main.__doc__
    ).parse_args()
    for name, text in files().items():
        (DEPLOY / name).write_text(text)


if __name__ == "__main__":
    main()
