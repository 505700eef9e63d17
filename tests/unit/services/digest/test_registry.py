"""The registry, against a count of all entries."""

from collections import Counter

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.digest import WHOLE
from services.digest.registry import Change, EntryError, Registry, merged
from services.digest.standing import Placed, Value

PLACED = Placed("gcpuy", Value(5_000, 5_000, 5_000, 1.0, None, 0.0, "US-CA"))


def entry(**fields: str | None) -> bytes:
    return orjson.dumps({"geohash": "gcpuyj2k41vd", "commodity": "gas", "cadence_ms": 1} | fields)


entries = st.none() | st.builds(
    entry,
    commodity=st.sampled_from(["gas", "water"]),
    region=st.sampled_from(["US-CA", "US-NV", None]),
    customer=st.sampled_from(["c1", "c2", None]),
)
records = st.lists(st.tuples(st.sampled_from(["m1", "m2", "m3", "m4"]), entries), max_size=30)


@given(records, st.sets(st.sampled_from(["m1", "m4", "m5"])))
def test_meters_are_known_that_are_there_or_live(
    records: list[tuple[str, bytes | None]], live: set[str]
) -> None:
    registry = Registry()
    for each in records:
        registry.take(*each)
    there = {meter: orjson.loads(text) for meter, text in dict(records).items() if text}

    assert set(registry) == set(there)
    for commodity in ("gas", "water"):
        regions = {m: each["region"] for m, each in there.items() if each["commodity"] == commodity}
        regions |= {meter: "US-CA" for meter in live if meter not in regions}
        wanted = Counter(region for region in regions.values() if region)
        if regions:
            wanted[WHOLE] = len(regions)
        assert registry.known(commodity, dict.fromkeys(live, PLACED)) == wanted


@given(records)
def test_changes_lead_from_customer_to_customer(records: list[tuple[str, bytes | None]]) -> None:
    registry = Registry()
    changes = [change for each in records if (change := registry.take(*each)) is not None]
    last = {meter: orjson.loads(text) if text else None for meter, text in dict(records).items()}

    for meter, change in merged(changes).items():
        after = last[meter]
        assert change.customer == (after and after["customer"])
        assert change.customer_before is None
        assert change.entry == dict(records)[meter]
    # In two parts, as they may come.
    half = len(records) // 2
    registry = Registry()
    holders: dict[str, str | None] = {}
    for part in (records[:half], records[half:]):
        taken = [change for each in part if (change := registry.take(*each)) is not None]
        for meter, change in merged(taken).items():
            assert change.customer_before == holders.get(meter)
            holders[meter] = change.customer
    assert {meter: each for meter, each in holders.items() if each} == {
        meter: each["customer"] for meter, each in last.items() if each and each["customer"]
    }


def test_a_removal_is_a_change_once() -> None:
    registry = Registry()
    assert registry.take("m1", None) is None
    assert registry.take("m1", entry(customer="c1")) == Change(
        "m1", entry(customer="c1"), None, "c1"
    )
    assert registry.take("m1", None) == Change("m1", None, "c1", None)
    assert registry.take("m1", None) is None
    assert len(registry) == 0 and "m1" not in registry


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"5",
        b"{",
        b'{"geohash": "gcpuyj2k41vd"}',
        b'{"geohash": 5, "commodity": "gas"}',
        entry(commodity="steam"),
        entry(note="\u00e9").replace("\u00e9".encode(), b"\xff"),
        b"[" * 100_000,
    ],
)
def test_what_is_no_entry_is_told_and_changes_nothing(text: bytes) -> None:
    registry = Registry()
    registry.take("m1", entry())
    with pytest.raises(EntryError, match="the entry of meter m1 is none"):
        registry.take("m1", text)
    assert registry.known("gas", {}) == {WHOLE: 1}
