"""Which reason a reject is counted by; the topics themselves are in tests/integration."""

import pytest

from contracts.rejects import REASONS
from services.exporter.topics import OTHER, reason_of


@pytest.mark.parametrize("reason", REASONS)
def test_a_reason_is_known_by_its_header(reason: str) -> None:
    assert reason_of([("detail", b"missing"), ("reason", reason.encode())]) == reason


@pytest.mark.parametrize(
    "headers", [None, [], [("reason", b"new")], [("reason", b"\xff")], [("reason", None)]]
)
def test_what_is_no_reason_has_one_label_for_all(headers: list[tuple[str, bytes]] | None) -> None:
    assert reason_of(headers) == OTHER
