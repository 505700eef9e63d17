"""The reading: one message of one meter, and its limits.

The published form is `reading.schema.json`; `contracts/README.md` explains it. Units are the
commodity's: the register counts Wh (electricity) or litres (gas, water), demand is W or litres per
hour. Both carry three decimals; WattStream computes with whole thousandths, so sums are exact.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import orjson

SCHEMA_VERSION = 1
SCHEMA_PATH = Path(__file__).with_name("reading.schema.json")

Commodity = Literal["electricity", "gas", "water"]
COMMODITIES: tuple[Commodity, ...] = ("electricity", "gas", "water")

AREA_LENGTH = 5
"""An area is the first five characters of the geohash, about 5 km by 5 km."""

MAX_METER_ID_LENGTH = 64
MIN_GEOHASH_LENGTH, MAX_GEOHASH_LENGTH = 5, 12
MAX_TS_MS = 4_102_444_800_000
"""2100-01-01; a later event time is absurd."""
MAX_SEQ = 2**53 - 1
MAX_REGISTER = 100_000_000_000
"""100 GWh, or 100 million cubic metres."""
MAX_DEMAND = 1_000_000_000
MAX_VOLTAGE_V = 1_000_000


@dataclass(frozen=True, slots=True)
class Reading:
    """What a meter says at one instant. `ts` is the end of the measured interval, epoch ms UTC."""

    meter_id: str
    geohash: str
    commodity: Commodity
    ts: int
    seq: int
    register: float
    demand: float
    voltage_v: float | None = None


def encode(reading: Reading) -> bytes:
    """The reading as it goes over the wire; an absent voltage is left out."""
    message: dict[str, str | int | float] = {
        "meter_id": reading.meter_id,
        "geohash": reading.geohash,
        "commodity": reading.commodity,
        "ts": reading.ts,
        "seq": reading.seq,
        "register": reading.register,
        "demand": reading.demand,
    }
    if reading.voltage_v is not None:
        message["voltage_v"] = reading.voltage_v
    return orjson.dumps(message)


HEARTBEAT = b'{"heartbeat":true}'
"""Says only "time goes on in this partition"; its arrival moves the watermark. No key."""

PACED_HEADER = "paced"
"""Name of the header, without a value, by which a heartbeat says that a pacemaker wrote it in the
place of the partition's writer. It changes nothing for who reads the log."""
