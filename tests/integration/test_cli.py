"""The command line as a user meets it: exit codes, and errors that say what to do."""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import TypeAlias

import pytest

from contracts.settings import PROJECT, Settings
from simulators.sending.recorder import Record, Recorder

COMMAND = Path(sys.executable).with_name("wattstream")
SERVICES = (
    *("kafka", "cassandra", "redis", "postgresql"),
    *("flink-jobmanager", "flink-taskmanager", "connect", "capture"),
)

Outcome: TypeAlias = "subprocess.CompletedProcess[str]"

EXTRACT = str(PROJECT / "simulators" / "data" / "lcl_extract.csv.gz")


def wattstream(*arguments: str, **variables: str) -> Outcome:
    """Run the command with settings in its environment, on a terminal wide enough for tables."""
    return subprocess.run(
        [COMMAND, *arguments],
        env=os.environ | {"COLUMNS": "200"} | variables,
        capture_output=True,
        text=True,
        check=False,
    )


def assert_fails(outcome: Outcome, exit_code: int, *parts: str) -> None:
    """One message, no traceback, with all of `parts` in it."""
    assert outcome.stderr.startswith("error: ")
    assert "Traceback" not in outcome.stderr
    for part in parts:
        assert part in outcome.stderr
    assert outcome.returncode == exit_code


@pytest.fixture(scope="module")
def closed_port() -> Iterator[int]:
    """A port of this machine on which nothing listens, and nothing will."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        yield bound.getsockname()[1]


@pytest.fixture(scope="module", autouse=True)
def without_kafka(
    tmp_path_factory: pytest.TempPathFactory, closed_port: int
) -> Iterator[dict[str, Future[Outcome]]]:
    """Commands by name where there is no broker; beside all other tests, since each waits for
    one."""
    settings = Settings(namespace="nothing_here", data_dir=tmp_path_factory.mktemp("data"))
    with Recorder(settings.recordings_dir / "run-0.parquet") as recorder:
        recorder.add([Record(0, 0, None, b"")], [0])
    commands = {"verify": ["verify"], "submit": ["submit"], "replay": ["replay", "lcl", EXTRACT]}
    variables = {
        "WATTSTREAM_NAMESPACE": settings.namespace,
        "WATTSTREAM_DATA_DIR": str(settings.data_dir),
        "WATTSTREAM_KAFKA_BOOTSTRAP": f"127.0.0.1:{closed_port}",
    }
    with ThreadPoolExecutor(len(commands)) as pool:
        yield {
            name: pool.submit(wattstream, *arguments, **variables)
            for name, arguments in commands.items()
        }


@pytest.mark.usefixtures("stack")
def test_status_shows_every_service_and_says_yes() -> None:
    outcome = wattstream("status")

    assert outcome.returncode == 0
    for service in SERVICES:
        assert any(service in line and " up" in line for line in outcome.stdout.splitlines())


@pytest.mark.usefixtures("stack")
def test_status_says_no_if_a_service_does_not_answer(closed_port: int) -> None:
    outcome = wattstream("status", WATTSTREAM_REDIS_URL=f"redis://127.0.0.1:{closed_port}/0")

    assert outcome.returncode == 1
    assert "does not answer" in outcome.stdout


def test_verify_of_nothing_says_that_nothing_was_sent() -> None:
    outcome = wattstream("verify", "-n", "nothing_here")

    assert_fails(outcome, 1, "no recording in", "nothing_here", "--namespace")
    assert len(outcome.stderr.splitlines()) == 1


@pytest.mark.usefixtures("stack")
@pytest.mark.parametrize(
    ("variable", "value", "message"),
    [
        ("WATTSTREAM_FLINK_REST_URL", "http://127.0.0.1:{}", "Flink does not answer"),
        ("WATTSTREAM_CASSANDRA_PORT", "{}", "Cassandra does not answer"),
        ("WATTSTREAM_REDIS_URL", "redis://127.0.0.1:{}/0", "Redis does not answer"),
    ],
)
def test_without_a_service_its_address_and_setting_are_named(
    closed_port: int, variable: str, value: str, message: str
) -> None:
    outcome = wattstream("reset", "-n", "nothing_here", **{variable: value.format(closed_port)})

    assert_fails(outcome, 1, message, f"127.0.0.1:{closed_port}", variable)


def test_replay_of_a_missing_file_names_it() -> None:
    assert_fails(wattstream("replay", "lcl", "missing.csv"), 2, "missing.csv: no such file")


def test_replay_names_all_rows_that_cannot_be_used(tmp_path: Path) -> None:
    file = tmp_path / "lcl.csv"
    file.write_text("LCLid,tstp,kWh\nA,2013-01-01 00:00:00,0,176\nA,2013-01-01 00:30:00\n")
    outcome = wattstream("replay", "lcl", str(file))

    assert_fails(outcome, 2, f"{file}, line 2: 4 fields", f"{file}, line 3: 2 fields")


def test_replay_into_a_namespace_without_topics_names_the_topic(stack: Settings) -> None:
    outcome = wattstream("replay", "lcl", EXTRACT, "-n", "nothing_here")

    assert_fails(
        outcome, 2, "no topic nothing_here.readings", stack.kafka_bootstrap, "wattstream submit"
    )


@pytest.mark.usefixtures("stack")
@pytest.mark.parametrize("command", ["stop", "watch", "rebuild-live"])
def test_jobs_that_do_not_run_are_named(command: str) -> None:
    outcome = wattstream(command, "-n", "nothing_here")

    assert_fails(outcome, 1, "nothing_here")


@pytest.mark.parametrize(
    ("arguments", "variables"),
    [(("verify",), {"WATTSTREAM_NAMESPACE": "Bad!"}), (("verify", "-n", "Bad!"), {})],
)
def test_a_bad_namespace_is_refused_with_its_setting_and_value(
    arguments: tuple[str, ...], variables: dict[str, str]
) -> None:
    assert_fails(wattstream(*arguments, **variables), 2, "namespace is 'Bad!'")


def test_a_port_that_is_none_is_refused_with_its_setting_and_value() -> None:
    outcome = wattstream("status", WATTSTREAM_CASSANDRA_PORT="19042x")

    assert_fails(outcome, 2, "WATTSTREAM_CASSANDRA_PORT is '19042x'")


@pytest.mark.parametrize(
    ("command", "exit_code", "way_on"),
    [
        ("verify", 1, "wattstream status"),
        ("submit", 1, "WATTSTREAM_KAFKA_BOOTSTRAP"),
        ("replay", 2, "WATTSTREAM_KAFKA_BOOTSTRAP"),
    ],
)
def test_without_kafka_its_address_is_named_and_what_to_do(
    without_kafka: dict[str, Future[Outcome]],
    closed_port: int,
    command: str,
    exit_code: int,
    way_on: str,
) -> None:
    assert_fails(without_kafka[command].result(), exit_code, f"127.0.0.1:{closed_port}", way_on)
