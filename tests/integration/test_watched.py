"""Every question of rules and dashboards, put to the real Prometheus that watches the stack.

It needs a stack that is watched from its beginning: `wattstream down && wattstream up --watched`.
"""

import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import promql_parser as promql
import pytest

from adapters.imported import LEDGER
from adapters.kafka import topic_ends
from contracts.settings import Settings
from contracts.topics import rejects
from exchange.importing.ledger import Ledger
from infra.settings import StackSettings
from tests.support import waiting
from tests.support.namespaces import fresh_namespace, submit
from tests.support.watched import Query, ours, queries, selected

pytestmark = pytest.mark.skipif(
    not StackSettings().watched.exists(),
    reason="the stack is not watched: `wattstream down`, `wattstream up --watched`, then this",
)

PATIENCE_S = 300.0
FEED = (
    *(str(Path(sys.executable).with_name("wattstream")), "simulate", "--no-record"),
    *("--meters", "200", "--seed", "4", "--late", "0.1", "--repeat", "0.05"),
    *("--malformed", "0.02", "--seconds", "1200"),
)
"""Longer than all questions take; it is ended after them."""
until = partial(waiting.until, patience_s=PATIENCE_S)
Ask = Callable[[str], list[Any]]

WITHOUT = {
    *("wattstream_bridge_connected", "wattstream_bridge_unmapped_total"),
    *("wattstream_notifier_tries_total", "wattstream_messages_on_their_way"),
    *("wattstream_dead_letters", "wattstream_job_failed_seconds_ago"),
    *("wattstream_api_streams_cut_total", "ALERTS"),
}
"""Told where there is a `bridge.toml`, a channel of `notify.toml`, a job that fails, a stream that
is cut, something that is the matter: nothing of that is here."""


@pytest.fixture(scope="module")
def fed(stack: Settings) -> Iterator[Settings]:
    """A namespace whose jobs run, and which is fed meanwhile: some of it late, some rejected."""
    with fresh_namespace(stack, "test_watched") as settings:
        settings.imports_dir.mkdir(parents=True, exist_ok=True)
        Ledger(settings.imports_dir / LEDGER).close()
        submit(settings)
        feeding = subprocess.Popen([*FEED, "--namespace", settings.namespace])
        try:
            httpx.get(f"{settings.api.url}/healthz", timeout=PATIENCE_S).raise_for_status()
            yield settings
        finally:
            feeding.terminate()
            feeding.wait(PATIENCE_S)
            shutil.rmtree(settings.imports_dir)


@pytest.fixture(scope="module")
def ask() -> Ask:
    """Asks Prometheus a question as of now."""
    url = f"http://127.0.0.1:{StackSettings().prometheus_port}/api/v1/query"

    def asked(question: str) -> list[Any]:
        answer = httpx.get(url, params={"query": question}, timeout=PATIENCE_S)
        assert answer.is_success, answer.text
        found: list[Any] = answer.json()["data"]["result"]
        return found

    return asked


def told(question: str) -> str:
    """As Grafana asks it of all namespaces."""
    return question.replace("$namespace", ".*")


def metrics_in(question: str) -> set[str]:
    return {each.metric for each in selected(promql.parse(question))}


@pytest.mark.usefixtures("fed")
def test_everything_that_is_ours_is_told(ask: Ask) -> None:
    until(lambda: all(map(ask, ours().keys() - WITHOUT)))


@pytest.mark.usefixtures("fed")
@pytest.mark.parametrize("query", queries(), ids=lambda query: query.where)
def test_a_question_is_answered(ask: Ask, query: Query) -> None:
    question = told(query.expression)
    needed = metrics_in(question) - WITHOUT
    until(lambda: all(map(ask, needed)))

    found = ask(question)

    # A rule asks for what should not be, and so do some panels.
    if needed == metrics_in(question) and ">" not in question and ":" in query.where:
        assert found, question


def test_what_is_told_is_so(fed: Settings, ask: Ask) -> None:
    name = fed.namespace

    def value(question: str) -> float:
        return sum(float(each["value"][1]) for each in ask(question))

    until(lambda: value(f'wattstream_rejects_total{{namespace="{name}"}}') > 0)
    until(lambda: value(f'{{__name__=~"flink.*_late",job_name="{name}-hot"}}') > 0)
    runs = ask(f'wattstream_job_runs{{namespace="{name}"}}')
    assert {each["metric"]["flink_job"] for each in runs} == {"hot", "cold", "watch", "history"}
    assert {each["value"][1] for each in runs} == {"1"}
    topic = f'wattstream_topic_records_total{{namespace="{name}",topic="rejects"}}'
    until(lambda: value(topic) == sum(topic_ends(fed, rejects(fed))))


def test_nobody_is_woken_while_all_is_well(fed: Settings, ask: Ask) -> None:
    found = ask(f'ALERTS{{alertstate="firing",severity="page",namespace="{fed.namespace}"}}')

    assert found == []
