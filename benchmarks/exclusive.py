"""A benchmark is alone on its stack, and in a namespace that is its own."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from confluent_kafka import KafkaException
from rich.console import Console

from adapters.flink import FlinkRest
from adapters.kafka import topic_ends
from benchmarks.errors import BenchmarkError
from contracts.settings import Settings
from infra.local import stack
from infra.provision import erase


def mark(settings: Settings) -> Path:
    """The file that says that a namespace is a benchmark's; what its log holds is in it."""
    return settings.data_dir / "benchmarks" / f"{settings.namespace}.json"


@contextmanager
def alone(settings: Settings, console: Console, *, keep_readings: bool) -> Iterator[None]:
    """A stack that is up, and a namespace that is emptied afterwards, whatever happens.

    Raises:
        BenchmarkError: jobs of other namespaces run, or the namespace holds readings that no
            benchmark made.
    """
    stack.up(settings, console)
    with FlinkRest(settings) as rest:
        others = rest.running_elsewhere(settings.namespace)
    if others:
        raise BenchmarkError(
            f"{', '.join(others)} run on this stack, and would be measured too: stop them first "
            "with `wattstream stop --namespace …`"
        )
    marked = mark(settings)
    if not marked.exists():
        if _has_readings(settings):
            raise BenchmarkError(
                f"namespace {settings.namespace} holds readings, which a benchmark would delete: "
                "give another one with --namespace, or empty it with `wattstream reset`"
            )
        marked.parent.mkdir(parents=True, exist_ok=True)
        marked.write_text("{}")
    try:
        yield
    finally:
        erase(settings, keep_readings=keep_readings)


def _has_readings(settings: Settings) -> bool:
    try:
        return any(topic_ends(settings))
    except KafkaException:
        # There is no such topic.
        return False
