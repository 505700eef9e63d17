"""`wattstream rebuild-live`: live state that Redis lost, from the archive."""

from rich.console import Console

from contracts.settings import SLICE_MS, Settings
from recompute.horizon import present_horizon
from recompute.live import write_live
from recompute.results import read_live
from recompute.span import Span
from verification.wording import time_text
from wattstream.batch import results_of


def rebuild_live(settings: Settings, console: Console | None = None, since_ms: int = 0) -> int:
    """Bring back live state that Redis has lost, from the archive's readings since a time.

    Returns:
        How many meters and areas Redis lacked, or had older slices of.

    Raises:
        ArchiveError, FlinkError, VerificationError: the archive, Flink or a job is in the way.
    """
    console = console or Console(quiet=True)
    horizon = present_horizon(settings, console)
    closed = Span(since_ms, max(since_ms, horizon.event_time_ms // SLICE_MS * SLICE_MS))
    with results_of(settings, "rebuild-live", closed, console) as results:
        live = read_live(results)
    written = write_live(settings, live)
    computed = sum(map(len, (*live.meters.values(), *live.areas.values())))
    console.print(
        f"{computed:,} meters and areas have reported up to {time_text(closed.to_ms)}; "
        f"Redis lacked {written:,} of them"
    )
    return written
