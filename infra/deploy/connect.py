"""`python -m infra.deploy.connect`: a worker of Kafka Connect in a container, as the local stack
has it but for where it listens."""

import os
import socket

from contracts.settings import Settings, host_and_port
from infra.local.connect.service import TEMPLATES, command
from infra.local.templates import filled_in
from infra.settings import LOOPBACK, StackSettings


def configuration(settings: Settings, stack: StackSettings, address: str) -> dict[str, str]:
    """The text of each file of a worker that listens everywhere.

    Args:
        address: Where other workers find this one.
    """
    _, port = host_and_port(settings.connect_url)
    values = {
        "bootstrap": settings.kafka_bootstrap,
        "replication": settings.kafka_replication,
        "port": port or 8083,
        "plugins": stack.jvm_dir("connect-plugins"),
    }
    texts = {template.name: filled_in(template, values) for template in TEMPLATES}
    worker = texts["worker.properties"]
    worker = worker.replace(f"listeners=http://{LOOPBACK}:", "listeners=http://0.0.0.0:")
    own_name = f"rest.advertised.host.name={address}"
    worker = worker.replace(f"rest.advertised.host.name={LOOPBACK}", own_name)
    return texts | {"worker.properties": worker}


def main() -> None:
    """Write the worker's files and become the worker."""
    settings, stack = Settings(), StackSettings()
    run_dir = stack.run_dir("connect")
    (run_dir / "tmp").mkdir(parents=True, exist_ok=True)
    address = socket.gethostbyname(socket.gethostname())
    for name, text in configuration(settings, stack, address).items():
        (run_dir / name).write_text(text)
    arguments = command(stack)
    os.execv(arguments[0], arguments)


if __name__ == "__main__":
    main()
