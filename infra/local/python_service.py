"""Services of the stack that are Python programs of this project."""

import sys
from collections.abc import Callable, Mapping

from infra.local.service import Service
from infra.settings import StackSettings


def python_service(
    name: str,
    arguments: tuple[str, ...],
    environment: Mapping[str, str],
    stack: StackSettings,
    ready: Callable[[], None],
) -> Service:
    """`python <arguments>`, with the interpreter of whoever starts it.

    Args:
        environment: Its settings.
        ready: As in `Service`; a process without a port may be asked for what it last did.
    """
    run_dir = stack.run_dir(name)
    return Service(
        name=name,
        command=(sys.executable, *arguments),
        environment=environment,
        ports={},
        log=stack.log_dir / f"{name}.log",
        files={},
        made_of=(),
        prepare=lambda: run_dir.mkdir(parents=True, exist_ok=True),
        ready=ready,
    )
