"""What names in addresses look like."""

from typing import Annotated

from fastapi import Path, Query
from pydantic import StringConstraints

from contracts.geohash import ALPHABET

MeterId = Annotated[str, Path(pattern=r"^[A-Za-z0-9_.:-]{1,64}$", examples=["MAC000002"])]
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
