"""The reading: one message of one meter, and its limits.

The published form is `reading.schema.json`; `contracts/README.md` explains it. Units are the
commodity's: register and energy count Wh (electricity, supply) or litres (gas, water), demand is W
or litres per hour. They carry three decimals; WattStream computes with whole thousandths, so sums
are exact.
"""

from dataclasses import dataclass, fields
from operator import attrgetter
from pathlib import Path
from typing import Literal, get_args

import orjson

from contracts.geohash import ALPHABET
from contracts.time import DAY_MS

SCHEMA_VERSION = 1
SCHEMA_PATH = Path(__file__).with_name("reading.schema.json")

Commodity = Literal["electricity", "gas", "water", "supply"]
COMMODITIES: tuple[Commodity, ...] = get_args(Commodity)
"""`supply` is the electricity that goes into a feeder, measured at its transformer: what the homes
behind it take and what is lost on the way, and so in no sum over homes."""

Quality = Literal[
    "measured",  # read off the meter; what is meant where nothing is said
    "estimated",  # by whoever collects the readings
    "substituted",  # another value in the place of one that was missing or wrong
    "final",  # will not change any more
    "edited",  # by hand
    "questionable",  # measured, and perhaps wrong
    "derived",  # worked out from other values of the meter
]
QUALITIES: tuple[Quality, ...] = get_args(Quality)

AREA_LENGTH = 5
"""An area is the first five characters of the geohash, about 5 km by 5 km."""

MAX_METER_ID_LENGTH = 64
MIN_GEOHASH_LENGTH, MAX_GEOHASH_LENGTH = 5, 12
GEOHASH_PATTERN = rf"[{ALPHABET}]{{{MIN_GEOHASH_LENGTH},{MAX_GEOHASH_LENGTH}}}"
"""A regular expression, of all of it."""
MAX_TS_MS = 4_102_444_800_000
"""2100-01-01; a later event time is absurd."""
MAX_SEQ = 2**53 - 1
MAX_REGISTER = 100_000_000_000
"""100 GWh, or 100 million cubic metres."""
MAX_DEMAND = 1_000_000_000
MAX_VOLTAGE_V = 1_000_000
MAX_ENERGY = 1_000_000_000
MAX_INTERVAL_MS = 31 * DAY_MS
MAX_REVISION = 2**31 - 1
MAX_QUALITY_CODE_LENGTH = 16


@dataclass(frozen=True, slots=True)
class Reading:
    """What a meter says at one instant. `ts` is the end of the measured interval, epoch ms UTC.

    `energy` is what the interval of `interval_ms` took, in a revision the signed difference to what
    was said of it before. What is None is not said.
    """

    meter_id: str
    geohash: str
    commodity: Commodity
    ts: int
    seq: int
    register: float
    demand: float | None
    voltage_v: float | None = None
    energy: float | None = None
    interval_ms: int | None = None
    revision: int | None = None
    """None and 0: the first delivery."""
    quality: Quality | None = None
    """None: measured."""
    quality_code: str | None = None
    """The quality as the source says it."""


_FIELDS = tuple(field.name for field in fields(Reading))
_values = attrgetter(*_FIELDS)


def encode(reading: Reading) -> bytes:
    """The reading as it goes over the wire; what is absent is left out."""
    said = zip(_FIELDS, _values(reading), strict=True)
    return orjson.dumps({name: value for name, value in said if value is not None})


Event = Literal["power_lost"]
EVENTS: tuple[Event, ...] = get_args(Event)
"""What a meter says besides readings: its last gasp, when it loses power."""


def encode_event(event: Event, meter_id: str, ts: int, seq: int) -> bytes:
    """An event as it goes over the wire; `seq` is that of the meter's reading before it."""
    return orjson.dumps({"event": event, "meter_id": meter_id, "ts": ts, "seq": seq})


HEARTBEAT = b'{"heartbeat":true}'
"""Says only "time goes on in this partition"; its arrival moves the watermark. No key."""

CLOSING_HEARTBEAT = b'{"heartbeat":true,"closing":true}'
"""And that the partition's writer closes: its meters say nothing more, so they are not missed. The
next heartbeat that does not say so takes it back."""

PACED_HEADER = "paced"
"""Name of the header, without a value, by which a heartbeat says that a pacemaker wrote it in the
place of the partition's writer. It is no sign of that one: meters age only while their partition's
writer lives (`contracts.facts`)."""

ID_HEADER = "id"
"""Name of the header by which a writer finds its own readings again after it was killed: its name,
then which of its records this is. It changes nothing for who reads the log."""

INGEST_HEADER = "ingest"
"""Name of the header, without a value, by which an announcement says that it was repeated from the
topic of meters. It changes nothing for who reads the log."""
