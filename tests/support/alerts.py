"""Alerts written by hand."""

from typing import Any

import msgspec

from contracts.alerts import Alert, Evidence, Kind, alert_id

OPENED_MS = 1_387_815_310_000
"""2013-12-23 16:15:10 UTC."""


def an_alert(
    kind: Kind = "outage",
    subject: str = "sim-t-000143",
    opened_at_ms: int = OPENED_MS,
    **fields: Any,  # noqa: ANN401
) -> Alert:
    """The first version of an alert, but for the fields that are given."""
    alert = Alert(
        id=alert_id(kind, subject, opened_at_ms),
        version=1,
        state="opened",
        kind=kind,
        severity="major",
        subject=subject,
        area="gcpuy",
        onset_ms=opened_at_ms - 10_000,
        opened_at_ms=opened_at_ms,
        at_ms=opened_at_ms,
        evidence=Evidence("full", "8 of 8 homes that were due stayed away.", {"due": 8.0}),
        rules="2026-12-01",
    )
    return msgspec.structs.replace(alert, **fields)
