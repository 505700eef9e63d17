"""The shared slice is computed once, and the order of arrival is kept where the source is."""

from typing import Any

import pytest

from contracts.flink_rest import FlinkRest
from contracts.settings import Settings
from wattstream.submission import running

Vertex = dict[str, Any]


@pytest.fixture(scope="module")
def plan(by_hand: Settings) -> list[Vertex]:
    """The vertices of the running hot job."""
    with FlinkRest(by_hand) as rest:
        job_id = running(by_hand)["hot"]
        vertices: list[Vertex] = rest.get(f"/jobs/{job_id}/plan")["plan"]["nodes"]
    return vertices


def source(plan: list[Vertex]) -> Vertex:
    (only,) = (vertex for vertex in plan if "Source:" in vertex["description"])
    return only


def test_one_window_aggregate_of_5_s_reads_the_source_and_nothing_else_does(
    plan: list[Vertex],
) -> None:
    source_id = source(plan)["id"]

    readers = [
        vertex
        for vertex in plan
        if any(edge["id"] == source_id for edge in vertex.get("inputs", []))
    ]

    assert len(readers) == 1
    assert "WindowAggregate(groupBy=[meter_id]" in readers[0]["description"]
    assert "TUMBLE(time_col=[event_time], size=[5 s])" in readers[0]["description"]


def test_readings_are_aggregated_once(plan: list[Vertex]) -> None:
    descriptions = "".join(vertex["description"] for vertex in plan)

    assert descriptions.count("time_col=[event_time]") == 1


def test_order_of_arrival_and_parts_of_slices_are_made_in_the_task_of_the_source(
    plan: list[Vertex],
) -> None:
    assert "arrival order" in source(plan)["description"]
    assert "partial slices" in source(plan)["description"]
