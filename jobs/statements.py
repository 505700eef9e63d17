"""SQL by name: `<kind>/<name>` is a file of `jobs/sql/`, `tables`, `views` and `inserts` by kind.

`${...}` in a statement is a parameter of the settings, a list of figures, or the file of that name
in `jobs/sql/fragments/`, which several statements share.
"""

from collections.abc import Iterable, Mapping
from pathlib import Path
from string import Template

from contracts import capture, topics
from contracts.figures import FIGURE_NAMES, FIGURES, Figure
from contracts.models import MANIFEST, UNUSUAL_USE
from contracts.reading import MAX_DEMAND
from contracts.settings import Settings

SQL = Path(__file__).parent / "sql"
INSERTS = "inserts"
COMMENT = "--"

SQL_TYPES = {"bigint": "BIGINT", "timestamp": "BIGINT", "double": "DOUBLE"}
"""Of a figure on its way, by its type in Cassandra."""

Parameters = Mapping[str, str | int]


def statement(name: str, known: Parameters) -> str:
    """The text of a statement.

    Args:
        name: `<kind>/<name>` below `jobs/sql/`, or a path without its suffix.

    Raises:
        FileNotFoundError: there is no such statement.
        KeyError: it names a parameter that is not known.
    """
    return Template((SQL / f"{name}.sql").read_text()).substitute(known)


def is_insert(name: str) -> bool:
    """Whether the statement writes, and is run with all others that do; else it defines."""
    return Path(name).parent.name == INSERTS


def parameters(
    settings: Settings, job: str, given: Parameters | None = None
) -> dict[str, str | int]:
    """What statements of a job may name.

    Args:
        given: Besides what the settings say, or in its place.
    """
    known: dict[str, str | int] = {
        "job_name": settings.job_name(job),
        "kafka_bootstrap": settings.kafka_bootstrap,
        "readings_topic": topics.readings(settings).name,
        "rejects_topic": topics.rejects(settings).name,
        "minutes_topic": topics.minutes(settings).name,
        "periods_topic": topics.periods(settings).name,
        "area_minutes_topic": topics.area_minutes(settings).name,
        "facts_topic": topics.facts(settings).name,
        "alerts_topic": topics.alerts(settings).name,
        "alert_notes_topic": topics.alert_notes(settings).name,
        "masters_topic": topics.masters(settings).name,
        "tenant_months_topic": topics.tenant_months(settings).name,
        "table_header": capture.TABLE_HEADER,
        "committed_header": capture.COMMITTED_HEADER,
        "rejects_max_bytes": 2 * topics.MAX_MESSAGE_BYTES,
        "archive_url": settings.archive_location,
        "slice_ms": settings.slice_ms,
        "period_ms": settings.period_ms,
        "on_time_limit_ms": settings.on_time_limit_ms,
        "slack_ms": settings.slack_ms,
        "clock_skew_ms": settings.clock_skew_ms,
        "clock_behind_ms": settings.clock_behind_ms,
        "correction_window_ms": settings.correction_window_ms,
        "max_demand": MAX_DEMAND * 1000,
        "models_manifest": _quoted(settings.models_dir / UNUSUAL_USE / MANIFEST),
        "figures": _listed(FIGURE_NAMES),
        "figures_in_units": _listed(map(_in_units, FIGURES)),
        "figure_columns": _listed(map(_column, FIGURES)),
        **(given or {}),
    }
    fragments = {path.stem: _fragment(path, known) for path in (SQL / "fragments").glob("*.sql")}
    return known | fragments


def _fragment(path: Path, known: Parameters) -> str:
    lines = path.read_text().splitlines()
    text = "\n".join(line for line in lines if not line.startswith(COMMENT))
    return Template(text).substitute(known)


def _quoted(path: Path) -> str:
    """A path between the quotes of a statement, wherever that is run."""
    return str(path.absolute()).replace("'", "''")


def _in_units(figure: Figure) -> str:
    """A figure as history has it, of what a job has: units instead of thousandths."""
    return f"{figure.name} / 1000e0" if figure.type == "double" else figure.name


def _column(figure: Figure) -> str:
    return f"{figure.name} {SQL_TYPES[figure.type]}"


def _listed(parts: Iterable[str]) -> str:
    return ", ".join(parts)
