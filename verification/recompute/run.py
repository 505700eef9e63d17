"""History computed anew from a snapshot of the archive: `wattstream recompute`."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from shutil import rmtree

from rich.console import Console
from rich.text import Text

from adapters.archive.snapshot import day_of, hold
from adapters.flink import FlinkError, FlinkRest
from contracts.settings import PROJECT, Settings, file_url
from infra.flink import submission
from verification.comparison.names import time_text
from verification.comparison.summary import show_differences
from verification.recompute.compare import Table, check_archived, read_tables, repair
from verification.recompute.computed import read_history
from verification.recompute.errors import RecomputeError
from verification.recompute.progress import closed_ms
from verification.recompute.span import Span


@dataclass(frozen=True)
class _Batch:
    """What a batch over the archive leaves."""

    results: Path
    days: frozenset[str]
    """The UTC days of its span, `YYYY-MM-DD`, of which the archive has files."""


def recompute(
    settings: Settings, span: Span, console: Console, *, mend: bool, delete: bool = False
) -> bool:
    """Compute the meters' history of a span anew from the archive, and compare it with Cassandra.

    The history of areas depends on what the registry announces, which is not archived: `verify`
    compares it.

    Args:
        mend: Write what is missing or different, and compare again.
        delete: When mending, delete too what must not be there. Only a whole archive knows that.

    Returns:
        Whether Cassandra holds (in the end) exactly what the archive says.

    Raises:
        RecomputeError: no period of the span is complete; or `mend`, and history has rows of days
            of which the archive has no file.
        ArchiveError, FlinkError, VerificationError: the archive, Flink or a job is in the way.
    """
    reached_ms = closed_ms(settings, console)
    period_ms = settings.period_ms
    complete = span.in_whole(period_ms).until(reached_ms // period_ms * period_ms)
    if not complete:
        raise RecomputeError(
            f"no period from {time_text(span.from_ms)} on is complete: the stream has come to "
            f"{time_text(max(reached_ms, 0))}; give an earlier --from"
        )
    if complete != span:
        console.print(
            f"the stream has come to {time_text(reached_ms)}: comparing whole periods, from "
            f"{time_text(complete.from_ms)} to {time_text(complete.to_ms)}"
        )
    with _computed(settings, "recompute", complete, console) as batch:
        computed = read_history(batch.results)
    tables = read_tables(settings, computed, complete, reached_ms, console)
    equal = _show(tables, console)
    if equal or not mend:
        return equal
    check_archived(settings, tables, batch.days)
    repaired = repair(settings, tables, delete=delete)
    console.print(f"{repaired.written:,} rows written, {repaired.deleted:,} deleted")
    if repaired.surplus:
        console.print(
            f"{repaired.surplus:,} rows that must not be there are left: if the archive is whole, "
            "`wattstream recompute --repair --delete` deletes them"
        )
    return _show(read_tables(settings, computed, complete, reached_ms, console), console)


@contextmanager
def _computed(settings: Settings, job: str, span: Span, console: Console) -> Iterator[_Batch]:
    """A batch over the readings of a span; its results are deleted afterwards.

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
        yield _Batch(results, frozenset(map(day_of, files)))
    finally:
        rmtree(folder, ignore_errors=True)


def _run(settings: Settings, job: str, arguments: dict[str, str], console: Console) -> None:
    name = settings.job_name(job)
    with FlinkRest(settings) as rest:
        if (job_id := rest.running(name)) is not None:
            raise FlinkError(f"{name} runs already (job {job_id}); try again when it has ended")
        package = submission.pack(settings, PROJECT)
        command = submission.batch_command(settings, job, arguments, package)
        submission.show_command(command, console)
        with console.status(f"Flink computes ({name})"):
            submission.run_client(rest, command, {job: name})


def _show(tables: list[Table], console: Console) -> bool:
    comparisons = [table.comparison() for table in tables]
    show_differences(comparisons, console)
    equal = all(each.equal for each in comparisons)
    console.print(
        Text.assemble(("EQUAL", "bold green"), ": history holds exactly what the archive says")
        if equal
        else Text.assemble(
            ("NOT EQUAL", "bold red"), ": history does not hold what the archive says"
        )
    )
    return equal
