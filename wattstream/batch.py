"""Run a batch of `jobs/batch.py` over a snapshot of the archive.

What is run is printed first, as by `wattstream.submission`.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from shutil import rmtree

from rich.console import Console

from contracts.archive import hold
from contracts.flink_rest import FlinkError, FlinkRest
from contracts.settings import PROJECT, Settings, file_url
from recompute.span import Span
from wattstream import submission


@contextmanager
def results_of(settings: Settings, job: str, span: Span, console: Console) -> Iterator[Path]:
    """The folder of a batch's results over the readings of a span; it is deleted afterwards.

    Raises:
        ArchiveError: the archive cannot be read.
        FlinkError: such a batch runs already, or it fails.
    """
    folder = settings.batches_dir / f"{datetime.now(UTC):%Y%m%dT%H%M%S%f}-{job}"
    results = folder / "results"
    try:
        with hold(settings, folder / "archive", span.touches) as files:
            if files:
                arguments = {
                    "archive-url": file_url(folder / "archive"),
                    "results-url": file_url(results),
                    "from-ms": str(span.from_ms),
                    "to-ms": str(span.to_ms),
                }
                _run(settings, job, arguments, console)
        yield results
    finally:
        rmtree(folder, ignore_errors=True)


def _run(settings: Settings, job: str, arguments: dict[str, str], console: Console) -> None:
    name = settings.job_name(job)
    with FlinkRest(settings) as rest:
        if (job_id := rest.running(name)) is not None:
            raise FlinkError(f"{name} runs already (job {job_id}); try again when it has ended")
        package = submission.pack(settings, PROJECT)
        command = submission.batch_command(settings, job, arguments, package)
        console.print(f"[dim]$ {command}[/dim]", highlight=False, soft_wrap=True)
        process = submission.start(command)
        try:
            with console.status(f"Flink computes ({name})"):
                output, _ = process.communicate()
        except BaseException:
            process.terminate()
            process.wait()
            if (job_id := rest.running(name)) is not None:
                rest.cancel(job_id)
            raise
        if process.returncode != 0:
            raise FlinkError(f"`flink run` of {name} failed:\n{output.strip()}")
