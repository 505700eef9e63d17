"""The registry of a fleet: what is known of each meter, by the column."""

from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Literal, get_args

import numpy as np
import polars as pl
from numpy.typing import NDArray

from contracts.meters import KINDS, Kind
from contracts.reading import AREA_LENGTH, COMMODITIES, Commodity
from simulators.errors import FileError
from simulators.hashing import Hashes, text_hashes

Profile = Literal["london", "legacy-a", "legacy-d"]
PROFILES: tuple[Profile, ...] = get_args(Profile)
Tariff = Literal["flat", "dynamic"]
TARIFFS: tuple[Tariff, ...] = get_args(Tariff)
Used = Literal["electricity", "gas", "water"]
USED: tuple[Used, ...] = get_args(Used)
"""What a home may use, in the order of `contracts.reading.COMMODITIES`."""

Text = NDArray[np.bytes_]
"""ASCII of fixed width, a quarter of numpy's `str`: compare with `b"..."`, see `.astype(str)`."""


@dataclass(frozen=True, slots=True)
class Registry:
    """One element per meter (`meter_hash` is derived); `home` links the meters of one home.

    Supply meters come last: their `feeder` is the one whose supply they measure.
    """

    seed: int
    profile: Profile
    kind: Kind
    """What its meters send: register and demand, or the energy of intervals and the register."""
    meter_id: Text
    geohash: Text
    """12 characters."""
    latitude: NDArray[np.float64]
    longitude: NDArray[np.float64]
    region: Text
    """State code, or the place's name."""
    region_code: Text
    """ISO 3166-2, as `US-CA`; empty where nobody says."""
    time_zone: Text
    """IANA, as `Europe/London`; empty where nobody says."""
    feeder: Text
    """Transformer: about 50 homes close to one another."""
    announced_feeder: Text
    """The transformer that the utility knows: another one where a home is misplaced."""
    home: NDArray[np.int32]
    """-1 of supply meters."""
    commodity: NDArray[np.int8]
    """Index into `contracts.reading.COMMODITIES`."""
    business: NDArray[np.bool_]
    tariff: NDArray[np.int8]
    """Index into TARIFFS."""
    cadence_ms: NDArray[np.int64]
    phase_ms: NDArray[np.int64]
    """The meter reads when `ts % cadence_ms == phase_ms`."""
    solar_w: NDArray[np.int32]
    """Peak power of the home's panels, 0 without."""
    is_export: NDArray[np.bool_]
    """The second register of a solar home (`<meter>:export`), not a device of its own."""
    ev: NDArray[np.bool_]
    """Charges a car at night."""
    gain_ppm: NDArray[np.int32]
    """Millionths by which the meter counts too much."""
    capacity_w: NDArray[np.int32]
    """Rating of a supply meter's transformer; 0 where nobody says."""
    installed_ms: NDArray[np.int64]
    """When the device was installed, which counts from then; 0 where nobody says: from 1970."""
    meter_hash: Hashes
    """`text_hash` of the meter, for draws with `simulators.hashing.uniform`."""

    def __len__(self) -> int:
        return len(self.meter_id)

    @property
    def area(self) -> Text:
        """First five characters of the geohash."""
        return self.geohash.astype(f"S{AREA_LENGTH}")

    def is_commodity(self, commodity: Commodity) -> NDArray[np.bool_]:
        """Which meters measure it."""
        found: NDArray[np.bool_] = self.commodity == COMMODITIES.index(commodity)
        return found

    def take(self, rows: NDArray[np.int64] | NDArray[np.bool_] | slice) -> "Registry":
        """Some of the meters."""
        return Registry(
            self.seed,
            self.profile,
            self.kind,
            *(getattr(self, name)[rows] for name in _COLUMNS),
        )

    def joined(self, other: "Registry") -> "Registry":
        """These meters, and after them those of another registry of the same kind."""
        return Registry(
            self.seed,
            self.profile,
            self.kind,
            *(np.concatenate([getattr(self, name), getattr(other, name)]) for name in _COLUMNS),
        )


_COLUMNS = tuple(each.name for each in fields(Registry))[3:]
_TEXT = ("meter_id", "geohash", "region", "region_code", "time_zone", "feeder", "announced_feeder")


def save(registry: Registry, path: Path) -> None:
    """Write a Parquet file that people can read too: words for codes, and the area."""
    path.parent.mkdir(parents=True, exist_ok=True)
    table = pl.DataFrame(
        {name: _plain(getattr(registry, name)) for name in _COLUMNS if name != "meter_hash"}
    ).with_columns(
        area=pl.col("geohash").str.head(AREA_LENGTH),
        commodity=_words(registry.commodity, COMMODITIES),
        tariff=_words(registry.tariff, TARIFFS),
        premises=pl.when("business").then(pl.lit("business")).otherwise(pl.lit("household")),
    )
    unfinished = path.with_name(path.name + ".unfinished")
    table.write_parquet(
        unfinished,
        metadata={
            "seed": str(registry.seed),
            "profile": registry.profile,
            "kind": registry.kind,
        },
    )
    unfinished.rename(path)


def load(path: Path) -> Registry:
    """Read what `save` wrote.

    Raises:
        FileError: no such file, or not a registry.
    """
    try:
        table = pl.read_parquet(path)
        notes = pl.read_parquet_metadata(path)
        columns = {name: _column(table, name) for name in _COLUMNS if name != "meter_hash"}
        return Registry(
            seed=int(notes["seed"]),
            profile=PROFILES[PROFILES.index(notes["profile"])],
            kind=KINDS[KINDS.index(notes["kind"])],
            **columns,
            meter_hash=text_hashes(columns["meter_id"]),
        )
    except (OSError, KeyError, ValueError, pl.exceptions.PolarsError) as problem:
        raise FileError(f"{path}: not a registry of meters: {problem}") from problem


def _plain(column: NDArray[np.generic]) -> pl.Series:
    return pl.Series(column.astype(str) if column.dtype.kind == "S" else column)


def _words(codes: NDArray[np.int8], vocabulary: tuple[str, ...]) -> pl.Series:
    return pl.Series(np.array(vocabulary)[codes])


def _column(table: pl.DataFrame, name: str) -> NDArray[Any]:
    if name in _TEXT:
        return table[name].to_numpy().astype(np.bytes_)
    for vocabulary, coded in ((COMMODITIES, "commodity"), (TARIFFS, "tariff")):
        if name == coded:
            codes = {word: code for code, word in enumerate(vocabulary)}
            return table[name].replace_strict(codes, return_dtype=pl.Int8).to_numpy()
    return table[name].to_numpy()
