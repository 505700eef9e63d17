"""PostgreSQL: what bills wait for, and whether all changes of masters are captured."""

from collections.abc import Iterator, Sequence

from adapters.bills.exceptions import open_by_severity
from adapters.captured_tables import slot_of
from adapters.postgres import connect_to_read
from contracts.capture import slot
from contracts.settings import Settings
from services.exporter.metrics import EXCEPTIONS_OPEN, SLOT_KEPT, SLOT_LOST, Sample

STATEMENT_S = 5


class Bills:
    """The databases of all namespaces."""

    name = "postgresql"

    def look(self, served: Sequence[Settings]) -> Iterator[Sample]:
        """How they do.

        Raises:
            psycopg.Error: PostgreSQL does not answer, or a namespace has no database.
        """
        for settings in served:
            with connect_to_read(settings, STATEMENT_S) as connection:
                for severity, number in open_by_severity(connection).items():
                    yield EXCEPTIONS_OPEN.of(number, settings.namespace, severity)
                found = slot_of(connection, slot(settings))
                yield SLOT_LOST.of(found is None or found.is_lost, settings.namespace)
                if found is not None:
                    yield SLOT_KEPT.of(found.kept_bytes, settings.namespace)
