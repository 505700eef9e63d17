"""How many readings are missing in the stores, and how many are there more than once."""

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import TypeVar

import polars as pl

from verification.oracle.expected import Expected
from verification.stores.read_back import Found

K = TypeVar("K", bound=Hashable)

RECORD = ["kafka_partition", "kafka_offset"]


@dataclass(frozen=True)
class Balance:
    """Readings over history, archive and rejects; one that two stores lack counts twice."""

    lost: int
    doubled: int
    rejects_repeated: int
    """Records of the rejects topic beyond the first for the same message: allowed, since a reader
    knows them by topic, partition and offset."""


def balance(expected: Expected, found: Found) -> Balance:
    """Compare counts of readings, whatever else the rows say."""
    wanted = {key: row.readings for key, row in expected.minutes.items()}
    stored = {key[-4:]: row.readings or 0 for key, row in found.minutes_by_meter.items()}
    archived = found.archive.group_by(RECORD).len("times")
    missing = expected.archive.select(RECORD).join(archived, on=RECORD, how="anti")
    rejected = {key for key, _ in found.rejects}
    return Balance(
        lost=_surplus(wanted, stored) + len(missing) + len(expected.rejects.keys() - rejected),
        doubled=_surplus(stored, wanted) + int(archived.select(pl.col("times") - 1).sum().item()),
        rejects_repeated=len(found.rejects) - len(rejected),
    )


def _surplus(these: Mapping[K, int], those: Mapping[K, int]) -> int:
    """By how much the counts of these exceed those, over all keys."""
    return sum(max(count - those.get(key, 0), 0) for key, count in these.items())
