"""Which alerts are an answer to a fault, of what Prometheus says of a span."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from chaos.alerts import Raised, raised, raised_since

BEGAN_S = 1_764_400_000.0


def series(name: str, state: str, *after_s: float, **labels: str) -> dict[str, Any]:
    """As of `/api/v1/query_range`."""
    return {
        "metric": {"alertname": name, "alertstate": state, "severity": "page", **labels},
        "values": [[BEGAN_S + each, "1"] for each in after_s],
    }


@pytest.mark.parametrize(
    ("told", "found"),
    [
        ([], ()),
        (
            [series("JobDown", "pending", 10, 15, 20)],
            (Raised("JobDown", "page", 10, None),),
        ),
        (
            [series("PartAway", "pending", 12, 17), series("PartAway", "firing", 22, 27)],
            (Raised("PartAway", "page", 12, 22),),
        ),
        # Of several of the same name, the first.
        (
            [
                series("JobDown", "pending", 20, flink_job="cold"),
                series("JobDown", "pending", 15, flink_job="hot"),
                series("JobInCircle", "firing", 5),
            ],
            (Raised("JobInCircle", "page", 5, 5), Raised("JobDown", "page", 15, None)),
        ),
        # It was there when the fault began.
        ([series("FeedQuiet", "pending", -5, 0), series("FeedQuiet", "firing", 5)], ()),
    ],
)
def test_what_was_not_there_before_is_an_answer(
    told: Sequence[Any], found: tuple[Raised, ...]
) -> None:
    assert raised(told, BEGAN_S) == found


def test_nobody_is_asked_where_the_stack_is_not_watched(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("WATTSTREAM_STACK_LOCAL_DIR", str(tmp_path))

    assert raised_since(BEGAN_S) is None


def test_a_prometheus_that_does_not_answer_ends_no_round(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("WATTSTREAM_STACK_LOCAL_DIR", str(tmp_path))
    monkeypatch.setenv("WATTSTREAM_STACK_PROMETHEUS_PORT", "1")
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "watched").touch()

    assert raised_since(BEGAN_S) is None
