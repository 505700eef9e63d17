"""The kinds of devices that bridge.toml may name, and what it may say of each."""

from collections.abc import Callable, Mapping
from typing import NamedTuple

from services.bridge.profiles import (
    chirpstack,
    dsmr,
    generic,
    glow,
    native,
    panels,
    pulses,
    rtl_433,
    shelly,
    tasmota,
    thingsboard,
    zigbee2mqtt,
)
from services.bridge.said import Device, Message, Said

ALWAYS = frozenset({"topic", "profile", "meter", "geohash", "commodity", "cadence"})
"""Keys of any route."""


class Kind(NamedTuple):
    """How its messages are read, and the keys of a route that say what they do not."""

    read: Callable[[Message, Device], list[Said]]
    uses: frozenset[str] = frozenset()
    needs: frozenset[str] = frozenset()
    """Those without which nothing can be read."""
    names_itself: bool = False
    """Whether messages say of which meter they are, so that a route does not."""
    is_of_a_site: bool = False
    """Whether messages say of which meter of a site they are, so that the site has to stand in the
    topic, in the place of a wildcard, or in `meter`."""

    @property
    def keys(self) -> frozenset[str]:
        """All that a route may have."""
        return (ALWAYS - {"meter"} if self.names_itself else ALWAYS) | self.uses | self.needs


_ZONE, _FIELDS = frozenset({"zone"}), frozenset({"fields"})

PROFILES: Mapping[str, Kind] = {
    "native": Kind(native.read),
    "tasmota": Kind(tasmota.read, _ZONE),
    "shelly-gen1": Kind(shelly.read_gen1),
    "shelly": Kind(shelly.read_gen2),
    "glow": Kind(glow.read, _ZONE),
    "zigbee2mqtt": Kind(zigbee2mqtt.read, _ZONE),
    "dsmr-reader": Kind(dsmr.read, _ZONE),
    "rtl_433": Kind(rtl_433.read, _ZONE | {"factors"}, names_itself=True),
    "chirpstack": Kind(chirpstack.read, _ZONE, _FIELDS),
    "thingsboard": Kind(thingsboard.read_device, _ZONE, _FIELDS),
    "thingsboard-gateway": Kind(thingsboard.read_gateway, _ZONE, _FIELDS),
    "json": Kind(generic.read, _ZONE, _FIELDS),
    "pulses": Kind(pulses.read, needs=frozenset({"wh_per_pulse", "interval"})),
    "panels": Kind(panels.read, is_of_a_site=True),
}
"""By the name that bridge.toml has for it."""
