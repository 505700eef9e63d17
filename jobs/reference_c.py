"""The reference mode of system C: months of tenants of data centres as its streaming SQL billed
them, to be compared with what `billing.settlement` bills. It is exact, its faults included.

A tenant's month is the largest register that arrived in it, of whichever panel, of the customer who
was known to be there at the arrival. So what was counted before a move is billed twice, what is
delivered late is billed in the next month, and what is nobody's yet is lost. Who was known is the
table `tenant` as its changes were committed, which heartbeats among them bring up to now: a row
comes some seconds after its reading.

Submit it beside the other jobs with `flink run --python jobs/reference_c.py`; docs/operations.md
has the whole command.
"""

from contracts.settings import Settings
from jobs.build import Flow, submit
from jobs.java_views import records

COLUMNS = (
    *("meter_id", "commodity", "ts", "register", "demand", "energy", "interval_ms"),
    *("heartbeat", "announcement", "problem"),
)
"""What it needs of a message."""

FLOW = Flow(
    "reference_c",
    statements=(
        records(COLUMNS),
        "views/judged_readings",
        "views/tenant_readings",
        "tables/master_changes",
        "views/tenants",
        "tables/tenant_months",
        "inserts/tenant_months",
    ),
)

if __name__ == "__main__":
    submit(FLOW, Settings(), {})
