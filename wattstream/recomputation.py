"""`wattstream recompute`: whether batch equals stream."""

from rich.console import Console

from contracts.settings import MINUTE_MS, Settings
from recompute.errors import RecomputeError
from recompute.horizon import stored_horizon
from recompute.results import read_history
from recompute.span import Span
from recompute.tables import Table, read_tables, repair
from verification.summary import show_differences
from verification.wording import time_text
from wattstream.batch import results_of


def recompute(settings: Settings, span: Span, console: Console, *, mend: bool) -> bool:
    """Compute history of a span anew from the archive, and compare it with Cassandra.

    Args:
        mend: Write what differs, and compare again.

    Returns:
        Whether Cassandra holds (in the end) exactly what the archive says.

    Raises:
        RecomputeError: no minute of the span is complete.
        ArchiveError, FlinkError, VerificationError: the archive, Flink or a job is in the way.
    """
    horizon = stored_horizon(settings, console)
    complete = span.until(horizon.event_time_ms // MINUTE_MS * MINUTE_MS)
    if not complete:
        raise RecomputeError(
            f"no minute from {time_text(span.from_ms)} on is complete: the stream has come to "
            f"{time_text(max(horizon.event_time_ms, 0))}; give an earlier --from"
        )
    if complete != span:
        console.print(
            f"the stream has come to {time_text(horizon.event_time_ms)}: comparing up to "
            f"{time_text(complete.to_ms)}"
        )
    with results_of(settings, "recompute", complete, console) as results:
        computed = read_history(results)
    tables = read_tables(settings, computed, complete, horizon, console)
    equal = _show(tables, console)
    if equal or not mend:
        return equal
    console.print(f"{repair(settings, tables):,} rows repaired")
    return _show(read_tables(settings, computed, complete, horizon, console), console)


def _show(tables: list[Table], console: Console) -> bool:
    comparisons = [table.comparison() for table in tables]
    show_differences(comparisons, console)
    equal = all(each.equal for each in comparisons)
    console.print(
        "[bold green]EQUAL[/]: history holds exactly what the archive says"
        if equal
        else "[bold red]NOT EQUAL[/]: history does not hold what the archive says"
    )
    return equal
