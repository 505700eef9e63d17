"""Flink in containers has what the local stack found out, and no address of one machine."""

from pathlib import Path

import pytest
import yaml

from contracts.settings import Settings
from infra.deploy.flink import (
    OF_ONE_CLUSTER,
    OF_ONE_MACHINE,
    PATCH,
    make_home,
    of_container,
    of_kubernetes,
    patch,
    tuned,
    write_configuration,
)
from infra.local.flink.service import CONFIG
from infra.settings import StackSettings

STACK = StackSettings.model_construct()
SETTINGS = Settings.model_construct(flink_rest_url="http://flink-jobmanager:8081")
LOCAL = tuned(STACK)


def leaves(tree: object) -> int:
    return sum(map(leaves, tree.values())) if isinstance(tree, dict) else 1


def test_every_option_of_the_local_stack_is_taken_or_of_one_machine() -> None:
    text = CONFIG.read_text().replace("${", "{")
    of_machine = leaves(yaml.safe_load(text.replace("{", "").replace("}", ""))) - len(LOCAL)
    left_out = {name for name in OF_ONE_MACHINE if not name.endswith(".")}
    assert of_machine >= len(left_out)
    assert all("left-out" not in text and "127.0.0.1" not in text for text in LOCAL.values())


@pytest.mark.parametrize("options", [of_container(SETTINGS, STACK), of_kubernetes(STACK)])
def test_nothing_of_one_machine_is_left(options: dict[str, str]) -> None:
    for name, text in options.items():
        assert "127.0.0.1" not in text, name
        assert "left-out" not in text, name


def test_a_container_has_all_that_was_found_to_matter() -> None:
    made = of_container(SETTINGS, STACK)
    assert {name: made[name] for name in LOCAL} == LOCAL
    assert made["taskmanager.memory.process.size"] == f"{STACK.flink_taskmanager_mib}m"


def test_kubernetes_has_it_but_for_what_the_operator_or_the_job_says() -> None:
    made = of_kubernetes(STACK)
    for name, text in LOCAL.items():
        if name.startswith(OF_ONE_CLUSTER):
            assert made.get(name) != text, name
        else:
            assert made[name] == text
    assert not any("zookeeper" in name for name in made)


def test_the_patch_of_kubernetes_is_made_of_the_local_configuration() -> None:
    assert PATCH.read_text() == patch(STACK), "run `python -m infra.deploy.flink kubernetes`"


def test_nobody_logs_the_environment_of_the_client() -> None:
    logs = yaml.safe_load(patch(STACK))["spec"]["logConfiguration"]["log4j-console.properties"]
    lines = logs.splitlines()
    assert "logger.python.name = org.apache.flink.client.python" in lines
    assert "logger.python.level = WARN" in lines


def test_a_folder_of_a_container_is_what_flinks_scripts_read(tmp_path: Path) -> None:
    options = of_container(SETTINGS, STACK)
    write_configuration(tmp_path, options)

    assert yaml.safe_load((tmp_path / "config.yaml").read_text()) == options
    assert {each.name for each in tmp_path.iterdir()} == {
        *("config.yaml", "masters", "workers"),
        *("log4j-console.properties", "log4j-cli.properties", "log4j-session.properties"),
    }


def test_the_home_of_an_image_has_flink_its_jars_and_plugins(tmp_path: Path) -> None:
    stack = StackSettings(local_dir=tmp_path / "local")
    added = stack.jvm_dir("flink")
    added.mkdir(parents=True)
    (added / "arrow-serializer-1.jar").touch()
    home = tmp_path / "flink"

    make_home(home, stack)

    assert (home / "bin" / "kubernetes-jobmanager.sh").is_file()
    assert (home / "opt" / "flink-python-2.3.0.jar").is_file()
    jars = {each.name for each in (home / "lib").iterdir()}
    assert jars >= {"arrow-serializer-1.jar", "flink-python-2.3.0.jar", "flink-dist-2.3.0.jar"}
    assert (home / "plugins" / "metrics-prometheus").is_dir()
    assert stack.run_dir("flink").resolve() == home
