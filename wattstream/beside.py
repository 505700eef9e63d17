"""Services of this project that run for as long as a command does."""

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from contracts.settings import PROJECT, Settings, names, variables, without_settings
from infra.settings import StackSettings

ENDS_WITHIN_S = 5.0


@contextmanager
def beside(
    name: str, settings: Settings, environment: Mapping[str, str] | None = None
) -> Iterator[Path]:
    """Have `services.<name>` run for as long as the context lasts; yields its log.

    Args:
        environment: Variables besides those of the settings.
    """
    stack = StackSettings()
    stack.log_dir.mkdir(parents=True, exist_ok=True)
    path = stack.log_dir / f"{name}-{settings.namespace}.log"
    with path.open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", f"services.{name}"],
            cwd=PROJECT,
            env={
                **without_settings(os.environ),
                **variables(settings, names(Settings)),
                **(environment or {}),
            },
            stdout=log,
            stderr=log,
            # Ctrl-C is for the command; this one is told to end by it.
            start_new_session=True,
        )
        try:
            yield path
        finally:
            process.terminate()
            try:
                process.wait(ENDS_WITHIN_S)
            except subprocess.TimeoutExpired:
                # It keeps nothing that cannot be made again.
                process.kill()
                process.wait()
