"""Pulse counters that are zeroed at each publication (the power board of reference B).

`sensor_count_<n>` flashes since the message before. A flash is one Wh of most meters; the field
`sensor_<n>_rate_mwh` says Wh per hour despite its name, which follows from the count.
"""

import re

from contracts.time import HOUR_MS
from services.bridge.fields import json_object, number, scaled
from services.bridge.said import Device, Message, Said, UnmappedError

_COUNT = re.compile(r"sensor_count_(\d+)", re.ASCII)


def read(message: Message, device: Device) -> list[Said]:
    """A meter for each counter, `<device>:<n>`.

    Raises:
        UnmappedError: it has no counter, or one that is negative.
    """
    said = json_object(message)
    counters = {found[1]: name for name in said if (found := _COUNT.fullmatch(name))}
    if not counters:
        raise UnmappedError("missing", "there is no sensor_count_1")
    return [_counted(said, name, f"{device.meter}:{n}", device) for n, name in counters.items()]


def _counted(said: object, name: str, meter: str, device: Device) -> Said:
    flashes = number(said, name)
    if flashes < 0 or flashes != int(flashes):
        raise UnmappedError("out_of_range", f"{name} is {flashes:g}: give a whole number from 0 on")
    energy = flashes * device.wh_per_pulse
    return Said(
        meter_id=meter,
        pulses=scaled(energy, 1),
        demand=scaled(energy, HOUR_MS / device.interval_ms),
    )
