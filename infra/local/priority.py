"""Who goes first where processors are short.

The kernel shares them among sessions before it looks at single processes (`man 7 sched`, "The
autogroup feature"), and each service leads a session of its own: beside the other services plain
niceness would count for nothing. So the niceness of the whole session is set. Where a control group
shares processors, sessions count for nothing, and plain niceness does within the group: then that
is set.
"""

import os
import re
import time
from collections.abc import Mapping
from contextlib import suppress
from errno import EAGAIN
from operator import itemgetter
from pathlib import Path
from resource import RLIM_INFINITY, RLIMIT_NICE, getrlimit
from typing import Literal, TypeAlias

Goes: TypeAlias = Literal["first", "soon", "as others", "last"]
"""Before all others; before most; as the kernel has it; or, where nobody may go first, after all
others."""
How: TypeAlias = Literal["autogroup", "nice"]
"""What counts: the niceness of a session, or that of each process."""

FIRST_NICE, SOON_NICE, LAST_NICE = -15, -5, 10
"""By the kernel's weights one of the first has 28 times the share of a processor that others have,
who goes soon 3 times, and others 9 times that of the last."""

PROC = Path("/proc")
CGROUPS = Path("/sys/fs/cgroup")
CAP_SYS_NICE = 23
"""The number of the capability: linux/capability.h."""
TRIES, TRY_AGAIN_S = 10, 0.12
"""Whoever is not root may change a session each tenth of a second."""


def wanted_nice(goes: Goes, *, may_go_first: bool) -> int:
    """How nice the session of a service is to be.

    Args:
        may_go_first: Whether the user may let anybody go first.
    """
    if goes in ("first", "soon") and may_go_first:
        return FIRST_NICE if goes == "first" else SOON_NICE
    # One of the two is enough, and a service that goes last stands still beside whatever else runs.
    return LAST_NICE if goes == "last" and not may_go_first else 0


def may_go_first() -> bool:
    """Whether this user may let processes go first: as root, with CAP_SYS_NICE, or by a limit."""
    status = (PROC / "self" / "status").read_text()
    found = re.search(r"^CapEff:\s*([0-9a-f]+)$", status, re.MULTILINE)
    if found is not None and int(found[1], 16) >> CAP_SYS_NICE & 1:
        return True
    limit, _ = getrlimit(RLIMIT_NICE)
    return limit == RLIM_INFINITY or 20 - limit <= FIRST_NICE


def give(pid: int, nice: int) -> How | None:
    """Set how nice the session is that a process leads.

    Returns:
        By what; None if the user may not, or the process has ended.
    """
    by = how(pid)
    try:
        if by == "autogroup":
            _write(pid, nice)
        else:
            # All threads of all processes that it leads.
            os.setpriority(os.PRIO_PGRP, pid, nice)
    except (PermissionError, FileNotFoundError, ProcessLookupError):
        return None
    return by


def nice_of(pid: int) -> int:
    """How nice it is.

    Raises:
        ProcessLookupError: it has ended.
    """
    if how(pid) == "nice":
        return os.getpriority(os.PRIO_PGRP, pid)
    nice = _autogroup(pid)
    if nice is None:
        raise ProcessLookupError(pid)
    return nice


def how(pid: int) -> How:
    """What counts for a process."""
    if _autogroup(pid) is None:
        return "nice"
    enabled, cgroup = PROC / "sys" / "kernel" / "sched_autogroup_enabled", ""
    with suppress(OSError):
        cgroup = (PROC / str(pid) / "cgroup").read_text()
    with suppress(OSError):
        if enabled.read_text().strip() == "1" and not in_a_group(cgroup, CGROUPS):
            return "autogroup"
    return "nice"


def in_a_group(cgroup: str, folder: Path) -> bool:
    """Whether a control group decides how much of the processors a process has.

    Args:
        cgroup: `/proc/PID/cgroup`.
        folder: Where control groups of the second version are.
    """
    for line in cgroup.splitlines():
        _, controllers, path = line.split(":", 2)
        if "cpu" in controllers.split(",") and path != "/":
            return True
        # Only a group below the root has a weight.
        if not controllers and (folder / path.lstrip("/") / "cpu.weight").exists():
            return True
    return False


def told(nices: Mapping[str, int]) -> str:
    """Who goes first and last, in a line for people.

    Args:
        nices: How nice each service is that is to go first or last.
    """
    by_nice = sorted(nices.items(), key=itemgetter(1))
    first = [f"{name} ({nice})" for name, nice in by_nice if nice < 0]
    last = [f"{name} (+{nice})" for name, nice in by_nice if nice > 0]
    parts = [f"{', '.join(first)} first"] * bool(first) + [f"{', '.join(last)} last"] * bool(last)
    if not parts:
        return "all services share the processors alike, since nothing else is allowed here"
    return f"where processors are short: {'; '.join(parts)}"


def _autogroup(pid: int) -> int | None:
    try:
        found = re.search(r" nice (-?\d+)", (PROC / str(pid) / "autogroup").read_text())
    except OSError:
        return None
    return None if found is None else int(found[1])


def _write(pid: int, nice: int) -> None:
    for left in reversed(range(TRIES)):
        try:
            (PROC / str(pid) / "autogroup").write_text(str(nice))
            return
        except OSError as error:
            if error.errno != EAGAIN or not left:
                raise
        time.sleep(TRY_AGAIN_S)
