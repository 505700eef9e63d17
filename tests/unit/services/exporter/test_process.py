"""The process itself, where nothing that it looks at is there."""

import os
import subprocess
import sys
import time
from pathlib import Path

import httpx
from prometheus_client.parser import text_string_to_metric_families

from adapters.authorities import authorities
from contracts.settings import PROJECT, without_settings
from tests.support.redis_server import free_port

PATIENCE_S = 600.0
ANSWER_TIMEOUT_S = 20.0
PARTS = 5


def test_it_says_who_does_not_answer_and_ends_when_it_is_told_to(tmp_path: Path) -> None:
    port = free_port()
    nobody = "127.0.0.1:1"
    environment = {
        "WATTSTREAM_METRICS_PORT": str(port),
        "WATTSTREAM_KAFKA_BOOTSTRAP": nobody,
        "WATTSTREAM_REDIS_URL": f"redis://:secret@{nobody}/0",
        "WATTSTREAM_POSTGRES_URL": f"postgresql://me:secret@{nobody}",
        "WATTSTREAM_FLINK_REST_URL": f"http://me:secret@{nobody}",
        "WATTSTREAM_DATA_DIR": str(tmp_path),
    }
    log = tmp_path / "log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "services.exporter"],
            cwd=PROJECT,
            env={**without_settings(os.environ), **environment},
            stderr=output,
        )
    try:
        answers = _once_all_were_asked(f"http://127.0.0.1:{port}/metrics", process)
    finally:
        process.terminate()
        exit_code = process.wait(PATIENCE_S)

    # Of PostgreSQL nothing is asked where no namespace is known.
    assert answers == {"kafka": 0, "flink": 0, "redis": 0, "postgresql": 1, "disk": 1}
    assert exit_code == 0
    told = log.read_text()
    assert "stopped" in told
    assert "secret" not in told
    assert "Traceback" not in told


def _once_all_were_asked(url: str, process: "subprocess.Popen[bytes]") -> dict[str, float]:
    """What is told of each part; of those that were asked, if it ends or takes for ever."""
    answers: dict[str, float] = {}
    deadline_s = time.monotonic() + PATIENCE_S
    while len(answers) < PARTS and process.poll() is None and time.monotonic() < deadline_s:
        try:
            # One that is not answered must not take the patience of all.
            text = httpx.get(url, timeout=ANSWER_TIMEOUT_S, verify=authorities()).text
        except httpx.HTTPError:
            text = ""
        for family in text_string_to_metric_families(text):
            if family.name == "wattstream_part_answers":
                answers = {each.labels["part"]: each.value for each in family.samples}
        time.sleep(0.2)
    return answers
