"""What names in addresses look like, and what several addresses take."""

from typing import Annotated, Literal

from fastapi import Path, Query
from pydantic import StringConstraints

from contracts.geohash import ALPHABET

MeterId = Annotated[str, Path(pattern=r"^[A-Za-z0-9_.:-]{1,64}$", examples=["MAC000002"])]
MeterName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_.:-]{1,64}$")]
IdPrefix = Annotated[str, Query(max_length=64, pattern=r"^[A-Za-z0-9_.:-]*$")]
"""How the ids of meters begin."""
CellPrefix = Annotated[str, StringConstraints(pattern=rf"^[{ALPHABET}]{{1,12}}$")]
"""How the geohashes of a part of the map begin."""
CellName = Annotated[str, Path(pattern=rf"^[{ALPHABET}]{{2,5}}$", examples=["gcpu"])]
Area = Annotated[str, Path(pattern=rf"^[{ALPHABET}]{{5}}$", examples=["gcpuy"])]
RegionName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_.:-]{1,16}$")]
FeederName = Annotated[str, Path(pattern=r"^[A-Za-z0-9_.:-]{1,64}$", examples=["sim-t-000143"])]
AlertId = Annotated[
    str, Path(min_length=1, max_length=150, examples=["outage:sim-t-000143:1387815310000"])
]
Month = Annotated[
    str | None,
    Query(pattern=r"^[0-9]{4}-(0[1-9]|1[0-2])$", description="Local.", examples=["2013-03"]),
]
Format = Annotated[Literal["json", "csv"], Query(alias="format")]
