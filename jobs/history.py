"""The history job: rows that the other two jobs put on Kafka into Cassandra.

It is a job of its own so that a Cassandra that is slow or down holds back neither live state nor
the archive: docs/decisions/0008-history-is-a-job-of-its-own.md. Submit it with
`flink run --python jobs/history.py`; README.md has the whole command.
"""

from collections.abc import Mapping

from contracts.settings import Settings
from jobs import build
from jobs.functions.history import write_area_minutes, write_minutes


def submit(settings: Settings, options: Mapping[str, str]) -> None:
    """Build the job from `jobs/sql/shared` and `jobs/sql/history`, and submit it."""
    table_env = build.table_environment(settings, "history", options)
    table_env.create_temporary_function("write_minutes", write_minutes(settings))
    table_env.create_temporary_function("write_area_minutes", write_area_minutes(settings))
    build.run(table_env, settings, "history")


if __name__ == "__main__":
    submit(Settings(), {})
