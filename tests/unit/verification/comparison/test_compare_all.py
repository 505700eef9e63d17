"""What verification makes of a store's odd content, and of a store that it cannot read."""

import json
from pathlib import Path

import pytest
from rich.console import Console

from contracts.settings import Settings
from verification.comparison.compare import compare_rows
from verification.comparison.names import largest_name
from verification.errors import VerificationError
from verification.report import verify
from verification.rows import LargestTotal, LargeValue, LiveGroupTotal
from verification.stores.live import largest_total, live_group, live_value

FIELDS: dict[str, float | None] = {
    "slice_end_ms": 5_000,
    "demand": 0.5,
    "reporting": 1,
    "holding": 2,
    "silent": 0,
    "energy_today": 1.5,
}


@pytest.mark.parametrize(
    ("fields", "difference"),
    [
        (FIELDS, []),
        (
            {name: FIELDS[name] for name in FIELDS if name != "demand"},
            [
                "gas demand: expected 0.5, found None, "
                "other_fields: expected (), found ('no demand',)"
            ],
        ),
        (
            FIELDS | {"x": 1, "a": None},
            ["gas other_fields: expected (), found ('a', 'x')"],
        ),
    ],
    ids=["equal", "a field missing", "surplus fields"],
)
def test_a_live_value_has_the_contracts_fields_and_no_others(
    fields: dict[str, float | None], difference: list[str]
) -> None:
    expected = {("gas", "gcpuy"): LiveGroupTotal(5_000, 0.5, 1, 2, 0, 1.5)}
    found = {("gas", "gcpuy"): live_group(json.dumps(fields))}
    assert compare_rows("s", expected, found, lambda key: key[0]).examples == difference


def test_a_live_value_that_leaves_fields_out_has_their_defaults() -> None:
    said = {
        "slice_end_ms": 5_000,
        "last_ms": 4_000,
        "holds_until_ms": 34_000,
        "late": False,
        "geohash": "gcpuyj",
        "commodity": "gas",
        "register": 7.5,
        "demand": None,
        "energy_today": 0.5,
        "readings": 2,
    }
    value = live_value(json.dumps(said))
    assert value[:10] == tuple(said.values())
    assert value[10:] == (0, 0, 0, 0, None, None, None, "measured", None, None, ())


def test_the_largest_have_the_contracts_fields_and_no_others() -> None:
    meter = {"meter_id": "m", "area": "gcpuy", "value": 0.5}
    said = {"slice_end_ms": 60_000, "meters": [meter, meter | {"meter_id": "n"}]}
    odd = said | {"meters": [{"meter_id": "m", "value": 0.5, "x": 1}], "y": 2}
    m, n = (LargeValue(name, "gcpuy", 0.5) for name in "mn")
    expected = {("gas", "power"): LargestTotal(60_000, (m, n))}

    found = {("gas", "power"): largest_total(json.dumps(said))}
    assert compare_rows("s", expected, found, largest_name).equal

    found = {("gas", "power"): largest_total(json.dumps(odd))}
    assert found["gas", "power"].other_fields == ("y", "x", "no area")
    (example,) = compare_rows("s", expected, found, largest_name).examples
    assert example.startswith("gas, the largest by power meters: expected (LargeValue(")

    assert largest_total("{}") == LargestTotal(None, (), ("no slice_end_ms", "no meters"))  # type: ignore[arg-type]


def test_an_archive_elsewhere_is_refused(tmp_path: Path) -> None:
    settings = Settings(  # type: ignore[call-arg]
        data_dir=tmp_path, archive_url="hdfs://meters/archive", _env_file=None
    )
    with pytest.raises(VerificationError, match="archive_url is hdfs://meters/archive"):
        verify(settings, Console())
