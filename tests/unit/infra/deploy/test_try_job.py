"""What is tried of a job is what Kustomize makes of the manifests."""

from pathlib import Path

import pytest

from contracts.jobs import JOBS
from infra.deploy.try_job import options_here, specification
from tests.unit.infra.deploy.manifests import of_kind


@pytest.mark.parametrize("job", JOBS)
def test_a_job_is_tried_as_the_manifests_have_it(job: str) -> None:
    (made,) = (
        each["spec"]
        for each in of_kind("trial", "FlinkDeployment")
        if each["metadata"]["name"] == f"wattstream-{job}"
    )

    known = specification(job)

    assert known["options"] == made["flinkConfiguration"]
    assert known["job"] == made["job"]
    assert known["memory"] == made["jobManager"]["resource"]["memory"]


def test_nothing_of_kubernetes_is_asked_for_where_there_is_none(tmp_path: Path) -> None:
    known = specification("hot")
    options = options_here(known, tmp_path, 1, 2)

    assert not any(name.startswith(("kubernetes.", "high-availability.")) for name in options)
    assert options["execution.checkpointing.dir"] == f"file://{tmp_path}/checkpoints"
    taken = {
        name
        for name in known["options"]
        if not name.startswith(("kubernetes.", "high-availability.", "execution.checkpointing."))
    }
    assert {name: options[name] for name in taken} == {
        name: known["options"][name] for name in taken
    }
