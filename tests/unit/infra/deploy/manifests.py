"""What Compose and Kustomize make of the files of `infra/deploy`."""

import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from contracts.settings import NOTIFY_PREFIX, PREFIX, PROJECT, Settings, names
from infra.settings import StackSettings

DEPLOY = PROJECT / "infra" / "deploy"
COMPOSE = DEPLOY / "compose"
OVERLAYS = sorted(path.name for path in (DEPLOY / "kubernetes" / "overlays").iterdir())
KNOWN = names(Settings) | names(StackSettings)
SECRETS = {"REDIS_PASSWORD": "secret-of-redis", "POSTGRES_PASSWORD": "secret-of-postgres"}

Manifest = Mapping[str, Any]


def variables(path: Path) -> dict[str, str]:
    """Those of a file of `NAME=value` lines."""
    lines = [line for line in path.read_text().splitlines() if line and line[0] != "#"]
    return dict(line.split("=", 1) for line in lines)


@cache
def compose(name: str = "compose.yaml") -> Manifest:
    """A file of Compose, its variables filled in from the list of images and made-up secrets."""
    given = variables(DEPLOY / "images.env") | SECRETS

    def value(found: re.Match[str]) -> str:
        default = found["default"]
        if found["name"] not in given and default is None:
            raise AssertionError(f"{name} asks for {found['name']}, which nobody gives")
        return given.get(found["name"], default or "")

    pattern = r"(?<!\$)\$\{(?P<name>\w+)(?::-(?P<default>[^}]*)|:\?[^}]*)?\}"
    loaded: Manifest = yaml.safe_load(re.sub(pattern, value, (COMPOSE / name).read_text()))
    return loaded


@cache
def overlay(name: str) -> list[Manifest]:
    """What `kubectl kustomize` makes of an overlay."""
    kubectl = Path(sys.executable).with_name("kubectl")
    folder = DEPLOY / "kubernetes" / "overlays" / name
    made = subprocess.run(
        (kubectl, "kustomize", folder), capture_output=True, text=True, check=False
    )
    assert made.returncode == 0, made.stderr
    return list(yaml.safe_load_all(made.stdout))


def of_kind(name: str, *kinds: str) -> list[Manifest]:
    """The manifests of some kinds in an overlay."""
    return [each for each in overlay(name) if each["kind"] in kinds]


def title(manifest: Manifest) -> str:
    return f"{manifest['kind']} {manifest['metadata']['name']}"


def pods(name: str) -> dict[str, Manifest]:
    """The pod templates of an overlay's workloads, by title; not those of Flink."""
    workloads = of_kind(name, "Deployment", "StatefulSet", "Job")
    return {title(each): each["spec"]["template"] for each in workloads}


def flink_pods(name: str) -> dict[str, Manifest]:
    """Those of Flink's clusters, the shared one and the job manager's laid over each other as the
    operator does it, the task manager's likewise."""
    made = {}
    for each in of_kind(name, "FlinkDeployment"):
        for part in ("jobManager", "taskManager"):
            shared, own = each["spec"]["podTemplate"], each["spec"][part]["podTemplate"]
            made[f"{title(each)} {part}"] = _over(shared, own)
    return made


def ours(name: str) -> dict[str, Manifest]:
    """The pods that are no store's."""
    return {
        title: pod
        for title, pod in (pods(name) | flink_pods(name)).items()
        if _image(pod).startswith(("wattstream-", "registry.example/wattstream-", "flink"))
    }


def environment(pod: Manifest) -> Iterator[tuple[str, Any]]:
    """Name and origin of each variable that a pod's containers are given by name."""
    for container in pod["spec"]["containers"]:
        for each in container.get("env", ()):
            yield each["name"], each.get("value", each.get("valueFrom"))


def secrets(pod: Manifest) -> set[str]:
    """The variables that a pod takes from a Secret."""
    return {
        name
        for name, origin in environment(pod)
        if isinstance(origin, Mapping) and "secretKeyRef" in origin
    }


def settings_of(name: str) -> dict[str, str]:
    """The ConfigMap that all processes of ours are given."""
    (found,) = (
        each["data"]
        for each in of_kind(name, "ConfigMap")
        if each["metadata"]["name"].startswith("wattstream-settings")
    )
    return dict(found)


def unknown(variables: Iterator[str] | list[str]) -> list[str]:
    """Those that look like settings and are none."""
    return [
        each
        for each in variables
        if each.startswith(PREFIX) and each not in KNOWN and not each.startswith(NOTIFY_PREFIX)
    ]


def _image(pod: Manifest) -> str:
    # Flink's operator gives its own containers an image.
    return str(pod["spec"]["containers"][0].get("image", "flink"))


def _over(below: Any, above: Any) -> Any:  # noqa: ANN401
    if isinstance(below, Mapping) and isinstance(above, Mapping):
        keys = {**below, **above}
        return {key: _over(below.get(key), above.get(key)) for key in keys}
    if isinstance(below, list) and isinstance(above, list):
        named = {each["name"]: each for each in below}
        for each in above:
            named[each["name"]] = _over(named.get(each["name"]), each)
        return list(named.values())
    return below if above is None else above
