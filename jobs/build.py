"""Build a job from its flow: an environment, its functions, and its statements in their order."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

from pyflink.common import Configuration
from pyflink.datastream import StreamExecutionEnvironment
from pyflink.java_gateway import get_gateway
from pyflink.table import StatementSet, StreamTableEnvironment, TableEnvironment, TableResult
from pyflink.util.java_utils import to_jarray

from contracts.jobs import instances
from contracts.settings import Settings
from jobs.statements import Parameters, is_insert, parameters, statement

if TYPE_CHECKING:
    from pyflink.table.udf import UserDefinedScalarFunctionWrapper

# What measurements asked for; docs/design.md has them.
CONFIGURATION = {
    "table.local-time-zone": "UTC",
    # Without it each INSERT of the hot job reads and counts for itself.
    "table.optimizer.reuse-optimize-block-with-digest-enabled": "true",
    "pipeline.object-reuse": "true",
    "execution.checkpointing.interval": "10 s",
    "execution.checkpointing.mode": "EXACTLY_ONCE",
    # A job that is cancelled, or whose cluster is lost, goes on from its last one.
    "execution.checkpointing.externalized-checkpoint-retention": "RETAIN_ON_CANCELLATION",
    # State is found again by the number of its operator in the plan, not by a hash of the whole
    # plan: a statement that is added last leaves the savepoints of before usable.
    "table.exec.uid.generation": "ALWAYS",
    # A checkpoint that cannot be written, as on a full disk, makes the next restart longer. Ending
    # the job for it would stop the live view, and begin that restart at once.
    "execution.checkpointing.tolerable-failed-checkpoints": str(2**31 - 1),
    # Small bundles cost a factor of three. A slice's rows come at once, and fill one soon: how long
    # it may last is how long the last of them wait.
    "python.fn-execution.bundle.size": "100000",
    "python.fn-execution.bundle.time": "200",
    "python.fn-execution.arrow.batch.size": "10000",
}

View = Callable[[StreamTableEnvironment, Settings, str], None]
"""Creates views that are not SQL's, for the job of that name."""


@dataclass(frozen=True)
class Flow:
    """What a job is made of."""

    name: str
    """Of `contracts.jobs.JOBS`, `REFERENCES` or `BATCHES`."""
    statements: tuple[str | View, ...]
    """In their order: names as `jobs.statements.statement` takes them, and views of Java's. All
    inserts are one job. Flink finds state by an operator's place among the job's inserts: one that
    is added last leaves savepoints usable, unless another one writes to the same table, as both are
    where that one was."""
    functions: Mapping[str, "Callable[[Settings], UserDefinedScalarFunctionWrapper]"] = field(
        default_factory=dict
    )
    """Functions in Python, by the name that statements call them by."""
    java_functions: Mapping[str, str] = field(default_factory=dict)
    """Classes of functions in Java, by that name."""
    configuration: Mapping[str, str] = field(default_factory=dict)
    """Flink's, besides or in place of CONFIGURATION."""


def submit(
    flow: Flow,
    settings: Settings,
    options: Mapping[str, str],
    given: Mapping[str, str | int] | None = None,
) -> TableResult:
    """Build the job and submit it.

    Args:
        options: Flink's, besides the flow's own and those that the client was given.
        given: Parameters of the statements, besides those of the settings or in their place.
    """
    table_env = _table_environment(flow, settings, options)
    return define(flow, table_env, settings, given).execute()


def define(
    flow: Flow,
    table_env: StreamTableEnvironment,
    settings: Settings,
    given: Mapping[str, str | int] | None = None,
) -> StatementSet:
    """Create all that the job is made of in an environment.

    Args:
        given: Parameters of the statements, besides those of the settings or in their place.

    Returns:
        Its inserts, to be executed together.
    """
    for name, make in flow.functions.items():
        table_env.create_temporary_function(name, make(settings))
    for name, java_class in flow.java_functions.items():
        table_env.create_java_temporary_function(name, java_class)
    known = parameters(settings, flow.name, given or {})
    named = [
        each if isinstance(each, str) else partial(each, table_env, settings, flow.name)
        for each in flow.statements
    ]
    # Before all of them: views of Java's are planned as soon as they are created.
    number_from_one(table_env)
    return prepare(table_env, named, known)


def prepare(
    table_env: TableEnvironment, statements: Iterable[str | Callable[[], None]], known: Parameters
) -> StatementSet:
    """Run the statements that define, and what creates views of another kind, in their order.

    Returns:
        All inserts, to be executed together.
    """
    inserts = table_env.create_statement_set()
    for each in statements:
        if not isinstance(each, str):
            each()
        elif is_insert(each):
            inserts.add_insert_sql(statement(each, known))
        else:
            table_env.execute_sql(statement(each, known))
    return inserts


def number_from_one(table_env: StreamTableEnvironment) -> None:
    """Let Flink number the job's operators from 1. It goes on counting from job to job of a client,
    so that one more in the first would lose the state of all others; and it has no other way to
    begin again than this one of its tests, behind the planner's class loader."""
    planner = table_env._j_tenv.getPlanner().getClass().getClassLoader()
    context = planner.loadClass("org.apache.flink.table.planner.plan.nodes.exec.ExecNodeContext")
    jvm = get_gateway().jvm
    reset = context.getMethod("resetIdCounter", to_jarray(jvm.Class, []))
    reset.invoke(None, to_jarray(jvm.Object, []))


def _table_environment(
    flow: Flow, settings: Settings, options: Mapping[str, str]
) -> StreamTableEnvironment:
    """At the job's share of the cluster's default parallelism, or of the number of partitions if
    that is less."""
    configuration = Configuration()
    configuration.set_string("pipeline.name", settings.job_name(flow.name))
    for key, value in (CONFIGURATION | dict(flow.configuration) | dict(options)).items():
        configuration.set_string(key, value)
    environment = StreamExecutionEnvironment.get_execution_environment(configuration)
    # A source instance without a partition would never say that time goes on.
    environment.set_parallelism(instances(flow.name, environment.get_parallelism(), settings))
    return StreamTableEnvironment.create(environment)
