"""The MQTT broker in a container: configuration of the local stack's, certificates for a volume."""

import argparse
import os
from pathlib import Path

from contracts.settings import PROJECT
from infra.local.mosquitto import certificates
from infra.local.mosquitto.service import ACCESS_LIST, MIB, TEMPLATE
from infra.local.templates import filled_in
from infra.settings import LOOPBACK, StackSettings

CONFIG, DATA, TLS = "/mosquitto/config", "/mosquitto/data", "/mosquitto/tls"
"""The broker's own image has the first two."""
PORT = 8883
BROKER, BRIDGE = 1883, 9999
"""Users in the broker's image and in ours."""
LOCAL = ("# As whoever starts it", "crlfile ")
"""How lines begin that only the local one has: why it is root, and what its authority has revoked.
In Kubernetes another authority signs."""
FOLDER = PROJECT / "infra" / "deploy" / "kubernetes" / "components" / "stores"
"""Whose files Kustomize may read; Compose takes them from there."""


def files(stack: StackSettings) -> dict[str, str]:
    """What the local broker has, but that it listens everywhere and is not who starts it."""
    values = {
        "port": PORT,
        "acl": f"{CONFIG}/acl",
        "data_dir": DATA,
        "tls_dir": TLS,
        "queue_mib": stack.mosquitto_queue_mib,
        "queue_bytes": stack.mosquitto_queue_mib * MIB,
    }
    _, *lines = filled_in(TEMPLATE, values).splitlines(keepends=True)
    text = "".join(lines).replace(f"listener {PORT} {LOOPBACK}", f"listener {PORT}")
    lines = [line for line in text.splitlines(keepends=True) if not line.startswith(LOCAL)]
    made = "# Made of infra/local/mosquitto/ by `python -m infra.deploy.mosquitto files`.\n"
    return {
        "mosquitto.conf": made + "".join(lines).replace("user root", "user mosquitto"),
        "acl": ACCESS_LIST.read_text(),
    }


def have_certificates(folder: Path) -> None:
    """Those of the authority, the broker and the bridge, each key for whom it is."""
    certificates.ensure(folder)
    folder.chmod(0o755)
    for path in folder.glob("*.pem"):
        path.chmod(0o644)
    for name, user in ((certificates.SERVER, BROKER), (certificates.BRIDGE, BRIDGE)):
        os.chown(certificates.key(folder, name), user, user)


def main() -> None:
    """Write the broker's files for Compose and Kubernetes, or certificates into a volume."""
    parser = argparse.ArgumentParser(
        prog="python -m infra.deploy.mosquitto", description=main.__doc__
    )
    tasks = parser.add_subparsers(dest="task", required=True)
    tasks.add_parser("files", help=f"write those of {FOLDER.relative_to(PROJECT)} again")
    tasks.add_parser("certificates").add_argument("folder", type=Path)
    arguments = parser.parse_args()
    if arguments.task == "certificates":
        have_certificates(arguments.folder)
    else:
        for name, text in files(StackSettings.model_construct()).items():
            (FOLDER / name).write_text(text)


if __name__ == "__main__":
    main()
