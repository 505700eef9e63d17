"""What is measured: the product's jobs, and parts of the hot one, each with a branch more."""

from dataclasses import dataclass
from pathlib import Path

from contracts.jobs import JOBS, READERS

SQL = Path(__file__).parent / "sql"

ALL_JOBS = (*(name for name in JOBS if name not in READERS), *READERS)
"""Whoever reads what another one writes first, so that nothing with Python is planned and started
on cores that already drain."""

DECODE = (f"{SQL}/tables/discarded_records", f"{SQL}/inserts/discarded_records")


@dataclass(frozen=True, slots=True)
class Stage:
    """Jobs that drain the topic together."""

    name: str
    question: str
    jobs: tuple[str, ...]
    """In the order in which they are submitted: that of ALL_JOBS."""
    statements: tuple[str, ...] | None = None
    """What the hot job does with what it knows, if it is not run as it is; below `jobs/sql`, or of
    `SQL`."""

    @property
    def complete(self) -> bool:
        """Whether all stores are filled as they must be."""
        return set(self.jobs) == set(JOBS) and self.statements is None


STAGES = {
    stage.name: stage
    for stage in (
        Stage("decode", "the ceiling: decode every record and drop it", ("hot",), DECODE),
        Stage(
            "slices",
            "+ what is known of every meter, slice by slice, dropped",
            ("hot",),
            (f"{SQL}/tables/discarded_meters", f"{SQL}/inserts/discarded_meters"),
        ),
        Stage(
            "live",
            "what is known of every meter into Redis",
            ("hot",),
            ("tables/acknowledged", "inserts/live_meters"),
        ),
        Stage(
            "history",
            "+ minutes, periods and corrections of every meter into Cassandra",
            ("history", "hot"),
            (
                "tables/acknowledged",
                "tables/minute_rows",
                "tables/period_rows",
                "inserts/live_meters",
                "inserts/minutes",
                "inserts/periods",
            ),
        ),
        Stage("whole", "+ groups: the hot job as it is, and history", ("history", "hot")),
        Stage("cold", "archive and rejects: the cold job alone", ("cold",)),
        Stage("hot_and_cold", "all jobs", ALL_JOBS),
    )
}
"""By name, in the order in which they are run."""
