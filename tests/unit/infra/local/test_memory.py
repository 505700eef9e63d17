"""The stack fits into what README says that it takes."""

import re
from pathlib import Path

from contracts.settings import PROJECT, Settings
from infra.local.brokers import BROKERS
from infra.local.services import TABLE
from infra.settings import StackSettings


def bounds() -> dict[str, int]:
    """What each service may take by its configuration, MiB: heaps of Java, whole processes of
    Flink, data of Redis, shared buffers of PostgreSQL."""
    known = StackSettings.model_construct()
    return {name: getattr(known, name) for name in StackSettings.model_fields if "_mib" in name}


def test_what_is_configured_is_within_what_readme_says() -> None:
    found = re.search(r"takes up to (\d+) GiB of memory", (PROJECT / "README.md").read_text())
    assert found is not None
    usual = StackSettings.model_construct().mqtt_broker
    of_others = tuple(f"{name}_" for name in BROKERS if name != usual)
    taken = {name: mib for name, mib in bounds().items() if not name.startswith(of_others)}
    assert sum(taken.values()) <= int(found[1]) * 1024


def test_every_bound_is_given_to_its_service_and_every_java_has_one(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path / "data")
    numbers = {name: 3_001 + place for place, name in enumerate(bounds())}
    stack = StackSettings(local_dir=tmp_path).model_copy(update=numbers)
    made = {name: entry.make(settings, stack) for name, entry in TABLE.items()}

    for name, number in numbers.items():
        owner = next(each for each in TABLE if name.startswith(each.replace("-", "_")))
        told = f"{made[owner].command} {[*made[owner].files.values()]}"
        assert re.search(rf"(?<!\d){number}mb?\b", told, re.IGNORECASE), name
    for service in made.values():
        if any(part.endswith("/java") for part in service.command):
            assert "-Xmx" in f"{service.command} {[*service.files.values()]}", service.name
