"""`python -m infra.deploy.crds FOLDER OVERLAY…`: validates what Kustomize makes of an overlay
against the definitions of operators, which are in no package registry: take your cluster's.

    kubectl get crd -o yaml > crds/all.yaml
"""

import argparse
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import jsonschema
import yaml

from infra.errors import StackError

Manifest = Mapping[str, Any]
OF_ALL = ("apiVersion", "kind", "metadata")
"""What every manifest has."""


def rendered(overlay: Path) -> list[Manifest]:
    """What `kubectl kustomize` makes of it.

    Raises:
        StackError: it refuses; it said why.
    """
    outcome = subprocess.run(
        ("kubectl", "kustomize", str(overlay)), capture_output=True, text=True, check=False
    )
    if outcome.returncode != 0:
        raise StackError(f"kubectl kustomize {overlay}: {outcome.stderr.strip()}")
    return list(yaml.safe_load_all(outcome.stdout))


def definitions(folder: Path) -> dict[tuple[str, str], dict[str, Any]]:
    """The schemas of a folder's CustomResourceDefinitions, by API version and kind."""
    found = {}
    for path in sorted((*folder.rglob("*.yaml"), *folder.rglob("*.yml"))):
        for document in yaml.safe_load_all(path.read_text()):
            items = document["items"] if document and "items" in document else [document]
            for item in filter(None, items):
                spec = item["spec"]
                for version in spec["versions"]:
                    name = f"{spec['group']}/{version['name']}"
                    schema = closed(version["schema"]["openAPIV3Schema"])
                    found[name, spec["names"]["kind"]] = schema
    return found


def closed(schema: dict[str, Any]) -> dict[str, Any]:
    """The schema as the API server takes it with `--validate=strict`: no field that it does not
    have, but where it keeps whatever comes."""
    made = dict(schema)
    if "properties" in made:
        made["properties"] = {key: closed(value) for key, value in made["properties"].items()}
    if isinstance(made.get("items"), dict):
        made["items"] = closed(made["items"])
    if isinstance(made.get("additionalProperties"), dict):
        made["additionalProperties"] = closed(made["additionalProperties"])
    if made.get("x-kubernetes-int-or-string"):
        made = {"type": ["integer", "string"]}
    elif (
        "properties" in made
        and "additionalProperties" not in made
        and not made.get("x-kubernetes-preserve-unknown-fields")
    ):
        made["additionalProperties"] = False
    return made


def problems(
    manifests: list[Manifest], known: Mapping[tuple[str, str], Mapping[str, Any]]
) -> Iterator[str]:
    """What is wrong with those manifests whose kind is known."""
    for manifest in manifests:
        kind, name = manifest["kind"], manifest["metadata"]["name"]
        schema = known.get((manifest["apiVersion"], kind))
        if schema is None:
            continue
        # The rest is Kubernetes' own.
        body = {key: value for key, value in manifest.items() if key not in OF_ALL}
        for error in jsonschema.Draft4Validator(schema).iter_errors(body):
            where = ".".join(map(str, error.absolute_path))
            yield f"{kind} {name}: {where}: {error.message}"


def main() -> None:
    """Validate overlays against the CustomResourceDefinitions of a folder."""
    parser = argparse.ArgumentParser(prog="python -m infra.deploy.crds", description=main.__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("overlays", type=Path, nargs="+")
    arguments = parser.parse_args()
    known = definitions(arguments.folder)
    failed = False
    for overlay in arguments.overlays:
        try:
            manifests = rendered(overlay)
        except StackError as error:
            sys.exit(str(error))
        checked = [each for each in manifests if (each["apiVersion"], each["kind"]) in known]
        for problem in problems(manifests, known):
            failed = True
            print(f"{overlay}: {problem}")
        kinds = ", ".join(sorted({each["kind"] for each in checked})) or "none"
        print(f"{overlay}: {len(checked)} of {len(manifests)} manifests were checked: {kinds}")
    sys.exit(failed)


if __name__ == "__main__":
    main()
