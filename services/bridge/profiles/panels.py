"""Panels of a data centre with counters that begin again with each month (reference C).

`{"panel_id": 1, "tenant_id": "dc:eqix:us:chi1:12", "tenant_kwh_usage": 1034, ...}`. The number of a
panel is not unique, so the meter is what panel 1 of the site counts of tenant 12:
`dc:eqix:us:chi1:p1:12`. A fall is passed on: whether it is the month's is told by who knows the
calendar.

A message speaks for one site alone: that of its topic, or which the route names as `meter`.
"""

from services.bridge.fields import json_object, number, scaled, text
from services.bridge.said import Device, Message, Said, UnmappedError

KWH = 1_000.0


def read(message: Message, device: Device) -> list[Said]:
    """The meter of a panel and a tenant; utilization says nothing without a rating.

    Raises:
        UnmappedError: it does not say of whom, or how much, or speaks for another site.
    """
    said = json_object(message)
    tenant, panel = text(said, "tenant_id"), text(said, "panel_id")
    site, colon, number_there = tenant.rpartition(":")
    if not colon:
        raise UnmappedError("out_of_range", f"tenant_id is {tenant!r}: give <site>:<tenant>")
    if site != device.meter:
        raise UnmappedError(
            "meter_mismatch", f"tenant_id names {site}, and its topic is of {device.meter}"
        )
    used = scaled(number(said, "tenant_kwh_usage"), KWH)
    return [Said(meter_id=f"{site}:p{panel}:{number_there}", register=used, dimension="energy")]
