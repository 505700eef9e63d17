"""The rules in the watch job: facts of a subject in their order, what is open in keyed state."""

from collections.abc import Iterator

from msgspec.json import Encoder
from pyflink.common import Row, Types
from pyflink.datastream import KeyedProcessFunction, RuntimeContext
from pyflink.datastream.state import ValueStateDescriptor

from jobs.fold import fold
from jobs.rules.book import Rules

ALERT_TYPE = Types.ROW_NAMED(["id", "alert"], [Types.STRING(), Types.STRING()])
"""A version of an alert: its id, and the whole of it as JSON."""

_json = Encoder().encode


class Watch(KeyedProcessFunction):  # type: ignore[misc]
    """Rows of (subject, fact as JSON), keyed by subject, into rows of ALERT_TYPE.

    A version is a function of the facts up to it, and state and place in the topic are in one
    checkpoint: a restart says again what it said since, and says the same.
    """

    def __init__(self, rules: Rules) -> None:
        self.rules = rules

    def open(self, runtime_context: RuntimeContext) -> None:
        descriptor = ValueStateDescriptor("kept", Types.PRIMITIVE_ARRAY(Types.BYTE()))
        self.kept = runtime_context.get_state(descriptor)

    def process_element(
        self,
        value: Row,
        ctx: KeyedProcessFunction.Context,  # noqa: ARG002
    ) -> Iterator[Row]:
        before = self.kept.value()
        kept, alerts = fold(before, value[1], self.rules)
        if kept != before:
            self.kept.update(kept)
        for alert in alerts:
            yield Row(alert.id, _json(alert).decode())
