"""The watch job: facts into alerts, by rules in Python (`jobs/rules/`), to Kafka and Redis.

What people say of alerts it puts beside them in Redis; no rule sees it.

It is a job of its own so that rules may change while slices go on; and as facts carry their own
time and come from one place in order, it needs neither watermark nor timers. Submit it with
`flink run --python jobs/watch.py`; docs/operations.md has the whole command.
"""

from pyflink.common import Types
from pyflink.table import StreamTableEnvironment

from contracts.settings import Settings
from jobs.build import Flow, submit
from jobs.functions.live import write_live_alerts, write_live_notes
from jobs.functions.watch import ALERT_TYPE, Watch
from jobs.rules.all import read


def watched(
    table_env: StreamTableEnvironment,
    settings: Settings,  # noqa: ARG001
    job: str,  # noqa: ARG001
) -> None:
    """Creates the view `watched` of `facts_to_watch`: id and alert, a row for each version of an
    alert, by the rules as they stand where the job is submitted.

    Raises:
        RulesError: the rules cannot be read.
    """
    facts = table_env.to_data_stream(table_env.from_path("facts_to_watch"))
    alerts = (
        facts.key_by(lambda row: row[0], key_type=Types.STRING())
        .process(Watch(read()), output_type=ALERT_TYPE)
        .name("watch")
        .uid("watch")
    )
    table_env.create_temporary_view("watched", table_env.from_data_stream(alerts))


FLOW = Flow(
    "watch",
    statements=(
        "tables/facts_to_watch",
        watched,
        "tables/acknowledged",
        "tables/alerts",
        "inserts/alerts",
        "inserts/live_alerts",
        "tables/alert_notes",
        "inserts/live_notes",
    ),
    functions={"write_live_alerts": write_live_alerts, "write_live_notes": write_live_notes},
)

if __name__ == "__main__":
    submit(FLOW, Settings(), {})
