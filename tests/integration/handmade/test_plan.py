"""All that is known of meters comes of one pass over the readings, and the order of arrival is kept
where the source is."""

from typing import Any

import pytest

from adapters.flink import FlinkRest
from contracts.settings import Settings
from infra.flink.submission import running

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


def test_one_task_reads_the_readings_and_all_that_is_written_comes_of_it(
    plan: list[Vertex],
) -> None:
    # The only one.
    (meters,) = readers(plan, source(plan))
    assert "MeterWindowAggregate" in meters["description"]

    (groups,) = (vertex for vertex in plan if vertex["description"].startswith("groups"))
    assert [edge["id"] for edge in groups["inputs"]] == [meters["id"]]


def readers(plan: list[Vertex], vertex: Vertex) -> list[Vertex]:
    return [
        other
        for other in plan
        if any(edge["id"] == vertex["id"] for edge in other.get("inputs", []))
    ]


def test_order_of_arrival_and_parts_of_slices_are_made_in_the_task_of_the_source(
    plan: list[Vertex],
) -> None:
    assert "arrival order" in source(plan)["description"]
    assert "pack readings" in source(plan)["description"]
