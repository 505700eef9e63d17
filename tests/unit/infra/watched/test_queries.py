"""Whatever rules and dashboards ask for is told by somebody, with the labels that they ask by."""

import json
import re
from pathlib import Path

import promql_parser as promql
import pytest

from contracts.settings import PROJECT
from tests.support.watched import BY_FLINK, DASHBOARDS, OF_TARGETS, ours, queries, selected, told

JAVA = PROJECT / "jobs" / "java" / "readings" / "src" / "main"
DOCUMENT = PROJECT / "docs" / "metrics.md"
KEPT = re.compile(r'regex: "(flink_.*)"')


@pytest.mark.parametrize("query", queries(), ids=lambda query: query.where)
def test_a_query_asks_for_what_there_is(query: tuple[str, str]) -> None:
    known = told()
    found = list(selected(promql.parse(query[1])))

    assert found
    for metric, labels in found:
        assert metric in known, f"nobody tells {metric}"
        strange = labels - known[metric] - OF_TARGETS
        assert not strange, f"{metric} has no label {', '.join(strange)}"


def test_a_metric_is_found_wherever_it_stands() -> None:
    asked = promql.parse(
        'sum by (x) (rate(a_total{k="v"}[5m])) > on (x) group_left () clamp_min(2 * b, 1)'
        ' or -c unless max_over_time((d)[5m:1m]) or {__name__=~"e|f", k="v"}'
    )

    found = dict(selected(asked))
    assert found.keys() == {"a_total", "b", "c", "d", "e", "f"}
    assert found["a_total"] == found["e"] == {"k"}


def test_own_counters_of_jobs_are_those_of_the_source() -> None:
    source = (JAVA / "java/io/wattstream/readings/ledger/MeterOperator.java").read_text()
    counted = set(re.findall(r'getMetricGroup\(\)\.counter\("(\w+)"\)', source))

    asked = {name.rpartition("_")[2] for name in BY_FLINK if "_operator_" in name}
    assert asked <= counted


def test_prometheus_keeps_of_flink_what_is_asked() -> None:
    config = (PROJECT / "infra" / "local" / "prometheus" / "prometheus.yml").read_text()
    (kept,) = KEPT.findall(config)

    for name in (*BY_FLINK, *ours(), "up", "process_cpu_seconds_total"):
        assert re.fullmatch(kept, name), name
    assert not re.fullmatch(kept, "flink_taskmanager_job_task_operator_numRecordsIn")


@pytest.mark.parametrize("path", DASHBOARDS, ids=lambda path: path.stem)
def test_a_dashboard_is_laid_out_without_overlaps_and_asks_one_prometheus(path: Path) -> None:
    board = json.loads(path.read_text())
    taken: set[tuple[int, int]] = set()
    for panel in board["panels"]:
        place = panel["gridPos"]
        cells = {
            (place["x"] + x, place["y"] + y) for x in range(place["w"]) for y in range(place["h"])
        }
        assert not cells & taken, panel["title"]
        assert max(x for x, _ in cells) < 24, panel["title"]
        taken |= cells
        for target in panel.get("targets", ()):
            assert target["datasource"]["uid"] == "${datasource}", panel["title"]
    variables = {each["name"] for each in board["templating"]["list"]}
    asked = re.findall(r"\$\{?(\w+)", path.read_text())
    assert {name for name in asked if not name.startswith("__")} <= variables
    assert len({panel["id"] for panel in board["panels"]}) == len(board["panels"])
    assert path.stem in board["uid"]


def test_the_document_has_every_metric_with_its_labels() -> None:
    rows = re.findall(r"^\| `(wattstream_\w+)` \| ([^|]*) \|", DOCUMENT.read_text(), re.MULTILINE)
    said = {name: frozenset(re.findall(r"`(\w+)`", labels)) for name, labels in rows}

    wanted = {
        name.replace("_bucket", "") if name.endswith("_bucket") else name: labels - {"le"}
        for name, labels in ours().items()
    }
    assert said == wanted
