"""Prometheus beside containers asks all that tell, and has the one set of rules."""

from typing import Any

import pytest
import yaml

from contracts.jobs import JOBS
from contracts.settings import Settings, host_and_port
from infra.deploy.flink import METRICS_PORT, of_container
from infra.deploy.prometheus import DEPLOY, MONITORED, PORT, files
from infra.local.prometheus.targets import targets
from infra.settings import StackSettings
from tests.support.watched import RULES
from tests.unit.infra.deploy.manifests import (
    COMPOSE,
    OVERLAYS,
    compose,
    of_kind,
    ours,
    settings_of,
    variables,
)

SETTINGS, STACK = Settings.model_construct(), StackSettings.model_construct()
CONFIG: dict[str, Any] = yaml.safe_load((COMPOSE / "prometheus.yml").read_text())


@pytest.mark.parametrize("name", files())
def test_files_are_made_of_the_local_ones(name: str) -> None:
    assert (DEPLOY / name).read_text() == files()[name], "run `python -m infra.deploy.prometheus`"


def test_compose_asks_each_service_at_the_port_that_it_is_told() -> None:
    told = variables(COMPOSE / "settings.env")
    flink = of_container(SETTINGS, STACK)["metrics.reporter.prom.port"]
    (scraped,) = CONFIG["scrape_configs"]
    asked = {
        each["labels"]["process"]: host_and_port(f"//{each['targets'][0]}")
        for each in scraped["static_configs"]
    }

    assert asked.keys() == targets(SETTINGS, STACK).keys() <= compose()["services"].keys()
    for name, (host, port) in asked.items():
        variable = f"WATTSTREAM_{'API_' if name == 'api' else ''}METRICS_PORT"
        assert host == name
        assert str(port) == (flink if name.startswith("flink-") else told[variable])
    assert told["WATTSTREAM_METRICS_HOST"] == "0.0.0.0"


def test_compose_has_the_rules_where_prometheus_looks_for_them() -> None:
    mounted = dict(
        each.split(":")[1::-1] for each in compose()["services"]["prometheus"]["volumes"]
    )
    (rules,) = CONFIG["rule_files"]
    assert (COMPOSE / mounted[rules]).resolve() == RULES


@pytest.mark.parametrize("name", OVERLAYS)
def test_each_pod_that_tells_may_be_asked(name: str) -> None:
    policies = {each["metadata"]["name"]: each["spec"] for each in of_kind(name, "NetworkPolicy")}
    (opened,) = policies["metrics-are-reached"]["ingress"]
    assert {each["port"] for each in opened["ports"]} == {PORT, METRICS_PORT}
    assert settings_of(name)["WATTSTREAM_METRICS_PORT"] == str(PORT)
    assert settings_of(name)["WATTSTREAM_METRICS_HOST"] == "0.0.0.0"
    for title, pod in ours(name).items():
        (container,) = pod["spec"]["containers"]
        ports = {each["name"]: each["containerPort"] for each in container.get("ports", ())}
        if title.startswith("FlinkDeployment"):
            assert ports["metrics"] == METRICS_PORT
        elif title == "Deployment api":
            assert ports["metrics"] == SETTINGS.api.metrics_port
        elif title not in ("Deployment connect", "Job provision"):
            assert ports["metrics"] == PORT, title


def test_the_operator_is_told_of_the_same_rules_and_pods() -> None:
    (rule,) = of_kind("production", "PrometheusRule")
    (monitor,) = of_kind("production", "PodMonitor")
    (endpoint,) = monitor["spec"]["podMetricsEndpoints"]

    assert rule["spec"] == yaml.safe_load(RULES.read_text())
    assert monitor["spec"]["selector"]["matchLabels"].items() <= (
        ours("production")["Deployment exporter"]["metadata"]["labels"].items()
    )
    assert endpoint["honorLabels"] is True
    assert {"targetLabel": "job", "replacement": "wattstream"} in endpoint["relabelings"]


def test_no_alarm_is_of_jobs_that_the_exporter_cannot_see() -> None:
    host, _ = host_and_port(settings_of("production")["WATTSTREAM_FLINK_REST_URL"])
    assert host == f"wattstream-{MONITORED}-rest"
    (monitor,) = of_kind("production", "PodMonitor")
    _, dropped = monitor["spec"]["podMetricsEndpoints"][0]["metricRelabelings"]
    begin, _, jobs = dropped["regex"].partition(";")
    assert begin == "wattstream_job_runs"
    assert set(jobs.strip("()").split("|")) == set(JOBS) - {MONITORED}
