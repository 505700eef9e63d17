"""The cold job: late readings into corrections (Cassandra), all usable readings into the Parquet
archive, unusable messages into the rejects topic, in arrival time.

Submit it with `flink run --python jobs/cold.py`; README.md has the whole command.
"""

from contracts.settings import Settings
from jobs import flow
from jobs.sinks.cassandra_history import write_corrections


def main() -> None:
    """Build the job from `jobs/sql/shared` and `jobs/sql/cold`, and submit it."""
    settings = Settings()
    table_env = flow.table_environment(settings, "cold")
    table_env.create_temporary_function("write_corrections", write_corrections(settings))
    flow.run(table_env, settings, "cold")


if __name__ == "__main__":
    main()
