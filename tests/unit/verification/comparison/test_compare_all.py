"""What verification makes of a store's odd content, and of a store that it cannot read."""

import json
from pathlib import Path

import pytest
from rich.console import Console

from contracts.settings import Settings
from verification.comparison.compare import compare_rows
from verification.errors import VerificationError
from verification.report import verify
from verification.rows import LiveAreaTotal
from verification.stores.live import LIVE_AREA, values_of

FIELDS = {"slice_end_ms": 5_000, "meters": 1, "readings": 2, "demand": 0.5}


@pytest.mark.parametrize(
    ("fields", "difference"),
    [
        (FIELDS, []),
        (
            {name: FIELDS[name] for name in FIELDS if name != "demand"},
            ["gas demand: expected 0.5, found None"],
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
    expected = {("gas", "gcpuy"): LiveAreaTotal(5_000, 1, 2, 0.5)}
    found = {("gas", "gcpuy"): LiveAreaTotal(*values_of(json.dumps(fields), LIVE_AREA))}
    assert compare_rows("s", expected, found, lambda key: key[0]).examples == difference


def test_an_archive_elsewhere_is_refused(tmp_path: Path) -> None:
    settings = Settings(  # type: ignore[call-arg]
        data_dir=tmp_path, archive_url="s3://meters/archive", _env_file=None
    )
    with pytest.raises(VerificationError, match="archive_url is s3://meters/archive"):
        verify(settings, Console())
