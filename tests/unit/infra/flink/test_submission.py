"""Which state jobs may start from."""

import io
import json
import os
import shlex
from pathlib import Path
from typing import Self

import pytest
from pydantic import SecretStr
from rich.console import Console

from adapters.flink import FlinkError
from contracts.settings import S3Settings, Settings
from infra.flink.submission import (
    Command,
    begin_again,
    command,
    latest_state,
    read_savepoints,
    show_command,
    stop,
    submit,
    submit_reference,
)
from infra.settings import flink_state_dirs

SILENT = Console(quiet=True)


class Flink:
    """Has jobs by name, and cancels them."""

    def __init__(self, *names: str) -> None:
        self.names = list(names)

    def __call__(self, _: Settings) -> Self:
        return self

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def running(self, name: str) -> str | None:
        return name if name in self.names else None

    def cancel(self, *ids: str) -> None:
        for each in ids:
            self.names.remove(each)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Of a namespace with a data folder of its own, and no Flink behind its address."""
    return Settings(namespace="unit", data_dir=tmp_path, flink_rest_url="http://127.0.0.1:1")


def a_state(settings: Settings, job: str, name: str, at_s: int) -> Path:
    """A savepoint of a job, completed at this time."""
    _, savepoints = flink_state_dirs(settings)
    metadata = savepoints / job / name / "_metadata"
    metadata.parent.mkdir(parents=True)
    metadata.touch()
    os.utime(metadata, (at_s, at_s))
    return metadata.parent


def test_the_newest_state_of_each_job_is_taken(settings: Settings) -> None:
    for job in ("hot", "cold", "history"):
        a_state(settings, job, "savepoint-old", 1_000)
        a_state(settings, job, "savepoint-new", 2_000)

    states = latest_state(settings)

    assert states.keys() == {"hot", "cold", "history"}
    assert all(state.endswith("/savepoint-new") for state in states.values())


def test_only_the_history_job_may_be_without_a_state(settings: Settings) -> None:
    a_state(settings, "hot", "savepoint-1", 1_000)
    with pytest.raises(FlinkError, match="unit-cold has neither"):
        latest_state(settings)

    a_state(settings, "cold", "savepoint-1", 1_000)
    assert latest_state(settings).keys() == {"hot", "cold"}


def test_a_file_of_savepoints_may_be_without_that_of_the_history_job(tmp_path: Path) -> None:
    file = tmp_path / "savepoints.json"
    file.write_text(json.dumps({"hot": "file:/a", "cold": "file:/b"}))
    assert read_savepoints(file) == {"hot": "file:/a", "cold": "file:/b"}

    file.write_text(json.dumps({"hot": "file:/a"}))
    with pytest.raises(FlinkError, match="hot and cold"):
        read_savepoints(file)


def test_a_state_older_than_what_was_archived_is_refused(settings: Settings) -> None:
    older = a_state(settings, "cold", "savepoint-old", 1_000)
    a_state(settings, "cold", "savepoint-new", 2_000)

    with pytest.raises(FlinkError, match="would archive them again"):
        submit(settings, SILENT, {"cold": f"file:{older}"})


def test_the_newest_state_is_taken_as_flink_and_as_we_write_it(settings: Settings) -> None:
    newest = a_state(settings, "cold", "savepoint-new", 2_000)

    for written in (f"file:{newest}", f"file://{newest}"):
        # It goes on to ask Flink, which is not there.
        with pytest.raises(FlinkError, match="does not answer"):
            submit(settings, SILENT, {"cold": written})


def test_without_a_state_nothing_is_archived_again_elsewhere(settings: Settings) -> None:
    elsewhere = settings.model_copy(update={"archive_url": "s3://meters/archive"})
    a_state(elsewhere, "cold", "savepoint-1", 1_000)

    with pytest.raises(FlinkError, match="s3://meters/archive/unit holds readings already"):
        submit(elsewhere, SILENT, {})


def test_a_job_begins_again_only_where_flink_answers(settings: Settings) -> None:
    with pytest.raises(FlinkError, match="does not answer"):
        begin_again(settings, SILENT, "hot")


def test_a_command_is_shown_in_lines_of_a_terminal_that_a_shell_takes_for_one() -> None:
    arguments = [
        *(f"{Path.cwd()}/bin/flink", "run", "--detached", "--jobmanager", "127.0.0.1:18081"),
        *("-Dhigh-availability.type=NONE", "--pyFiles", "/" + "far/" * 20 + "demo.zip"),
        *("--python", f"{Path.cwd()}/jobs/all.py", "--note", "it's two words"),
    ]
    told = Command(
        arguments, {"WATTSTREAM_NAMESPACE": "demo", "WATTSTREAM_CASSANDRA_PASSWORD": "p"}
    )

    console = Console(width=80, file=(out := io.StringIO()))
    show_command(told, console)

    lines = out.getvalue().splitlines()
    assert [line for line in lines if len(line) > 80] == [f"  --pyFiles {arguments[7]} \\"]
    assert lines[0].startswith("$ WATTSTREAM_NAMESPACE=demo ")
    assert "  --python jobs/all.py --note 'it'\"'\"'s two words'" in lines
    assert all(line.endswith(" \\") for line in lines[:-1])
    typed = shlex.split(out.getvalue().removeprefix("$ ").replace("\\\n", ""))
    assert typed[:2] == [
        "WATTSTREAM_NAMESPACE=demo",
        "WATTSTREAM_CASSANDRA_PASSWORD=$WATTSTREAM_CASSANDRA_PASSWORD",
    ]
    here = [each.replace(f"{Path.cwd()}/", "") for each in arguments]
    assert typed[2:] == here


def test_the_command_that_submits_fits_a_terminal_but_for_long_paths(settings: Settings) -> None:
    lines = command(settings, settings.job_package, {}, Path.cwd()).lines(80)

    assert len(lines) > 3
    assert all(len(line) <= 80 or len(line.split()) <= 3 for line in lines)


def test_no_job_is_given_the_keys_of_the_archive(settings: Settings) -> None:
    s3 = S3Settings(access_key="of-s3", secret_key=SecretStr("secret-of-s3"))
    there = settings.model_copy(update={"archive_url": "s3://meters/archive", "s3": s3})

    told = command(there, there.job_package, {}, Path.cwd())

    assert told.environment["WATTSTREAM_ARCHIVE_URL"] == "s3://meters/archive"
    assert "of-s3" not in str(told)


@pytest.mark.parametrize("beside", [(), ("unit-hot", "unit-cold")])
def test_a_reference_is_stopped_too(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, beside: tuple[str, ...]
) -> None:
    flink = Flink(*beside, "unit-reference_c", "other-reference_c")
    monkeypatch.setattr("infra.flink.submission.FlinkRest", flink)

    stop(settings, SILENT, with_savepoint=False)

    assert flink.names == ["other-reference_c"]
    with pytest.raises(FlinkError, match="no job of namespace unit runs"):
        stop(settings, SILENT, with_savepoint=False)


def test_a_reference_that_runs_is_not_submitted_again(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("infra.flink.submission.FlinkRest", Flink("unit-reference_c"))

    with pytest.raises(FlinkError, match="unit-reference_c runs already"):
        submit_reference(settings, SILENT, "reference_c")
