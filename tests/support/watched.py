"""What Prometheus is asked by rules and dashboards, and what it is told by whom."""

import json
from collections.abc import Iterator, Mapping
from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple

import promql_parser as promql
import yaml
from prometheus_client.metrics import MetricWrapperBase

from contracts.settings import PROJECT
from services.api.envelope import Metrics
from services.exporter.metrics import METRICS

FOLDER = PROJECT / "infra" / "watched"
RULES, CASES = FOLDER / "rules.yml", FOLDER / "rules_test.yml"
DASHBOARDS = tuple(sorted((FOLDER / "dashboards").glob("*.json")))

OF_TARGETS = frozenset({"job", "instance", "process"})
"""Labels that Prometheus adds."""
OF_FLINK_JOBS = frozenset({"job_name", "job_id"})

BY_PROMETHEUS: Mapping[str, frozenset[str]] = {
    "up": frozenset(),
    "ALERTS": frozenset({"alertname", "alertstate", "severity"}),
}
BY_CLIENT = frozenset({"process_resident_memory_bytes", "process_cpu_seconds_total"})
"""By `prometheus_client`, of each process."""

BY_FLINK: Mapping[str, frozenset[str]] = {
    **{
        f"flink_jobmanager_job_{name}": OF_FLINK_JOBS
        for name in ("numRestarts", "lastCheckpointDuration", "lastCheckpointFullSize")
    },
    **{
        f"flink_taskmanager_job_task_{name}": OF_FLINK_JOBS
        for name in ("busyTimeMsPerSecond", "backPressuredTimeMsPerSecond")
    },
    **{
        f"flink_taskmanager_job_task_operator_{name}": OF_FLINK_JOBS
        for name in ("onTime", "late", "numLateRecordsDropped")
    },
    "flink_jobmanager_Status_JVM_Memory_Heap_Used": frozenset(),
    "flink_taskmanager_Status_JVM_Memory_Heap_Used": frozenset(),
    "flink_taskmanager_Status_JVM_CPU_Load": frozenset(),
}
"""By Flink's reporter: what it calls them shows only where Flink runs."""


class Query(NamedTuple):
    """A question to Prometheus."""

    where: str
    expression: str


class Selected(NamedTuple):
    """A metric in a question, and labels by which some of it is selected."""

    metric: str
    labels: frozenset[str]


def rules() -> list[dict[str, Any]]:
    """All rules, as they stand in the file."""
    groups = yaml.safe_load(RULES.read_text())["groups"]
    return [rule for group in groups for rule in group["rules"]]


def queries() -> list[Query]:
    """All questions, of rules and of dashboards. Variables of dashboards stand as in Grafana."""
    of_rules = [Query(rule.get("alert") or rule["record"], rule["expr"]) for rule in rules()]
    return of_rules + [query for path in DASHBOARDS for query in _of_dashboard(path)]


def _of_dashboard(path: Path) -> Iterator[Query]:
    board = json.loads(path.read_text())
    for panel in board["panels"]:
        for target in panel.get("targets", ()):
            yield Query(f"{path.stem}: {panel['title']}", target["expr"])


def selected(expression: promql.Expr) -> Iterator[Selected]:
    """The metrics in a parsed question."""
    match expression:
        case promql.VectorSelector():
            matchers = expression.matchers.matchers
            labels = frozenset(each.name for each in matchers) - {"__name__"}
            by_label = [each.value for each in matchers if each.name == "__name__"]
            for name in [expression.name] if expression.name else by_label[0].split("|"):
                yield Selected(name, labels)
        case promql.MatrixSelector():
            yield from selected(expression.vector_selector)
        case promql.BinaryExpr():
            yield from selected(expression.lhs)
            yield from selected(expression.rhs)
        case promql.Call():
            for each in expression.args:
                yield from selected(each)
        case promql.NumberLiteral() | promql.StringLiteral():
            return
        case (
            promql.AggregateExpr() | promql.ParenExpr() | promql.SubqueryExpr() | promql.UnaryExpr()
        ):
            yield from selected(expression.expr)
        case _:
            raise TypeError(f"what is {expression!r}?")


def told() -> dict[str, frozenset[str]]:
    """Labels of all metrics that there are, but those of the targets: ours, Flink's, and what
    rules record."""
    recorded = {
        rule["record"]: _of_recorded(rule["record"]) for rule in rules() if "record" in rule
    }
    others = {**BY_PROMETHEUS, **BY_FLINK, **dict.fromkeys(BY_CLIENT, frozenset[str]())}
    return {**ours(), **others, **recorded}


def _of_recorded(name: str) -> frozenset[str]:
    return frozenset({"job_name" if name == "wattstream:late_share" else "namespace"})


def ours() -> dict[str, frozenset[str]]:
    """Labels of what our processes tell."""
    found = {
        f"{each.name}_total" if each.is_counter else each.name: frozenset(each.labels)
        for each in METRICS
    }
    for each in _counted():
        labels = frozenset(each._labelnames)
        match each._type:
            case "counter":
                found[f"{each._name}_total"] = labels
            case "histogram":
                found[f"{each._name}_bucket"] = labels | {"le"}
            case _:
                found[each._name] = labels
    return found


def _counted() -> Iterator[MetricWrapperBase]:
    """What processes count with `prometheus_client`."""
    modules = [
        import_module(f"services.{path.parent.name}.metrics")
        for path in sorted((PROJECT / "services").glob("*/metrics.py"))
    ]
    for having in [*map(vars, modules), vars(Metrics())]:
        yield from (each for each in having.values() if isinstance(each, MetricWrapperBase))
