"""Each job of a client finds its state by numbers of its own, whatever was planned before it."""

import json

from pyflink.datastream import StreamExecutionEnvironment
from pyflink.table import StreamTableEnvironment

from jobs.build import number_from_one

TABLES = (
    "CREATE TABLE numbers (n BIGINT) WITH ('connector' = 'datagen', 'number-of-rows' = '1')",
    "CREATE TABLE nowhere (n BIGINT) WITH ('connector' = 'blackhole')",
)


def planned(*, anew: bool) -> list[int]:
    """Numbers of the operators of a small job that is planned now."""
    environment = StreamExecutionEnvironment.get_execution_environment()
    table_env = StreamTableEnvironment.create(environment)
    for table in TABLES:
        table_env.execute_sql(table)
    if anew:
        number_from_one(table_env)
    plan = table_env._j_tenv.compilePlanSql("INSERT INTO nowhere SELECT n + 1 FROM numbers")
    return [node["id"] for node in json.loads(plan.asJsonString())["nodes"]]


def test_the_numbers_of_a_job_do_not_depend_on_those_before_it() -> None:
    first = planned(anew=True)
    assert first[0] == 1
    assert planned(anew=True) == first
    # Else nothing would be shown.
    assert planned(anew=False) != first
