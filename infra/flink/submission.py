"""Submit the jobs with `flink run`, and stop them with or without a savepoint.

What is run is printed first: the same command, typed by hand, does the same.
"""

import json
import os
import re
import shlex
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

from rich.console import Console

from adapters.archive.location import is_read
from adapters.archive.snapshot import snapshot
from adapters.flink import FlinkError, FlinkRest
from contracts.jobs import ARCHIVER, JOBS, READERS, REFERENCES, instances
from contracts.settings import (
    PREFIX,
    PROJECT,
    Settings,
    changed,
    file_url,
    variables,
    without_password,
    without_settings,
)
from infra.flink.slots import shortage
from infra.local.flink.service import environment, flink_home
from infra.settings import StackSettings, flink_state_dirs

ALWAYS_PASSED = frozenset({f"{PREFIX}NAMESPACE", f"{PREFIX}DATA_DIR"})
"""The shell may say otherwise of the one, and the default of the other is relative to the code,
which a job has elsewhere."""
S3 = f"{PREFIX}S3_"
"""No job needs these: Flink has its own keys."""
DETACHED = "--detached"
PROMPT = "$ "
PACKAGES = ("contracts", "adapters", "detection", "jobs")
"""What the jobs are made of; it travels with them."""
SUFFIXES = frozenset({".py", ".sql", ".cql", ".json", ".lua", ".toml"})


@dataclass(frozen=True)
class Command:
    """A `flink run`: its arguments and what its environment adds."""

    arguments: list[str]
    environment: dict[str, str]

    def lines(self, width: int) -> list[str]:
        """As typed in a shell behind a prompt, so wide where words allow it; a line that goes on
        ends with a backslash, so that a shell takes all of them for one command. Paths are relative
        to the working directory, and a variable that holds a secret is taken from the shell's own.
        """
        lines = [PROMPT]
        for word in self._words():
            if len(lines[-1]) > len(PROMPT) and len(f"{lines[-1]}{word} \\") > width:
                lines.append(" " * len(PROMPT))
            lines[-1] += f"{word} "
        return [f"{line}\\" for line in lines[:-1]] + [lines[-1].rstrip()]

    def _words(self) -> list[str]:
        """Options stand with their values, which a reader takes together."""
        here = re.compile(rf"(?<!/){re.escape(str(Path.cwd()))}/")
        words = [
            f'{name}="${name}"' if _is_secret(name, value) else f"{name}={shlex.quote(value)}"
            for name, value in self.environment.items()
        ]
        option = False
        for argument in map(shlex.quote, self.arguments):
            if option and not argument.startswith("-"):
                words[-1] += f" {argument}"
                option = False
            else:
                words.append(argument)
                option = argument.startswith("--")
        return [here.sub("", word) for word in words]


def submit(
    settings: Settings,
    console: Console,
    savepoints: dict[str, str],
    project: Path = PROJECT,
    parallelism: int | None = None,
) -> dict[str, str]:
    """Submit the jobs and wait until all their tasks run.

    Args:
        savepoints: Path of the savepoint to start from, by job; without one a job
            begins at the beginning of the topic.
        project: Where PACKAGES are taken from.
        parallelism: Parallel instances of each task; the cluster's default if None.

    Returns:
        Flink's job ids by job.

    Raises:
        FlinkError: a job of that name runs already, does not start, or would archive twice.
    """
    if not savepoints and _has_archived(settings):
        raise FlinkError(
            f"{settings.archive_location} holds readings already, and jobs without a state would "
            "archive them again; go on with `wattstream submit --from latest`, or begin anew with "
            "`wattstream reset`"
        )
    if ARCHIVER in savepoints:
        _refuse_older(settings, savepoints[ARCHIVER])
    with FlinkRest(settings) as rest:
        for job in JOBS:
            if (job_id := rest.running(settings.job_name(job))) is not None:
                raise FlinkError(
                    f"{settings.job_name(job)} runs already (job {job_id}); stop it with "
                    "`wattstream stop`, or choose another namespace with --namespace"
                )
        archive = pack(settings, project)
        run = command(settings, archive, savepoints, project, parallelism)
        show_command(run, console)
        at = parallelism or rest.default_parallelism()
        needed = sum(instances(job, at, settings) for job in JOBS)
        if (lacking := shortage(needed, rest.slots(), rest.holders())) is not None:
            console.print(f"{lacking}.", style="yellow", highlight=False)
        return _run_shown(rest, run, {job: settings.job_name(job) for job in JOBS}, console)


def submit_reference(
    settings: Settings, console: Console, job: str, parallelism: int | None = None
) -> str:
    """Submit one of REFERENCES beside the other jobs, and wait until all its tasks run. It begins
    at its topics' beginnings.

    Returns:
        Flink's id of the job.

    Raises:
        FlinkError: it runs already, or does not start.
    """
    name = settings.job_name(job)
    with FlinkRest(settings) as rest:
        if (job_id := rest.running(name)) is not None:
            raise FlinkError(f"{name} runs already (job {job_id}); stop it with `wattstream stop`")
        run = reference_command(settings, job, pack(settings, PROJECT), parallelism)
        show_command(run, console)
        return _run_shown(rest, run, {job: name}, console)[job]


def show_command(command: Command, console: Console) -> None:
    """Print what is about to be run, in lines that a terminal shows whole and a shell takes."""
    # A word that is longer than a line stays whole: broken, it could not be copied.
    for line in command.lines(console.width):
        console.print(line, style="dim", highlight=False, soft_wrap=True)


def _run_shown(
    rest: FlinkRest, run: Command, jobs: Mapping[str, str], console: Console
) -> dict[str, str]:
    """`run_client`, and what is waited for."""
    with console.status(f"`flink run` submits {', '.join(jobs.values())}") as status:
        return run_client(rest, run, jobs, status.update)


def run_client(
    rest: FlinkRest,
    command: Command,
    jobs: Mapping[str, str],
    tell: Callable[[str], object] = lambda _: None,
) -> dict[str, str]:
    """Run a client to its end, and if it is detached wait until all tasks of its jobs run.

    Args:
        jobs: Names of its jobs, by any key.
        tell: Hears of how they stand, again and again.

    Returns:
        Flink's ids, by those keys, of the jobs that the client left behind.

    Raises:
        FlinkError: it failed, or a job does not start. Client and jobs are ended: neither a job
            without the others nor one that waits for slots is of use to anyone.
    """
    client = subprocess.Popen(
        command.arguments,
        env=without_settings(os.environ) | command.environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        output, _ = client.communicate()
        if client.returncode != 0:
            raise FlinkError(f"`flink run` of {', '.join(jobs.values())} failed:\n{output.strip()}")
        if DETACHED not in command.arguments:
            return {}
        return {key: rest.wait_until_running(name, tell=tell) for key, name in jobs.items()}
    except BaseException:
        client.terminate()
        client.wait()
        rest.cancel(*filter(None, map(rest.running, jobs.values())))
        raise


def pack(settings: Settings, project: Path, packages: Iterable[str] = PACKAGES) -> Path:
    """Zip the packages that the jobs import, for `--pyFiles`; SQL and schema files included."""
    archive = settings.job_package
    archive.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as target:
        for package in packages:
            for path in sorted((project / package).rglob("*")):
                if path.suffix in SUFFIXES and "target" not in path.parts:
                    target.write(path, path.relative_to(project))
    return archive


def command(
    settings: Settings,
    archive: Path,
    savepoints: dict[str, str],
    project: Path,
    parallelism: int | None = None,
    only: str | None = None,
) -> Command:
    """The `flink run` that submits the jobs, or only one, to the cluster of the settings."""
    checkpoints, _ = flink_state_dirs(settings)
    states = [each for job, state in savepoints.items() for each in (f"--{job}-from", state)]
    return flink_run(
        settings,
        detached(parallelism),
        archive,
        project / "jobs" / "all.py",
        [
            *("--checkpoints-url", file_url(checkpoints)),
            *([] if only is None else ["--only", only]),
            *states,
        ],
    )


def detached(parallelism: int | None = None) -> list[str]:
    """Options of a `flink run` that leaves its jobs behind, at a parallelism or the cluster's."""
    return [DETACHED, *([] if parallelism is None else ["--parallelism", str(parallelism)])]


def stop(settings: Settings, console: Console, *, with_savepoint: bool) -> Path | None:
    """Stop the jobs. Those of REFERENCES have no savepoint.

    Returns:
        With a savepoint, a JSON file with each job's savepoint, which `submit --from` takes.

    Raises:
        FlinkError: no job of the namespace runs, or a savepoint failed, or would: then none is
            stopped.
    """
    savepoints: dict[str, str] = {}
    _, directory = flink_state_dirs(settings)
    with FlinkRest(settings) as rest:
        alive = {job: rest.running(settings.job_name(job)) for job in JOBS}
        beside = {job: rest.running(settings.job_name(job)) for job in REFERENCES}
        if not any(alive.values()) and not any(beside.values()):
            raise FlinkError(
                f"no job of namespace {settings.namespace} runs; stop those of another one with "
                "--namespace (WATTSTREAM_NAMESPACE)"
            )
        if with_savepoint:
            _refuse_if_one_restarts(settings, rest)
        for job, job_id in alive.items():
            if job_id is None:
                console.print(f"{settings.job_name(job)} was not running")
            elif with_savepoint:
                target = file_url(directory / job)
                savepoints[job] = rest.stop_with_savepoint(job_id, target)
                console.print(f"{settings.job_name(job)} stopped; savepoint {savepoints[job]}")
            else:
                rest.cancel(job_id)
                console.print(f"{settings.job_name(job)} cancelled")
        for job, job_id in beside.items():
            if job_id is not None:
                rest.cancel(job_id)
                console.print(f"{settings.job_name(job)} cancelled")
    if not with_savepoint:
        return None
    now = datetime.now(UTC)
    path = directory / f"{now:%Y%m%dT%H%M%S}.json"
    directory.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(savepoints, indent=2))
    console.print(f"`wattstream submit --from {path}` goes on from here")
    return path


def _refuse_if_one_restarts(settings: Settings, rest: FlinkRest) -> None:
    for kind in JOBS:
        job = rest.find(settings.job_name(kind))
        if job is None or not job.alive or job.all_tasks_run:
            continue
        why = "".join(f", after: {each.cause}" for each in rest.failures(job)[:1])
        raise FlinkError(
            f"{job.name} is {job.state.lower()} and cannot take a savepoint now{why}. "
            f"`wattstream status -n {settings.namespace}` says how it does; `wattstream stop -n "
            f"{settings.namespace}` without --savepoint ends all jobs, and `wattstream submit "
            "--from latest` goes on from their last checkpoints"
        )


def begin_again(settings: Settings, console: Console, job: str, project: Path = PROJECT) -> str:
    """Stop one job with a savepoint and let it go on from there, as wide as before; if it does not
    run, let it go on from its newest state. The other jobs go on meanwhile.

    Returns:
        Flink's new id of the job.

    Raises:
        FlinkError: it has no state to go on from, or does not stop or start. Asked for again, it
            goes on from the newest state.
    """
    name = settings.job_name(job)
    _, directory = flink_state_dirs(settings)
    parallelism = None
    # Before anything is stopped: whoever stops must be able to start.
    archive = pack(settings, project)
    with FlinkRest(settings) as rest:
        if rest.running(name) is not None:
            # One that restarts just now, as its store was away, takes no savepoint.
            job_id = rest.wait_until_running(name)
            parallelism = rest.parallelism(job_id)
            state: str | None = rest.stop_with_savepoint(job_id, file_url(directory / job))
            console.print(f"{name} stopped; savepoint {state}")
        else:
            state = _newest_state(settings, job)
        if state is None:
            raise FlinkError(f"{name} neither runs nor has a state; start with `wattstream submit`")
        run = command(settings, archive, {job: state}, project, parallelism, only=job)
        show_command(run, console)
        return _run_shown(rest, run, {job: name}, console)[job]


def running(settings: Settings) -> dict[str, str]:
    """Flink's job ids by job.

    Raises:
        FlinkError: a job of the namespace does not run.
    """
    with FlinkRest(settings) as rest:
        ids = {job: rest.running(settings.job_name(job)) for job in JOBS}
    if missing := [settings.job_name(job) for job, job_id in ids.items() if job_id is None]:
        raise FlinkError(f"not running: {', '.join(missing)}; start with `wattstream submit`")
    return {job: job_id for job, job_id in ids.items() if job_id is not None}


def latest_state(settings: Settings) -> dict[str, str]:
    """The newest savepoint or retained checkpoint of each job; the history job may have none, since
    it goes on from what its consumer group committed.

    Raises:
        FlinkError: another job has neither.
    """
    found = {job: _newest_state(settings, job) for job in JOBS}
    for job in READERS:
        if found[job] is None:
            raise FlinkError(
                f"{settings.job_name(job)} has neither a savepoint nor a checkpoint to start from; "
                "leave out --from to start from the beginning of the topic"
            )
    return {job: state for job, state in found.items() if state is not None}


def _newest_state(settings: Settings, job: str) -> str | None:
    checkpoints, savepoints = flink_state_dirs(settings)
    found = [
        *(checkpoints / job).glob("*/chk-*/_metadata"),
        *(savepoints / job).glob("savepoint-*/_metadata"),
    ]
    if not found:
        return None
    return file_url(max(found, key=lambda path: path.stat().st_mtime).parent)


def _has_archived(settings: Settings) -> bool:
    """Whether the job that archives has done so; of an archive that cannot be read its state
    tells."""
    if _newest_state(settings, ARCHIVER) is not None and settings.archive_url is not None:
        return True
    return is_read(settings) and bool(snapshot(settings))


def _refuse_older(settings: Settings, savepoint: str) -> None:
    newest = _newest_state(settings, ARCHIVER)
    # Flink writes file:/path, and we file:///path.
    if newest is not None and urlsplit(newest).path != urlsplit(savepoint).path:
        raise FlinkError(
            f"the {ARCHIVER} job has archived readings since {savepoint}, and would archive them "
            f"again: its newest state is {newest}; go on with `wattstream submit --from latest`, "
            "or begin anew with `wattstream reset`"
        )


def read_savepoints(path: Path) -> dict[str, str]:
    """Savepoints by job, from a file that `stop` wrote.

    Raises:
        FlinkError: there is no such file, or it is not one of `stop`'s.
    """
    try:
        savepoints = json.loads(path.read_text())
    except (OSError, ValueError) as error:
        raise FlinkError(
            f"--from {path}: {error}; give `latest` or a file that `wattstream stop --savepoint` "
            "wrote"
        ) from error
    if not isinstance(savepoints, dict) or any(
        not isinstance(savepoints.get(job), str) for job in READERS
    ):
        raise FlinkError(
            f"--from {path}: it does not name a savepoint for each of {' and '.join(READERS)}; "
            "give a file that `wattstream stop --savepoint` wrote"
        )
    return {job: savepoints[job] for job in JOBS if job in savepoints}


def batch_command(
    settings: Settings, job: str, arguments: dict[str, str], package: Path, project: Path = PROJECT
) -> Command:
    """The `flink run` of a batch of `jobs/batch.py`, which ends when the batch does."""
    given = [each for name, value in arguments.items() for each in (f"--{name}", value)]
    return flink_run(
        settings,
        # The cluster's would read a file that cannot be read again and again, for ever.
        ["-Drestart-strategy.type=none"],
        package,
        project / "jobs" / "batch.py",
        [job, *given],
    )


def reference_command(
    settings: Settings, job: str, package: Path, parallelism: int | None = None
) -> Command:
    """The `flink run` of one of REFERENCES, which has a module of its name."""
    checkpoints, _ = flink_state_dirs(settings)
    directory = file_url(checkpoints / job)
    return flink_run(
        settings,
        [*detached(parallelism), f"-Dexecution.checkpointing.dir={directory}"],
        package,
        PROJECT / "jobs" / f"{job}.py",
        [],
    )


def flink_run(
    settings: Settings, options: list[str], package: Path, program: Path, arguments: list[str]
) -> Command:
    """The `flink run` of a program on the cluster of the settings.

    Args:
        options: Of `flink run` itself.
        package: What `pack` made.
        arguments: Of the program.
    """
    cluster = urlsplit(settings.flink_rest_url)
    return Command(
        [
            str(flink_home() / "bin" / "flink"),
            "run",
            *options,
            "--jobmanager",
            f"{cluster.hostname}:{cluster.port}",
            # With it the client would ask ZooKeeper, not the settings, where the cluster is.
            "-Dhigh-availability.type=NONE",
            "--pyClientExecutable",
            sys.executable,
            "--pyFiles",
            str(package),
            "--python",
            str(program),
            *arguments,
        ],
        environment(StackSettings())
        | {name: value for name, value in changed(settings).items() if not name.startswith(S3)}
        | variables(settings, ALWAYS_PASSED),
    )


def _is_secret(name: str, value: str) -> bool:
    return name.endswith("_PASSWORD") or value != without_password(value)
