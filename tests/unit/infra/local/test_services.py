"""The table of services says the same as the services themselves."""

import sys
from importlib.util import find_spec
from pathlib import Path

from contracts.settings import PROJECT, Settings
from infra.local.services import TABLE, WATCHED, Part, services
from infra.settings import StackSettings


def test_a_service_has_the_name_that_it_is_known_by(tmp_path: Path) -> None:
    settings, stack = Settings(data_dir=tmp_path / "data"), StackSettings(local_dir=tmp_path)

    assert [service.name for service in services(settings, stack)] == list(TABLE)


def test_the_supervisor_watches_all_but_itself() -> None:
    assert set(TABLE) - set(WATCHED) == {"supervisor"}
    assert {name for name, entry in TABLE.items() if entry.part is Part.STORE} == {
        *("kafka", "zookeeper", "cassandra", "redis")
    }


def test_every_folder_of_services_is_a_service_that_python_can_run(tmp_path: Path) -> None:
    settings, stack = Settings(data_dir=tmp_path / "data"), StackSettings(local_dir=tmp_path)
    commands = {service.name: service.command for service in services(settings, stack)}

    for path in sorted((PROJECT / "services").glob("*/__init__.py")):
        name = path.parent.name
        assert commands[name] == (sys.executable, "-m", f"services.{name}")
        assert find_spec(f"services.{name}.__main__") is not None
