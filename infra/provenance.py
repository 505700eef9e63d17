"""Where and of what a measurement was made."""

import os
import platform
import subprocess
from pathlib import Path

import psutil


def machine() -> str:
    """Cores, memory and kernel."""
    memory_gib = psutil.virtual_memory().total / 2**30
    return f"{os.cpu_count()} cores, {memory_gib:.0f} GiB, {platform.system()} {platform.release()}"


def build(project: Path) -> str:
    """Commit of the code, with `-dirty` if it was changed since; `unknown` outside git."""
    described = subprocess.run(
        ("git", "-C", str(project), "describe", "--always", "--dirty"),
        capture_output=True,
        text=True,
        check=False,
    )
    return described.stdout.strip() or "unknown"


def origin(command: str, project: Path) -> dict[str, str]:
    """What a result in JSON begins with: command, machine and build."""
    return {"command": command, "machine": machine(), "build": build(project)}
