"""What is measured: the product's jobs, and parts of the hot one, each with a branch more."""

from dataclasses import dataclass
from pathlib import Path

from contracts.jobs import JOBS

SQL = Path(__file__).parent / "sql"

DECODE = (f"{SQL}/1_discarded_records", f"{SQL}/2_write_discarded_records")


@dataclass(frozen=True, slots=True)
class Stage:
    """Jobs that drain the topic together."""

    name: str
    question: str
    jobs: tuple[str, ...]
    """Of `contracts.jobs.JOBS`, in the order in which they are submitted: history first and
    the cold one last, so that nothing with Python is planned and started on cores that already
    drain."""
    statements: tuple[str, ...] | None = None
    """Those of the hot job, if it is not run as it is; below `jobs/sql`, or of `SQL`."""

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
            "+ the 5 s slices of every meter, dropped",
            ("hot",),
            (f"{SQL}/3_discarded_slices", f"{SQL}/4_write_discarded_slices"),
        ),
        Stage(
            "live",
            "slices of every meter into Redis",
            ("hot",),
            ("shared/2_acknowledged", "hot/4_write_live_meters"),
        ),
        Stage(
            "history",
            "+ minutes of every meter into Cassandra",
            ("history", "hot"),
            (
                "shared/2_acknowledged",
                "shared/3_minute_rows",
                "hot/4_write_live_meters",
                "hot/6_write_minutes",
            ),
        ),
        Stage("whole", "+ areas: the hot job as it is, and history", ("history", "hot")),
        Stage("cold", "archive, corrections and rejects: the cold job alone", ("cold",)),
        Stage("hot_and_cold", "all three jobs", ("history", "hot", "cold")),
    )
}
"""By name, in the order in which they are run."""
