"""Exceptions as CSV."""

from collections.abc import Iterable

import orjson

from billing.settlement.written import text
from contracts.issued import OpenException

COLUMNS = (
    *("exception_id", "severity", "rule", "register_id", "commodity", "premises_id"),
    *("begin_ms", "end_ms"),
    *("site_id", "month", "opened_at_ms", "detail"),
)


def exceptions_text(found: Iterable[OpenException]) -> str:
    """A line for each, `detail` as JSON."""
    return text(
        COLUMNS,
        (
            (
                *(each.exception_id, each.what.severity, each.what.rule, each.what.register_id),
                *(each.what.commodity, each.what.premises_id),
                *(each.what.begin_ms, each.what.end_ms),
                *(each.site_id, each.month, each.opened_at_ms),
                orjson.dumps(each.what.detail).decode(),
            )
            for each in found
        ),
    )
